"""`spinodal likelihood`: log p of sequences, beside independent sites and a tree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from ...errors import counted
from .. import options
from ..errors import say
from .arguments import AS_TRAINED, Age, Formulas, Given, Int, Number, Out, ReadOptions, check

if TYPE_CHECKING:
    from torch import Tensor

    from ...analysis.likelihood import LogLikelihood
    from ...data.dataset import Dataset
    from ...machines.network import Network
    from ...machines.partition import LogPartition
    from ...runs.archive import Run


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class PartitionOptions:
    """How log Z is found."""

    method: str | None = None
    """exact, ais, tempering, trajectory-ais or trajectory; by default exact where there are few enough states, else
    trajectory, or tempering for a run of one age.
    """

    chains: Number = None
    """Annealed chains (default 100), or ladders of replicas (64)."""

    steps: Number = None
    """Steps of annealing (default 10,000), or sweeps of the replicas (1000)."""

    seed: Int = 0
    """Of the chains."""

    def find(self, machine: Network, ages: Sequence[Network], near: Mapping[str, Tensor] | None = None) -> LogPartition:
        """log Z of a machine, by its earlier ages, or from rows near its samples, where the method takes them."""
        from ...machines.energies import can_sum_states
        from ...machines.partition import log_partition

        usual = "exact" if can_sum_states(machine) else "trajectory" if ages else "tempering"
        method = self.method or usual
        own = ages if method.startswith("trajectory") else ()
        rows = near if method.endswith("ais") else None
        how: dict[str, Any] = {"chains": self.chains, "steps": self.steps, "seed": self.seed}
        return log_partition(machine, method, ages=own, near=rows, **how)


USUAL = PartitionOptions()


def likelihood(
    run: Path,
    data: Path,
    /,
    *,
    out: Out = Path("-"),
    given: Given = None,
    read: ReadOptions = AS_TRAINED,
    partition: PartitionOptions = USUAL,
    age: Age = None,
    ages: Annotated[str | None, Parameter()] = None,
    formulas: Formulas = False,
) -> None:
    """Log-likelihoods of DATA under a machine with an energy, in nats: a row a sequence, and on stderr their mean.

    Parameters
    ----------
    run
        A run directory.
    data
        A file of sequences or other rows like the training data's, without unknown entries.
    out
        A CSV or TSV file; "-" is the standard output.
    given
        A label column: log p(sequence | label) in place of log p(sequence); again for several. "visible":
        log p(labels | sequence).
    ages
        all, or saved ages such as 100,1000: a row an age, with the mean over DATA, by one replica exchange over them.
    """
    from ...files.atomic import check_writable
    from ...runs import sources
    from ...runs.ages import restricted
    from ...runs.archive import Run

    check(age=age, chains=partition.chains, steps=partition.steps, seed=partition.seed)
    if ages and (age is not None or given or partition.method):
        raise ValueError(
            "--ages is for log p(sequence) at many ages, by one method: leave --age, --given and --method out"
        )
    options.check_table_name(out)
    check_writable(out)
    archive = Run.open(run)
    machine = restricted(archive.machine(age))
    columns = None if given == ["visible"] else given or []
    rows = sources.read_given(archive, machine, data, columns, read.reading())
    work = partial(_over_ages, chosen=ages) if ages else partial(_rows, given=given or [], age=age)
    work(archive, machine, rows, partition=partition, out=out, formulas=formulas)
    protocol = archive.training.get("protocol")
    if protocol in ("rdm", "fef", "fef-chain", "fef1") and given != ["visible"]:
        say(f"spinodal: note: {protocol} trains runs from random, not the equilibrium that log p is of: for likelihood "
            "train by pcd (docs/likelihood.md)")  # fmt: skip


def _rows(
    run: Run,
    machine: Network,
    rows: Dataset,
    *,
    given: Sequence[str],
    age: int | None,
    partition: PartitionOptions,
    out: Path,
    formulas: bool,
) -> None:
    """A row a sequence."""
    from ...analysis.likelihood import log_likelihood
    from ...files.table import write_rows
    from ...runs.ages import younger

    ages = younger(run, age) if given != ["visible"] else []
    find = partition.find if given else partial(partition.find, near=rows.tensors())
    found = log_likelihood(machine, rows, given, partition=find, ages=ages)
    sites, told = sum(rows[k].shape[1] for k in rows.visibles), _labeled(rows, given)
    columns: dict[str, Any] = {"name": rows.names, "log_p": found.rows}
    if given != ["visible"]:
        columns |= {"bits_per_site": _bits(found.rows, sites), **_beside(run, rows)}
    texts = {
        k: x if k == "name" else [f"{v:.8g}" if has else "" for v, has in zip(x, told)] for k, x in columns.items()
    }
    found, few = replace(found, rows=found.rows[told]), f", {told.sum()} of them with a label" if not told.all() else ""
    write_rows(out, [dict(zip(texts, row)) for row in zip(*texts.values())], formulas)
    say(f"{counted(len(rows), 'rows')} to {out}{few}: {_summary(found, given, sites)}"
        + "".join(f"; {k.replace('_', ' ')} {x.mean():.4g}" for k, x in columns.items() if k in MODELS))  # fmt: skip
    for note in sorted({z.note for z in found.partitions if z.note}):
        say(f"spinodal: note: don't trust log Z: {note}")


def _labeled(rows: Dataset, given: Sequence[str]) -> Any:
    """Mask of the rows of which log p is asked, (n,): where the sequence is given, those that have a label."""
    import numpy as np

    if given != ["visible"]:
        return np.ones(len(rows), dtype=bool)
    told = np.any([rows[k][:, 0] >= 0 for k in rows.labels], axis=0)
    if not told.any():
        raise ValueError("log p(labels | row) is of rows with labels, and no row has one: name their table by --labels")
    return told


MODELS = ("independent_sites", "chow_liu")
"""The models beside the machine, in the words of the table."""


def _beside(run: Run, rows: Dataset) -> dict[str, Any]:
    """log p of each row under independent sites and under a tree, of the training data; {} where they have none."""
    from ...analysis import densities
    from ...runs import sources

    try:
        train, _ = sources.reload(run)
        models = (densities.independent_sites, densities.chow_liu)
        return {k: densities.rows_by_label(model, train, rows, rows.labels) for k, model in zip(MODELS, models)}
    except (ValueError, OSError, MemoryError) as error:
        say(f"spinodal: note: no independent sites and no tree beside the machine: {error}")
        return {}


def _summary(found: LogLikelihood, given: Sequence[str], sites: int) -> str:
    """The mean, its errors, and how log Z was found."""
    of = f"log p(labels | row) {found.mean:.5g}" if given == ["visible"] else f"log p {found.mean:.5g}"
    if not found.partitions:
        return f"mean {of} nats a row"
    z = found.partitions[0]
    if z.method == "exact":
        return f"mean {of} nats a row, {_bits(found.mean, sites):.4g} bits a site; log Z exact"
    return (f"mean {of} nats a row, {found.lower:.5g} to {found.upper:.5g} by the bracket of log Z (standard error "
            f"{found.error:.2g}, {z.method}), {_bits(found.mean, sites):.4g} bits a site")  # fmt: skip


def _bits(log_p: Any, sites: int) -> Any:
    """-log2 p a site, of log p in nats."""
    from math import log

    return -log_p / (log(2) * sites)


def _over_ages(
    run: Run, machine: Network, rows: Dataset, *, chosen: str, partition: PartitionOptions, out: Path, formulas: bool
) -> None:
    """A row an age."""
    from ...analysis.likelihood import log_likelihood
    from ...files.table import write_rows
    from ...machines.partition import log_partitions
    from ...runs.ages import restricted, younger

    ages = run.ages if chosen == "all" else [run.chosen(age) for age in options.ages(chosen) or ()]
    if len(ages) < 2:
        raise ValueError(f"--ages takes two saved ages or more; {run.path} has {', '.join(map(str, run.ages))}")
    machines = [*younger(run, ages[-1], ages), restricted(run.machine(ages[-1]))]
    found = log_partitions(machines, chains=partition.chains, steps=partition.steps, seed=partition.seed)
    sites, table = sum(rows[k].shape[1] for k in rows.visibles), []
    for at, own, z in zip(ages, machines, found):
        p = log_likelihood(own, rows, partition=z)
        table.append({"age": at, "log_p": p.mean, "error": p.error, "lower": p.lower, "upper": p.upper,
                      "bits_per_site": _bits(p.mean, sites), "log_z": z.log_z})  # fmt: skip
    write_rows(out, [{k: f"{x:.8g}" for k, x in row.items()} for row in table], formulas)
    best = max(table, key=lambda row: row["log_p"])
    say(f"{len(table)} ages to {out}: the best of these rows is age {best['age']}, mean log p {best['log_p']:.5g} nats")
    if found[-1].note:
        say(f"spinodal: note: don't trust log Z: {found[-1].note}")
