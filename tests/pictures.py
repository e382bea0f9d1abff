"""Helpers for tests of figures: their texts, titles, legends and overlaps."""

from __future__ import annotations

import matplotlib.image
from matplotlib.text import Text


def words(axes):
    return [label.get_text() for label in axes.get_yticklabels()]


def overlap(texts, figure=None):
    """Whether any two texts overlap, in a figure that is drawn now if it is named."""
    if figure is not None:
        figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in texts]
    return any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])


def saved(figure, tmp_path, dpi="figure"):
    """The picture as it is on disk."""
    figure.savefig(tmp_path / "figure.png", dpi=dpi)
    return matplotlib.image.imread(tmp_path / "figure.png")


def texts(figure):
    """All texts of a figure that was drawn, without those of ticks beyond its scales, or of scales that are off."""
    hidden = set()
    for axes in figure.findobj(lambda artist: hasattr(artist, "get_xaxis")):
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            for minor in (False, True):
                for label, place in zip(axis.get_ticklabels(minor), axis.get_ticklocs(minor=minor)):
                    if not (axes.axison and low <= place <= high):
                        hidden.add(label)
    return [text for text in figure.findobj(Text) if text.get_text() and text.get_visible() and text not in hidden]


def headline(figure):
    """The title of a figure, be it one of its axes or of all."""
    return " ".join((figure.get_suptitle() or figure.axes[0].get_title(loc="left")).split())


def legend(figure):
    """The names in the legend below."""
    return [text.get_text() for text in figure.legends[0].get_texts()]
