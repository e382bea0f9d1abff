"""Evaluation: perfect generators score their floors, copies and forgetful ones are caught, and records are whole."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from jsonschema import Draft202012Validator

import spinodal as sp
from spinodal import evaluation as module
from spinodal import scores
from spinodal.data.dataset import concatenate
from spinodal.evaluation import best_times, compare, evaluate
from spinodal.evaluation.quick_scores import quick_scores
from spinodal.evaluation.scales import SCALES
from spinodal.evaluation.verdicts import verdicts
from spinodal.machines.protocols import Schedule

from .tables import KINDS, holed, shuffled, table
from .toys import chaotic_run, dataset, gray, trained

pytestmark = pytest.mark.usefixtures("few_triplets")
SCHEMA = Draft202012Validator(json.loads(Path(module.__file__).with_name("schema.json").read_text()))
each_kind = pytest.mark.parametrize("kind", KINDS)
OF_KIND = {"gray": "images"}
"""What a table is where it isn't called so."""
ONCE = {"intervals": 0}


def values(found):
    return {name: score["value"] for name, score in found["scores"].items()}


def answer(found, start):
    return next(v["answer"] for v in verdicts(found) if v["question"].startswith(start))


# -- laws: perfect, copying and forgetful generators --------------------------------------------


@pytest.fixture(scope="module", params=KINDS)
def fresh(request):
    """What is found of perfect generators, again and again."""
    kind = request.param
    return [
        compare(*(table(kind, n, seed=10 * i + j) for j, n in enumerate((120, 200, 120))), **ONCE) for i in range(8)
    ]


def test_fresh_rows_score_their_floor_on_every_score(fresh):
    """Or what is ideal, or the best that can be had: on average up to five standard errors."""
    for name in fresh[0]["scores"]:
        beside = [found["scores"][name] for found in fresh]
        goals = [s["ceiling"] if "ceiling" in s else s["ideal"] if name in OF_DATA else s["floor"] for s in beside]
        apart = np.array([score["value"] - goal for score, goal in zip(beside, goals)])
        assert abs(apart.mean()) <= 5 * apart.std(ddof=1) / len(apart) ** 0.5 + 1e-12, name


OF_DATA = ("privacy_loss", "membership_auc", "nearest_ratio", "novelty", "identity")
"""Scores that have no floor of training rows."""


def test_fresh_rows_are_as_good_as_fresh_and_no_copies(fresh):
    assert sum(answer(found, "Is it as good") == "yes" for found in fresh) >= 5
    assert "yes" not in {answer(found, "Does it copy") for found in fresh}
    assert not any(found["scores"]["membership_auc"]["alarm"] for found in fresh)


def test_with_intervals_fresh_rows_have_no_bad_part_and_blurred_rows_have_one():
    test, train, made, noise = (table("sequences", n, seed=j) for j, n in enumerate((120, 200, 120, 120)))
    x, other = made["visible"].copy(), shuffled(noise)["visible"]
    x[:, ::2] = other[:, ::2]  # half of the sites don't belong to the others
    blurred = replace(made, columns={**made.columns, "visible": x})
    both = [answer(compare(test, train, rows, intervals=20), "Is it as good") for rows in (made, blurred)]
    assert both[0] == "yes"
    assert both[1] in ("partly", "no")


def test_baselines_are_farther_than_floors(fresh):
    for name in ("adversarial_error", "spectrum_error", "second_moment_error"):
        assert all(s["floor"] < s["baseline"] for s in (found["scores"][name] for found in fresh)), name


@each_kind
def test_copies_are_caught(kind):
    test, train = table(kind, 150, seed=1), table(kind, 150, seed=2)
    found = compare(test, train, train, **ONCE)
    assert found["scores"]["copies"]["value"] == 1
    assert found["scores"]["novelty"]["value"] == 0
    assert found["scores"]["membership_auc"]["alarm"]
    assert found["scores"]["privacy_loss"]["value"] > 0.2
    assert answer(found, "Does it copy") == "yes"
    against_train = compare(train, test, train, **ONCE)["scores"]
    assert max(against_train[k]["value"] for k in ("adversarial_truth", "adversarial_synthetic")) < 0.5


