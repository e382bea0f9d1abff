"""Peers: other packages and plain torch, each set up once and returned as a function that does one unit of work.

Packages are called as in their own training loops, with their defaults, in float32, on the CPU. The other work of such
a loop is left out: choosing the batch, writing files, progress bars. The caller pins one core and sets the threads of
torch (and of numpy: OPENBLAS_NUM_THREADS) before this module is imported.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import one_hot

PACKAGES = "rbms==0.5.0 annadca==0.2.3"

Update = Callable[[], list[Tensor]]
"""One update of the parameters; it returns them."""


@dataclass(frozen=True)
class Peer:
    """The work of an update, to compare with F&F-k with labels: negative phases, labels, and products.

    A product is one of batch x visible x hidden: there are `per_step` in each of the k steps, and `once` in addition.
    """

    phases: int
    labels: bool
    per_step: int
    once: int
    note: str

    def products(self, steps: int) -> int:
        """The number of products of an update of `steps` steps."""
        return self.per_step * steps + self.once


PEERS = {
    "rbms": Peer(1, False, 2, 4, "PCD-k: one persistent chain for each row; no labels"),
    "annaDCA": Peer(1, True, 2, 3, "PCD-k: one persistent chain of data and labels for each row"),
    "scikit-learn": Peer(1, False, 0, 5, "PCD-1 for any k; no labels, no centering"),
    "plain PyTorch": Peer(2, True, 2, 3, "F&F-k with the phases, steps and centering of `spinodal, label chain`"),
}
"""The work of an update in each package."""


# -- packages -----------------------------------------------------------------------------------


def rbms_update(x: Tensor, hidden: int, steps: int, colors: int | None = None) -> Update:
    """One PCD-k update of rbms, without labels: x (n, visible) of 0 and 1, or (n, sites) letters of `colors`.

    It has one negative phase (F&F has two) of n persistent chains with k steps: 2k + 4 products, since the hidden units
    are updated once more at the end. It centers and normalizes the gradient, and keeps the gauge of letters.
    """
    pcd = package("rbms.training.pcd")
    machine = _rbms_machine(x, hidden, colors)
    machine.init_grad()
    optimizer = pcd.SGD(machine.parameters(), lr=pcd.default_args["learning_rate"], maximize=True)
    batch, chains = (x.float(), torch.ones(len(x))), machine.init_chains(len(x))

    @torch.no_grad()
    def update() -> list[Tensor]:
        nonlocal chains
        optimizer.zero_grad(set_to_none=False)
        chains, _ = pcd.fit_batch_pcd(batch, chains, machine, steps, pcd.default_args["beta"])
        optimizer.step()
        if isinstance(machine, pcd.PBRBM):
            pcd.ensure_zero_sum_gauge(machine)
        return machine.parameters()

    return _compiled(update)


def annadca_update(x: Tensor, y: Tensor, hidden: int, steps: int, colors: int | None = None) -> Update:
    """One PCD-k update of annaDCA with labels y (n, 1): x (n, visible) of 0 and 1, or (n, sites) letters of `colors`.

    It has one negative phase (F&F has two) of n persistent chains of data and labels with k steps: 2k + 3 products. It
    centers the gradient, and keeps the gauge of letters.
    """
    pcd = package("annadca.train").pcd
    machine = _annadca_machine(x, y, hidden, colors)
    optimizer = torch.optim.SGD(machine.params.values(), lr=0.01, maximize=True)
    visible = one_hot(x.long(), colors).float() if colors else x.float()
    batch = {"visible": visible, "label": one_hot(y[:, 0].long()).float(), "weight": torch.ones(len(x), 1)}
    chains = machine.init_chains(len(x), use_profile=True)

    @torch.no_grad()
    def update() -> list[Tensor]:
        nonlocal chains
        optimizer.zero_grad(set_to_none=False)
        chains = pcd(machine, dict(batch), chains, steps, pseudo_count=1e-8)  # pcd changes its batch
        optimizer.step()
        machine.zerosum_gauge()
        return list(machine.params.values())

    return _compiled(update)


def sklearn_update(x: Tensor, hidden: int) -> Update:
    """One mini-batch of scikit-learn's BernoulliRBM as in its `fit`: x (n, visible) of 0 and 1.

    k is always 1. It has no labels, one negative phase of n persistent chains, 5 products, and no centering.
    """
    neural, rng = package("sklearn.neural_network"), package("sklearn.utils").check_random_state(0)
    batch = x.float().numpy()
    machine = neural.BernoulliRBM(hidden, batch_size=len(x), n_iter=1, random_state=rng).fit(batch)

    def update() -> list[Tensor]:
        machine._fit(batch, rng)  # the public partial_fit works in float64
        learned = machine.components_, machine.intercept_visible_, machine.intercept_hidden_
        return [torch.from_numpy(p) for p in learned]

    return update


def rbms_adversarial(data: Tensor, generated: Tensor) -> Callable[[], tuple[float, float]]:
    """Adversarial accuracies of rbms for two sets of n binary rows each: one (2n, 2n) matrix of distances.

    It counts a tie for the other set; spinodal counts one half.
    """
    aats = package("rbms.metrics.aats")
    data, generated = data.float(), generated.float()
    return lambda: aats.compute_aats(data, generated, len(data))


# -- plain torch --------------------------------------------------------------------------------


def plain_update(x: Tensor, y: Tensor, hidden: int, steps: int, colors: int | None = None) -> Update:
    """One F&F-k update in plain torch, labels y (n, 1): x (n, visible) of 0 and 1, or (n, sites) letters of `colors`.

    Both negative phases start at random and have k steps; the gradient is centered. The field of the held data is
    computed once for the data and the second phase: 2k + 3 products, as in spinodal.
    """
    visible = one_hot(x.long(), colors).flatten(1).float() if colors else x.float()
    label = one_hot(y[:, 0].long()).float()
    machine = Plain(visible.shape[1], label.shape[1], hidden, colors)

    @torch.no_grad()
    def update() -> list[Tensor]:
        step = machine.gradient(visible, label, steps)
        for parameter, g in zip(machine.parameters, step):
            parameter += 0.01 * g
        return machine.parameters

    return update


class Plain:
    """A restricted Boltzmann machine with labels: W, D, and the biases a, b, c of visible, hidden and label."""

    def __init__(self, visible: int, labels: int, hidden: int, colors: int | None):
        self.colors = colors
        self.W, self.D = 0.01 * torch.randn(visible, hidden), 0.01 * torch.randn(labels, hidden)
        self.a, self.b, self.c = torch.zeros(visible), torch.zeros(hidden), torch.zeros(labels)
        self.parameters = [self.W, self.D, self.a, self.b, self.c]

    def gradient(self, v: Tensor, l: Tensor, steps: int) -> list[Tensor]:  # noqa: E741
        """2 <.>_data - <.>_1 - <.>_2, centered on the means of the data, in the order of the parameters."""
        field = v @ self.W + self.b
        h = torch.sigmoid(field + l @ self.D)
        v1, h1 = self.generate(l @ self.D + self.b, steps)
        l2, h2 = self.predict(field, steps)
        of_v, of_h, of_l = v.mean(0), h.mean(0), l.mean(0)
        dW = ((v - of_v).T @ (2 * h - h2 - of_h) - (v1 - of_v).T @ (h1 - of_h)) / len(v)
        dD = ((l - of_l).T @ (2 * h - h1 - of_h) - (l2 - of_l).T @ (h2 - of_h)) / len(v)
        da = of_v - v1.mean(0) - dW @ of_h
        db = 2 * of_h - h1.mean(0) - h2.mean(0) - of_v @ dW - of_l @ dD
        dc = of_l - l2.mean(0) - dD @ of_h
        return [dW, dD, da, db, dc]

    def generate(self, field: Tensor, steps: int) -> tuple[Tensor, Tensor]:
        """Phase 1: labels are held and give `field`; visible and hidden units are free."""
        v = self.show(torch.zeros(len(field), len(self.a)))
        for _ in range(steps):
            h = torch.bernoulli(torch.sigmoid(v @ self.W + field))
            v = self.show(h @ self.W.T + self.a)
        return v, h

    def predict(self, field: Tensor, steps: int) -> tuple[Tensor, Tensor]:
        """Phase 2: the data are held and give `field`; labels and hidden units are free."""
        l = letters(torch.zeros(len(field), len(self.c)))  # noqa: E741
        for _ in range(steps):
            h = torch.bernoulli(torch.sigmoid(field + l @ self.D))
            l = letters(h @ self.D.T + self.c)  # noqa: E741
        return l, h

    def show(self, field: Tensor) -> Tensor:
        """A sample of the visible units: 0 and 1, or one-hot letters."""
        if self.colors is None:
            return torch.bernoulli(torch.sigmoid(field))
        return letters(field.view(-1, self.colors)).view_as(field)


def letters(logits: Tensor) -> Tensor:
    """A one-hot letter for each row, p = softmax(logits)."""
    sampled = torch.multinomial(torch.softmax(logits, 1), 1)
    return torch.zeros_like(logits).scatter_(1, sampled, 1)


def plain_gibbs(n: int, visible: int, hidden: int, steps: int) -> Callable[[], Tensor]:
    """`steps` steps of n chains of a binary machine without labels, from random starts: 2 `steps` products."""
    W, a, b = 0.01 * torch.randn(visible, hidden), torch.zeros(visible), torch.zeros(hidden)

    @torch.no_grad()
    def run() -> Tensor:
        v = torch.bernoulli(torch.full((n, visible), 0.5))
        for _ in range(steps):
            h = torch.bernoulli(torch.sigmoid(v @ W + b))
            v = torch.bernoulli(torch.sigmoid(h @ W.T + a))
        return v

    return run


def plain_rates(
    n: int, visible: int, hidden: int, steps: int, gain: float, rate: float
) -> Callable[[], tuple[Tensor, Tensor]]:
    """`steps` synchronous steps of n chaotic networks of two layers, from random starts: 2 `steps` products."""
    A, a, b = 0.01 * torch.randn(visible, hidden), torch.zeros(visible), torch.zeros(hidden)
    forth = gain / visible**0.5 * torch.randn(visible, hidden)
    back = gain / hidden**0.5 * torch.randn(hidden, visible)

    @torch.no_grad()
    def run() -> tuple[Tensor, Tensor]:
        v, h = torch.randn(n, visible), torch.randn(n, hidden)
        to_hidden, to_visible = A + forth, A.T + back
        for _ in range(steps):
            dv = -v + torch.tanh(h) @ to_visible + a
            dh = -h + torch.tanh(v) @ to_hidden + b
            v, h = v + rate * dv, h + rate * dh
        return v, h

    return run


def svd_spectrum(x: Tensor) -> Callable[[], Tensor]:
    """The singular values of the centered (n, d) matrix / sqrt(n) in float32; those of spinodal are in float64."""
    x = x.float()
    return lambda: torch.linalg.svdvals((x - x.mean(0)) / len(x) ** 0.5)


# -- setup of packages --------------------------------------------------------------------------


def package(name: str) -> ModuleType:
    """A module of another package. Raises ImportError with the command that installs it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch warns that torch.jit, which these packages use, is deprecated
            return importlib.import_module(name)
    except ImportError as error:
        raise ImportError(f"{name} can't be imported: pip install {PACKAGES}, or run `make bench`") from error


