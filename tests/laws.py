"""What tests of laws share: small machines, their exact law by the independent enumeration, and chance's reach."""

from __future__ import annotations

from math import prod

import torch
from scipy.stats import chi2, norm

import spinodal as sp
from spinodal.machines.energies import free_energy, states

from .references import enumerate as reference
from .skeletons import Ternary

RARE = 1e-6
"""How seldom chance alone may fail a test, were its seed not fixed."""

Z = float(norm.isf(RARE / 2))
"""So many standard deviations is that: 4.9."""

PAIRS = [
    (sp.Bernoulli(4), sp.Bernoulli(3)),
    (sp.Spin(4), sp.Spin(3)),
    (sp.Potts(2, 3), sp.Bernoulli(3)),
    (sp.Potts(2, 3), sp.Spin(2)),
    (sp.Potts(3, 3, states=(3, 1, 2)), sp.Bernoulli(3)),
    (Ternary(3), Ternary(2)),
]
"""Visible and hidden units of machines that can be enumerated."""

SUMMED = [*PAIRS, (sp.Potts(2, 3, states=(2, 3)), sp.Gaussian(2))]
"""And of those whose hidden units have a sum in closed form, while their states can't be listed."""

MACHINES = [*SUMMED, (sp.Gaussian(4), sp.Bernoulli(3))]
"""And of those of any kind."""


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def randomize(machine, scale=0.6, seed=0):
    """The machine with parameters ~ N(0, scale²)."""
    source = generator(seed)
    with torch.no_grad():
        for p in machine.parameters():
            p.normal_(0, scale, generator=source)
    return machine


def small(visible, hidden, scale=0.6, labels=3, **options):
    """A labeled machine with random parameters."""
    return randomize(sp.rbm(hidden, visible=visible, label=sp.Potts(1, labels), **options), scale)


def exact(machine):
    """The law of a labeled machine by the enumeration that shares no line with the package."""
    numpy = {k: p.detach().double().numpy() for k, p in machine.named_parameters()}
    names = ("coupling.visible-hidden.weight", "coupling.label-hidden.weight")
    biases = (numpy[f"bias.{k}"] for k in ("visible", "hidden", "label"))
    solved = reference.Machine(*(numpy[k] for k in names), *biases, type(machine.units["hidden"]).__name__)
    units = machine.units["visible"]
    return reference.law(solved, units.numbers(states(units), torch.zeros(1, dtype=torch.float64)).double().numpy())


def pairs_of(machine):
    """Every state of the data's layers together, the last layer fastest: a batch."""
    every = {k: states(u) for k, u in machine.units.items() if k not in ("hidden", "deep")}
    which = torch.meshgrid(*(torch.arange(len(x)) for x in every.values()), indexing="ij")
    return {k: x[i.flatten()] for (k, x), i in zip(every.items(), which)}


def log_likelihood(machine, batch):
    """Mean log p(what is known of a row), by enumeration; autograd goes through it."""
    every = pairs_of(machine)
    log_p = -free_energy(machine, every)
    fits = torch.ones(len(next(iter(batch.values()))), len(log_p), dtype=torch.bool)
    for k, x in batch.items():
        known = x[:, None]
        unknown = known.isnan() if x.is_floating_point() else known < 0
        fits &= (unknown | (known == every[k])).all(2)
    return log_p.expand(len(fits), -1).masked_fill(~fits, -torch.inf).logsumexp(1).mean() - log_p.logsumexp(0)


def code(units, shown):
    """Which of `states(units)` each row is: the last column is the fastest."""
    values = [torch.tensor(column) for column in units.support()]
    digits = torch.stack([(x[:, None] == every).int().argmax(1) for x, every in zip(shown.T, values)], 1)
    return digits @ torch.tensor([prod(map(len, values[i + 1 :])) for i in range(len(values))])


def histogram(codes, size):
    return torch.bincount(codes, minlength=size)


def assert_drawn_from(counts, p):
    """Pearson's test of counts (rows, states) against p, whose rows sum to 1."""
    p = torch.as_tensor(p, dtype=torch.float64)
    counts, p = counts.double().reshape(-1, p.shape[-1]), p.reshape(-1, p.shape[-1])
    expected = p * counts.sum(1, keepdim=True)
    seldom = expected < 5  # of each row, together they are one more state
    assert ((expected * seldom).sum(1) < 50).all(), "take more chains: too many states are seldom"
    cells = torch.cat([expected.masked_fill(seldom, 0), (expected * seldom).sum(1, keepdim=True)], 1)
    seen = torch.cat([counts.masked_fill(seldom, 0), (counts * seldom).sum(1, keepdim=True)], 1)
    used = cells > 0.5
    statistic = float((((seen - cells) ** 2)[used] / cells[used]).sum())
    assert statistic < chi2.isf(RARE, int(used.sum()) - len(p))


def assert_mean(samples, expected, deviation):
    """The mean over rows, within Z of its standard errors."""
    assert ((samples.mean(0) - expected).abs() <= Z * deviation / len(samples) ** 0.5).all()


def assert_same(a, b):
    """Two dicts of tensors, or states, with the same bits."""
    assert a.keys() == b.keys()
    assert all(torch.equal(a[k], b[k]) for k in a), [k for k in a if not torch.equal(a[k], b[k])]


def assert_close(a, b, atol):
    assert a.keys() == b.keys()
    for k in a:
        torch.testing.assert_close(a[k], b[k], rtol=0, atol=atol, msg=lambda text, k=k: f"{k}: {text}")


def drawn_rows(machine, n, seed=0, unknown=0.0):
    """n random rows of data for every layer but hidden ones; a share of their entries is unknown."""
    source, batch = generator(seed), {}
    for k, u in machine.units.items():
        if k in ("hidden", "deep"):
            continue
        if isinstance(u, sp.Potts):
            x = torch.cat([torch.randint(q, (n, 1), generator=source) for q in u.counts], 1)
        elif isinstance(u, sp.Gaussian):
            x = torch.randn(n, u.size, generator=source, dtype=torch.get_default_dtype())
        else:
            x = torch.tensor(u.values)[(torch.rand(n, u.size, generator=source) * len(u.values)).long()]
        hole = torch.rand(x.shape, generator=source) < unknown
        batch[k] = x.masked_fill(hole, float("nan") if x.is_floating_point() else -1)
    return batch
