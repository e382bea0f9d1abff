"""Companions: what stands beside a file under its name, such as the labels of its rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..errors import FormatError
from . import table

_PACKED = (".gz", ".bgz", ".zip")
LABELS = ".labels.csv"


def companions(path: Path, suffix: str) -> list[Path]:
    """What may stand beside a file: under its name with this suffix, or that packed.

    >>> [str(found) for found in companions(Path("a.v1.vcf.gz"), ".legend")]
    ['a.v1.legend', 'a.v1.legend.gz']
    """
    name = path.stem if path.suffix.lower() in _PACKED else path.name
    stem = Path(name).stem
    return [path.with_name(stem + suffix), path.with_name(f"{stem}{suffix}.gz")]


def labels_beside(path: Path, names: np.ndarray) -> dict[str, np.ndarray]:
    """The columns of the labels beside a file, none where there are none; FormatError where they name other rows."""
    found = companions(path, LABELS)[0]
    columns = table.columns(found) if found.exists() else {"name": names}
    if columns.pop("name", np.empty(0)).tolist() != names.tolist():
        raise FormatError(f"{found} doesn't name the rows of {path.name}, in their order. "
                          "If it belongs to another file of that name, move it away.")  # fmt: skip
    return columns
