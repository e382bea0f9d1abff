"""Models: one age of a run in a folder that needs neither its data nor their paths.

    config.json             what run.json says, but no path, no command line, and nothing of the computer
    model.safetensors       the parameters of the age
    confidence.safetensors  how far its predictions can be trusted, where that is known
    log.csv                 the scores of the age, where the run has them
    README.md               the model card, without a checksum, as people go on writing it

The folder is read as a run of one age (`layout.MODEL`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..files.atomic import atomic_folder
from ..machines.dynamics import Machine
from ..machines.state import Tensors
from .archive import Run
from .confidence import kept_or_measured
from .layout import MODEL
from .record import FORMAT, Record

KEPT = ("spinodal", "machine", "schedule", "guidance", "diverged", "baselines", "seconds")
"""Fields of a record that a model keeps as they are."""

OF_THE_CHOICE = ("best", "no_better")
"""Fields that are about the age that the training chose."""

PATHS = ("data", "test")
"""Values of a source that are paths."""


@dataclass(frozen=True)
class Model:
    """What is handed on of a run. log: its row of the log, or none; confidence: {} where it is not known."""

    record: Record
    machine: Machine
    confidence: Tensors
    log: list[dict[str, str]]

    @staticmethod
    def of(run: Run, age: int | None = None) -> Model:
        """The model of a run at a saved age, by default the chosen one.

        Where the run has no confidence of this age, it is measured on the held-out rows, if they can be read.
        """
        age = run.chosen(age)
        log = [row] if (row := run.row(age)) else []
        return Model(_record(run, age), run.machine(age), kept_or_measured(run, age), log)

    def write(self, folder: Path, card: str) -> Run:
        """Write the model and its card into a new folder, which appears whole. Raises OSError where it can't."""
        with atomic_folder(folder) as part:
            run = Run(part, self.record, layout=MODEL).revise()
            run.write_age(self.machine.state_dict(), self.record["age"])
            if self.confidence:
                held_out = self.record["data"].get("held_out", {}).get("sha256", "")
                run.write_confidence(self.record["age"], self.confidence, held_out)
            if self.log:
                run.write_log(self.log)
            (part / "README.md").write_text(card, encoding="utf-8", errors="backslashreplace")
        return Run.open(folder)


def _record(run: Run, age: int) -> Record:
    """The record of a run without what is of its place: paths, the command line, the computer."""
    said, chosen = run.record, run.record.get("best") or {"age": run.ages[-1]}
    kept = [*KEPT, *(OF_THE_CHOICE if age == chosen["age"] else ())]
    own: Record = {"format": FORMAT, "age": age} | {k: said[k] for k in kept if k in said}
    own |= {"training": _training(run.training), "source": _source(run.source.given())}
    own["data"] = said["data"] | {"notes": _notes(said["data"]["notes"])}
    versions = said.get("provenance", {}).get("versions", {})
    return own | {"provenance": {"command": [], "versions": versions}}


def _training(training: dict[str, Any]) -> dict[str, Any]:
    """The settings of a training; of a base that was named, the name of its folder."""
    base = training.get("base")
    return training | {"base": Path(base).name} if base else training


def _source(source: dict[str, Any]) -> dict[str, Any]:
    """How data are read, without the files; of labels the pattern of headers and "folder" are no file."""
    labels = source.get("labels") or ""
    files = PATHS if labels == "folder" or labels.startswith("re:") else (*PATHS, "labels")
    return {k: x for k, x in source.items() if k not in files}


def _notes(notes: dict[str, Any]) -> dict[str, Any]:
    """The notes on the data, without the lines of a VCF header that name a file: the reference, and URLs of contigs."""
    if "header" not in notes:
        return notes
    return notes | {"header": [x for x in notes["header"] if not x.startswith("##reference=") and "URL=" not in x]}
