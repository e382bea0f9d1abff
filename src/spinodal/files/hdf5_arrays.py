"""HDF5 arrays: reads arrays and text from HDF5, without links to other files and without sizes that the file lacks."""

from __future__ import annotations

import io
import math
import mmap
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import FormatError, one_line
from .opened import content, is_packed

if TYPE_CHECKING:
    import h5py

LARGEST = 2**33
"""The largest array in memory, in bytes."""
_PACKED = 1100  # bytes that one byte may unpack to; gzip never reaches this
_REFERENCE = np.dtype([("length", "<u4"), ("heap", "<u8"), ("index", "<u4")])  # to a text of variable length
_HEAP = b"GCOL\1\0\0\0"
_SMALL = 2**26  # arrays up to this many bytes may be larger than what is stored


@contextmanager
def open_hdf5(path: Path) -> Iterator[h5py.File]:
    """An open HDF5 file, unpacked if necessary. Errors inside the block become FormatError with the file's name."""
    import h5py

    packed = is_packed(path)
    raw = content(path) if packed else memory_map(path)
    try:
        _check_heaps(raw)
        with h5py.File(io.BytesIO(raw) if packed else path, "r") as file:
            yield file
    except FormatError as error:
        raise FormatError(f"{path}: {error}") from None
    except (OSError, RuntimeError, LookupError, ValueError, TypeError, ArithmeticError, MemoryError) as error:
        raise FormatError(f"{path} can't be read as HDF5 ({one_line(error)}).") from None


def member(group: h5py.Group, key: str) -> Any:
    """A member of a group. Raises FormatError if it is missing or is a soft or external link."""
    import h5py

    if "/" in key or not isinstance(group.get(key, getlink=True), h5py.HardLink):
        raise FormatError(f"{_place(group, key)} is missing, or it is a link to another place.")
    return group[key]


def read_array(group: h5py.Group, key: str) -> np.ndarray:
    """An array of numbers or text. Raises FormatError for other objects, data in other files, and false sizes."""
    import h5py

    stored, where = member(group, key), _place(group, key)
    if not isinstance(stored, h5py.Dataset) or stored.shape is None or stored.is_virtual or stored.external:
        raise FormatError(f"{where} is not an array stored in this file.")
    spelled = h5py.check_string_dtype(stored.dtype) is not None
    if not spelled and stored.dtype.kind not in "biuf":
        raise FormatError(f"{where} has values of type {stored.dtype}, not numbers or text.")
    check_size(stored.shape, stored.dtype.itemsize, where)
    size = math.prod(stored.shape) * stored.dtype.itemsize
    if size > _SMALL and size > _PACKED * stored.id.get_storage_size():
        raise FormatError(f"{where} claims {size} bytes, but stores {stored.id.get_storage_size()}.")
    if not spelled:
        return np.asarray(stored[()])
    _check_lengths(stored, where)
    return _text(stored.asstr()[()], where)


def read_texts(group: h5py.Group, key: str) -> list[str]:
    """An array (n,) of text as a list. Raises FormatError for other arrays."""
    found = read_array(group, key)
    if found.ndim != 1 or found.dtype.kind != "U":
        raise FormatError(f"{_place(group, key)} is not a column of text.")
    return found.tolist()


def check_size(shape: Sequence[int], itemsize: int, where: str) -> None:
    """Raises FormatError if an array would take more than 8 GiB of memory."""
    if (size := math.prod(map(int, shape)) * itemsize) > LARGEST:
        raise FormatError(f"{where} would take {size / 2**30:.0f} GiB of memory, more than {LARGEST >> 30}.")


def memory_map(path: Path) -> bytes | mmap.mmap:
    """The bytes of a file, memory-mapped."""
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if path.stat().st_size else b""


def _check_heaps(raw: bytes | mmap.mmap) -> None:
    """Raises FormatError if a heap of texts of variable length has sizes at which the HDF5 library would hang."""
    at = raw.find(_HEAP)
    while at >= 0:
        end, here = at + int.from_bytes(raw[at + 8 : at + 16], "little"), at + 16
        while here + 16 <= min(end, len(raw)):
            index, taken = struct.unpack_from("<H6xQ", raw, here)
            step = 16 + -(-taken // 8) * 8 if index else taken
            here += step if step >= 16 else len(raw)
        if not here <= end <= len(raw):
            raise FormatError("a heap of texts is broken.")
        at = raw.find(_HEAP, end)


def _check_lengths(stored: h5py.Dataset, where: str) -> None:
    """Raises FormatError if a text claims to be longer than the file; HDF5 would allocate memory for it."""
    file, at = Path(stored.file.filename), stored.id.get_offset()
    if at is None or stored.dtype.kind != "O" or not file.is_file():
        return
    with file.open("rb") as handle:
        handle.seek(at)
        said = np.frombuffer(handle.read(_REFERENCE.itemsize * math.prod(stored.shape)), dtype=_REFERENCE)
    if said["length"].max(initial=0) > file.stat().st_size:
        raise FormatError(f"{where} has a text that claims to be longer than the file.")


def _text(found: Any, where: str) -> np.ndarray:
    """Python strings as an array of fixed-width text."""
    flat = [found] if isinstance(found, str) else found.ravel().tolist()
    check_size((len(flat), max(map(len, flat), default=0)), 4, where)
    return np.array(flat, dtype=str).reshape(np.shape(found))


def _place(group: h5py.Group, key: str) -> str:
    return f'"{group.name}/{key}"'.replace("/", "", 1).replace('"/', '"')
