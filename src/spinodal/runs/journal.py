"""Journal: the trials of a sweep in a file that several processes append to, and Optuna's next point for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, product
from math import isfinite, prod
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.pruners import SuccessiveHalvingPruner
from optuna.samplers import BaseSampler, TPESampler
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

from ..errors import FormatError, one_line
from ..random_streams import mix
from . import stopping
from .search import Choices, Space, Span

KEPT = 3
"""Of so many trials that are as old one goes on."""

FIRST = 9
"""The part of a training after which a trial may be stopped: a ninth, and then a third; see `first_rung`."""

REDRAWN = 100
"""How often a point that was tried already is drawn anew."""

NAME = "sweep"
"""The name of the study in its journal."""

STATES = {TrialState.RUNNING: "running", TrialState.COMPLETE: "complete", TrialState.PRUNED: "pruned"}

optuna.logging.set_verbosity(optuna.logging.WARNING)


@dataclass(frozen=True)
class Trial:
    """A trial: its number, its state (running, complete, pruned, diverged, failed), the values of the settings that are
    searched, the objective at each saved age, and what is said about it: "why" and "scores".
    """

    number: int
    state: str
    point: dict[str, Any]
    curve: dict[int, float] = field(default_factory=dict)
    about: dict[str, Any] = field(default_factory=dict)

    @property
    def age(self) -> int:
        """The last age that was reported."""
        return max(self.curve, default=0)

    @property
    def value(self) -> float | None:
        """The objective at the last age."""
        return self.curve.get(self.age)

    @property
    def ended(self) -> bool:
        """Whether no training of it goes on."""
        return self.state != "running"


class Journal:
    """The trials of a sweep, in a journal file by Optuna.

    A line is appended under a lock file that is made by an exclusive open, which shared disks have, too (NFS from
    version 3 on). Who reads sees all lines that are whole.
    """

    def __init__(self, path: Path, space: Space, updates: int, seed: int) -> None:
        """The journal at a path, which is made where there is none. Raises FormatError where it is damaged."""
        path = path.resolve()
        distributions = {key: _distribution(values) for key, values in space.items()}
        pruner = SuccessiveHalvingPruner(min_resource=first_rung(updates), reduction_factor=KEPT)
        how: dict[str, Any] = {"study_name": NAME, "sampler": Points(distributions, seed), "pruner": pruner}
        try:
            self._storage = JournalStorage(JournalFileBackend(str(path), JournalFileOpenLock(str(path))))
            if NAME in optuna.get_all_study_names(self._storage):
                self._study = optuna.load_study(storage=self._storage, **how)
            else:
                self._study = optuna.create_study(storage=self._storage, direction="maximize", **how)
        except (ValueError, LookupError, TypeError, AttributeError, AssertionError) as error:
            raise FormatError(
                f"{path} is damaged ({one_line(error)}): restore it from a copy, or sweep anew elsewhere"
            ) from None
        self._id = self._storage.get_study_id_from_name(NAME)
        self._space = distributions

    @property
    def about(self) -> dict[str, Any]:
        """What is said about the sweep."""
        return dict(self._study.user_attrs)

    def say(self, about: Mapping[str, Any]) -> None:
        """Say something about the sweep, for good."""
        for key, value in about.items():
            self._study.set_user_attr(key, value)

    def trials(self) -> list[Trial]:
        """All trials that have their point, by number."""
        return [_trial(t) for t in self._frozen() if t.params.keys() == self._space.keys()]

    def ask(self) -> Trial:
        """A new trial at a point that was not tried."""
        return _trial(self._storage.get_trial(self._study.ask(fixed_distributions=self._space)._trial_id))

    def forget_unasked(self) -> None:
        """Close trials of processes that were killed before these had a point. Only while nobody else asks."""
        for trial in self._frozen():
            if trial.state == TrialState.RUNNING and trial.params.keys() != self._space.keys():
                self._study.tell(trial.number, state=TrialState.FAIL)

    def exhausted(self) -> bool:
        """Whether all points that there are were tried."""
        size = _size(self._space)
        return size is not None and len({_key(t.point) for t in self.trials()}) >= size

    def report(self, number: int, curve: Mapping[int, float]) -> bool:
        """Report the objective at the saved ages of a trial; whether the trial isn't worth going on with."""
        known = self._get(number).intermediate_values
        for age in sorted(curve.keys() - known.keys()):
            self._storage.set_trial_intermediate_value(self._get(number)._trial_id, age, curve[age])
        return self._study.pruner.prune(self._study, self._get(number))

    def end(self, number: int, state: str, **about: Any) -> Trial:
        """End a trial: complete, pruned, diverged or failed."""
        trial = _trial(self._get(number))
        for key, value in {"state": state, **about}.items():
            self._storage.set_trial_user_attr(self._get(number)._trial_id, key, value)
        if state == "complete":
            self._study.tell(number, trial.value)
        else:
            self._study.tell(number, state=TrialState.FAIL if state == "failed" else TrialState.PRUNED)
        return _trial(self._get(number))

    def _frozen(self) -> list[FrozenTrial]:
        return self._study.get_trials(deepcopy=False)

    def _get(self, number: int) -> FrozenTrial:
        return self._storage.get_trial(self._storage.get_trial_id_from_study_id_trial_number(self._id, number))


