"""Types: the types of columns in files that have types, so that columns are written in the types they had."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import FormatError

_NUMBERS = re.compile(r"u?int\d+|half(float)?|float\d*|double|decimal\d*\(.*\)")
_WORDS = re.compile(r"bool|(large_)?(string|binary|utf8)(_view)?|fixed_size_binary\[\d+\]|null|categor.*")


@dataclass(frozen=True)
class Type:
    """The type of a column: its name, and for categories all of them, in order, as text."""

    name: str
    categories: tuple[str, ...] = ()
    ordered: bool = False

    @property
    def of_words(self) -> bool:
        """Whether cells are words, even if they look like numbers: text, categories, or booleans."""
        return bool(self.categories) or bool(_WORDS.fullmatch(self.name))

    @property
    def left_out(self) -> bool:
        """Whether cells are neither words nor numbers, but times, dates or lists."""
        return not self.of_words and not _NUMBERS.fullmatch(self.name)

    @property
    def note(self) -> Any:
        """The type as JSON values."""
        if not self.categories:
            return self.name
        return {"type": self.name, "categories": list(self.categories), "ordered": self.ordered}

    @staticmethod
    def of(note: Any) -> Type:
        """The type with this note. Raises FormatError for an invalid note."""
        if isinstance(note, str):
            return Type(note)
        try:
            return Type(str(note["type"]), tuple(map(str, note["categories"])), bool(note["ordered"]))
        except (KeyError, TypeError) as error:
            raise FormatError(f"the notes have a broken type of a column ({error!r}).") from None

    def numbers(self, cells: np.ndarray) -> np.ndarray | None:
        """Cells as numbers of this type, or booleans; None if a cell is neither."""
        kind = np.dtype({"double": "float64", "float": "float32"}.get(self.name, self.name))
        try:
            if kind.kind == "b":
                return cells == "True" if np.isin(cells, ["True", "False"]).all() else None
            if kind.kind == "f":
                return np.array([float(x) for x in cells.tolist()]).astype(kind)
            whole = [int(x) for x in cells.tolist()]
            ends = np.iinfo(kind)
            fits = not whole or (min(whole) >= ends.min and max(whole) <= ends.max)
            return np.array(whole, dtype=kind) if fits else None
        except (ValueError, OverflowError):
            return None

    def codes(self, cells: np.ndarray) -> np.ndarray | None:
        """The number of the category of each cell, -1 for empty cells; None if a cell has no category."""
        number = {word: i for i, word in enumerate(self.categories)} | {"": -1}
        found = [number.get(cell) for cell in cells.tolist()]
        return None if None in found else np.array(found, dtype=np.int32)


def notes_of(types: Mapping[str, Type]) -> dict[str, Any]:
    """Types as JSON values."""
    return {name: own.note for name, own in types.items()}


def types_of(notes: Mapping[str, Any]) -> dict[str, Type]:
    """The types with these notes."""
    return {name: Type.of(note) for name, note in notes.items()}
