"""Peers: what users run today, each set up once and handed back as one unit of work, so that it can be timed.

Peers are called as their own training loops call them, with their defaults, in float32, on the CPU. What a loop does
beside its update is left out: the choice of the batch, files, progress bars. The caller pins one core and sets the
threads of torch (and of numpy: OPENBLAS_NUM_THREADS) before this is imported.
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
    """An update beside F&F-k with labels: its negative phases, and what it does less or more.

    A product is one of batch x visible x hidden: `per_step` of them in each of the k steps, `once` in the rest.
    """

    phases: int
    labels: bool
    per_step: int
    once: int
    note: str

    def products(self, steps: int) -> int:
        """Of an update of `steps` steps."""
        return self.per_step * steps + self.once


PEERS = {
    "rbms": Peer(1, False, 2, 4, "PCD-k: one chain a row goes on from the last update; no labels"),
    "annaDCA": Peer(1, True, 2, 3, "PCD-k: one chain a row goes on from the last update; it moves data and labels"),
    "scikit-learn": Peer(1, False, 0, 5, "PCD-1, whatever k is; no labels, no centering"),
    "plain PyTorch": Peer(2, True, 2, 3, "F&F-k as spinodal's: the same phases, steps and centering"),
}
"""What stands beside each peer's time in a table."""


# -- their packages -----------------------------------------------------------------------------


def rbms_update(x: Tensor, hidden: int, steps: int, colors: int | None = None) -> Update:
    """One PCD-k update of rbms, without labels: x (n, visible) of 0 and 1, or (n, sites) letters of `colors`.

    It has one negative phase where F&F has two, of n chains that go on, and k is its steps: 2k + 4 products, as the
    hidden units answer once more at the end. It centers and normalizes the gradient, and keeps letters' gauge.
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

    It has one negative phase where F&F has two, of n chains of data and labels that go on, and k is its steps:
    2k + 3 products. It centers the gradient, and keeps letters' gauge.
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
        chains = pcd(machine, dict(batch), chains, steps, pseudo_count=1e-8)  # it writes into the batch
        optimizer.step()
        machine.zerosum_gauge()
        return list(machine.params.values())

    return _compiled(update)


def sklearn_update(x: Tensor, hidden: int) -> Update:
    """One mini-batch of scikit-learn's BernoulliRBM, as its `fit` runs it: x (n, visible) of 0 and 1.

    Its k is always 1, it has no labels and one negative phase of n chains that go on: 5 products. It doesn't center.
    """
    neural, rng = package("sklearn.neural_network"), package("sklearn.utils").check_random_state(0)
    batch = x.float().numpy()
    machine = neural.BernoulliRBM(hidden, batch_size=len(x), n_iter=1, random_state=rng).fit(batch)

    def update() -> list[Tensor]:
        machine._fit(batch, rng)  # partial_fit, which is public, works in float64
        learned = machine.components_, machine.intercept_visible_, machine.intercept_hidden_
        return [torch.from_numpy(p) for p in learned]

    return update


def rbms_adversarial(data: Tensor, generated: Tensor) -> Callable[[], tuple[float, float]]:
    """Adversarial accuracies of rbms, of two sets of as many binary rows: one (2n, 2n) matrix of distances.

    It counts a tie as the other set, where spinodal counts one half.
    """
    aats = package("rbms.metrics.aats")
    data, generated = data.float(), generated.float()
    return lambda: aats.compute_aats(data, generated, len(data))


# -- plain torch --------------------------------------------------------------------------------


def plain_update(x: Tensor, y: Tensor, hidden: int, steps: int, colors: int | None = None) -> Update:
    """One F&F-k update in plain torch, labels y (n, 1): x (n, visible) of 0 and 1, or (n, sites) letters of `colors`.

    Both negative phases, from random, in k steps; the gradient is centered. What the held data send is summed once
    for both the data and the second phase: 2k + 3 products, as in spinodal.
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
        """2 <.>_data - <.>_1 - <.>_2 about the data's means, in the order of the parameters."""
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
        """Phase 1: labels are held, and send `field`; visible and hidden units move."""
        v = self.show(torch.zeros(len(field), len(self.a)))
        for _ in range(steps):
            h = torch.bernoulli(torch.sigmoid(v @ self.W + field))
            v = self.show(h @ self.W.T + self.a)
        return v, h

    def predict(self, field: Tensor, steps: int) -> tuple[Tensor, Tensor]:
        """Phase 2: the data are held, and send `field`; labels and hidden units move."""
        l = letters(torch.zeros(len(field), len(self.c)))  # noqa: E741
        for _ in range(steps):
            h = torch.bernoulli(torch.sigmoid(field + l @ self.D))
            l = letters(h @ self.D.T + self.c)  # noqa: E741
        return l, h

    def show(self, field: Tensor) -> Tensor:
        """A draw of the visible units: 0 and 1, or one-hot letters."""
        if self.colors is None:
            return torch.bernoulli(torch.sigmoid(field))
        return letters(field.view(-1, self.colors)).view_as(field)


