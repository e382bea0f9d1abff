"""Matrix products whose bits don't depend on the number of rows: oneDNN where a probe finds it sound, else torch."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

import torch
from torch import Tensor

Route = Callable[[Tensor, Tensor, Tensor | None], Tensor]

TILE = 64
"""Rows of a product that torch's route takes at once.

The library behind it adds up in an order that depends on the number of rows; in tiles of one shape, that number is
always the same. Blocks of chains begin at multiples of it (`map_blocks`), so a block's tiles are those of the whole.
"""

WIDE = 1024
"""Columns that torch's product takes at once: of a few rows and thousands of columns it took 1.5 times as long."""


def _onednn(x: Tensor, w: Tensor, bias: Tensor | None) -> Tensor:
    if len(x) == 1:  # one row alone takes another path, with other rounding
        return _onednn(x.expand(2, -1), w, bias)[:1]
    return torch.ops.mkldnn._linear_pointwise(x, w.t(), bias, "none", [], "")


def _torch(x: Tensor, w: Tensor, bias: Tensor | None) -> Tensor:
    if w.shape[1] > 2 * WIDE:
        biases = bias.split(WIDE) if bias is not None else itertools.repeat(None)
        return torch.cat([_torch(x, part, b) for part, b in zip(w.split(WIDE, 1), biases)], 1)
    out = x.new_empty(len(x), w.shape[1])
    with _alone():
        for rows, sums in zip(x.split(TILE), out.split(TILE)):
            _tile(rows, w, sums)
    return out if bias is None else out.add_(bias)


def _tile(rows: Tensor, w: Tensor, out: Tensor) -> None:
    """rows w, into `out`: up to TILE rows, filled up with rows of 0."""
    if len(rows) == TILE:
        torch.mm(rows, w, out=out)
        return
    padded = rows.new_zeros(TILE, rows.shape[1])
    padded[: len(rows)] = rows
    out.copy_((padded @ w)[: len(rows)])


@contextmanager
def _alone() -> Iterator[None]:
    """One thread: several would split the sums. `map_blocks` gives each thread its own blocks."""
    threads = torch.get_num_threads()
    if threads == 1:
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@cache
def _is_sound() -> bool:
    """Whether oneDNN is there and as accurate as single precision."""
    source = torch.Generator().manual_seed(0)
    x, w = torch.randn(256, 512, generator=source), torch.randn(512, 512, generator=source)
    try:
        return bool((_onednn(x, w, None).double() - x.double() @ w.double()).abs().max() < 1e-3)
    except (AttributeError, RuntimeError, NotImplementedError):
        return False


ROUTES: dict[str, Route] = {"onednn": _onednn, "torch": _torch}
"""What computes single-precision products on the CPU, by name. Their last bits differ."""

_asked: list[list[str]] = []


def route() -> str:
    """The name of the route that products take: it depends on the computer and on torch's version, never on timings.

    It is the one that `taking` asks for, else SPINODAL_PRODUCTS, else oneDNN: where oneDNN isn't sound, torch.
    """
    wish = _asked[-1][0] if _asked else os.environ.get("SPINODAL_PRODUCTS", "")
    if wish not in ("", *ROUTES):
        raise ValueError(f'SPINODAL_PRODUCTS is "{wish}": it takes "onednn", "torch", or nothing')
    return "onednn" if wish != "torch" and _is_sound() else "torch"


@contextmanager
def taking(name: str) -> Iterator[None]:
    """Inside this context the products of all threads take this route, if it is sound on this computer; see `route`."""
    asked = [name]
    _asked.append(asked)
    try:
        yield
    finally:
        _asked[:] = [other for other in _asked if other is not asked]  # trainings may be interleaved


def product(x: Tensor, w: Tensor, onto: Tensor | None = None) -> Tensor:
    """`onto` + x w: x (n, k), w (k, m); `onto` is one row for all, (m,), or a row each, (n, m). A new tensor."""
    if x.dtype != torch.float32 or x.device.type != "cpu" or torch.is_grad_enabled():
        return x @ w if onto is None else torch.addmm(onto, x, w)
    if onto is None or onto.dim() == 1:
        return ROUTES[route()](x, w, onto)
    return ROUTES[route()](x, w, None).add_(onto)
