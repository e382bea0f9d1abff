"""Oxford: sample files beside haplotypes: .samples of IMPUTE, and .sample of the Oxford programs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..data.alphabet import Alphabet
from ..data.dataset import Dataset
from ..errors import FormatError
from . import people
from .companions import companion_paths
from .opened import text
from .samples import Samples

SUFFIXES = {".hap": (".samples", ".sample"), ".haps": (".sample", ".samples")}
"""The suffix of the sample file that we write, and another one that is also read."""

_NAMES = ("ID_1", "ID_2", "missing")  # the first columns of a .sample: family, name, fraction of missing genotypes
_SEXES = {"1": "1", "male": "1", "m": "1", "2": "2", "female": "2", "f": "2", "": "0"}


@dataclass(frozen=True)
class SampleTable:
    """Names of samples (n,), and other columns (n,)."""

    names: np.ndarray
    said: dict[str, np.ndarray]


def read(path: Path, suffix: str, columns: int) -> SampleTable | None:
    """The sample file beside a file with `columns` haplotypes, one or two for each sample; None if there is none.

    Raises FormatError if the number of samples doesn't fit.
    """
    found = [file for kind in SUFFIXES[suffix] for file in companion_paths(path, kind) if file.exists()]
    if not found:
        return None
    header, *rows = [line.split() for line in text(found[0]).splitlines() if line.strip()] or [[""]]
    rows = rows[1:] if header[0] == _NAMES[0] else rows  # the second line of a .sample has the types of the columns
    if len(rows) not in (columns, columns / 2) or any(len(row) != len(header) for row in rows):
        raise FormatError(f"{found[0]} has {len(rows)} samples of {len(header)} fields, which doesn't fit the "
                          f"{columns} haplotypes of {path.name}.")  # fmt: skip
    said = dict(zip(header, np.array(rows, dtype=str).T))
    names = said.pop(_NAMES[1] if _NAMES[1] in said else header[0])
    return SampleTable(names, people.blank_missing(found[0], {k: x for k, x in said.items() if k not in _NAMES}, 7))


def sample_lines(data: Dataset, samples: Samples, suffix: str) -> Iterator[str]:
    """The lines of a sample file. Raises ValueError for names with spaces.

    In a .sample both ids are the name, since bcftools reads the first and plink2 the second. It has the sex if the data
    have it, since plink2 requires it for chromosome X.
    """
    spaced = next((name for name in samples.names if not re.fullmatch(r"\S+", name)), None)
    if spaced is not None:
        raise ValueError(f"a sample of {suffix} can't be called {spaced!r}: rename the rows")
    if suffix == ".hap":
        yield "sample"
        yield from samples.names
        return
    sexes = _sexes(data, samples)
    yield " ".join([*_NAMES, *(["sex"] if sexes else [])])
    yield " ".join(["0 0 0", *(["D"] if sexes else [])])
    yield from (" ".join([name, name, "0", *sexes[i : i + 1]]) for i, name in enumerate(samples.names))


def _sexes(data: Dataset, samples: Samples) -> list[str]:
    """The sex of each sample, 1 or 2, 0 unknown, from a label or from the column "sex"; [] if there is neither."""
    layer = next((k for k in data.labels if _is_sex(k, data.alphabets[k])), None)
    words = data.table.get("sex") if layer is None else data.texts(layer)
    found = [] if words is None else [_SEXES.get(str(words[row]).lower(), "") for row in samples.first]
    return found if all(found) else []


def _is_sex(layer: str, alphabet: Alphabet) -> bool:
    """Whether a label is the sex, by its name or by its values."""
    words = {symbol.lower() for symbol in alphabet.symbols}
    return "sex" in (alphabet.name, layer.removeprefix("label:")) or words <= _SEXES.keys() - set("12")
