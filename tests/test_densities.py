"""Densities: independent sites and trees, against what they are by hand and by enumeration."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

import spinodal as sp
from spinodal.data.alphabet import BINARY, RNA
from spinodal.data.dataset import Dataset, numbered_names

from .toys import dataset


def of(letters, alphabet=BINARY):
    x = np.array(letters, dtype=np.int8)
    return Dataset({"visible": x}, {"visible": alphabet}, numbered_names(len(x)))


def chain(n=4000, sites=5, colors=5, seed=0):
    """A Markov chain along sites in a hidden order: its tree is a path."""
    random = np.random.default_rng(seed)
    x = np.zeros((n, sites), dtype=int)
    x[:, 0] = random.integers(colors, size=n)
    for i in range(1, sites):
        x[:, i] = np.where(random.random(n) < 0.7, x[:, i - 1], random.integers(colors, size=n))
    order = random.permutation(sites)
    return x[:, order], order


@pytest.mark.parametrize("model", [sp.independent_sites, sp.chow_liu])
@pytest.mark.parametrize("alphabet", [BINARY, RNA])
def test_probabilities_add_up_to_1(model, alphabet):
    q = len(alphabet.symbols)
    train, every = of(chain(50, 4, q)[0], alphabet), of(list(product(range(q), repeat=4)), alphabet)
    assert np.exp(model(train).rows(every)).sum() == pytest.approx(1)


def test_independent_sites_by_hand():
    tree = sp.independent_sites(of([[0, 1], [0, 1], [1, 1]]), pseudocount=1.0)
    found = np.exp(tree.rows(of([[0, 1], [1, 0]])))
    assert found == pytest.approx([2.5 / 4 * 3.5 / 4, 1.5 / 4 * 0.5 / 4])


def test_the_tree_is_the_one_that_made_the_data():
    x, order = chain()
    tree = sp.chow_liu(of(x, RNA))
    place = {int(site): i for i, site in enumerate(order)}
    edges = {frozenset((i, int(up))) for i, up in enumerate(tree.parent) if up >= 0}
    assert edges == {frozenset((place[i], place[i + 1])) for i in range(4)}


def test_the_tree_beats_independent_sites_and_has_its_entropy():
    data = of(chain()[0], RNA)
    tree, alone = sp.chow_liu(data, 1e-9), sp.independent_sites(data, 1e-9)
    assert tree.rows(data).mean() > alone.rows(data).mean()
    assert -tree.rows(data).mean() == pytest.approx(sp.scores.tree_entropy(data.tensors()["visible"]), abs=1e-4)


def test_unknown_letters_count_as_none():
    data = dataset(n=60)
    hidden = data.hide("visible", fraction=0.2, seed=1)
    tree = sp.chow_liu(hidden)
    assert np.isfinite(tree.rows(data)).all()
    with pytest.raises(ValueError, match="rows have unknown entries: leave them out"):
        tree.rows(hidden)


def test_a_site_without_variation_is_no_obstacle():
    data = of([[0, 0, 0], [0, 1, 1], [0, 1, 0], [0, 0, 1]])
    assert np.isfinite(sp.chow_liu(data).rows(data)).all()


def test_what_has_no_density():
    numbers = Dataset({"visible": np.zeros((3, 2), dtype=np.float32)}, {}, numbered_names(3))
    with pytest.raises(ValueError, match="independent sites and trees are of letters, not of numbers"):
        sp.chow_liu(numbers)
    with pytest.raises(ValueError, match="have not the sites of the training data"):
        sp.chow_liu(of([[0, 1]])).rows(of([[0, 1, 1]]))
