"""Reports of runs for tests of pages: genomes with labels, a worse machine of these, and chaos without labels."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from spinodal.reporting.page import RunReport

CONTINENTS = ("African", "American", "East Asian", "European", "South Asian")
SHARES = {"accuracy": 0.962, "balanced_accuracy": 0.948, "label_fidelity": 0.981, "judged_fidelity": 0.934}
ERRORS = {  # value, floor, baseline
    "adversarial_error": (0.0142, 0.0021, 0.497),
    "spectrum_error": (0.00163, 0.00091, 0.0472),
    "first_moment_error": (3.1e-4, 2.4e-4, 2.5e-4),
    "second_moment_error": (2.13e-5, 1.1e-5, 3.4e-4),
    "third_moment_error": (4.0e-6, 3.6e-6, 9.2e-6),
    "tree_entropy_error": (0.0041, 1.2e-4, 0.212),
}


def score(value, ideal, better, **more):
    return {"value": value, "ideal": ideal, "better": better} | more


def interval(value, width):
    return [value - width * abs(value), value + width * abs(value)]


def of_labels(worse=1.0):
    """Scores of a machine with labels; `worse` multiplies its errors."""
    found = {k: 1 - worse * (1 - x) for k, x in SHARES.items()}
    found = {k: score(x, 1.0, "higher", interval=interval(x, 0.012)) for k, x in found.items()}
    found["judged_fidelity"] |= {"ceiling": 0.951, "baseline": 0.872}
    found["calibration_error"] = score(0.021 * worse, 0.0, "lower", interval=[0.012 * worse, 0.034 * worse])
    return found


def of_rows(worse=1.0):
    """Scores that any machine has."""
    found = {
        k: score(worse * x, 0.0, "lower", floor=floor, baseline=base, interval=interval(worse * x, 0.3))
        for k, (x, floor, base) in ERRORS.items()
    }
    found["adversarial_truth"] = score(0.58, 0.5, "near", floor=0.512, baseline=0.998)
    found["distinct"] = score(1.0, 1.0, "higher", floor=1.0)
    found["mean_distance"] = score(0.1791, 0.1834, "near", floor=0.1836, baseline=0.1839)
    found["copies"] = score(0.0, 0.0, "lower", floor=0.002)
    found["novelty"] = score(0.1037, 0.1012, "near", interval=[0.0988, 0.1074])
    found["privacy_loss"] = score(0.006 * worse, 0.0, "lower", floor=0.0, interval=[-0.012, 0.026])
    found["membership_auc"] = score(0.523, 0.5, "near", interval=[0.49, 0.556])
    return found


def of_time(t, steps, labels):
    """Scores after t steps, best at the steps of training."""
    away = 1 + np.log10(t / steps) ** 2 * 6
    own = {k: {"value": float(away * ERRORS[k][0])} for k in ("adversarial_error", "spectrum_error")}
    return {"time": t, "scores": ({"label_fidelity": {"value": float(0.981 / away**0.2)}} if labels else {}) | own}


def genomes(name="hgd", age=3600, steps=10, worse=1.0, labels=CONTINENTS):
    """The record of a machine trained on genomes with labels."""
    times = [of_time(t, steps, True) for t in (1, 3, 10, 30, 100, 1000)]
    n = dict(zip(labels, (132, 69, 101, 101, 98)))
    seen = (np.eye(len(labels)) * 90 + 3).astype(int).tolist()
    return {
        "schema": 2, "name": name, "age": age, "steps": steps, "n": 501, "sets": 1, "seed": 0, "scale": [0, 1],
        "rows": {"train": 4507, "test": 501}, "kind": "genomes", "labels": {"label": list(labels)},
        "scores": of_labels(worse) | of_rows(worse) | {"ld_pearson": score(0.981, 1.0, "higher", floor=0.992)},
        "by_label": {k: {"n": n[k], "scores": of_labels(worse) | of_rows(worse)} for k in labels},
        "confusion": {"predicted": seen, "generated": seen, "judged": seen},
        "calibration": {"confidence": [None, 0.55, 0.97], "accuracy": [None, 0.5, 0.98], "count": [0, 22, 479]},
        "calibrated": {"temperature": 1.5, "confidence": [0.8], "accuracy": [0.82], "count": [501]},
        "coverage": {"share": [0.5, 1.0], "confidence": [0.9, 0.4], "accuracy": [0.99, 0.9]},
        "times": times, "ages": [{"age": a, "times": times} for a in (100, 1000, age)],
        "best_time": {"label_fidelity": 10, "adversarial_error": 10, "spectrum_error": 10},
        "not_measured": [{"what": "reconstruction_error", "why": "the machine has noise"}],
    }  # fmt: skip


def chaos():
    """The record of a chaotic network without labels."""
    return {
        "schema": 2, "name": "chaos", "age": 50_000, "steps": 15, "n": 2000, "sets": 3, "seed": 1, "scale": [-1, 1],
        "rows": {"train": 10_000, "test": 2000}, "kind": "images", "labels": {},
        "scores": of_rows() | {"reconstruction_error": score(0.031, 0.0, "lower", baseline=0.402)},
        "times": [of_time(t, 15, False) for t in (3, 15, 150)], "best_time": {"adversarial_error": 15},
        "not_measured": [{"what": k, "why": "the machine has no labels"} for k in ("accuracy", "label_fidelity")],
    }  # fmt: skip


def answers(record):
    """Verdicts with every possible answer, and the numbers that they follow from."""
    own = {k: s["value"] for k, s in record["scores"].items()}
    labeled = [
        ("Does it know labels?", "yes", f"balanced accuracy {own.get('balanced_accuracy', 0):.3f}, by chance 0.2",
         "balanced_accuracy"),
        ("Does it generate what was asked for?", "yes", f"judged fidelity {own.get('judged_fidelity', 0):.3f}",
         "judged_fidelity"),
    ]  # fmt: skip
    every = [
        ("Do generated rows look real?", "partly", f"adversarial error {own['adversarial_error']:.3f}, floor 0.002",
         "adversarial_error"),
        ("Are they as diverse as the data?", "yes", "mean distance 0.179, the data's 0.183", "mean_distance"),
        ("Are they new?", "no", "12 of 501 rows are copies", "copies"),
        ("Does it keep secrets?", "unknown", "membership 0.523, from 0.490 to 0.556: too wide to tell"),
    ]  # fmt: skip
    asked = labeled * ("accuracy" in own) + every
    return [dict(zip(("question", "answer", "because", "score"), row)) for row in asked]


def curve(record):
    """A figure of lines: errors over time."""
    figure = Figure((7, 4.2))
    axes = figure.subplots()
    for name in ("adversarial_error", "spectrum_error"):
        axes.plot([row["scores"][name]["value"] for row in record["times"]], "o-", label=name.replace("_", " "))
    axes.legend(frameon=False)
    return figure


def cloud(dots=2000):
    """A figure of many random dots."""
    figure = Figure((7, 3))
    axes = figure.subplots()
    axes.plot(*np.random.default_rng(0).random((2, dots)), "k.", markersize=1)
    axes.set_axis_off()
    return figure


def run_report(record):
    figures = {
        "scores-over-time": (curve(record), "Both errors dip at the steps trained for and rise again after them."),
        "cloud": (cloud(100), "Generated rows on the principal axes of the data."),
    }
    about = {
        "command": f"spinodal train genomes.hapt --labels labels.csv --recipe hgd --out runs/{record['name']}",
        "settings": {
            "protocol": [{"held": ["label"], "start": "random"}, {"held": ["visible"], "start": "random"}],
            "hidden": 512, "updates": record["age"], "lr": 0.05, "l2": 0.0, "centered": True, "drawn": None,
        },
        "data": {"rows": 4507, "sha256": "a332a1e9" * 8, "notes": {"legend": [f"1:{i}" for i in range(805)]}},
        "provenance": {"started": "2026-01-01T20:39:23+00:00", "versions": {"python": "3.11.7", "torch": "2.13.0"}},
    }  # fmt: skip
    return RunReport(record, answers(record), figures, about)


PAGES = {
    "alone": [genomes()],
    "side by side": [genomes(), genomes("pcd", 20_000, 100, 4.0)],
    "chaos alone": [chaos()],
    "unlike": [genomes(), chaos()],
}
"""Names of pages, and the records of their runs."""
