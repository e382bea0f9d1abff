"""Tasks: generate, stream, predict, complete, reconstruct, follow: named data in, named data out. A task is a clamp."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from .alphabet import GRAY, Alphabet
from .dataset import Dataset, is_label, is_visible, joined, numbered
from .dynamics import trajectory
from .energies import posterior
from .network import Network
from .noise import Noise
from .state import State, Tensors, rows_of
from .units import Potts, Units

BLOCK = 2_500
"""Chains that are in memory at once; the noise sees to it that nobody can tell."""


def generate(
    machine: Network,
    like: Dataset | None = None,
    *,
    label: str | None = None,
    n: int | None = None,
    steps: int | None = None,
    seed: int | Noise = 0,
) -> Dataset:
    """New data with the labels asked for: hold the labels, run from random for as long as it was trained to.

    like    rows whose labels are held; or
    label   the name of one label for all n, as in `asked`; without it labels are drawn, too
    n       how many, where `like` doesn't say
    steps   t_G; by default the steps of the machine's schedule, which is what it is good at

    Raises ValueError for a label that the machine doesn't know. F&F paper, conditional generation.
    """
    times = [_steps(machine, steps)]
    ((_, found),) = follow(machine, _wanted(machine, like, label, n), times, seed)
    return found


def stream(
    machine: Network,
    like: Dataset | None = None,
    *,
    label: str | None = None,
    n: int | None = None,
    steps: int | None = None,
    seed: int | Noise = 0,
) -> Iterator[Dataset]:
    """The rows that `generate` makes of the same arguments, a block at a time, so memory does not grow with them.

    `write` takes them as they come, as many as there are: write(stream(machine, n=10**6), "new.fasta").
    """
    times = [_steps(machine, steps)]
    return (block for (block,) in _blocks(machine, _wanted(machine, like, label, n), times, seed))


def _wanted(machine: Network, like: Dataset | None, label: str | None, n: int | None) -> Dataset:
    return asked(machine, {label or "": n or 0}) if like is None else like


def follow(
    machine: Network, like: Dataset, times: Sequence[int], seed: int | Noise = 0
) -> Iterator[tuple[int, Dataset]]:
    """(t, what the chains show after t steps) at increasing times, holding the labels of `like`; the chains go on.

    Both papers' figures of quality over generation time are made of this.
    """
    blocks = list(_blocks(machine, like, times, seed))
    for i, time in enumerate(times):
        yield time, joined([block[i] for block in blocks])


def _blocks(machine: Network, like: Dataset, times: Sequence[int], seed: int | Noise) -> Iterator[list[Dataset]]:
    """What the chains of each block show at each time, named as of the whole."""
    held = known(machine, like, labels_of(machine))
    notes = {k: v for k, v in like.notes.items() if k != "prefix"}  # "Real", say, is what other rows are called
    return (
        [_shown(machine, state, notes, part.start) for state in _run(machine, held, part, times, seed)]
        for part in _parts(len(like))
    )


def _parts(n: int) -> list[slice]:
    return [slice(i, min(i + BLOCK, n)) for i in range(0, n, BLOCK)]


def _run(
    machine: Network, held: Mapping[str, Tensor], part: slice, times: Sequence[int], seed: int | Noise
) -> Iterator[State]:
    """The run of some of the chains."""
    own = {k: x[part] for k, x in held.items()}
    for _, state in trajectory(machine, part.stop - part.start, times, own, Noise.of(seed).below(part.start)):
        yield state


@dataclass(frozen=True)
class Prediction:
    """p(label | visible) of every row: `probability[layer]` is (n, C), its columns named by `alphabets[layer]`."""

    names: np.ndarray
    probability: dict[str, np.ndarray]
    alphabets: dict[str, Alphabet]

    def letters(self, layer: str = "label") -> np.ndarray:
        """The most probable label of every row, as its number, (n,)."""
        return self.probability[layer].argmax(1)

    def labels(self, layer: str = "label") -> list[str]:
        """The most probable label of every row, as its name."""
        return [self.alphabets[layer].symbols[i] for i in self.letters(layer)]

    def table(self) -> list[dict[str, str]]:
        """A row a sequence: its name, what is predicted, and one probability column a label."""
        rows: list[dict[str, str]] = [{"name": str(name)} for name in self.names]
        for layer, p in self.probability.items():
            column = "" if len(self.probability) == 1 else layer.removeprefix("label:") + " "
            for row, best, numbers in zip(rows, self.labels(layer), p):
                row[f"{column}predicted"] = best
                row |= {f"{column}p({s})": f"{x:.6g}" for s, x in zip(self.alphabets[layer].symbols, numbers)}
        return rows


@torch.no_grad()
def predict(machine: Network, data: Dataset, seed: int | Noise = 0) -> Prediction:
    """p(label | visible) of every row and label layer: exact where the machine has an energy, else by chains.

    Rows with unknown entries are run: the visible entries that are known are held, and p(label | hidden) is
    averaged over as many steps as the machine was trained for, after as many to forget the start. A machine
    without label layers raises ValueError.
    """
    alphabets, whole = labels_of(machine), data.whole
    if not alphabets:
        raise ValueError("this machine has no labels to predict")
    found = {k: machine.like.new_empty(len(data), len(a.symbols)).cpu() for k, a in alphabets.items()}
    for rows, guess in ((np.flatnonzero(whole), _sure), (np.flatnonzero(~whole), _sampled)):
        for part in _parts(len(rows)):
            visible = known(machine, data.select(rows[part]), visible_of(machine))
            for k, p in found.items():
                p[rows[part]] = guess(machine, k, visible, Noise.of(seed).below(part.start))
    return Prediction(data.names, {k: p.numpy() for k, p in found.items()}, alphabets)


def _sure(machine: Network, layer: str, visible: Tensors, noise: Noise) -> Tensor:
    """p(label | visible), by its closed form if there is one."""
    exact = machine.is_countable(list(labels_of(machine)), machine.hold(visible))
    return posterior(machine, layer, visible).cpu() if exact else _sampled(machine, layer, visible, noise)


def _sampled(machine: Network, layer: str, visible: Tensors, seed: int | Noise) -> Tensor:
    """p(label | hidden), averaged over a run that holds what is known."""
    steps, units = _steps(machine, None), machine.units[layer]
    times = range(steps, 2 * steps + 1)
    run = trajectory(machine, rows_of(visible), times, visible, seed)
    return torch.stack([units.mean(s.potential[layer]).cpu() for _, s in run]).mean(0)


def complete(machine: Network, data: Dataset, *, steps: int | None = None, seed: int | Noise = 0) -> Dataset:
    """The same rows with all that was unknown drawn, and all that was known kept: hold what is known."""
    held, times = known(machine, data, machine.units), [_steps(machine, steps)]
    blocks = [_shown(machine, s, data.notes) for p in _parts(len(data)) for s in _run(machine, held, p, times, seed)]
    return replace(joined(blocks), names=data.names, table=data.table, weights=data.weights)


def reconstruct(machine: Network, data: Dataset, *, steps: int | None = None, seed: int | Noise = 0) -> Dataset:
    """The rows as the machine sees them: hold the visible layer, then hold what the hidden layers showed.

    Both runs start at random and take `steps`, by default those trained with; labels are free. In networks without
    noise and with one hidden layer that is eq. 18 of the chaos paper (arXiv:2405.10822). ValueError where nothing is
    hidden.
    """
    time = [_steps(machine, steps)]
    hidden = hidden_of(machine)
    if not hidden:
        raise ValueError("this machine has no hidden layer to reconstruct the data from")
    seen, blocks = known(machine, data, visible_of(machine)), []
    for part in _parts(len(data)):
        (there,) = _run(machine, seen, part, time, seed)
        held = {k: there[k] for k in hidden}
        ((_, back),) = trajectory(machine, rows_of(held), time, held, Noise.of(seed).child(1).below(part.start))
        blocks.append(_shown(machine, back, data.notes))
    return replace(joined(blocks), names=data.names, table=data.table, weights=data.weights)


def known(machine: Network, data: Dataset, layers: Iterable[str]) -> Tensors:
    """What data know of some layers, in the machine's letters. Raises ValueError for a letter that it lacks."""
    there = {k: data[k] for k in layers if k in data.columns}
    spelled = {k: Alphabet.of(machine.units[k]) for k in there if getattr(machine.units[k], "symbols", ())}
    return replace(data, columns=there).recoded(spelled).tensors()


