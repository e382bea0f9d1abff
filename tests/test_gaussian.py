"""Gaussian units: with listed hidden units the law of what is seen is a mixture of normal ones, known exactly."""

from __future__ import annotations

from dataclasses import dataclass
from math import log, pi

import pytest
import torch
from scipy.stats import kstest, norm
from torch import Tensor

import spinodal as sp
from spinodal import Clamp, Noise
from spinodal.learning.fit import gradient
from spinodal.machines.energies import states

from .laws import RARE, Z, assert_close, assert_drawn_from, drawn_rows, generator, histogram, small

pytestmark = pytest.mark.usefixtures("wide")
HIDDEN = [sp.Bernoulli(3), sp.Spin(3), sp.Potts(2, 3, states=(3, 2))]
each_hidden = pytest.mark.parametrize("hidden", HIDDEN, ids=str)
NAN = float("nan")
N = 40_000


@dataclass(frozen=True)
class Mixture:
    """p(v, l) = Σ_h exp(log_weight_hl - log Z) N(v; center_h, 1): a normal law for each hidden state h.

    log_weights (h, labels), centers (h, d): exp(-E) integrated over v, and where it is largest. Autograd goes through.
    """

    log_weights: Tensor
    centers: Tensor

    @staticmethod
    def of(machine):
        h = machine.units["hidden"].numbers(states(machine.units["hidden"]), machine.like)
        centers = machine.bias["visible"] + h @ machine.between("visible", "hidden").weight.T
        labels = machine.bias["label"] + h @ machine.between("label", "hidden").weight.T
        size = machine.units["visible"].size
        own = (h @ machine.bias["hidden"] + centers.square().sum(1) / 2 + size * log(2 * pi) / 2)[:, None]
        return Mixture(own + labels, centers)

    @property
    def log_partition(self):
        return self.log_weights.logsumexp((0, 1))

    def log_joint(self, v):
        """log p(v, l), (n, labels); NaN numbers are integrated away."""
        off = (v.nan_to_num(0.0)[:, None] - self.centers).square() / 2 + log(2 * pi) / 2
        density = -off.masked_fill(v.isnan()[:, None], 0.0).sum(2)
        return (density[:, :, None] + self.log_weights).logsumexp(1) - self.log_partition

    def p(self):
        """Of hidden state and label, (h, labels)."""
        return (self.log_weights - self.log_partition).exp().detach()


def machine_of(hidden, scale=0.8, **options):
    return small(sp.Gaussian(4), hidden, scale, **options)


def log_likelihood(machine, batch):
    """Mean log p(what is known of a row)."""
    joint = Mixture.of(machine).log_joint(batch["visible"])
    own = torch.where(
        batch["label"] < 0, joint.logsumexp(1, keepdim=True), joint.gather(1, batch["label"].clamp(min=0))
    )
    return own.mean()


def assert_mixed(v, weights, centers, seed=0):
    """Rows (n, d) are drawn from the mixture: by Kolmogorov's test along some directions."""
    for u in torch.randn(4, v.shape[1], generator=generator(seed), dtype=torch.float64):
        means, scale = (centers.double() @ u).numpy(), float(u.norm())
        share = (weights / weights.sum()).double().numpy()

        def distribution(x, means=means, scale=scale, share=share):
            return norm.cdf(x[:, None], means, scale) @ share

        assert kstest((v.double() @ u).numpy(), distribution).pvalue > RARE


# -- what is known exactly --


@each_hidden
def test_log_partition_is_that_of_the_mixture(hidden, double):
    machine = machine_of(hidden)
    assert sp.log_partition(machine).log_z == pytest.approx(Mixture.of(machine).log_partition.item(), abs=1e-9)


@each_hidden
def test_free_energy_is_that_of_the_mixture(hidden, double):
    machine = machine_of(hidden)
    seen, mixture = drawn_rows(machine, 30), Mixture.of(machine)
    minus = mixture.log_joint(seen["visible"]).gather(1, seen["label"])[:, 0] + mixture.log_partition
    torch.testing.assert_close(-sp.free_energy(machine, seen), minus)


@each_hidden
def test_the_energy_has_half_the_square_of_its_own(hidden, double):
    machine = machine_of(hidden)
    seen = drawn_rows(machine, 1)
    every = {k: x.expand(len(states(hidden)), -1) for k, x in seen.items()} | {"hidden": states(hidden)}
    torch.testing.assert_close((-sp.energy(machine, every)).logsumexp(0), -sp.free_energy(machine, seen)[0])
    moved = every | {"visible": every["visible"] + torch.tensor([1.0, 0, 0, 0])}
    field = machine.field(
        machine.inputs("visible", Clamp({})), {"hidden": hidden.validate(every["hidden"], machine.like)}
    )
    rise = every["visible"][:, 0] + 0.5 - field[:, 0].detach()
    torch.testing.assert_close((sp.energy(machine, moved) - sp.energy(machine, every)).detach(), rise)


@each_hidden
def test_posterior_is_bayes_rule(hidden, double):
    machine = machine_of(hidden)
    x = drawn_rows(machine, 30)["visible"]
    torch.testing.assert_close(sp.posterior(machine, "label", x), Mixture.of(machine).log_joint(x).softmax(1).detach())


@each_hidden
def test_gaussian_units_are_summed_away_as_they_are_drawn(hidden, double):
    """Σ over the listed states of exp(-F) is the integral over the Gaussian ones."""
    machine = machine_of(hidden)
    every = {"hidden": states(hidden), "label": torch.zeros(len(states(hidden)), 1, dtype=torch.int64)}
    torch.testing.assert_close(-sp.free_energy(machine, every), Mixture.of(machine).log_weights[:, 0])


