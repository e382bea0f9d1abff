"""Companions: files beside a data file with the same name and another suffix, such as the labels of its rows."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np

from ..data.dataset import Dataset
from ..errors import FormatError
from . import table
from .opened import is_packed

LABELS = ".labels.csv"
KEEPERS = (".hap", ".haps", ".hapt", ".vcf", ".bcf", ".bed")
"""Formats whose labels are in a file beside. Two data files of the same name would share it."""


def companion_paths(path: Path, suffix: str) -> list[Path]:
    """The paths of a companion file with this suffix: unpacked and packed.

    >>> [str(found) for found in companion_paths(Path("a.v1.vcf.gz"), ".legend")]
    ['a.v1.legend', 'a.v1.legend.gz']
    """
    stem = Path(path.stem if is_packed(path) else path.name).stem
    return [path.with_name(stem + suffix), path.with_name(f"{stem}{suffix}.gz")]


def read_labels_beside(path: Path, names: np.ndarray) -> dict[str, np.ndarray]:
    """The columns of the label file beside a file; {} if there is none. Raises FormatError if it names other rows."""
    found = companion_paths(path, LABELS)[0]
    columns = table.read_columns(found) if found.exists() else {"name": names}
    if columns.pop("name", np.empty(0)).tolist() != names.tolist():
        raise FormatError(f"{found} doesn't name the rows of {path.name} in their order. Move it elsewhere, or write "
                          "both files again.")  # fmt: skip
    return columns


@contextmanager
def write_labels_beside(path: Path) -> Iterator[Callable[[Sequence[str] | np.ndarray, Mapping[str, np.ndarray]], None]]:
    """A function that adds names of rows and their columns to the label file beside a file.

    The file is written only if there are columns; otherwise an older label file causes a warning. Raises FormatError if
    it would replace the labels of another data file with other rows.
    """
    found = companion_paths(path, LABELS)[0]
    owner, theirs = _owner(path, found)
    taken = FormatError(f"{found} has the labels of {owner}, which has other rows than {path.name}. "
                        "Choose another name.")  # fmt: skip
    with ExitStack() as files:
        sheets: list[Callable[[Mapping[str, np.ndarray]], None]] = []

        def add(names: Sequence[str] | np.ndarray, known: Mapping[str, np.ndarray]) -> None:
            if known and not sheets:
                sheets.append(files.enter_context(table.open_table(found)))
            for sheet in sheets:
                sheet({"name": np.asarray(names), **known})
            if sheets and owner and any(name != next(theirs, None) for name in names):
                raise taken

        yield add
        if not sheets:
            warn_of_old_labels(found, path)
        elif next(theirs, None) is not None:
            raise taken


def _owner(path: Path, found: Path) -> tuple[str, Iterator[str]]:
    """Another data file that uses this label file ("" if none does), and the names in the label file."""
    others = (other for kind in KEEPERS for other in companion_paths(path, kind) if other.name != path.name)
    owner = next((other.name for other in others if other.exists()), "") if found.exists() else ""
    return owner, iter(table.read_columns(found).get("name", np.empty(0)).tolist() if owner else ())


def warn_of_old_labels(found: Path, path: Path) -> None:
    """Warns if there is an old label file beside a file written without labels, since it would be read with it."""
    if found.exists():
        warnings.warn(f"{found} is older than {path.name}, which has no labels, and would be read as its labels: "
                      "move it elsewhere", stacklevel=4)  # fmt: skip


def array_labels_path(path: Path) -> Path:
    """The path of the array of labels beside an array.

    >>> str(array_labels_path(Path("a.v1.npy.gz"))), str(array_labels_path(Path("train-images-idx3-ubyte")))
    ('a.v1.labels.npy.gz', 'train-images-idx3-ubyte.labels')
    """
    packed = path.suffix if is_packed(path) else ""
    inner = Path(path.name.removesuffix(packed))
    return path.with_name(f"{inner.stem}.labels{inner.suffix}{packed}")


def single_label_layer(dataset: Dataset, where: str) -> str | None:
    """The label layer, for a format with one label a row; None if there is none. Raises ValueError for several."""
    if len(dataset.labels) > 1:
        raise ValueError(
            f"{where} can have one label a row, but the data have {', '.join(dataset.labels)}; write them to .npz"
        )
    return dataset.labels[0] if dataset.labels else None