def hidden_of(machine: Network) -> list[str]:
    """The layers of a machine that data don't have."""
    return [k for k in machine.units if not is_visible(k) and not is_label(k)]


def visible_of(machine: Network) -> list[str]:
    """The layers of a machine that show the data themselves."""
    return [k for k in machine.units if is_visible(k)]


def labels_of(machine: Network) -> dict[str, Alphabet]:
    """The label layers of a machine, and the names that it knows in each."""
    return {k: Alphabet.of(u) for k, u in machine.units.items() if is_label(k)}


def asked(machine: Network, counts: Mapping[str, int]) -> Dataset:
    """Rows of which only the label is known, and no name: so many of each, in order, for `generate(like=)`.

    A name is a label's, or "COLUMN:NAME,COLUMN:NAME" of several label columns; "" leaves the label free. Raises
    ValueError for a label that the machine doesn't know (it lists those it does), and for a count below 1.
    """
    if any(n < 1 for n in counts.values()) or not counts:
        raise ValueError(f"say how many: 1 or more, not {list(counts.values())}")
    alphabets = labels_of(machine)
    blank = Dataset({k: np.full((1, 1), -1, a.dtype) for k, a in alphabets.items()}, alphabets, numbered(1))
    kinds = joined([_one_label(blank, name) for name in counts])
    rows = np.repeat(np.arange(len(counts)), list(counts.values()))
    return replace(kinds, names=np.full(len(counts), "")).select(rows)  # a name takes more than all else of a row


