"""Row blocks: work on matrices block by block; a large result is kept in an unnamed memory-mapped file.

The file is in the folder of temporary files (TMPDIR). It disappears when the array is no longer used. The array is a
`numpy.memmap` and is used like any other array; the system keeps its pages in memory as long as memory suffices.
"""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import IO, Any

import numpy as np

BLOCK = 2**23
"""Bytes of a block."""

LARGE = 2**26
"""A matrix that is built block by block is put into a file from this many bytes on."""


def blocks(column: np.ndarray) -> Iterator[np.ndarray]:
    """The matrix in blocks of rows of about 8 MB; one empty block if there are no rows.

    >>> [len(x) for x in blocks(np.zeros((100_000, 200), np.int8))]
    [41943, 41943, 16114]
    """
    each = _rows(column)
    for start in range(0, max(len(column), 1), each):
        yield column[start : start + each]


def sum_blocks(work: Callable[[np.ndarray], Any], column: np.ndarray) -> Any:
    """The sum of `work` over all blocks.

    >>> sum_blocks(lambda x: (x == 0).sum(0), np.array([[0, 1], [0, 0]]))
    array([2, 1])
    """
    return sum(map(work, blocks(column)))


def concatenate_blocks(parts: Iterable[np.ndarray]) -> np.ndarray:
    """The rows of all parts (at least one) as an array, or as a memory-mapped file if they take `LARGE` bytes or more.

    Parts that come from an iterator are written one by one, so they need not fit into memory together. Raises OSError
    if the disk is full.

    >>> concatenate_blocks(np.full((2, 3), i) for i in range(2)).tolist()
    [[0, 0, 0], [0, 0, 0], [1, 1, 1], [1, 1, 1]]
    """
    with Spool() as spool:
        for part in parts:
            spool.add(part)
        return spool.array()


class Spool:
    """Blocks of rows that become one array, as `concatenate_blocks` says; a context, in which all rows are added."""

    def __init__(self) -> None:
        self._held: list[np.ndarray] = []
        self._size = self._rows = 0
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()  # a mapped array keeps it

    def add(self, block: np.ndarray) -> None:
        """The next rows. Raises OSError if the disk is full."""
        self._rows += len(block)
        if self._file is not None:
            self._write([block])
            return
        self._held.append(block)
        self._size += block.nbytes
        if self._size >= LARGE:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115
            self._write(self._held)
            self._held = [block[:0]]

    def array(self) -> np.ndarray:
        """All rows. Raises OSError if the disk is full."""
        if self._file is None:
            return self._held[0] if len(self._held) == 1 else np.concatenate(self._held)
        self._write([])
        kind = self._held[0]
        return np.memmap(self._file, kind.dtype, "r+", shape=(self._rows, *kind.shape[1:]))

    def _write(self, more: list[np.ndarray]) -> None:
        assert self._file is not None
        try:
            for block in more:
                self._file.write(np.ascontiguousarray(block).data)
            self._file.flush()
        except OSError as error:
            raise full(error) from None


def transpose(column: np.ndarray) -> np.ndarray:
    """The transposed matrix, made in pieces of `LARGE` bytes. Each piece reads the whole file of a mapped matrix once.

    >>> transpose(np.array([[1, 2, 3]])).tolist()
    [[1], [2], [3]]
    """
    each = max(LARGE // max(column[:, :1].nbytes, 1), 1)
    return concatenate_blocks(
        np.ascontiguousarray(column[:, i : i + each].T) for i in range(0, max(column.shape[1], 1), each)
    )


def select_rows(column: np.ndarray, rows: np.ndarray | Sequence[int] | slice) -> np.ndarray:
    """The rows selected by an index array, a mask or a slice (a view). A memory-mapped matrix is copied in blocks."""
    if isinstance(rows, slice) or not is_mapped(column):
        return column[rows]
    chosen = np.arange(len(column))[rows]
    each = _rows(column)
    return concatenate_blocks(np.asarray(column[chosen[i : i + each]]) for i in range(0, max(len(chosen), 1), each))


def is_mapped(column: np.ndarray) -> bool:
    """Whether a matrix is memory-mapped."""
    return isinstance(column, np.memmap)


def count_distinct(column: np.ndarray) -> int:
    """The number of distinct rows, by a 128-bit hash of each row."""
    return len({blake2b(row.tobytes(), digest_size=16).digest() for x in blocks(column) for row in x})


def text_array(words: Sequence[str]) -> np.ndarray:
    """Words as an array (n,) of fixed-width text, or of Python strings if one long word would waste much memory.

    >>> text_array(["a", "bc"])
    array(['a', 'bc'], dtype='<U2')
    """
    widest, whole = max(map(len, words), default=0), sum(map(len, words))
    wasteful = 4 * widest * len(words) > max(LARGE, 16 * whole)
    return np.array(words, dtype=object if wasteful else str)


def _rows(column: np.ndarray) -> int:
    """The number of rows of a block."""
    return max(BLOCK // max(column[:1].nbytes, 1), 1)


def full(error: OSError) -> OSError:
    """The error, with advice if the disk is full."""
    if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return error
    return OSError(error.errno, "the disk has no space for a temporary copy of large data; set TMPDIR to a folder on "
                   "a disk that has more", tempfile.gettempdir())  # fmt: skip
