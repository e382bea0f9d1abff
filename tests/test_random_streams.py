"""Random streams: no two uses have the same one, and the numbers are those of before."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from spinodal.data.shuffle import permutation, random_integers
from spinodal.evaluation.reference import SETS
from spinodal.machines.noise import Noise
from spinodal.random_streams import Stream, hidden, layer_seed, mix, site

LAYERS = ("visible", "label", "label:a", "label:b", "visible:binary", "visible:categorical", "visible:real")
INTEGERS, HIDDEN = [12600921311783773918, 3482733196235228310], [5694518534152007972]
ORDER, KEY = [3, 1, 0, 5, 4, 6, 7, 2], 4313180956682652364


def test_no_two_uses_share_a_stream():
    ends = {Stream.COUNTED: 2**40, Stream.COMPARISON: Stream.COMPARISON + 3 + SETS}
    used = [range(first, ends.get(first, first + 1)) for first in Stream] + [range(-(2**32), 0)]
    assert not any(max(a.start, b.start) < min(a.stop, b.stop) for a, b in combinations(used, 2))
    assert len(set(map(hidden, LAYERS))) == len({layer_seed(0, layer) for layer in LAYERS}) == len(LAYERS)
    assert all(hidden(layer) in used[-1] for layer in LAYERS)
    assert len({site(label, i) for label in range(-1, 9) for i in range(9)}) == 90


def test_numbers_and_arrays_are_mixed_alike():
    words = [0, 1, 1234567, 2**63, 2**64 - 1]
    assert mix(np.array(words, dtype=np.uint64)).tolist() == [mix(word) for word in words]


def test_the_numbers_never_change():
    """Recorded by the first version: runs are reproduced bit by bit."""
    assert random_integers(7, Stream.SUBSET, 2).tolist() == INTEGERS
    assert random_integers(-1, hidden("label"), 1).tolist() == HIDDEN
    assert permutation(3, Stream.COUNTED, 8).tolist() == ORDER
    assert Noise.of(5).child(1, 2).key == KEY
