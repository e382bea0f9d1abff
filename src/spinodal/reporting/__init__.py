"""Reporting: results of runs for readers: figures, a report page, terminal text."""
