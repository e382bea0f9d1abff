"""Saved: figures as the bytes of a PNG, PDF or SVG file; equal figures give equal bytes."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = ("png", "pdf", "svg")
"""The formats of figures, and the suffixes of their files."""

DOTS = 150
"""Dots per inch of a PNG."""

UNDATED: dict[str, dict[str, Any]] = {"png": {}, "pdf": {"CreationDate": None}, "svg": {"Date": None}}
"""Notes in the file that would depend on the time are left out."""


def content(figure: Figure, form: str, dots: int = DOTS) -> bytes:
    """A figure in one of FORMATS. Text in a PDF is text, in fonts that journals accept (TrueType)."""
    import matplotlib as mpl

    with mpl.rc_context({"svg.hashsalt": "spinodal", "pdf.fonttype": 42}):  # without a salt, ids in the SVG are random
        figure.savefig(file := io.BytesIO(), format=form, dpi=dots, metadata=UNDATED[form])
    return file.getvalue()


def form_of(path: Path) -> str:
    """The format that the name of a file says. Raises ValueError where it is none of FORMATS.

    >>> form_of(Path("map.PDF"))
    'pdf'
    """
    form = path.suffix.lower().removeprefix(".")
    if form not in FORMATS:
        raise ValueError(f"{path} is for a figure: name it .png, .pdf or .svg")
    return form
