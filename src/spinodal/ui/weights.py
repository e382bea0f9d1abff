"""Weights: what each hidden unit looks at, as a picture and as its strongest entries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..data.dataset import Dataset
from ..files.midi import LOWEST
from ..machines.dynamics import Machine
from ..machines.network import Network
from ..machines.potts import Potts
from ..reporting import plots
from ..tasks import labels_of, visible_of
from .opened import Opened

if TYPE_CHECKING:
    from matplotlib.figure import Figure

UNITS = {"images": 30, "music": 10, "sequences": 4}
"""Units in a picture; of other rows `FEW`."""

FEW = 10

STRONGEST = 5
"""Entries of a unit in the table."""

NOTES = ("C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B")
"""The names of pitches from C on; MIDI pitch 60 is C4."""

Arrays = dict[str, np.ndarray]


def to_hidden(machine: Machine) -> Arrays:
    """layer -> (hidden units, sites, letters), from each layer of data; one letter where a site is a number.

    Letters are in the gauge in which the weights of a site sum to 0. Raises ValueError without such weights.
    """
    if not isinstance(machine, Network) or "hidden" not in machine.units:
        raise ValueError("this machine has no hidden layer, so there are no weights to look at")
    found = {}
    for layer, weight in machine.sources("hidden"):
        if layer in visible_of(machine) or layer in labels_of(machine):
            units, x = machine.units[layer], weight.detach().cpu().double().numpy()
            colors = units.colors if isinstance(units, Potts) else 1
            letters = x.reshape(colors, -1, x.shape[1]).transpose(2, 1, 0)  # a row is color * sites + site
            found[layer] = letters - letters.mean(2, keepdims=True) if colors > 1 else letters
    if not any(k in found for k in visible_of(machine)):
        raise ValueError("no hidden unit is coupled to the rows, so there are no weights to look at")
    return found


def strongest_units(weights: Arrays) -> np.ndarray:
    """The hidden units, those with the largest weights to the rows first."""
    sizes = sum((np.square(x).sum((1, 2)) for k, x in weights.items() if k.startswith("visible")), np.zeros(1))
    return np.argsort(-sizes, kind="stable")


def shown(opened: Opened, weights: Arrays, first: int) -> np.ndarray:
    """The units of a picture: some in the order of their strength, from the place `first`, counted from 1."""
    order, many = strongest_units(weights), UNITS.get(opened.kind, FEW)
    if not 1 <= first <= len(order):
        raise ValueError(f"there are {len(order)} hidden units: the first one shown is from 1 to {len(order)}")
    return order[first - 1 : first - 1 + many]


def picture(opened: Opened, weights: Arrays, units: np.ndarray) -> Figure:
    """The weights of these units as images, piano rolls, or a map of sites and letters."""
    layer, row = next(k for k in weights if k.startswith("visible")), opened.blank()
    x = weights[layer][units]
    title = f"Weights of {len(units)} hidden units, the strongest first"
    if opened.kind == "images" and x.shape[2] == 1:
        return plots.receptive_fields(x.reshape(len(x), *row.notes["image"]), title=title)
    if opened.kind == "music":
        rolls = x.reshape(len(x), -1, row.notes["roll"]["pitches"])
        return plots.receptive_fields(rolls.swapaxes(1, 2)[:, ::-1], title=f"{title}: time to the right, pitch upward")
    symbols = row.alphabets[layer].symbols if x.shape[2] > 1 else ()
    return plots.weight_map({f"unit {unit + 1}": own for unit, own in zip(units, x)}, symbols, title)


def place(row: Dataset, layer: str, site: int) -> str:
    """A site as people find it in a picture: row and column of a pixel, step and pitch of a note, else its name."""
    if "image" in row.notes:
        y, x = divmod(site, row.notes["image"][1])
        return f"row {y + 1}, column {x + 1}"
    if "roll" in row.notes:
        time, key = divmod(site, row.notes["roll"]["pitches"])
        pitch = key + row.notes["roll"].get("lowest", LOWEST)
        return f"step {time + 1}, {NOTES[pitch % 12]}{pitch // 12 - 1}"
    return str(row.sites(layer)[site])


def table(opened: Opened, weights: Arrays, units: np.ndarray) -> list[list[str]]:
    """[unit, layer, site, letter, weight] of the strongest entries of each unit, as text."""
    row, found = opened.blank(), []
    for unit in units:
        entries = [
            (float(x[unit, site, letter]), layer, site, letter)
            for layer, x in weights.items()
            for site, letter in zip(
                *np.unravel_index(np.argsort(-np.abs(x[unit]), axis=None)[:STRONGEST], x[unit].shape)
            )
        ]
        for weight, layer, site, letter in sorted(entries, key=lambda entry: -abs(entry[0]))[:STRONGEST]:
            symbols = row.alphabets[layer].symbols if weights[layer].shape[2] > 1 else ("",)
            where = "" if layer.startswith("label") else place(row, layer, int(site))
            found.append([str(unit + 1), layer, where, symbols[letter], f"{weight:+.3g}"])
    return found
