"""Tasks: generate, stream, predict, complete, impute, reconstruct, follow: each is a run with another clamp."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from . import ranges, room
from .data.alphabet import UNKNOWN, Alphabet
from .data.dataset import Dataset, concatenate, is_label, is_visible, numbered_names
from .data.entries import check_dataset
from .data.predicted import Imputation as Imputation
from .data.predicted import Prediction as Prediction
from .data.quoting import split_column_and_name, split_words
from .data.reals import keep_known, snap_to_valid
from .machines import marginals
from .machines.dynamics import Fields, Machine, trajectory
from .machines.guidance import acting
from .machines.noise import Noise
from .machines.state import State, Tensors, rows_of

BLOCK = 2_500
"""Chains in memory at once. Results don't depend on it."""

CHAINS = 2**32
"""The most chains under one seed: the counters of random numbers have 32 bits for the chain."""


def generate(
    machine: Machine,
    like: Dataset | None = None,
    *,
    label: str | None = None,
    n: int | None = None,
    steps: int | None = None,
    seed: int | Noise = 0,
) -> Dataset:
    """New data with the labels asked for: the labels are held in a run from random, as long as in training.

    like    rows whose labels are held; or
    label   the name of one label for all n, as in `asked`; without it labels are generated, too
    n       how many rows, without `like`
    steps   t_G; by default the steps of the machine's schedule, at which it generates best

    Raises ValueError for a label that the machine doesn't know. F&F paper, conditional generation.
    """
    times = [_steps(machine, steps)]
    ((_, found),) = sample_over_time(machine, _wanted(machine, like, label, n), times, seed)
    return found


def stream(
    machine: Machine,
    like: Dataset | None = None,
    *,
    label: str | None = None,
    n: int | None = None,
    steps: int | None = None,
    seed: int | Noise = 0,
    first: int = 0,
    fields: Fields = None,
) -> Iterator[Dataset]:
    """The rows that `generate` makes of the same arguments, a block at a time, so memory doesn't grow with n.

    `write` takes such blocks: write(stream(machine, n=10**6), "new.fasta").

    first   how many rows of the same seed come before these: rows depend on the seed and their number alone, so
            stream(machine, n=5, first=10) are the last five rows of stream(machine, n=15)
    fields  layer -> (size,), added to the potentials of free units, such as `designs.allowed.allowing` gives
    """
    times, wanted = [_steps(machine, steps)], _wanted(machine, like, label, n)
    ranges.integer("first", first, 0, CHAINS - len(wanted))
    return (block for (block,) in _blocks(machine, wanted, times, seed, first, fields))


def as_asked(blocks: Iterable[Dataset], like: Dataset) -> Iterator[Dataset]:
    """The blocks that `stream` makes like some rows, without labels where these rows have none.

    So each label in the result was asked for, and none was generated.
    """
    start = 0
    for block in blocks:
        asked = like.select(slice(start, start + len(block)))
        known = {k: asked.columns.get(k, np.full_like(block[k], UNKNOWN)) >= 0 for k in block.labels}
        labels = {k: np.where(there, block[k], UNKNOWN).astype(block[k].dtype) for k, there in known.items()}
        yield replace(block, columns=block.columns | labels)
        start += len(block)


def _wanted(machine: Machine, like: Dataset | None, label: str | None, n: int | None) -> Dataset:
    return asked(machine, {"" if label is None else label: n or 0}) if like is None else like


def sample_over_time(
    machine: Machine, like: Dataset, times: Sequence[int], seed: int | Noise = 0
) -> Iterator[tuple[int, Dataset]]:
    """(t, the data after t steps) at increasing times of the same chains, which hold the labels of `like`.

    Both papers plot quality over generation time, which is measured so.
    """
    _check_room(machine, len(like) * len(times := ranges.times(times)))
    blocks = list(_blocks(machine, like, times, seed))
    for i, time in enumerate(times):
        yield time, concatenate([block[i] for block in blocks])


def _blocks(
    machine: Machine, like: Dataset, times: Sequence[int], seed: int | Noise, first: int = 0, fields: Fields = None
) -> Iterator[list[Dataset]]:
    """The data of each block of chains at each time; names and chains count all rows, after the first so many."""
    held, noise = known(machine, like, labels_of(machine)), Noise.of(seed).below(first)
    notes = {k: v for k, v in like.notes.items() if k != "prefix"}  # such as "Real", the name of other rows
    return (
        [_dataset_of(machine, x, notes, first + part.start) for x in _run(machine, held, part, times, noise, fields)]
        for part in _parts(len(like))
    )


