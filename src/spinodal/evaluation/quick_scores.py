"""Quick scores: those of a machine on held-out data, each beside its floor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from statistics import fmean
from typing import Any

import numpy as np
import torch
from torch import Tensor

from .. import ranges, scores
from ..data.dataset import Dataset, is_label
from ..data.shuffle import permutation
from ..machines.network import Network
from ..machines.state import Tensors
from ..random_streams import Stream
from ..tasks import hidden_of, known, predict, reconstruct, sample_over_time, visible_of

ROWS = 2000
"""Rows that generated ones are compared with: the cost of adversarial accuracy grows as their square."""

SETS = 10_000
"""Sets of generated rows that scores are averaged over, at most."""

SHARES = ("accuracy", "balanced_accuracy", "label_fidelity")
"""Columns of log.csv in which larger is better; of data that have labels."""

ERRORS = ("adversarial_error", "spectrum_error", "second_moment_error")
"""Columns of log.csv in which smaller is better; of data that have whole rows."""


@dataclass(frozen=True)
class Errors:
    """How far generated rows are from others, averaged over sets of them."""

    adversarial: scores.AdversarialAccuracy
    spectrum: float
    second_moment: float


def cut(data: Dataset, n: int, seed: int) -> Dataset:
    """n rows at random, in order, or all where there are fewer."""
    return data if len(data) <= n else data.select(_some(np.arange(len(data)), n, seed))


def _some(rows: np.ndarray, n: int, seed: int) -> np.ndarray:
    """n of the rows at random, in order."""
    return rows[np.sort(permutation(seed, Stream.SUBSET, len(rows))[:n])]


def noise_floor(test: Dataset, train: Dataset, seed: int = 0, rows: int = ROWS, sets: int = 1) -> Errors | None:
    """The errors of training rows in place of generated ones, `judge`'s floor; None where too few rows are whole."""
    test, whole = cut(test, min(rows, len(train)), seed), np.flatnonzero(train.whole)
    test = test.select(test.whole)
    return _errors(test, [train.select(_some(whole, len(test), seed + i)) for i in range(sets)])


