"""Neural machines: chains sample the energy, gradients are those of the energy, and all that is held stays."""

from __future__ import annotations

import json
from functools import partial
from itertools import repeat

import pytest
import torch
from torch import nn

import spinodal as sp
from spinodal.learning.fit import gradient
from spinodal.machines.energies import states
from spinodal.machines.fields import only
from spinodal.machines.neural.machine import AT_ONCE
from spinodal.machines.temperature import tempered
from spinodal.runs.archive import Run, describe, rebuild, shapes

from .laws import assert_drawn_from, assert_mean, assert_same, code, drawn_rows, histogram, pairs_of, randomize, small
from .toys import same_bits

LABEL = sp.Potts(1, 3)
VISIBLES = [sp.Bernoulli(4), sp.Spin(4), sp.Potts(2, 3), sp.Potts(3, 3, states=(3, 1, 2))]
OPTIONS = {"width": 6, "blocks": 1}


class Own(nn.Module):
    """A class of a user: no `every`, and labels in its first layer."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(7, 5), nn.Linear(5, 1)

    def forward(self, visible, label):
        return self.b(torch.tanh(self.a(torch.cat([visible, label], 1))))[:, 0]


def toy(visible, scale=0.5, **options):
    """A machine whose energy is a random network."""
    return randomize(sp.neural("mlp", visible=visible, label=LABEL, options=OPTIONS, **options), scale)


def own():
    return randomize(sp.neural(Own(), visible=sp.Bernoulli(4), label=LABEL), 0.7)


def above(visible, hidden=None, **options):
    """A random network above a random restricted machine; its slope is taken where the units are."""
    options = {"dynamics": sp.informed_gibbs()} | options
    return randomize(sp.neural("mlp", base=small(visible, hidden or sp.Bernoulli(2)), options=OPTIONS, **options), 0.5)


def ahead(visible, share=1.0, **options):
    """The same, by default moves: the slope is taken where the base would bring the units."""
    return above(visible, dynamics=sp.informed_gibbs(share, ahead=True), **options)


def some_ahead(visible, **options):
    """The same, where some of the units stay in each step."""
    return ahead(visible, 0.6, **options)


def above_unlabeled():
    """A random network above a random restricted machine that has no labels."""
    base = sp.rbm(sp.Bernoulli(2), visible=sp.Bernoulli(4))
    return randomize(sp.neural("mlp", base=base, label=LABEL, options=OPTIONS), 0.5)


MACHINES = [*map(toy, VISIBLES), own(), above_unlabeled(), *map(above, VISIBLES), *map(ahead, VISIBLES)]


def law(machine):
    """p of each joint state of the layers, by the mean energy of each alone."""
    every = pairs_of(machine)
    n = len(every["visible"])
    energies = torch.stack([machine.mean_energy({k: x[i : i + 1] for k, x in every.items()}) for i in range(n)])
    return every, (-energies.detach().double() / machine.temperature).softmax(0)


def corrected(machine, step=1.0):
    """The same machine with a Metropolis correction, and moves that aren't small."""
    machine.metropolis = True
    if machine.base is None:
        machine.moves["visible"] = sp.discrete_langevin(step)
    return machine


# -- chains --


@pytest.mark.parametrize("make", [toy, above, ahead, some_ahead])
@pytest.mark.parametrize(("visible", "temperature"), [*zip(VISIBLES, [1.0, 1.7, 1.7, 1.0])], ids=str)
def test_corrected_chains_sample_the_energy(make, visible, temperature):
    machine = corrected(make(visible, temperature=temperature))
    every, p = law(machine)
    state, n = sp.run(machine, 4000, 15), len(every["visible"])
    codes = code(machine.units["visible"], state["visible"]) * 3 + state["label"][:, 0]
    assert_drawn_from(histogram(codes.long(), n), p)


