"""Floors: only the matrix products that a job needs, with both routes of this machine."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import embedding_bag

from .clock import Work

Product = Callable[[Tensor, Tensor], Tensor]


def onednn(x: Tensor, w: Tensor) -> Tensor:
    return torch.ops.mkldnn._linear_pointwise(x, w.t(), None, "none", [], "")


ROUTES: dict[str, Product] = {"products by oneDNN": onednn, "products by torch": torch.mm}


def routes(device: str) -> dict[str, Product]:
    """The routes of products on a device."""
    return ROUTES if device == "cpu" else {"products by torch": torch.mm}


def steps(n: int, visible: int, hidden: int, count: int, device: str) -> dict[str, Work]:
    """The products of `count` steps: from visible to hidden, and back."""
    w = 0.01 * torch.randn(visible, hidden, device=device)
    v, h = torch.rand(n, visible, device=device).round(), torch.rand(n, hidden, device=device).round()

    def bare(product: Product) -> Work:
        return lambda: [(product(v, w), product(h, w.t())) for _ in range(count)]

    return {name: bare(product) for name, product in routes(device).items()}


def update(visible: Tensor, hidden: int, count: int, letters: Tensor | None = None) -> dict[str, Work]:
    """The products of an update: k + 1 to the hidden layer (letters: sums of rows), k back, and one for gradients."""
    n, size = visible.shape
    w = 0.01 * torch.randn(size, hidden, device=visible.device)
    h = torch.rand(n, hidden, device=visible.device).round()
    left, right = torch.cat([visible, visible]), torch.cat([h, h])

    def bare(product: Product) -> Work:
        def work() -> None:
            for _ in range(count + 1):
                product(visible, w) if letters is None else embedding_bag(letters, w, mode="sum")
            for _ in range(count):
                product(h, w.t())
            product(left.t(), right)

        return work

    return {name: bare(product) for name, product in routes(visible.device.type).items()}


def passes(energy: torch.nn.Module, visible: Tensor, label: Tensor, count: int) -> dict[str, Work]:
    """`count` passes of rows through an energy and back to the rows: the products of a step of a neural machine."""

    def work() -> None:
        for _ in range(count):
            x = visible.detach().requires_grad_()
            torch.autograd.grad(energy(x, label).sum(), x)

    return {"products of passes forward and back": work}


def square(x: Tensor, y: Tensor, rows: int = 1000) -> dict[str, Work]:
    """The product of x with all of y, `rows` rows at a time, which gives all distances."""

    def bare(product: Product) -> Work:
        return lambda: [product(part, y.t()) for part in x.split(rows)]

    return {name: bare(product) for name, product in routes(x.device.type).items()}
