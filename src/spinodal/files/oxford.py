"""Oxford: samples beside haplotypes, in the .samples of IMPUTE and the .sample of Oxford's programs."""

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
"""What stands beside haplotypes: what we write, and what is read as well."""

_NAMES = ("ID_1", "ID_2", "missing")  # the first columns of a .sample: family, name, the share of genotypes missing
_SEXES = {"1": "1", "male": "1", "m": "1", "2": "2", "female": "2", "f": "2", "": "0"}


@dataclass(frozen=True)
class SampleTable:
    """Names of samples (n,), and columns (n,) of what else is known of them."""

    names: np.ndarray
    said: dict[str, np.ndarray]


def read(path: Path, suffix: str, columns: int) -> SampleTable | None:
    """What stands beside a file of so many haplotypes, two a sample, or one; None where nothing does.

    Raises FormatError where it doesn't fit them.
    """
    found = [file for kind in SUFFIXES[suffix] for file in companion_paths(path, kind) if file.exists()]
    if not found:
        return None
    header, *rows = [line.split() for line in text(found[0]).splitlines() if line.strip()] or [[""]]
    rows = rows[1:] if header[0] == _NAMES[0] else rows  # the second line of a .sample says the columns' kinds
    if len(rows) not in (columns, columns / 2) or any(len(row) != len(header) for row in rows):
        raise FormatError(f"{found[0]} has {len(rows)} samples of {len(header)} fields, which don't fit the "
                          f"{columns} haplotypes of {path.name}.")  # fmt: skip
    said = dict(zip(header, np.array(rows, dtype=str).T))
    names = said.pop(_NAMES[1] if _NAMES[1] in said else header[0])
    return SampleTable(names, people.blank_missing(found[0], {k: x for k, x in said.items() if k not in _NAMES}, 7))


def sample_lines(data: Dataset, samples: Samples, suffix: str) -> Iterator[str]:
    """The lines of what stands beside; ValueError for names that have spaces.

    In a .sample both ids are the name, since bcftools takes the first and plink2 the second; it has the sex where that
    is known, as plink2 asks of chromosome X.
    """
    spaced = next((name for name in samples.names if not re.fullmatch(r"\S+", name)), None)
    if spaced is not None:
        raise ValueError(f"a sample beside {suffix} can't be called {spaced!r}: rename the rows")
    if suffix == ".hap":
        yield "sample"
        yield from samples.names
        return
    sexes = _sexes(data, samples)
    yield " ".join([*_NAMES, *(["sex"] if sexes else [])])
    yield " ".join(["0 0 0", *(["D"] if sexes else [])])
    yield from (" ".join([name, name, "0", *sexes[i : i + 1]]) for i, name in enumerate(samples.names))


def _sexes(data: Dataset, samples: Samples) -> list[str]:
    """1 or 2 of each sample, 0 unknown, by a label that says so, or the column "sex"; none where neither does."""
    layer = next((k for k in data.labels if _is_sex(k, data.alphabets[k])), None)
    words = data.table.get("sex") if layer is None else data.texts(layer)
    found = [] if words is None else [_SEXES.get(str(words[row]).lower(), "") for row in samples.first]
    return found if all(found) else []


def _is_sex(layer: str, alphabet: Alphabet) -> bool:
    """Whether a label is the sex, by what it is called or by its words."""
    words = {symbol.lower() for symbol in alphabet.symbols}
    return "sex" in (alphabet.name, layer.removeprefix("label:")) or words <= _SEXES.keys() - set("12")
