"""Models of plmc: the binary parameter files of plmc, which EVcouplings reads and writes, as a Potts model, read."""

from __future__ import annotations

import mmap
from pathlib import Path

import numpy as np

from ...errors import FormatError
from ...files.hdf5_arrays import memory_map
from ...files.opened import content, is_packed
from .model import Array, Model
from .pairs import check_room, of_pairs

NAME = "plmc"
LAYOUT = "a binary file of its second format"
HEADER = ("sites", "letters", "rows", "rows left out", "iterations")
"""What the five integers are, of 32 bits, that a file begins with."""
SETTINGS = 5
"""Numbers that follow: of weighting and regularization, and the effective number of rows."""


def read(path: Path) -> Model:
    """The model of E(v) = - Σ h_i(v_i) - Σ_{i<j} J_ij(v_i, v_j) in a file, with its letters.

    It has h, and J of all i < j as blocks (letters, letters), single or double precision; also the weights of rows, the
    target, the numbers of its sites, and frequencies, which are passed over. Raises FormatError unless the file has
    the size that its first numbers tell; nothing is allocated before. Layout: plmc's plm.c, and EVcouplings' model.py.
    """
    raw = content(path) if is_packed(path) else memory_map(path)
    counts = np.frombuffer(raw, "<i4", min(len(HEADER), len(raw) // 4)).tolist()
    if len(counts) < len(HEADER) or counts[0] < 2 or counts[1] < 2 or min(counts) < 0:
        said = ", ".join(f"{n} {what}" for n, what in zip(counts, HEADER)) or "nothing"
        raise FormatError(f"{path} is not {LAYOUT} of {NAME}, nor HDF5, nor text: it would begin with {said}.")
    sites, states, rows = counts[0], counts[1], counts[2] + counts[3]
    dtype = _precision(len(raw), sites, states, rows, path)
    symbols = _symbols(raw, 20 + SETTINGS * dtype.itemsize, states, path)
    check_room(sites, states, str(path))
    at = 20 + SETTINGS * dtype.itemsize + states + rows * dtype.itemsize + 5 * sites
    pairs = sites * (sites - 1) // 2 * states**2
    sizes = {"f": sites * states, "h": sites * states, "f2": pairs, "J": pairs}
    parts = {}
    for key, size in sizes.items():
        parts[key], at = np.frombuffer(raw, dtype, size, at), at + size * dtype.itemsize
    fields = parts["h"].reshape(sites, states).astype(np.float64)
    return of_pairs(NAME, fields, _symmetric(parts["J"].reshape(-1, states, states), sites), symbols, str(path))


def _precision(size: int, sites: int, states: int, rows: int, path: Path) -> np.dtype:
    """That of the numbers, by the size of the file. Raises FormatError where it fits none."""
    numbers = SETTINGS + rows + 2 * sites * states + sites * (sites - 1) * states**2
    needs = {np.dtype(f"<f{width}"): 20 + 5 * sites + states + numbers * width for width in (4, 8)}
    for dtype, need in needs.items():
        if need == size:
            return dtype
    raise FormatError(
        f"{path} is cut off, or not {LAYOUT} of {NAME}: it has {size} bytes, and {sites} sites with {states} letters "
        f"learned from {rows} rows take {' or '.join(map(str, needs.values()))}."
    )


def _symbols(raw: bytes | mmap.mmap, at: int, states: int, path: Path) -> tuple[str, ...]:
    found = bytes(raw[at : at + states]).decode("latin1")
    if len(set(found)) < states or not (found.isascii() and found.isprintable()):
        raise FormatError(f"{path} has the letters {found!a}, which are not {states} different ones.")
    return tuple(found)


def _symmetric(blocks: Array, sites: int) -> Array:
    """Couplings (sites, states, sites, states), from the blocks of i < j in their order."""
    i, j = np.triu_indices(sites, 1)
    found = np.zeros((sites, sites, *blocks.shape[1:]))
    found[i, j], found[j, i] = blocks, blocks.swapaxes(1, 2)
    return np.ascontiguousarray(found.swapaxes(1, 2))
