"""`spinodal demo`: all of it on handwritten digits, offline."""

from __future__ import annotations

from pathlib import Path

from ...terminal import print_lines
from .arguments import Flag


def demo(out: Path = Path("demo"), *, overwrite: Flag = False) -> None:
    """Train on handwritten digits, F&F beside PCD, and draw what they generate: under a minute, offline.

    Parameters
    ----------
    out
        The folder to write in.
    overwrite
        Replace what an earlier demo left there.
    """
    from ..demo import play

    for line in play(out, overwrite):
        print_lines([line])
