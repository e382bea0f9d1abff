"""Matrices: checks and conversions of two matrices of samples before a score compares them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, float32

Letters = np.ndarray | Tensor
"""Integers or bools (n, sites), -1 unknown: a column of a dataset, or a CPU tensor."""


def comparable(data: Tensor, generated: Tensor) -> tuple[Tensor, Tensor]:
    """Both as float matrices, (n, d) and (m, d), n, m >= 2, with the dtype and device of `data`.

    Raises ValueError if one is not a matrix, has fewer than two rows, or has numbers that are not finite (in a dataset,
    NaN is an unknown entry), and if their numbers of columns differ.
    """
    data = data if data.is_floating_point() else data.to(float32)
    _check("data", data)
    _check("generated", generated)
    if data.shape[1] != generated.shape[1]:
        raise ValueError(f"data has {data.shape[1]} columns and generated {generated.shape[1]}: use the same columns")
    return data, generated.to(data)


def two_valued(*matrices: Tensor) -> tuple[float, list[Tensor]] | None:
    """If all matrices have only two values in all, such as 0 and 1: their difference, and where the higher one is.

    Returns (difference, a bool tensor for each matrix), or None if there are more values.
    """
    lows, highs = zip(*(x.aminmax() for x in matrices))
    low, high = min(lows), max(highs)
    higher = [x == high for x in matrices]
    fits = all(bool((bits | (x == low)).all()) for x, bits in zip(matrices, higher))
    return (float(high) - float(low), higher) if fits else None


def letters(name: str, x: Letters, colors: int | None = None) -> np.ndarray:
    """Letters as an integer array (n, sites), n >= 1: numbers from 0 to colors - 1, and -1 where unknown.

    Raises ValueError if x is not a matrix, is empty, is not of integers, or has other numbers.
    """
    array = np.asarray(x)
    array = array.view(np.int8) if array.dtype == bool else array
    if array.ndim != 2 or array.size == 0:
        raise ValueError(f"{name} must be a matrix of at least one row and site, (n, sites), not {array.shape}")
    if not np.issubdtype(array.dtype, np.integer):
        raise ValueError(f"{name} must be letters as integers, -1 unknown, not {array.dtype}: convert it to integers")
    low, high = int(array.min()), int(array.max())
    if low < -1 or (colors is not None and high >= colors):
        last = "up" if colors is None else f"to {colors - 1}"
        raise ValueError(f"{name} has letters from {low} to {high}: they must be from 0 {last}, or -1 for unknown")
    return array


def paired(data: Letters, generated: Letters, colors: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Both as `letters` with equal numbers of sites. Raises ValueError if they differ, and as `letters` does."""
    a, b = letters("data", data, colors), letters("generated", generated, colors)
    if a.shape[1] != b.shape[1]:
        raise ValueError(f"data has {a.shape[1]} sites and generated {b.shape[1]}: use the same sites")
    return a, b


def alike(**named: Tensor) -> list[Tensor]:
    """Matrices prepared for distances between rows: all as letters, (n, sites), or all as real numbers, (n, d).

    They are letters if all are integers or booleans. They are bits (bool) if all have only two values together. In all
    other cases they are real numbers of one dtype, float32 or wider. The keywords are the names in error messages.
    Raises ValueError as `comparable` does, and for a negative (unknown) letter.

    >>> alike(x=torch.tensor([[-1.0, 1.0], [1.0, 1.0]]))[0].tolist()
    [[False, True], [True, True]]
    """
    (first, x), *_ = named.items()
    for name, other in named.items():
        _check(name, other)
        if other.shape[1] != x.shape[1]:
            raise ValueError(f"{first} has {x.shape[1]} columns and {name} {other.shape[1]}: use the same columns")
    if not any(x.is_floating_point() for x in named.values()):
        for name, x in named.items():
            if (x < 0).any():
                row = int((x < 0).any(1).nonzero()[0])
                raise ValueError(f"{name} has an unknown letter in row {row}: complete it or leave it out")
        return list(named.values())
    dtype = max((x.dtype for x in named.values() if x.is_floating_point()), key=lambda dtype: dtype.itemsize)
    reals = [other.to(x.device, torch.promote_types(dtype, float32)) for other in named.values()]
    binary = two_valued(*reals)
    return binary[1] if binary else reals


def row_bytes(x: Tensor) -> Iterator[bytes]:
    """Each row as bytes: two rows of one dtype are equal exactly if their bytes are (-0.0 becomes 0.0)."""
    for block in x.split(1024):
        rows = block.cpu().numpy()
        yield from (row.tobytes() for row in rows + rows.dtype.type(0))


def _check(name: str, x: Tensor) -> None:
    if x.dim() != 2 or len(x) < 2:
        raise ValueError(f"{name} must be a matrix of at least two samples, (n, d), not {tuple(x.shape)}")
    if not x.isfinite().all():
        row = int(x.isfinite().all(1).logical_not().nonzero()[0])
        raise ValueError(f"{name} has an unknown or infinite entry in row {row}: complete it or leave it out")