@pytest.mark.parametrize("make", [toy, above, ahead, some_ahead])
def test_corrected_chains_that_hold_a_part_sample_the_rest(make):
    machine, known = corrected(make(sp.Bernoulli(4))), torch.tensor([[1.0, torch.nan, 0.0, torch.nan]])
    every, p = law(machine)
    n = 4000
    clamp = {"visible": known.expand(n, -1), "label": torch.full((n, 1), 2)}
    fits = (every["visible"][:, 0] == 1) & (every["visible"][:, 2] == 0) & (every["label"][:, 0] == 2)
    shown = sp.run(machine, n, 15, clamp)["visible"]
    assert (shown[:, 0] == 1).all()
    assert (shown[:, 2] == 0).all()
    assert_drawn_from(histogram((shown[:, 1] * 2 + shown[:, 3]).long(), 4), p[fits] / p[fits].sum())


def test_corrected_langevin_chains_sample_a_density():
    """E = Σ 2 √(1 + x²) - f x, by quadrature."""

    class Cone(nn.Module):
        def __init__(self):
            super().__init__()
            self.force = nn.Parameter(torch.tensor([0.5, -1.0]))

        def forward(self, visible, label):
            return (2 * (1 + visible**2).sqrt() - self.force * visible).sum(1)

    machine = sp.neural(Cone(), visible=sp.Gaussian(2), dynamics=sp.Langevin(0.5), metropolis=True)
    x = torch.linspace(-40, 40, 40_001, dtype=torch.float64)
    p = (-2 * (1 + x**2).sqrt() + machine.energy.force.detach().double()[:, None] * x).softmax(1)
    mean, square = (p * x).sum(1), (p * x**2).sum(1)
    shown = sp.run(machine, 4000, 60)["visible"].double()
    assert_mean(shown, mean, (square - mean**2).sqrt())
    assert_mean(shown**2, square, ((p * x**4).sum(1) - square**2).sqrt())


def test_langevin_steps_are_as_they_say():
    slope = torch.tensor([[0.5, -2.0]]).expand(50_000, -1)
    move, units, start = sp.Langevin(0.2, noise=0.3), sp.Gaussian(2), torch.ones(50_000, 2)
    moved = move.propose(units, start, -slope, torch.zeros(2), sp.Noise.of(1).at(1, 0))
    assert_mean(moved, 1 - 0.2 * slope[0], 0.3)
    assert sp.Langevin(0.2).deviation == pytest.approx(0.4**0.5)
    short = sp.Langevin(0.2, noise=0.0, limit=0.05, bound=1.02)
    torch.testing.assert_close(
        short.propose(units, start, -slope, torch.zeros(2), sp.Noise.of(1).at(1, 0))[0], torch.tensor([0.95, 1.02])
    )
    still = sp.Langevin(0.2, noise=0.0).propose(units, start, -slope, torch.zeros(2), sp.Noise.of(1).at(1, 0))
    torch.testing.assert_close(still, 1 - 0.2 * slope)


def test_numbers_of_a_range_stay_in_it():
    machine = sp.neural("mlp", visible=sp.Spin(5), dynamics=sp.Langevin(1.0), options=OPTIONS)
    assert machine.sampled == frozenset()
    shown = sp.run(machine, 200, 3)["visible"]
    assert shown.min() == -1
    assert shown.max() == 1
    start = sp.run(machine, 2000, 0)["visible"]
    assert_mean(start, torch.zeros(5), (1 / 3) ** 0.5)


@pytest.mark.parametrize("visible", [sp.Bernoulli(4), sp.Spin(4), sp.Potts(2, 3)], ids=str)
def test_proposals_have_the_density_that_they_say(visible):
    """Of all values together it is 1, up to the constant that both ways share."""
    every, units = states(visible), visible
    move, force = sp.discrete_langevin(0.7), torch.linspace(-1, 1, units.size)
    old = every[1:2].expand(len(every), -1)
    given = torch.zeros(len(every), units.size)
    p = move.log_density(units, every, old, given + force, given).exp()
    assert p.sum() == pytest.approx(1, rel=1e-5)
    many = every[1:2].expand(20_000, -1)
    drawn = move.propose(
        units, many, force.expand(20_000, -1), torch.zeros(20_000, units.size), sp.Noise.of(0).at(1, 0)
    )
    assert_drawn_from(histogram(code(units, drawn).long(), len(every)), p.double())


