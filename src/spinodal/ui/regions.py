"""Regions: parts of a row that people hold, such as the left half of an image, as the text of `complete --hold`."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

import numpy as np

from ..data.dataset import Dataset
from .opened import Opened


def regions(opened: Opened) -> dict[str, str]:
    """The parts of the rows of a run by their names, each as sites or columns for `--hold`."""
    row = opened.blank()
    if row.schema:
        columns = [column.name for column in row.schema.columns]
        return {"first half of the columns": words(columns[: len(columns) // 2]),
                "second half of the columns": words(columns[len(columns) // 2 :])}  # fmt: skip
    parts = _of_image(row) if opened.kind == "images" else _of_music(row) if opened.kind == "music" else _of_row(row)
    return {name: spans(sites) for name, sites in parts.items()}


def spans(sites: Iterable[int]) -> str:
    """Ascending sites, counted from 0, as text that counts from 1.

    >>> spans([0, 1, 2, 5, 7, 8])
    '1-3,6,8-9'
    """
    every = np.fromiter(sites, dtype=np.int64)
    parts = np.split(every, np.flatnonzero(np.diff(every) > 1) + 1)
    return ",".join(f"{x[0] + 1}-{x[-1] + 1}" if len(x) > 1 else f"{x[0] + 1}" for x in parts)


def words(names: Iterable[str]) -> str:
    """Names as a line of CSV, such as `split_words` reads.

    >>> words(["age", "height, cm"])
    'age,"height, cm"'
    """
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(names)
    return out.getvalue()


def _of_image(row: Dataset) -> dict[str, np.ndarray]:
    height, width = row.notes["image"]
    y, x = np.divmod(np.arange(height * width), width)
    parts = {"top half": y < height // 2, "bottom half": y >= height // 2}
    parts |= {"left half": x < width // 2, "right half": x >= width // 2}
    return {name: np.flatnonzero(part) for name, part in parts.items()}


def _of_music(row: Dataset) -> dict[str, np.ndarray]:
    pitches, every = row.notes["roll"]["pitches"], np.arange(len(row.sites("visible")))
    middle = len(every) // pitches // 2 * pitches
    return {"first half of the time": every[:middle], "second half of the time": every[middle:]}


def _of_row(row: Dataset) -> dict[str, np.ndarray]:
    every = np.arange(len(row.sites("visible")))
    thirds = np.array_split(every, 3)
    outer = np.concatenate([thirds[0], thirds[2]])
    return {"first half": every[: len(every) // 2], "second half": every[len(every) // 2 :],
            "all but the middle third": outer}  # fmt: skip
