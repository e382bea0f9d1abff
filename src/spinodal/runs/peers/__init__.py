"""Peers: restricted machines and Potts models of other programs, read from their files and written for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ... import ranges
from ...data.alphabet import Alphabet
from ...errors import FormatError, first_names
from ...files.hdf5_arrays import open_hdf5
from ...files.opened import pieces
from ...machines.network import Network
from . import annadca, dat, fef, plmc, rbms
from .model import Model, network_of
from .updates import chosen

if TYPE_CHECKING:
    import h5py

FORMATS = (annadca, rbms, fef)
"""Modules with NAME, LAYOUT, `is_model`, `keys` of the ages, and `read`.

annaDCA is first, since its files have what those of rbms have."""
HDF5 = b"\x89HDF\r\n\x1a\n"
"""What files of HDF5 begin with."""


def read_model(
    path: str | Path,
    *,
    alphabet: str | Alphabet | None = None,
    labels: Sequence[str] | None = None,
    age: int | None = None,
) -> Network:
    """The machine in a file of rbms, annaDCA, the F&F authors' programs, adabmDCA or plmc, single precision.

    alphabet  the letters of the sites: a name such as "protein", or the symbols in the order of the states. Most files
              don't say them. The letters of proteins, RNA and DNA are put into our order
    labels    the names of the labels, in their order; by default those of the file, or numbers from 0
    age       one of the ages in the file, by default the last

    p(rows) is that of the file; of units -1 and 1 it is that of units 0 and 1 in their place. The machine has the
    schedule that the file tells, or None: then say how many steps. Weights stay in their gauge. A Potts model, with
    couplings of sites, gets Gaussian hidden units, one for each state of each site; its free energies are the energies
    of the file.
    Raises FormatError for a file that is damaged or of another program, for an age that isn't there, and where letters
    or labels don't fit.
    """
    return network_of(load_model(path, alphabet=alphabet, labels=labels, age=age))


def load_model(
    path: str | Path,
    *,
    alphabet: str | Alphabet | None = None,
    labels: Sequence[str] | None = None,
    age: int | None = None,
) -> Model:
    """The arrays of `read_model`, with the age and the program that they are of."""
    path, age = Path(path), None if age is None else ranges.integer("age", age, 0)
    model = _read(path, age)
    where = f"{path} (age {model.age})"
    return model.checked(where).spelled(alphabet, where).labeled(labels, where)


def _read(path: Path, age: int | None) -> Model:
    """By what the file begins with: that of HDF5, text, or something else."""
    begin = next(pieces(path), b"")[:4096]
    if begin.startswith(HDF5):
        with open_hdf5(path) as file:
            return _of_hdf5(file, age)
    if age is not None:
        raise FormatError(f"{path} is not HDF5, so it has one model and no ages: leave the age out.")
    if not begin:
        raise FormatError(f"{path} is empty.")
    return plmc.read(path) if b"\0" in begin else dat.read(path)


def _of_hdf5(file: h5py.File, age: int | None) -> Model:
    for format in FORMATS:
        if format.is_model(file):
            return format.read(file, chosen(format.keys(file), age))
    looked = "; ".join(f"of {format.NAME} ({format.LAYOUT})" for format in FORMATS)
    raise FormatError(f"it has no model {looked}. It has: {_first(file)}.")


def _first(keys: Iterable[str]) -> str:
    return first_names([*keys], 8) or "nothing"