def test_a_machine_that_is_its_base_alone_moves_as_its_base():
    base = small(sp.Bernoulli(4), sp.Bernoulli(3))
    machine = sp.neural("mlp", base=base, options=OPTIONS)
    held = {"label": torch.arange(8000)[:, None] % 3}
    own, theirs = (sp.run(m, 8000, 3, held)["visible"].double() for m in (machine, base))
    assert (own.mean(0) - theirs.mean(0)).abs().max() < 5 * (0.5 / 8000) ** 0.5
    assert ((own.T @ own - theirs.T @ theirs) / 8000).abs().max() < 5 * (0.5 / 8000) ** 0.5


class Linear(nn.Module):
    """An energy whose slope is the same everywhere."""

    def __init__(self):
        super().__init__()
        self.field = nn.Linear(4, 1)

    def forward(self, visible, label):
        return self.field(visible)[:, 0]


def test_where_the_slope_is_taken_matters_to_networks_that_are_not_linear():
    base, looks = small(sp.Bernoulli(4), sp.Bernoulli(3)), sp.informed_gibbs(ahead=True)
    for energy, same in ((Linear(), True), (torch.nn.Sequential(), False)):
        pair = [sp.neural(energy if same else "mlp", base=base, dynamics=d) for d in (sp.informed_gibbs(), looks)]
        own, other = (sp.run(randomize(m, 0.5), 50, 5)["visible"] for m in pair)
        assert torch.equal(own, other) == same


def test_ahead_is_the_mean_that_the_base_alone_would_give():
    """One step from a row: hidden units are drawn, the slope is that at their ⟨v | h⟩, and v is drawn with both."""
    machine = randomize(sp.neural("mlp", base=small(sp.Bernoulli(4), sp.Bernoulli(2)), options=OPTIONS,
                                  dynamics=sp.informed_gibbs(ahead=True)), 0.5)  # fmt: skip
    n, label = 40_000, torch.zeros(1, 1, dtype=torch.int64)
    row = torch.tensor([[1.0, 0.0, 0.0, 1.0]])
    rows = {"visible": row.expand(n, -1), "label": label.expand(n, -1)}
    begin = sp.State({}, machine.hold(rows).known, 0)
    end = machine.advance(begin, machine.hold({"label": rows["label"]}), 1, sp.Noise.of(1))
    base, seen = machine.base, {"visible": row, "label": torch.eye(3)[:1]}
    on = base.inputs(seen).sigmoid().squeeze()
    want = torch.zeros(4)
    for h in torch.cartesian_prod(torch.tensor([0.0, 1]), torch.tensor([0.0, 1])):
        field = h @ base.weight("visible").T + base.network.bias["visible"]
        middle = field.sigmoid()[None].requires_grad_()
        (force,) = torch.autograd.grad(-machine.energy(middle, seen["label"]).sum(), middle)
        want += (on**h * (1 - on) ** (1 - h)).prod() * (field + force[0]).sigmoid()
    assert (end.value["visible"].float().mean(0) - want).abs().max() < 5 * (0.25 / n) ** 0.5


@pytest.mark.parametrize("machine", MACHINES, ids=lambda m: f"{m.base is not None}-{m.units['visible']}")
def test_the_posterior_of_labels_is_exact(machine):
    every, p = law(machine)
    joint = p.reshape(-1, 3)
    rows = every["visible"][::3]
    found = machine.closed_form(["label"], machine.hold({"visible": rows}))["label"]
    torch.testing.assert_close(found.double(), (joint / joint.sum(1, keepdim=True)).log(), rtol=1e-4, atol=1e-4)
    drawn = sp.run(machine, 9000, 1, {"visible": rows[:1].expand(9000, -1)})["label"]
    assert_drawn_from(histogram(drawn[:, 0].long(), 3), found[0].double().exp())


