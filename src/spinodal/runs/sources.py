"""Sources: from the files that people name to training and held-out data, and to data for a machine that is there."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import inf, isfinite
from pathlib import Path
from typing import Any

import numpy as np

from .. import ranges
from ..data.alphabet import GRAY, REAL, Alphabet
from ..data.dataset import Dataset, is_label
from ..data.entries import quoted_names
from ..data.reals import is_unbounded, standardize
from ..data.row_checksums import find_rows, row_checksums
from ..data.schema import Schema
from ..data.standard import Standard
from ..datasets import names
from ..evaluation.improbable import improbable
from ..evaluation.quick_scores import cut
from ..files import has_match_columns, read
from ..files.aligned import site_names
from ..files.idx import is_idx
from ..files.labels import match_label_names, to_label_layers
from ..files.mixed import BESIDE, note_label_headers
from ..machines.dynamics import Machine
from ..tasks import labels_of, visible_of
from .archive import Run

KEYS = ("data", "labels", "label", "where", "split", "test", "sample", "reweight", "alphabet", "unknown", "kinds",
        "match", "missing")  # fmt: skip
"""What a source says: the arguments of `read`, and

where      {column: value}: only these rows; {"column!": value}: only the others
split      a column with "train" and "test", or the fraction to train on; by default 0.9
test       a file of held-out data in place of a split
label      its columns; an empty list takes none, not even what is called "label"
sample     train on so many rows at random
reweight   draw rows by 1 / (how many are this identical)
"""

FEW = 5
"""Rows of a label from which on it can be learned at all."""


SOME = 200
"""Rows of which it is asked whether they look like what a machine learned."""

SUSPECT = 0.1
"""The share of nearly impossible letters from which on they don't."""


def prepare(
    source: Mapping[str, Any], seed: int = 0, notes: Mapping[str, Any] | None = None
) -> tuple[Dataset, Dataset]:
    """Training and held-out data of a source. Raises ValueError or FormatError where it can't be had.

    notes: those of the data that a run learned from, whose sites the source's are to be.
    """
    return divide(load({**source, "notes": notes}), source, seed)


def again(run: Run) -> tuple[Dataset, Dataset]:
    """Training and held-out data of a run: the very rows that it had, wherever they stand in its files now.

    Sites, the columns of a table, and real numbers are read as it learned them. Warns where the files have changed.
    Raises ValueError where rows of the run are not in them any more, and as `prepare` does.
    """
    source = _as_learned(run)
    data = load(source)
    train, test = _divided(data, source)
    if _has(run, train, test):
        return train, test
    return _found(run, data, source)


def _as_learned(run: Run) -> dict[str, Any]:
    """The source of a run, with what it knows of its data."""
    notes = run.record["data"]["notes"]
    source: dict[str, Any] = {**run.record["source"], "notes": notes}
    if known := Schema.of(notes) or Standard.of(notes):
        source["alphabet"] = known
    if source.get("test"):
        source.pop("split", None)  # which older versions let stand there
    return source


def _check_unchanged(run: Run) -> None:
    """Raises ValueError where the data of a run are not what they were."""
    source = _as_learned(run)
    if not _has(run, *_divided(load(source), source)):
        raise ValueError(f"{source['data']} is not as it was when {run.path} was trained, so what it held out can't be "
                         "told: bring the file back, or name a file of the rows themselves")  # fmt: skip


def _has(run: Run, train: Dataset, test: Dataset) -> bool:
    """Whether these are the data of a run, as far as it says."""
    learned = run.record["data"]
    held_out = learned.get("held_out", {})
    return all(x.sha256 == about.get("sha256", x.sha256) for x, about in ((train, learned), (test, held_out)))


def _found(run: Run, data: Dataset, source: Mapping[str, Any]) -> tuple[Dataset, Dataset]:
    """The rows of a run among those that its files have now, by their `marks`."""
    changed = f"{source['data']} is not as it was when {run.path} was trained"
    if not (kept := {k: x.numpy() for k, x in run.rows().items()}):
        raise ValueError(f"{changed}, and this run of an older version has no checksums of its rows, so what was held "
                         "out can't be told from what it learned: bring the file back, or train anew")  # fmt: skip
    labels = {k: Alphabet(tuple(u["symbols"])) for k, u in run.record["machine"]["units"].items() if is_label(k)}
    pool = relabeled(data, labels)
    if source.get("test"):
        other = relabeled(_held_out(source, data), labels)
        rows = [find_rows(kept["train"], checksums(pool)), find_rows(kept["held_out"], checksums(other))]
    else:
        other, every = pool, find_rows(np.concatenate([kept["train"], kept["held_out"]]), checksums(pool))
        rows = np.split(every, [len(kept["train"])])
    lost = [int((x < 0).sum()) for x in rows]
    if any(lost):
        raise ValueError(f"{changed}: {lost[0]} of the {len(rows[0])} rows that it learned from and {lost[1]} of the "
                         f"{len(rows[1])} that were held out are not there any more; bring the file back, or train "
                         "anew")  # fmt: skip
    warnings.warn(f"{changed}; the rows that were held out are found by their checksums", stacklevel=2)
    return _weighted(pool.select(rows[0]), source), other.select(rows[1])


