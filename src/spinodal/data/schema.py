"""Schema: the columns of a mixed table, and how their cells are converted to entries and back."""

from __future__ import annotations

import math
import re
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from ..errors import FormatError, unknown_option
from .alphabet import BINARY, UNKNOWN, Alphabet, Categories
from .entries import LAYER_STD, REALS

EMPTY = ("", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "null", "NULL", "?")
"""The words for an unknown cell. It is written as the first."""

LAYERS = {"binary": "visible:binary", "categorical": "visible:categorical", "real": REALS}
"""The layer for each kind of column, in order."""

GAP = 4.0
"""In columns with many zeros: the entry of 0 is this far below that of the smallest positive number.

The noise of the units has a standard deviation of 1."""

LARGEST = math.log(sys.float_info.max)
"""The logarithm of the largest floating-point number."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_CODE = re.compile(r"[+-]?0\d+")  # a code with leading zeros, such as a postal code


def number(cell: str) -> float | None:
    """The number in a cell; None for a word, an infinite number, and a code such as 007.

    >>> number("-1.5e3"), number("007"), number("inf"), number("1e999")
    (-1500.0, None, None, None)
    """
    if not _NUMBER.fullmatch(cell) or _CODE.fullmatch(cell):
        return None
    return x if math.isfinite(x := float(cell)) else None


def is_empty(cell: str) -> bool:
    """Whether a cell is unknown."""
    return cell in EMPTY


@dataclass(frozen=True)
class Column(ABC):
    """A column of a table. Its cells are text (n,), its entries are numbers (n,)."""

    name: str

    kind = ""

    @abstractmethod
    def entry(self, cell: str) -> float | None:
        """The entry of a cell; None if the cell is not valid in this column."""

    @abstractmethod
    def decode(self, entries: np.ndarray) -> np.ndarray:
        """Entries as cells; "" if unknown."""

    def snap(self, entries: np.ndarray) -> np.ndarray:
        """Generated entries moved to the nearest value that is possible in the column."""
        return entries

    @property
    @abstractmethod
    def blank(self) -> np.ndarray:
        """An unknown entry, an array () of the type of the entries."""

    @property
    @abstractmethod
    def called(self) -> str:
        """What a valid cell is, in words, for error messages."""

    @property
    @abstractmethod
    def about(self) -> dict[str, Any]:
        """A summary: the kind, and the values or their mean and standard deviation."""

    def encode(self, cells: np.ndarray, unknown: str | None = None) -> np.ndarray:
        """Cells as entries. An invalid cell raises FormatError, or is unknown with unknown="?".

        The words in EMPTY are unknown, unless the word is one of the values of the column.
        """
        words, first, back = np.unique(cells, return_index=True, return_inverse=True)
        found = [self.blank if (x := self.entry(word)) is None and is_empty(word) else x for word in words.tolist()]
        foreign = [int(row) for row, x in zip(first, found) if x is None]
        if foreign and unknown is None:
            row = min(foreign)
            raise FormatError(f'"{cells[row]}" in column "{self.name}", row {row + 1}, is not {self.called}. '
                              f'Pass {unknown_option("?")} to read it as unknown.')  # fmt: skip
        return np.array([self.blank if x is None else x for x in found], dtype=self.blank.dtype)[back]


@dataclass(frozen=True)
class Choice(Column):
    """A column with a few values, its `symbols`: words, or numbers as they are written."""

    symbols: tuple[str, ...] = ()
    kind: str = "categorical"

    def entry(self, cell: str) -> float | None:
        """The number of the symbol. 1 and 1.0 are the same symbol."""
        if cell in self._places:
            return self._places[cell]
        return None if (x := number(cell)) is None else self._values.get(x)

    def decode(self, entries: np.ndarray) -> np.ndarray:
        return np.array([*self.symbols, EMPTY[0]])[entries]

    @property
    def blank(self) -> np.ndarray:
        return np.array(UNKNOWN, np.int8 if len(self.symbols) <= 127 else np.int16)

    @property
    def called(self) -> str:
        return "among its values: " + ", ".join(self.symbols[:20]) + (", ..." if len(self.symbols) > 20 else "")

    @property
    def about(self) -> dict[str, Any]:
        return {"kind": self.kind, "values": list(self.symbols)}

    @cached_property
    def _places(self) -> dict[str, int]:
        return {symbol: i for i, symbol in enumerate(self.symbols)}

    @cached_property
    def _values(self) -> dict[float, int]:
        return {x: i for i, symbol in enumerate(self.symbols) if (x := number(symbol)) is not None}


@dataclass(frozen=True)
class Real(Column):
    """A column of real numbers. An entry is LAYER_STD (number - mean) / std; cells have `decimals` decimals.

    low, high: the range of a column of whole numbers, to which generated entries are clipped; else None.
    """

    mean: float = 0.0
    std: float = 1.0
    decimals: int = 0
    low: float | None = None
    high: float | None = None
    kind = "real"

    def entry(self, cell: str) -> float | None:
        return None if (x := number(cell)) is None else (x - self.mean) / self.std * LAYER_STD

    def decode(self, entries: np.ndarray) -> np.ndarray:
        """Cells in the original units; integers if the table has only integers."""
        numbers = self.mean + self.std / LAYER_STD * entries.astype(np.float64)
        return np.array([EMPTY[0] if np.isnan(x) else self._written(x) for x in numbers.tolist()], dtype=str)

    def snap(self, entries: np.ndarray) -> np.ndarray:
        """Entries clipped to the range."""
        low, high = (None if x is None else self.entry(repr(x)) for x in (self.low, self.high))
        return entries if low is None or high is None else entries.clip(low, high)

    @property
    def blank(self) -> np.ndarray:
        return np.array(np.nan, np.float32)

    @property
    def called(self) -> str:
        return "a number"

    @property
    def about(self) -> dict[str, Any]:
        return {"kind": self.kind, "mean": self.mean, "std": self.std}

    def _written(self, x: float) -> str:
        return f"{round(x, self.decimals) + 0.0:.{self.decimals}f}"  # no -0


@dataclass(frozen=True)
class Positive(Real):
    """A column of skewed positive numbers: a `Real` column of their natural logarithms, which mean and std refer to.

    Written numbers are positive: at least the smallest positive number with `decimals` decimals. Numbers of six digits
    are exact after reading and writing, and decimals beyond single precision are not written.

    >>> column = Positive("crp", mean=1.0, std=2.0, decimals=1)
    >>> column.decode(column.encode(np.array(["0.2", "2.7", "102.4", "?"]))).tolist()
    ['0.2', '2.7', '102.4', '']
    """

    scale: str = "log"

    def entry(self, cell: str) -> float | None:
        return None if (x := number(cell)) is None or x <= 0 else (math.log(x) - self.mean) / self.std * LAYER_STD

    def decode(self, entries: np.ndarray) -> np.ndarray:
        """Cells in the table's own units."""
        slope = self.std / LAYER_STD
        logs = np.clip(self.mean + slope * entries.astype(np.float64), -LARGEST, LARGEST)
        spacing = np.spacing((np.abs(logs - self.mean) / slope).astype(np.float32))
        numbers = np.exp(logs)
        steps = numbers * (slope * spacing)  # to the next number that has an entry
        pairs = zip(numbers.tolist(), steps.tolist())
        return np.array([EMPTY[0] if np.isnan(x) else self._positive(x, step) for x, step in pairs], dtype=str)

    @property
    def called(self) -> str:
        return "a number above 0"

    @property
    def about(self) -> dict[str, Any]:
        return {"kind": self.kind, "log mean": self.mean, "log std": self.std}

    def _positive(self, x: float, step: float) -> str:
        held = math.floor(-math.log10(max(step, sys.float_info.min)))
        return f"{max(x, 10.0**-self.decimals):.{min(self.decimals, max(0, held))}f}"


