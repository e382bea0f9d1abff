"""Columns: matrices of many rows, block by block; what is large lies in a file that has no name, mapped into memory.

The file is made where temporary files are (TMPDIR says where), and is gone when nobody uses it any more. It is a
`numpy.memmap`, so it reads as any array; its pages are in memory while they are in use and there is room.
"""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import blake2b
from itertools import chain
from typing import Any

import numpy as np

BLOCK = 2**23
"""Bytes of a column that are worked on at once."""

LARGE = 2**26
"""Bytes from which on a column that is made block by block lies in a file."""


def blocks(column: np.ndarray) -> Iterator[np.ndarray]:
    """The rows in pieces of some 8 MB, one after the other; one piece where there are none.

    >>> [len(x) for x in blocks(np.zeros((100_000, 200), np.int8))]
    [41943, 41943, 16114]
    """
    each = _rows(column)
    for start in range(0, max(len(column), 1), each):
        yield column[start : start + each]


def sum_blocks(work: Callable[[np.ndarray], Any], column: np.ndarray) -> Any:
    """What `work` makes of each block, added up.

    >>> sum_blocks(lambda x: (x == 0).sum(0), np.array([[0, 1], [0, 0]]))
    array([2, 1])
    """
    return sum(map(work, blocks(column)))


def concatenate_blocks(parts: Iterable[np.ndarray]) -> np.ndarray:
    """The rows of all parts, of which there is one at least: an array, or a mapped file where they are LARGE.

    So of rows that come block by block, few are in memory at a time. Raises OSError where the disk is full.

    >>> concatenate_blocks(np.full((2, 3), i) for i in range(2)).tolist()
    [[0, 0, 0], [0, 0, 0], [1, 1, 1], [1, 1, 1]]
    """
    held, size, remaining = list[np.ndarray](), 0, iter(parts)
    for part in remaining:
        held.append(part)
        size += part.nbytes
        if size >= LARGE:
            return _filed(held, remaining)
    return held[0] if len(held) == 1 else np.concatenate(held)


def transpose(column: np.ndarray) -> np.ndarray:
    """Sites as rows and rows as sites, LARGE bytes at a time: each pass goes over the whole file of a mapped one.

    >>> transpose(np.array([[1, 2, 3]])).tolist()
    [[1], [2], [3]]
    """
    each = max(LARGE // max(column[:, :1].nbytes, 1), 1)
    return concatenate_blocks(
        np.ascontiguousarray(column[:, i : i + each].T) for i in range(0, max(column.shape[1], 1), each)
    )


def select_rows(column: np.ndarray, rows: np.ndarray | Sequence[int] | slice) -> np.ndarray:
    """The rows of an index array, a mask or a slice; of a mapped file block by block, and a slice without a copy."""
    if isinstance(rows, slice) or not is_mapped(column):
        return column[rows]
    chosen = np.arange(len(column))[rows]
    each = _rows(column)
    return concatenate_blocks(np.asarray(column[chosen[i : i + each]]) for i in range(0, max(len(chosen), 1), each))


def is_mapped(column: np.ndarray) -> bool:
    """Whether it lies in a file."""
    return isinstance(column, np.memmap)


def count_distinct(column: np.ndarray) -> int:
    """How many different rows there are, told apart by 128 bits of each."""
    return len({blake2b(row.tobytes(), digest_size=16).digest() for x in blocks(column) for row in x})


def text_array(words: Sequence[str]) -> np.ndarray:
    """Words as an array (n,) of text; of Python's own where a long one among many would widen all of them.

    >>> text_array(["a", "bc"])
    array(['a', 'bc'], dtype='<U2')
    """
    widest, whole = max(map(len, words), default=0), sum(map(len, words))
    wasteful = 4 * widest * len(words) > max(LARGE, 16 * whole)
    return np.array(words, dtype=object if wasteful else str)


def _rows(column: np.ndarray) -> int:
    """How many rows are a block."""
    return max(BLOCK // max(column[:1].nbytes, 1), 1)


def _filed(held: list[np.ndarray], remaining: Iterable[np.ndarray]) -> np.ndarray:
    """The rows of parts that are there, and of those that come, in a file."""
    kind, width, n = held[0].dtype, held[0].shape[1:], 0
    with tempfile.TemporaryFile() as file:
        try:
            for part in chain(held, remaining):
                file.write(np.ascontiguousarray(part).data)
                n += len(part)
            file.flush()
        except OSError as error:
            raise _full(error) from None
        return np.memmap(file, kind, "r+", shape=(n, *width))


def _full(error: OSError) -> OSError:
    """What is wrong with the file; where the disk is full, how to mend it."""
    if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return error
    return OSError(error.errno, "no space is left for a copy of data that are large; set TMPDIR to a folder on a "
                   "disk that has more", tempfile.gettempdir())  # fmt: skip
