"""Design: rows near a template, with some letters alone, without copies, recognized, or the best of many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..data.dataset import Dataset, numbered_names
from ..machines.dynamics import Machine
from ..machines.noise import Noise
from ..tasks import asked, recoded_layers
from .constraints import Constraints
from .loop import Tally, collect
from .measures import Measure, ranking, sureness
from .requests import Requests
from .steering import Pull

SEARCH, DRAWS = range(2)
"""Noises of their own: of the search for pulls, and of the rows."""


@dataclass(frozen=True)
class Designed:
    """Rows that were designed, and how many were drawn for them.

    data         its table has "sure", p(label asked for | row), and "score", by which the best were chosen
    pulls        by which each request was steered to its template
    recognized   of how many rows the machine finds each label that was asked for more probable than not; None where no
                 label was
    """

    data: Dataset
    tally: Tally
    pulls: tuple[Pull, ...] = ()
    recognized: int | None = None


def design(
    machine: Machine,
    like: Dataset | None = None,
    *,
    label: str | None = None,
    n: int | Sequence[int] = 1,
    constraints: Constraints,
    train: Dataset | None = None,
    steps: int | None = None,
    seed: int | Noise = 0,
) -> Designed:
    """Rows in which what is known of `like` is held, as in `complete`, and which meet the constraints.

    like     requests, a row each: its label, its known entries; or
    label    the name of one label, as in `generate`; without both the machine draws labels, too
    n        how many rows of each request; with `top` how many that pass, of which the best are kept
    train    the training rows, where rows are compared with them
    steps    by default those of the machine's schedule

    Which rows come out is a function of the seed, of the machine and of the arguments. Rows are in the order of the
    requests; those of `top` begin with the best. Every row has its numbers in the table, as text: "sure" is p(label
    asked for | row), where a label was asked for, and "score" the number by which `top` ranks.

    Raises ValueError for what doesn't fit, for a window that what is held or allowed keeps rows out of, and where the
    budget is spent before all rows are found: it says what the rows were.

    >>> import spinodal as sp
    >>> machine = sp.rbm(sp.Bernoulli(8), visible=sp.Potts(6, 4), label=sp.Potts(1, 2))
    >>> constraints = sp.Constraints(allow={0: "12"}, distinct=True)
    >>> train = sp.generate(machine, n=3, steps=2)
    >>> found = sp.design(machine, label="1", n=5, constraints=constraints, train=train, steps=2)
    >>> len(found.data), set(found.data["visible"][:, 0].tolist()) <= {1, 2}
    (5, True)
    """
    like = asked(machine, {label or "": 1}) if like is None else recoded_layers(machine, like, machine.units)
    ranked = None if constraints.by is None else ranking(machine, constraints.by)
    rows, number = (like, np.arange(len(like))) if ranked else _distinct(like)
    requests = Requests.of(machine, rows, constraints, train, steps)
    each = np.broadcast_to(np.asarray(n, np.int64), len(like))
    if (each < (constraints.top or 1)).any():
        least = f"{constraints.top}, as the best {constraints.top} are kept" if constraints.top else "1"
        raise ValueError(f"{each.min()} rows are too few of a request: ask for at least {least}")
    noise = Noise.of(seed)
    requests = requests.steered(noise.child(SEARCH)) if requests.window else requests
    wanted, draws = np.bincount(number, each).astype(np.int64), noise.child(DRAWS)
    found, owner, tally = collect(
        requests.propose, rows, wanted, requests.measures, constraints.distinct, constraints.budget, draws
    )
    values = None
    if ranked:
        found, owner, values = _best(found, owner, rows, ranked, constraints.top or 1)
    else:
        owner = np.repeat(np.arange(len(like)), each)
        found = found.select(np.argsort(np.argsort(number[owner], kind="stable"), kind="stable"))
    sure = sureness(machine, found, like.select(owner))
    recognized = None if np.isnan(sure).all() else int((sure >= 0.5).sum())
    scores = _texts("sure", sure) | ({} if values is None else _texts("score", values))
    return Designed(_named(found, owner, like, scores), tally, requests.pulls, recognized)


def _texts(name: str, values: np.ndarray) -> dict[str, np.ndarray]:
    """A column of the table, "" where a row has no number; none where no row has one."""
    if np.isnan(values).all():
        return {}
    return {name: np.array(["" if np.isnan(x) else f"{x:.6g}" for x in values], dtype=str)}


def _distinct(rows: Dataset) -> tuple[Dataset, np.ndarray]:
    """The distinct rows, in the order of the first of each, and which of them each row is, (n,)."""
    parts = [np.ascontiguousarray(x).view(np.uint8).reshape(len(rows), -1) for x in rows.columns.values()]
    if not parts:
        return rows.select([0]), np.zeros(len(rows), np.int64)
    _, first, number = np.unique(np.hstack(parts), axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first)
    return rows.select(first[order]), np.argsort(order)[number.reshape(-1)]


def _best(
    found: Dataset, owner: np.ndarray, rows: Dataset, ranked: Measure, top: int
) -> tuple[Dataset, np.ndarray, np.ndarray]:
    """The best rows of each request, the best first; the requests that they are of, and their numbers."""
    values = ranked.of(found, rows.select(owner))
    order = np.lexsort((-values, owner))
    kept = np.concatenate([order[owner[order] == request][:top] for request in range(len(rows))])
    return found.select(kept), owner[kept], values[kept]


def _named(found: Dataset, owner: np.ndarray, like: Dataset, scores: dict[str, np.ndarray]) -> Dataset:
    """The rows with the names and tables of their requests, and their scores; numbered where these have no names."""
    more = like.select(owner)
    names = numbered_names(len(found))
    if (like.names != "").all():
        place = np.arange(len(owner)) - np.searchsorted(owner, owner)  # among the rows of its request
        several = np.bincount(owner)[owner] > 1
        names = np.array([f"{k}_{i + 1}" if many else k for k, i, many in zip(more.names, place, several)], dtype=str)
    return replace(found, names=names, table=more.table | scores)
