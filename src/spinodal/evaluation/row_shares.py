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
from ..tasks import Prediction, predictor, reconstruct, sample_over_time


def samples_over_time(
    machine: Machine, like: Dataset, times: Sequence[int], seed: int, ranks: Ranks
) -> Iterator[tuple[int, Dataset]]:
    """What `tasks.sample_over_time` yields."""
    ranks = ranks.for_rows(len(like))
    part = ranks.share(len(like)).part
    for time, own in sample_over_time(machine, like.select(part), times, Noise.of(seed).below(part.start)):
        yield time, _all(own, len(like), ranks)


def predicted(machine: Machine, data: Dataset, seed: int, ranks: Ranks) -> Prediction:
    """What `tasks.predict` returns."""
    own = predictor(machine, data, seed)(ranks.share(len(data)).part)
    return replace(own, names=data.names, probability={k: _gathered(p, ranks) for k, p in own.probability.items()})


def reconstruction(machine: Machine, data: Dataset, seed: int, ranks: Ranks) -> Dataset:
    """What `tasks.reconstruct` returns, without the names and weights of the rows."""
    ranks = ranks.for_rows(len(data))
    part = ranks.share(len(data)).part
    return _all(reconstruct(machine, data.select(part), seed=Noise.of(seed).below(part.start)), len(data), ranks)


def _all(own: Dataset, rows: int, ranks: Ranks) -> Dataset:
    """The rows of all ranks, so many, with names that count them."""
    columns = {k: _gathered(x, ranks) for k, x in own.columns.items()}
    return replace(own, columns=columns, names=numbered_names(rows), table={}, weights=None)


def _gathered(x: np.ndarray, ranks: Ranks) -> np.ndarray:
    """The rows of a matrix that all ranks have together."""
    return np.concatenate([part.numpy() for part in ranks.gather(torch.from_numpy(np.ascontiguousarray(x)))])
