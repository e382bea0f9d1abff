"""Soundness: a machine that has diverged is told from one that has not."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import spinodal as sp
from spinodal.data.dataset import Dataset
from spinodal.data.reals import standardize
from spinodal.machines.protocols import FEF, Schedule
from spinodal.runs.soundness import LARGEST, check_sound

from .toys import dataset


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