@each_kind
def test_what_forgets_what_belongs_together_is_caught(kind):
    test, train, made = table(kind, 200, seed=1), table(kind, 200, seed=2), shuffled(table(kind, 200, seed=3))
    found = compare(test, train, made, **ONCE)["scores"]
    errors = {"adversarial_error", "spectrum_error", "second_moment_error", "tree_entropy_error"}
    for name in errors & found.keys():
        assert found[name]["value"] > 1.5 * found[name]["floor"] + 1e-9, name
    for name in {"pairs_pearson", "ld_pearson", "triplets_pearson"} & found.keys():
        assert found[name]["value"] < found[name]["floor"] - 0.1, name
    assert found["judged_fidelity"]["value"] < found["judged_fidelity"]["ceiling"] - 0.2
    assert found["within_distance"]["value"] > found["within_distance"]["ideal"]


@each_kind
def test_columns_that_are_right_score_their_floor_even_so(kind):
    found = compare(table(kind, 300, 1), table(kind, 300, 2), shuffled(table(kind, 300, 3)), **ONCE)["scores"]
    assert found["first_moment_error"]["value"] < 2 * found["first_moment_error"]["floor"]
    if "sites_pearson" in found:
        assert found["sites_pearson"]["value"] > found["sites_pearson"]["floor"] - 0.05


@pytest.mark.parametrize("one", ["a", "b"])
def test_a_generator_of_one_label_is_caught(one):
    test, train = table("sequences", 150, seed=1), table("sequences", 150, seed=2)
    rows = table("sequences", 600, seed=3)
    some = rows.select(rows.texts("label") == one).select(slice(0, 150))
    found = compare(test, train, replace(some, columns={**some.columns, "label": test["label"]}), **ONCE)
    assert found["scores"]["judged_fidelity"]["value"] < 0.6
    assert found["scores"]["mean_distance"]["value"] < found["scores"]["mean_distance"]["ideal"]
    assert np.array(found["confusion"]["judged"]).sum(0).argmax() == "ab".index(one)


# -- what is said -------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=KINDS)
def compared(request):
    """A kind, and what is found of it with intervals."""
    return request.param, compare(*(table(request.param, 40, seed=i) for i in range(3)), intervals=3)


def test_a_comparison_is_plain_and_as_the_schema_says(compared):
    kind, found = compared
    assert found["kind"] == OF_KIND.get(kind, kind)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    Draft202012Validator(SCHEMA.schema | {"required": []}).validate(found)
    assert list(found["scores"]) == [name for name in SCALES if name in found["scores"]]


def test_every_score_is_there_or_said_to_be_missing(compared):
    kind, found = compared
    missing = {gap["what"] for gap in found["not_measured"]}
    for name, score in found["scores"].items():
        low, high = score.get("interval", (score["value"], score["value"]))
        assert SCALES[name].low <= low <= score["value"] <= high <= SCALES[name].high, name
        assert ("interval" in score) != (f"interval of {name}" in missing), name
    of_letters = {"entropy_error", "tree_entropy_error"}
    assert (of_letters <= missing) == (kind == "gray")
    assert (of_letters <= found["scores"].keys()) == (kind != "gray")
    assert all(gap["why"] for gap in found["not_measured"])


def test_a_comparison_is_a_function_of_its_arguments(compared):
    kind, found = compared
    data = [table(kind, 40, seed=i) for i in range(3)]
    again = compare(*data, **ONCE)
    assert values(again) == values(found)
    assert again == compare(*data, **ONCE)
    assert not any("interval" in score for score in again["scores"].values())


