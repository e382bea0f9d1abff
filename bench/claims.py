"""Claims: the papers' claims, each with the rule that gives its verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from spinodal.reporting.page.numbers import interval, number

from . import published, rules
from .rules import Answer, Missing, Runs


@dataclass(frozen=True)
class Claim:
    """A claim, its source, the numbers of the paper, and the rule with its arguments after the runs."""

    what: str
    source: str
    paper: str
    rule: Callable[..., Answer]
    arguments: tuple[Any, ...] = ()

    def answer(self, runs: Runs) -> Answer:
        """The answer of the rule for these runs, or what is missing for an answer."""
        try:
            return self.rule(runs, *self.arguments)
        except Missing as missing:
            return Answer("", missing.why, missing.verdict)


@dataclass(frozen=True)
class Table:
    """Claims about one data set, with an introduction."""

    title: str
    lead: str
    claims: tuple[Claim, ...]


def tables() -> list[Table]:
    """All claims, in a table for each data set."""
    return [*map(of_set, published.TITLES), *chaotic()]


# -- F&F ----------------------------------------------------------------------------------------


def of_set(data: str) -> Table:
    """The claims of the F&F paper about a data set."""
    trained = f"The paper's F&F: {published.TRAINED[data]}. " if data in published.TRAINED else ""
    every = (*labels(data), *generation(data), *times(data), *one_gradient(data), *late(data))
    return Table(published.TITLES[data], trained + published.UNLIKE[data], every)


def labels(data: str) -> Iterator[Claim]:
    """Prediction of labels."""
    fef, pcd = published.ACCURACY, published.ACCURACY_PCD
    for what, run, paper in (
        ("F&F-10 predicts labels: best accuracy", data, fef),
        ("The same with the settings of the paper", f"{data}-paper", fef),
        ("PCD-100 predicts labels: best accuracy", f"{data}-pcd100", pcd),
    ):
        if data in paper or run == data:
            numbers = f"{paper[data][0]:.2f} at {number(paper[data][1])} updates" if data in paper else ""
            yield Claim(what, "notebooks; Fig. 1B, C", numbers, rules.label_accuracy, (run, paper, data))


def generation(data: str) -> Iterator[Claim]:
    """Generation at the number of steps of training."""
    asked, fresh = "Does it generate the label asked for?", "Is it as good as fresh data?"
    yield Claim(
        "Generates the label asked for: share that an independent classifier confirms",
        "Fig. 1A",
        "scatter plot",
        rules.report_answer,
        (data, asked, "judged_fidelity", "ceiling"),
    )
    yield Claim(
        "As good as data after 10 steps: adversarial error (scatter plots are in the report)",
        "Fig. 1A",
        "scatter plot",
        rules.report_answer,
        (data, fresh, "adversarial_error", "floor"),
    )
    for what, error, paper in (
        ("Spectrum error of each label", "spectrum_error", published.SPECTRUM),
        ("Adversarial error of each label", "adversarial_error", published.ADVERSARIAL),
    ):
        numbers = interval(paper[data]) if data in paper else "not found"
        yield Claim(
            f"{what} at 10 steps: median", "notebooks; Fig. 5", numbers, rules.median_error, (data, error, paper)
        )


TRAINED_FOR = {"hgd": (10, 5, 20), "mnist": (10, 5, 20)}
"""Steps of training; 10 for all other data."""


def times(data: str) -> Iterator[Claim]:
    """Errors over generation time, for F&F and PCD."""
    for k in TRAINED_FOR.get(data, (10,)):
        run = data if k == 10 else f"{data}-k{k}"
        numbers = published.LEAST.get(data, "") if k == 10 else "follows from the claim, not published"
        for short, error in (("Spectrum error", "spectrum_error"), ("Adversarial error", "adversarial_error")):
            yield Claim(f"{short} is least at t = k = {k}", "Fig. 5", numbers, rules.least_at_k, (run, k, error))
    for k in (10, 100):
        numbers = published.PERSISTENT.get(data, "") if k == 100 else "not published"
        what = f"10 steps are enough for F&F-10, not for PCD-{k}: adversarial error"
        yield Claim(what, "Figs. 3, 4", numbers, rules.faster_than_pcd, (data, f"{data}-pcd{k}"))


def one_gradient(data: str) -> Iterator[Claim]:
    """The effect of the second gradient."""
    paper, one = published.ONE_GRADIENT.get(data), f"{data}-fef1"
    numbers = f"{paper[1]:g}, {paper[0]:g}" if paper else "not found"
    source = "notebooks"
    yield Claim(
        "Two gradients and one generate equally well: adversarial error",
        source,
        "indistinguishable",
        rules.equal_errors,
        (data, one),
    )
    yield Claim(
        "Two gradients predict labels better than one: accuracy",
        source,
        numbers,
        rules.lower_score,
        (data, one, "accuracy"),
    )


def late(data: str) -> Iterator[Claim]:
    """Long trainings."""
    if data in published.COLLAPSE:
        what = "Accuracy collapses in a long training"
        yield Claim(what, "notebooks; Fig. 1B", published.COLLAPSE[data], rules.accuracy_collapse, (f"{data}-late",))


# -- chaos --------------------------------------------------------------------------------------

CHAOTIC = {
    "Chaos: handwritten digits (MNIST)": "chaos-mnist",
    "Chaos: clothes (Fashion-MNIST)": "chaos-fashion",
}
BEYOND = {"chaos-mnist-labels": "digits with labels", "chaos-sam": "letters with labels"}
"""Chaotic networks that are in neither paper."""

PAGE = "[chaos.md](chaos.md)"


def chaotic() -> Iterator[Table]:
    """The claims of the chaos paper."""
    lead = "Of the parameters of the paper's Fig. 2 only N = 784 is available: the shapes of curves are compared."
    for title, start in CHAOTIC.items():
        yield Table(title, lead, (*in_time(start), *layers(start), *on_other_pages()))
    claims = [
        Claim(f"Errors are least at T: {what}", "", "", rules.least_at_end, (run,)) for run, what in BEYOND.items()
    ]
    yield Table("Chaos: beyond the papers", "In neither paper.", tuple(claims))


def in_time(start: str) -> Iterator[Claim]:
    """Errors over generation time and over training."""
    for layers in (1, 2, 3):
        for end, rule in (("", "centered rule, ours"), ("-plain", "plain rule, as published")):
            what = f"{layers} layer{'s' * (layers > 1)}, {rule}: errors are least at T"
            run = f"{start}-{layers}layer{end}"
            yield Claim(what, "Fig. 3, eqs. 16, 17, 19", "all at T", rules.least_at_end, (run,))
    for layers in (1, 2, 3):
        what = f"{layers} layer{'s' * (layers > 1)}: errors fall steeply at first in training, then hardly"
        yield Claim(what, "Fig. 5", "steeply, then saturate", rules.saturation, (f"{start}-{layers}layer",))


def layers(start: str) -> Iterator[Claim]:
    """The effect of the number of layers."""
    one, two, three = (f"{start}-{layers}layer" for layers in (1, 2, 3))
    what = "Two layers are better than one: adversarial error"
    yield Claim(what, "Fig. 2", "noisy, better", rules.lower_score, (one, two, "adversarial_error"))
    what = "Three layers are as good as two: adversarial error"
    yield Claim(what, "Fig. 2", "similar", rules.equal_errors, (two, three))


def on_other_pages() -> Iterator[Claim]:
    """Claims that are not measured by records."""
    for what, source in (
        ("Training turns chaos into fixed points: the largest Lyapunov exponent changes its sign", "text"),
        ("At T the network is not yet at a fixed point; long after T there is mode collapse", "Fig. 3"),
        ("About half of the receptive fields are structured, the others random", "Fig. 4"),
    ):
        yield Claim(what, source, "", rules.other_page, (PAGE,))
