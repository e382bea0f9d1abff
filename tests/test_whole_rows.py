"""Whole rows: those without unknown entries, drawn by their weights; labels that they lack are from the posterior."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

import spinodal as sp
from spinodal.analysis.whole_rows import whole_rows
from spinodal.data.alphabet import RNA, Alphabet
from spinodal.data.dataset import Dataset, numbered_names
from spinodal.machines.energies import posterior

from .laws import assert_drawn_from, randomize

LETTERS = np.random.default_rng(0).integers(5, size=(50, 4)).astype(np.int8)
LABELS = np.random.default_rng(1).integers(2, size=(50, 1)).astype(np.int8)


def data(letters=LETTERS, labels=LABELS):
    alphabets = {"visible": RNA, "label": Alphabet(("a", "b"))}
    return Dataset({"visible": letters, "label": labels}, alphabets, numbered_names(len(letters)))


def machine():
    label = sp.Potts(1, 2, symbols=("a", "b"))
    return randomize(sp.rbm(sp.Bernoulli(3), visible=sp.Potts(4, 5, symbols=RNA.symbols), label=label), 1.0)


def test_all_rows_once_where_as_many_are_asked_for():
    found = whole_rows(machine(), data(), 1000)
    asked = np.hstack([LETTERS, LABELS])
    there = np.hstack([found["visible"].numpy(), found["label"].numpy()])
    assert sorted(map(tuple, there)) == sorted(map(tuple, asked))


def test_rows_with_unknown_entries_are_left_out_and_weights_count():
    holes = LETTERS.copy()
    holes[10:, 2] = -1
    found = whole_rows(machine(), data(holes), 1000)["visible"]
    assert len(found) == 10
    assert (found >= 0).all()
    weighted = replace(data(), weights=np.eye(50)[3])
    assert (whole_rows(machine(), weighted, 5)["visible"].numpy() == LETTERS[3]).all()


def test_labels_that_are_unknown_are_drawn_from_their_posterior():
    n = 4000
    same = data(np.repeat(LETTERS[:1], n, 0), np.full((n, 1), -1, np.int8))
    found, own = whole_rows(machine(), same, n), machine()
    p = posterior(own, "label", found["visible"][:1])
    assert_drawn_from(torch.bincount(found["label"][:, 0].long(), minlength=2), p)


def test_what_has_no_whole_rows_says_so():
    with pytest.raises(ValueError, match="all 50 rows"):
        whole_rows(machine(), data(np.full_like(LETTERS, -1)), 5)
    with pytest.raises(ValueError, match="restricted"):
        whole_rows(sp.chaotic(sp.Spin(3), gain=1.5, rate=0.2, visible=sp.Potts(4, 5)), data(), 5)