def test_values_are_those_of_the_scores():
    test, train, made = (table("sequences", 80, seed=i) for i in range(3))
    found, (x, y) = values(compare(test, train, made, **ONCE)), (data.numbers() for data in (test, made))
    a = scores.adversarial_accuracy(x, y)
    assert (found["adversarial_truth"], found["adversarial_synthetic"]) == (a.truth, a.synthetic)
    assert found["adversarial_error"] == a.error
    assert found["spectrum_error"] == pytest.approx(scores.spectrum_error(x, y))
    assert found["second_moment_error"] == pytest.approx(scores.second_moment_error(x, y))
    assert found["pairs_pearson"] == pytest.approx(scores.agreement(test["visible"], made["visible"], 5).pearson)
    assert found["identity"] == pytest.approx(scores.identity(made["visible"], train["visible"]).mean())


def test_labels_are_scored_by_themselves():
    test, train, made = (table("genomes", 150, seed=i) for i in range(3))
    found = compare(test, train, made, **ONCE)
    assert list(found["by_label"]) == ["a", "b", "c"]
    for label, own in found["by_label"].items():
        assert own["n"] == min((data.texts("label") == label).sum() for data in (test, train, made))
        assert {"judged_fidelity", "adversarial_error", "ld_pearson"} <= own["scores"].keys()
        assert "within_distance" not in own["scores"]
        assert {"floor", "baseline"} <= own["scores"]["spectrum_error"].keys()
    asked = np.array(found["confusion"]["judged"])
    assert asked.sum(1).tolist() == np.bincount(made["label"][:, 0]).tolist()
    assert found["scores"]["judged_fidelity"]["value"] == pytest.approx(asked.trace() / asked.sum())


def test_a_label_of_one_row_is_named_and_not_scored():
    test, train, made = (table("rows", 60, seed=i) for i in range(3))
    alone = np.flatnonzero(test.texts("label") == "c")[1:]
    found = compare(test.select(np.setdiff1d(np.arange(60), alone)), train, made, **ONCE)
    assert found["by_label"]["c"] == {"n": 1, "scores": {}}
    assert [gap for gap in found["not_measured"] if gap["what"].startswith("c:")] == [
        {"what": "c: all scores", "why": "there are 1 rows of each to compare, and a score takes two"}
    ]


@pytest.mark.parametrize("labels", [(), ("a", "b", "c")])
def test_without_labels_there_is_no_classifier(labels):
    data = [table("rows", 60, seed=i, labels=labels) for i in range(3)]
    if labels:
        data[1] = replace(data[1], columns={**data[1].columns, "label": np.zeros((60, 1), np.int8)})
    found = compare(*data, **ONCE)
    why = "fewer than two labels to tell apart" if labels else "no labels"
    assert [gap["why"] for gap in found["not_measured"] if gap["what"] == "judged_fidelity"] == [
        f"the training rows have {why}"
    ]
    assert "judged_fidelity" not in found["scores"]
    assert found["confusion"] == {}
    assert bool(found["by_label"]) == bool(labels)


def test_rows_from_a_program_without_labels_are_scored_but_for_these():
    test, train, made = (table("rows", 60, seed=i, labels=() if i == 2 else ("a", "b", "c")) for i in range(3))
    found, labeled = compare(test, train, made, **ONCE), compare(test, train, table("rows", 60, seed=2), **ONCE)
    assert values(found) == {k: x for k, x in values(labeled).items() if k in found["scores"]}
    assert labeled["scores"].keys() - found["scores"].keys() == {
        "judged_fidelity",
        "balanced_judged_fidelity",
        "within_distance",
        "between_distance",
    }
    assert all(own == {"n": 0, "scores": {}} for own in found["by_label"].values())
    assert found["confusion"] == {}