def judge(
    machine: Network,
    test: Dataset,
    train: Dataset,
    times: Sequence[int] = (),
    seed: int = 0,
    rows: int = ROWS,
    sets: int = 1,
    floor: Errors | None = None,
) -> dict[str, Any]:
    """All scores of a machine on held-out data, each beside its floor, at the time it was trained for.

    accuracy, balanced_accuracy   of the exact p(label | visible) on the rows whose label is known
    label_fidelity                of what is generated with the test set's labels, the share recognized as them
    adversarial_accuracy, spectrum_error, second_moment_error   of what is generated against the test set; `floor`: of
                                  as many training rows against it
    reconstruction_error          of machines without noise that have hidden layers: of the rows as these layers see
                                  them, beside their `variance`, which the mean of the rows in place of each would have
    scale                         what visible entries lie between, [0, 1] or [-1, 1]; None where nothing bounds them

    With several label layers the first stands above, and `labels` has each. `times`: also at these times, the
    chains going on in between. The last three take n rows of the test set: `rows` at random, or as many as it and
    the training set have. Adversarial accuracy depends on n, so compare it at the same n only. `sets` of n rows are
    generated, and as many drawn from the training set for the floor: the scores are their averages, the adversarial
    error that of the average accuracies. `floor`: what `noise_floor` gives for the same arguments, where it is known.
    Rows with unknown entries don't count in the last two, which are left out where fewer than two rows are whole, nor
    do rows of an unknown label in the first three. `fewer`: of how many rows a score is, where these are fewer than n,
    or of accuracies than the test set.
    Raises ValueError for a machine that has not been trained, and for labels that it doesn't know.
    """
    if machine.schedule is None:
        raise ValueError("this machine has not been trained: it has no time at which to judge it")
    if not (ranges.is_integer(rows, 2) and ranges.is_integer(sets, 1, SETS)):
        both = f"{ranges.format_value(rows)} and {ranges.format_value(sets)}"
        raise ValueError(f"a score takes 2 rows and one set or more, not {both}; sets are {SETS} at most")
    steps = machine.schedule.steps
    pairs = _seen(machine, test, _labels(machine, test))
    right = {k: _accuracies(asked, seen) for k, asked, seen in pairs}
    counted = dict.fromkeys(("accuracy", "balanced_accuracy"), (_labeled(pairs), len(test)))
    floor = floor or noise_floor(test, train, seed, rows, sets)
    test = cut(test, min(rows, len(train)), seed)
    n, whole = len(test), np.flatnonzero(test.whole)
    like, cards = test.select(np.tile(np.arange(n), sets)), {}
    labels = _labels(machine, like)
    for t, made in sample_over_time(machine, like, sorted({steps, *times}), seed):
        pairs = _seen(machine, made, labels)
        found = {k: right[k] | {"label_fidelity": scores.accuracy(asked, seen)} for k, asked, seen in pairs}
        errors = _errors(test.select(whole), [made.select(whole + n * i) for i in range(sets)])
        cards[t] = _first(found) | _beside(errors, floor)
    counted |= {"label_fidelity": (_labeled(pairs) // sets, n)} | dict.fromkeys(ERRORS, (len(whole), n))
    about: dict[str, Any] = {"steps": steps, "n": n, "sets": sets, "scale": scale(machine)}
    if fewer := {k: rows for k, (rows, of) in counted.items() if k in flat(cards[steps]) and rows < of}:
        about["fewer"] = fewer
    best = about | cards[steps] | reconstructed(machine, test.select(whole), seed)
    return best | ({"times": [{"time": t, **row} for t, row in cards.items()]} if times else {})


def scale(machine: Network) -> list[float | None]:
    """What the entries of all visible layers lie between; None where nothing bounds them.

    >>> from spinodal import Bernoulli, rbm
    >>> scale(rbm(Bernoulli(2), visible=Bernoulli(3)))
    [0.0, 1.0]
    """
    seen = [machine.units[k] for k in visible_of(machine)]
    return [x if isfinite(x) else None for x in (min(u.low for u in seen), max(u.high for u in seen))]


def possible(test: Dataset, train: Dataset, seed: int = 0, rows: int = ROWS) -> list[str]:
    """Those of SHARES and ERRORS that `judge` has of such data.

    >>> import torch
    >>> from spinodal.data.alphabet import BINARY
    >>> data = Dataset.of({"visible": torch.eye(4)}, {"visible": BINARY})
    >>> possible(data, data)
    ['adversarial_error', 'spectrum_error', 'second_moment_error']
    """
    test = cut(test, min(rows, len(train)), seed)
    labeled = any((test[layer] >= 0).any() for layer in test.labels if layer in train.labels)
    whole = min(test.whole.sum(), train.whole.sum()) >= 2
    return [*(SHARES if labeled else ()), *(ERRORS if whole else ())]


def _labels(machine: Network, test: Dataset) -> Tensors:
    """The label layers of which the test set knows some, as their letters (n,)."""
    every = known(machine, test, filter(is_label, machine.units))
    return {k: x[:, 0].long() for k, x in every.items() if (x >= 0).any()}


def _seen(machine: Network, data: Dataset, labels: Tensors) -> list[tuple[str, Tensor, Tensor]]:
    """Each label layer, what the labels should be, and what the machine sees in the data."""
    guess = predict(machine, data) if labels else None
    return [(k, x, torch.from_numpy(guess.letters(k))) for k, x in labels.items()] if guess else []


def _labeled(pairs: list[tuple[str, Tensor, Tensor]]) -> int:
    """How many rows have the first label."""
    return int((pairs[0][1] >= 0).sum()) if pairs else 0


def _accuracies(asked: Tensor, seen: Tensor) -> dict[str, float]:
    return {
        "accuracy": scores.accuracy(asked, seen),
        "balanced_accuracy": scores.balanced_accuracy(asked, seen),
    }


def _first(found: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """The scores of the first label layer, and those of each where there are several."""
    first = dict(next(iter(found.values()), {}))
    return first | ({"labels": dict(found)} if len(found) > 1 else {})


def _errors(data: Dataset, others: list[Dataset]) -> Errors | None:
    """How far sets of other rows are from the data on average, if there are enough rows to tell."""
    if min(len(data), *map(len, others)) < 2:
        return None
    found = [scores.score(data, other) for other in others]
    truth, synthetic = (fmean(f["adversarial_accuracy"][side] for f in found) for side in ("truth", "synthetic"))
    spectrum, second = (fmean(f[k] for f in found) for k in ("spectrum_error", "second_moment_error"))
    return Errors(scores.AdversarialAccuracy(truth, synthetic), spectrum, second)


def _beside(errors: Errors | None, floor: Errors | None) -> dict[str, Any]:
    if errors is None or floor is None:
        return {}
    a = errors.adversarial
    both = {"truth": a.truth, "synthetic": a.synthetic, "error": a.error}
    return {
        "adversarial_accuracy": {**both, "floor": floor.adversarial.error},
        "spectrum_error": {"value": errors.spectrum, "floor": floor.spectrum},
        "second_moment_error": {"value": errors.second_moment, "floor": floor.second_moment},
    }


def reconstructed(machine: Network, test: Dataset, seed: int) -> dict[str, Any]:
    """The reconstruction error of whole rows, where a machine without noise has something hidden."""
    if machine.sampled or not hidden_of(machine) or len(test) < 2:
        return {}
    x = test.numbers("visible")
    error = scores.reconstruction_error(x, reconstruct(machine, test, seed=seed).numbers("visible"))
    return {"reconstruction_error": {"value": error, "variance": float(x.var(0, correction=0).mean())}}


def flat(quality: Mapping[str, Any]) -> dict[str, float]:
    """The scores as columns of log.csv."""
    found = {k: quality[k] for k in SHARES if k in quality}
    found |= {f"adversarial_{name}": x for name, x in quality.get("adversarial_accuracy", {}).items()}
    for name in ("spectrum", "second_moment", "reconstruction"):
        if own := quality.get(f"{name}_error"):
            found |= {f"{name}_error" if key == "value" else f"{name}_{key}": x for key, x in own.items()}
    return found
