"""Pictures: figures as they stand inside a page, as drawings or as dots, whichever is smaller."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DOTS = 200
"""Dots per inch: sharp on a screen of twice the common density."""

PIXELS = 96
"""What a page takes an inch for."""


@dataclass(frozen=True)
class Picture:
    """A figure as an address that holds it whole, its size in a page's pixels, and what it shows in words."""

    address: str
    width: int
    height: int
    name: str
    caption: str


def picture(figure: Figure, name: str, caption: str) -> Picture:
    """The figure as SVG or PNG, whichever has fewer bytes; the same figure gives the same bytes."""
    _lay_out(figure)
    forms = {"svg+xml": _saved(figure, "svg"), "png": _saved(figure, "png")}
    kind, content = min(forms.items(), key=lambda form: len(form[1]))
    address = f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
    width, height = (round(PIXELS * x) for x in figure.get_size_inches())
    return Picture(address, width, height, name, caption)


def _lay_out(figure: Figure) -> None:
    """Put everything in its place once for both forms, which takes half of the time of drawing them."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")


def _saved(figure: Figure, form: str) -> bytes:
    import matplotlib as mpl

    with mpl.rc_context({"svg.hashsalt": "spinodal"}):  # ids of clips are random otherwise
        figure.savefig(file := io.BytesIO(), format=form, dpi=DOTS, metadata={"Date": None} if form == "svg" else {})
    return file.getvalue()