def test_scores_of_fewer_rows_than_asked_say_of_how_many():
    test, train, made = (table("sequences", 60, seed=i) for i in range(3))
    labels = made["label"].copy()
    labels[10:] = -1
    made = replace(holed(made, slice(0, 5)), columns={**holed(made, slice(0, 5)).columns, "label": labels})
    found = compare(test, train, made, **ONCE)["scores"]
    assert {found[k]["n"] for k in ("adversarial_error", "spectrum_error", "copies", "distinct", "privacy_loss")} == {
        55
    }
    assert {found[k]["n"] for k in ("judged_fidelity", "balanced_judged_fidelity")} == {
        5
    }  # the classifier reads whole rows
    assert not any("n" in found[k] for k in ("pairs_pearson", "sites_pearson", "identity", "length_distance"))
    assert not any(
        "n" in score for score in compare(test, train, table("sequences", 60, seed=2), **ONCE)["scores"].values()
    )


def test_rows_of_other_layers_do_not_fit():
    test, train, made = (table("rows", 60, seed=i) for i in range(3))
    columns = {"visible:binary" if k == "visible" else k: x for k, x in made.columns.items()}
    alphabets = {"visible:binary" if k == "visible" else k: a for k, a in made.alphabets.items()}
    with pytest.raises(ValueError, match=r"made \('visible:binary',\): read both alike"):
        compare(test, train, replace(made, columns=columns, alphabets=alphabets), **ONCE)


@pytest.mark.parametrize("kind", ["sequences", "gray"])
def test_rows_with_unknown_entries_count_where_they_can(kind):
    test, train, made = (table(kind, 80, seed=i) for i in range(3))
    found = compare(holed(test, slice(0, 30)), train, made, **ONCE)
    whole = compare(test.select(slice(30, None)), train, made, rows=80, **ONCE)
    assert found["n"] == 80
    assert found["scores"].keys() == whole["scores"].keys()
    assert found["scores"]["novelty"]["ideal"] == pytest.approx(whole["scores"]["novelty"]["ideal"])
    assert found["scores"]["judged_fidelity"]["ceiling"] == pytest.approx(whole["scores"]["judged_fidelity"]["ceiling"])


def test_where_no_row_is_whole_the_rest_is_scored():
    test, train, made = (table("sequences", 60, seed=i) for i in range(3))
    found = compare(holed(test, slice(None)), train, made, intervals=3)
    assert {"pairs_pearson", "length_distance", "identity", "judged_fidelity"} <= found["scores"].keys()
    assert "adversarial_error" not in found["scores"]
    assert "ceiling" not in found["scores"]["judged_fidelity"]
    assert "0 of 60 rows have no unknown entry" in next(
        g["why"] for g in found["not_measured"] if g["what"] == "adversarial_error"
    )


@pytest.mark.parametrize("whole", [0, 1])
def test_where_no_training_row_is_whole_the_rest_is_scored_alike(whole):
    test, train, made = (table("sequences", 60, seed=i) for i in range(3))
    found = compare(test, holed(train, slice(whole, None)), made, intervals=0)
    like = compare(test, train, made, intervals=0)["scores"]
    assert found["n"] == 60
    missed = {gap["what"]: gap["why"] for gap in found["not_measured"]}
    assert "the classifier is fitted on whole rows" in missed["judged_fidelity"]
    assert f"{whole} of 60 rows have no unknown entry" in missed["copies"]
    assert not missed.keys() & found["scores"].keys()
    for name in ("pairs_pearson", "length_distance", "adversarial_error"):  # of held-out rows and generated ones
        assert found["scores"][name]["value"] == like[name]["value"]
        assert ("floor" in found["scores"][name]) == (name != "adversarial_error")
    assert "identity" in found["scores"]


def test_two_whole_training_rows_are_compared():
    test, train, made = (table("sequences", 60, seed=i) for i in range(3))
    assert compare(test, holed(train, slice(2, None)), made, **ONCE)["n"] == 2


