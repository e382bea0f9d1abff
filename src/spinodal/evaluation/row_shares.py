"""Row shares: rows are generated, predicted and reconstructed by all ranks, each its share; all ranks get all rows.

A row depends on the seed and its number alone, so the rows are those that one process makes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import torch

from ..data.dataset import Dataset, numbered_names
from ..machines.dynamics import Machine
from ..machines.noise import Noise
from ..ranks import Ranks
from ..tasks import Prediction, predict, reconstruct, sample_over_time


def samples_over_time(
    machine: Machine, like: Dataset, times: Sequence[int], seed: int, ranks: Ranks
) -> Iterator[tuple[int, Dataset]]:
    """What `tasks.sample_over_time` yields."""
    ranks = ranks.for_rows(len(like))
    part = ranks.share(len(like)).part
    for time, own in sample_over_time(machine, like.select(part), times, Noise.of(seed).below(part.start)):
        yield time, _all(own, len(like), ranks)


def predicted(machine: Machine, data: Dataset, seed: int, ranks: Ranks) -> Prediction:
    """What `tasks.predict` returns. Its random numbers count rows with and without unknown entries apart."""
    found = [_predicted(machine, data, rows, seed, ranks) for rows in (data.whole, ~data.whole)]
    order = np.argsort(np.concatenate([np.flatnonzero(data.whole), np.flatnonzero(~data.whole)]))
    probability = {k: np.concatenate([p.probability[k] for p in found])[order] for k in found[0].probability}
    return Prediction(data.names, probability, found[0].alphabets)


def reconstruction(machine: Machine, data: Dataset, seed: int, ranks: Ranks) -> Dataset:
    """What `tasks.reconstruct` returns, without the names and weights of the rows."""
    ranks = ranks.for_rows(len(data))
    part = ranks.share(len(data)).part
    return _all(reconstruct(machine, data.select(part), seed=Noise.of(seed).below(part.start)), len(data), ranks)


def _predicted(machine: Machine, data: Dataset, rows: np.ndarray, seed: int, ranks: Ranks) -> Prediction:
    """The prediction of rows that are all whole, or all not."""
    some = data.select(rows)
    part = ranks.share(len(some)).part
    own = predict(machine, some.select(part), Noise.of(seed).below(part.start))
    return replace(own, probability={k: _gathered(p, ranks) for k, p in own.probability.items()})


def _all(own: Dataset, rows: int, ranks: Ranks) -> Dataset:
    """The rows of all ranks, so many, with names that count them."""
    columns = {k: _gathered(x, ranks) for k, x in own.columns.items()}
    return replace(own, columns=columns, names=numbered_names(rows), table={}, weights=None)


def _gathered(x: np.ndarray, ranks: Ranks) -> np.ndarray:
    """The rows of a matrix that all ranks have together."""
    return np.concatenate([part.numpy() for part in ranks.gather(torch.from_numpy(np.ascontiguousarray(x)))])
