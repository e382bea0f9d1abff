"""What has the same bits on every computer: a hash of each such result."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

import spinodal as sp
from spinodal import Noise
from spinodal.learning.ascent import Ascent
from spinodal.learning.gradients import center, decay
from spinodal.machines import kernels
from spinodal.machines.marginals import Letter, log_marginal, log_weights

PLACE = Noise.of(9).below(12_345).at(7, 2)
SHAPES = [(1, 1), (3, 4), (40, 101), (33, 1030)]


def numbers(n: int, m: int, most: float, seed: int = 0) -> Tensor:
    """(n, m) numbers from -most to most of a generator of integers: torch's normal ones depend on the processor."""
    drawn = torch.randint(-(2**22), 2**22, (n, m), generator=torch.Generator().manual_seed(seed))
    return drawn.to(torch.float32).mul_(most * 2.0**-22)


def label_chain(k: ModuleType, x: Tensor, f: Tensor) -> Any:
    letters = torch.zeros(len(x), 1, dtype=torch.int32)
    weight = numbers(5, x.shape[1], 1.0)
    return k.fused_label_chain(x, numbers(1, 5, 1.0)[0], weight, weight.T, 3, (PLACE, PLACE), letters)


KERNELS: dict[str, Callable[[ModuleType, Tensor, Tensor], Any]] = {
    "uniform": lambda k, x, f: k.uniform(*x.shape, PLACE, x),
    "normal": lambda k, x, f: k.normal(*x.shape, PLACE, x),
    "gaussian": lambda k, x, f: k.gaussian(x, PLACE),
    "binary": lambda k, x, f: k.binary(x, 1.0, 0.0, PLACE),
    "spin": lambda k, x, f: k.binary(x, 2.0, -1.0, PLACE),
    "letter": lambda k, x, f: k.letters(x, 1, x.shape[1], PLACE),
    "letters": lambda k, x, f: k.letters(torch.cat([x, f, x + f], 1), x.shape[1], 3, PLACE),
    "softmax of one": lambda k, x, f: k.softmax(x, 1, x.shape[1]),
    "softmax": lambda k, x, f: k.softmax(torch.cat([x, f, x + f], 1), x.shape[1], 3),
    "tanh": lambda k, x, f: k.tanh(x),
    "sigmoid": lambda k, x, f: k.sigmoid(x),
    "relax_tanh": lambda k, x, f: k.relax_tanh(x.clone(), f.clone(), 0.3),
    "fused_label_chain": label_chain,
    "add_scaled": lambda k, x, f: (y := x.clone(), k.add_scaled(y, f, 0.1))[0],
    "log_partitions": lambda k, x, f: k.log_partitions(x, f[:4], 0.0),
    "log_partitions of spins": lambda k, x, f: k.log_partitions(x, f[:4] / 2, -1.0),
    "weighted_sums": lambda k, x, f: k.weighted_sums(x, f[:, 0], f[0]),
    "combinations": lambda k, x, f: k.combinations(x, f[:, :2].T),
    "subtract_products": lambda k, x, f: k.subtract_products(x, f[:, :2].T, f[:2]),
}


def arguments(n: int, m: int, most: float) -> tuple[Tensor, Tensor]:
    """Fields (n, m) from -most to most, and as many up to 30."""
    return numbers(n, m, most), numbers(n, m, min(most, 30.0), seed=1)


def machines() -> Iterator[sp.Network]:
    seen = {"visible": sp.Potts(7, 5), "label": sp.Potts(1, 3)}
    yield sp.rbm(sp.Bernoulli(33), **seen)
    yield sp.rbm(sp.Spin(33), visible=sp.Bernoulli(60), label=sp.Potts(1, 3))
    yield sp.chaotic(sp.Spin(20), gain=1.5, rate=0.2, std=0.1, variance="both", **seen)


