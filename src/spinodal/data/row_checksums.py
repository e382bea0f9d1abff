"""Marks: a checksum of what each row holds, by which it is found again wherever it stands in a file."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np

from .alphabet import Alphabet, Categories
from .dataset import Dataset
from .row_blocks import BLOCK


def checksums(data: Dataset) -> np.ndarray:
    """64 bits of BLAKE2b of what each row shows and of its labels, (n,) int64.

    Rows that hold the same have the same mark. Their names and their places don't count, nor does how the letters and
    the labels are numbered: an alphabet may have other symbols, too. Columns of a table count by their numbers, so two
    of them are to be read by the same schema; real numbers count as they were standardized. Cost: a second or two of
    60,000 images.

    >>> from torch import eye
    >>> from spinodal.data.alphabet import RNA
    >>> data = Dataset.of({"visible": eye(3)}, {"visible": RNA}, names=list("abc"))
    >>> (checksums(data.select([2, 0, 1])) == checksums(data)[[2, 0, 1]]).all()
    np.True_
    """
    layers = [(data[layer], data.alphabets.get(layer)) for layer in sorted(data.columns)]
    title = ", ".join(f"{layer} {data[layer].shape[1]}" for layer in sorted(data.columns)).encode()
    each = max(1, BLOCK // max(1, 8 * sum(column.shape[1] for column, _ in layers)))
    found = np.empty(len(data), dtype=np.int64)
    for start in range(0, len(data), each):
        spelled = [_spelled(column[start : start + each], alphabet) for column, alphabet in layers]
        for i, row in enumerate(zip(*spelled), start):
            digest = blake2b(title, digest_size=8)
            for entries in row:
                digest.update(entries)
            found[i] = int.from_bytes(digest.digest(), "little", signed=True)
    return found


def find_rows(wanted: np.ndarray, there: np.ndarray) -> np.ndarray:
    """Where each of the wanted marks stands among those that are there, (n,), -1 where it doesn't.

    No place is taken twice: of equal marks the first takes the first place, and so on.

    >>> find_rows(np.array([7, 5, 7, 7]), np.array([5, 6, 7, 7])).tolist()
    [2, 0, 3, -1]
    """
    _, number = np.unique(np.concatenate([wanted, there]), return_inverse=True)
    most = len(wanted) + len(there)
    ours, theirs = (part * most + _times_before(part) for part in np.split(number, [len(wanted)]))
    order = np.argsort(theirs)
    near = np.searchsorted(theirs, ours, sorter=order)
    found = order[np.minimum(near, len(order) - 1)] if len(order) else np.zeros(len(ours), dtype=np.int64)
    fits = (near < len(order)) & (theirs[found] == ours) if len(order) else np.zeros(len(ours), dtype=bool)
    return np.where(fits, found, -1)


def _times_before(numbers: np.ndarray) -> np.ndarray:
    """How many of the numbers before each are the same."""
    order = np.argsort(numbers, kind="stable")
    ordered = numbers[order]
    first = np.searchsorted(ordered, ordered)
    before = np.empty(len(numbers), dtype=np.int64)
    before[order] = np.arange(len(numbers)) - first
    return before


def _spelled(block: np.ndarray, alphabet: Alphabet | None) -> np.ndarray:
    """The rows in a form that doesn't depend on how symbols are numbered."""
    if alphabet is None:
        return np.where(np.isnan(block), np.float32(np.nan), block + np.float32(0))  # one NaN, and no -0
    return np.ascontiguousarray(_codes(alphabet)[block])


def _codes(alphabet: Alphabet) -> np.ndarray:
    """What stands for each symbol, and last for an unknown one."""
    if isinstance(alphabet, Categories):
        return np.arange(len(alphabet.symbols) + 1, dtype=np.int16)
    if alphabet.single_letters:
        return np.array([*map(ord, alphabet.symbols), 0], dtype=np.uint8)
    words = [blake2b(symbol.encode(), digest_size=8).digest() for symbol in alphabet.symbols]
    return np.frombuffer(b"".join([*words, bytes(8)]), dtype=np.uint64)
