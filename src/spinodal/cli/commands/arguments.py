"""Arguments: options that several commands have."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from ... import ranges
from ...data.suffixes import format_list
from ...errors import counted
from ...ranks import Ranks
from ...runs import converters
from ..errors import say

if TYPE_CHECKING:
    from ...data.dataset import Dataset
    from ...evaluation.judge import Judge
    from ...files.manifest import Plan
    from ...machines.dynamics import Machine
    from ...runs.archive import Run
    from ...runs.sources import Reading

Int = Annotated[int, Parameter(converter=converters.integer)]
Number = Annotated[int | None, Parameter(converter=converters.integer)]
Age = Annotated[
    int | None,
    Parameter(
        converter=converters.integer,
        help="A saved age; by default the best where the training chose one, else the last.",
    ),
]
Average = Annotated[
    int,
    Parameter(
        converter=converters.integer,
        help="The mean over so many saved ages, the last ones up to --age: ranks depend less on the age.",
    ),
]
Out = Annotated[Path, Parameter(name=["--out", "-o"], allow_leading_hyphen=True)]  # "-" is the standard output
Into = Annotated[str, Parameter(name=["--out", "-o"], allow_leading_hyphen=True)]  # text, as a slash at its end counts
Count = Parameter(name=["-n", "--count"], converter=converters.integer)
Data = Annotated[
    Path | None,
    Parameter(help=f"A data file, also packed (.gz, .zip): {format_list()}. Not needed to resume."),
]
Recipe = Annotated[
    str | None, Parameter(help="The name of a published run, or a TOML file; options given here go before it.")
]
Counts = Annotated[list[str] | None, Parameter(name="--label", consume_multiple=False)]
Columns = Annotated[list[str] | None, Parameter(name="--label", consume_multiple=False, converter=converters.names)]
Given = Annotated[list[str] | None, Parameter(name="--given", consume_multiple=False, converter=converters.names)]
Pairs = Annotated[
    dict[str, str] | None,
    Parameter(consume_multiple=False, n_tokens=-1, accepts_keys=False, converter=converters.pairs),
]
Guidance = Annotated[
    float | None,
    Parameter(
        help="How much more strongly labels that were asked for act, such as 0.5: more rows are labeled as asked for, "
        "and rows of a label vary less; by default as in the training."
    ),
]
Judges = Annotated[
    list[str] | None,
    Parameter(
        name="--judge",
        consume_multiple=False,
        help="rna: a covariance model by Infernal, and energies by ViennaRNA (half a minute). Or MODULE:FUNCTION, a "
        "function of yours that gets rows and gives a number each. Again for several.",
    ),
]
Esmfold = Annotated[
    Path | None,
    Parameter(name="--esmfold", help="A folder of weights of ESMFold, which judges proteins by their pLDDT."),
]
Missing = Annotated[list[str] | None, Parameter(name="--missing", consume_multiple=False, allow_leading_hyphen=True)]
Flag = Annotated[bool, Parameter(negative="", show_default=False)]
Formulas = Annotated[
    bool,
    Parameter(
        name="--guard-formulas",
        negative="",
        help="In CSV and TSV put a ' before what spreadsheets would compute: cells that begin with =, +, - or @.",
    ),
]
Job = Annotated[Ranks, Parameter(parse=False)]
"""The processes that share the work of a command; the command line sets it."""

Json = Annotated[bool, Parameter(name="--json", negative="", show_default=False)]

RANGES = {
    "age": (0, ranges.LARGEST),
    "intervals": (0, ranges.LARGEST),
    "sets": (1, 10_000),
    "first": (-ranges.LARGEST, ranges.LARGEST),
    "seed": ranges.SEEDS,
}
"""The lowest and the highest value of integers; of all others the lowest is 1."""


def judges(named: list[str] | None, esmfold: Path | None) -> list[Judge]:
    """What --judge and --esmfold name. Raises ValueError where there are no such functions or weights."""
    from ...evaluation.esmfold import esmfold as by_weights
    from ...evaluation.known_judges import judges_of

    return [*judges_of(named or []), *([by_weights(esmfold)] if esmfold else [])]


def check(**numbers: int | None) -> None:
    """Raises ValueError for an integer that is out of its range, before anything is read."""
    for name, number in numbers.items():
        if number is not None:
            ranges.integer(name, number, *RANGES.get(name, (1,)))


def check_guidance(guidance: float | None) -> None:
    """Raises ValueError for a guidance below 0, before anything is read."""
    if guidance is not None:
        ranges.not_negative("guidance", guidance)


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class ReadOptions:
    """How the data of complete and predict are read."""

    labels: str | None = None
    """As in train: a table joined to the data by name, say."""

    unknown: Annotated[str | None, Parameter(allow_leading_hyphen=True)] = None  # "-" is the gap
    """What symbols that are not in the alphabet are read as: "-" or "?" (of a table of columns "?"); by default as in
    the training.
    """

    missing: Missing = None
    """The word that says that something is not known, as in train; by default as in the training."""

    where: Pairs = None
    """Only these rows of DATA: COLUMN=VALUE, of a label or another column; COLUMN!=VALUE for all others."""

    def reading(self) -> Reading:
        """These options for `sources.read_given`."""
        from ...runs.sources import Reading

        return Reading(labels=self.labels, unknown=self.unknown, missing=self.missing, where=self.where)


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class ChainOptions:
    """How the chains of generate and complete run, and of which machine."""

    steps: Number = None
    """Steps of a run, t_G; by default those it was trained with."""

    age: Age = None

    seed: Int = 0
    """Of the runs: the same seed, the same rows."""

    guidance: Guidance = None

    precision: str | None = None
    """exact or float32: how chains are computed; by default as in the training."""

    def check(self) -> None:
        """Raises ValueError for a number that is out of its range."""
        check(steps=self.steps, age=self.age, seed=self.seed)
        check_guidance(self.guidance)

    def machine(self, run: Run) -> Machine:
        """The machine of a run at this age, of this precision; warns where that loses weights."""
        from ...machines.network import set_precision  # imports torch, which `--help` doesn't need
        from ...runs.soundness import warn_of_uneven

        machine = run.guided(self.guidance).machine(self.age)
        if self.precision is not None:
            set_precision(machine, self.precision)
            warn_of_uneven(machine)
        return machine

    def job(self, run: Run, machine: Machine) -> dict[str, float | None]:
        """What rows depend on beside the machine."""
        steps = machine.schedule.steps if self.steps is None and machine.schedule else self.steps
        found: dict[str, float | None] = {"age": run.chosen(self.age), "seed": self.seed, "steps": steps}
        return found if self.guidance is None else {**found, "guidance": self.guidance}


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class ShardOptions:
    """How rows are written to a folder of shards."""

    shards: str | None = None
    """In OUT/: the format of its shards: fasta.gz, csv.gz, parquet, npz, or bits.npz (binary rows, eight sites to a
    byte). By default sequences are fasta.gz, tables parquet, binary rows bits.npz, and numbers npz; images and music
    are files by themselves.
    """

    rows_per_shard: Number = None
    """Rows of a shard; by default 1,000,000."""

    def check(self, out: str) -> None:
        """Raises ValueError for a number out of its range, and what can be said of `out` before the run is read."""
        from ...files import check_writable, is_folder

        check(rows_per_shard=self.rows_per_shard)
        if not is_folder(out):
            check_writable(out)

    def suffix(self, run: Run, machine: Machine, out: str, formulas: bool) -> str | None:
        """The suffix of the shards to write; None if `out` is not to be a folder of shards.

        Raises ValueError for options that don't fit `out`, and OSError if it can't be written.
        """
        from ...files import check_writable
        from ...files.manifest import Place
        from ...runs.sharding import check_one_file, suffix_for

        found = suffix_for(run, machine, out, self.shards)
        if found is None:
            check_one_file(out, self.rows_per_shard)
            check_writable(out)
            return None
        Place(Path(out)).check_writable()
        if formulas and found != "csv.gz":
            raise ValueError(f"{found} has no cells that a spreadsheet takes for formulas: pass --shards csv.gz, too")
        return found


def write_shards(out: str, plan: Plan, write: Callable[[slice, Path], None]) -> str:
    """Make the shards of this process that are missing, with a line for each; what is to be said at the end."""
    from ...files.manifest import Place
    from ...files.shards import make
    from ...rendezvous import place

    ranks, made, folder = place(meets=False), 0, Path(out)
    for shard in make(folder, plan, write, ranks):
        say(f"{counted(shard.rows, 'rows')} to {folder / shard.file}")
        made += 1
    there, own = len(Place(folder).done(plan)), len(range(ranks.rank, plan.count, ranks.count))
    who = f" by rank {ranks.rank} of {ranks.count}" if ranks.count > 1 else ""
    kept = f", {own - made} kept" if own > made else ""
    missing = f"; still to be made: {plan.count - there}" if there < plan.count else ""
    return f"{counted(plan.rows, 'rows')} in {counted(plan.count, 'shards')} to {out}: {made} made{kept}{who}{missing}"


def write_made(
    out: str, made: Callable[[slice], Iterator[Dataset]], rows: int, plan: Plan | None, formulas: bool
) -> str:
    """Write so many rows, of which `made` gives any part, to a file, or as a plan says to a folder of shards.

    What is to be said at the end.
    """
    from ...files import write

    if plan is not None:
        return write_shards(out, plan, lambda part, path: write(made(part), path, formulas))
    write(made(slice(0, rows)), out, formulas)
    return f"{counted(rows, 'rows')} to {out}"


AS_TRAINED = ReadOptions()
USUAL = ChainOptions()
SHARDS = ShardOptions()