# -- chains --


@each_hidden
@pytest.mark.parametrize("steps", [1, 4, 16])
@torch.no_grad()
def test_chains_at_the_law_stay_there(hidden, steps, precision):
    machine = machine_of(hidden)
    mixture = Mixture.of(machine)
    p = mixture.p()
    i = torch.multinomial(p.flatten(), N, True, generator=generator(steps))
    h, label = i // 3, i[:, None] % 3
    v = mixture.centers[h] + torch.randn(N, 4, generator=generator(1), dtype=precision)
    end = machine.advance(sp.State({}, {"visible": v, "label": label}), Clamp({}), steps, Noise.of(steps))
    assert_drawn_from(histogram(end["label"][:, 0], 3)[None], p.sum(0)[None])
    for k in range(3):
        assert_mixed(end["visible"][end["label"][:, 0] == k], p[:, k], mixture.centers)


@each_hidden
@torch.no_grad()
def test_chains_draw_numbers_given_the_label_and_complete_them(hidden):
    machine = machine_of(hidden)
    mixture, label = Mixture.of(machine), torch.ones(N, 1, dtype=torch.int64)
    given = sp.run(machine, N, 40, {"label": label}, seed=2)["visible"]
    assert_mixed(given, mixture.p()[:, 1], mixture.centers)
    known = torch.tensor([[1.5, NAN, -0.5, NAN]])
    filled = sp.run(machine, N, 40, {"label": label, "visible": known.expand(N, -1)}, seed=3)["visible"]
    assert torch.equal(filled[:, [0, 2]], known[:, [0, 2]].expand(N, -1))
    off = (known[:, [0, 2]] - mixture.centers[:, [0, 2]]).square().sum(1) / 2
    assert_mixed(filled[:, [1, 3]], mixture.p()[:, 1] * (-off).exp(), mixture.centers[:, [1, 3]])


@each_hidden
def test_chains_draw_the_label_given_numbers(hidden):
    machine = machine_of(hidden)
    x = drawn_rows(machine, 8)["visible"]
    which = torch.arange(N) % 8
    found = sp.run(machine, N, 40, {"visible": x[which]}, seed=3)["label"][:, 0]
    assert_drawn_from(histogram(which * 3 + found, 24).reshape(8, 3), sp.posterior(machine, "label", x))


# -- learning --


@pytest.mark.usefixtures("untraced")
@each_hidden
@pytest.mark.parametrize("unknown", [(), ("label",), ("visible",), ("visible", "label")], ids=str)
def test_after_long_runs_a_gradient_is_the_slope_of_the_exact_likelihood(hidden, unknown, precision):
    machine, copies, rows = machine_of(hidden, 0.5), 1500 if precision == torch.float32 else 300, 20
    batch = {}
    for k, x in drawn_rows(machine, rows).items():
        hole = (torch.rand(x.shape, generator=generator(len(k))) < 0.4) & torch.tensor(k in unknown)
        batch[k] = x.masked_fill(hole, NAN if x.is_floating_point() else -1)
    log_likelihood(machine, batch).backward()
    many = {k: x.repeat(copies, 1) for k, x in batch.items()}
    _, found, _ = gradient(machine, many, sp.RDM, 40, Noise.of(3), centered=False)
    # An entry is the difference of two averages over the chains of v h, of standard deviation below 2.
    assert_close(found, {k: p.grad for k, p in machine.named_parameters()}, Z * 2 * (2 / rows / copies) ** 0.5)


def test_a_machine_learns_a_mixture():
    centers = torch.tensor([[2.0, 0.0], [-2.0, 1.0], [0.0, -2.0]])
    y = torch.randint(3, (500, 1), generator=generator())
    data = {"visible": centers[y[:, 0]] + torch.randn(500, 2, generator=generator(1)), "label": y}
    machine = sp.rbm(sp.Bernoulli(4), visible=sp.Gaussian(2), label=sp.Potts(1, 3))
    machine.init_biases({"visible": data["visible"].mean(0)})
    before = float(log_likelihood(machine, data).detach())
    list(sp.fit(machine, [data] * 200, sp.FEF, steps=5, lr=0.1))
    best = -log(3) - 1 - log(2 * pi)  # minus the entropy of the rows' law
    assert float(log_likelihood(machine, data).detach()) - before > 0.7 * (best - before)
    assert float((sp.posterior(machine, "label", data["visible"]).argmax(1) == y[:, 0]).double().mean()) > 0.85


# -- rates --


@pytest.mark.parametrize("gain", [0.5, 5.0])
def test_a_chaotic_network_shows_gaussian_units_by_their_mean_and_holds_them_back(gain):
    machine = sp.chaotic(sp.Spin(15), gain=gain, rate=0.2, visible=sp.Gaussian(10), label=sp.Potts(1, 3))
    state = sp.run(machine, 20, 200)
    assert torch.equal(state["visible"], state.potential["visible"])
    assert state["visible"].data_ptr() != state.potential["visible"].data_ptr()
    most = machine.between("visible", "hidden").back.abs().sum(0)  # of what hidden units from -1 to 1 can send
    assert (state["visible"].abs() <= most + 1e-4).all()
    assert sp.stability_radius(machine) > 0
    assert torch.isfinite(sp.lyapunov(machine, steps=10, warm=0).values).all()


def test_ends_of_gaussian_units_are_the_same_where_they_are_nearer_than_their_noise():
    machine = sp.chaotic(sp.Spin(15), gain=0.3, rate=0.2, visible=sp.Gaussian(10))
    assert sp.fixed_points(machine, 6, 300).distinct == 1
    assert sp.fixed_points(machine, 6, 0).distinct == 6
    assert sp.Gaussian(10).span == 1.0
