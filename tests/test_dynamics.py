"""Dynamics: runs hold what is held, know closed forms, and give the same bits however they are computed."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
import torch

import spinodal as sp
from spinodal import Clamp, Noise
from spinodal.learning.fit import gradient
from spinodal.machines import fusion, kernels, network, parallel
from spinodal.machines.kernels import integer_cpu, integer_reference, reference
from spinodal.machines.network import Network

from . import laws
from .laws import assert_close, assert_same, drawn_rows, randomize, small

LABEL = sp.Potts(1, 5)
VISIBLES = [sp.Bernoulli(6), sp.Spin(6), sp.Potts(3, 4), sp.Potts(3, 4, states=(4, 1, 2)), sp.Gaussian(6)]
PROTOCOLS = {"FEF": sp.FEF, "RDM": sp.RDM, "CD": sp.CD, "PCD": sp.PCD}


def gibbs(visible, hidden=None, **options):
    return small(visible, hidden or sp.Bernoulli(5), labels=5, **options)


def rates(visible, *hidden, gain=1.5, rate=0.1):
    machine = sp.chaotic(*(hidden or (sp.Spin(5),)), gain=gain, rate=rate, visible=visible, label=LABEL)
    return randomize(machine, 0.3)


MACHINES = [f(v) for v in VISIBLES for f in (gibbs, rates)]
each_machine = pytest.mark.parametrize("machine", MACHINES, ids=lambda m: f"{m.units['visible']} rate {m.rate}")


def known_entries(x):
    return ~x.isnan() if x.is_floating_point() else x >= 0


def assert_kept(machine, known, shown):
    for k, x in known.items():
        units = machine.units[k]
        where = known_entries(x)
        if not x.is_floating_point() and shown[k].is_floating_point():  # letters, shown as means
            where = where.repeat(1, units.colors)
            x = units.numbers(x.clamp(min=0).int(), machine.like)
        assert torch.equal(shown[k][where], x.to(shown[k])[where])


# -- what is held --


@each_machine
@pytest.mark.parametrize("unknown", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("held", [("visible",), ("label",), ("visible", "label")])
def test_what_is_held_never_changes(machine, unknown, held):
    batch = drawn_rows(machine, 40, unknown=unknown)
    known = {k: batch[k] for k in held}
    for _, state in sp.trajectory(machine, 40, [0, 1, 2, 7], known, seed=1):
        assert_kept(machine, known, state.value)
        assert not any(has.isnan().any() for has in state.value.values() if has.is_floating_point())


@each_machine
@pytest.mark.parametrize("held", [(), ("label",), ("visible",)])
def test_a_phase_never_changes_what_it_holds(machine, held):
    batch, last = drawn_rows(machine, 30, unknown=0.2), {}
    phase = sp.Phase(held, start="last")
    for age in range(2):
        _, _, last = gradient(machine, batch, (phase,), 3, Noise.of(age), last)
        assert_kept(machine, {k: batch[k] for k in phase.holds(batch)}, last[0].value)


# -- steps add up --


def slow_blocks(visible):
    """A machine whose layers move one after the other, and go only a part of the way to their fields."""
    units = {"visible": visible, "label": LABEL, "hidden": sp.Spin(5)}
    edges, blocks = [("visible", "hidden"), ("label", "hidden")], [["hidden"], ["visible", "label"]]
    return randomize(Network(units, edges, blocks, rate=0.3, sampled=["label"]), 0.3)


def alone(visible):
    """A chaotic network of one layer."""
    return randomize(sp.chaotic(gain=1.5, rate=0.3, visible=visible), 0.3)


LISTED = [sp.rbm(hidden, visible=visible, label=LABEL, std=0.5) for visible, hidden in laws.MACHINES]
STEPPED = [*MACHINES, *LISTED, rates(sp.Bernoulli(6), sp.Spin(5), sp.Spin(4)), alone(sp.Spin(6)), alone(LABEL)]
STEPPED += [slow_blocks(sp.Bernoulli(6)), slow_blocks(sp.Potts(3, 4))]


@pytest.mark.parametrize("unknown", [0.0, 0.3], ids=["whole", "in part"])
@pytest.mark.parametrize("held", [(), ("visible",), ("label",), ("visible", "label")], ids=str)
@pytest.mark.parametrize("machine", STEPPED, ids=lambda m: f"{list(m.units.values())} rate {m.rate}")
def test_a_and_b_steps_are_a_plus_b_steps(machine, held, unknown):
    noise, batch = Noise.of(3), drawn_rows(machine, 9, unknown=unknown)
    clamp = machine.hold({k: batch[k] for k in held if k in batch})
    begin = machine.start(9, clamp, noise)
    for a, b in ((0, 0), (0, 1), (1, 0), (0, 3), (3, 0), (1, 2), (2, 1)):
        once = machine.advance(begin, clamp, a + b, noise)
        twice = machine.advance(machine.advance(begin, clamp, a, noise), clamp, b, noise)
        assert (once.time, once.potential.keys()) == (twice.time, twice.potential.keys())
        for parts in ((once.potential, twice.potential), (once.value, twice.value)):
            assert_close(*parts, atol=0.0 if machine.rate == 1 else 1e-6)
        assert_close(machine.observe(once, clamp), machine.observe(twice, clamp), atol=1e-6)


@pytest.mark.parametrize("steps", [0, 2])
@pytest.mark.parametrize("machine", STEPPED, ids=lambda m: f"{list(m.units.values())} rate {m.rate}")
def test_no_step_is_the_identity(machine, steps):
    noise, clamp = Noise.of(3), machine.hold({"visible": drawn_rows(machine, 9)["visible"]})
    for held in (clamp, machine.hold({})):
        state = machine.advance(machine.start(9, held, noise), held, steps, noise)
        same = machine.advance(state, held, 0, noise)
        assert same.time == state.time
        assert_same(same.potential, state.potential)
        assert_same(same.value, state.value)


def test_a_layer_may_be_held_at_its_mean():
    machine = gibbs(sp.Potts(3, 4))
    mean = torch.full((5, 12), 0.25)
    assert torch.equal(sp.run(machine, 5, 3, {"visible": mean})["visible"], mean)


# -- the one rule --


def step_by_hand(machine, state):
    """One explicit Euler step of every layer at once."""
    potential = {}
    for layer, x in state.potential.items():
        field = machine.bias[layer].detach().clone()
        for a, b in machine.edges:
            coupling = machine.between(a, b)
            w = coupling.weight.detach()
            if layer == b:
                field = field + state[a] @ (w + coupling.forth)
            if layer == a:
                field = field + state[b] @ (w.T if a == b else w.T + coupling.back)
        potential[layer] = x + machine.rate * (-x + field)
    return potential


@pytest.mark.parametrize("hidden", [(), (sp.Spin(5),), (sp.Spin(5), sp.Spin(3))])
@pytest.mark.parametrize(
    "visible", [sp.Spin(6), sp.Potts(3, 4), sp.Bernoulli(4), sp.Potts(2, 4, states=(4, 2))], ids=str
)
@torch.no_grad()
def test_a_chaotic_step_by_hand(hidden, visible, double):
    machine = sp.chaotic(*hidden, gain=1.5, rate=0.1, visible=visible, label=LABEL)
    machine = randomize(machine, 0.3)
    state = machine.start(7, Clamp({}), Noise.of(2))
    assert state.value.keys() == machine.units.keys()
    for _ in range(3):
        by_hand = step_by_hand(machine, state)
        state = machine.advance(state, Clamp({}), 1, Noise.of(2))
        for k, x in by_hand.items():
            torch.testing.assert_close(state.potential[k], x)
            torch.testing.assert_close(state[k], machine.units[k].mean(x))


@pytest.mark.parametrize("count", [0, 1, 2])
def test_edges_of_chaotic_networks(count):
    machine = sp.chaotic(*[sp.Spin(3)] * count, gain=1.0, rate=0.1, visible=sp.Spin(4), label=LABEL)
    assert (
        machine.edges
        == {
            0: [("visible", "visible"), ("label", "visible")],
            1: [("visible", "hidden"), ("label", "hidden")],
            2: [("visible", "hidden"), ("label", "hidden"), ("hidden", "deep")],
        }[count]
    )


@pytest.mark.parametrize("steps", [1, 2, 25])
@pytest.mark.parametrize("drawn", [(), ("hidden",)])
@torch.no_grad()
def test_the_closed_form_of_a_clamped_phase_is_its_simulation(steps, drawn, double):
    units = {"visible": sp.Spin(6), "label": LABEL, "hidden": sp.Spin(5)}
    edges = [("visible", "hidden"), ("label", "hidden")]
    machine = Network(units, edges, [tuple(units)], rate=0.1, gain=1.5, sampled=drawn)
    clamp = machine.hold(drawn_rows(machine, 7))
    begin = machine.start(7, clamp, Noise.of(1))
    at_once = machine.advance(begin, clamp, steps, Noise.of(1))
    inputs = {"hidden": machine.inputs("hidden", clamp)}
    simulated = machine.steps(begin, clamp.without_whole(), inputs, steps, machine.rate, Noise.of(1))
    torch.testing.assert_close(at_once.potential["hidden"], simulated.potential["hidden"])
    assert at_once.time == simulated.time == steps
    if not drawn:
        torch.testing.assert_close(at_once["hidden"], simulated["hidden"])


@torch.no_grad()
def test_rate_one_and_drawn_is_gibbs_sampling(double):
    machine = gibbs(sp.Potts(3, 4))
    n, noise = 20, Noise.of(3)
    shown = {k: machine.units[k].draw(machine.bias[k].new_zeros(n, machine.units[k].size), noise.at(0, i)).int()
             for i, k in enumerate(("visible", "label"))}  # fmt: skip
    one_hot = {k: machine.units[k].numbers(x, machine.like) for k, x in shown.items()}
    w = {k: machine.between(k, "hidden").weight for k in shown}
    for t in range(1, 5):
        x = machine.bias["hidden"] + sum(one_hot[k] @ w[k] for k in shown)
        h = machine.units["hidden"].draw(x, noise.at(t, 2)).double()
        shown = {k: machine.units[k].draw(machine.bias[k] + h @ w[k].T, noise.at(t, i)).int() for i, k in enumerate(w)}
        one_hot = {k: machine.units[k].numbers(s, machine.like) for k, s in shown.items()}
    state = sp.run(machine, n, 4, seed=noise)
    assert_same(state.value, shown | {"hidden": h})


@torch.no_grad()
def test_a_drawn_layer_with_a_rate_shows_draws_of_its_low_passed_field(double):
    units = {"visible": sp.Spin(6), "hidden": sp.Spin(5)}
    machine = Network(units, [("visible", "hidden")], [tuple(units)], rate=0.3, gain=1.0, sampled=units)
    begin = machine.start(4, Clamp({}), Noise.of(0))
    after = machine.advance(begin, Clamp({}), 1, Noise.of(0))
    coupling = machine.between("visible", "hidden")
    potential = begin.potential["hidden"].lerp(begin["visible"].double() @ coupling.towards(True), 0.3)
    torch.testing.assert_close(after.potential["hidden"], potential)
    assert torch.equal(after["hidden"], machine.units["hidden"].draw(potential, Noise.of(0).at(1, 1)))


# -- runs and trajectories --


@each_machine
def test_a_trajectory_is_one_run_seen_at_times(machine):
    for time, state in sp.trajectory(machine, 9, [0, 1, 5, 5, 8], seed=3):
        assert state.time == time
        assert_same(state.value, sp.run(machine, 9, time, seed=3).value)


@each_machine
def test_a_seed_is_a_sample(machine):
    one, same, other = (sp.run(machine, 50, 5, seed=seed)["visible"] for seed in (0, Noise.of(0), 1))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


@pytest.mark.parametrize(("n", "times"), [(0, [1]), (3, []), (3, [2, 1]), (3, [-1])])
def test_a_trajectory_needs_chains_and_increasing_times(n, times):
    with pytest.raises(ValueError, match="needs one chain or more and times that increase from 0"):
        list(sp.trajectory(MACHINES[0], n, times))


def test_chains_and_held_rows_must_be_as_many():
    with pytest.raises(ValueError, match=r"4 chains can't hold \{'label': 3\} rows"):
        sp.run(MACHINES[0], 4, 1, {"label": torch.zeros(3, 1, dtype=torch.int64)})


# -- same seed, same sample --

BIG = {
    "Bernoulli": lambda: sp.rbm(sp.Bernoulli(500), visible=sp.Bernoulli(784), label=LABEL),
    "Potts": lambda: sp.rbm(sp.Bernoulli(300), visible=sp.Potts(108, 5), label=LABEL),
    "mean-field": lambda: sp.rbm(
        sp.Bernoulli(300), visible=sp.Bernoulli(400), label=LABEL, sampled=("visible", "label")
    ),
    "numbers": lambda: sp.rbm(sp.Bernoulli(300), visible=sp.Gaussian(301), label=sp.Potts(1, 7, states=(5,))),
    "sites that differ": lambda: sp.rbm(
        sp.Gaussian(201), visible=sp.Potts(40, 5, states=(5, 1, 2, 3) * 10), label=LABEL
    ),
    "chaotic letters": lambda: sp.chaotic(sp.Spin(200), gain=2.0, rate=0.2, visible=sp.Potts(53, 21), label=LABEL),
    "chaotic": lambda: sp.chaotic(sp.Spin(500), gain=2.0, rate=0.2, visible=sp.Spin(784), label=LABEL),
}
N, STEPS = 600, 6


def big(kind):
    return randomize(BIG[kind](), 0.1)


def clamps(machine, held):
    batch = drawn_rows(machine, N, unknown=0.3 if held == "partly" else 0.0)
    return {"nothing": {}, "label": {"label": batch["label"]}, "visible": {"visible": batch["visible"]}}.get(
        held, batch
    )


@torch.no_grad()
def in_parts(machine, known, cuts):
    def part(i, j):
        clamp, noise = machine.hold(known).rows(slice(i, j)), Noise.of(5).below(i)
        return machine.advance(machine.start(j - i, clamp, noise), clamp, STEPS, noise)

    return sp.State.join([part(i, j) for i, j in pairwise(cuts)])


@pytest.mark.parametrize("held", ["nothing", "label", "visible", "partly"])
@pytest.mark.parametrize("kind", BIG)
def test_same_bits_for_any_cutting_of_the_chains_and_any_threads(kind, held, threads, monkeypatch):
    machine = big(kind)
    known = clamps(machine, held)
    one = sp.run(machine, N, STEPS, known, seed=5)
    for cuts in ((0, N // 2, N), (0, 17, 18, 333, N)):
        assert_same(in_parts(machine, known, cuts).value, one.value)
    threads(2)
    assert_same(sp.run(machine, N, STEPS, known, seed=5).value, one.value)
    monkeypatch.setattr(parallel, "BLOCK", 10**9)  # one block, its products on two threads
    monkeypatch.setattr(parallel, "ALONE", 10**9)
    assert_same(sp.run(machine, N, STEPS, known, seed=5).value, one.value)


PROCESS = """
import hashlib
import tests.conftest
from tests import test_dynamics
print(test_dynamics.fingerprint())
"""


def fingerprint():
    """A digest of samples of all kinds of machines."""
    digest = hashlib.sha256()
    for kind in BIG:
        digest.update(sp.run(big(kind), 300, 3, seed=2)["visible"].numpy().tobytes())
    return digest.hexdigest()


def test_two_processes_give_the_same_bits():
    root = Path(__file__).parents[1]
    other = subprocess.run([sys.executable, "-c", PROCESS], cwd=root, capture_output=True, text=True, check=True)
    assert other.stdout.strip() == fingerprint()


# -- the fused label chain --


def unfused(monkeypatch, *run):
    with monkeypatch.context() as patch:
        patch.setattr(network, "fuse", lambda *_: None)
        return sp.run(*run)


@pytest.mark.parametrize("steps", [1, 10])
@pytest.mark.parametrize("name", ["exact", "float32"])
def test_the_fused_label_chain_is_the_steps_one_by_one(name, steps, monkeypatch):
    machine = randomize(sp.rbm(sp.Bernoulli(300), visible=sp.Bernoulli(200), label=sp.Potts(1, 7)), 0.1)
    machine.precision = name
    run = (machine, 500, steps, {"visible": drawn_rows(machine, 500)["visible"]}, 6)
    fused, plain = sp.run(*run), unfused(monkeypatch, *run)
    assert fused.time == plain.time
    if machine.is_exact:
        assert_same(fused.value | {"x": fused.potential["label"]}, plain.value | {"x": plain.potential["label"]})
    for k in ("label", "hidden"):  # but for rounding at a threshold, which spoils the rest of a chain
        assert (fused[k] != plain[k]).float().mean() < 0.005
    torch.testing.assert_close(fused.potential["label"], plain.potential["label"], rtol=0, atol=0.05)


LETTERS = {"label": sp.Potts(1, 3), "label:b": sp.Potts(1, 4)}


@pytest.mark.parametrize(
    ("fits", "hidden", "seen", "held", "drawn"),
    [
        (True, sp.Bernoulli(5), {"visible": sp.Bernoulli(4), "label": LABEL}, {"visible"}, None),
        (True, sp.Bernoulli(5), {"visible": sp.Bernoulli(4), **LETTERS}, {"visible", "label"}, None),
        (False, sp.Bernoulli(5), {"visible": sp.Bernoulli(4), **LETTERS}, {"visible"}, None),
        (False, sp.Spin(5), {"visible": sp.Bernoulli(4), "label": LABEL}, {"visible"}, None),
        (False, sp.Bernoulli(5), {"visible": sp.Bernoulli(4), "label": sp.Potts(2, 3)}, {"visible"}, None),
        (False, sp.Bernoulli(5), {"visible": sp.Bernoulli(4), "label": LABEL}, {"visible"}, ("visible", "label")),
        (False, sp.Bernoulli(5), {"label": LABEL}, set(), None),
        (False, sp.Bernoulli(5), {"visible": sp.Bernoulli(4), "label": LABEL}, {"label"}, None),
        (False, sp.Bernoulli(5), {"visible": sp.Bernoulli(4), "label": LABEL}, {"visible", "partly"}, None),
    ],
)
def test_fusion_fits_one_letter_between_held_data_and_bernoulli_units(fits, hidden, seen, held, drawn, monkeypatch):
    machine = randomize(sp.rbm(hidden, sampled=drawn, **seen))
    batch = drawn_rows(machine, 30)
    known = {k: batch[k] for k in held & batch.keys()}
    if "partly" in held:
        known["label"] = torch.where(torch.arange(30)[:, None] % 2 == 0, batch["label"], -1)
    calls, fused_label_chain = [], integer_cpu.fused_label_chain
    monkeypatch.setattr(integer_cpu, "fused_label_chain", lambda *args: calls.append(1) or fused_label_chain(*args))
    state = sp.run(machine, 30, 4, known, 6)
    assert bool(calls) is fits
    assert_same(state.value, unfused(monkeypatch, machine, 30, 4, known, 6).value)


def test_layers_that_move_at_once_are_not_fused(monkeypatch):
    units = {"visible": sp.Bernoulli(4), "label": LABEL, "hidden": sp.Bernoulli(5)}
    machine = Network(units, [("visible", "hidden"), ("label", "hidden")], [tuple(units)], sampled=units)
    clamp = machine.hold({"visible": drawn_rows(machine, 3)["visible"]})
    inputs = {k: machine.inputs(k, clamp) for k in ("label", "hidden")}
    assert fusion.fuse(machine.units, machine.turn, machine.place, inputs) is None


def test_a_letter_that_meets_itself_is_not_fused():
    units = {"visible": sp.Bernoulli(4), "label": LABEL, "hidden": sp.Bernoulli(5)}
    edges = [("visible", "hidden"), ("label", "hidden"), ("label", "label")]
    machine = Network(units, edges, [("hidden",), ("visible", "label")], sampled=units)
    clamp = machine.hold({"visible": drawn_rows(machine, 3)["visible"]})
    inputs = {k: machine.inputs(k, clamp) for k in ("label", "hidden")}
    assert fusion.fuse(machine.units, machine.turn, machine.place, inputs) is None


@pytest.mark.parametrize("name", ["exact", "float32"])
def test_without_numba_the_fused_label_chain_has_the_same_bits(name, monkeypatch):
    machine = randomize(sp.rbm(sp.Bernoulli(300), visible=sp.Bernoulli(200), label=sp.Potts(1, 7)), 0.1)
    machine.precision = name
    run = (machine, 100, 5, {"visible": drawn_rows(machine, 100)["visible"]}, 6)
    fused = sp.run(*run)
    monkeypatch.setattr(kernels, "fused", reference)
    monkeypatch.setattr(kernels, "fused_integers", integer_reference)
    plain = sp.run(*run)
    assert_same(fused.value, plain.value)
    assert torch.equal(fused.potential["label"], plain.potential["label"])


def test_the_fused_label_chain_is_the_steps_in_double_precision(double, monkeypatch):
    machine = gibbs(sp.Bernoulli(4))
    run = (machine, 30, 5, {"visible": drawn_rows(machine, 30)["visible"].double()}, 6)
    assert_same(sp.run(*run).value, unfused(monkeypatch, *run).value)


# -- on a device --


@pytest.mark.parametrize("held", [False, True])
@pytest.mark.parametrize("kind", BIG)
@torch.no_grad()
def test_nothing_is_read_back_from_a_device_while_chains_run(kind, held):
    """The meta device has shapes and no numbers: whoever asked one for a number would be refused."""
    machine = BIG[kind]()
    clamp = machine.hold({"label": torch.zeros(5, 1, dtype=torch.int64)} if held else {})
    for known in clamp.known:
        clamp.known[known] = clamp.known[known].to("meta")
    machine.to("meta")
    noise = Noise.of(0)
    end = machine.advance(machine.start(5, clamp, noise), clamp, 3, noise)
    observed = machine.observe(end, clamp)
    assert {x.device.type for x in (*end.value.values(), *observed.values())} == {"meta"}
    assert end["visible"].shape[0] == observed["hidden"].shape[0] == 5
