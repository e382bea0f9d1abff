"""People: PLINK's words for unknown sexes, phenotypes and other columns of individuals."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ..data.schema import number

_MISSING = ("-9", "NA", "NaN", "nan")
"""Words for unknown."""
_SEXES = (*_MISSING, "0")


def blank_missing(path: Path, columns: Mapping[str, np.ndarray], level: int = 5) -> dict[str, np.ndarray]:
    """Columns of a .fam or a .sample with "" for PLINK's words for unknown.

    "sex": 0, -9 and NA. "phenotype": -9 and NA, and also 0 unless it has numbers other than 0, 1 and 2; PLINK 1.9
    distinguishes case (2) and control (1) from measured numbers in this way. Other columns: -9 and NA. A warning counts
    these words in columns that are known in part; `level` is its stacklevel.
    """
    found = {
        name: np.where(np.isin(column, missing_words(name, column)), "", column) for name, column in columns.items()
    }
    said = [
        _counted(name, columns[name][values == ""]) for name, values in found.items() if 0 < (values == "").mean() < 1
    ]
    if said:
        warnings.warn(f"{path}: read as unknown, as PLINK does: {'; '.join(said)}", stacklevel=level)
    return found


def missing_words(name: str, column: np.ndarray) -> tuple[str, ...]:
    """The words for unknown in a column (n,) of a .fam, as in `blank_missing`.

    >>> missing_words("phenotype", np.array(["1", "2", "0"])), missing_words("phenotype", np.array(["1.5", "0"]))
    (('-9', 'NA', 'NaN', 'nan', '0'), ('-9', 'NA', 'NaN', 'nan'))
    """
    if name == "sex":
        return _SEXES
    numbers = {number(word) for word in np.unique(column).tolist() if word not in _MISSING} - {None}
    return (*_MISSING, "0") if name == "phenotype" and numbers <= {0, 1, 2} else _MISSING


def _counted(name: str, unknown: np.ndarray) -> str:
    found, counts = np.unique(unknown, return_counts=True)
    return f"{name} {', '.join(f'{word} of {n}' for word, n in zip(found, counts))}"
