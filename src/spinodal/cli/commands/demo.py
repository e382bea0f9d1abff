"""`spinodal demo`: training, generation and scores on handwritten digits, offline."""

from __future__ import annotations

from pathlib import Path

from ...terminal import print_lines
from .arguments import Flag


def demo(out: Path = Path("demo"), *, overwrite: Flag = False) -> None:
    """Train on handwritten digits by F&F and by PCD, and draw generated digits: a minute or two, offline.

    Parameters
    ----------
    out
        The folder to write in.
    overwrite
        Replace the files of an earlier demo.
    """
    from ..demo import play

    for line in play(out, overwrite):
        print_lines([line])
