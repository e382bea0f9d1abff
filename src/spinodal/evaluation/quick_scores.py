"""Quick scores: the part of a machine's evaluation that takes seconds: labels and errors, each beside its floor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import torch

from .. import scores
from ..data.dataset import Dataset
from ..machines.dynamics import Machine
from ..ranks import ALONE, Ranks
from ..tasks import hidden_of, labels_of
from .comparison_sets import generated_sets, held_out_rows, independent_rows, matched_sets
from .judge import Judge, Named
from .known_judges import judges_of
from .measure import Spread, Values
from .measures import QUICK
from .predictions import accuracies
from .preparation import check, label_predictor, recoded, repeated, rows_compared, scale, split_sets
from .reference import ROWS, Reference, Rows, compared, cut
from .results import spreads_of, values_of
from .row_shares import predicted, reconstruction, samples_over_time
from .scales import MARGIN

SHARES = ("accuracy", "balanced_accuracy", "label_fidelity")
"""Columns of log.csv in which larger is better; of data that have labels."""

ERRORS = ("adversarial_error", "spectrum_error", "second_moment_error")
"""Columns of log.csv in which smaller is better; of data that have whole rows."""

QUALITY = "quality"
"""The column of log.csv that says in one number how good labels and rows are: the mean of `qualities`."""


def quick_scores(
    machine: Machine,
    test: Dataset,
    train: Dataset,
    times: Sequence[int] = (),
    seed: int = 0,
    rows: int = ROWS,
    sets: int = 1,
    floor: Values | None = None,
    ranks: Ranks = ALONE,
    judges: Iterable[Judge | Named] = (),
) -> dict[str, Any]:
    """A part of the scores of `evaluate`, which takes seconds: of a machine on held-out data, at the time trained for.

    accuracy, balanced_accuracy   of the exact p(label | visible) on the rows whose label is known
    label_fidelity                the share of generated rows in which the machine predicts the label asked for
    adversarial_accuracy, spectrum_error, second_moment_error   of generated rows against held-out ones; `floor`: of as
                                  many training rows with the same labels
    reconstruction_error          of machines without noise that have hidden layers: of the rows as these layers see
                                  them, beside their `variance`, the error of the mean of the rows
    quality                       the mean of balanced accuracy, label fidelity and how fresh rows look (`qualities`)
    scale                         the range of visible entries, [0, 1] or [-1, 1]; None where it has no bound

    Of several label layers the scores of the first stand above, and `labels` has those of each. `times`: also at these
    times, by the same chains. The last four take n held-out rows: `rows` at random, or as many as test and train have.
    Adversarial accuracy depends on n, so compare it at the same n only. `sets` of n rows are generated, and as many
    drawn from the training set for the floor: scores are averages over sets, the adversarial error is that of the
    average accuracies. `floor`: what `noise_floor` returns for the same arguments, where it is known. Errors are of
    rows without unknown entries, and left out where fewer than two are so; shares are of rows whose label is known.
    `judges`: as in `evaluate`; how their numbers are distributed over generated, held-out, training and independent
    rows, {name: {"generated": {"n", "mean", "quartiles"}, ...}}.
    `fewer`: how many rows a score is of, where these are fewer than n, or of accuracies than the test set. `ranks`: the
    processes that share the rows that are generated and predicted; rank 0 compares them, and returns the scores that
    one process does, and the others return nothing, {}.

    Raises ValueError for a machine that has not been trained, and numbers out of range.
    """
    if machine.schedule is None:
        raise ValueError("quick scores are of a trained machine, and this one has not been trained")
    check(rows, sets)
    test, train = (recoded(machine, data) for data in (test, train))
    some, steps = cut(test, rows_compared(rows, test, train), seed), machine.schedule.steps
    asked = judges_of(judges)
    reference, like = _reference(some, seed), repeated(some, sets)
    floor = _floor(reference, some, train, seed, sets) if floor is None and ranks.is_first else floor
    accuracy, found = _accuracies(machine, test, seed, ranks), {}
    predictors = {layer: label_predictor(machine, layer, seed, ranks) for layer in accuracy}
    for t, made in samples_over_time(machine, like, sorted({steps, *times}), seed, ranks):
        generated = generated_sets(split_sets(made, like, sets), seed, predictors)
        if ranks.is_first:
            shares = {k: own | {"label_fidelity": _fidelity(generated, k)} for k, own in accuracy.items()}
            if t == steps and asked:
                judged = _judged(asked, reference, generated, train, some, seed)
            first, values = _first(shares), values_of(QUICK, reference, generated)
            found[t] = first | _beside(values, floor or {}) | _quality(qualities(first, values, floor or {}))
    rebuilt = reconstructed(machine, some.select(some.whole), seed, ranks)
    if not ranks.is_first:
        return {}
    about: dict[str, Any] = {"steps": steps, "n": len(some), "sets": sets, "scale": scale(machine)}
    if fewer := _fewer(test, some, [*accuracy], flat(found[steps])):
        about["fewer"] = fewer
    best = about | found[steps] | rebuilt | ({"judges": judged} if asked else {})
    return best | ({"times": [{"time": t, **row} for t, row in found.items()]} if times else {})


def noise_floor(test: Dataset, train: Dataset, seed: int = 0, rows: int = ROWS, sets: int = 1) -> Values:
    """The errors of training rows with the labels of the held-out rows in place of generated ones, by name."""
    some = cut(test, rows_compared(rows, test, train), seed)
    return _floor(_reference(some, seed), some, train, seed, sets)


def baseline(test: Dataset, train: Dataset, seed: int = 0, rows: int = ROWS) -> Values:
    """The errors of rows of independent sites with the labels of the held-out rows in place of generated ones."""
    some = cut(test, rows_compared(rows, test, train), seed)
    try:
        return values_of(QUICK, _reference(some, seed), [independent_rows(train, some, seed)])
    except ValueError:  # a site that no row knows
        return {}


def possible(test: Dataset, train: Dataset, seed: int = 0, rows: int = ROWS) -> list[str]:
    """Those of SHARES and ERRORS that `quick_scores` measures of such data.

    >>> import torch
    >>> from spinodal.data.alphabet import BINARY
    >>> data = Dataset.of({"visible": torch.eye(4)}, {"visible": BINARY})
    >>> possible(data, data)
    ['quality', 'adversarial_error', 'spectrum_error', 'second_moment_error']
    """
    some = cut(test, rows_compared(rows, test, train), seed)
    labeled = any((some[layer] >= 0).any() for layer in some.labels if layer in train.labels)
    whole = min(some.whole.sum(), train.whole.sum()) >= 2
    return [*([QUALITY] if labeled or whole else ()), *(SHARES if labeled else ()), *(ERRORS if whole else ())]


def qualities(shares: Mapping[str, float], errors: Values, floor: Values) -> dict[str, float]:
    """The parts of a quality, each from 0 to 1: of labels, of labels asked for, and of rows; those that there are.

    balanced_accuracy, label_fidelity   as they are
    freshness     1 - √(2 E),   E the adversarial error, Σ (side - 1/2)²: 1 where generated rows are as near to held-out
                  ones as to each other. Where many rows are alike, so that the floor of E is above `MARGIN`, the sides
                  of the floor take the place of 1/2
    """
    found = {name: shares[name] for name in ("balanced_accuracy", "label_fidelity") if name in shares}
    if "adversarial_error" in errors and "adversarial_error" in floor:
        alike = floor["adversarial_error"] > MARGIN
        apart = sum((errors[side] - (floor[side] if alike else 0.5)) ** 2 for side in SIDES)
        found["freshness"] = freshness(apart)
    return found


def freshness(error: float) -> float:
    """1 - √(2 E) of an adversarial error E, at least 0: 1 where rows are fresh, 0 at the largest error, 1/2.

    >>> freshness(0.0), freshness(0.125), freshness(0.5)
    (1.0, 0.5, 0.0)
    """
    return max(1.0 - (2.0 * error) ** 0.5, 0.0)


SIDES = ("adversarial_truth", "adversarial_synthetic")
"""Of rows: how often the nearest other row is of the other set; 1/2 where both sets are of one distribution."""


def fidelities(machine: Machine, train: Dataset, seed: int = 0, rows: int = ROWS) -> list[float]:
    """The label fidelity of each label, in as many generated rows of each: in the order of labels, of those known.

    Held-out rows of a rare label are too few to say how often it comes out as asked for: here each label that training
    rows have is asked for in rows / labels of them, at least in one. Other label layers are as in training rows of the
    label. [] where no label is known. Raises ValueError for a machine that has not been trained.

    Cost: `rows` rows are generated, and their labels predicted.
    """
    if machine.schedule is None:
        raise ValueError("fidelity is of a trained machine, and this one has not been trained")
    train, layer = recoded(machine, train), next(iter(labels_of(machine)))
    if not (train[layer] >= 0).any():
        return []
    like, steps = _evenly(train, layer, rows), machine.schedule.steps
    ((_, made),) = samples_over_time(machine, like, [steps], seed, ALONE)
    asked, seen = like[layer][:, 0], label_predictor(machine, layer, seed)(made)
    return [float((seen[asked == label] == label).mean()) for label in np.unique(asked)]


def with_fidelity(row: Mapping[str, float], fidelity: float) -> float:
    """The quality of a row of log.csv with another label fidelity in place of its own.

    >>> row = {"quality": 0.8, "balanced_accuracy": 0.9, "label_fidelity": 0.9, "adversarial_error": 0.08}
    >>> round(with_fidelity(row, 0.6), 3)
    0.7
    """
    parts = sum(not np.isnan(row.get(name, np.nan)) for name in PARTS)
    return row[QUALITY] + (fidelity - row["label_fidelity"]) / parts


PARTS = ("balanced_accuracy", "label_fidelity", "adversarial_error")
"""The columns of log.csv that a quality is of; of the last, how fresh rows look."""


def flat(quality: Mapping[str, Any]) -> dict[str, float]:
    """The scores as columns of log.csv."""
    found = {k: quality[k] for k in (*SHARES, QUALITY) if k in quality}
    found |= {f"adversarial_{name}": x for name, x in quality.get("adversarial_accuracy", {}).items()}
    for name in ("spectrum", "second_moment", "reconstruction"):
        if own := quality.get(f"{name}_error"):
            found |= {f"{name}_error" if key == "value" else f"{name}_{key}": x for key, x in own.items()}
    return found


def reconstructed(machine: Machine, test: Dataset, seed: int, ranks: Ranks = ALONE) -> dict[str, Any]:
    """The reconstruction error of rows without unknown entries, of a machine without noise that has hidden layers."""
    if machine.sampled or not hidden_of(machine) or len(test) < 2:
        return {}
    x = test.numbers("visible")
    error = scores.reconstruction_error(x, reconstruction(machine, test, seed, ranks).numbers("visible"))
    return {"reconstruction_error": {"value": error, "variance": float(x.var(0, correction=0).mean())}}


def _judged(
    judges: Sequence[Judge], reference: Reference, generated: Sequence[Rows], train: Dataset, some: Dataset, seed: int
) -> dict[str, dict[str, Spread]]:
    """How the numbers of judges are distributed over rows. Raises ValueError where one can't judge them."""
    matched = matched_sets(train, some, len(generated), seed)
    others = {"test": [reference.test], "matched": matched}
    with suppress(ValueError):  # a site that no row knows can't be drawn
        others["independent"] = [independent_rows(train, some, seed)]
    reference = Reference(reference.test, matched[0], Rows(compared(train)))
    found = {}
    for judge in judges:
        found[judge.name], why = spreads_of(judge.measure, reference, generated, others, judge.name)
        for error in why.values():
            raise error
    return found


