"""Common rows: one process of each computer reads the data of a job, and the others map its files.

So the rows take memory once a computer, and only one process needs the memory that reading takes.
"""

from __future__ import annotations

import json
import shutil
import socket
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from ..data.alphabet import Alphabet, Categories, Numbers
from ..data.dataset import Dataset
from ..data.row_blocks import LARGE, full, text_array
from ..ranks import Ranks

KINDS: dict[str, type[Alphabet]] = {kind.__name__: kind for kind in (Alphabet, Categories, Numbers)}


def in_common(read: Callable[[], Sequence[Dataset]], named: object, ranks: Ranks) -> Sequence[Dataset]:
    """What `read` returns, called by the first rank of each computer; a process by itself reads its own.

    named: what is read, as JSON has it. A rank that names something else reads its own rows, and can be told from the
    others.

    Several ranks get datasets without the table of other columns, which training and scores don't read. Large columns
    are memory-mapped files in the folder of temporary files (TMPDIR), which are deleted as soon as all ranks have them.
    Raises what `read` does, and OSError if the disk is full.
    """
    if ranks.count == 1:
        return read()
    readings = ranks.hear([_computer(), named])
    reader = readings.index(readings[ranks.rank])
    folder = Path(_written(read()) if reader == ranks.rank else "")
    try:
        own = Path(ranks.hear(str(folder))[reader])
        data = [_mapped(part) for part in sorted(own.iterdir())]
        ranks.hear(None)  # all have opened the files
    finally:
        if reader == ranks.rank:
            shutil.rmtree(folder, ignore_errors=True)
    return data


def _computer() -> str:
    """The name of this computer and its folder of temporary files, which containers may have each for itself."""
    place = Path(tempfile.gettempdir()).stat()
    return f"{socket.gethostname()} {place.st_dev} {place.st_ino}"


def _written(data: Sequence[Dataset]) -> str:
    """The path of a new folder that has each dataset in a folder of its own, in their order."""
    folder = tempfile.mkdtemp(prefix="spinodal-")
    try:
        for i, dataset in enumerate(data):
            _write(dataset, Path(folder, str(i)))
    except BaseException as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise (full(error) if isinstance(error, OSError) else error) from None
    return folder


def _write(data: Dataset, folder: Path) -> None:
    folder.mkdir()
    alphabets = {k: [type(a).__name__, asdict(a)] for k, a in data.alphabets.items()}
    about = {"layers": [*data.columns], "alphabets": alphabets, "notes": data.notes, "names": data.names.tolist()}
    (folder / "about.json").write_text(json.dumps(about), encoding="ascii")
    for i, column in enumerate(data.columns.values()):
        np.save(folder / f"{i}.npy", column)
    if data.weights is not None:
        np.save(folder / "weights.npy", data.weights)


def _mapped(folder: Path) -> Dataset:
    about: dict[str, Any] = json.loads((folder / "about.json").read_text(encoding="ascii"))
    weights = folder / "weights.npy"
    return Dataset(
        {layer: _column(folder / f"{i}.npy") for i, layer in enumerate(about["layers"])},
        {k: msgspec.convert(fields, KINDS[kind]) for k, (kind, fields) in about["alphabets"].items()},
        text_array(about["names"]),
        weights=np.load(weights) if weights.exists() else None,
        notes=about["notes"],
    )


def _column(path: Path) -> np.ndarray:
    """A matrix, mapped where it is large; what a process writes into it, it alone sees."""
    return np.load(path, mmap_mode="c" if path.stat().st_size >= LARGE else None)
