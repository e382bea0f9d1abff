"""Chains that go on where they ended come back from tensors as they were, phase by phase."""

from __future__ import annotations

from dataclasses import replace

import pytest

import spinodal as sp
from spinodal.machines.protocols import Schedule
from spinodal.ranks import ALONE
from spinodal.runs import chains

from .laws import assert_same
from .toys import dataset


@pytest.fixture(scope="module")
def trained():
    """A machine and its last update, with the chains of two phases that persist and one that doesn't."""
    data = dataset("family")
    machine, phases = sp.rbm(sp.Bernoulli(4), **data.units), (*sp.PCD, *sp.RDM, *sp.PCD)
    *_, last = (update for _, update in zip(range(3), sp.fit(machine, data.batches(10), phases, steps=2)))
    return machine, last


def test_chains_come_back_from_tensors_by_their_phase(trained):
    machine, update = trained
    last = chains.persistent(machine, update)
    assert list(last) == [0, 2]
    tensors = chains.to_tensors(last)
    for i, state in last.items():
        again = chains.from_tensors(tensors, str(i), state.time)
        assert again.time == state.time
        assert_same(again.potential, state.potential)
        assert_same(again.value, state.value)


def test_only_the_phases_of_the_schedule_go_on(trained):
    machine, update = trained
    assert not chains.persistent(machine, replace(update, last={}))
    machine.schedule = Schedule(sp.RDM, 2)
    assert not chains.persistent(machine, update)


def test_a_process_by_itself_has_all_chains(trained):
    for state in trained[1].last.values():
        for found in (chains.gathered(state, ALONE), chains.share_of(state, ALONE)):
            assert_same(found.value, state.value)


def test_what_is_under_a_name_has_the_rest_of_it():
    assert chains.under("a/", {"a/b": 1, "a/c/d": 2, "b/a/": 3}) == {"b": 1, "c/d": 2}
