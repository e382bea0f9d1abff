"""Values: a frozen dataclass of values that may be given or not, checked alike wherever they are written.

The command line (Cyclopts), recipes (TOML), run.json and Python fill the same dataclass. The type and the range of a
value stand at its field, and msgspec checks them: it takes dataclasses from all of these places, and ranges as
annotations. A value that is not given is None, and `over` lays the values of one place over those of another.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Self, Union, get_args, get_origin, get_type_hints

import msgspec
from cyclopts import Group, Parameter
from msgspec import Meta

from .. import ranges
from . import converters

NOT_GIVEN: Any = None
"""The value of a field that is not given. Its type is Any, so that a field has the type of its values."""

Count = Annotated[int, Meta(ge=1, le=ranges.LARGEST)]
Size = Annotated[int, Meta(ge=0, le=ranges.SIZE)]
Positive = Annotated[float, Meta(gt=0, le=1e300)]
NotNegative = Annotated[float, Meta(ge=0, le=1e300)]

# How a field is an option of the command line: NO_OPTION only in recipes and Python; ONE_BY_ONE once for each value;
# HYPHEN may be "-"; ON without --no-NAME.
NO_OPTION = Parameter(parse=False)
WHOLE = Parameter(converter=converters.integer)
SIZES = Parameter(converter=converters.sizes, consume_multiple=False, n_tokens=-1, metavar="INT...")
NAMES = Parameter(converter=converters.names, consume_multiple=False, n_tokens=-1, metavar="STR...")
PAIRS = Parameter(converter=converters.pairs, consume_multiple=False, n_tokens=-1, accepts_keys=False)
ONE_BY_ONE = Parameter(consume_multiple=False)
HYPHEN = Parameter(allow_leading_hyphen=True)
ON = Parameter(negative="")

# Under which heading an option stands in --help, those of all machines before those of two kinds.
DATA = Group("Data", sort_key=1)
TRAINING = Group("Training", sort_key=2)
OTHERS = Parameter(group=Group("Chaotic and neural machines", sort_key=3))


@dataclass(frozen=True, kw_only=True)
class Values:
    """Values that may be given or not."""

    @classmethod
    def by_key(cls) -> dict[str, str]:
        """The key in recipes and run.json -> the name of the field."""
        return {f.metadata.get("key", f.name): f.name for f in fields(cls)}

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> Self:
        """The values of a recipe or a run.json. Keys of other classes are left out, and null is not given.

        Raises ValueError, in one line, for a value of another type or out of its range.
        """
        found = {key: _plain(key, said[key]) for key in cls.by_key() if said.get(key) is not None}
        try:
            return msgspec.convert({cls.by_key()[key]: value for key, value in found.items()}, cls)
        except msgspec.ValidationError as error:
            what, _, place = str(error).partition(" - at `$.")
            name = re.split(r"\W", place)[0]
            key = next(key for key, own in cls.by_key().items() if own == name)
            choices = _choices(get_type_hints(cls)[name])
            raise ValueError(f"{key} must be {_wanted(what, choices)}, not {ranges.format_value(found[key])}") from None

    def checked(self) -> Self:
        """The same values with their types. Raises ValueError for a value of another type or out of its range."""
        return self.read(self.plain())

    def plain(self) -> dict[str, Any]:
        """All values by their keys, as JSON has them; None is not given."""
        return {key: _plain(key, getattr(self, name)) for key, name in self.by_key().items()}

    def given(self) -> dict[str, Any]:
        """The values that are given by their keys, as JSON has them."""
        return {key: value for key, value in self.plain().items() if value is not None}

    def over(self, other: Self) -> Self:
        """These values, and where one is not given that of the other."""
        return replace(other, **{k: x for k, x in vars(self).items() if x is not None})


def _plain(key: str, value: Any) -> Any:
    """A value as JSON has it: numpy's numbers as Python's, paths as text."""
    try:
        return json.loads(json.dumps(value, default=lambda x: str(x) if isinstance(x, Path) else x.item()))
    except (TypeError, ValueError, AttributeError):
        raise ValueError(f"{key} must be a plain value, such as a number or a text, not {ranges.format_value(value)}"
                         ) from None  # fmt: skip


BOUNDS = {">=": "{} or more", "<=": "{} or less", ">": "more than {}", "<": "less than {}"}
WORDS = {"int": "an integer", "float": "a number", "str": "text", "bool": "true or false", "array": "a list",
         "object": "a table"}  # fmt: skip


def _choices(kind: Any) -> tuple[str, ...]:
    """The words that a value may be, and "a number" where it may be one beside them.

    >>> _choices(Literal["rbm", "chaotic"]), _choices(float | Literal["auto"])
    (('rbm', 'chaotic'), ('a number', 'auto'))
    """
    if get_origin(kind) is Literal:
        return get_args(kind)
    if isinstance(kind, UnionType) or get_origin(kind) is Union:
        return sum((_choices(part) for part in get_args(kind)), ())
    return ("a number",) if kind is float else ()


def _wanted(what: str, choices: tuple[str, ...]) -> str:
    """What a value must be, in plain words, by what msgspec says of it: "Expected `int` >= 1".

    >>> _wanted("Expected `int` >= 1", ()), _wanted("Expected `int | array`, got `str`", ())
    ('1 or more', 'an integer or a list')
    >>> _wanted("Invalid enum value 'x'", ("rbm", "chaotic"))
    'rbm or chaotic'
    """
    if what.startswith("Invalid enum value"):
        return " or ".join(choices)
    if bound := re.fullmatch(r"Expected `(?:int|float)` (>=|<=|>|<) (\S+)", what):
        return BOUNDS[bound[1]].format(bound[2].removesuffix(".0"))
    wanted = what.removeprefix("Expected ").split(", got ")[0].replace(" | null", "").replace("length <=", "at most")
    return re.sub("`(.+?)`", lambda kinds: " or ".join(WORDS.get(k, k) for k in kinds[1].split(" | ")), wanted)