def foresee(source: Mapping[str, Any]) -> None:
    """Raises ValueError for numbers that no source has, whatever the data are, so before they are read."""
    if source.get("sample") is not None:
        ranges.integer("sample", source["sample"])
    if source.get("reweight") is not None:
        _check_identity(source["reweight"])
    if not isinstance(split := _split(source.get("split", 0.9)), str):
        ranges.real("split", split, lambda x: 0 < x < 1, "is a column, or a fraction between 0 and 1")


def _check_identity(identity: float) -> None:
    said = "takes the share of sites that neighbors have in common, 0.8 say"
    ranges.real("reweight", identity, lambda x: 0 < x <= 1, said)


def load(source: Mapping[str, Any]) -> Dataset:
    """The data of a source, all rows that are meant; numbers beyond -1 to 1 are real unless it names an alphabet."""
    if not source.get("data"):
        raise ValueError("name the data to train on")
    if (name := Path(source["data"]).name) in names() and not Path(source["data"]).exists():
        raise ValueError(f'there is no file "{name}" here; `spinodal fetch {name}` downloads data of that name, '
                         "and prints their paths, to be named here")  # fmt: skip
    data = _read(source["data"], source)
    if source.get("labels") and source.get("label") is None and not data.labels:
        warnings.warn(f'no column of {source["labels"]} is called "label", so none is learned: name one by --label; '
                      f'there are: {", ".join(data.table)}', stacklevel=2)  # fmt: skip
    return standardize(data) if source.get("alphabet") is None and is_unbounded(data) else data


def divide(data: Dataset, source: Mapping[str, Any], seed: int = 0) -> tuple[Dataset, Dataset]:
    """Training and held-out data, of the data of a source; labels are those that some training row has.

    Warns of others, which count as unknown. Raises ValueError where the source says what can't be, and for a column of
    labels of which no training row has one.
    """
    train, test = _divided(data, source, seed)
    for layer in train.labels:
        if not (train[layer] >= 0).any():
            raise ValueError(f'no training row has a label in "{layer}": take another column, or --label "" for none')
    strange = sorted({name for k in data.labels for name in data.alphabets[k].symbols} - _names(train))
    if strange:
        warnings.warn(f"labels that no training row has are not learned: {quoted_names(strange)}", stacklevel=2)
    return train, test


def _names(data: Dataset) -> set[str]:
    return {name for layer in data.labels for name in data.alphabets[layer].symbols}


def _divided(data: Dataset, source: Mapping[str, Any], seed: int = 0) -> tuple[Dataset, Dataset]:
    if source.get("test") and source.get("split") is not None:
        raise ValueError("test is a file of held-out data in place of a split: leave out one of the two")
    if source.get("test"):
        train, test = data, _held_out(source, data)
    else:
        train, test = data.split(_split(source.get("split", 0.9)), seed)
    if source.get("sample") is not None:
        train = _sampled(train, source["sample"], seed)
    train = _weighted(train.with_used_labels(), source)
    return train, relabeled(test, train.alphabets)


def _weighted(train: Dataset, source: Mapping[str, Any]) -> Dataset:
    if source.get("reweight") is None:
        return train
    _check_identity(source["reweight"])
    return train.reweighted(source["reweight"])


def _held_out(source: Mapping[str, Any], train: Dataset) -> Dataset:
    """The test file, in the training data's alphabets; a label table serves both, an idx file only its images."""
    labels = source.get("labels")
    labels = None if labels and is_idx(Path(labels)) else labels
    letters = train.schema or train.standard or train.alphabets.get("visible", GRAY)
    test = _read(source["test"], {**source, "labels": labels, "alphabet": letters, "kinds": None, "notes": train.notes})
    sites = train["visible"].shape[1] if "visible" in train.columns else 0
    return relabeled(_fitting(test, source["test"], sites), train.alphabets)


def learned(train: Dataset, test: Dataset) -> int:
    """How many rows, which are to be scored as held-out ones, show what a row of the training data shows."""
    seen, known = (checksums(replace(x, columns={k: x[k] for k in x.visibles})) for x in (test, train))
    return int(np.isin(seen, known).sum())