def _parts(n: int, chains: int = 1) -> Iterator[slice]:
    """Blocks of n rows, each of which takes so many chains."""
    size = max(BLOCK // chains, 1)
    return (slice(i, min(i + size, n)) for i in range(0, n, size))


def _run(
    machine: Machine,
    held: Mapping[str, Tensor],
    part: slice,
    times: Sequence[int],
    seed: int | Noise,
    fields: Fields = None,
) -> Iterator[State]:
    """The states of some of the chains at each time."""
    own, noise = {k: x[part] for k, x in held.items()}, Noise.of(seed).below(part.start)
    machine, fields = acting(machine, own, fields or {})
    for _, state in trajectory(machine, part.stop - part.start, times, own, noise, fields):
        yield state


def predict(
    machine: Machine, data: Dataset, seed: int | Noise = 0, given: Collection[str] = (), n: int = 1
) -> Prediction:
    """p(label | visible) of every row and label layer: exact where the machine has an energy, else by chains.

    given   label columns that are held, too, where a row has them: p(function | sequence, host)
    n       runs of a row that are averaged, for rows that need runs

    Rows with unknown entries need runs: the known visible entries are held, and p(label | hidden) is averaged over as
    many steps as the machine was trained for, after as many steps that forget the start. Where much is unknown, one
    run gives too extreme probabilities, and ten are better. Raises ValueError where no label is left to predict, for a
    label to hold that machine or data don't have, and for no runs.
    """
    return predictor(machine, data, seed, given, n)(slice(0, len(data)))


def predictor(
    machine: Machine, data: Dataset, seed: int | Noise = 0, given: Collection[str] = (), n: int = 1
) -> Callable[[slice], Prediction]:
    """A function of the rows from start to stop, which gives their part of what `predict` gives of the same arguments.

    So very many rows can be predicted part by part, and a part has the same bits whichever others are predicted.
    """
    if not ranges.is_integer(n):
        raise ValueError(f"n is how many runs a row there are, 1 or more, not {ranges.format_value(n)}")
    _check_chains(machine, n, len(data))
    held = [label_layer(machine, name) for name in given]
    if missing := [k for k in held if k not in data.columns]:
        raise ValueError(f'the data have no layer "{missing[0]}" to hold; there are: {", ".join(data.columns)}')
    alphabets = {k: a for k, a in labels_of(machine).items() if k not in held}
    if not alphabets:
        raise ValueError("this machine has no labels to predict" + (" but those that are held" if held else ""))
    there = recoded_layers(machine, data, [*visible_of(machine), *held])
    kinds = _kinds(there)

    def of_rows(part: slice) -> Prediction:
        size = part.stop - part.start
        blank = {k: machine.like.new_empty(size, len(a.symbols)).cpu() for k, a in alphabets.items()}
        p, log_p = ({k: x.clone().numpy() for k, x in blank.items()} for _ in range(2))
        for rows, *found in _beliefs(machine, list(alphabets), there, None, seed, n, kinds, part):
            for whole, own in zip((p, log_p), found):
                for layer in alphabets:
                    whole[layer][rows - part.start] = own[layer].numpy()
        return Prediction(data.names[part], p, alphabets, log_p)

    return of_rows


def _kinds(data: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """The rows without unknown entries, of which alone there may be a closed form, and the others."""
    whole = data.whole
    return np.flatnonzero(whole), np.flatnonzero(~whole)


@torch.no_grad()
def _beliefs(
    machine: Machine,
    layers: Sequence[str],
    data: Dataset,
    steps: int | None,
    seed: int | Noise,
    chains: int,
    kinds: tuple[np.ndarray, np.ndarray],
    within: slice,
) -> Iterator[tuple[np.ndarray, Tensors, Tensors]]:
    """Rows, the averages of these layers in them given all known entries, and log p of labels; of free layers only.

    All are on the CPU. The rows of each kind are taken apart. The chains of a row depend on its place among all rows of
    its kind.
    """
    for rows in kinds:
        start, stop = (int(np.searchsorted(rows, end)) for end in (within.start, within.stop))
        for part in _parts(stop - start, chains):
            own = rows[start:stop][part]
            held, noise = data.tensors(own), Noise.of(seed).below((start + part.start) * chains)
            log_p = _exact(machine, layers, held)
            p = {k: marginals.probabilities(x) for k, x in log_p.items()}
            p = p or _sampled(machine, layers, held, steps, noise, chains)
            yield own, p, log_p or {k: marginals.log_probabilities(x) for k, x in p.items() if is_label(k)}


def _exact(machine: Machine, layers: Sequence[str], held: Tensors) -> Tensors:
    """log p(label | held entries) of the free labels by its closed form; {} where there is none."""
    clamp = machine.hold(held)
    free = [k for k in machine.units if k in labels_of(machine) and k not in clamp.whole]
    return {k: log_p.cpu() for k, log_p in machine.closed_form(free, clamp).items() if k in layers}


def _sampled(
    machine: Machine, layers: Sequence[str], held: Tensors, steps: int | None, noise: Noise, chains: int
) -> Tensors:
    """The averages of free layers: their means given their potentials, over runs that hold the known entries."""
    many = {k: x.repeat_interleave(chains, 0) for k, x in held.items()}
    steps, sums = steps or _steps(machine, None), dict[str, Tensor]()
    times = range(steps, 2 * steps + 1)
    for _, state in trajectory(machine, rows_of(many), times, many, noise):
        for k in (k for k in layers if k in state.potential):
            mean = machine.units[k].mean(state.potential[k])
            sums[k] = sums[k] + mean if k in sums else mean
    return {k: (x / len(times)).unflatten(0, (-1, chains)).mean(1).cpu() for k, x in sums.items()}


def complete(
    machine: Machine, data: Dataset, *, n: int = 1, steps: int | None = None, seed: int | Noise = 0
) -> Dataset:
    """The same rows with their unknown entries drawn: the known entries are held, and kept.

    n       completions of a row, one below the other; where there are several, those of "x" are "x_1", "x_2", ...
    steps   by default the steps of the machine's schedule, at which it generates best

    Raises ValueError for letters and labels that the machine doesn't know. `impute` gives the most probable entries and
    their probabilities in place of draws.
    """
    parts = _completed(machine, data, n, _steps(machine, steps), seed)
    _check_room(machine, n * len(data))
    return concatenate(list(parts))


def completions(
    machine: Machine,
    data: Dataset,
    *,
    n: int = 1,
    steps: int | None = None,
    seed: int | Noise = 0,
    rows: slice | None = None,
    fields: Fields = None,
) -> Iterator[Dataset]:
    """The rows that `complete` makes of the same arguments, a block at a time, so memory does not grow with n.

    rows    of these completions only those from start to stop
    fields  layer -> (size,), or a row for each completion, (n, size), added to the potentials of free units
    """
    return _completed(machine, data, n, _steps(machine, steps), seed, rows, fields)


def _completed(
    machine: Machine,
    data: Dataset,
    n: int,
    steps: int,
    seed: int | Noise,
    rows: slice | None = None,
    fields: Fields = None,
) -> Iterator[Dataset]:
    _check_count(n)
    if n * len(data) > CHAINS:
        raise ValueError(_too_many(n, len(data)))
    there = recoded_layers(machine, data, machine.units)
    start, stop = (0, n * len(data)) if rows is None else (rows.start, rows.stop)
    return (
        _filled(machine, there, n, slice(start + part.start, start + part.stop), steps, seed, fields or {})
        for part in _parts(stop - start)
    )


def _filled(
    machine: Machine, data: Dataset, n: int, part: slice, steps: int, seed: int | Noise, fields: Mapping[str, Tensor]
) -> Dataset:
    """Some of the completions, where each row has n."""
    every = np.arange(part.start, part.stop)
    rows, noise = data.select(every // n), Noise.of(seed).below(part.start)
    own = {k: x[part] if x.dim() == 2 else x for k, x in fields.items()}
    mover, own = acting(machine, rows.tensors(), own)
    ((_, state),) = trajectory(mover, len(every), [steps], rows.tensors(), noise, own)
    names = [f"{name}_{i % n + 1}" for name, i in zip(rows.names, every)] if n > 1 else rows.names
    values = keep_known(_dataset_of(machine, state, data.notes), rows)
    return replace(values, names=np.array(names, dtype=str), table=rows.table, weights=rows.weights)


def impute(
    machine: Machine, data: Dataset, *, n: int = 1, steps: int | None = None, seed: int | Noise = 0
) -> Imputation:
    """The same rows, each unknown entry filled with the most probable one, and its probability; known entries are kept.

    Each entry is chosen by itself: argmax p(entry | known entries); numbers are filled with their mean. Labels of rows
    without other unknown entries have their exact posterior where the machine has an energy. All other probabilities
    are p(entry | its potential), averaged over the steps t to 2 t of a run that holds the known entries, after t steps
    that forget the start.

    n       chains of a row that are averaged: more give more exact probabilities, and take longer in proportion
    steps   t, by default the steps of the machine's schedule

    Raises ValueError for letters and labels that the machine doesn't know.
    """
    _check_count(n)
    _check_chains(machine, n, len(data))
    layers, time = [*visible_of(machine), *labels_of(machine)], _steps(machine, steps)
    there = recoded_layers(machine, data, layers)
    values = {k: machine.units[k].blank(len(data)) for k in layers} | there.tensors()
    found = {k: torch.full((len(data), machine.units[k].columns), torch.nan) for k in layers}
    for rows, p, _ in _beliefs(machine, layers, there, time, seed, n, _kinds(there), slice(0, len(data))):
        for k, own in p.items():
            best, sure = machine.units[k].most_probable(own, k in machine.sampled)
            unknown = values[k][rows].isnan() if values[k].is_floating_point() else values[k][rows] < 0
            values[k][rows] = torch.where(unknown, best.to(values[k]), values[k][rows])
            found[k][rows] = sure.float().masked_fill(~unknown, torch.nan)
    made = keep_known(_dataset(machine, values, data.notes), there)
    filled = {k: p.numpy() for k, p in found.items() if k in made.alphabets}
    return Imputation(replace(made, names=data.names, table=data.table, weights=data.weights), filled)


def _check_count(n: int) -> None:
    if not ranges.is_integer(n):
        raise ValueError(f"say how many: 1 or more, not {ranges.format_value(n)}")


def _check_chains(machine: Machine, n: int, rows: int) -> None:
    """Raises ValueError or MemoryError for too many runs of a row, which are all in memory at once."""
    if n * rows > CHAINS:
        raise ValueError(_too_many(n, rows))
    size = sum(units.size for units in machine.units.values())
    room.check(4 * 4 * n * size, f"{n} runs of a row at once", "take a smaller n")


def _too_many(n: int, rows: int) -> str:
    return (
        f"n must be at most {CHAINS // rows} for {rows} rows, not {n}: one seed has random numbers for {CHAINS} chains"
    )


def _check_room(machine: Machine, rows: int) -> None:
    """Raises MemoryError for more rows than fit in memory: their entries and names, twice, as they are joined."""
    values = sum(machine.units[k].columns for k in (*visible_of(machine), *labels_of(machine)))
    room.check(
        2 * rows * (4 * values + 64),
        f"{rows} rows",
        "take fewer, or write them block by block (`stream`, `completions`)",
    )


def reconstruct(machine: Machine, data: Dataset, *, steps: int | None = None, seed: int | Noise = 0) -> Dataset:
    """The rows as the machine encodes them: the visible layer is held, then the values that the hidden layers had.

    Both runs start at random and take `steps`, by default those trained with; labels are free. In networks without
    noise and with one hidden layer that is eq. 18 of the chaos paper (arXiv:2405.10822). Raises ValueError for a
    machine without a hidden layer.
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
        blocks.append(_dataset_of(machine, back, data.notes))
    return replace(concatenate(blocks), names=data.names, table=data.table, weights=data.weights)


def known(machine: Machine, data: Dataset, layers: Iterable[str]) -> Tensors:
    """The entries of some layers of data, in the machine's letters. Raises ValueError for a letter that it lacks."""
    return recoded_layers(machine, data, layers).tensors()


def recoded_layers(machine: Machine, data: Dataset, layers: Iterable[str]) -> Dataset:
    """The data with some layers alone, in the machine's letters. Raises ValueError for a letter that it lacks."""
    check_dataset(data)
    there = {k: data[k] for k in layers if k in data.columns}
    alphabets = {k: Alphabet.of(machine.units[k]) for k in there if machine.units[k].symbols}
    return replace(data, columns=there).recoded(alphabets)


def hidden_of(machine: Machine) -> list[str]:
    """The layers of a machine that data don't have."""
    return [k for k in machine.units if not is_visible(k) and not is_label(k)]


def visible_of(machine: Machine) -> list[str]:
    """The visible layers of a machine."""
    return [k for k in machine.units if is_visible(k)]


def label_layer(machine: Machine, name: str) -> str:
    """A label layer by its own name, or by its column's: "host" is "label:host"."""
    layers = {k.removeprefix("label:"): k for k in labels_of(machine)}
    layers |= {k: k for k in layers.values()}
    if name not in layers:
        raise ValueError(f'no label column "{name}"; there are: {", ".join(layers.values()) or "none"}')
    return layers[name]


def labels_of(machine: Machine) -> dict[str, Alphabet]:
    """The label layers of a machine, with the names of their labels."""
    return {k: Alphabet.of(u) for k, u in machine.units.items() if is_label(k)}


def asked(machine: Machine, counts: Mapping[str, int], rows: slice | None = None) -> Dataset:
    """Rows of which only the label is known, so many of each, in order, without names: for `generate(like=)`.

    rows: only these, from start to stop; all of them take memory.

    A name is a label's, or "COLUMN:NAME,COLUMN:NAME" of several label columns, of which a pair with a comma in it
    stands in double quotes, '"go:GO:1,GO:2",host:fly'; "" leaves the label free. Raises ValueError for a label that the
    machine doesn't know (it lists those it does), and for a count below 1.
    """
    if not (counts and all(map(ranges.is_integer, counts.values())) and ranges.is_integer(sum(counts.values()))):
        numbers = ", ".join(map(ranges.format_value, counts.values()))
        raise ValueError(f"say how many: 1 or more, not [{numbers}]; and {ranges.LARGEST} at most")
    part = slice(0, sum(counts.values())) if rows is None else rows
    n = part.stop - part.start
    room.check(64 * n, f"{n} rows", "take fewer, write them in shards, or take several seeds")
    alphabets = labels_of(machine)
    blank = Dataset({k: np.full((1, 1), -1, a.dtype) for k, a in alphabets.items()}, alphabets, numbered_names(1))
    kinds = concatenate([_one_label(blank, name) for name in counts])
    kind = np.searchsorted(np.cumsum(list(counts.values())), np.arange(part.start, part.stop), side="right")
    return replace(kinds, names=np.full(len(counts), "")).select(kind)  # a name takes more than the rest of a row


def labeled(machine: Machine, data: Dataset, name: str) -> Dataset:
    """The same rows with the label of this name, as in `asked`; other label columns stay."""
    wanted = asked(machine, {name: 1})
    named = {k: np.repeat(x, len(data), 0) for k, x in wanted.columns.items() if (x >= 0).all()}
    alphabets = data.alphabets | {k: wanted.alphabets[k] for k in named}
    return replace(data, columns=data.columns | named, alphabets=alphabets)


def _one_label(blank: Dataset, name: str) -> Dataset:
    if name == "":
        return blank
    if not blank.labels:
        raise ValueError(f'this machine was trained without labels: it can\'t hold "{name}"')
    parts, columns = split_words(ranges.text("label", name)), [layer.removeprefix("label:") for layer in blank.labels]
    named = any(name in a.symbols for a in blank.alphabets.values()) or not all(":" in part for part in parts)
    if named:
        return blank.like(name)
    chosen = [split_column_and_name(part, columns) or (part.split(":", 1)[0], part.split(":", 1)[1]) for part in parts]
    if len(dict(chosen)) < len(chosen):
        raise ValueError(f'"{name}" names a label column twice; a pair with a comma in it stands in double quotes')
    return blank.like(dict(chosen))


def _steps(machine: Machine, steps: int | None) -> int:
    """The steps asked for, or those trained with; a warning where they differ."""
    trained = machine.schedule.steps if machine.schedule else None
    if steps is None and trained is None:
        raise ValueError("no steps are known of this machine: say how many (in a shell --steps N)")
    if steps is not None:
        ranges.integer("steps", steps)
    if steps is not None and trained is not None and steps != trained:
        warnings.warn(f"the machine was trained to generate in {trained} steps, not {steps}", stacklevel=3)
    return steps or trained or 1


def _dataset_of(machine: Machine, state: State, notes: Mapping[str, Any], before: int = 0) -> Dataset:
    """The visible and label layers of a state, in the form of files; row names count from those before."""
    values = {k: machine.units[k].as_data(state[k]) for k in machine.units if is_visible(k) or is_label(k)}
    return _dataset(machine, values, notes, before)


def _dataset(machine: Machine, values: Tensors, notes: Mapping[str, Any], before: int = 0) -> Dataset:
    alphabets = {k: a for k in values if (a := Alphabet.of(machine.units[k])).symbols}
    names = numbered_names(rows_of(values), first=before + 1)
    return snap_to_valid(Dataset.of(values, alphabets, names, dict(notes)))
