"""What two matrices of samples must have in common before a score compares them."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, float32


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
