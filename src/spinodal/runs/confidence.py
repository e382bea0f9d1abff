"""Confidence of a run: how far its predictions can be trusted, kept with an age or measured on its held-out rows."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch

from ..analysis.confidence import FEWEST, Confidence, Trust, log_weights, measure_confidence
from ..analysis.scaling import Scaling
from ..data.alphabet import Alphabet
from ..data.dataset import Dataset
from ..data.neighbors import nearest_identity
from ..errors import FormatError, one_line
from ..machines.dynamics import Machine
from ..machines.state import Tensors
from ..tasks import label_layer, labels_of, recoded_layers
from .archive import Run
from .sources import reload

Data = Callable[[], tuple[Dataset, Dataset]]
"""A function that gives the training and the held-out rows of a run."""

PARTS = ("scale", "offset", "confidence", "right")


def keep(run: Run, test: Dataset) -> None:
    """Measure the confidence of the age that is taken, and write it beside; nothing for a machine without labels."""
    age, machine = run.chosen(), run.machine()
    if labels_of(machine):
        run.write_confidence(age, _packed(measure_confidence(machine, test)), test.sha256)


def kept_or_measured(run: Run, age: int) -> Tensors:
    """What is kept beside an age, or would be: measured now. {} without labels, and where it can't be measured."""
    if kept := run.confidence(age):
        return kept
    machine = run.machine(age)
    found = confidence_of(run, machine, age) if labels_of(machine) else Confidence()
    return _packed(found) if found.layers or len(found.log_p) else {}


def load_confidence(path: str | Path, age: int | None = None) -> Confidence:
    """The confidence of a run at a saved age, by default the one that `load` takes: see `confidence_of`."""
    run = Run.open(path)
    return confidence_of(run, run.machine(age), run.chosen(age))


def confidence_of(
    run: Run, machine: Machine, age: int, given: Collection[str] = (), data: Data | None = None
) -> Confidence:
    """The confidence of a run's machine of an age: the one that is kept, else it is measured now, and not kept.

    given: label columns that are held, as in `predict`: with these it is always measured now. data: by default
    `reload`. Where it can't be measured, a warning says why, and nothing is calibrated.
    """
    if not given and (kept := run.confidence(age)):
        found = _unpacked(kept)
    else:
        try:
            found = measure_confidence(machine, (data or (lambda: reload(run)))()[1], given)
        except (FormatError, ValueError, OSError) as error:
            warnings.warn(f"probabilities are the machine's own, and not calibrated: {one_line(error)}", stacklevel=2)
            return Confidence()
    held = {label_layer(machine, name) for name in given}
    if lacking := [k for k in labels_of(machine) if k not in found.layers and k not in held]:
        warnings.warn(f"probabilities of {', '.join(lacking)} are the machine's own, and not calibrated: fewer than "
                      f"{FEWEST} held-out rows have such a label", stacklevel=2)  # fmt: skip
    return found


@dataclass(frozen=True)
class Judge:
    """What is said of rows beside their labels: the confidence, and the training rows that they are compared with.

    train: None where no row is compared.
    """

    machine: Machine
    confidence: Confidence
    train: Dataset | None = None

    @staticmethod
    def of(run: Run, machine: Machine, age: int, given: Collection[str] = (), nearest: bool = True) -> Judge:
        """The judge of a run's machine; its data are read where they are needed, once.

        nearest: whether rows are compared with the training rows. Where these can't be read, a warning says why.
        """
        data = cache(lambda: reload(run))
        confidence = confidence_of(run, machine, age, given, data)
        if not nearest or "visible" not in machine.units or not machine.units["visible"].symbols:
            return Judge(machine, confidence)
        try:
            return Judge(machine, confidence, data()[0])
        except (FormatError, ValueError, OSError) as error:
            said = f"nearest_identity is left empty, as the training rows can't be read: {one_line(error)}"
            warnings.warn(said, stacklevel=2)
            return Judge(machine, confidence, _none(machine))

    def beside(self, data: Dataset) -> dict[str, list[str]]:
        """How unlike the training data rows are, as columns of text; "" where it can't be said.

        likeness            the share of held-out rows that are less probable, where the machine has an energy
        nearest_identity    the share of known sites at which the nearest training row agrees, of letters
        """
        found = {}
        if len(self.confidence.log_p):
            found["likeness"] = self.confidence.likeness(log_weights(self.machine, data))
        if self.train is not None:
            letters = (recoded_layers(self.machine, x, ["visible"])["visible"] for x in (data, self.train))
            found["nearest_identity"] = nearest_identity(*letters)
        return {name: ["" if np.isnan(x) else f"{x:.4g}" for x in numbers] for name, numbers in found.items()}

    @property
    def sha256(self) -> str:
        """By which two judges are told apart: of all numbers of the confidence, and of the training rows."""
        total = hashlib.sha256(b"" if self.train is None else self.train.sha256.encode())
        for name, x in sorted(_packed(self.confidence).items()):
            total.update(name.encode() + x.numpy().tobytes())
        return total.hexdigest()


def _none(machine: Machine) -> Dataset:
    """No rows."""
    units = machine.units["visible"]
    return Dataset(
        {"visible": np.empty((0, units.columns), np.int16)}, {"visible": Alphabet.of(units)}, np.empty(0, str)
    )


def _packed(confidence: Confidence) -> Tensors:
    found = {"log_p": torch.from_numpy(confidence.log_p)}
    for layer, trust in confidence.layers.items():
        own = (trust.scaling.scale, trust.scaling.offset, trust.confidence, trust.right)
        found |= {f"{part}/{layer}": torch.from_numpy(x) for part, x in zip(PARTS, own)}
    return found


def _unpacked(tensors: Tensors) -> Confidence:
    layers = {}
    for layer in (k.removeprefix("scale/") for k in tensors if k.startswith("scale/")):
        scale, offset, sure, right = (tensors[f"{part}/{layer}"].numpy() for part in PARTS)
        layers[layer] = Trust(Scaling(scale, offset), sure, right)
    return Confidence(layers, tensors["log_p"].numpy())
