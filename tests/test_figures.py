"""Figures of a run: those that apply to its machine and rows, with the numbers of its record and its log."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import spinodal as sp
from spinodal.data.alphabet import RNA
from spinodal.data.dataset import label_column, numbered_names
from spinodal.evaluation import evaluate
from spinodal.evaluation.confusions import READ
from spinodal.machines.protocols import FEF, RDM, Schedule
from spinodal.reporting.figures import (
    CURVES,
    GROUPS,
    NEEDS,
    PAPERS,
    View,
    chosen,
    figures,
    image_figures,
    needs,
    of_paper,
    times,
)
from spinodal.reporting.figures.curve_figures import FEW
from spinodal.reporting.figures.row_figures import STRETCH, WINDOWS
from spinodal.reporting.figures.view import MOST

from .tables import KINDS, holed, table
from .toys import gray

pytestmark = pytest.mark.usefixtures("few_triplets")
TIMES = [1, 3, 9]
CURVED = ["scores-over-time"]
CLOUDS = ["cloud", "cloud-by-label", "cloud-over-time"]
BY_LABEL = ["adversarial-error-by-label", "spectrum-error-by-label"]
TABLES = [f"confusion-of-{who}-labels" for who in ("predicted", "generated", "judged")]
LABELED = [*CLOUDS, *CURVED, *BY_LABEL, *TABLES, "calibration", "coverage"]
PICTURES = ["samples", "snapshots", "receptive-fields"]
OWN = {
    "sequences": ["logo", "logo-by-label", "lengths", "gaps"],
    "genomes": ["linkage", "allele-frequencies"],
    "images": PICTURES,
    "gray": PICTURES,
    "music": ["piano-rolls-generated", "piano-rolls-data", "onsets", "pitches", "intervals"],
    "rows": [],
}
"""The additional figures of each kind of rows."""
each_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(autouse=True)
def _few_gains(monkeypatch, short_sweep):
    monkeypatch.setattr(image_figures, "GAINS", (0.5, 1.0))


def fresh(data, steps=3):
    """An untrained machine for such data."""
    machine = sp.rbm(sp.Bernoulli(4), seed=0, **data.units)
    machine.schedule = Schedule(FEF if data.labels else RDM, steps)
    return machine


def chaos(data, hidden=(6,), **how):
    machine = sp.chaotic(*map(sp.Spin, hidden), **data.units, **{"gain": 2.0, "rate": 0.4} | how)
    machine.schedule = Schedule(FEF if data.labels else RDM, 3)
    return machine


def view_of(machine, data, train=None, log=(), at=TIMES, **how):
    found = evaluate(machine, data, data if train is None else train, times=at, intervals=0, age=30, **how)
    return View.of(machine, data, found, log)


def drawn(*what, **how):
    """The figures of a view by their names; each has a caption."""
    found = list(figures(view_of(*what, **how)))
    assert {name for name, *_ in found} <= set(chosen(GROUPS))
    assert all(said.endswith(".") and said[0].isupper() for _, _, said in found)
    assert len({name for name, *_ in found}) == len(found)
    return {name: figure for name, figure, _ in found}


def painted(found):
    """The names of figures that can be painted: what matplotlib warns of is an error."""
    for figure in found.values():
        figure.draw_without_rendering()
    return set(found)


def lines(figure, panel=0):
    """The curves of a figure by their names."""
    axes = figure.axes[panel]
    return {line.get_label(): list(line.get_ydata()) for line in axes.get_lines() if line.get_label()[0] != "_"}


def dotted(figure):
    """The values of dotted lines."""
    return [line.get_ydata()[0] for line in figure.axes[0].get_lines() if line.get_linestyle() == ":"]


def words(figure):
    return [text.get_text() for text in figure.findobj(lambda x: hasattr(x, "get_text"))]


def legend(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def many(n, rows, names=None, kind="rows"):
    """Rows with n labels in turn."""
    names = [f"label {i:03d}" for i in range(n)] if names is None else names
    data = table(kind, rows, labels=())
    column, alphabet = label_column(np.array(names)[np.arange(rows) % n])
    return replace(data, columns={**data.columns, "label": column}, alphabets={**data.alphabets, "label": alphabet})


# -- which figures there are --------------------------------------------------------------------


@each_kind
def test_rows_with_labels_have_the_figures_of_their_kind(kind):
    data = table(kind, 40)
    assert painted(drawn(fresh(data), data)) == {*LABELED, *OWN[kind]}


@each_kind
def test_rows_without_labels_have_those_that_need_none(kind):
    data = table(kind, 30, labels=())
    own = [name for name in OWN[kind] if name != "logo-by-label"]
    assert set(drawn(fresh(data), data)) == {"cloud", "cloud-over-time", *CURVED, *own}


@pytest.mark.parametrize(
    ("how", "labels", "more"),
    [
        ({}, (), {"receptive-fields", "gain-sweep"}),
        ({"hidden": ()}, (), {"gain-sweep"}),
        ({"hidden": (7, 5)}, ("label",), {"receptive-fields", "gain-sweep", *LABELED}),
        ({"gain": 0.0}, (), {"receptive-fields"}),
    ],
    ids=["two layers", "one layer", "three layers", "nothing frozen"],
)
def test_a_chaotic_machine_has_a_sweep_of_its_gain(how, labels, more):
    data = gray(*labels, n=40)
    assert set(drawn(chaos(data, **how), data)) == {"samples", "snapshots", "cloud", "cloud-over-time", *CURVED, *more}


def test_of_several_label_layers_the_first_is_shown():
    data = gray("label", n=20)
    both = {"label:one": data["label"], "label:other": data["label"][::-1]}
    names = {"label:one": sp.Alphabet(("a", "b:c,d")), "label:other": sp.Alphabet(("a", "z"))}
    data = replace(data, columns={"visible": data["visible"], **both}, alphabets=names)
    found = drawn(fresh(data), data)
    assert [tick.get_text() for tick in found["samples"].axes[0].get_yticklabels()] == ["a", "b:c,d"]
    assert set(LABELED) <= set(found)


LOG = [
    {"age": "10", "accuracy": "0.5", "spectrum_error": "0.3", "spectrum_floor": "0.1", "adversarial_error": "0.2"},
    {"age": "20", "accuracy": "", "spectrum_error": "0.2", "spectrum_floor": "0.1", "adversarial_error": "0.1"},
    {"age": "30", "accuracy": "0.7", "spectrum_error": "0.1", "spectrum_floor": "0.1", "adversarial_error": "0.1"},
]


def test_the_log_is_shown_with_gaps_and_floors():
    data = table("rows", 30)
    found = drawn(fresh(data), data, log=LOG)
    errors, shares = found["scores-over-training"], found["accuracy-over-training"]
    assert lines(errors) == {"spectrum error": [0.3, 0.2, 0.1], "adversarial error": [0.2, 0.1, 0.1]}
    assert dotted(errors) == [0.1]
    np.testing.assert_equal(lines(shares)["accuracy"], [0.5, np.nan, 0.7])
    assert dotted(shares) == [np.bincount(data["label"][:, 0]).max() / 30]


@pytest.mark.parametrize(
    ("log", "there"),
    [
        (LOG[:1], set()),
        ([{k: row[k] for k in ("age", "accuracy")} for row in LOG], {"accuracy-over-training"}),
        ([{k: row[k] for k in ("age", "spectrum_error")} for row in LOG], {"scores-over-training"}),
    ],
    ids=["one age", "no errors", "no shares"],
)
def test_only_logged_scores_are_shown(log, there):
    data = table("rows", 20, labels=())
    found = drawn(fresh(data), data, log=log)
    assert {name for name in found if name.endswith("-training")} == there
    assert not dotted(found["accuracy-over-training"]) if "accuracy-over-training" in found else True


@pytest.mark.parametrize("at", [[], [3]], ids=str)
def test_one_time_is_no_curve(at):
    data = table("images", 20)
    found = drawn(fresh(data), data, at=at)
    assert not {*CURVED, *BY_LABEL} & found.keys()
    assert "t = 3" in words(found["snapshots"])


def test_ages_are_lines_of_their_own():
    data = table("rows", 30)
    machine = fresh(data)
    found = drawn(machine, data, ages=[(10, machine), (30, machine)])
    assert set(lines(found["scores-over-ages"])) == {"age 10", "age 30"}
    assert "scores-over-ages" not in drawn(machine, data, ages=[(30, machine)])


def test_an_age_without_scores_has_no_curve():
    data = holed(table("rows", 20, labels=()), range(20))
    train = table("rows", 20, labels=())
    machine = fresh(data)
    assert drawn(machine, data, train, ages=[(10, machine)]) == {}


# -- what they show -----------------------------------------------------------------------------


def test_the_curves_are_the_scores():
    data = table("images", 60)
    view = view_of(fresh(data), data, table("images", 60, seed=1))
    found = {name: figure for name, figure, _ in figures(view)}
    rows, scores = view.record["times"], view.record["scores"]
    for name, key in CURVES.items():
        assert lines(found["scores-over-time"])[name] == [row["scores"][key]["value"] for row in rows]
    assert dotted(found["scores-over-time"]) == [scores[key]["floor"] for key in CURVES.values()]
    for label, curve in lines(found["spectrum-error-by-label"]).items():
        assert curve == [row["by_label"][label]["spectrum_error"]["value"] for row in rows]


def test_samples_have_a_row_a_label_in_the_labels_order():
    data = gray("label", n=20)
    found = drawn(fresh(data), data)["samples"]
    assert [tick.get_text() for tick in found.axes[0].get_yticklabels()] == ["0", "1"]


def test_receptive_fields_are_all_that_a_unit_receives():
    data = gray(n=20)
    machine = chaos(data)
    coupling = machine.between("visible", "hidden")
    field = (coupling.weight + coupling.forth)[:, 0].detach().reshape(3, 4)
    grid = drawn(machine, data)["receptive-fields"].axes[0].images[0].get_array()
    np.testing.assert_allclose(grid[1:4, 1:5], field, rtol=1e-6)


def test_images_of_letters_are_shown_by_their_numbers_and_have_no_receptive_fields():
    columns = {"visible": np.random.default_rng(0).integers(0, 4, (30, 12)).astype(np.int8)}
    data = sp.Dataset(columns, {"visible": sp.Alphabet(tuple("wxyz"))}, numbered_names(30), notes={"image": [4, 3]})
    found = drawn(fresh(data), data)
    assert "receptive-fields" not in found
    assert found["samples"].axes[0].images[0].get_clim() == (0, 3)


def test_generated_rows_have_the_labels_of_the_held_out_ones():
    data = table("rows", 30)
    view = view_of(fresh(data), data)
    assert (view.asked == view.known).all()
    assert (view.known == data["label"][:, 0]).all()


def test_of_long_sequences_the_logo_shows_the_most_informative_sites():
    random = np.random.default_rng(0)
    x = random.integers(1, 5, (30, 100))
    x[:, 30:95] = 1
    data = sp.Dataset({"visible": x.astype(np.int8)}, {"visible": RNA}, numbered_names(30))
    found = {name: (figure, said) for name, figure, said in figures(view_of(fresh(data), data))}
    figure, said = found["logo"]
    first = int(said.split()[1])
    assert said.startswith(f"Sites {first} to {first + STRETCH - 1}, which have the most information")
    assert 31 <= first <= 36
    assert len(figure.axes) == 2


def test_a_short_logo_says_that_it_is_of_all_sites():
    data = table("sequences", 20)
    said = {name: said for name, _, said in figures(view_of(fresh(data), data))}
    assert said["logo"].startswith("All sites")
    assert said["logo-by-label"].startswith("All sites")


def test_histograms_go_from_the_first_number_to_the_last():
    data = table("sequences", 40)
    data = replace(data, columns={**data.columns, "visible": np.maximum(data["visible"], 1)})  # no gap at all
    view = view_of(fresh(data), data)
    curve = {"x": [0.0, 1, 2, 3], "data": [0, 0.5, 0, 0], "generated": [0, 0, 0.5, 0]}
    view = replace(
        view,
        record=view.record | {"curves": {"length": curve, "gap": {**curve, "data": [0] * 4, "generated": [0] * 4}}},
    )
    found = {name: figure for name, figure, _ in figures(view)}
    assert "gaps" not in found
    assert found["lengths"].axes[0].get_xlim()[0] > 0.3


# -- labels: few, many, unknown -----------------------------------------------------------------


@pytest.mark.parametrize("n", [MOST + 1, READ + 1])
def test_of_many_labels_the_commonest_are_shown(n):
    data = many(n, FEW * n + 3, kind="gray")
    found = drawn(fresh(data), data)
    assert legend(found["cloud"]) == ["data", "generated"]
    assert len(found["cloud-by-label"].axes) == MOST
    assert [tick.get_text() for tick in found["samples"].axes[0].get_yticklabels()] == [
        f"label {i:03d}" for i in range(MOST)
    ]
    assert len(lines(found["adversarial-error-by-label"])) == MOST
    assert (TABLES[0] in found) is (n <= READ)


def test_labels_without_held_out_rows_still_have_samples():
    train = many(MOST + 2, 30, kind="images")
    found = drawn(fresh(train), train.hide("label"), train)
    assert len(found["samples"].axes[0].get_yticklabels()) == MOST
    assert not {"cloud-by-label", *BY_LABEL} & found.keys()


@each_kind
def test_labels_that_no_held_out_row_has_are_left_out(kind):
    train = table(kind, 60)
    test = train.select(train["label"][:, 0] < 2)
    found = drawn(fresh(train), test, train)
    assert legend(found["cloud"]) == ["data", "a", "b"]
    assert len(found["cloud-by-label"].axes) == 2
    assert set(lines(found["spectrum-error-by-label"])) == {"a", "b"}
    if kind == "sequences":
        assert len(found["logo-by-label"].axes) == 4
    if kind == "music":
        assert [tick.get_text() for tick in found["piano-rolls-data"].axes[0].get_yticklabels()] == ["a", "b"]


def test_labels_that_the_machine_does_not_know_are_unknown():
    train = table("rows", 40, labels=("a", "b", "c"))
    test = table("rows", 40, seed=1, labels=("a", "c", "strange"))
    view = view_of(fresh(train), test, train)
    assert view.names == ["a", "b", "c"]
    assert view.known.tolist() == np.array([0, 2, -1])[test["label"][:, 0]].tolist()
    assert view.asked.min() >= 0, "the machine samples a label if none is asked for"
    assert set(LABELED) <= {name for name, *_ in figures(view)}


def test_labels_of_few_rows_have_no_curve():
    data = table("rows", 60)
    rare = np.flatnonzero(data["label"][:, 0] == 2)[FEW - 1 :]
    data = data.select(np.setdiff1d(np.arange(60), rare))
    assert set(lines(drawn(fresh(data), data)["spectrum-error-by-label"])) == {"a", "b"}


def test_rows_without_any_known_label_have_no_figures_by_label():
    train = table("sequences", 40)
    found = drawn(fresh(train), train.hide("label"), train)
    assert not {"cloud-by-label", "logo-by-label", *BY_LABEL, "calibration", "coverage", TABLES[0]} & found.keys()
    assert {"cloud", "logo"} <= found.keys()


def test_one_label_has_no_confusion_matrix():
    data = many(1, 20)
    assert set(drawn(fresh(data), data)) == {"cloud", "cloud-over-time", *CURVED}


def test_rolls_are_of_labels_with_enough_windows():
    data = table("music", 60)
    rare = np.flatnonzero(data["label"][:, 0] == 2)[WINDOWS - 1 :]
    data = data.select(np.setdiff1d(np.arange(60), rare))
    roll = drawn(fresh(data), data)["piano-rolls-generated"]
    assert [tick.get_text() for tick in roll.axes[0].get_yticklabels()] == ["a", "b"]


def test_few_windows_are_shown_without_labels():
    data = table("music", 60)
    data = data.select(np.concatenate([np.flatnonzero(data["label"][:, 0] == i)[: WINDOWS - 1] for i in range(3)]))
    roll = drawn(fresh(data), data)["piano-rolls-data"]
    assert roll.axes[0].get_yticklabels() == []


# -- few rows, and rows without variety ---------------------------------------------------------


def flat(kind, case):
    data = table(kind, {"2 rows": 2, "3 rows": 3}.get(case, 20))
    x = data["visible"].copy()
    if case == "constant":
        x[:] = x[:1]
    if case == "two kinds":
        x[:] = x[np.arange(len(x)) % 2]
    return replace(data, columns={**data.columns, "visible": x})


@pytest.mark.parametrize(
    ("kind", "case"),
    [
        *((kind, "constant") for kind in ("sequences", "genomes", "gray", "music")),
        *(("sequences", case) for case in ("2 rows", "3 rows", "two kinds")),
    ],
)
def test_rows_on_a_line_have_no_cloud_and_all_other_figures(kind, case):
    data = flat(kind, case)
    found = drawn(fresh(data), data)
    assert ("cloud" in found) is (case == "3 rows")
    assert set(CURVED) <= (painted(found) if case == "constant" else set(found))


@pytest.mark.parametrize("kind", ["sequences", "genomes", "rows", "gray"])
def test_one_site_is_enough(kind):
    data = table(kind, 30)
    data = replace(data, columns={**data.columns, "visible": data["visible"][:, :1]}, notes={})
    found = drawn(fresh(data), data)
    assert ("cloud" in found) is (kind in ("sequences", "rows"))


def test_one_letter_beside_the_gap_has_no_logo():
    x = np.random.default_rng(0).integers(0, 2, (20, 5)).astype(np.int8)
    data = sp.Dataset({"visible": x}, {"visible": sp.Alphabet(("-", "A"))}, numbered_names(20))
    assert set(drawn(fresh(data), data)) == {"cloud", "cloud-over-time", *CURVED, "lengths", "gaps"}


@each_kind
def test_rows_with_unknown_entries_are_drawn(kind):
    data = holed(table(kind, 60), range(0, 60, 6))
    assert set(drawn(fresh(data), data, table(kind, 60, seed=1))) == {*LABELED, *OWN[kind]}


def test_times_are_before_at_and_long_after():
    for steps in (1, 2, 15, 200):
        found = times(steps)
        assert found == sorted({*found})
        assert found[0] == 1
        assert steps in found
        assert found[-1] >= 10 * steps


# -- some of the figures --------------------------------------------------------------------------


def test_figures_by_name_are_those_among_all():
    data = table("sequences", 30)
    view = view_of(fresh(data), data, log=LOG)
    every = [name for name, *_ in figures(view)]
    by_group = [name for group in GROUPS for name, *_ in figures(view, chosen([group]))]
    assert by_group == every
    assert [name for name, *_ in figures(view, ["gaps", "cloud-by-label"])] == ["gaps", "cloud-by-label"]


def test_allele_frequencies_are_those_of_the_rows_of_each_label():
    data = table("genomes", 30)
    view = view_of(fresh(data), data, log=LOG)
    ((_, figure, _),) = figures(view, ["allele-frequencies"])
    found = {line.get_label(): line.get_xydata() for line in figure.axes[0].lines[1:]}
    assert list(found) == view.names
    for number, name in enumerate(view.names):
        sides = ((view.data, view.known), (view.made, view.asked))
        own = [rows["visible"][labels == number].mean(0) for rows, labels in sides]
        np.testing.assert_allclose(found[name], np.transpose(own))
    bare = table("genomes", 30, labels=())
    ((_, figure, _),) = figures(view_of(fresh(bare), bare, log=LOG), ["allele-frequencies"])
    assert [line.get_label() for line in figure.axes[0].lines[1:]] == ["all rows"]


def test_what_figures_need_is_the_most_of_any():
    assert needs(None) == NEEDS[-1]
    assert [needs([name]) for name in ("cloud", "linkage", "scores-over-time", "scores-over-ages")] == list(NEEDS)
    assert needs(["cloud", "calibration"]) == "scores"


@pytest.mark.parametrize(("read", "words", "said"), [
    (chosen, ["logos"], 'no figure "logos"; there are: samples,'), (of_paper, "fef:2", "isn't one of a run"),
    (of_paper, "fef", "one of fef:1,"), (of_paper, "chaos:x", "one of fef:1,"), (of_paper, "nature:1", "one of fef:1,"),
])  # fmt: skip
def test_figures_that_are_none_are_refused(read, words, said):
    with pytest.raises(ValueError, match=said):
        read(words)


ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("place", ["docs/command-line.md", "docs/chaos.md", "src/spinodal/cli/commands/figures.py"])
def test_the_figures_of_papers_that_docs_name_are_known(place):
    named = set(re.findall(r"\b(fef|chaos):(\d+)", (ROOT / place).read_text(encoding="utf-8")))
    known = {(paper, str(number)) for paper, numbers in PAPERS.items() for number in numbers}
    assert named == (known if "command" in place else {x for x in known if x[0] == "chaos"})


def test_figures_of_papers_are_there():
    for paper, numbers in PAPERS.items():
        for number, names in numbers.items():
            assert of_paper(f"{paper}:{number}") == list(names) == chosen(names)


def test_chains_over_time_have_a_panel_for_each_time_and_the_sites_of_a_logo_can_be_chosen():
    data = table("sequences", 30)
    view = replace(view_of(fresh(data), data), times=(1, 3, 7), sites=(1, 2))
    found = {name: (figure, said) for name, figure, said in figures(view, ["cloud-over-time", "logo"])}
    assert [axes.get_title("left") for axes in found["cloud-over-time"][0].axes] == ["1 step", "3 steps, as trained",
                                                                                    "7 steps"]  # fmt: skip
    assert found["logo"][1].startswith("Sites 2 to 3: letters")