def posterior(hidden: sp.Units, n: int) -> tuple[Tensor, ...]:
    """The marginals of two labels at given fields."""
    letters = [Letter(sp.Potts(1, c), numbers(1, c, 1.0)[0], numbers(c, hidden.size, 2.0, c)) for c in (3, 4)]
    log_p = log_weights(letters, hidden, numbers(n, hidden.size, 5.0))
    units = [e.units for e in letters]
    return log_p, log_marginal(log_p, units, 0), log_marginal(log_p, units, 1)


def step(machine: sp.Network) -> list[Tensor]:
    """The parameters after a step up a gradient that is centered, with decay, from biases of given means."""
    machine.init_biases({k: numbers(1, u.size, 0.4)[0] + 0.5 for k, u in machine.units.items()})
    parameters = dict(machine.named_parameters())
    gradient = {k: numbers(*p.reshape(len(p), -1).shape, 0.01).reshape(p.shape) for k, p in parameters.items()}
    means = {k: numbers(1, len(p), 0.5)[0] + 0.5 for k, p in parameters.items() if k.startswith("bias")}
    up = decay(center(gradient, means, machine.edges), parameters, 1e-4, 1e-3)
    Ascent(parameters, 0.03).ascend(up)
    return [p.detach() for p in parameters.values()]


def sampled() -> Iterator[sp.Network]:
    """Machines of which all layers are drawn."""
    labels = {"label:a": sp.Potts(1, 3), "label:b": sp.Potts(1, 2)}
    yield sp.rbm(sp.Bernoulli(33), visible=sp.Potts(17, 5), label=sp.Potts(1, 3), std=0.3)
    yield sp.rbm(sp.Spin(33), visible=sp.Bernoulli(60), **labels, std=0.3)
    yield sp.rbm(sp.Bernoulli(40), visible=sp.Spin(1200), label=sp.Potts(1, 3), std=0.1)


def life(machine: sp.Network, protocol: sp.Protocol, device: str = "cpu") -> list[Tensor]:
    """Parameters after two updates, rows that are generated, and the exact posterior of labels; data are on the CPU."""
    machine.to(device)
    batch = {k: sp.Noise.of(1).at(0, i) for i, k in enumerate(machine.units) if k != "hidden"}
    batch = {k: machine.units[k].draw(numbers(150, machine.units[k].size, 2.0), place) for k, place in batch.items()}
    *_, last = sp.fit(machine, [batch, batch], protocol, steps=3, lr=0.1)
    made = sp.run(machine, 150, 5, seed=2)
    held = machine.hold({k: x for k, x in batch.items() if k == "visible"})
    labels = [k for k in batch if k != "visible"]
    found = list(machine.closed_form(labels, held).values())
    parameters = (p.detach() for p in machine.parameters())
    return [x.cpu() for x in (*parameters, *last.gradient.values(), *made.value.values(), *found)]


@torch.no_grad()
def results() -> Iterator[tuple[str, Any]]:
    for n, m in SHAPES:
        x, f = arguments(n, m, 8.0)
        for name, kernel in KERNELS.items():
            yield f"{name} of {n} x {m}", kernel(kernels.of(x), x, f)
    for hidden in (sp.Bernoulli(300), sp.Spin(300)):
        yield f"log_partition of {hidden}", hidden.log_partition(numbers(5, 300, 80.0))
        yield f"posterior of {hidden}", posterior(hidden, 20)
    for i, machine in enumerate(machines()):
        yield f"initial weights {i}", list(machine.state_dict().values())
        yield f"step {i}", step(machine)
    for i, machine in enumerate(sampled()):
        for name, protocol in (("fef", sp.FEF), ("fef-chain", sp.FEF_CHAIN), ("pcd", sp.PCD)):
            yield f"life {i} by {name}", life(machine, protocol)


def digests() -> dict[str, str]:
    """SHA-256 of the bytes of every result, by its name."""
    found = {}
    for name, result in results():
        parts = [result] if isinstance(result, Tensor) else result
        found[name] = hashlib.sha256(b"".join(x.contiguous().numpy().tobytes() for x in parts)).hexdigest()
    return found
