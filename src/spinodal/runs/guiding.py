"""Guiding: the guidance and the age with which a training makes the best rows, by its held-out rows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from math import isnan, nan
from statistics import fmean
from typing import Any, NamedTuple, TypeVar

from ..data.dataset import Dataset
from ..evaluation.preparation import rows_compared
from ..evaluation.quick_scores import QUALITY, fidelities, flat, noise_floor, quick_scores, with_fidelity
from ..evaluation.reference import ROWS
from ..machines.dynamics import Machine
from ..progress import Meter
from .archive import Run

TRIED = (0.0, 0.1, 0.25, 0.5)
"""The guidances that are compared; above these the rows of a label are more and more alike (docs/tuning.md)."""

STRONGER = (0.75, 1.0)
"""Those that are tried as well where a label comes out too rarely, as those with few rows do."""

LEAST, COST = 0.92, 0.01
"""In what share of its rows each label should come out as asked for, and how much quality may fall for it.

The share is of some hundred rows, so it is a little more than the nine of ten that are wanted. Where labels overlap,
real rows are recognized less often, and rows that are recognized more often than these would be caricatures: then the
share is the balanced accuracy.
"""

BEFORE, AFTER = 5, 2
"""How many ages before and after the one of the log's best quality are compared with it, with the guidance."""

MOST = 2 * len(TRIED) - 1 + len(STRONGER) + 2 * (BEFORE + AFTER)
"""How many machines are measured at most."""

SAMPLED = 3000
"""Rows that each quality is of. One set of a hundred held-out rows, and even of a thousand, would choose by chance."""

SETS = 10
"""The most sets, each of which is compared with all held-out rows."""

Key = TypeVar("Key", int, float)


class Found(NamedTuple):
    """How good rows are: their quality, and the fidelity of the label that comes out least often as asked for.

    known: the balanced accuracy, how well labels of real rows are known.
    """

    quality: float
    least: float
    known: float = 1.0

    @property
    def is_rare(self) -> bool:
        """Whether a label comes out less often than it should, and than real rows are recognized."""
        return self.least < min(LEAST, self.known)


Measured = Callable[[float, int], Found]
"""What measures rows with a guidance of an age."""


def choose(run: Run, test: Dataset, train: Dataset, seed: int, scheduled: Collection[int]) -> dict[str, Any]:
    """The guidance that suits at the age of the log's best, and the age around it with the best quality with it.

    The guidance is that of the best quality; where a label comes out as asked for in less than `LEAST` of its rows, and
    less often than real rows are recognized, the next larger one with which each label does and the quality is lower by
    `COST` at most, if there is one. Ages with which each label does come first, too; where none is among the compared
    ones with it, the guidance is that of the best quality after all.

    Labels are often best at an age at which the rows of a label are still mixed with others'. Guidance sorts these, so
    with it an earlier age may be the best one, and with more of it one that is earlier still: the next guidance is
    compared at the age before, and so on while rows are better. And the log's best is of one set of rows, so a later
    one may be.

    scheduled: the ages that count, which a training saves that never stops. "value" and "age": what is taken;
    "logged": the age of the log's best; "tried": the quality with each guidance at that age, and "ages": with the value
    at each; "least": the fidelity of the label that comes out least often, if any is known; "scores": those of a row of
    log.csv at this age with the guidance, if not 0.

    The logger spinodal.progress says how far it is.

    Cost: `measure_of` for `MOST` machines at most. The noise is the same for all, by the seed. Where no quality can be
    measured the guidance is 0, and the age stays.
    """
    measure, logged = measure_of(test, train, seed), run.chosen()
    found, near = dict[tuple[float, int], Found](), around(logged, run, scheduled)
    meter = Meter("choosing guidance and age", len(TRIED) + len(near) - 1)

    def measured(guidance: float, age: int) -> Found:
        if (guidance, age) not in found:
            found[guidance, age] = measure(run.guided(guidance).machine(age))
            meter.total = max(meter.total, len(found))
            meter.add()
        return found[guidance, age]

    tried = {g: measured(g, logged) for g in TRIED}
    for g in STRONGER:
        if sufficient(tried) is None:
            tried[g] = measured(g, logged)
    value, age = along(*suited(tried, near, logged, measured), near, measured)
    ages = {a: own.quality for (g, a), own in sorted(found.items()) if g == value}
    measurable = {"tried": _known(_qualities(tried), "{:g}".format), "ages": _known(ages, str)}
    about = {"value": value, "age": age, "logged": logged, **measurable}
    if not isnan(found[value, age].least):
        about["least"] = found[value, age].least
    if value:
        about["scores"] = flat(quick_scores(run.guided(value).machine(age), test, train, seed=seed))
    return about