def _reference(some: Dataset, seed: int) -> Reference:
    """What the quick measures need: the held-out rows alone."""
    rows = held_out_rows(some, seed)
    return Reference(rows, rows, rows)


def _floor(reference: Reference, some: Dataset, train: Dataset, seed: int, sets: int) -> Values:
    return values_of(QUICK, reference, matched_sets(train, some, sets, seed))


def _accuracies(machine: Machine, test: Dataset, seed: int, ranks: Ranks) -> dict[str, dict[str, float]]:
    """The accuracies of each label layer of which the held-out rows know some."""
    layers = [k for k in labels_of(machine) if (test[k] >= 0).any()]
    found = predicted(machine, test, seed, ranks) if layers else None
    return {k: accuracies(found, test, k) for k in layers} if found else {}


def _fidelity(generated: Sequence[Rows], layer: str) -> float:
    """The share of generated rows in which the machine predicts the label of a layer that was asked for."""
    both = [np.stack([rows.data[layer][:, 0], rows.predicted[layer]]).astype(np.int64) for rows in generated]
    return scores.accuracy(*torch.from_numpy(np.hstack(both)))


def _evenly(data: Dataset, layer: str, rows: int) -> Dataset:
    """As many rows of each label of a layer, about so many together; those of rare labels several times."""
    labels = data[layer][:, 0]
    known = np.unique(labels[labels >= 0])
    each = max(rows // len(known), 1)
    return data.select(np.concatenate([np.resize(np.flatnonzero(labels == label), each) for label in known]))


def _first(shares: Mapping[str, dict[str, float]]) -> dict[str, Any]:
    """The scores of the first label layer, and those of each where there are several."""
    first: dict[str, Any] = dict(next(iter(shares.values()), {}))
    return first | ({"labels": dict(shares)} if len(shares) > 1 else {})


def _quality(parts: Mapping[str, float]) -> dict[str, float]:
    """The mean of the parts that are numbers; {} where there are none, as of rows of which no label is known."""
    known = [x for x in parts.values() if not np.isnan(x)]
    return {QUALITY: float(np.mean(known))} if known else {}


def _beside(values: Values, floor: Values) -> dict[str, Any]:
    """The errors that have a floor, beside it."""
    found: dict[str, Any] = {}
    for name in (k for k in ERRORS if k in values and k in floor):
        if name == "adversarial_error":
            sides = {side: values[f"adversarial_{side}"] for side in ("truth", "synthetic")}
            found["adversarial_accuracy"] = {**sides, "error": values[name], "floor": floor[name]}
        else:
            found[name] = {"value": values[name], "floor": floor[name]}
    return found


def _fewer(test: Dataset, some: Dataset, layers: Sequence[str], there: Mapping[str, float]) -> dict[str, int]:
    """How many rows each score that is there is of, where these are fewer than were asked for."""
    known = [(int((data[k] >= 0).sum()), len(data)) for data in (test, test, some) for k in layers[:1]]
    counted = dict(zip(SHARES, known)) | dict.fromkeys(ERRORS, (int(some.whole.sum()), len(some)))
    return {k: count for k, (count, of) in counted.items() if k in there and count < of}
