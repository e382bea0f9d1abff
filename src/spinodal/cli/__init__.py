"""Command line: what people type, how it is read, and how a command ends."""
