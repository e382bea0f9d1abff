"""Laws that hold for all figures, with short and with long names."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg

from spinodal.reporting import plots
from spinodal.reporting.plots import canvas

from .pictures import headline, overlap, texts

TIMES = [1, 3, 10, 30, 100]
DIP = [0.1, 0.05, 0.001, 0.01, 0.1]
POPULATIONS = [f"P{i:02d}" for i in range(26)]
LONG = ["plasminogen activator", "mast cell protease", "Pseudomonadota of the sea", "x", "haptoglobin"]
ODD = [
    "$\\frac{$", "$10k-$20k", "a_b^c\\d%", "line\nbreak\tand\x1b[31m\x00", "\u202eright to left\u200f", "_hidden",
    "x" * 200, "a name of a label that does not come to an end soon" * 3, "<b>&\"'</script>",
]  # fmt: skip
"""Names with formulas, control characters and marks of direction, and names that are too long."""
RANDOM = np.random.default_rng(0)
CLOUD = RANDOM.normal(size=(60, 4)) @ np.diag([3, 2, 1, 1])
FREQUENCIES = RANDOM.dirichlet(np.full(21, 0.1), size=130)
PROTEIN = "-ACDEFGHIKLMNPQRSTVWY"
ROLLS = (RANDOM.random((12, 10, 88)) < 0.03).reshape(12, -1)
LABELS = np.arange(60) % 5
EFFECTS = RANDOM.normal(size=(263, 21))
WILD = np.arange(263) % 20 + 1
PAIRS = [[i, i + 7] for i in range(20)]

FIGURES = {
    "samples, odd names": lambda: plots.samples(np.eye(6)[None].repeat(90, 0), ODD),
    "piano_roll, odd names": lambda: plots.piano_roll(ROLLS[:9], ODD),
    "accuracy_over_training, odd names": lambda: plots.accuracy_over_training(TIMES, dict.fromkeys(ODD, [0.5] * 5)),
    "scores_by_label, odd names": lambda: plots.scores_by_label(TIMES, dict.fromkeys(ODD, DIP), 10, "Each"),
    "scores_over_ages, odd names": lambda: plots.scores_over_ages(TIMES, {1: dict.fromkeys(ODD, DIP)}, 10),
    "scatter, odd names": lambda: plots.scatter(CLOUD, CLOUD + 1, np.arange(60) % 9, ODD),
    "scatter_by_label, odd names": lambda: plots.scatter_by_label(CLOUD, CLOUD, LABELS, LABELS, ODD),
    "confusion, odd names": lambda: plots.confusion(np.eye(9) + 1, ODD),
    "columns, odd names": lambda: plots.columns([(name, ODD, np.ones(9), np.ones(9)) for name in ODD]),
    "logo, odd names": lambda: plots.logo(dict.fromkeys(ODD, FREQUENCIES[:9]), PROTEIN),
    "samples": lambda: plots.samples(np.eye(6)[None].repeat(50, 0), LONG),
    "snapshots": lambda: plots.snapshots({t: np.eye(6)[None].repeat(3, 0) for t in TIMES}, trained=10),
    "receptive_fields": lambda: plots.receptive_fields(RANDOM.normal(size=(25, 6, 6))),
    "scores_over_time": lambda: plots.scores_over_time(TIMES, {"spectrum error": DIP}, 10, {"spectrum error": 1e-4}),
    "scores_over_training": lambda: plots.scores_over_training(TIMES, dict.fromkeys(LONG, DIP)),
    "gain_sweep": lambda: plots.gain_sweep([0.5, 1, 1.5], [-0.5, 0, 0.2], [0.1, 0.1, 0.1], own=1),
    "accuracy_over_training": lambda: plots.accuracy_over_training(TIMES, {"accuracy": [0.3, 0.5, 0.7, 0.9, 1]}, 0.27),
    "scores_over_ages": lambda: plots.scores_over_ages(TIMES, {1: {"a": DIP, "b": DIP}, 20: {"a": DIP, "b": DIP}}, 10),
    "scores_over_ages, 3 scores, 9 ages": lambda: plots.scores_over_ages(
        TIMES, {age: {name: [x * age for x in DIP] for name in LONG[:3]} for age in range(100, 1000, 100)}, 10,
        dict.fromkeys(LONG[:2], 1e-3),
    ),
    "curves_of_runs": lambda: plots.curves_of_runs(
        dict.fromkeys(LONG, dict.fromkeys("abc", (TIMES, DIP))), "steps", "Errors by age"
    ),
    "curves_of_runs, odd names": lambda: plots.curves_of_runs(
        dict.fromkeys(ODD, dict.fromkeys(ODD, (TIMES, DIP))), "steps", "Of runs", dict.fromkeys(ODD, 10)
    ),
    "ages_of_runs": lambda: plots.ages_of_runs(
        {run: {age: dict.fromkeys("ab", (TIMES, DIP)) for age in (1, 20)} for run in ("F&F", "PCD")},
        {"F&F": 10, "PCD": 10},
    ),
    "ages_of_runs, odd names": lambda: plots.ages_of_runs(
        {run: {1: dict.fromkeys(ODD[:2], (TIMES, DIP))} for run in ODD[:3]}, dict.fromkeys(ODD, 10)
    ),
    "scores_by_label": lambda: plots.scores_by_label(TIMES, dict.fromkeys(LONG, DIP), 10, "Each " * 20),
    "scores_by_label, 26 labels": lambda: plots.scores_by_label(TIMES, dict.fromkeys(POPULATIONS, DIP), 10, "Each"),
    "weight_spectrum": lambda: plots.weight_spectrum({age: 1 / np.arange(1, 101) for age in (0, 10, 20_000)}),
    "scatter": lambda: plots.scatter(CLOUD, CLOUD + 1),
    "scatter, 5 labels": lambda: plots.scatter(CLOUD, CLOUD + 1, LABELS, LONG),
    "scatter, 26 labels": lambda: plots.scatter(CLOUD, CLOUD + 1, np.arange(60) % 26, POPULATIONS),
    "scatter_by_label": lambda: plots.scatter_by_label(CLOUD, CLOUD + 1, LABELS, LABELS, LONG),
    "scatter_by_label, 26 labels": lambda: plots.scatter_by_label(CLOUD, CLOUD, LABELS, LABELS, POPULATIONS),
    "scatter_over_time": lambda: plots.scatter_over_time(CLOUD, {1: CLOUD * 2, 10: CLOUD + 1, 99: CLOUD}, 10),
    "confusion": lambda: plots.confusion(np.diag([12_345, 10, 2]) + 1, ["a", "b", "c"]),
    "confusion, 5 labels": lambda: plots.confusion(np.diag([12, 10, 200, 3, 4]) + 1, LONG),
    "confusion, 26 labels": lambda: plots.confusion(np.diag(np.arange(26) * 40) + 3, POPULATIONS),
    "calibration": lambda: plots.calibration({"raw": ([None, 0.55, 0.95], [None, 0.5, 1.0], [0, 10, 1234])}),
    "coverage": lambda: plots.coverage([0.5, 1.0], [1.0, 0.9], [0.8, 0.4], n=100),
    "allele_frequencies": lambda: plots.allele_frequencies({"a": [0.1, 0.9]}, {"a": [0.2, 0.8]}),
    "ld_decay": lambda: plots.ld_decay([1, 10, 100], [0.5, 0.2, 0.01], [0.4, 0.2, 0.01]),
    "histogram": lambda: plots.histogram([60, 61, 62], [1, 2, 3], [3, 2, 1], "pitch (MIDI number)"),
    "columns": lambda: plots.columns([("age", [2, 4, 6], [5, 3], [4, 4]), (LONG[0], LONG, [6, 2, 0, 1, 1], [3] * 5)]),
    "columns, 9": lambda: plots.columns([(name, [0, 1], [5], [4]) for name in [*LONG, *LONG[:4]]]),
    "trials": lambda: plots.trials([0.5, np.nan, 0.7], ["complete", "diverged", "pruned"], {"lr": [0.1, 0.2, 0.3]}),
    "trials, odd names": lambda: plots.trials(np.arange(9) / 9, ["complete"] * 9, {"p": ODD, "lr": range(1, 10)}),
    "trials, 7 settings": lambda: plots.trials(DIP, ["complete"] * len(DIP), {f"setting {i}": DIP for i in range(7)}),
    "trajectories": lambda: plots.trajectories(range(9), {"hidden": np.eye(9), "visible": np.eye(9)}, np.arange(9), 3),
    "weight_map": lambda: plots.weight_map(dict.fromkeys(LONG, FREQUENCIES[:90] - 0.05), PROTEIN),
    "weight_map, odd names": lambda: plots.weight_map(dict.fromkeys(ODD, FREQUENCIES[:30, :1])),
    "piano_roll": lambda: plots.piano_roll(ROLLS),
    "piano_roll, 4 labels": lambda: plots.piano_roll(ROLLS, ["Bach", "Beethoven", "Chopin", "Mozart"]),
    "logo": lambda: plots.logo({"data": FREQUENCIES[:9], "generated": FREQUENCIES[1:10]}, PROTEIN),
    "mutation_map": lambda: plots.mutation_map({"": EFFECTS}, PROTEIN, WILD, np.arange(263) + 24),
    "mutation_map, 5 labels": lambda: plots.mutation_map(dict.fromkeys(LONG, EFFECTS), PROTEIN, WILD, np.arange(263)),
    "mutation_map, odd names": lambda: plots.mutation_map(
        dict.fromkeys(ODD, EFFECTS[:24]), PROTEIN, WILD[:24], np.arange(990, 1014)
    ),
    "flip_map": lambda: plots.flip_map({"all": EFFECTS[:, 0]}, WILD % 2),
    "flip_map, odd names": lambda: plots.flip_map(dict.fromkeys(ODD, EFFECTS[:, 0]), WILD % 2),
    "contact_map": lambda: plots.contact_map(PAIRS, 30),
    "contact_map, structure": lambda: plots.contact_map(PAIRS, 30, np.eye(30, k=7) > 0, dict.fromkeys(LONG, DIP)),
    "contact_map, odd names": lambda: plots.contact_map(PAIRS, 30, np.eye(30) > 0, dict.fromkeys(ODD, DIP)),
    "deciding_sites": lambda: plots.deciding_sites(
        {"loss (nats)": RANDOM.random(130), "bits": RANDOM.random(130)}, range(3, 13),
        dict.fromkeys(LONG, FREQUENCIES[:10]), PROTEIN,
    ),
    "deciding_sites, odd names": lambda: plots.deciding_sites(
        {"loss": RANDOM.random(9)}, range(9), dict.fromkeys(ODD, FREQUENCIES[:9]), PROTEIN, ODD, ODD[0]
    ),
    "logo, 130 sites": lambda: plots.logo({"data": FREQUENCIES, "generated": FREQUENCIES}, PROTEIN),
}  # fmt: skip


@pytest.fixture(scope="module", params=FIGURES.values(), ids=FIGURES)
def figure(request):
    """Each figure, drawn once, where importing pyplot fails."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "matplotlib.pyplot", None)
        figure = request.param()
        FigureCanvasAgg(figure).draw()
        figure.set_layout_engine("none")  # the layout is final
        yield figure


