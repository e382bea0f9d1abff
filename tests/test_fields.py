"""Fields of a clamp: a bias that a request has and the machine has not."""

from __future__ import annotations

from copy import deepcopy

import pytest
import torch

import spinodal as sp
from spinodal.machines import kernels
from spinodal.machines.fields import only
from spinodal.machines.noise import Noise

from .laws import MACHINES, assert_drawn_from, assert_same, code, drawn_rows, exact, generator, histogram, small

each_machine = pytest.mark.parametrize(("visible", "hidden"), MACHINES, ids=str)
each_precision = pytest.mark.parametrize("precision", ["exact", "float32"])

CHAOTIC = sp.chaotic(sp.Spin(5), visible=sp.Potts(4, 3), label=sp.Potts(1, 3), gain=1.0, rate=0.2)


def fields_of(machine, seed=1):
    """A field for each layer of a machine."""
    source = generator(seed)
    return {k: torch.randn(u.size, generator=source) for k, u in machine.units.items()}


def precise(machine, precision):
    machine.precision = precision
    return machine


def biased(machine, fields):
    """The machine with the fields in its biases."""
    other = deepcopy(machine)
    with torch.no_grad():
        for k, x in fields.items():
            other.bias[k].add_(x)
    return other


@each_precision
@each_machine
@pytest.mark.parametrize("held", [(), ("label",), ("visible",)], ids=str)
def test_a_field_is_a_bias_to_the_bit(visible, hidden, held, precision):
    machine = precise(small(visible, hidden), precision)
    known, fields = {k: x for k, x in drawn_rows(machine, 70).items() if k in held}, fields_of(machine)
    other, clamp, noise = biased(machine, fields), machine.hold(known, fields), Noise.of(3)
    begin = machine.start(70, clamp, noise)
    ends = machine.advance(begin, clamp, 5, noise), other.advance(begin, other.hold(known), 5, noise)
    assert_same(*(end.value for end in ends))


def test_a_field_is_a_bias_of_chaotic_machines_too():
    fields, noise = fields_of(CHAOTIC), Noise.of(3)
    other, clamp = biased(CHAOTIC, fields), CHAOTIC.hold({}, fields)
    begin = CHAOTIC.start(20, clamp, noise)
    ends = CHAOTIC.advance(begin, clamp, 5, noise), other.advance(begin, other.hold({}), 5, noise)
    assert_same(*(end.value for end in ends))


@each_precision
@pytest.mark.parametrize("held", [("label",), ("visible",)], ids=str)
def test_a_row_of_fields_moves_its_row_alone(held, precision):
    machine = precise(small(sp.Potts(6, 4), sp.Bernoulli(5)), precision)
    known, every = {k: x for k, x in drawn_rows(machine, 70).items() if k in held}, fields_of(machine)
    rows = {k: x * (torch.arange(70) % 2)[:, None] for k, x in every.items()}
    mixed, plain, moved = (sp.run(machine, 70, 5, known, 2, own)["hidden"] for own in (rows, None, every))
    assert torch.equal(mixed[::2], plain[::2])
    assert torch.equal(mixed[1::2], moved[1::2])


@each_machine
def test_posteriors_have_fields(visible, hidden, double):
    machine = small(visible, hidden)
    machine, known, fields = machine.double(), drawn_rows(machine, 9), fields_of(machine)
    seen = {"visible": known["visible"]}
    found = machine.closed_form(["label"], machine.hold(seen, fields))["label"]
    other = biased(machine, fields)
    torch.testing.assert_close(found, other.closed_form(["label"], other.hold(seen))["label"])
    rows = {k: x.expand(9, -1) for k, x in fields.items()}
    torch.testing.assert_close(found, machine.closed_form(["label"], machine.hold(seen, rows))["label"])


def test_allowed_letters_have_the_law_of_the_machine_among_them():
    machine = small(sp.Potts(3, 3), sp.Bernoulli(3))
    allowed = {0: [0, 2], 2: [1]}
    state = sp.run(machine, 6_000, 30, fields={"visible": only(machine.units["visible"], allowed)}, seed=5)
    p = torch.as_tensor(exact(machine).joint).sum(1).view(3, 3, 3)
    fits = torch.zeros(3, 3, 3)
    fits[[0, 2], :, 1] = 1
    law = (p * fits / (p * fits).sum()).flatten()
    assert_drawn_from(histogram(code(machine.units["visible"], state["visible"]), 27), law)


@each_precision
@pytest.mark.parametrize(
    ("units", "allowed"),
    [(sp.Potts(5, 4), {0: [3], 3: [1, 2]}), (sp.Bernoulli(5), {0: [1], 3: [0]}), (sp.Spin(5), {0: [0], 3: [1]})],
    ids=str,
)
def test_what_is_not_allowed_never_comes_from_the_start_on(units, allowed, precision):
    machine = precise(small(units, sp.Bernoulli(6), scale=8.0), precision)
    values = [[int(x) for x in own] for own in units.support()]
    for steps in (0, 1, 7):
        shown = sp.run(machine, 3000, steps, fields={"visible": only(units, allowed)}, seed=1)["visible"]
        for site, states in allowed.items():
            assert set(shown[:, site].int().tolist()) <= {values[site][k] for k in states}


@pytest.mark.parametrize("units", [sp.Potts(5, 4), sp.Potts(3, 4, states=(4, 2, 3))], ids=str)
def test_what_is_not_allowed_has_no_chance_in_any_kernel(units):
    field = only(units, {0: [1, 3], 2: [2]})
    x, place = torch.randn(200, units.size, generator=generator()) * 20 + field, Noise.of(0).at(0, 0)
    drawn = [units.draw(x, place), units.draw(x.double(), place)]
    drawn.append(units.draw(kernels.Sums(x, torch.ones(x.shape, dtype=torch.int32), torch.ones(units.size)), place))
    for letters in drawn:
        assert set(letters[:, 0].tolist()) <= {1, 3}
        assert set(letters[:, 2].tolist()) == {2}
    assert (units.mean(x).view(200, units.colors, -1)[:, [0, 2], 0] < 1e-30).all()


def test_chaotic_machines_show_allowed_letters():
    shown = sp.run(CHAOTIC, 50, 40, fields={"visible": only(CHAOTIC.units["visible"], {1: [2]})})["visible"]
    assert (CHAOTIC.units["visible"].as_data(shown)[:, 1] == 2).all()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"deep": torch.zeros(3)}, "no layer deep"),
        ({"visible": torch.zeros(5)}, "a field of visible is finite numbers"),
        ({"visible": torch.full((12,), torch.nan)}, "a field of visible is finite numbers"),
        ({"visible": torch.zeros(2, 12)}, "3 chains can't hold"),
    ],
    ids=str,
)
def test_fields_that_do_not_fit_are_refused(fields, said):
    machine = small(sp.Potts(4, 3), sp.Bernoulli(3))
    with pytest.raises(ValueError, match=said):
        sp.run(machine, 3, 1, fields=fields)


@pytest.mark.parametrize("allowed", [{4: [0]}, {-1: [0]}, {0: []}, {0: [3]}], ids=str)
def test_sets_of_states_that_are_not_there_are_refused(allowed):
    with pytest.raises(ValueError, match="can't have the states"):
        only(sp.Potts(4, 3), allowed)


def test_numbers_have_no_sets_of_states():
    with pytest.raises(ValueError, match="are numbers"):
        only(sp.Gaussian(4), {0: [0]})