def first_rung(updates: int) -> int:
    """The age at which trials of so many updates are first compared: a ninth of these, but 300 at least, as scores
    hardly change before; of shorter ones a third.

    >>> first_rung(9000), first_rung(1000), first_rung(300)
    (1000, 300, 100)
    """
    return max(updates // FIRST, min(stopping.FIRST, updates // KEPT), 1)


class Points(BaseSampler):
    """Points of tree-structured Parzen estimators (Bergstra et al. 2011), by random numbers of (seed, trial).

    So two processes never draw the same numbers, and one process alone makes the same sweep again. Trials that still
    run count as bad ones, so that others look elsewhere. A point that was tried is drawn anew, as its training would
    only repeat the bits.
    """

    def __init__(self, space: dict[str, BaseDistribution], seed: int) -> None:
        self._space, self._seed = space, seed

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """All that is searched."""
        return self._space

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """The point of a trial."""
        number = mix(mix(np.array([self._seed % 2**64], dtype=np.uint64)) + np.uint64(trial.number))
        sampler = TPESampler(seed=int(number[0] % np.uint64(2**32)))
        tried = {_key(t.params) for t in study.get_trials(deepcopy=False) if t.number != trial.number}
        drawn = (self._drawn(sampler, study, trial) for _ in range(REDRAWN))
        return next(point for point in chain(drawn, _every(self._space)) if _key(point) not in tried)

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """No setting is drawn by itself."""
        raise ValueError(f"{param_name} is not searched")

    def _drawn(self, sampler: TPESampler, study: Study, trial: FrozenTrial) -> dict[str, Any]:
        """A point; at random where there are too few trials to learn from."""
        known = sampler.sample_relative(study, trial, sampler.infer_relative_search_space(study, trial))
        rest = {name: own for name, own in self._space.items() if name not in known}
        return known | {name: sampler.sample_independent(study, trial, name, own) for name, own in rest.items()}


def _distribution(values: Span | Choices) -> BaseDistribution:
    if isinstance(values, Choices):
        return CategoricalDistribution(values.values)
    if values.whole:
        return IntDistribution(int(values.low), int(values.high), log=values.logarithmic)
    return FloatDistribution(values.low, values.high, log=values.logarithmic)


def _values(own: BaseDistribution) -> tuple[Any, ...] | range | None:
    """All values of a setting, where they can be counted."""
    if isinstance(own, CategoricalDistribution):
        return own.choices
    return range(own.low, own.high + 1) if isinstance(own, IntDistribution) else None


def _size(space: Mapping[str, BaseDistribution]) -> int | None:
    """How many points there are; None where they can't be counted."""
    values = [_values(own) for own in space.values()]
    return None if None in values else prod(len(own) for own in values if own is not None)


def _every(space: Mapping[str, BaseDistribution]) -> Iterator[dict[str, Any]]:
    """All points, where they can be counted."""
    if _size(space) is not None:
        yield from (dict(zip(space, point)) for point in product(*(_values(own) or () for own in space.values())))


def _key(point: Mapping[str, Any]) -> str:
    """A point as text, by which equal ones are found."""
    return repr(sorted(point.items()))


def _trial(trial: FrozenTrial) -> Trial:
    about = dict(trial.user_attrs)
    said = about.pop("state", None)
    state = STATES.get(trial.state, "failed")
    curve = {age: value for age, value in trial.intermediate_values.items() if isfinite(value)}
    return Trial(trial.number, said if said and state != "running" else state, dict(trial.params), curve, about)