@dataclass(frozen=True)
class Inflated(Real):
    """A column of zeros and positive numbers. Positive numbers are as in `Positive`; mean and std refer to these.

    The entry of 0 is GAP below the entry of `least`, the smallest positive number. An entry below the middle of this
    gap is read as 0, and a positive number whose entry would be there is invalid.

    >>> column = Inflated("spent", mean=1.0, std=2.0, decimals=1, least=0.2)
    >>> column.decode(column.encode(np.array(["0", "0.2", "102.4", "0.0", "?"]))).tolist()
    ['0.0', '0.2', '102.4', '0.0', '']
    """

    least: float = 1.0
    scale: str = "zeros"

    def entry(self, cell: str) -> float | None:
        if number(cell) == 0:
            return self._zero
        found = self._above.entry(cell)
        return None if found is None or found < self._zero + GAP / 2 else found

    def decode(self, entries: np.ndarray) -> np.ndarray:
        """Cells in the table's own units."""
        nothing = entries < self._zero + GAP / 2
        found = self._above.decode(np.where(nothing, self._zero + GAP, entries))
        return np.where(nothing, f"{0:.{self.decimals}f}", found)

    def snap(self, entries: np.ndarray) -> np.ndarray:
        """The entry of 0, or entries clipped to the range of the positive numbers."""
        high = math.inf if self.high is None else self._above.entry(repr(self.high))
        return np.where(entries < self._zero + GAP / 2, self._zero, entries.clip(self._zero + GAP, high))

    @property
    def called(self) -> str:
        return f"0 or a positive number, not much smaller than {self.least:g}"

    @property
    def about(self) -> dict[str, Any]:
        return {"kind": self.kind, "log mean": self.mean, "log std": self.std, "zeros": True}

    @cached_property
    def _above(self) -> Positive:
        """The column of the positive numbers."""
        return Positive(self.name, self.mean, self.std, self.decimals)

    @cached_property
    def _zero(self) -> float:
        """The entry of 0."""
        return (math.log(self.least) - self.mean) / self.std * LAYER_STD - GAP