def read_for(
    machine: Machine,
    path: str | Path,
    *,
    labels: str | None = None,
    label: str | Sequence[str] | None = None,
    where: Mapping[str, str] | None = None,
    unknown: str | None = None,
    missing: Sequence[str] | None = None,
    notes: Mapping[str, Any] | None = None,
) -> Dataset:
    """The data of a file in a machine's alphabets. Labels that it doesn't know are unknown.

    notes: those of the data that it learned from, which know the columns of a mixed table, and how real numbers were
    standardized. Raises ValueError where a machine of such a table is asked without them.
    """
    source: dict[str, Any] = {"labels": labels, "label": label, "where": where, "unknown": unknown, "missing": missing}
    source |= {"match": _matched(path, notes)}
    data = _read(path, source | {"alphabet": _spelling(machine, notes or {}), "notes": notes})
    return relabeled(_likely(machine, _fitting(data, path, _sites(machine)), path), alphabets_of(machine))


def read_given(
    run: Run,
    machine: Machine,
    path: str | Path,
    columns: Sequence[str] | None = None,
    *,
    labels: str | None = None,
    where: Mapping[str, str] | None = None,
    unknown: str | None = None,
    missing: Sequence[str] | None = None,
) -> Dataset:
    """The data of a file in a machine's alphabet, with what is known of its labels as the machine's layers.

    columns: the label columns that are known, of the file or of the table beside, "host" for the layer "label:host";
    None: all that are there. where: the rows that are meant. unknown, missing: by default as in the training. Raises
    ValueError for a column that isn't.
    """
    called, learned = _called(run, machine), run.record["data"]["notes"]
    spelling, trained = _spelling(machine, learned), run.record.get("source", {})
    source: dict[str, Any] = {"labels": labels, "where": where, "kinds": dict.fromkeys(called, BESIDE)}
    source |= {"unknown": trained.get("unknown") if unknown is None else unknown}
    source |= {"missing": trained.get("missing") if missing is None else missing}
    source |= {"match": _matched(path, learned), "alphabet": spelling, "notes": learned}
    data = _likely(machine, _fitting(_read(path, source), path, _sites(machine)), path)
    there = {called[k]: x for k, x in data.table.items() if k in called and (x != "").any()}
    beside = {k: x for k, x in data.table.items() if called.get(k) not in there}
    data = match_label_names(to_label_layers(replace(data, table=beside | there), list(there)), labels_of(machine))
    known = {k: layer for k, layer in called.items() if layer in data.columns}
    if missing := [k for k in columns or () if k not in known]:
        there_are = ", ".join(known) or "none"
        raise ValueError(f'{path} has no label column "{missing[0]}" that the machine has, too; there are: {there_are}')
    held = known.values() if columns is None else [known[k] for k in columns]
    strange = {k: data.texts(k) for k in data.labels if k not in machine.units}
    kept = {k: x for k, x in data.columns.items() if k in held or not is_label(k)}
    notes = note_label_headers(data.notes, spelling.labels) if isinstance(spelling, Schema) else data.notes
    return replace(data, columns=kept, table=data.table | strange, notes=notes)


def _called(run: Run, machine: Machine) -> dict[str, str]:
    """What the columns of a machine's label layers are called, by the training and by themselves -> the layer."""
    layers, trained = list(labels_of(machine)), run.record.get("source", {}).get("label")
    columns = [trained] if isinstance(trained, str) else trained or []
    own = {columns[0]: layers[0]} if len(columns) == len(layers) == 1 else {}
    return own | {layer.removeprefix("label:"): layer for layer in layers} | {layer: layer for layer in layers}


def like(
    run: Run,
    machine: Machine,
    path: Path,
    where: Mapping[str, str] | None = None,
    missing: Sequence[str] | None = None,
) -> Dataset:
    """Rows with labels to generate with: of a file, as in `unseen`, or those that a run of any data held out."""
    if (path / "run.json").exists():
        return relabeled(again(Run.open(path))[1], alphabets_of(machine))
    return unseen(run, machine, path, where, missing)


def unseen(
    run: Run,
    machine: Machine,
    path: Path,
    where: Mapping[str, str] | None = None,
    missing: Sequence[str] | None = None,
) -> Dataset:
    """Rows to score a run on: those that a run held out, or of a file, labeled by it, else by the training's table."""
    notes, source = run.record["data"]["notes"], run.record["source"]
    if (path / "run.json").exists():
        _check_unchanged(there := Run.open(path))
        other = _as_learned(there)
        _, rows = prepare({**other, "alphabet": _spelling(machine, notes)}, notes=notes)
        return relabeled(_fitting(rows, path, _sites(machine)), alphabets_of(machine))
    own = relabeled(read_given(run, machine, path, where=where, missing=missing), alphabets_of(machine))
    if any((own[layer] >= 0).any() for layer in labels_of(machine) if layer in own.columns):
        return own  # such as rows that were generated: the table of the training knows nothing of them
    how: dict[str, Any] = {k: source.get(k) for k in ("labels", "label", "unknown", "missing")}
    how |= {} if missing is None else {"missing": missing}
    return read_for(machine, path, where=where, notes=notes, **how)