@pytest.mark.parametrize("machine", MACHINES, ids=lambda m: f"{m.base is not None}-{m.units['visible']}")
def test_what_is_held_or_not_allowed_never_changes(machine):
    units = machine.units["visible"]
    batch = drawn_rows(machine, 300, unknown=0.4)
    shown = sp.run(machine, 300, 4, batch)
    for k, x in batch.items():
        known = ~x.isnan() if x.is_floating_point() else x >= 0
        torch.testing.assert_close(shown[k][known].double(), x[known].double())
    fields = {"visible": only(units, {0: [1]}), "label": torch.tensor([0.0, -1e30, 0.0])}
    made = sp.run(machine, 300, 4, fields=fields)
    assert (code(units, made["visible"]) >= 0).all()
    assert set(made["visible"][:, 0].tolist()) == {float(units.support()[0][1])}
    assert 1 not in made["label"]


@pytest.mark.parametrize("machine", [MACHINES[0], MACHINES[-1]], ids=["alone", "above"])
def test_a_sample_is_a_function_of_the_seed_the_chain_and_the_time(machine):
    n = AT_ONCE + 50
    whole = sp.run(machine, n, 7, seed=3)
    part = sp.run(machine, 50, 7, seed=sp.Noise.of(3).below(AT_ONCE))
    assert torch.equal(part["visible"], whole["visible"][AT_ONCE:])
    *_, (_, later) = sp.trajectory(machine, n, [2, 5, 7], seed=3)
    assert_same(later.value, whole.value)


def test_a_temperature_is_that_of_the_energy():
    cold = tempered(MACHINES[0], 0.5)
    assert (cold.temperature, MACHINES[0].temperature) == (0.5, 1.0)
    rows = MACHINES[0].hold({"visible": torch.eye(4)})
    own, theirs = (m.closed_form(["label"], rows)["label"] for m in (cold, MACHINES[0]))
    torch.testing.assert_close(own, (2 * theirs).log_softmax(1))


# -- training --


@pytest.mark.parametrize("machine", MACHINES, ids=lambda m: f"{m.base is not None}-{m.units['visible']}")
def test_averages_are_slopes_of_the_mean_energy(machine):
    one, two = drawn_rows(machine, 30), drawn_rows(machine, 20, seed=1)
    means, found = machine.averages([(1.0, one), (-2.0, two)])
    total = 2 * machine.mean_energy(two) - machine.mean_energy(one)
    names, parameters = zip(*machine.named_parameters())
    wanted = torch.autograd.grad(total, parameters, allow_unused=True)
    for name, g in zip(names, wanted):
        torch.testing.assert_close(found[name], torch.zeros_like(found[name]) if g is None else g, atol=1e-6, rtol=1e-5)
    assert set(means) == {"bias.visible", "bias.label"}


@pytest.mark.parametrize("machine", [MACHINES[0], MACHINES[4], MACHINES[5]], ids=["heads", "own", "above"])
def test_the_label_gradient_is_that_of_the_exact_log_posterior(machine):
    batch = drawn_rows(machine, 40)
    phase = sp.Phase(held=("visible",), start="posterior")
    _, found, _ = gradient(machine, batch, (phase,), 3, sp.Noise.of(0))
    log_p = (-machine.energies(machine._seen(batch))).log_softmax(1)
    loss = log_p.gather(1, batch["label"].long()).mean()
    names, parameters = zip(*machine.named_parameters())
    wanted = torch.autograd.grad(loss, parameters, allow_unused=True)
    for name, g in zip(names, wanted):
        torch.testing.assert_close(found[name], torch.zeros_like(found[name]) if g is None else g, atol=1e-5, rtol=1e-4)


