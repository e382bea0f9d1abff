"""Arguments: what several commands can be told alike."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ... import ranges
from ...data.suffixes import listed
from ...runs import converters

Int = Annotated[int, Parameter(converter=converters.integer)]
Number = Annotated[int | None, Parameter(converter=converters.integer)]
Out = Annotated[Path, Parameter(name=["--out", "-o"], allow_leading_hyphen=True)]  # "-" is the standard output
Into = Annotated[str, Parameter(name=["--out", "-o"], allow_leading_hyphen=True)]  # text, as a slash at its end counts
Count = Parameter(name=["-n", "--count"], converter=converters.integer)
Data = Annotated[
    Path | None,
    Parameter(help=f"A data file, also packed (.gz, .zip): {listed()}. Not needed to resume."),
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
Missing = Annotated[list[str] | None, Parameter(name="--missing", consume_multiple=False, allow_leading_hyphen=True)]
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
            ranges.whole(name, number, *RANGES.get(name, (1,)))
