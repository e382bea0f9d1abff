"""Arguments: what several commands can be told alike."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ..suffixes import listed

Out = Annotated[Path, Parameter(name=["--out", "-o"], allow_leading_hyphen=True)]  # "-" is the standard output
Into = Annotated[str, Parameter(name=["--out", "-o"], allow_leading_hyphen=True)]  # text, as a slash at its end counts
Count = Parameter(name=["-n", "--count"])
Data = Annotated[
    Path | None,
    Parameter(help=f"A data file, also packed (.gz, .zip): {listed()}. Not needed to resume."),
]
Columns = Annotated[list[str] | None, Parameter(name="--label", consume_multiple=False)]
Given = Annotated[list[str] | None, Parameter(name="--given", consume_multiple=False)]
Sizes = Annotated[list[int] | None, Parameter(consume_multiple=False)]
Kinds = Annotated[list[str] | None, Parameter(name="--kind", consume_multiple=False)]
Pairs = Annotated[list[str] | None, Parameter(consume_multiple=False)]
Missing = Annotated[list[str] | None, Parameter(name="--missing", consume_multiple=False, allow_leading_hyphen=True)]
Unknown = Annotated[str | None, Parameter(allow_leading_hyphen=True)]  # "-" is the gap
Flag = Annotated[bool, Parameter(negative="")]
Formulas = Annotated[bool, Parameter(name="--guard-formulas", negative="")]
Json = Annotated[bool, Parameter(name="--json", negative="")]


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
        What symbols that are not in the alphabet are read as: "-" or "?".
    missing
        The word that says in a table or a header that something is not known; again for several; "" for none. By
        default NA, N/A, n/a, #N/A, <NA>, NaN, nan, null, NULL and ?.
    kinds
        COLUMN=KIND of a table: binary, categorical, real, text (not modeled) or name; found by its cells by default.
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
    sample: int | None = None
    reweight: float | None = None
    alphabet: str | None = None
    unknown: Unknown = None
    missing: Missing = None
    kinds: Kinds = None
    recipe: str | None = None
    machine: str | None = None
    gain: float | None = None
    rate: float | None = None
    protocol: str | None = None
    steps: int | None = None
    hidden: Sizes = None
    batch: int | None = None


ANY = Plan()
"""A plan that leaves all to its defaults."""
