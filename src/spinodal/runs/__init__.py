"""Runs: a training on disk: its record, its settings, the files it came from, how it stops and goes on."""
