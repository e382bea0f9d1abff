"""Holding: sites as people name them, and rows of which only such sites or columns are known."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ..data.quoting import split_words

if TYPE_CHECKING:
    from ..data.dataset import Dataset
    from .archive import Run

Named = Mapping[str, Sequence[int]]
"""The name of a site -> the sites, from 0, that have it."""


def sites(text: str, size: int, option: str = "--hold", named: Named | None = None) -> list[int]:
    """Sites counted from 1, of `size` sites, or their names, as numbers from 0. A number is never a name.

    A range may have a dash in place of the hyphen, as text processors make it. Raises ValueError, which begins with the
    option, for sites that don't exist and for names of several sites.

    >>> sites("2–4,9", 10), sites("rs7, 1", 10, named={"rs7": [4]})
    ([1, 2, 3, 8], [0, 4])
    """
    found = set[int]()
    for part in map(str.strip, split_words(text) or [""]):
        span, own = re.fullmatch(r"(\d+)\s*(?:[-–]\s*(\d+))?", part), (named or {}).get(part, ())
        own = range(int(span[1]) - 1, int(span[2] or span[1])) if span else own
        if len(own) > 1 and not span:
            numbers = ", ".join(str(i + 1) for i in own)
            raise ValueError(f'{option}: "{part}" is the name of {len(own)} sites: give their numbers, {numbers}')
        if not own or own[0] < 0 or own[-1] >= size:
            like = f", or names of sites such as {next(iter(named))}" if named else ""
            raise ValueError(f'{option} takes sites from 1 to {size} like 10-20,35{like}, not "{text}"')
        found |= {*own}
    return sorted(found)


def hold(rows: Dataset, text: str | None, run: Run) -> Dataset:
    """The rows, of which only these sites, or these columns of a table, are known; None: all that are.

    Raises ValueError for sites and columns that the rows of the run don't have.
    """
    from ..files.aligned import sites_by_name  # imports torch, which `--help` doesn't need

    if text is None:
        return rows
    if rows.schema:
        return rows.keep("visible", split_words(text))
    named = sites_by_name(run.record["data"]["notes"])
    return rows.keep("visible", sites(text, len(rows.sites("visible")), named=named))
