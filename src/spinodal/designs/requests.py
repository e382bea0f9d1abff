"""Requests: what is held in rows that are asked for, what acts on them, and how rows are drawn and judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from ..data.alphabet import UNKNOWN, Alphabet
from ..data.dataset import Dataset, concatenate
from ..machines import kernels
from ..machines.dynamics import Machine
from ..machines.guidance import emphasis
from ..machines.noise import Noise
from ..machines.temperature import tempered
from ..tasks import completions, recoded_layers, visible_of
from . import measures, steering
from .allowed import allowing, is_allowed
from .constraints import Constraints
from .measures import Measure, Window, letters_of
from .steering import Outcome, Pull

CHAINS, CHOICE, TEMPLATES, PROFILE, TRIALS = range(5)
"""Noises of their own: of chains, of the letters that are held, of templates, and of the search for pulls."""

SURE = 0.9
"""The least p(label asked for | row) of rows that count in the search for pulls."""

PROFILE_ROWS = 256
"""Rows of a request, of which it is learned how usual letters are."""


@dataclass(frozen=True)
class Requests:
    """What is asked for, a row each, and how it is drawn.

    machine    what judges rows; chains: what draws them, the machine at its temperature
    pool       the templates: one row, or the training rows, (m, sites); None where rows are near nothing
    pulls      by which the rows of each request are steered
    profiles   letters of rows of each request that are not steered, with its labels and with any, (PROFILE_ROWS, sites)
    """

    machine: Machine
    chains: Machine
    rows: Dataset
    constraints: Constraints
    fields: Mapping[str, Tensor]
    measures: tuple[Measure, ...]
    steps: int | None = None
    window: Window | None = None
    pool: Dataset | None = None
    pulls: tuple[Pull, ...] = ()
    profiles: tuple[tuple[np.ndarray, np.ndarray], ...] = ()

    @staticmethod
    def of(
        machine: Machine, rows: Dataset, constraints: Constraints, train: Dataset | None, steps: int | None
    ) -> Requests:
        """The requests of some rows, in the machine's letters, whose known entries are held.

        Raises ValueError for constraints that can't be met.
        """
        constraints.check()
        fields = allowing(machine, constraints.allow or {}, rows.schema)
        if train is None and constraints.needs_training_rows:
            raise ValueError("rows are compared with the training rows: pass them (train)")
        pool = train if constraints.near is None else constraints.near
        pool = None if pool is None else _in_letters_of(machine, pool)
        near = _nearness(constraints, pool)
        judged = list(near[1:]) if near else []
        if constraints.distinct and train is not None:
            judged.append(measures.no_copies(_in_letters_of(machine, train)))
        if constraints.sure is not None:
            if not any((rows[k] >= 0).any() for k in rows.labels):
                raise ValueError("sure is how probable the label asked for must be, and no label is: name one")
            judged.append(measures.recognized(machine, constraints.sure))
        chains, window = tempered(machine, constraints.temperature), near[0] if near else None
        found = Requests(machine, chains, rows, constraints, fields, tuple(judged), steps, window, pool)
        found._check()
        return found

    def _check(self) -> None:
        """Raises ValueError for a window that what is held and allowed keeps rows out of."""
        if self.window is None or self.pool is None or self.constraints.near is None:
            return
        template, held = letters_of(self.pool), letters_of(self._blank(self.rows))
        never = (template >= 0) & ~is_allowed(self.machine, self.fields, template)
        forced = ((held >= 0) & (template >= 0) & (held != template) | (held < 0) & never).sum(1)
        same = ((held >= 0) & (held == template)).sum(1)
        low, high = int(forced.max()), self.window.sites - int(same.max())
        if low > self.window.high or high < self.window.low:
            least, most = sorted((self.window.show(low), self.window.show(high)))
            raise ValueError(
                f"rows can't have {self.window.said}: by what is held and allowed they have "
                f"{least} to {most}: take a wider window, or hold or forbid less"
            )

    def propose(self, which: np.ndarray, noise: Noise) -> Dataset:
        """Rows of the requests of these numbers."""
        rows, fields = self.rows.select(which), dict(self.fields)
        if any(pull != Pull() for pull in self.pulls):
            rows = self._near(self._blank(rows), which, noise)
            strength = torch.tensor([pull.strength for pull in self.pulls])[torch.from_numpy(which)]
            labels = {k: torch.from_numpy(rows[k]) for k in rows.labels}
            fields |= emphasis(self.chains, labels, strength)
        parts = completions(self.chains, rows, steps=self.steps, seed=noise.child(CHAINS), fields=fields)
        return concatenate(list(parts))

    def _near(self, rows: Dataset, which: np.ndarray, noise: Noise) -> Dataset:
        """The rows with letters of templates held: as many as the pulls say."""
        assert self.pool is not None
        template = letters_of(self.pool)[self._templates(which, noise.child(TEMPLATES))]
        odds = np.empty(template.shape)
        for request in np.unique(which):
            own, (labeled, free) = which == request, self.profiles[request]
            odds[own] = steering.suitable(labeled, free, template[own])
        odds *= (template >= 0) & is_allowed(self.machine, self.fields, template)
        held = np.array([pull.held for pull in self.pulls])[which]
        return steering.hold(rows, template, held, odds, self.machine, noise.child(CHOICE))

    def _templates(self, which: np.ndarray, noise: Noise) -> np.ndarray:
        """The number of a template for each row: the one that there is, or a training row by chance."""
        u = kernels.of(self.machine.like).uniform(len(which), 1, noise.at(0, 0), self.machine.like)
        share, chosen = u[:, 0].cpu().double().numpy(), np.zeros(len(which), np.int64)
        for request in np.unique(which):
            own, alike = which == request, self._alike(request)
            chosen[own] = alike[(share[own] * len(alike)).astype(np.int64)]
        return chosen

    def _alike(self, request: int) -> np.ndarray:
        """The templates with the labels asked for; all where none has them."""
        assert self.pool is not None
        fits = np.ones(len(self.pool), dtype=bool)
        for k in (k for k in self.rows.labels if k in self.pool.columns and self.rows[k][request, 0] >= 0):
            fits &= self.pool.texts(k) == self.rows.texts(k)[request]
        return np.flatnonzero(fits if fits.any() else ~fits)

    def _blank(self, rows: Dataset) -> Dataset:
        """The rows with all visible layers of letters, unknown where they had none."""
        units = {k: self.machine.units[k] for k in visible_of(self.machine)}
        alphabets = {k: Alphabet.of(u) for k, u in units.items() if k not in rows.columns}
        blank = {k: np.full((len(rows), units[k].columns), UNKNOWN, a.dtype) for k, a in alphabets.items()}
        seen = {k: (blank | rows.columns)[k] for k in units}  # in the order of the machine's layers
        return replace(rows, columns=seen | rows.columns, alphabets=rows.alphabets | alphabets)

    def steered(self, noise: Noise) -> Requests:
        """The requests with a pull each, with which most of their rows are in the window, and labeled as asked."""
        number = range(len(self.rows))
        ready = replace(self, profiles=tuple(self._profile(i, noise.child(PROFILE, i)) for i in number))
        return replace(ready, pulls=tuple(ready._search(i, noise.child(TRIALS, i)) for i in number))

    def _profile(self, request: int, noise: Noise) -> tuple[np.ndarray, np.ndarray]:
        """Letters of rows of a request that are not steered: with its labels, and with any."""
        which = np.full(PROFILE_ROWS, request)
        labeled = letters_of(self.propose(which, noise))
        free = self.rows
        for layer in free.labels:
            free = free.hide(layer)
        return labeled, letters_of(replace(self, rows=free).propose(which, noise)) if self._asks(request) else labeled

    def _asks(self, request: int) -> bool:
        """Whether a request asks for a label."""
        return any(int(self.rows[k][request, 0]) >= 0 for k in self.rows.labels)

    def _search(self, request: int, noise: Noise) -> Pull:
        """The pull of a request: the one with which most rows of a trial pass all measures."""
        which = np.full(steering.PILOTS, request)
        wanted = self.rows.select(which)
        label = self._asks(request)
        recognized = measures.recognized(self.machine, SURE)

        def trial(pull: Pull) -> Outcome:
            made = replace(self, pulls=(pull,) * len(self.rows)).propose(which, noise)
            values = [measure.of(made, wanted) for measure in self.measures]
            each = [measure.passes(x) for measure, x in zip(self.measures, values)]
            passes = np.all(each, axis=0)
            labeled = passes & recognized.passes(recognized.of(made, wanted)) if label else passes
            labeled_share, share, inside = (float(x.mean()) for x in (labeled, passes, each[0]))
            return Outcome(labeled_share, share, inside, float(np.median(values[0])))

        assert self.window is not None
        return steering.search(trial, self.window, self.window.sites, label)


def _in_letters_of(machine: Machine, data: Dataset) -> Dataset:
    """The data with the visible layers in the letters of a machine; labels as they are."""
    seen = recoded_layers(machine, data, visible_of(machine))
    labels = {k: data[k] for k in data.labels}
    return replace(seen, columns=seen.columns | labels, alphabets=data.alphabets | seen.alphabets)


def _nearness(constraints: Constraints, pool: Dataset | None) -> tuple[Window, Measure] | None:
    """The window of the constraints, and the measure of it, to the template or to the nearest of the training rows."""
    if pool is None or (constraints.near is None and constraints.identity is None):
        return None
    letters = letters_of(pool)
    if constraints.near is None:
        window = Window.of(constraints.identity, None, letters.shape[1])
        return window, measures.to_nearest(pool, window)
    window = Window.of(constraints.identity, constraints.mutations, int((letters[0] >= 0).sum()))
    return window, measures.to_template(letters[0], window)