def test_all_figures_are_here():
    assert {name.split(",")[0] for name in FIGURES} == set(plots.__all__) - {"COLORS", "retitle"}


def test_pyplot_is_not_needed(figure):
    assert np.asarray(figure.canvas.buffer_rgba())[::3, ::3].std() > 2.5  # of 255


def test_what_is_drawn_fits_the_figure(figure):
    box, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
    assert -0.01 < box.x0 < box.x1 < width + 0.01
    assert -0.01 < box.y0 < box.y1 < height + 0.01


@pytest.mark.parametrize("name", ODD)
def test_a_name_is_drawn_letter_by_letter_in_one_line(name):
    from matplotlib.text import Text

    text, formula = Text()._preprocess_math(canvas.display_name(name))
    assert not formula
    assert text.isprintable()
    assert len(text) <= canvas.NAME
    assert not text.startswith("_")
    kept = [c for c in " ".join(name.split()) if c.isprintable()]
    assert len(kept) > canvas.NAME or [c for c in text.strip() if c != "\ufffd"] == kept


@given(st.text(max_size=80), st.integers(6, 40))
def test_any_text_can_be_drawn(name, most):
    from matplotlib.text import Text

    text, formula = Text()._preprocess_math(canvas.display_name(name, most))
    assert not formula
    assert text.isprintable()
    assert len(text) <= most + 1  # a space before "_"
    if name.isprintable() and len(name) <= most and name == " ".join(name.split()):
        assert text.strip() == name


