"""People: which sexes and phenotypes of individuals aren't known, by PLINK's words for that."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ..data.schema import number

_MISSING = ("-9", "NA", "NaN", "nan")
"""Words for what isn't known."""
_SEXES = (*_MISSING, "0")


def blank_missing(path: Path, columns: Mapping[str, np.ndarray], level: int = 5) -> dict[str, np.ndarray]:
    """Columns of a .fam or a .sample, with "" in place of PLINK's words for what isn't known.

    "sex": 0, -9 and NA. "phenotype": -9 and NA, and 0 unless it has numbers other than 0, 1 and 2: so PLINK 1.9 tells
    cases (2) and controls (1) from numbers that were measured. All others: -9 and NA. A warning counts them in columns
    that know some rows; `level` is its stacklevel.
    """
    found = {
        name: np.where(np.isin(column, missing_words(name, column)), "", column) for name, column in columns.items()
    }
    said = [
        _counted(name, columns[name][values == ""]) for name, values in found.items() if 0 < (values == "").mean() < 1
    ]
    if said:
        warnings.warn(f"{path}: read as unknown, as by PLINK: {'; '.join(said)}", stacklevel=level)
    return found


def missing_words(name: str, column: np.ndarray) -> tuple[str, ...]:
    """The words in a column (n,) of a .fam that say that nothing is known, as `blank_missing` reads them.

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
