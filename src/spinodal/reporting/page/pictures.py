"""Pictures: figures embedded in a page, as SVG, or as PNG if the SVG is large and the PNG is smaller."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..plots import saved

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DOTS = 200
"""Dots per inch of a PNG: sharp on screens of twice the usual density."""

PIXELS = 96
"""CSS pixels per inch."""

SMALL = 100_000
"""Bytes of an SVG that is used without trying PNG, which takes more than a third of the time and is seldom smaller."""


@dataclass(frozen=True)
class Picture:
    """A figure as a data URL, its size in CSS pixels, the name of its run, its caption, and a title of its own."""

    address: str
    width: int
    height: int
    name: str
    caption: str
    title: str = ""


def picture(figure: Figure, name: str, caption: str, title: str = "") -> Picture:
    """The figure as SVG, or as PNG if the SVG is larger than SMALL and than the PNG; equal figures give equal bytes."""
    _lay_out(figure)
    kind, content = "svg+xml", saved.content(figure, "svg", DOTS)
    if len(content) > SMALL and len(png := saved.content(figure, "png", DOTS)) < len(content):
        kind, content = "png", png
    address = f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
    width, height = (round(PIXELS * x) for x in figure.get_size_inches())
    return Picture(address, width, height, name, caption, title)


def _lay_out(figure: Figure) -> None:
    """Compute the layout once for both formats; it takes half of the time of drawing."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
