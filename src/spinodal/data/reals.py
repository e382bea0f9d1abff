"""Reals: standardizes datasets of real numbers at each site, and converts them back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from . import entries
from .dataset import Dataset
from .entries import REALS
from .standard import Standard


def is_unbounded(data: Dataset) -> bool:
    """Whether "visible" has numbers outside -1 to 1 that are not standardized. No units can represent these."""
    own = "visible" in data.columns and "visible" not in data.alphabets and data.standard is None
    return own and not entries.is_gray(np.asarray(data["visible"]))


def standardize(data: Dataset, standard: Standard | None = None) -> Dataset:
    """The data standardized by their own mean and standard deviation, or by those in `standard`.

    The units of the data are then Gaussian. Unknown numbers are NaN. The notes record the means and standard
    deviations. Raises FormatError if the number of sites is wrong, or if numbers are too large.

    >>> data = Dataset({"visible": np.array([[0.0, 5.0], [2.0, 5.0]])}, {}, np.array(["a", "b"]))
    >>> found = standardize(data)
    >>> found["visible"].tolist(), restore(found)["visible"].tolist(), found.units
    ([[-3.0, 0.0], [3.0, 0.0]], [[0.0, 5.0], [2.0, 5.0]], {'visible': Gaussian(size=2)})
    """
    own = standard or Standard.fitted(data["visible"])
    columns = {**data.columns, "visible": own.encode(data["visible"])}
    return replace(data, columns=columns, notes={**data.notes, "standard": own.note})


def restore(data: Dataset) -> Dataset:
    """Standardized data in their original units, as a file holds them; other data are unchanged.

    Integers and zeros are exact; other numbers are exact to single precision, relative to their distance from the mean.
    The notes still record the standardization, so that it is also in the file.
    """
    standard = data.standard
    if standard is None or "visible" not in data.columns:
        return data
    return replace(data, columns={**data.columns, "visible": standard.decode(data["visible"])})


def snap_to_valid(data: Dataset) -> Dataset:
    """Generated data with each real entry moved, in place, to the nearest value that is possible in the data.

    Gaussian units add noise, so generated entries can be impossible. Sites that are constant in the data get this
    value. In a table, columns of whole numbers are clipped to their range, and entries of a column with many zeros
    become 0 or at least the smallest positive number.
    """
    standard = data.standard
    if standard is not None and "visible" in data.columns:
        data["visible"][:, standard.constant] = 0
    if data.schema is not None and REALS in data.columns:
        data[REALS][:] = data.schema.snap(data[REALS])
    return data


def keep_known(data: Dataset, known: Dataset) -> Dataset:
    """Generated data with the known entries of `known` in its real columns, put back in place."""
    if REALS in data.columns and REALS in known.columns:
        data[REALS][:] = np.where(np.isnan(known[REALS]), data[REALS], known[REALS])
    return data
