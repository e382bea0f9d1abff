"""Command line: the commands, how their options are read, and how they end."""
