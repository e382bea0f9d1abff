"""Soundness: a machine that has diverged is told from one that has not."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch

import spinodal as sp
from spinodal.data.dataset import Dataset
from spinodal.data.reals import standardize
from spinodal.machines.protocols import FEF, Schedule
from spinodal.runs import training
from spinodal.runs.settings import Settings
from spinodal.runs.soundness import LARGEST, UNEVEN, check_sound, uneven, warn_of_uneven

from .laws import generator
from .toys import QUICK, dataset


def numbers(n=40):
    x = torch.randn(n, 6, generator=torch.Generator().manual_seed(0))
    return standardize(Dataset.of({"visible": x}, {}, [f"s{i}" for i in range(n)]))


DATA = {"letters": lambda: dataset("family"), "numbers": numbers}


def machine_of(data):
    machine = sp.rbm(sp.Bernoulli(5), **data.units)
    machine.schedule = Schedule(FEF, 3)
    return machine


@pytest.mark.parametrize("kind", DATA)
def test_a_fresh_machine_is_sound(kind):
    check_sound(machine_of(DATA[kind]()), DATA[kind]())


@pytest.mark.parametrize("value", [10 * LARGEST, -10 * LARGEST, np.inf, np.nan], ids=str)
@pytest.mark.parametrize("kind", DATA)
def test_a_parameter_without_end_is_named(kind, value):
    machine = machine_of(DATA[kind]())
    with torch.no_grad():
        machine.bias["hidden"][2] = value
    with pytest.raises(FloatingPointError, match=r"the training diverged, bias\.hidden is as large as .*: lower lr"):
        check_sound(machine, DATA[kind]())


@pytest.mark.parametrize(("times", "sound"), [(5, True), (20, False)])
def test_generated_numbers_are_about_as_large_as_the_data(times, sound):
    data, machine = numbers(), machine_of(numbers())
    with torch.no_grad():
        machine.bias["visible"][3] = times * float(np.abs(data["visible"]).max())
    if sound:
        check_sound(machine, data)
        return
    with pytest.raises(FloatingPointError, match=r"it generates numbers of \de\+02 in visible where the data have"):
        check_sound(machine, data)


def test_unknown_numbers_of_the_data_do_not_count():
    data = numbers()
    check_sound(machine_of(data), data.hide("visible", [0, 1]))


# -- weights of which 15 bits lose some --


@pytest.mark.parametrize("k", [1, 2, 3, 8, 201])
def test_a_column_is_uneven_where_its_largest_weight_is_so_many_times_its_median(k):
    spread = torch.linspace(0, 12, 60)  # a column, a spread of orders of magnitude
    weight = torch.randn(k, 60, generator=generator(0)) * 10 ** (spread * torch.rand(k, 60, generator=generator(1)))
    weight[torch.rand(k, 60, generator=generator(2)) < 0.3] = 0.0
    want = []
    for column in weight.abs().T:
        some = column[column > 0]
        want.append(len(some) > 0 and bool(some.max() / UNEVEN >= some.median()))
    assert uneven(weight).tolist() == want
    assert k < 3 or 0 < sum(want) < 60


@pytest.mark.parametrize("visible", [sp.Bernoulli(30), sp.Spin(30), sp.Potts(15, 2)], ids=str)
@pytest.mark.parametrize(("towards", "source"), [("hidden", "visible"), ("visible", "hidden")])
def test_uneven_columns_of_either_direction_are_said_in_one_line(visible, towards, source):
    machine = sp.rbm(sp.Bernoulli(20), visible=visible, label=sp.Potts(1, 3))
    assert not warn_of_uneven(machine)  # a warning would be an error
    with torch.no_grad():
        machine.between("visible", "hidden").towards(source == "visible")[2] = (
            1e3  # one in each column of this direction
        )
    every = machine.units[towards].size
    with pytest.warns(
        UserWarning, match=f"^{every} of {every} units of {towards} have a weight from {source} "
    ) as said:
        assert warn_of_uneven(machine)
    assert len(said) == 1
    machine.precision = "float32"
    assert not warn_of_uneven(machine)


@pytest.mark.parametrize(
    "how", [{"hidden": sp.Gaussian(20)}, {"hidden": sp.Bernoulli(20), "sampled": ("visible",)}], ids=str
)
def test_layers_that_act_as_numbers_lose_no_weights(how):
    machine = sp.rbm(visible=sp.Bernoulli(30), **how)
    with torch.no_grad():
        machine.between("visible", "hidden").weight[:, 2] = 1e3
    assert not warn_of_uneven(machine)


def test_a_training_says_it_once(tmp_path, monkeypatch):
    data, settings = dataset("family").split("split"), Settings(**QUICK)
    *_, _ = training.train(*data, tmp_path / "usual", settings)  # a warning would be an error
    monkeypatch.setattr("spinodal.runs.soundness.uneven", lambda weight: torch.ones(weight.shape[1], dtype=torch.bool))
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        *_, _ = training.train(*data, tmp_path / "uneven", settings)
    (one,) = said
    assert "15-bit integers lose the small ones" in str(one.message)
