"""Quick scores: those of the full record, in the form of log.csv and of the command line."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

import spinodal as sp
from spinodal.evaluation import evaluate
from spinodal.evaluation import quick_scores as module
from spinodal.evaluation.comparison_sets import matched
from spinodal.evaluation.quick_scores import baseline, fidelities, flat, noise_floor, quick_scores, with_fidelity
from spinodal.evaluation.reference import cut
from spinodal.machines.protocols import FEF, RDM, Schedule

from .tables import holed
from .toys import chaotic_run, dataset, gray, trained

LABELED = ["accuracy", "balanced_accuracy", "label_fidelity"]
ERRORS = ["adversarial_accuracy", "spectrum_error", "second_moment_error"]
MOMENTS = ERRORS[1:]
MOMENT_COLUMNS = ["spectrum_error", "spectrum_floor", "second_moment_error", "second_moment_floor"]
ABOUT = ["steps", "n", "sets", "scale"]
TRAIN, TEST = dataset("family", n=240).split("split")


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    data = dataset("family", n=240)
    return trained(tmp_path_factory.mktemp("run") / "run", data, hidden=20, steps=5, lr=0.2, updates=150).machine()


def generating(monkeypatch, made):
    """Let any machine generate these rows."""
    monkeypatch.setattr(
        module, "samples_over_time", lambda machine, like, times, seed, ranks: [(t, made) for t in times]
    )


# -- what it says -------------------------------------------------------------------------------


def test_the_scores_are_those_of_the_command_line(machine):
    found = quick_scores(machine, TEST, TRAIN)
    assert list(found) == [*ABOUT, *LABELED, *ERRORS, "quality"]
    assert list(found["adversarial_accuracy"]) == ["truth", "synthetic", "error", "floor"]
    assert all(list(found[k]) == ["value", "floor"] for k in MOMENTS)
    assert (found["steps"], found["n"], found["scale"]) == (5, len(TEST), [0, 1])
    assert json.loads(json.dumps(found)) == found


def test_scores_of_fewer_rows_than_asked_say_of_how_many(machine):
    few = TEST["label"].copy()
    few[7:] = -1
    visible = TEST["visible"].copy()
    visible[:5, 0] = -1
    data = replace(TEST, columns={**TEST.columns, "label": few, "visible": visible})
    found = quick_scores(machine, data, TRAIN, sets=3)
    n = len(TEST)
    assert found["fewer"] == dict.fromkeys(LABELED, 7) | dict.fromkeys(module.ERRORS, n - 5)
    assert found["n"] == n
    assert quick_scores(machine, replace(data, columns={**TEST.columns, "label": few}), TRAIN)["fewer"].keys() == {
        *LABELED
    }
    assert "fewer" not in quick_scores(machine, TEST, TRAIN)


def test_scores_are_in_their_ranges(machine):
    found = quick_scores(machine, TEST, TRAIN)
    a = found["adversarial_accuracy"]
    assert all(0 <= x <= 1 for x in [*(found[k] for k in LABELED), a["truth"], a["synthetic"]])
    assert a["error"] == pytest.approx((a["truth"] - 0.5) ** 2 + (a["synthetic"] - 0.5) ** 2)
    assert all(x > 0 for k in MOMENTS for x in found[k].values())


def test_scores_are_a_function_of_the_seed(machine):
    assert quick_scores(machine, TEST, TRAIN) == quick_scores(machine, TEST, TRAIN)
    assert quick_scores(machine, TEST, TRAIN) != quick_scores(machine, TEST, TRAIN, seed=1)


def test_the_accuracy_is_that_of_the_predictions(machine):
    known = TEST["label"][:, 0]
    right = sp.predict(machine, TEST).letters() == known
    found = quick_scores(machine, TEST, TRAIN)
    assert found["accuracy"] == pytest.approx(right.mean())
    assert found["balanced_accuracy"] == pytest.approx(np.mean([right[known == c].mean() for c in range(3)]))


def test_the_fidelity_is_that_of_what_is_generated(machine):
    made = sp.generate(machine, like=TEST)
    share = (sp.predict(machine, made).letters() == TEST["label"][:, 0]).mean()
    assert quick_scores(machine, TEST, TRAIN)["label_fidelity"] == pytest.approx(share)


def uneven(data, layer="label", rare=2):
    """Rows of which so many have the last label."""
    labels = data[layer][:, 0]
    return data.select(np.concatenate([np.flatnonzero(labels < 2), np.flatnonzero(labels == 2)[:rare]]))


@pytest.mark.parametrize("train", [TRAIN, uneven(TRAIN), uneven(TRAIN, rare=0)], ids=["even", "rare", "absent"])
def test_fidelities_are_of_as_many_rows_of_each_label(machine, train):
    known = np.unique(train["label"])
    each = 20
    asked = np.repeat(known, each)
    like = train.select([np.flatnonzero(train["label"][:, 0] == label)[0] for label in asked])
    right = sp.predict(machine, sp.generate(machine, like=like, seed=3)).letters() == asked
    found = fidelities(machine, train, seed=3, rows=each * len(known) + 1)
    assert found == pytest.approx([*right.reshape(-1, each).mean(1)])


def test_fidelities_are_of_one_row_of_a_label_at_least(machine, monkeypatch):
    asked = []
    monkeypatch.setattr(
        module, "samples_over_time", lambda machine, like, times, seed, ranks: asked.append(like) or [(5, like)]
    )
    fidelities(machine, TRAIN, rows=2)
    assert asked[0].label_counts("label") == dict.fromkeys(TRAIN.alphabets["label"].symbols, 1)


def test_rows_without_labels_have_no_fidelities(machine):
    unknown = replace(TRAIN, columns={**TRAIN.columns, "label": np.full_like(TRAIN["label"], -1)})
    assert fidelities(machine, unknown) == []
    with pytest.raises(ValueError, match="has not been trained"):
        fidelities(sp.rbm(sp.Bernoulli(3), **TRAIN.units), TRAIN)


def test_a_quality_takes_another_fidelity(machine):
    row = flat(quick_scores(machine, TEST, TRAIN))
    assert with_fidelity(row, row["label_fidelity"]) == row["quality"]
    assert with_fidelity(row, row["label_fidelity"] - 0.3) == pytest.approx(row["quality"] - 0.1)
    rowless = {"quality": 0.8, "balanced_accuracy": 0.9, "label_fidelity": 0.7, "adversarial_error": float("nan")}
    assert with_fidelity(rowless, 0.9) == pytest.approx(0.9)


def test_the_errors_are_those_of_the_scores_and_the_floor_those_of_training_rows(machine):
    made, real = sp.generate(machine, like=TEST), matched(TRAIN, TEST, 0)
    score, floor = sp.score(TEST, made), sp.score(TEST, real)
    found = quick_scores(machine, TEST, TRAIN)
    accuracy, expected = found["adversarial_accuracy"], score["adversarial_accuracy"]
    assert accuracy == pytest.approx({**expected, "floor": floor["adversarial_accuracy"]["error"]})
    for k in MOMENTS:
        assert found[k] == pytest.approx({"value": score[k], "floor": floor[k]}), k


def test_times_are_scored_in_order_and_the_trained_one_stands_above(machine):
    found = quick_scores(machine, TEST, TRAIN, times=[9, 1])
    assert [row["time"] for row in found["times"]] == [1, 5, 9]
    assert {k: v for k, v in found["times"][1].items() if k != "time"} == {
        k: found[k] for k in [*LABELED, *ERRORS, "quality"]
    }
    assert {k: v for k, v in found.items() if k != "times"} == quick_scores(machine, TEST, TRAIN)


# -- the law: quick scores are those of the full record -----------------------------------------


def mixed():
    """A table with columns of three kinds, of 90 people."""
    random, rows = np.random.default_rng(0), []
    for i in range(90):
        ill = i % 3 == 0
        rows.append(
            f"p{i},{'yes' if ill else 'no'},{'abc'[random.integers(3)]},{random.normal() + ill:.3f},{'01'[ill]}"
        )
    with TemporaryDirectory() as folder:
        path = Path(folder, "people.csv")
        path.write_text("\n".join(["name,smokes,blood,score,state", *rows]))
        return sp.read(path, label="state")


def untrained(data):
    """A machine for such data that has learned nothing: without noise for numbers."""
    gray = "visible" in data.columns and "visible" not in data.alphabets
    machine = (
        sp.chaotic(sp.Spin(6), **data.units, gain=2.0, rate=0.4)
        if gray
        else sp.rbm(sp.Bernoulli(4), seed=0, **data.units)
    )
    machine.schedule = Schedule(FEF if data.labels else RDM, 3)
    return machine


@pytest.mark.parametrize("sets", [1, 3])
@pytest.mark.parametrize(
    "data",
    [
        dataset("family", n=240),
        dataset("family", "host", n=240),
        dataset("family", n=240, known=0.7),
        dataset(n=240),
        holed(dataset("family", n=240), slice(0, 20)),
        mixed(),
        gray("label", n=90),
    ],
    ids=["letters", "two labels", "some labels", "no labels", "holes", "mixed", "gray"],
)
def test_quick_scores_are_those_of_the_full_record(data, sets):
    train, test = data.split(0.7)
    machine = untrained(data)
    how = {"rows": 30, "sets": sets, "seed": 3, "times": [1]}
    found, record = quick_scores(machine, test, train, **how), evaluate(machine, test, train, intervals=0, **how)
    for name in LABELED:
        assert found.get(name) == record["scores"].get(name, {}).get("value"), name
    a, error = found["adversarial_accuracy"], record["scores"]["adversarial_error"]
    assert (a["error"], a["floor"]) == (error["value"], error["floor"])
    for name in MOMENTS:
        assert found[name] == {k: record["scores"][name][k] for k in ("value", "floor")}
    for own, full in zip(found["times"], record["times"]):
        assert own["spectrum_error"]["value"] == full["scores"]["spectrum_error"]["value"]
    errors = noise_floor(test, train, 3, 30, sets), baseline(test, train, 3, 30)
    for name in ("adversarial_error", *MOMENTS):
        assert [x[name] for x in errors] == [record["scores"][name][k] for k in ("floor", "baseline")]


# -- extremes -----------------------------------------------------------------------------------


def test_copies_of_the_held_out_data_are_found_out(machine, monkeypatch):
    rows = TEST.select(np.unique(TEST["visible"], axis=0, return_index=True)[1])
    generating(monkeypatch, rows)
    found = quick_scores(machine, rows, TRAIN)
    assert found["adversarial_accuracy"] | {"floor": 0} == {"truth": 0, "synthetic": 0, "error": 0.5, "floor": 0}
    assert all(found[k]["value"] == pytest.approx(0, abs=1e-12) for k in MOMENTS)
    assert found["label_fidelity"] == found["accuracy"]


def test_training_data_as_a_sample_score_their_floor(machine, monkeypatch):
    generating(monkeypatch, matched(TRAIN, TEST, 0))
    found = quick_scores(machine, TEST, TRAIN)
    assert found["adversarial_accuracy"]["error"] == found["adversarial_accuracy"]["floor"]
    assert all(found[k]["value"] == pytest.approx(found[k]["floor"]) for k in MOMENTS)


def test_a_machine_that_knows_nothing_is_told_apart(tmp_path):
    machine = trained(tmp_path / "run", dataset("family", n=240), updates=1, init_biases=False).machine(0)
    found = quick_scores(machine, TEST, TRAIN)
    assert found["adversarial_accuracy"]["truth"] > 0.9
    assert all(found[k]["value"] > 3 * found[k]["floor"] for k in MOMENTS)
    assert found["label_fidelity"] < 0.6


def test_a_machine_that_has_learned_is_right(machine):
    found = quick_scores(machine, TEST, TRAIN)
    assert found["accuracy"] > 0.9
    assert found["balanced_accuracy"] > 0.9
    assert found["label_fidelity"] > 0.8


def test_a_machine_that_was_not_trained_has_no_scores():
    with pytest.raises(ValueError, match="has not been trained"):
        quick_scores(sp.rbm(sp.Bernoulli(3), **TRAIN.units), TEST, TRAIN)


# -- any data -----------------------------------------------------------------------------------


def test_of_several_label_columns_the_first_stands_above(tmp_path):
    data = dataset("family", "host", n=240)
    train, test = data.split("split")
    found = quick_scores(trained(tmp_path / "run", data).machine(), test, train, times=[1])
    assert list(found["labels"]) == ["label:family", "label:host"]
    assert all(list(own) == LABELED for own in found["labels"].values())
    assert {k: found[k] for k in LABELED} == found["labels"]["label:family"]
    assert list(found["times"][0]["labels"]) == ["label:family", "label:host"]


@pytest.mark.parametrize("known", [0.0, 0.5])
def test_rows_without_a_label_do_not_count_for_it(machine, known):
    some = TEST["label"].copy()
    some[int(known * len(TEST)) :] = -1
    partly = replace(TEST, columns={**TEST.columns, "label": some})
    found = quick_scores(machine, partly, TRAIN)
    assert [k for k in LABELED if k in found] == (LABELED if known else [])
    assert all(k in found for k in ERRORS)
    if known:
        rows = TEST.select(slice(0, len(TEST) // 2))
        assert found["accuracy"] == quick_scores(machine, rows, TRAIN)["accuracy"]


def test_without_labels_the_errors_are_left(tmp_path):
    data = dataset(n=240)
    train, test = data.split("split")
    assert list(quick_scores(trained(tmp_path / "run", data).machine(), test, train)) == [*ABOUT, *ERRORS, "quality"]


def test_rows_with_unknown_entries_count_for_labels_only(machine):
    column = TEST["visible"].copy()
    column[: len(TEST) // 2, 0] = -1
    found = quick_scores(machine, replace(TEST, columns={**TEST.columns, "visible": column}), TRAIN)
    assert found["n"] == len(TEST)
    assert found["fewer"] == dict.fromkeys(module.ERRORS, len(TEST) // 2)
    assert found["accuracy"] > 0.9


@pytest.mark.parametrize(
    "test", [TEST.hide("visible", sites=[3]), TEST.select(slice(0, 1))], ids=["a hole in every row", "one row"]
)
def test_where_too_few_rows_are_whole_the_labels_are_left(machine, test):
    assert list(quick_scores(machine, test, TRAIN)) == [*ABOUT, *LABELED, "quality"]


def test_a_larger_test_set_is_cut_to_the_training_set(machine):
    found = quick_scores(machine, TRAIN, TEST)
    assert found["n"] == len(TEST)
    assert found == quick_scores(machine, cut(TRAIN, len(TEST), 0), TEST)


@pytest.mark.parametrize("n", [2, 20, 48])
def test_as_many_rows_are_compared_as_asked(machine, n):
    found = quick_scores(machine, TEST, TRAIN, rows=n)
    assert found["n"] == n
    assert found["accuracy"] == quick_scores(machine, TEST, TRAIN)["accuracy"]
    assert found["spectrum_error"]["value"] == pytest.approx(
        sp.score(cut(TEST, n, 0), sp.generate(machine, like=cut(TEST, n, 0)))["spectrum_error"]
    )


@pytest.mark.parametrize("n", [1, 0, -3])
def test_a_row_alone_is_not_compared(machine, n):
    with pytest.raises(ValueError, match=f"a score takes two rows of each or more, not {n}"):
        quick_scores(machine, TEST, TRAIN, rows=n)


# -- cut, flat ----------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 7, 47])
def test_a_cut_is_rows_in_order_that_the_seed_chooses(n):
    some = cut(TEST, n, seed=3)
    assert len(set(some.names.tolist())) == n
    assert some.names.tolist() == sorted(some.names)
    assert cut(TEST, n, seed=3).names.tolist() == some.names.tolist()
    assert n == 47 or cut(TEST, n, seed=4).names.tolist() != some.names.tolist()


@pytest.mark.parametrize("n", [48, 100])
def test_nothing_is_cut_off_what_is_short(n):
    assert cut(TEST, n, seed=0) is TEST


def test_a_flat_score_has_only_numbers(machine):
    found = flat(quick_scores(machine, TEST, TRAIN))
    adversarial = ["adversarial_truth", "adversarial_synthetic", "adversarial_error", "adversarial_floor"]
    assert list(found) == [*LABELED, "quality", *adversarial, *MOMENT_COLUMNS]
    assert all(isinstance(x, float) for x in found.values())


# -- several sets -------------------------------------------------------------------------------


def test_of_several_sets_the_scores_are_averages(machine):
    sets, n = 3, len(TEST)
    made = sp.generate(machine, like=TEST.select(np.tile(np.arange(n), sets)))
    each = [sp.score(TEST, made.select(slice(i * n, (i + 1) * n))) for i in range(sets)]
    found = quick_scores(machine, TEST, TRAIN, sets=sets)
    a = found["adversarial_accuracy"]
    for side in ("truth", "synthetic"):
        assert a[side] == pytest.approx(np.mean([e["adversarial_accuracy"][side] for e in each]))
    assert a["error"] == pytest.approx((a["truth"] - 0.5) ** 2 + (a["synthetic"] - 0.5) ** 2)
    for k in MOMENTS:
        assert found[k]["value"] == pytest.approx(np.mean([e[k] for e in each]))
    assert (found["n"], found["sets"]) == (n, sets)


def test_more_sets_vary_less(machine):
    def spread(sets):
        found = [quick_scores(machine, TEST, TRAIN, seed=100 * seed, sets=sets) for seed in range(6)]
        return np.std([f["spectrum_error"]["value"] for f in found])

    assert spread(16) < spread(1)


def test_no_set_is_no_score(machine):
    with pytest.raises(ValueError, match="one set of rows or more, 10000 at most, not 0"):
        quick_scores(machine, TEST, TRAIN, sets=0)


# -- reconstruction -----------------------------------------------------------------------------


@pytest.mark.parametrize("hidden", [0, 6, [6, 4]], ids=str)
def test_what_is_hidden_in_a_machine_without_noise_reconstructs_the_held_out_rows(tmp_path, hidden):
    train, test = gray().split(0.8)
    machine = chaotic_run(tmp_path / "run", hidden=hidden).machine()
    found, x = quick_scores(machine, test, train), test.numbers("visible").double()
    assert found["scale"] == [-1, 1]
    assert list(found)[len(ABOUT) :] == [*ERRORS, "quality", *(["reconstruction_error"] if hidden else [])]
    if hidden:
        back = sp.reconstruct(machine, test).numbers("visible")
        assert found["reconstruction_error"] == {
            "value": pytest.approx(float((x - back).square().mean())),
            "variance": pytest.approx(float((x - x.mean(0)).square().mean())),
        }
    assert (
        list(flat(found))[5:]
        == MOMENT_COLUMNS + ["reconstruction_error", "reconstruction_variance"][: 2 * (hidden != 0)]
    )
    assert json.loads(json.dumps(found)) == found
