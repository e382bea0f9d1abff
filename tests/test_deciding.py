"""Deciding: the site that is the label is the first by all measures, and machines without a posterior lack one."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import spinodal as sp
from spinodal.analysis.deciding import deciding
from spinodal.analysis.losses import losses
from spinodal.data.alphabet import RNA, Alphabet
from spinodal.data.dataset import Dataset, numbered_names
from spinodal.machines.protocols import FEF, Schedule

N, SITES, TELLING = 60, 6, 2
RANDOM = np.random.default_rng(0)
LABELS = RANDOM.integers(2, size=(N, 1)).astype(np.int8)
LETTERS = RANDOM.integers(5, size=(N, SITES)).astype(np.int8)
LETTERS[:, TELLING] = 1 + LABELS[:, 0]
NAMES = Alphabet(("a", "b"), "kind")
DATA = Dataset({"visible": LETTERS, "label": LABELS}, {"visible": RNA, "label": NAMES}, numbered_names(N))
UNITS = {"visible": sp.Potts(SITES, 5, symbols=RNA.symbols), "label": sp.Potts(1, 2, symbols=NAMES.symbols)}


@pytest.fixture(scope="module")
def machine():
    """One hidden unit that couples the letters C and A of one site with the labels."""
    made = sp.rbm(sp.Spin(1), std=0.0, **UNITS)
    with torch.no_grad():
        made.between("visible", "hidden").weight.view(5, SITES)[[1, 2], TELLING] = torch.tensor([2.0, -2.0])
        made.between("label", "hidden").weight[:, 0] = torch.tensor([2.0, -2.0])
    made.schedule = Schedule(FEF, 10)
    return made


@pytest.fixture(scope="module")
def found(machine):
    return deciding([machine], DATA, "label", permutations=199)


def test_the_site_that_is_the_label_is_the_first_by_all_measures(found):
    assert found.order[0] == TELLING
    assert found.found() == [TELLING]
    assert found.data.bits.argmax() == found.generated.argmax() == found.log_p.argmax() == TELLING
    assert found.data.bits[TELLING] == pytest.approx(found.data.bits.max())
    others = np.arange(SITES) != TELLING
    assert np.abs(found.log_odds[others]).max() < 1e-5


def test_losses_are_means_over_rows_of_each_label(machine, found):
    rows = losses(machine, DATA.tensors(), "label")
    told = LABELS[:, 0]
    np.testing.assert_allclose(found.log_p, rows.log_p.mean(0), atol=1e-5)
    np.testing.assert_allclose(found.score, rows.log_odds.mean(0), atol=1e-5)
    np.testing.assert_allclose(found.by_label[1], rows.log_odds[told == 1].mean(0), atol=1e-5)


def test_several_machines_are_averaged(machine, found):
    other = sp.rbm(sp.Bernoulli(3), std=0.5, seed=1, **UNITS)
    other.schedule = Schedule(FEF, 10)
    alone, both = (deciding(machines, DATA, "label", permutations=199) for machines in ([other], [machine, other]))
    for name in ("generated", "log_p", "log_odds", "by_label"):
        np.testing.assert_allclose(getattr(both, name), (getattr(alone, name) + getattr(found, name)) / 2)
    assert (both.data.p == found.data.p).all()


def test_few_rows_are_taken_at_random_of_all(machine):
    data = DATA.select(np.argsort(LABELS[:, 0], kind="stable"))
    few = deciding([machine], data, "label", permutations=9, rows=20)
    assert not np.isnan(few.by_label).any()
    one = deciding([machine], data, "label", permutations=9, rows=1)
    assert np.isnan(one.by_label).any(1).sum() == 1


def test_rows_without_the_label_change_nothing(machine, found):
    more = np.concatenate([LABELS, np.full((9, 1), -1, np.int8)])
    letters = np.concatenate([LETTERS, LETTERS[:9]])
    data = Dataset({"visible": letters, "label": more}, DATA.alphabets, numbered_names(N + 9))
    again = deciding([machine], data, "label", permutations=199)
    np.testing.assert_array_equal(again.data.p, found.data.p)
    np.testing.assert_allclose(again.score, found.score)


def test_the_table_has_the_first_site_first_and_names_where_there_are_some(found):
    table = found.table([str(i + 1) for i in range(SITES)])
    assert [table[0][k] for k in ("rank", "site", "found")] == [1, TELLING + 1, "yes"]
    assert "name" not in table[0]
    assert {"log_odds:a", "log_odds:b", "generated", "q"} <= table[0].keys()
    assert found.table([f"rs{i}" for i in range(SITES)])[0]["name"] == f"rs{TELLING}"


def test_a_chaotic_machine_has_no_losses():
    chaotic = sp.chaotic(sp.Spin(4), gain=1.5, rate=0.2, **UNITS)
    chaotic.schedule = Schedule(FEF, 5)
    found = deciding([chaotic], DATA, "label", permutations=19)
    assert found.log_p is None
    assert found.order[0] == found.data.excess.argmax() == TELLING
    assert not {"log_p", "log_odds"} & found.table([str(i) for i in range(SITES)])[0].keys()


def test_gray_and_real_numbers_have_sites_too():
    numbers = RANDOM.normal(size=(N, 3)).astype(np.float32).clip(-1, 1)
    numbers[:, 1] = np.where(LABELS[:, 0] == 1, 0.9, -0.9)
    data = Dataset({"visible": numbers, "label": LABELS}, {"label": NAMES}, numbered_names(N))
    made = sp.rbm(sp.Spin(1), std=0.0, visible=sp.Spin(3), label=UNITS["label"])
    with torch.no_grad():
        made.between("visible", "hidden").weight[1] = 2.0
        made.between("label", "hidden").weight[:, 0] = torch.tensor([-1.0, 1.0])
    made.schedule = Schedule(FEF, 5)
    found = deciding([made], data, "label", permutations=199)
    assert found.found() == [1]
    assert found.score.argmax() == 1


def test_rows_without_a_whole_one_say_so(machine):
    holes = LETTERS.copy()
    holes[:, 0] = -1
    data = Dataset({"visible": holes, "label": LABELS}, DATA.alphabets, numbered_names(N))
    with pytest.raises(ValueError, match="unknown entry"):
        deciding([machine], data, "label", permutations=9)
