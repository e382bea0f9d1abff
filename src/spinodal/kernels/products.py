"""Matrix products by the fastest accurate route of this machine: oneDNN where a probe finds it sound, else torch."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable
from functools import cache

import torch
from torch import Tensor

Route = Callable[[Tensor, Tensor, Tensor | None], Tensor]

SLACK = 1.5
"""How much slower than torch's own product oneDNN may be and still be taken.

Its sums don't depend on how many rows a product has, so a sample doesn't depend on how chains are cut; the
slack also keeps a noisy clock from changing the route, and so the last bits, between two runs.
"""


def _onednn(x: Tensor, w: Tensor, bias: Tensor | None) -> Tensor:
    return torch.ops.mkldnn._linear_pointwise(x, w.t(), bias, "none", [], "")


WIDE = 1024
"""Columns that torch's product takes at once: of thousands, a few rows took half as long again in one go."""


def _torch(x: Tensor, w: Tensor, bias: Tensor | None) -> Tensor:
    if w.shape[1] > 2 * WIDE:
        biases = bias.split(WIDE) if bias is not None else itertools.repeat(None)
        return torch.cat([_torch(x, part, b) for part, b in zip(w.split(WIDE, 1), biases)], 1)
    return x @ w if bias is None else torch.addmm(bias, x, w)


def _cost(route: Route, x: Tensor, w: Tensor) -> float:
    """Seconds of the best of five products."""
    best = float("inf")
    for _ in range(5):
        begin = time.perf_counter()
        route(x, w, None)
        best = min(best, time.perf_counter() - begin)
    return best


def _sound(x: Tensor, w: Tensor) -> bool:
    """Whether oneDNN is there and as accurate as single precision."""
    try:
        return bool((_onednn(x, w, None).double() - x.double() @ w.double()).abs().max() < 1e-3)
    except (AttributeError, RuntimeError, NotImplementedError):
        return False


@cache
def route() -> Route:
    """The route all single-precision products on the CPU take; SPINODAL_PRODUCTS=onednn or torch decides it."""
    wish = os.environ.get("SPINODAL_PRODUCTS", "")
    if wish not in ("", "onednn", "torch"):
        raise ValueError(f'SPINODAL_PRODUCTS is "{wish}": it takes "onednn", "torch", or nothing')
    x, w = torch.randn(256, 512), torch.randn(512, 512)
    if wish == "torch" or not _sound(x, w):
        return _torch
    return _onednn if wish or _cost(_onednn, x, w) < SLACK * _cost(_torch, x, w) else _torch


def product(x: Tensor, w: Tensor, onto: Tensor | None = None) -> Tensor:
    """`onto` + x w: x (n, k), w (k, m); `onto` is one row for all, (m,), or a row each, (n, m). A new tensor."""
    if x.dtype != torch.float32 or x.is_cuda or torch.is_grad_enabled():
        return x @ w if onto is None else torch.addmm(onto, x, w)
    if len(x) == 1:  # one row alone takes another path, with other rounding
        return product(x.expand(2, -1), w, onto if onto is None else onto.expand(2, -1))[:1]
    if onto is None or onto.dim() == 1:
        return route()(x, w, onto)
    return route()(x, w, None).add_(onto)
