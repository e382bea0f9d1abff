"""Equilibrium: samples have the Boltzmann law of the machine, with labels held and free."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import spinodal as sp
from spinodal import tasks
from spinodal.analysis.equilibrium import equilibrium
from spinodal.machines.energies import free_energy

from .laws import assert_drawn_from, histogram, pairs_of, randomize


def labeled(scale=1.5):

    units = {"visible": sp.Bernoulli(4), "label": sp.Potts(1, 3, symbols=("a", "b", "c"))}
    return randomize(sp.rbm(sp.Bernoulli(3), **units), scale)


def codes(data):
    return torch.from_numpy(data["visible"].round().astype(np.int64) @ np.array([8, 4, 2, 1]))


@pytest.mark.parametrize("ages", [(), (labeled(0.7),)], ids=["temperature", "ages"])
def test_rows_have_the_law_of_the_machine_and_their_labels(ages, wide, monkeypatch):
    monkeypatch.setattr("spinodal.analysis.equilibrium.BLOCK", 3000)
    machine, n = labeled(), 3000
    like = tasks.asked(machine, {"b": n, "c": n})
    law = (-free_energy(machine, pairs_of(machine))).detach().unflatten(0, (-1, 3))
    blocks = list(equilibrium(machine, like, ages=ages, sweeps=24, seed=2))
    for (data, found), label in zip(blocks, (1, 2)):
        assert (data["label"] == label).all()
        assert_drawn_from(histogram(codes(data), 16), law[:, label].softmax(0))
        assert found.fault == ""
    assert blocks[1][0].names[0] == f"g{n + 1:04d}"


def test_free_labels_are_drawn(wide):
    machine = labeled()
    like = tasks.asked(machine, {"": 500})
    ((data, _),) = equilibrium(machine, like, sweeps=10)
    assert set(np.unique(data["label"])) <= {0, 1, 2}


def test_rows_do_not_depend_on_blocks(monkeypatch):
    machine = labeled()
    like = tasks.asked(machine, {"a": 5})
    ((whole, _),) = equilibrium(machine, like, sweeps=6)
    ((tail, _),) = equilibrium(machine, like.select(slice(3, 5)), sweeps=6, first=3)
    np.testing.assert_array_equal(whole["visible"][3:], tail["visible"])
    assert whole.names[3:].tolist() == tail.names.tolist()


def test_labels_of_some_rows_only_are_refused():
    machine = labeled()
    with pytest.raises(ValueError, match="1 of 3 rows have no label: ask for"):
        next(equilibrium(machine, tasks.asked(machine, {"a": 2, "": 1})))
