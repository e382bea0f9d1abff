"""Attacks tell training rows from others where a machine has learned them by heart, and by chance where it has not."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import spinodal as sp
from spinodal import scores
from spinodal.data.alphabet import BINARY
from spinodal.data.dataset import Dataset, concatenate, label_column, numbered_names
from spinodal.evaluation.attacks import ATTACKS, privacy_of
from spinodal.files import write
from spinodal.machines.protocols import FEF, Schedule
from spinodal.reporting.privacy import ATTACKERS, KEY, LIMITS, statement
from spinodal.runs import sources
from spinodal.runs.archive import Run
from spinodal.tasks import generate

from .calls import call
from .toys import files

VALUES = st.lists(st.integers(-3, 3), min_size=1, max_size=30).map(np.array)


@given(VALUES, VALUES)
def test_the_auc_is_the_share_of_pairs_in_order(members, others):
    found = scores.membership_auc(members, others)
    pairs = np.sign(members[:, None] - others)
    assert found == pytest.approx((pairs.mean() + 1) / 2)
    assert scores.membership_auc(others, members) == pytest.approx(1 - found)
    assert scores.membership_auc(np.exp(members), np.exp(others)) == pytest.approx(found)


@given(VALUES, VALUES, st.sampled_from([0.0, 0.1, 0.5]))
def test_those_that_are_caught_raise_few_false_alarms(members, others, share):
    found = scores.caught(members, others, share)
    assert 0 <= found <= 1
    assert scores.caught(others, others, share) <= share  # of as many others no more are above
    allowed = [t for t in others if (others > t).mean() <= share]  # thresholds with few false alarms
    assert found == (members > min(allowed)).mean()


@pytest.mark.parametrize(("members", "others"), [([], [1.0]), ([1.0], []), ([np.nan], [1.0]), ([[1.0]], [1.0])])
def test_statistics_that_are_none_are_refused(members, others):
    with pytest.raises(ValueError, match="members and others must be numbers"):
        scores.membership_auc(members, others)


def test_chance_is_no_alarm_and_its_deviation_is_that_of_ranks():
    random = np.random.default_rng(0)
    found = [scores.membership_auc(*np.split(random.normal(size=90), [30])) for _ in range(2000)]
    assert np.std(found) == pytest.approx((91 / (12 * 30 * 60)) ** 0.5, rel=0.05)
    assert not any(scores.is_revealed(*np.split(random.normal(size=90), [30])) for _ in range(200))
    assert scores.is_revealed(np.arange(40) + 40.0, np.arange(40))


def coins(n, seed, sites=24):
    """Rows that have nothing in common: whoever knows one of them has learned it by heart."""
    random = np.random.default_rng(seed)
    column, alphabet = label_column(np.array(["head", "tail"])[np.arange(n) % 2])
    x = random.integers(0, 2, (n, sites)).astype(np.int8)
    alphabets = {"visible": BINARY, "label": alphabet}
    return Dataset({"visible": x, "label": column}, alphabets, numbered_names(n, f"{seed}-"))


def attacked(machine, train, test):
    machine.schedule = Schedule(FEF, 5)
    return privacy_of(machine, train, test, generate(machine, like=test, seed=0))


@pytest.fixture(scope="module")
def by_heart():
    """What attacks find in a machine that knows nothing, and in one with a hidden unit for each of its 160 rows.

    The unit is on for rows that differ from its own at fewer than six of 24 sites; random ones differ at twelve.
    """
    train, test = coins(160, 0), coins(80, 1)
    machine = sp.rbm(sp.Bernoulli(160), seed=0, **train.units)
    before = attacked(machine, train, test)
    rows = torch.from_numpy(train["visible"]).float()
    with torch.no_grad():
        parameters = dict(machine.named_parameters())
        parameters["coupling.visible-hidden.weight"].copy_(2 * (2 * rows - 1).T)
        parameters["bias.hidden"].copy_(2 * (6 - rows.sum(1)))
    return before, attacked(machine, train, test)


def test_all_attacks_are_run(by_heart):
    for found in by_heart:
        assert found["not_measured"] == []
        assert len(found["attacks"]) == len(ATTACKS)
        assert (found["n"], found["trained_on"], found["copies_by_chance"]) == (80, 160, 0)


def test_rows_that_were_learned_by_heart_are_told_from_others_and_no_row_was_before(by_heart):
    before, after = ({one["attack"].split(":")[0]: one for one in found["attacks"]} for found in by_heart)
    assert not any(one["alarm"] for one in before.values())
    for name in ("likelihood", "likelihood ratio"):
        assert after[name]["alarm"]
        assert after[name]["auc"] > 0.9


def test_a_machine_without_energy_is_attacked_by_its_rows():
    train, test = coins(60, 0), coins(40, 1)
    machine = sp.chaotic(sp.Spin(6), gain=1.5, rate=0.4, **train.units)
    found = attacked(machine, train, test)
    assert [one["attack"] for one in found["attacks"]] == ["nearest row"]
    assert {one["what"] for one in found["not_measured"]} == set(ATTACKS) - {"nearest row"}


def test_a_machine_that_gives_its_training_rows_is_found_by_the_rows():
    train, test = coins(160, 0), coins(80, 1)
    machine = sp.rbm(sp.Bernoulli(4), seed=0, **train.units)
    found = privacy_of(machine, train, test, concatenate([train, train]))
    assert found["copies"] == 1
    assert found["attacks"][0] | {"n": 80} == {"attack": "nearest row", "needs": "generated rows", "auc": 1.0,
                                               "caught": 1.0, "alarm": True, "n": 80}  # fmt: skip


def attack(name, auc, alarm, caught=0.01):
    return {"attack": name, "needs": "", "auc": auc, "caught": caught, "n": 80, "alarm": alarm}


def found(*attacks, **more):
    rows = {"n": 80, "trained_on": 1160, "generated": 200, "copies": 0.005, "copies_by_chance": 0.0}
    return {**rows, "attacks": list(attacks), "not_measured": [], **more}


def test_the_statement_has_all_numbers_and_what_they_cannot_promise(by_heart):
    for measured in by_heart:
        said = statement("coins", measured)
        assert said.startswith("The generative model coins was trained on 160 rows.")
        assert said.endswith(LIMITS)
        assert KEY in said
        assert all(how in said for how in ATTACKERS.values())
        assert all(f"AUC {one['auc']:.3f}, found {one['caught']:.1%}" in said for one in measured["attacks"])
        assert "\n" not in said
    before, after = (statement("coins", measured) for measured in by_heart)
    assert "the model itself no attack tells training rows from held-out rows beyond chance." in before
    assert "From the model itself training rows can be told from held-out rows, best by the " in after


def test_the_statement_begins_with_the_results():
    said = statement("x", found(attack("nearest row", 0.51, False), attack("label", 0.9, True, 0.375)))
    assert said[: said.index(KEY)] == (
        "The generative model x was trained on 1,160 rows. 0.50% of 200 generated rows are copies of training rows; of "
        "held-out rows, which it never saw, 0.00% are. From generated rows no attack tells training rows from held-out "
        "rows beyond chance. From the model itself training rows can be told from held-out rows, best by the "
        "probability of the row's label. So handle the model as you handle the training data. Tried on 80 training and "
        "80 held-out rows. "
    )
    assert "From the model itself: probability of the row's label, AUC 0.900, found 37.5%." in said


def test_rows_that_reveal_are_handled_like_the_data_and_so_is_the_model_that_makes_them():
    said = statement("x", found(attack("nearest row", 0.8, True), attack("likelihood", 0.5, False)))
    assert "So handle the model and its generated rows as you handle the training data." in said


def test_an_alarm_goes_before_a_higher_auc_of_few_rows():
    few, many = attack("likelihood: rare", 0.9, False), attack("likelihood", 0.8, True)
    assert "best by the likelihood of the row." in statement("x", found(few, many))


def test_the_statement_without_attacks():
    said = statement("x", found(not_measured=[{"what": "likelihood", "why": "so"}]))
    assert "No attack could be run on these rows." in said
    assert "Not run: likelihood (so)." in said
    assert KEY not in said


def test_the_statement_names_the_file_whose_rows_were_attacked():
    said = statement("x", found(attack("nearest row", 0.51, False), released="new.vcf.gz"))
    assert "0.50% of 200 generated rows in new.vcf.gz are copies of training rows" in said


def test_the_statement_is_a_short_paragraph():
    quiet = [attack(name, 0.51, False) for name in ("nearest row", "likelihood", "likelihood ratio", "label")]
    assert len(statement("x", found(*quiet)).split()) < 210


def test_the_sentences_of_the_statement_are_short(by_heart):
    said = statement("x", found(attack("nearest row", 0.51, False), attack("label", 0.9, True)))
    assert max(len(sentence.split()) for sentence in re.split(r"[.;] ", said)) <= 30


def test_the_statement_typed(tmp_path, capsys):
    files(tmp_path)
    tokens = ["train", tmp_path / "family.fasta", "--labels", tmp_path / "family.csv", "--label", "family"]
    assert call(*tokens, "--hidden", 4, "--updates", 4, "--stop-on", "", "--split", 0.7, "--out", tmp_path / "run") == 0
    capsys.readouterr()
    assert call("score", tmp_path / "run", "--privacy") == 0
    said = capsys.readouterr().out
    assert call("score", tmp_path / "run", "--privacy", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert said == found["statement"] + "\n"
    assert found["n"] == found["generated"] == 18


def test_the_rows_that_are_released_are_those_that_are_attacked(tmp_path, capsys):
    files(tmp_path)
    data = ["--labels", tmp_path / "family.csv", "--label", "family"]
    short = ["--hidden", 4, "--updates", 4, "--stop-on", "", "--split", 0.7]
    assert call("train", tmp_path / "family.fasta", *data, *short, "--out", tmp_path / "run") == 0
    train, _ = sources.reload(Run.open(tmp_path / "run"))
    write(train, tmp_path / "leak.fasta")
    capsys.readouterr()
    assert call("score", tmp_path / "run", "--privacy", "--released", tmp_path / "leak.fasta", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["generated"], found["copies"], found["released"]) == (len(train), 1, "leak.fasta")
    assert "100.00% of 42 generated rows in leak.fasta are copies" in found["statement"]
    assert call("score", tmp_path / "run", "--released", tmp_path / "leak.fasta") == 1
    assert "--released is for --privacy: pass it, too" in capsys.readouterr().err
