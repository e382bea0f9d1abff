"""Likelihood: log p(row), log p(row | label) and log p(label | row) of a machine, in nats a row, with their error."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn.functional import softplus

from ..data.dataset import Dataset
from ..machines import marginals
from ..machines.conditioned import condition
from ..machines.energies import check_energy, free_energy
from ..machines.network import Network
from ..machines.partition import LogPartition, log_partition
from ..tasks import label_layer, labels_of, recoded_layers, visible_of

AT_ONCE = 4096
"""Rows whose free energies are computed at once."""

Partition = Callable[[Network, Sequence[Network]], LogPartition]
"""How log Z is found, of a machine and its earlier ages; those are () where none were given."""


@dataclass(frozen=True)
class LogLikelihood:
    """log p of each row.

    rows        (n,), nats
    partitions  the log Z that it took: one for each condition in the rows; () for log p(label | row)
    which       (n,), the condition of each row
    """

    rows: np.ndarray
    partitions: tuple[LogPartition, ...] = ()
    which: np.ndarray | None = None

    @property
    def mean(self) -> float:
        """The mean over rows, nats."""
        return float(self.rows.mean())

    @property
    def error(self) -> float:
        """The standard error of the mean for that of log Z."""
        return float(np.sqrt(sum((share * z.error) ** 2 for share, z in self._shares())))

    @property
    def lower(self) -> float:
        """The mean at the upper ends of the brackets of log Z."""
        return self.mean - sum(share * (z.upper - z.log_z) for share, z in self._shares())

    @property
    def upper(self) -> float:
        """The mean at the lower ends of the brackets of log Z."""
        return self.mean + sum(share * (z.log_z - z.lower) for share, z in self._shares())

    def _shares(self) -> Iterator[tuple[float, LogPartition]]:
        which = np.zeros(len(self.rows), dtype=int) if self.which is None else self.which
        yield from ((float(np.mean(which == i)), z) for i, z in enumerate(self.partitions))


def exactly(machine: Network, ages: Sequence[Network]) -> LogPartition:
    """log Z as a sum over all states."""
    return log_partition(machine)


def log_likelihood(
    machine: Network,
    data: Dataset,
    given: str | Collection[str] = (),
    *,
    partition: LogPartition | Partition = exactly,
    ages: Sequence[Network] = (),
) -> LogLikelihood:
    """log p of each row, in nats; of real numbers (Gaussian units) the logarithm of a density.

    given      (): log p(visible); all labels are summed over. The name of a label column, or several: log p(visible |
               these labels); other labels, and labels that a row doesn't have, are summed over. "visible":
               log p(labels | visible) of the labels that a row has, which takes no log Z
    partition  log Z of the machine, or a function that finds it: it is called with the machine and its `ages`, once
               for each combination of labels that are given; by default a sum over all states

    In logarithms throughout: log p(label | visible) has all its digits where p rounds to 1. Raises ValueError for a
    machine without energy, for rows with unknown visible entries, for values between those that binary units have (gray
    values of images), and where labels are given with one log Z for all.
    """
    check_energy(machine)
    names = [given] if isinstance(given, str) else list(given)
    seen = recoded_layers(machine, data, [*visible_of(machine), *labels_of(machine)])
    _check_rows(machine, seen)
    if names == ["visible"]:
        if not seen.labels:
            raise ValueError("log p(labels | visible) is of labels, and the machine or the data have none")
        return LogLikelihood(log_p_of_labels(machine, seen))
    held = [label_layer(machine, name) for name in names]
    if missing := [k for k in held if k not in seen.columns]:
        raise ValueError(f'the data have no label column "{missing[0]}"; there are: {", ".join(seen.labels) or "none"}')
    conditions, which = _conditions(seen, held)
    if isinstance(partition, LogPartition):
        if len(conditions) > 1 or held:
            raise ValueError("with labels given each label has a log Z of its own: pass a function, not a number")
        found = [partition]
    else:
        found = [_partition_given(machine, dict(zip(held, row)), partition, ages) for row in conditions]
    log_z = np.array([z.log_z for z in found])[which]
    return LogLikelihood(log_weights(machine, seen, held) - log_z, tuple(found), which)


def _conditions(data: Dataset, held: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """The distinct rows of the labels held, (conditions, labels), and which of them each row has, (n,)."""
    if not held:
        return np.zeros((1, 0), dtype=int), np.zeros(len(data), dtype=int)
    found, which = np.unique(np.concatenate([data[k] for k in held], axis=1), axis=0, return_inverse=True)
    return found, which.reshape(-1)


def _partition_given(
    machine: Network, known: dict[str, int], partition: Partition, ages: Sequence[Network]
) -> LogPartition:
    """log Σ exp(-E) over all states that have these labels; a negative label is unknown, and summed over."""
    held = {k: torch.tensor([[int(x)]]) for k, x in known.items() if x >= 0}
    if not held:
        return partition(machine, ages)
    left, constant = condition(machine, held)
    return partition(left, [condition(age, held)[0] for age in ages]).plus(constant)


@torch.no_grad()
def log_weights(machine: Network, data: Dataset, labels: Collection[str]) -> np.ndarray:
    """log Σ exp(-E) over the hidden layer and all labels but these, as far as a row has them, (n,)."""
    kept = [k for k in data.columns if k in labels or k not in data.labels]
    parts = []
    for start in range(0, len(data), AT_ONCE):
        batch = data.tensors(slice(start, start + AT_ONCE))
        parts.append(-free_energy(machine, {k: batch[k] for k in kept}).double().cpu().numpy())
    return np.concatenate(parts)


@torch.no_grad()
def log_p_of_labels(machine: Network, data: Dataset) -> np.ndarray:
    """log p(the labels that a row has | visible), (n,): - log(1 + odds against them), which has all digits near 0."""
    layers, parts = list(labels_of(machine)), []
    for start in range(0, len(data), AT_ONCE):
        batch = data.tensors(slice(start, start + AT_ONCE))
        clamp = machine.hold({k: batch[k] for k in data.visibles})
        if not machine.is_countable(layers, clamp):
            raise ValueError("p(labels | visible) has no closed form here: too many labels, or layers beside them")
        letters, log_p = machine.weigh(layers, clamp)
        known = torch.cat([batch.get(k, torch.full((len(log_p), 1), -1)) for k in layers], 1).to(log_p.device)
        every = marginals.states([e.units for e in letters], log_p.device)
        fits, log_p = marginals.consistent(every, known), log_p.double()
        here, else_ = (log_p.masked_fill(out, -torch.inf).logsumexp(1) for out in (~fits, fits))
        parts.append(0.0 - softplus(else_ - here).cpu().numpy())  # 0 where no label is known, and not -0
    return np.concatenate(parts)


def _check_rows(machine: Network, data: Dataset) -> None:
    """Raises ValueError for rows whose probability is not defined, or takes a sum that is too long."""
    if lacking := [k for k in visible_of(machine) if k not in data.columns]:
        raise ValueError(f"the data have no layer {', '.join(lacking)}")
    whole = data.whole
    if not whole.all():
        first = data.names[int(np.argmin(whole))]
        raise ValueError(f'{int((~whole).sum())} of {len(data)} rows have unknown entries, the first is "{first}", and '
                         "log p of the known ones alone has no closed form: leave these rows out, or complete them "
                         "first")  # fmt: skip
    for k in visible_of(machine):
        units, values = machine.units[k], data[k]
        if units.binary and not np.isin(values, units.values).all():
            raise ValueError(f"{k} has values between {units.low:g} and {units.high:g}, which are means and have no "
                             "probability: make the data binary first (--alphabet binary)")  # fmt: skip
