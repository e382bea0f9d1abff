"""What two matrices of samples must have in common before a score compares them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, float32

Letters = np.ndarray | Tensor
"""Integers or bools (n, sites), -1 unknown: what a dataset's columns are, or a tensor of them on a CPU."""


def comparable(data: Tensor, generated: Tensor) -> tuple[Tensor, Tensor]:
    """Both as float matrices of one dtype on one device (those of `data`): (n, d) and (m, d), n, m >= 2.

    Raises ValueError where one is not a matrix, has fewer than two rows or numbers that are not finite
    (NaN is what a dataset has where an entry is unknown), or where their columns differ in number.
    """
    data = data if data.is_floating_point() else data.to(float32)
    _check("data", data)
    _check("generated", generated)
    if data.shape[1] != generated.shape[1]:
        raise ValueError(f"data has {data.shape[1]} columns and generated {generated.shape[1]}: encode both alike")
    return data, generated.to(data)


def two_valued(*matrices: Tensor) -> tuple[float, list[Tensor]] | None:
    """Where all together show two values, 0 and 1 say: how far these are apart, and where each shows the higher."""
    lows, highs = zip(*(x.aminmax() for x in matrices))
    low, high = min(lows), max(highs)
    higher = [x == high for x in matrices]
    fits = all(bool((bits | (x == low)).all()) for x, bits in zip(matrices, higher))
    return (float(high) - float(low), higher) if fits else None


def letters(name: str, x: Letters, colors: int | None = None) -> np.ndarray:
    """Letters 0, 1, ..., of which there are `colors`, or -1 (unknown), as integers of an array (n, sites), n >= 1.

    Raises ValueError where they are not a matrix, have no row, are not integers, or are other numbers than these.
    """
    found = np.asarray(x)
    found = found.view(np.int8) if found.dtype == bool else found
    if found.ndim != 2 or found.size == 0:
        raise ValueError(f"{name} must be a matrix of at least one row and site, (n, sites), not {found.shape}")
    if not np.issubdtype(found.dtype, np.integer):
        raise ValueError(f"{name} must be letters as integers, -1 unknown, not {found.dtype}: cast whole numbers first")
    low, high = int(found.min()), int(found.max())
    if low < -1 or (colors is not None and high >= colors):
        last = "" if colors is None else f" to {colors - 1}"
        raise ValueError(f"{name} has letters from {low} to {high}: they go from 0{last}, and -1 is unknown")
    return found


def paired(data: Letters, generated: Letters, colors: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Both as `letters` of as many sites; raises ValueError where they are not."""
    known, made = letters("data", data, colors), letters("generated", generated, colors)
    if known.shape[1] != made.shape[1]:
        raise ValueError(f"data has {known.shape[1]} sites and generated {made.shape[1]}: encode both alike")
    return known, made


def alike(**named: Tensor) -> list[Tensor]:
    """Matrices as their rows are compared by distance: letters, (n, sites), or reals of one dtype, (n, d).

    Letters are what comes as integers or booleans, all of it, and what together shows two values (then 0 and 1).
    Whatever else are reals, in single precision at least. Raises ValueError like `comparable`, by the names given, and
    where a letter is negative (unknown).

    >>> alike(x=torch.tensor([[-1.0, 1.0], [1.0, 1.0]]))[0].tolist()
    [[False, True], [True, True]]
    """
    (first, x), *_ = named.items()
    for name, other in named.items():
        _check(name, other)
        if other.shape[1] != x.shape[1]:
            raise ValueError(f"{first} has {x.shape[1]} columns and {name} {other.shape[1]}: encode both alike")
    if not any(x.is_floating_point() for x in named.values()):
        for name, x in named.items():
            if (x < 0).any():
                row = int((x < 0).any(1).nonzero()[0])
                raise ValueError(f"{name} has an unknown letter in row {row}: complete it or leave it out")
        return list(named.values())
    dtype = max((x.dtype for x in named.values() if x.is_floating_point()), key=lambda dtype: dtype.itemsize)
    reals = [other.to(x.device, torch.promote_types(dtype, float32)) for other in named.values()]
    found = two_valued(*reals)
    return found[1] if found else reals


def spelled(x: Tensor) -> Iterator[bytes]:
    """Each row as bytes, which are equal where rows of the same dtype are: -0.0 is spelled as 0.0."""
    for block in x.split(1024):
        rows = block.cpu().numpy()
        yield from (row.tobytes() for row in rows + rows.dtype.type(0))


def _check(name: str, x: Tensor) -> None:
    if x.dim() != 2 or len(x) < 2:
        raise ValueError(f"{name} must be a matrix of at least two samples, (n, d), not {tuple(x.shape)}")
    if not x.isfinite().all():
        row = int(x.isfinite().all(1).logical_not().nonzero()[0])
        raise ValueError(f"{name} has an unknown or infinite entry in row {row}: complete it or leave it out")