def _rbms_machine(x: Tensor, hidden: int, colors: int | None) -> Any:
    """A machine of rbms, contiguous as after loading. Raises ValueError if x lacks the last color."""
    kind = package("rbms.map_model").map_model["PBRBM" if colors else "BBRBM"]
    if colors and int(x.max()) + 1 != colors:  # rbms takes the number of colors from the data
        raise ValueError(f"the largest letter of x must be {colors - 1}, not {int(x.max())}")
    n, dataset = len(x), package("rbms.dataset.dataset_class").RBMDataset
    rows = torch.zeros(n).numpy()
    data = dataset(x.float().numpy(), rows, rows + 1, rows, "bench", not colors, "cpu", torch.float32)
    machine = kind.init_parameters(hidden, data, torch.device("cpu"), torch.float32)
    return kind.set_named_parameters({k: p.contiguous() for k, p in machine.named_parameters().items()})


def _annadca_machine(x: Tensor, y: Tensor, hidden: int, colors: int | None) -> Any:
    """A machine of annaDCA with its defaults (small weights, zero biases), and allocated gradients."""
    anna = package("annadca")
    machine = anna.annaRBMcat() if colors else anna.annaRBMbin()
    labels = int(y.max()) + 1
    machine.init_parameters(num_visibles=x.shape[1], num_hiddens=hidden, num_labels=labels, num_states=colors)
    for parameter in machine.params.values():
        parameter.grad = torch.zeros_like(parameter)
    return machine


def _compiled(update: Update) -> Update:
    """`update`, after three calls in which torch.jit compiles its parts."""
    for _ in range(3):
        update()
    return update
