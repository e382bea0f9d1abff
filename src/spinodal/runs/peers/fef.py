"""Models of the F&F authors: the HDF5 files of their programs, with an array for each parameter and age."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...machines.protocols import CD, FEF_CHAIN, PCD, RDM, Protocol, Schedule
from .model import Model
from .updates import ages, has, number, numbers, word

if TYPE_CHECKING:
    import h5py

NAME = "the F&F authors"
LAYOUT = "arrays W1, vbias1, hbias1, D1, lbias1 and more, by the age"
ORDERS = ("-GALMFWKQESPVICYHRNDT", "-AGCU", "-AGCT")
"""Their orders of letters."""
PROTOCOLS: dict[str, Protocol] = {"Rdm": RDM, "CD": CD, "PCD": PCD}
"""Their names of protocols; with labels Rdm has two phases."""


def keys(file: h5py.File) -> dict[int, str]:
    """The key of the weights at each age."""
    return ages(file, r"W(\d{1,15})")


def is_model(file: h5py.File) -> bool:
    """Whether there are weights with biases at an age."""
    return any(has(file, f"vbias{key[1:]}", f"hbias{key[1:]}") for key in keys(file).values())


def read(file: h5py.File, age: int) -> Model:
    """The model at an age: weights (sites, hidden) of units 0 and 1, or (states, sites, hidden) of letters.

    Its hidden units take their mean inside the chains. Names of labels and letters aren't stored.
    """
    at = keys(file)[age][1:]
    bias, hidden, weight = (numbers(file, f"{key}{at}") for key in ("vbias", "hbias", "W"))
    if bias.ndim == 2 and weight.ndim == 3:
        bias, weight = bias.T, weight.swapaxes(0, 1)
    labels = (numbers(file, f"lbias{at}"), numbers(file, f"D{at}")) if f"D{at}" in file else None
    sampled = ("visible", "label") if labels else ("visible",)
    schedule = _schedule(file, labels is not None)
    return Model(NAME, bias, hidden, weight, labels, age, orders=ORDERS, schedule=schedule, sampled=sampled)


def _schedule(file: h5py.File, labeled: bool) -> Schedule | None:
    steps, protocol = number(file, "NGibbs"), PROTOCOLS.get(word(file, "training_mode"), ())
    return Schedule(FEF_CHAIN if labeled and protocol == RDM else protocol, steps) if steps else None
