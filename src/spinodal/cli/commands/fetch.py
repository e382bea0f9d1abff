"""`spinodal fetch`: the papers' data, by name."""

from __future__ import annotations

from ...terminal import print_lines, print_verbatim


def fetch(name: str | None = None, /) -> None:
    """Download data that the papers are about, and print the paths of its files; without a name, list the names.

    Parameters
    ----------
    name
        fashion_mnist, hgd, mnist, pieces or sam.
    """
    from ... import datasets

    if name is None:
        print_lines(f"{name:15}{data.about}" for name, data in datasets.SETS.items())
        return
    for path in datasets.fetch(name):
        print_verbatim(path)
