"""Search: the ranges of settings in which a sweep looks for the best ones."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, get_args, get_type_hints

from ..data.dataset import Dataset
from ..machines.protocols import BY_NAME
from .settings import Settings

USUAL = {
    "lr": "0.005:0.2",
    "hidden": "128,256,512",
    "steps": "5:20",
    "label_weight": "0.1:10",
    "balance": "0:1",
    "l1": "0,0.0001,0.001",
    "l2": "0,0.0001,0.001",
}
"""What is searched by default, as it is written."""

NOT_SEARCHED = ("updates", "stop_on", "patience", "seed")
"""Settings that make trials what can be compared: all have the same."""

NO_RANGE = 'takes LOW:HIGH with two numbers, the lower first, or choices like A,B,C; not "{}"'


@dataclass(frozen=True)
class Span:
    """All numbers from low to high, by their logarithm where low is more than 0; whole: integers only."""

    low: float
    high: float
    whole: bool

    @property
    def logarithmic(self) -> bool:
        """Whether ratios count, not differences."""
        return self.low > 0

    @property
    def ends(self) -> tuple[Any, ...]:
        """The values that are tried before a sweep: if a training can have these, it can have those between."""
        return self.low, self.high


@dataclass(frozen=True)
class Choices:
    """A few values."""

    values: tuple[Any, ...]

    @property
    def ends(self) -> tuple[Any, ...]:
        """The values that are tried before a sweep."""
        return self.values


Space = dict[str, Span | Choices]


def parse(written: Mapping[str, str]) -> Space:
    """The ranges of settings as they are written: "0.005:0.2" from low to high, "128,256,512" these values.

    Raises ValueError for a setting that isn't there or isn't searched, for a range that isn't one, and for values that
    the setting can't have.

    >>> parse({"steps": "5:20", "protocol": "fef,pcd"})
    {'steps': Span(low=5, high=20, whole=True), 'protocol': Choices(values=('fef', 'pcd'))}
    """
    if not written:
        raise ValueError(f"a sweep searches one setting or more, such as lr={USUAL['lr']}")
    return {key: _range(key, text) for key, text in written.items()}


def usual(settings: Settings, given: Collection[str], data: Dataset) -> dict[str, str]:
    """`USUAL` without settings that are given, and without those that a training on these data doesn't have."""
    full = settings.resolve(data)
    absent = set(given)
    absent |= {"label_weight"} if len(BY_NAME[full.protocol]) < 2 else set()
    absent |= set() if data.labels else {"balance"}
    return {key: text for key, text in USUAL.items() if key not in absent}


def check(space: Space, settings: Settings, data: Dataset) -> None:
    """Raises ValueError where a training on these data can't have a value of a range, with all else as it is."""
    for key, values in space.items():
        for value in values.ends:
            try:
                chosen(settings, {key: value}).resolve(data)
            except ValueError as error:
                raise ValueError(f"{key}={value}: {error}") from None


def chosen(settings: Settings, values: Mapping[str, Any]) -> Settings:
    """The settings with the values of a trial."""
    return Settings.read(values).over(settings)


def _range(key: str, text: str) -> Span | Choices:
    names = Settings.by_key()
    if key not in names or key in NOT_SEARCHED:
        known = ", ".join(k for k in names if k not in NOT_SEARCHED)
        raise ValueError(f'"{key}" is no setting that is searched; there are: {known}')
    kind = get_type_hints(Settings)[names[key]]
    if ":" in text:
        return _span(key, text, whole=int in (kind, *get_args(kind)))
    values = tuple(_typed(key, word) for word in text.split(","))
    if not text or len(set(map(repr, values))) < len(values):
        raise ValueError(f"{key} {NO_RANGE.format(text)}")
    return Choices(values)


def _span(key: str, text: str, whole: bool) -> Span:
    ends = [_typed(key, word) for word in text.split(":")]
    if len(ends) != 2 or not all(type(x) in (int, float) for x in ends) or not ends[0] < ends[1]:
        raise ValueError(f"{key} {NO_RANGE.format(text)}")
    low, high = ends
    return Span(low, high, whole)


def _typed(key: str, word: str) -> Any:
    """A word as a value of a setting. Raises ValueError where it can't be one."""
    try:
        value = json.loads(word)
    except ValueError:
        value = word.strip()
    found = getattr(Settings.read({key: value}), Settings.by_key()[key])
    if found is None:
        raise ValueError(f'{key} can\'t be "{word}"')
    return found


def fixed(settings: Settings, space: Space) -> Settings:
    """The settings without those that are searched."""
    return Settings.read({key: value for key, value in settings.given().items() if key not in space})
