"""Guiding: the guidance and the age with which a training makes the best rows, by its held-out rows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from math import isnan, nan
from typing import Any, TypeVar

from ..data.dataset import Dataset
from ..evaluation.preparation import rows_compared
from ..evaluation.quick_scores import QUALITY, even_fidelity, flat, noise_floor, quick_scores, with_fidelity
from ..evaluation.reference import ROWS
from ..machines.dynamics import Machine
from ..progress import Meter
from .archive import Run

TRIED = (0.0, 0.1, 0.25, 0.5)
"""The guidances that are compared; above these the rows of a label are more and more alike (docs/tuning.md)."""

BEFORE, AFTER = 5, 2
"""How many ages before and after the one of the log's best quality are compared with it, with the guidance."""

SAMPLED = 3000
"""Rows that each quality is of. One set of a hundred held-out rows, and even of a thousand, would choose by chance."""

SETS = 10
"""The most sets, each of which is compared with all held-out rows."""

Key = TypeVar("Key", int, float)


def choose(run: Run, test: Dataset, train: Dataset, seed: int, scheduled: Collection[int]) -> dict[str, Any]:
    """The guidance with the best quality at the age of the log's best, and the best with it of the ages around.

    scheduled: the ages that count, which a training saves that never stops. "value" and "age": what is taken;
    "logged": the age of the log's best; "tried" and "ages": the quality with each; "scores": those of a row of log.csv
    at this age with the guidance, if not 0.

    Labels are often best at an age at which the rows of a label are still mixed with others'. Guidance sorts these, so
    with it an earlier age may be the best one. And the log's best is of one set of rows, so a later one may be.

    The logger spinodal.progress says how far it is.

    Cost: `quality_of` for each of `TRIED` and of `BEFORE` + `AFTER` ages. The noise is the same for all, by the seed.
    Where no quality can be measured the guidance is 0, and the age stays.
    """
    measure, logged = quality_of(test, train, seed), run.chosen()
    near = around(logged, run, scheduled)
    meter = Meter("choosing guidance and age", len(TRIED) + len(near) - 1)

    def quality(machine: Machine) -> float:
        found = measure(machine)
        meter.add()
        return found

    tried = {g: quality(run.guided(g).machine(logged)) for g in TRIED}
    value = best(tried, 0.0)
    run = run.guided(value)
    ages = {age: tried[value] if age == logged else quality(run.machine(age)) for age in near}
    age = best(ages, logged)
    measured = {"tried": _known(tried, "{:g}".format), "ages": _known(ages, str)}
    about = {"value": value, "age": age, "logged": logged, **measured}
    if value:
        about["scores"] = flat(quick_scores(run.machine(age), test, train, seed=seed))
    return about


def around(age: int, run: Run, scheduled: Collection[int]) -> list[int]:
    """The saved ages that are compared with one: `BEFORE` before it and `AFTER` after it, of those that count."""
    saved = [other for other in run.ages if other in scheduled or other == age]
    at = saved.index(age)
    return saved[max(at - BEFORE, 0) : at + AFTER + 1]


def quality_of(test: Dataset, train: Dataset, seed: int) -> Callable[[Machine], float]:
    """The quality of a machine on held-out rows; nan where none can be measured.

    It is the mean over as many sets of rows as `sets_of` says, and its label fidelity is of as many rows of each label
    (`even_fidelity`): guidance mends above all the rows of rare labels, of which few are held out.

    Cost: twice `SAMPLED` rows are generated, and half of them compared with held-out ones.
    """
    sets = sets_of(rows_compared(ROWS, test, train))
    floor = noise_floor(test, train, seed, sets=sets)

    def quality(machine: Machine) -> float:
        row = flat(quick_scores(machine, test, train, seed=seed, sets=sets, floor=floor))
        if "label_fidelity" in row:
            return with_fidelity(row, even_fidelity(machine, train, seed, SAMPLED))
        return row.get(QUALITY, nan)

    return quality


def sets_of(rows: int) -> int:
    """How many sets of so many rows make `SAMPLED`, `SETS` at most, and one at least: a smaller one has other errors.

    >>> sets_of(2000), sets_of(116), sets_of(5000)
    (2, 10, 1)
    """
    return min(max(-(-SAMPLED // rows), 1), SETS)


def best(qualities: Mapping[Key, float], default: Key) -> Key:
    """What has the best quality, the least of equal ones; the default where no quality is a number.

    >>> best({0.0: 0.86, 0.1: 0.865, 0.25: 0.885, 0.5: 0.885}, 0.0), best({316: nan}, 316)
    (0.25, 316)
    """
    known = {key: quality for key, quality in qualities.items() if not isnan(quality)}
    return max(sorted(known), key=known.__getitem__, default=default)


def _known(qualities: Mapping[Key, float], written: Callable[[Key], str]) -> dict[str, float]:
    """Those that are numbers, as a record has them."""
    return {written(key): quality for key, quality in qualities.items() if not isnan(quality)}