def test_a_site_that_nobody_knows_has_no_baseline():
    test, train, made = (table("gray", 60, seed=i) for i in range(3))
    train = concatenate([train, holed(train, slice(None), sites=1)])
    blank = replace(train, columns={**train.columns, "visible": train["visible"].copy()})
    blank["visible"][:60, 0], blank["visible"][60:, 0] = 0.0, np.nan
    assert "baseline" in compare(test, blank, made, **ONCE)["scores"]["spectrum_error"]
    only = np.flatnonzero(blank["label"][:60, 0] == 0)
    blank["visible"][only, 0] = np.nan
    assert "baseline" not in compare(test, blank, made, **ONCE)["scores"]["spectrum_error"]


def test_the_order_of_rows_does_not_matter_but_by_chance():
    test, train, made = (table("genomes", 100, seed=i) for i in range(3))
    by_label = [data.select(np.argsort(data["label"][:, 0], kind="stable")) for data in (test, train, made)]
    a, b = compare(test, train, made, **ONCE)["scores"], compare(*by_label, **ONCE)["scores"]
    exact = {"adversarial_error", "spectrum_error", "second_moment_error", "tree_entropy_error", "copies", "novelty"}
    assert all(a[k]["value"] == pytest.approx(b[k]["value"]) for k in exact)
    assert abs(a["entropy_error"]["value"] - b["entropy_error"]["value"]) < 0.01


@pytest.mark.parametrize(("change", "why"), [
    (lambda x: x.select(slice(0, 1)), "two rows of each or more, not 1"),
    (lambda x: replace(x, columns={**x.columns, "visible": x["visible"][:, :5]}), "has 24 sites and made 5"),
    (lambda x: replace(x, alphabets={**x.alphabets, "visible": sp.DNA}), '"visible" has other letters in made'),
    (lambda x: replace(x, alphabets={**x.alphabets, "label": sp.Alphabet(("x", "y", "z"))}), '"label" has other'),
])  # fmt: skip
def test_what_does_not_fit_together_is_not_compared(change, why):
    test, train, made = (table("sequences", 60, seed=i) for i in range(3))
    with pytest.raises(ValueError, match=why):
        compare(test, train, change(made))


def test_there_is_no_other_kind():
    with pytest.raises(ValueError, match='no kind "novels"; there are images'):
        compare(*(table("rows", 60, seed=i) for i in range(3)), kind="novels")


# -- machines -----------------------------------------------------------------------------------

TRAIN, TEST = dataset("family", n=240).split("split")


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    data = dataset("family", n=240)
    return trained(tmp_path_factory.mktemp("run") / "run", data, hidden=20, steps=5, lr=0.2, updates=150).machine()


@pytest.fixture(scope="module")
def record(machine):
    return evaluate(machine, TEST, TRAIN, name="toy", age=150, times=[9, 1], ages={7: machine}, intervals=3)


def test_a_record_is_as_the_schema_says(record):
    SCHEMA.validate(record)
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    head = {"schema": 2, "name": "toy", "age": 150, "steps": 5, "n": 48, "sets": 1, "seed": 0, "scale": [0, 1]}
    assert {k: record[k] for k in head} == head
    assert record["rows"] == {"train": 192, "test": 48}
    assert record["labels"] == {"label": ["alpha", "beta", "gamma"]}
    assert record["kind"] == "sequences"


def test_the_schema_names_every_score():
    assert SCHEMA.schema["$defs"]["name"]["enum"] == list(SCALES)
    Draft202012Validator.check_schema(SCHEMA.schema)


