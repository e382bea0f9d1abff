"""Reals: data of real numbers, standardized site by site, and again as they were before."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from . import entries
from .dataset import Dataset
from .entries import REALS
from .standard import Standard


def is_unbounded(data: Dataset) -> bool:
    """Whether "visible" has numbers beyond -1 to 1 as they were in a file: no units show them."""
    own = "visible" in data.columns and "visible" not in data.alphabets and data.standard is None
    return own and not entries.is_gray(np.asarray(data["visible"]))


def standardize(data: Dataset, standard: Standard | None = None) -> Dataset:
    """Data of numbers, standardized by themselves, or as other data were: their units are then Gaussian.

    Unknown numbers are NaN. The notes say how it was done. Raises FormatError where the sites don't fit, or numbers are
    too large.

    >>> data = Dataset({"visible": np.array([[0.0, 5.0], [2.0, 5.0]])}, {}, np.array(["a", "b"]))
    >>> found = standardize(data)
    >>> found["visible"].tolist(), restore(found)["visible"].tolist(), found.units
    ([[-3.0, 0.0], [3.0, 0.0]], [[0.0, 5.0], [2.0, 5.0]], {'visible': Gaussian(size=2)})
    """
    own = standard or Standard.fitted(data["visible"])
    columns = {**data.columns, "visible": own.encode(data["visible"])}
    return replace(data, columns=columns, notes={**data.notes, "standard": own.note})


def restore(data: Dataset) -> Dataset:
    """The data with the numbers that they had before they were standardized, for a file; other data as they are.

    Integers and zeros come back exactly, others to single precision of their distance from the site's mean. The notes
    still say how they were standardized, so that the file does, too.
    """
    standard = data.standard
    if standard is None or "visible" not in data.columns:
        return data
    return replace(data, columns={**data.columns, "visible": standard.decode(data["visible"])})


def snap_to_valid(data: Dataset) -> Dataset:
    """The data, in place, with entries that were drawn as near to them as the data have any: Gaussian units add noise.

    All entries of sites that never differed are as these were; those of a table's column of whole numbers are between
    its ends, and those of one that has many zeros are 0, or as large as the least number above it.
    """
    standard = data.standard
    if standard is not None and "visible" in data.columns:
        data["visible"][:, standard.constant] = 0
    if data.schema is not None and REALS in data.columns:
        data[REALS][:] = data.schema.snap(data[REALS])
    return data


def keep_known(data: Dataset, known: Dataset) -> Dataset:
    """The data, in place, with the entries of a table's real columns that are known in the same rows of others."""
    if REALS in data.columns and REALS in known.columns:
        data[REALS][:] = np.where(np.isnan(known[REALS]), data[REALS], known[REALS])
    return data