def suited(tried: Mapping[float, Found], near: Sequence[int], logged: int, measured: Measured) -> tuple[float, int]:
    """The guidance and the age: with the one that is sufficient at the age of the log, if its own age is so, too."""
    for value in (suited_guidance(tried), best(_qualities(tried, TRIED), 0.0)):
        age = suited_age({age: measured(value, age) for age in near}, logged)
        if not measured(value, age).is_rare:
            break
    return value, age


def suited_guidance(tried: Mapping[float, Found]) -> float:
    """The guidance that is taken: one that is sufficient, or that of the best quality of `TRIED`."""
    found = sufficient(tried)
    return best(_qualities(tried, TRIED), 0.0) if found is None else found


def sufficient(tried: Mapping[float, Found]) -> float | None:
    """The least guidance, from that of the best quality of `TRIED` on, with which rows are `enough`; None if none is.

    >>> few = {0.0: Found(0.95, 0.6), 0.1: Found(0.96, 0.7), 0.25: Found(0.955, 0.93), 0.5: Found(0.9, 0.99)}
    >>> sufficient(few), sufficient({0.0: Found(0.95, 0.6), 0.1: Found(0.8, 0.95)})
    (0.25, None)
    """
    value = best(_qualities(tried, TRIED), 0.0)
    return min((g for g in enough(tried, tried[value].quality) if g >= value), default=None)


def enough(found: Mapping[Key, Found], top: float) -> list[Key]:
    """With what each label comes out often enough, and quality is nearly the top one; of rows without labels, all.

    >>> enough({316: Found(0.955, 0.93), 383: Found(0.96, 0.88), 464: Found(0.92, 0.93)}, 0.96)
    [316]
    """
    return [key for key, own in found.items() if not (own.is_rare or own.quality < top - COST)]


def along(guidance: float, age: int, near: Sequence[int], measured: Measured) -> tuple[float, int]:
    """Ever larger guidances of `TRIED` at ever earlier ages, from these on, as far as rows are better with each."""
    earlier = reversed(near[: near.index(age)])
    for g, a in zip((g for g in TRIED if g > guidance), earlier):
        if not is_better(measured(g, a), measured(guidance, age)):
            break
        guidance, age = g, a
    return guidance, age


def is_better(found: Found, other: Found) -> bool:
    """Whether rows have a higher quality than others, and no label that comes out too rarely if those have none.

    >>> is_better(Found(0.96, 0.97), Found(0.95, 0.95)), is_better(Found(0.96, 0.9), Found(0.95, 0.95))
    (True, False)
    """
    return found.quality > other.quality and not (found.is_rare and not other.is_rare)


def suited_age(found: Mapping[int, Found], logged: int) -> int:
    """The age that is taken: the best among those whose rows are `enough`, or among all; that of the log if none is."""
    top = max((own.quality for own in found.values()), default=nan)
    return best(_qualities(found, enough(found, top) or found), logged)


def around(age: int, run: Run, scheduled: Collection[int]) -> list[int]:
    """The saved ages that are compared with one: `BEFORE` before it and `AFTER` after it, of those that count."""
    saved = [other for other in run.ages if other in scheduled or other == age]
    at = saved.index(age)
    return saved[max(at - BEFORE, 0) : at + AFTER + 1]


def measure_of(test: Dataset, train: Dataset, seed: int) -> Callable[[Machine], Found]:
    """What measures a machine on held-out rows; nan where there is nothing to measure.

    The quality is the mean over as many sets of rows as `sets_of` says, and its label fidelity is of as many rows of
    each label (`fidelities`): guidance mends above all the rows of rare labels, of which few are held out.

    Cost: twice `SAMPLED` rows are generated, and half of them compared with held-out ones.
    """
    sets = sets_of(rows_compared(ROWS, test, train))
    floor = noise_floor(test, train, seed, sets=sets)

    def found(machine: Machine) -> Found:
        row = flat(quick_scores(machine, test, train, seed=seed, sets=sets, floor=floor))
        if "label_fidelity" in row and (shares := fidelities(machine, train, seed, SAMPLED)):
            return Found(with_fidelity(row, fmean(shares)), min(shares), row["balanced_accuracy"])
        return Found(row.get(QUALITY, nan), nan)

    return found


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


def _qualities(found: Mapping[Key, Found], keys: Collection[Key] | None = None) -> dict[Key, float]:
    """The quality of each that was measured, or of some of them."""
    return {key: own.quality for key, own in found.items() if keys is None or key in keys}


def _known(qualities: Mapping[Key, float], written: Callable[[Key], str]) -> dict[str, float]:
    """Those that are numbers, as a record has them."""
    return {written(key): quality for key, quality in qualities.items() if not isnan(quality)}