def _one_label(blank: Dataset, name: str) -> Dataset:
    if not name:
        return blank
    if not blank.labels:
        raise ValueError(f'this machine was trained without labels: it can\'t hold "{name}"')
    parts = [part.partition(":") for part in name.split(",")]
    named = any(name in a.symbols for a in blank.alphabets.values()) or not all(colon for _, colon, _ in parts)
    return blank.like(name if named else {column: label for column, _, label in parts})


def _steps(machine: Network, steps: int | None) -> int:
    """The steps asked for, or those trained with; a warning where they differ."""
    trained = machine.schedule.steps if machine.schedule else None
    if steps is None and trained is None:
        raise ValueError("this machine has not been trained: say how many steps")
    if steps is not None and steps < 1:
        raise ValueError(f"steps must be 1 or more, not {steps}")
    if steps is not None and trained is not None and steps != trained:
        warnings.warn(f"the machine was trained to generate in {trained} steps, not {steps}", stacklevel=3)
    return steps or trained or 1


def _shown(machine: Network, state: State, notes: Mapping[str, Any], before: int = 0) -> Dataset:
    """What data have of a state, in the form that files have; named by how many rows are before."""
    shown = {k: _plain(machine.units[k], state[k]) for k in machine.units if is_visible(k) or is_label(k)}
    alphabets = {k: a for k in shown if (a := Alphabet.of(machine.units[k])) != GRAY}
    names = numbered(rows_of(shown), first=before + 1)
    return Dataset.of(shown, alphabets, names, dict(notes))


def _plain(units: Units, shown: Tensor) -> Tensor:
    """Letters of which the mean is shown as the most probable ones; all else as it is."""
    if isinstance(units, Potts) and shown.is_floating_point():
        return shown.unflatten(1, (units.colors, units.sites)).argmax(1)
    return shown
