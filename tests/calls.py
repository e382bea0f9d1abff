"""Calls of the command line in this process."""

from __future__ import annotations

from spinodal.cli.main import main


def call(*tokens):
    """The exit code of a command."""
    try:
        main([str(token) for token in tokens])
    except SystemExit as end:
        return end.code or 0
    return 0
