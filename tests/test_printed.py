"""What people print is one line that says what it is and how large, and no numbers of a tensor."""

from __future__ import annotations

import pytest

import spinodal as sp
from spinodal.machines.noise import Noise
from spinodal.machines.protocols import FEF, Schedule
from spinodal.machines.state import Clamp
from spinodal.tasks import impute

from .laws import PAIRS
from .toys import dataset, trained


@pytest.mark.parametrize("how", [{}, {"gain": 1.5, "rate": 0.2}], ids=["restricted", "chaotic"])
@pytest.mark.parametrize(("visible", "hidden"), PAIRS, ids=str)
def test_a_machine_is_printed_with_its_layers_and_the_number_of_parameters(visible, hidden, how):
    machine = sp.chaotic(hidden, visible=visible, **how) if how else sp.rbm(hidden, visible=visible)
    said = repr(machine)
    assert "\n" not in said
    assert all(f"{layer}={units}" in said for layer, units in machine.units.items())
    assert f"{sum(x.numel() for x in machine.parameters()):,} parameters" in said
    assert ("gain=1.5" in said) is bool(how)


def things(tmp_path):
    data = dataset("family")
    machine = sp.rbm(sp.Bernoulli(5), seed=0, **data.units)
    yield machine
    machine.schedule = Schedule(FEF, 3)
    yield next(iter(sp.fit(machine, data.batches(20), FEF, steps=3, lr=0.1)))
    yield Clamp(data.tensors())
    yield machine.start(4, Clamp({}), Noise.of(0))
    yield sp.predict(machine, data)
    yield impute(machine, data.hide("visible", fraction=0.2))
    yield data
    yield sp.Generator(n_components=8)
    yield trained(tmp_path / "run")


def test_everything_is_printed_in_a_line(tmp_path):
    for thing in things(tmp_path):
        said = repr(thing)
        assert said.startswith(type(thing).__name__)
        assert len(said) < 300, said
        assert "tensor(" not in said
        assert "array(" not in said
        assert "\n" not in said