def warn_of_few(run: Run, asked: Dataset) -> None:
    """Warn of labels that are asked for and that fewer than `FEW` rows had that a run learned from."""
    learned = run.record["data"].get("labels", {})
    counts = {layer: asked.label_counts(layer) for layer in asked.labels}
    few = {name: learned.get(k, {}).get(name, FEW) for k, own in counts.items() for name, n in own.items() if n}
    if few := {name: n for name, n in few.items() if n < FEW}:
        said = ", ".join(f'"{name}" from {n}' for name, n in few.items())
        warnings.warn(f"labels that were learned from few rows: {said}; what is generated of them is little more than "
                      "these rows, or like other labels", stacklevel=2)  # fmt: skip


def alphabets_of(machine: Machine) -> dict[str, Alphabet]:
    """The alphabets of the layers that data can have."""
    return {**{k: Alphabet.of(machine.units[k]) for k in visible_of(machine)}, **labels_of(machine)}


def _spelling(machine: Machine, notes: Mapping[str, Any]) -> Alphabet | Schema | Standard:
    """How data for a machine are read: as those with these notes, which it learned from, else in its letters."""
    if known := Schema.of(notes) or Standard.of(notes):
        return known
    if "visible" not in machine.units:
        raise ValueError("this machine learned the columns of a table: pass the notes of these data, too")
    letters = Alphabet.of(machine.units["visible"])
    return GRAY if letters == REAL else letters  # numbers that were never standardized are taken as they are


def _matched(path: str | Path, notes: Mapping[str, Any] | None) -> bool:
    """Whether only match columns are read, as of the data with these notes, of a file that may have others."""
    return bool((notes or {}).get("match")) and has_match_columns(Path(path))


def _sites(machine: Machine) -> int:
    """How many sites data for a machine have, 0 where a schema sees to it."""
    return machine.units["visible"].columns if "visible" in machine.units else 0


def relabeled(data: Dataset, alphabets: Mapping[str, Alphabet]) -> Dataset:
    """The data with labels as in other alphabets; one that isn't there becomes unknown."""
    return match_label_names(data, alphabets).recoded(
        {k: alphabets[k] for k in data.labels if k in alphabets}, unknown="?"
    )


def _read(path: str | Path, source: Mapping[str, Any]) -> Dataset:
    where = source.get("where") or {}
    if not isinstance(where, Mapping):
        raise ValueError(f"where is a table of columns and values, not {where!r}")
    kinds = _beside(source) | dict(source.get("kinds") or {})
    how = {k: source.get(k) for k in ("labels", "label", "alphabet", "unknown", "missing")}
    data = read(path, kinds=kinds, match=bool(source.get("match")), sites=source.get("notes"), **how)
    return data.where(**{k: str(v) for k, v in where.items()}) if where else data


def _beside(source: Mapping[str, Any]) -> dict[str, str]:
    """Columns by which rows are chosen, which of a mixed table are therefore no data."""
    by = _split(source.get("split") or 0.0)
    return dict.fromkeys(
        [*(k.removesuffix("!") for k in source.get("where") or {}), *([by] if isinstance(by, str) else [])], BESIDE
    )


def _fitting(data: Dataset, path: str | Path, sites: int) -> Dataset:
    """The data, where they have as many sites, or (0) as their schema saw to."""
    if sites and data["visible"].shape[1] != sites:
        raise ValueError(f"{path} has {data['visible'].shape[1]} sites, the machine's data {sites}: align them alike")
    return data


def _likely(machine: Machine, data: Dataset, path: str | Path) -> Dataset:
    """The data; where their sites have no names, with a warning if they don't look like what the machine learned."""
    share = 0.0 if site_names(data.notes) else improbable(machine, cut(data, SOME, 0))
    if share > SUSPECT:
        warnings.warn(f"{path}: the machine finds {share:.0%} of these letters nearly impossible where they stand: are "
                      "the rows aligned as those that it learned from?", stacklevel=3)  # fmt: skip
    return data


def _split(text: str | float) -> str | float:
    try:
        fraction = float(text)
    except ValueError:
        fraction = inf
    return fraction if isfinite(fraction) else str(text)


def _sampled(train: Dataset, n: int, seed: int) -> Dataset:
    if not ranges.is_integer(n, 1, len(train)):
        raise ValueError(f"can't sample {ranges.format_value(n)} of the {len(train)} rows of the training data")
    return cut(train, n, seed)
