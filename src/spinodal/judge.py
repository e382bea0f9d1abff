"""Judge: all scores of a machine on held-out data, each beside its floor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from . import scores
from .dataset import Dataset, is_label
from .network import Network
from .shuffle import order
from .tasks import follow, predict


CUT = 2**40
"""The stream of random orders that is nobody else's: an epoch never reaches it."""


def cut(data: Dataset, n: int, seed: int) -> Dataset:
    """n rows at random, in order, or all where there are fewer."""
    if len(data) <= n:
        return data
    return data.select(np.sort(order(seed, CUT, len(data))[:n]))


def judge(machine: Network, test: Dataset, train: Dataset, times: Sequence[int] = (), seed: int = 0) -> dict[str, Any]:
    """All scores of a machine on held-out data, each beside its floor, at the time it was trained for.

    accuracy, balanced_accuracy   of the exact p(label | visible) on the rows whose label is known
    label_fidelity                of what is generated with the test set's labels, the share recognized as them
    adversarial_accuracy, spectrum_error   of what is generated against the test set; `floor`: of as many training
                                  rows against it

    With several label layers the first stands above, and `labels` has each. `times`: also at these times, the
    chains going on in between. The test set is cut at random to the size of the training set where it is larger.
    """
    assert machine.schedule is not None
    steps = machine.schedule.steps
    test = cut(test, len(train), seed)
    floor = scores.score(test, cut(train, len(test), seed))
    rows = []
    for t, made in follow(machine, test, sorted({steps, *times}), seed):
        rows.append({"time": t, **_fidelity(machine, test, made), **_beside(scores.score(test, made), floor)})
    best = next(row for row in rows if row["time"] == steps)
    result = {"steps": steps, "n": len(test), **_accuracy(machine, test)}
    result |= {k: v for k, v in best.items() if k != "time"}
    return result | ({"times": rows} if times else {})


def _labels(machine: Network, test: Dataset) -> list[str]:
    """The label layers of which the test set knows some."""
    return [k for k in machine.units if is_label(k) and k in test.columns and (test[k] >= 0).any()]


def _accuracy(machine: Network, test: Dataset) -> dict[str, Any]:
    layers = _labels(machine, test)
    if not layers:
        return {}
    guess = predict(machine, test)
    found = {}
    for k in layers:
        truth, letters = _letters(test[k][:, 0]), _letters(guess.letters(k))
        found[k] = {
            "accuracy": scores.accuracy(truth, letters),
            "balanced_accuracy": scores.balanced_accuracy(truth, letters),
        }
    return _first(found)


def _fidelity(machine: Network, test: Dataset, made: Dataset) -> dict[str, Any]:
    layers = _labels(machine, test)
    if not layers:
        return {}
    seen = predict(machine, made)
    pairs = {k: (_letters(test[k][:, 0]), _letters(seen.letters(k))) for k in layers}
    return _first({k: {"label_fidelity": scores.accuracy(asked, found)} for k, (asked, found) in pairs.items()})


def _first(found: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """The scores of the first label layer, and those of each where there are several."""
    first = dict(next(iter(found.values())))
    return first | ({} if len(found) == 1 else {"labels": found})


def _letters(x: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(x.astype(np.int64))


def _beside(score: Mapping[str, Any], floor: Mapping[str, Any]) -> dict[str, Any]:
    adversarial = {**score["adversarial_accuracy"], "floor": floor["adversarial_accuracy"]["error"]}
    return {
        "adversarial_accuracy": adversarial,
        "spectrum_error": {"value": score["spectrum_error"], "floor": floor["spectrum_error"]},
    }


def flat(quality: Mapping[str, Any]) -> dict[str, float]:
    """The scores as columns of log.csv."""
    a, s = quality["adversarial_accuracy"], quality["spectrum_error"]
    labels = {k: quality[k] for k in ("accuracy", "balanced_accuracy", "label_fidelity") if k in quality}
    return labels | {
        "adversarial_truth": a["truth"],
        "adversarial_synthetic": a["synthetic"],
        "adversarial_error": a["error"],
        "adversarial_floor": a["floor"],
        "spectrum_error": s["value"],
        "spectrum_floor": s["floor"],
    }
