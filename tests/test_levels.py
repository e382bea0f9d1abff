"""Levels: letters are their own states, few values too, and many are divided into quarters of about equal size."""

from __future__ import annotations

import numpy as np

from spinodal.analysis import levels
from spinodal.data.alphabet import RNA
from spinodal.data.dataset import Dataset, numbered_names


def dataset(column, **alphabets):
    return Dataset({"visible": column}, alphabets, numbered_names(len(column)))


def test_letters_are_states_as_they_are():
    data = dataset(np.array([[0, 4], [-1, 2]], dtype=np.int8), visible=RNA)
    assert levels.values(data) == {}
    assert levels.states(data, {}).tolist() == [[0, 4], [-1, 2]]


def test_few_values_are_states_and_many_are_quarters():
    few, many = np.tile([-1.0, 1.0], 50), np.linspace(-1, 1, 100)
    data = dataset(np.stack([few, many, np.full(100, np.nan)], 1).astype(np.float32))
    values = levels.values(data)
    assert [x.tolist() for x in values["visible"][:1]] == [[-1.0, 1.0]]
    states = levels.states(data, values)
    assert states[:4, 0].tolist() == [0, 1, 0, 1]
    assert (np.abs(np.bincount(states[:, 1]) - 25) <= 1).all()
    assert (np.diff(states[:, 1]) >= 0).all()
    assert (states[:, 2] == -1).all()


def test_other_rows_have_the_states_of_the_nearest_values():
    values = levels.values(dataset(np.array([[-1.0], [1.0]], dtype=np.float32)))
    found = levels.states(dataset(np.array([[-0.2], [0.3], [np.nan]], dtype=np.float32)), values)
    assert found.tolist() == [[0], [1], [-1]]