def rings(n, seed=0):
    """Numbers at two distances from the middle, a label each: no Gaussian unit by itself has such rows."""
    source = torch.Generator().manual_seed(seed)
    label = torch.randint(0, 2, (n, 1), generator=source)
    turn = 2 * torch.pi * torch.rand(n, 1, generator=source)
    radius = 0.7 + label + 0.05 * torch.randn(n, 1, generator=source)
    return {"visible": radius * torch.cat([turn.cos(), turn.sin()], 1), "label": label}


def test_it_learns_rings_of_numbers_from_short_runs():
    machine = sp.neural("mlp", visible=sp.Gaussian(2), label=sp.Potts(1, 2), options={"width": 32, "blocks": 1},
                        dynamics=sp.Langevin(0.05, noise=0.1, limit=0.3, bound=3.0))  # fmt: skip
    adam = partial(torch.optim.Adam, betas=(0.0, 0.999))
    for _ in sp.fit(machine, repeat(rings(200), 100), steps=20, lr=3e-3, optimizer=adam):
        pass
    for label in (0, 1):
        made = sp.run(machine, 1000, 20, {"label": torch.full((1000, 1), label)})["visible"]
        radius = made.square().sum(1).sqrt()
        assert (radius.median() - 0.7 - label).abs() < 0.15
        assert radius.std() < 0.4
        assert made.mean(0).abs().max() < 0.4
    log_p = machine.closed_form(["label"], machine.hold({"visible": rings(500, 1)["visible"]}))["label"]
    assert (log_p.argmax(1) == rings(500, 1)["label"][:, 0]).double().mean() > 0.97


def test_labels_may_be_probabilities_beside_other_labels():
    seen = {"visible": sp.Bernoulli(4), "label:a": sp.Potts(1, 2), "label:b": sp.Potts(1, 3)}
    machine = randomize(sp.neural("mlp", options=OPTIONS, **seen), 0.5)
    rows = drawn_rows(machine, 5)
    each = [machine.mean_energy(rows | {"label:b": torch.full((5, 1), b)}) for b in range(3)]
    p = torch.tensor([[0.2, 0.5, 0.3]]).expand(5, -1)
    torch.testing.assert_close(machine.mean_energy(rows | {"label:b": p}), sum(w * e for w, e in zip(p[0], each)))
    known = machine.hold({k: rows[k] for k in ("visible", "label:a")})
    assert machine.closed_form(["label:b"], known)["label:b"].shape == (5, 3)


def test_labels_that_are_missing_are_free():
    batch = drawn_rows(MACHINES[0], 40)
    batch["label"][::2] = -1
    batch["visible"][::5, 0] = torch.nan
    (update,) = sp.fit(toy(sp.Bernoulli(4)), [batch], steps=2, lr=1e-3)
    assert all(g.isfinite().all() for g in update.gradient.values())


# -- run directories --


@pytest.mark.parametrize("machine", [toy(sp.Spin(4)), above(sp.Potts(2, 3)), above(sp.Bernoulli(4), sp.Spin(2))])
def test_it_is_saved_and_loaded_with_the_same_bits(machine, tmp_path):
    said = json.loads(json.dumps(describe(machine)))
    assert json.loads(json.dumps(describe(rebuild(said)))) == said
    assert shapes(said) == {k: tuple(x.shape) for k, x in machine.state_dict().items()}
    sp.save(machine, tmp_path / "run")
    again = sp.load(tmp_path / "run")
    assert same_bits(machine, again)
    assert_same(sp.run(again, 9, 5).value, sp.run(machine, 9, 5).value)


