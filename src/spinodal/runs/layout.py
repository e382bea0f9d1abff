"""Layout: the names of the files in the folder of a run: of a training with its ages, or of an exported model.

An exported model is a run of one age. Its record is config.json, and says the age.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import FormatError


@dataclass(frozen=True)
class Layout:
    """The names of the record, and of the parameters and the confidence of an age, {age}; how to mend these two."""

    record: str
    parameters: str
    confidence: str
    mend: str
    mend_confidence: str

    def ages(self, folder: Path, record: Mapping[str, Any]) -> list[int]:
        """The ages whose parameters are in the folder, from the youngest.

        Raises FormatError for a model whose record says no age.
        """
        if self is MODEL:
            if not isinstance(age := record.get("age"), int):
                raise FormatError(f"{folder / self.record} is damaged: it lacks age: restore it from a copy")
            return [age] if (folder / self.parameters).is_file() else []
        found = (folder / "ages").glob("*.safetensors")
        return sorted(int(p.stem) for p in found if re.fullmatch(r"[0-9]{8,15}", p.stem))


RUN = Layout(
    "run.json",
    "ages/{age:08d}.safetensors",
    "confidence/{age:08d}.safetensors",
    mend="take another age, or train anew",
    mend_confidence="remove this file: it is measured anew",
)
AGAIN = "export it again, or restore it from a copy"
MODEL = Layout("config.json", "model.safetensors", "confidence.safetensors", mend=AGAIN, mend_confidence=AGAIN)


def layout_of(folder: Path) -> Layout | None:
    """The layout of a folder, by its record; None where it has none."""
    return next((layout for layout in (RUN, MODEL) if (folder / layout.record).is_file()), None)