def test_the_page_names_every_score_and_every_entry():
    page = (Path(__file__).parents[1] / "docs" / "scores.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1].strip().strip("`") for line in page.splitlines() if line.startswith("| `")]
    assert [row for row in rows if row in SCALES] == list(SCALES)
    keys = [*SCHEMA.schema["properties"], *SCHEMA.schema["$defs"]["score"]["properties"]]
    assert not [key for key in keys if f'"{key}"' not in page]


def test_predictions_and_fidelity_are_those_of_the_judge(machine, record):
    found = quick_scores(machine, TEST, TRAIN)
    for name in ("accuracy", "balanced_accuracy", "label_fidelity"):
        assert record["scores"][name]["value"] == pytest.approx(found[name])
    for name in ("spectrum_error", "second_moment_error"):
        assert record["scores"][name]["value"] == pytest.approx(found[name]["value"])
    assert record["scores"]["adversarial_truth"]["value"] == pytest.approx(found["adversarial_accuracy"]["truth"])


def test_predictions_stand_by_label_too(machine, record):
    right = np.array(record["confusion"]["predicted"])
    assert right.sum() == len(TEST)
    for i, own in enumerate(record["by_label"].values()):
        assert own["scores"]["accuracy"]["value"] == pytest.approx(right[i, i] / right[i].sum())
        assert list(own["scores"])[:2] == ["accuracy", "label_fidelity"]
    assert sum(record["calibration"]["count"]) == sum(record["calibrated"]["count"]) == len(TEST)
    assert record["coverage"]["share"][-1] == 1
    assert record["coverage"]["accuracy"][-1] == pytest.approx(right.trace() / right.sum(), abs=0.05)
    assert record["scores"]["accuracy"]["interval"][1] <= 1


def test_times_and_ages_are_scored_in_order(machine, record):
    assert [row["time"] for row in record["times"]] == [1, 5, 9]
    now = record["times"][1]
    for name, score in now["scores"].items():
        assert score["value"] == pytest.approx(record["scores"][name]["value"]), name
    for label, own in now["by_label"].items():
        for name, score in own.items():
            assert score["value"] == pytest.approx(record["by_label"][label]["scores"][name]["value"]), (label, name)
    assert record["ages"] == [{"age": 7, "times": record["times"]}]
    assert record["best_time"].keys() == now["scores"].keys()


def test_the_best_time_is_the_first_that_is_nearest_to_the_ideal():
    times = [{"time": t, "scores": {"x": {"value": v}}} for t, v in ((1, 0.1), (3, 0.6), (9, 0.4))]
    assert best_times(times, {"x": {"ideal": 0.5}, "y": {"ideal": 0.0}}) == {"x": 3}
    assert best_times(times, {"x": {"ideal": 0.0}}) == {"x": 1}
    assert best_times(times, {"x": {"ideal": 1.0}}) == {"x": 3}
    assert best_times(times, {"x": {}}) == {}


def test_ages_are_asked_for_one_at_a_time(machine):
    asked = []

    def pairs():
        for age in (1, 2):
            asked.append(age)
            yield age, machine

    found = evaluate(machine, TEST, TRAIN, ages=pairs(), **ONCE)
    assert [row["age"] for row in found["ages"]] == asked == [1, 2]
    assert [row["time"] for row in found["ages"][0]["times"]] == [5]
    assert "times" not in found


def test_of_several_sets_the_scores_are_averages(machine):
    sets, n = 3, len(TEST)
    made = sp.generate(machine, like=TEST.select(np.tile(np.arange(n), sets)))
    each = [sp.score(TEST, made.select(slice(i * n, (i + 1) * n))) for i in range(sets)]
    found = evaluate(machine, TEST, TRAIN, sets=sets, intervals=3)
    assert (found["sets"], found["n"]) == (3, n)
    assert found["scores"]["spectrum_error"]["value"] == pytest.approx(np.mean([e["spectrum_error"] for e in each]))
    truth, synthetic = (np.mean([e["adversarial_accuracy"][k] for e in each]) for k in ("truth", "synthetic"))
    assert found["scores"]["adversarial_error"]["value"] == pytest.approx((truth - 0.5) ** 2 + (synthetic - 0.5) ** 2)
    assert np.sum(found["confusion"]["judged"]) == sets * n
    SCHEMA.validate(found)


def test_without_labels_nothing_is_predicted(tmp_path):
    data = dataset(n=240)
    train, test = data.split("split")
    found = evaluate(trained(tmp_path / "run", data).machine(), test, train, **ONCE)
    SCHEMA.validate(found)
    missing = {gap["what"]: gap["why"] for gap in found["not_measured"]}
    for name in ("accuracy", "balanced_accuracy", "calibration_error", "calibrated_error", "label_fidelity"):
        assert missing[name] == "the machine has no labels"
    assert found["labels"] == {}
    assert "calibration" not in found


def test_rows_without_a_known_label_are_not_predicted(machine):
    blank = replace(TEST, columns={**TEST.columns, "label": np.full_like(TEST["label"], -1)})
    found = evaluate(machine, blank, TRAIN, **ONCE)
    SCHEMA.validate(found)
    assert {"what": "accuracy", "why": "no held-out row has a label it knows"} in found["not_measured"]
    assert found["by_label"] == {}
    assert found["scores"]["label_fidelity"]["value"] > 0.8  # of labels that the machine drew itself


def test_a_label_that_the_machine_does_not_know_is_unknown(machine):
    other = TEST.recoded({"label": sp.Alphabet(("alpha", "beta", "delta", "gamma"))})
    other["label"][:6] = 2
    found = evaluate(machine, other, TRAIN, **ONCE)
    assert np.sum(found["confusion"]["predicted"]) == len(TEST) - 6
    assert list(found["by_label"]) == ["alpha", "beta", "gamma"]


@pytest.mark.parametrize("hidden", [0, 6])
def test_a_machine_without_noise_is_asked_for_reconstructions(tmp_path, hidden):
    train, test = gray("label").split(0.7)
    machine = chaotic_run(tmp_path / "run", gray("label"), hidden=hidden).machine()
    found = evaluate(machine, test, train, intervals=3, times=[3])
    SCHEMA.validate(found)
    assert ("reconstruction_error" in found["scores"]) == bool(hidden)
    assert found["scale"] == [-1, 1]
    if hidden:
        own = quick_scores(machine, test, train)["reconstruction_error"]
        score = found["scores"]["reconstruction_error"]
        assert (score["value"], score["baseline"]) == pytest.approx((own["value"], own["variance"]))


def test_a_machine_without_symbols_is_asked_all_the_same():
    bare = sp.rbm(sp.Bernoulli(3), visible=sp.Potts(8, 5), label=sp.Potts(1, 3))
    bare.schedule = Schedule(sp.FEF, 2)
    found = evaluate(bare, TEST, TRAIN, **ONCE)
    SCHEMA.validate(found)
    assert found["labels"] == {"label": ["0", "1", "2"]}
    assert list(found["by_label"]) == ["alpha", "beta", "gamma"]


def test_the_first_label_layer_is_the_machines_first(tmp_path):
    data = dataset("family", "host", n=120)
    train, test = data.split("split")
    machine = trained(tmp_path / "run", data).machine()
    other = [replace(x, columns=dict(reversed(x.columns.items()))) for x in (test, train)]
    assert other[0].labels == ("label:host", "label:family")
    found = evaluate(machine, *other, **ONCE)
    assert found == evaluate(machine, test, train, **ONCE)
    assert list(found["labels"]) == ["label:family", "label:host"]
    assert list(found["by_label"]) == ["alpha", "beta", "gamma"]


def test_what_was_not_trained_is_not_evaluated(machine):
    with pytest.raises(ValueError, match="of a trained machine"):
        evaluate(sp.rbm(sp.Bernoulli(3), **TRAIN.units), TEST, TRAIN)
    with pytest.raises(ValueError, match="not 0"):
        evaluate(machine, TEST, TRAIN, sets=0)


def test_verdicts_of_a_record_answer_everything(record):
    found = verdicts(record)
    assert {v["answer"] for v in found} <= {"yes", "no", "partly", "unknown"}
    assert found[0]["answer"] == "yes"
    assert all(v["because"].endswith(".") for v in found)
