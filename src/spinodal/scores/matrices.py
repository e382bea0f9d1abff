"""What two matrices of samples must have in common before a score compares them."""

from __future__ import annotations

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


def _check(name: str, x: Tensor) -> None:
    if x.dim() != 2 or len(x) < 2:
        raise ValueError(f"{name} must be a matrix of at least two samples, (n, d), not {tuple(x.shape)}")
    if not x.isfinite().all():
        row = int(x.isfinite().all(1).logical_not().nonzero()[0])
        raise ValueError(f"{name} has an unknown or infinite entry in row {row}: complete it or leave it out")