def test_a_class_of_the_users_is_given_and_never_looked_up(tmp_path):
    machine = own()
    sp.save(machine, tmp_path / "run")
    with pytest.raises(
        sp.FormatError, match=r"of your own class .*test_neural:Own: load it by sp.load\(RUN, energy=Own"
    ):
        sp.load(tmp_path / "run")
    with pytest.raises(sp.FormatError, match=r"is of the class .*Own, and not torch"):
        sp.load(tmp_path / "run", energy=partial(nn.Linear, 2, 3))
    again = sp.load(tmp_path / "run", energy=Own)
    assert same_bits(machine, again)
    with pytest.raises(sp.FormatError, match="of your own class"):
        sp.load(tmp_path / "run")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"energy": {"name": "no"}}, 'there is no energy "no"; there are conv, mlp'),
        ({"energy": {"name": "mlp", "width": -1}}, "width"),
        ({"moves": {"visible": {"kind": "no"}}}, "no"),
        ({"temperature": 0}, "temperature"),
    ],
)
def test_a_damaged_description_is_one_line(change, said, tmp_path):
    sp.save(toy(sp.Bernoulli(4)), tmp_path / "run")
    run = Run.open(tmp_path / "run")
    run.revise(machine=run.record["machine"] | change)
    with pytest.raises(sp.FormatError, match=said):
        sp.load(tmp_path / "run")


# -- bad input --


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: sp.neural("no", visible=sp.Bernoulli(4)), 'there is no energy "no"; there are conv, mlp'),
        (lambda: sp.neural("conv", visible=sp.Bernoulli(65)), "square images .* not of rows of 65: take --energy mlp"),
        (lambda: sp.neural("mlp", visible=sp.Bernoulli(4), label=sp.Potts(2, 3)), "single letters"),
        (lambda: sp.neural("mlp", visible=sp.Potts(4, 3), dynamics=sp.Langevin(1.0)), "letters: they move by informed"),
        (lambda: sp.neural("mlp", visible=sp.Gaussian(4), dynamics=sp.discrete_langevin(1.0)), "without bounds"),
        (lambda: sp.neural("mlp"), "pass visible="),
        (lambda: sp.neural("mlp", visible=sp.Bernoulli(2), dynamics=sp.informed_gibbs(ahead=True)), "look ahead"),
        (lambda: sp.neural("mlp", base=small(*[sp.Bernoulli(2)] * 2), visible=sp.Bernoulli(2)), "has its layers"),
        (lambda: sp.neural("mlp", base=small(*[sp.Bernoulli(2)] * 2), label=sp.Potts(1, 2)), "has its layers"),
        (lambda: sp.neural("mlp", base=sp.chaotic(sp.Spin(3), gain=1.0, rate=0.5, visible=sp.Spin(3))), "restricted"),
        (lambda: sp.neural("mlp", visible=sp.Bernoulli(4), dynamics={"no": sp.Langevin(1.0)}), "no visible layer"),
        (lambda: sp.neural("mlp", visible=sp.Bernoulli(4), temperature=0.0), "temperature must be a positive number"),
        (lambda: sp.Langevin(0.0), "step must be a positive number"),
        (lambda: sp.Langevin(0.1, noise=-1.0), "noise must be a number from 0 up"),
        (lambda: sp.Informed(balance=2.0), "balance must be above 0"),
        (lambda: sp.neural(Own(), visible=sp.Bernoulli(4), options=OPTIONS), "options are of energies with names"),
    ],
)
def test_bad_input_is_one_clear_line(make, said):
    with pytest.raises(ValueError, match=said) as error:
        make()
    assert "\n" not in str(error.value)


def test_a_machine_says_what_it_is():
    base = sp.rbm(sp.Bernoulli(5), visible=sp.Bernoulli(4))
    machine = sp.neural("mlp", base=base, label=sp.Potts(1, 3), options={"width": 8})
    said = repr(machine)
    assert said.startswith("Neural(visible=Bernoulli(size=4)")
    assert "; mlp above Bernoulli(size=5); " in said
    assert said.endswith(f"{sum(x.numel() for x in machine.parameters()):,} parameters)")
