"""Constraints: the options of generate and complete that say what rows are to be, beside their labels."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from ...errors import counted
from .. import options
from .arguments import Flag, Number, check

if TYPE_CHECKING:
    from torch import Tensor

    from ...data.dataset import Dataset
    from ...designs.constraints import Constraints
    from ...designs.design import Designed
    from ...machines.dynamics import Machine
    from ...runs.archive import Run

Sites = Annotated[list[str] | None, Parameter(name="--allow", consume_multiple=False)]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class ConstraintOptions:
    """What rows are to be, beside their labels."""

    allow: Sites = None
    """SITES=LETTERS: these sites, counted from 1 or by name, have only these letters: 41=ACD, 10-20=ILV, rs123=1; of a
    table COLUMN=VALUE|VALUE. Again for other sites.
    """

    temperature: float = 1.0
    """Below 1 rows are more typical, above 1 more diverse: all parameters are divided by it."""

    distinct: Flag = False
    """Keep no copies of training rows, and none of each other."""

    sure: float | None = None
    """Keep only rows in which the machine recognizes the label asked for at least so probably, such as 0.9."""

    top: Number = None
    """Keep only so many rows, the best by --by: of each label, or of each row of DATA. -n and --label say among how
    many.
    """

    by: str | None = None
    """What --top ranks by: label:NAME for log p(label | row), likelihood for log p(row), or MODULE:FUNCTION, yours."""

    budget: Number = None
    """Rows to draw at most for each that is wanted; by default 100."""

    def check(self) -> None:
        """Raises ValueError for a number that is out of its range, and for options that don't fit together."""
        check(top=self.top, budget=self.budget)
        self._constraints().check()
        if self.budget is not None and not self.chooses:
            raise ValueError("a budget is for rows that are chosen: by --near, --identity, --distinct, --sure or --top")

    @property
    def chooses(self) -> bool:
        """Whether some of the rows that are drawn are kept, and others not."""
        return self.distinct or self.sure is not None or self.top is not None or self.by is not None

    def _constraints(self) -> Constraints:
        """The constraints that can be read without a machine."""
        from ...designs.constraints import BUDGET, Constraints

        return Constraints(
            temperature=self.temperature,
            distinct=self.distinct,
            sure=self.sure,
            top=self.top,
            by=self.by,
            budget=BUDGET if self.budget is None else self.budget,
        )

    def constraints(self, run: Run, machine: Machine) -> Constraints:
        """The constraints, by the sites of a machine. Raises ValueError for sites and letters that it doesn't have."""
        from ...data.schema import Schema
        from ...files.aligned import sites_by_name
        from ...tasks import visible_of

        if not self.allow:
            return self._constraints()
        size, notes = sum(machine.units[k].columns for k in visible_of(machine)), run.record["data"]["notes"]
        if Schema.of(notes) is not None:
            allowed = options.allowed_values(self.allow)
        else:
            allowed = options.allowed(self.allow, size, sites_by_name(notes))
        return replace(self._constraints(), allow=allowed)

    def act(self, run: Run, machine: Machine) -> tuple[Machine, dict[str, Tensor]]:
        """The machine at its temperature, and the fields of what is allowed: what acts where all rows are kept."""
        from ...data.schema import Schema
        from ...designs.allowed import allowing
        from ...machines.temperature import tempered

        constraints, schema = self.constraints(run, machine), Schema.of(run.record["data"]["notes"])
        return tempered(machine, constraints.temperature), allowing(machine, constraints.allow or {}, schema)

    def job(self) -> dict[str, Any]:
        """What rows depend on, of what acts where all rows are kept."""
        said = {"allow": self.allow, "temperature": self.temperature}
        return {k: x for k, x in said.items() if x and x != 1.0}


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class NearOptions(ConstraintOptions):
    """What rows of generate are to be, beside their labels."""

    near: str | None = None
    """The template: an aligned sequence, or a data file of one row."""

    identity: str | None = None
    """LOW-HIGH: the share of sites at which a row equals the template (gaps count as letters): 0.6-0.8; without
    --near the nearest training row.
    """

    mutations: str | None = None
    """At how many sites a row differs from the template: 5 for 1 to 5, or 3-5."""

    @property
    def chooses(self) -> bool:
        """Whether some of the rows that are drawn are kept, and others not."""
        return super().chooses or not (self.near is None and self.identity is None and self.mutations is None)

    def check(self) -> None:
        """Raises ValueError for a number that is out of its range, and for options that don't fit together."""
        how_near = [options.identity(self.identity), options.mutations(self.mutations)]
        if self.near is not None and how_near.count(None) != 1:
            raise ValueError("say how near: --identity 0.6-0.8, or --mutations 5")
        if self.near is None and self.mutations is not None:
            raise ValueError("mutations are those of a template: pass --near, too")
        super().check()

    def constraints(self, run: Run, machine: Machine) -> Constraints:
        """The constraints, with the sites of a machine and the template. Raises ValueError for what doesn't fit it."""
        template = None if self.near is None else _template(run, machine, self.near)
        identity, mutations = options.identity(self.identity), options.mutations(self.mutations)
        return replace(super().constraints(run, machine), near=template, identity=identity, mutations=mutations)


def design(
    run: Run, machine: Machine, constraints: Constraints, like: Dataset, n: int | Sequence[int], **how: int | None
) -> Designed:
    """Rows of the requests that meet the constraints; training rows are read where rows are compared with them."""
    from ...designs.design import design
    from ...runs import sources

    train = sources.reload(run)[0] if constraints.needs_training_rows else None
    return design(machine, like, n=n, constraints=constraints, train=train, **how)  # type: ignore[arg-type]


def said(found: Designed, out: str | Path) -> str:
    """What is to be said of rows that were designed, at the end."""
    kept, held = len(found.data), [pull for pull in found.pulls if pull.held]
    best = f", the best of {found.tally.kept.sum():,}" if kept < found.tally.kept.sum() else ""
    how = f"; letters of the template held: {_range([pull.held for pull in held])}" if held else ""
    strong = [round(1 + pull.strength) for pull in held if pull.strength]
    how += f", the label {_range(strong)} times as strong" if strong else ""
    sure = "" if found.recognized is None else f"; the machine recognizes the label asked for in {found.recognized}"
    return f"{counted(kept, 'rows')} to {out}{best}: {found.tally.said()}{how}{sure}"


def _range(numbers: Sequence[int]) -> str:
    low, high = min(numbers), max(numbers)
    return str(low) if low == high else f"{low} to {high}"


def _template(run: Run, machine: Machine, near: str) -> Dataset:
    """The template of one row, in the machine's alphabet: of a file, or the aligned sequence itself."""
    from ...data.alphabet import Alphabet
    from ...data.dataset import Dataset, numbered_names
    from ...runs import sources

    if _is_file(near):
        return sources.read_given(run, machine, near, [])
    units = machine.units.get("visible")
    alphabet = Alphabet.of(units) if units else None
    if units is None or alphabet is None or not alphabet.single_letters or len(near) != units.columns:
        sites = f" of {units.columns} letters" if units else ""
        raise ValueError(f'--near "{near[:40]}" is no file, and no aligned sequence{sites}, as the training data')
    return Dataset({"visible": alphabet.encode([near])}, {"visible": alphabet}, numbered_names(1))


def _is_file(text: str) -> bool:
    """Whether a text is the name of a file; a sequence may be too long for a name."""
    with suppress(OSError):
        return Path(text).exists()
    return False


NO_CONSTRAINTS = ConstraintOptions()
NOT_NEAR = NearOptions()
