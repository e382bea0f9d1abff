"""Arguments: what several commands can be told alike."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from ... import ranges
from ...data.suffixes import format_list

if TYPE_CHECKING:
    from cyclopts import Token


def _integer(kind: Any, tokens: Sequence[Token]) -> Any:
    """Integers as people write them; no rounding of 1.5, and no 1e3. A list of them where a list is meant."""
    if strange := [t.value for t in tokens if not re.fullmatch(r"[+-]?[0-9_]{1,4000}", t.value)]:
        raise ValueError(f'"{strange[0]}" is not a whole number (int)')
    numbers = [int(t.value) for t in tokens]
    return numbers if kind == list[int] else numbers[0]


Int = Annotated[int, Parameter(converter=_integer)]
Number = Annotated[int | None, Parameter(converter=_integer)]
Out = Annotated[Path, Parameter(name=["--out", "-o"], allow_leading_hyphen=True)]  # "-" is the standard output
Into = Annotated[str, Parameter(name=["--out", "-o"], allow_leading_hyphen=True)]  # text, as a slash at its end counts
Count = Parameter(name=["-n", "--count"], converter=_integer)
Data = Annotated[
    Path | None,
    Parameter(help=f"A data file, also packed (.gz, .zip): {format_list()}. Not needed to resume."),
]
Columns = Annotated[list[str] | None, Parameter(name="--label", consume_multiple=False)]
Given = Annotated[list[str] | None, Parameter(name="--given", consume_multiple=False)]
Sizes = Annotated[list[int] | None, Parameter(consume_multiple=False, converter=_integer)]
Kinds = Annotated[list[str] | None, Parameter(name="--kind", consume_multiple=False)]
Pairs = Annotated[list[str] | None, Parameter(consume_multiple=False)]
Missing = Annotated[list[str] | None, Parameter(name="--missing", consume_multiple=False, allow_leading_hyphen=True)]
Letters = Annotated[str | None, Parameter(allow_leading_hyphen=True)]  # "-RY", say, of which the first is the gap
Unknown = Annotated[str | None, Parameter(allow_leading_hyphen=True)]  # "-" is the gap
Flag = Annotated[bool, Parameter(negative="")]
Formulas = Annotated[bool, Parameter(name="--guard-formulas", negative="")]
Json = Annotated[bool, Parameter(name="--json", negative="")]

RANGES = {"age": (0, ranges.LARGEST), "intervals": (0, ranges.LARGEST), "sets": (1, 10_000), "seed": ranges.SEEDS}
"""From where to where integers may be; all others are from 1 on."""


def check(**numbers: int | None) -> None:
    """Raises ValueError for an integer that is out of its range, before anything is read."""
    for name, number in numbers.items():
        if number is not None:
            ranges.integer(name, number, *RANGES.get(name, (1,)))


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a training is of and how large it is: options that `train` and `inspect` have in common.

    Parameters
    ----------
    labels
        A table joined to the data by name, "re:PATTERN" for the header, or "folder".
    label
        The column that is the label; give it again for several; "" takes none.
    where
        COLUMN=VALUE: only these rows; COLUMN!=VALUE: only the others.
    split
        A column with "train" and "test", or the fraction to train on (default 0.9).
    test
        A file of held-out data, in place of a split.
    sample
        Train on so many rows, drawn at random.
    reweight
        Draw rows by 1 / (how many are this identical, 0.8 say).
    alphabet
        protein, rna, dna, binary, gray (images as numbers from -1 to 1), real (images or matrices of any numbers), or
        the symbols; detected by default.
    unknown
        What symbols that are not in the alphabet are read as: "-" or "?"; by default X, N and other letters that stand
        for several are unknown, and all others an error.
    missing
        The word that says in a table or a header that something is not known; again for several; "" for none. By
        default NA, N/A, n/a, #N/A, <NA>, NaN, nan, null, NULL and ?.
    kinds
        COLUMN=KIND of a table: binary, categorical, real, text (not modeled) or name; found by its cells by default.
    match
        Take only the match columns of an alignment by hmmalign or cmalign (Stockholm, FASTA), not the inserts.
    recipe
        The name of a published run, or a TOML file; options given here go before it.
    machine
        rbm (the default), or chaotic: a rate network of which the own chaos makes samples.
    gain
        Of a chaotic machine, g: how strong its frozen couplings are (default 2; chaos begins at 1).
    rate
        Of a chaotic machine, dt / tau (default 0.4).
    protocol
        fef, fef1, rdm, cd or pcd; by default fef where there are labels, else rdm.
    steps
        Steps of every run, k (default 10; chaotic 15).
    hidden
        Hidden units (default 1000; chaotic 500). Chaotic: twice for two hidden layers, 0 for none.
    batch
        Rows an update (default 500, or all).
    """

    labels: str | None = None
    label: Columns = None
    where: Pairs = None
    split: str | None = None
    test: Path | None = None
    sample: Number = None
    reweight: float | None = None
    alphabet: Letters = None
    unknown: Unknown = None
    missing: Missing = None
    kinds: Kinds = None
    match: Annotated[bool | None, Parameter(negative="")] = None
    recipe: str | None = None
    machine: str | None = None
    gain: float | None = None
    rate: float | None = None
    protocol: str | None = None
    steps: Number = None
    hidden: Sizes = None
    batch: Number = None


ANY = Plan()
"""A plan that leaves all to its defaults."""
