"""Rules: what a training takes where nothing is said follows from a description of its data alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spinodal.data.alphabet import BINARY, PROTEIN
from spinodal.data.dataset import Dataset, label_column, numbered_names
from spinodal.runs.archive import Run
from spinodal.runs.rules import FASTEST, RULES, Description, describe, suggested
from spinodal.runs.settings import Settings
from spinodal.runs.training import train

from .formats import few
from .toys import QUICK, dataset, gray

FEW = Description(rows=40, sites=8, columns=40, spread=0.05, labels=(0.5, 0.5))
PROTEINS = Description(rows=1176, sites=218, columns=4578, spread=0.033, labels=(0.33, 0.3, 0.2, 0.17))
GENOMES = Description(rows=4507, sites=805, columns=805, spread=0.21, labels=(0.26, 0.6, 0.14))
RNA = Description(rows=3404, sites=107, columns=535, spread=0.073, labels=(0.94, 0.05, 0.01))
NUMBERS = Description(rows=500, sites=30, columns=30, spread=4.0, discrete=False)
WIDE = replace(NUMBERS, spread=40.0)
LONG = Description(rows=600, sites=3000, columns=63_000, spread=0.03)

TABLE = [  # the data: batch, hidden, lr, updates, balance, label_weight, guidance
    (FEW, 20, 16, 0.4, 10_000, 0.0, 4.0, "auto"),
    (PROTEINS, 250, 256, 0.4, 10_000, 0.0, 4.0, "auto"),
    (GENOMES, 500, 512, 0.2, 10_000, 0.0, 4.0, "auto"),
    (RNA, 500, 128, 0.33, 10_000, 0.5, 4.0, "auto"),
    (NUMBERS, 250, 32, 0.1, 10_000, 0.0, 1.0, 0.0),
    (WIDE, 250, 32, 0.025, 10_000, 0.0, 1.0, 0.0),
    (LONG, 250, 512, 0.4, 1000, 0.0, 1.0, 0.0),
]
NAMES = ("batch", "hidden", "lr", "updates", "balance", "label_weight", "guidance")


@pytest.mark.parametrize("row", TABLE, ids=str)
def test_the_rules_as_a_table(row):
    about, *wanted = row
    found = {name: rule.value for name, rule in suggested(about, {}).items()}
    assert found == dict(zip(NAMES, wanted)) | {"averaging": 8.0, "stop_on": "quality"}


def test_a_guidance_is_looked_for_only_where_quality_decides():
    assert suggested(PROTEINS, {"stop_on": "accuracy"})["guidance"].value == 0.0
    assert suggested(PROTEINS, {"protocol": "pcd"})["guidance"].value == 0.0


descriptions = st.builds(
    Description,
    rows=st.integers(1, 10**6),
    sites=st.integers(1, 10**5),
    columns=st.integers(1, 10**6),
    spread=st.floats(0, 100),
    labels=st.sampled_from([(), (1.0,), (0.6, 0.4), (0.9, 0.1)]),
    discrete=st.booleans(),
)


@few
@given(descriptions, st.integers(2, 100))
def test_more_data_never_get_less_and_more_variance_never_a_larger_step(about, times):
    def values(description):
        return {name: rule.value for name, rule in suggested(description, {}).items()}

    one, wider = values(about), values(replace(about, sites=about.sites * times, columns=about.columns * times))
    assert one["batch"] <= max(1, about.rows / 2)
    assert 0 < values(replace(about, spread=about.spread * times))["lr"] <= one["lr"] <= FASTEST
    assert values(replace(about, rows=about.rows * times))["batch"] >= one["batch"]
    assert wider["hidden"] >= one["hidden"]
    assert wider["updates"] <= one["updates"]


@few
@given(descriptions, st.sampled_from(["batch", "hidden", "lr", "updates", "balance", "averaging"]))
def test_what_is_given_stays_and_the_others_have_a_reason(about, name):
    given = {name: 1}
    found = suggested(about, given)
    assert found[name].value == 1
    assert {k for k, rule in found.items() if rule.why == "as given"} == {name}
    assert all(rule.why for rule in found.values())


@pytest.mark.parametrize("protocol", ["rdm", "cd", "pcd", "fef1"])
def test_without_a_label_gradient_it_has_no_weight(protocol):
    assert suggested(FEW, {"protocol": protocol})["label_weight"].value == 1.0


def test_a_description_is_of_what_a_machine_sees():
    rows = np.array([[0, 1, 0], [0, 0, 1], [0, 1, 1], [0, 0, 0]], np.int8)
    label, names = label_column(["a", "a", "a", "b"])
    data = Dataset({"visible": rows, "label": label}, {"visible": BINARY, "label": names}, numbered_names(4))
    assert describe(data) == Description(4, 3, 3, spread=1 / 6, labels=(0.75, 0.25))
    protein = describe(Dataset({"visible": rows}, {"visible": PROTEIN}, numbered_names(4)))
    assert (protein.sites, protein.columns) == (3, 63)
    assert protein.spread == pytest.approx(4 * 0.25 / 63)


@pytest.mark.parametrize("machine", ["rbm", "chaotic"])
@pytest.mark.parametrize("data", [dataset("family", "host"), dataset("family", known=0.5), dataset(), gray()], ids=str)
def test_what_is_resolved_is_all_that_a_training_needs_and_stays(data, machine):
    full, why = Settings(machine=machine).resolved(data)
    assert full.resolved(data) == (full, {})
    assert set(why) == (set(RULES) if machine == "rbm" else {"batch"})


def test_a_run_says_which_settings_a_rule_gave_and_why(tmp_path):
    learned, held_out = dataset("family").split("split")
    few_updates = {k: x for k, x in QUICK.items() if k not in ("lr", "balance")}
    *_, _ = train(learned, held_out, tmp_path / "run", Settings(**few_updates))
    record, found = Run.open(tmp_path / "run").record, suggested(describe(learned), {})
    assert record["rules"] == {name: found[name].why for name in ("lr", "balance")}
    assert record["training"]["lr"] == found["lr"].value


def test_a_training_stops_by_its_quality_only_where_that_can_be_measured(tmp_path):
    few_updates = {k: x for k, x in QUICK.items() if k != "stop_on"}
    data = dataset().hide("visible", sites=[0])
    *_, _ = train(*data.split("split"), tmp_path / "run", Settings(**few_updates))
    assert Run.open(tmp_path / "run").settings.stop_on == ""


@pytest.mark.parametrize(("protocol", "score"), [("fef", "quality"), ("rdm", "quality"), ("cd", ""), ("pcd", "")])
def test_what_learns_no_rows_of_a_few_steps_is_not_stopped_by_them(protocol, score):
    assert suggested(FEW, {"protocol": protocol})["stop_on"].value == score