REAL = {"linear": Real, "log": Positive, "zeros": Inflated}
"""The classes of real columns, by scale. Notes without a scale mean linear."""


@dataclass(frozen=True)
class Schema:
    """The columns of a mixed table: what a trained model needs to read and write other tables of the same kind.

    names: the header of the row names, "" if there is none. labels: the header of each label layer. order: all headers
    in the order of the file. types: the types of columns in a file that has types. These four describe the look of a
    table; two schemas with the same columns are equal whatever these are.
    """

    columns: tuple[Column, ...]
    names: str = field(default="", compare=False)
    labels: Mapping[str, str] = field(default_factory=dict, compare=False)
    order: tuple[str, ...] = field(default=(), compare=False)
    types: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @staticmethod
    def of(notes: Mapping[str, Any]) -> Schema | None:
        """The schema in the notes of a dataset or a run; None if there is none. Raises FormatError if it is broken."""
        if "schema" not in notes:
            return None
        try:
            said = notes["schema"]
            columns = tuple(_column(**column) for column in said["columns"])
            types = dict(said.get("types", {}))
            return Schema(columns, said["names"], dict(said["labels"]), tuple(said["order"]), types)
        except (KeyError, TypeError, ValueError) as error:
            raise FormatError(f"the notes have a broken schema of columns ({error!r}).") from None

    @property
    def note(self) -> dict[str, Any]:
        """The schema as JSON values, as `of` reads it from notes["schema"]."""
        columns = [
            {"kind": c.kind} | {k: _plain(v) for k, v in vars(c).items() if _is_noted(k, v)} for c in self.columns
        ]
        note = {"columns": columns, "names": self.names, "labels": dict(self.labels), "order": list(self.order)}
        return note | ({"types": dict(self.types)} if self.types else {})

    @property
    def layers(self) -> dict[str, tuple[Column, ...]]:
        """The columns of each layer; layers without columns are left out."""
        every = {layer: tuple(c for c in self.columns if c.kind == kind) for kind, layer in LAYERS.items()}
        return {layer: columns for layer, columns in every.items() if columns}

    @property
    def alphabets(self) -> dict[str, Alphabet]:
        """The alphabets of the layers that have letters."""
        choices = {k: [c.symbols for c in own if isinstance(c, Choice)] for k, own in self.layers.items()}
        return {
            layer: BINARY if layer == LAYERS["binary"] else Categories.of_sites(symbols)
            for layer, symbols in choices.items()
            if symbols
        }

    def encode(self, cells: Mapping[str, np.ndarray], n: int, unknown: str | None = None) -> dict[str, np.ndarray]:
        """Columns of cells as layers (n, sites). A missing column is unknown.

        Raises FormatError as `Column.encode` does, and ValueError if `unknown` is neither None nor "?".
        """
        if unknown not in (None, "?"):
            raise ValueError(f'unknown="{unknown}" is for letters; for a table of columns pass "?"')
        missing = np.full(n, EMPTY[0])
        return {
            layer: np.stack([c.encode(cells.get(c.name, missing), unknown) for c in columns], axis=1)
            for layer, columns in self.layers.items()
        }

    def decode(self, layers: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """The cells (n,) of each column, by the column's name."""
        return {c.name: c.decode(x) for layer, columns in self.layers.items() for c, x in zip(columns, layers[layer].T)}

    def snap(self, entries: np.ndarray) -> np.ndarray:
        """Generated entries of the real columns, (n, columns), moved to the nearest possible values."""
        own = self.layers.get(REALS, ())
        return np.stack([column.snap(x) for column, x in zip(own, entries.T)], axis=1).astype(entries.dtype)

    def ordered(self, cells: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """The columns in the order of the table, then columns that the table doesn't have."""
        there = [name for name in self.order if name in cells]
        return {name: cells[name] for name in [*there, *(name for name in cells if name not in there)]}


def _column(kind: str, **values: Any) -> Column:
    values = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
    if kind == Real.kind:
        return REAL[values.pop("scale", "linear")](**values)
    return Choice(kind=kind, **values)


def _is_noted(name: str, value: Any) -> bool:
    return name[0] != "_" and value is not None


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
