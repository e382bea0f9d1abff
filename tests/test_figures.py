"""Figures of a run: those that its machine and data have, of the numbers that judge and the log say."""

from __future__ import annotations

import numpy as np
import pytest

import spinodal as sp
from spinodal import runs
from spinodal.archive import Run
from spinodal.dataset import label_column, numbered
from spinodal.figures import CURVES, figures, times
from spinodal.judge import judge

CHAOTIC = {"machine": "chaotic", "hidden": 12, "steps": 5, "batch": 20}
IMAGES = ["samples", "snapshots"]
CURVED = ["scores-over-time", "scores-over-training"]


def pictures(n=80, gray=True, labels=()):
    """Images of 4 x 3 in two kinds, with label layers of two names each."""
    random = np.random.default_rng(0)
    kind = random.integers(0, 2, n)
    x = np.where(np.arange(12) % 2 == kind[:, None], 0.8, -0.8) + random.uniform(-0.2, 0.2, (n, 12))
    columns = {"visible": x.astype(np.float32) if gray else (x > 0).astype(np.int8)}
    alphabets = {} if gray else {"visible": sp.BINARY}
    for layer in labels:
        columns[layer], alphabets[layer] = label_column(np.array(["a", "b"])[kind], layer)
    return sp.Dataset(columns, alphabets, numbered(n), notes={"image": [4, 3]})


def drawn(tmp_path, data, settings, updates=15):
    """The figures of a short training by their names, and what they are of."""
    for _ in runs.train(data, data, tmp_path / "run", {"updates": updates, **settings}):
        pass
    run = Run.open(tmp_path / "run")
    machine = run.machine()
    found = judge(machine, data, data, times(machine.schedule.steps))
    return dict(figures(run, machine, data, found)), found, run


@pytest.mark.parametrize(
    ("settings", "labels", "more"),
    [
        (CHAOTIC, (), ["receptive-fields", "gain-sweep"]),
        (CHAOTIC | {"hidden": 0}, (), ["gain-sweep"]),
        (CHAOTIC | {"hidden": [7, 5]}, ("label",), ["receptive-fields", "gain-sweep"]),
        (CHAOTIC | {"gain": 0.0}, (), ["receptive-fields"]),
        ({"hidden": 12, "batch": 20}, ("label:one", "label:other"), ["receptive-fields"]),
    ],
    ids=str,
)
def test_a_run_on_images_has_the_figures_that_its_machine_has(tmp_path, settings, labels, more):
    data = pictures(gray="machine" in settings, labels=labels)
    found, *_ = drawn(tmp_path, data, settings)
    assert list(found) == [*CURVED, *IMAGES, *more]
    for name, figure in found.items():
        figure.savefig(tmp_path / f"{name}.png")


def test_samples_have_a_row_a_label(tmp_path):
    found, *_ = drawn(tmp_path, pictures(labels=("label",)), CHAOTIC)
    assert [tick.get_text() for tick in found["samples"].axes[0].get_yticklabels()] == ["a", "b"]


def test_the_curves_are_the_scores(tmp_path):
    found, scores, run = drawn(tmp_path, pictures(), CHAOTIC)
    lines = {line.get_label(): line.get_ydata() for line in found["scores-over-time"].axes[0].get_lines()}
    for name, (score, key) in CURVES.items():
        assert list(lines[name]) == [row[score][key] for row in scores["times"]]
    (axes,) = found["scores-over-training"].axes
    lines = {line.get_label(): line.get_ydata() for line in axes.get_lines()}
    assert list(lines["spectrum error"]) == [float(row["spectrum_error"]) for row in run.log()]


def test_receptive_fields_are_all_that_a_unit_receives(tmp_path):
    found, _, run = drawn(tmp_path, pictures(), CHAOTIC)
    coupling = run.machine().between("visible", "hidden")
    field = (coupling.weight + coupling.forth)[:, 0].detach().reshape(4, 3)
    grid = found["receptive-fields"].axes[0].images[0].get_array()
    np.testing.assert_allclose(grid[1:5, 1:4], field, rtol=1e-6)


def test_a_run_on_letters_has_curves_only(tmp_path):
    random = np.random.default_rng(0)
    letters = sp.Dataset({"visible": random.integers(0, 5, (60, 6)).astype(np.int8)}, {"visible": sp.RNA}, numbered(60))
    assert list(drawn(tmp_path, letters, {"hidden": 5, "batch": 20})[0]) == CURVED


def test_a_run_of_one_age_has_no_curve_of_ages(tmp_path):
    found, *_ = drawn(tmp_path, pictures(gray=False), {"hidden": 5, "batch": 20}, updates=5)
    assert "scores-over-training" not in found


def test_images_of_letters_have_no_receptive_fields(tmp_path):
    random = np.random.default_rng(0)
    columns = {"visible": random.integers(0, 4, (60, 12)).astype(np.int8)}
    data = sp.Dataset(columns, {"visible": sp.Alphabet(tuple("wxyz"))}, numbered(60), notes={"image": [4, 3]})
    assert "receptive-fields" not in drawn(tmp_path, data, {"hidden": 5, "batch": 20})[0]
