"""Claims: what the papers say, each with the rule that judges what was measured here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from spinodal.reporting.page.numbers import number, span

from . import published, rules
from .rules import Answer, Missing, Runs


@dataclass(frozen=True)
class Claim:
    """What a paper says, where, in its numbers, and the rule (with its arguments after the runs) that judges ours."""

    what: str
    source: str
    paper: str
    rule: Callable[..., Answer]
    arguments: tuple[Any, ...] = ()

    def answer(self, runs: Runs) -> Answer:
        """What the rule says of runs; where something is missing, that."""
        try:
            return self.rule(runs, *self.arguments)
        except Missing as missing:
            return Answer("", missing.why, missing.verdict)


@dataclass(frozen=True)
class Table:
    """Claims about one data set, and what to know of it."""

    title: str
    lead: str
    claims: tuple[Claim, ...]


def tables() -> list[Table]:
    """All claims, a table a data set."""
    return [*map(of_set, published.TITLES), *chaotic()]


# -- F&F ----------------------------------------------------------------------------------------


def of_set(data: str) -> Table:
    """The claims of the F&F paper about a data set."""
    trained = f"The paper's F&F: {published.TRAINED[data]}. " if data in published.TRAINED else ""
    every = (*labels(data), *generation(data), *times(data), *one_gradient(data), *late(data))
    return Table(published.TITLES[data], trained + published.UNLIKE[data], every)


def labels(data: str) -> Iterator[Claim]:
    """How well labels are known."""
    ours, theirs = published.ACCURACY, published.ACCURACY_PCD
    for what, run, paper in (
        ("Label accuracy of F&F-10 at its best age", data, ours),
        ("The same in the published size", f"{data}-paper", ours),
        ("Label accuracy of PCD-100 at its best age", f"{data}-pcd100", theirs),
    ):
        if data in paper or run == data:
            said = f"{paper[data][0]:.2f} at {number(paper[data][1])} updates" if data in paper else ""
            yield Claim(what, "notebooks; Fig. 1B, C", said, rules.knows_labels, (run, paper, data))


def generation(data: str) -> Iterator[Claim]:
    """What comes out at the steps trained for."""
    asked, fresh = "Does it generate the label asked for?", "Is it as good as fresh data?"
    yield Claim(
        "Generates the label asked for: share that a classifier recognizes",
        "Fig. 1A",
        "scatter plot",
        rules.answered,
        (data, asked, "judged_fidelity", "ceiling"),
    )
    yield Claim(
        "As good as real data after 10 steps: adversarial error (scatter plots are in the report)",
        "Fig. 1A",
        "scatter plot",
        rules.answered,
        (data, fresh, "adversarial_error", "floor"),
    )
    for what, error, paper in (
        ("Spectrum error of each label", "spectrum_error", published.SPECTRUM),
        ("Adversarial error of each label", "adversarial_error", published.ADVERSARIAL),
    ):
        said = span(paper[data]) if data in paper else "not found"
        yield Claim(f"{what} at 10 steps: median", "notebooks; Fig. 5", said, rules.as_low, (data, error, paper))


TRAINED_FOR = {"hgd": (10, 5, 20), "mnist": (10, 5, 20)}
"""Steps that were trained for; 10 alone where nothing is said."""


def times(data: str) -> Iterator[Claim]:
    """Errors over generation time, and how soon PCD generates."""
    for k in TRAINED_FOR.get(data, (10,)):
        run = data if k == 10 else f"{data}-k{k}"
        said = published.DIPS.get(data, "") if k == 10 else "follows from the claim, not published"
        for short, error in (("Spectrum error", "spectrum_error"), ("Adversarial error", "adversarial_error")):
            yield Claim(f"{short} is smallest at t = k = {k}", "Fig. 5", said, rules.dips, (run, k, error))
    for k in (10, 100):
        said = published.PERSISTENT.get(data, "") if k == 100 else "not published"
        what = f"10 steps are enough for F&F-10, not for PCD-{k}: adversarial error"
        yield Claim(what, "Figs. 3, 4", said, rules.sooner, (data, f"{data}-pcd{k}"))


def one_gradient(data: str) -> Iterator[Claim]:
    """What the second gradient is for."""
    found, one = published.ONE_GRADIENT.get(data), f"{data}-fef1"
    said = f"{found[1]:g}, {found[0]:g}" if found else "not found"
    source = "notebooks"
    yield Claim(
        "Two gradients and one generate equally well: adversarial error",
        source,
        "indistinguishable",
        rules.alike,
        (data, one),
    )
    yield Claim(
        "Two gradients predict labels better than one: accuracy", source, said, rules.less, (data, one, "accuracy")
    )


def late(data: str) -> Iterator[Claim]:
    """What becomes of long trainings."""
    if data in published.COLLAPSE:
        what = "Accuracy collapses in long training"
        yield Claim(what, "notebooks; Fig. 1B", published.COLLAPSE[data], rules.collapses, (f"{data}-late",))


# -- chaos --------------------------------------------------------------------------------------

CHAOTIC = {
    "Chaos: handwritten digits (MNIST)": "chaos-mnist",
    "Chaos: clothes (Fashion-MNIST)": "chaos-fashion",
}
BEYOND = {"chaos-mnist-labels": "digits with labels", "chaos-sam": "letters with labels"}
"""Chaotic networks that neither paper has."""

PAGE = "[chaos.md](chaos.md)"


def chaotic() -> Iterator[Table]:
    """The claims of the chaos paper."""
    known = "Of the parameters of the paper's Fig. 2 we know only N = 784"
    lead = f"{known}, so the shapes of curves are compared, not values."
    for title, start in CHAOTIC.items():
        yield Table(title, lead, (*in_time(start), *layers(start), *at_rest()))
    claims = [
        Claim(f"Errors are smallest at T: {what}", "", "", rules.best_at_end, (run,)) for run, what in BEYOND.items()
    ]
    yield Table("Chaos: beyond the papers", "In neither paper.", tuple(claims))


def in_time(start: str) -> Iterator[Claim]:
    """Errors over generation time and over training."""
    for layers in (1, 2, 3):
        for end, rule in (("", "centered rule, ours"), ("-plain", "plain rule, as published")):
            what = f"{layers} layer{'s' * (layers > 1)}, {rule}: errors are smallest at T"
            run = f"{start}-{layers}layer{end}"
            yield Claim(what, "Fig. 3, eqs. 16, 17, 19", "all at T", rules.best_at_end, (run,))
    for layers in (1, 2, 3):
        what = f"{layers} layer{'s' * (layers > 1)}: errors decrease fast in training, then saturate"
        yield Claim(what, "Fig. 5", "steeply, then saturate", rules.saturates, (f"{start}-{layers}layer",))


def layers(start: str) -> Iterator[Claim]:
    """How many layers it takes."""
    one, two, three = (f"{start}-{layers}layer" for layers in (1, 2, 3))
    what = "Two layers are better than one: adversarial error"
    yield Claim(what, "Fig. 2", "noisy, better", rules.less, (one, two, "adversarial_error"))
    yield Claim("Three layers are like two: adversarial error", "Fig. 2", "similar", rules.alike, (two, three))


def at_rest() -> Iterator[Claim]:
    """What records don't have."""
    for what, source in (
        ("Training turns chaos into fixed points: the largest Lyapunov exponent changes its sign", "text"),
        ("At T the network is not yet at a fixed point; long after, modes collapse", "Fig. 3"),
        ("About half of the receptive fields are structured, the others random", "Fig. 4"),
    ):
        yield Claim(what, source, "", rules.elsewhere, (PAGE,))