def letters(logits: Tensor) -> Tensor:
    """One one-hot letter a row, p = softmax(logits)."""
    drawn = torch.multinomial(torch.softmax(logits, 1), 1)
    return torch.zeros_like(logits).scatter_(1, drawn, 1)


def plain_gibbs(n: int, visible: int, hidden: int, steps: int) -> Callable[[], Tensor]:
    """`steps` steps of n chains of a binary machine without labels, from random: 2 `steps` products."""
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
    """`steps` steps of n chaotic networks of two layers, both at once, from random: 2 `steps` products."""
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
    """The singular values of the centered (n, d) matrix over sqrt(n), in float32; spinodal's are in float64."""
    x = x.float()
    return lambda: torch.linalg.svdvals((x - x.mean(0)) / len(x) ** 0.5)


# -- how peers are set up -----------------------------------------------------------------------


def package(name: str) -> ModuleType:
    """A peer's module. Raises ImportError that says what to install."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch deprecates the torch.jit that peers are compiled by
            return importlib.import_module(name)
    except ImportError as error:
        raise ImportError(f"{name} can't be imported: pip install {PACKAGES}, or `make bench` does it") from error


def _rbms_machine(x: Tensor, hidden: int, colors: int | None) -> Any:
    """Theirs, contiguous as their loop reads it from a file. Raises ValueError where x lacks the last color."""
    kind = package("rbms.map_model").map_model["PBRBM" if colors else "BBRBM"]
    if colors and int(x.max()) + 1 != colors:  # it counts them in the data
        raise ValueError(f"the letters of x must be of {colors} colors, the last among them, not up to {int(x.max())}")
    n, dataset = len(x), package("rbms.dataset.dataset_class").RBMDataset
    rows = torch.zeros(n).numpy()
    data = dataset(x.float().numpy(), rows, rows + 1, rows, "bench", not colors, "cpu", torch.float32)
    machine = kind.init_parameters(hidden, data, torch.device("cpu"), torch.float32)
    return kind.set_named_parameters({k: p.contiguous() for k, p in machine.named_parameters().items()})


def _annadca_machine(x: Tensor, y: Tensor, hidden: int, colors: int | None) -> Any:
    """Theirs, with its defaults: small weights and no biases; its gradients are made beforehand."""
    anna = package("annadca")
    machine = anna.annaRBMcat() if colors else anna.annaRBMbin()
    labels = int(y.max()) + 1
    machine.init_parameters(num_visibles=x.shape[1], num_hiddens=hidden, num_labels=labels, num_states=colors)
    for parameter in machine.params.values():
        parameter.grad = torch.zeros_like(parameter)
    return machine


def _compiled(update: Update) -> Update:
    """`update`, after the calls in which torch.jit compiles what it is made of."""
    for _ in range(3):
        update()
    return update