def test_no_texts_overlap(figure):
    assert not overlap(texts(figure))


def test_figures_have_one_width_and_a_title(figure):
    assert figure.get_figwidth() == canvas.WIDTH
    assert len(headline(figure)) > 3


@pytest.mark.parametrize(("text", "most", "found"), [
    ("", 5, ""),
    ("one two", 7, "one two"),
    ("one two three four", 15, "one two\nthree four"),
    ("an unbreakable", 5, "an\nunbreakable"),
])  # fmt: skip
def test_lines_are_as_few_as_can_be_and_about_as_long(text, most, found):
    assert canvas.lines(text, most) == found


@pytest.mark.parametrize("n", [1, 7, 8, 26, 28])
def test_styles_differ_and_the_first_seven_in_color_and_shape_alike(n):
    styles = canvas.styles(n)
    assert len({(style["color"], style["linestyle"]) for style in styles}) == n
    assert len({style["color"] for style in styles}) == len({style["marker"] for style in styles}) == min(n, 7)


def test_more_curves_than_styles_are_refused():
    with pytest.raises(ValueError, match="29 curves can't be distinguished: pass 28"):
        canvas.styles(29)


@pytest.mark.parametrize("n", [1, 2, 9])
def test_graded_styles_darken(n):
    light = [sum(shade["color"][:3]) for shade in canvas.graded_styles(n)]
    assert light == sorted(light, reverse=True)
    assert len(set(light)) == len(light) == n
    assert light[-1] == pytest.approx(sum(canvas.graded_styles(1)[0]["color"][:3]))
