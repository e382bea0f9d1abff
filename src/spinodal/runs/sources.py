"""Sources: training and held-out data from the files that people name, and data for a trained model."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from .. import ranges
from ..analysis.site_letters import is_pairwise
from ..data.alphabet import GRAY, REAL, Alphabet
from ..data.dataset import Dataset, is_label
from ..data.entries import quoted_names
from ..data.reals import is_unbounded, standardize
from ..data.row_checksums import checksums, find_rows
from ..data.schema import Schema
from ..data.standard import Standard
from ..datasets import names
from ..evaluation.improbable import improbable
from ..evaluation.reference import cut
from ..files import has_match_columns, read
from ..files.aligned import site_names
from ..files.idx import is_idx
from ..files.labels import match_label_names, to_label_layers
from ..files.mixed import BESIDE, note_label_headers
from ..machines.dynamics import Machine
from ..tasks import labels_of, visible_of
from .archive import Run
from .layout import MODEL, layout_of
from .settings import Source

FEW = 5
"""A label of fewer training rows is hardly learned, and a warning says so."""

SOME = 200
"""Rows that are compared with what a machine learned."""

SUSPECT, SPREAD = 0.1, 0.25
"""A share of nearly impossible letters above SUSPECT + SPREAD / √rows is warned of: single rows differ much."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How a file is read: the arguments of `files.read`, and which of its rows are taken.

    where     {column: value}: only these rows; {"column!": value}: only the others
    notes     of data whose sites the file's sites are to be
    """

    labels: str | None = None
    label: str | Sequence[str] | None = None
    where: Mapping[str, str | int | float] | None = None
    alphabet: str | Alphabet | Schema | Standard | None = None
    unknown: str | None = None
    missing: Sequence[str] | None = None
    kinds: Mapping[str, str] | None = None
    match: bool = False
    threshold: int | None = None
    notes: Mapping[str, Any] | None = None

    @staticmethod
    def of(source: Source, notes: Mapping[str, Any] | None = None) -> Reading:
        """How the data file of a source is read; a column that splits the rows is not data."""
        by = source.column_or_fraction
        return Reading(
            labels=source.labels,
            label=source.label,
            where=source.where,
            alphabet=source.alphabet,
            unknown=source.unknown,
            missing=source.missing,
            kinds=({by: BESIDE} if isinstance(by, str) else {}) | (source.kinds or {}),
            match=bool(source.match),
            threshold=source.threshold,
            notes=notes,
        )

    def read(self, path: str | Path) -> Dataset:
        """The rows of a file that `where` takes; its columns are not data."""
        where = self.where or {}
        beside = {k.removesuffix("!"): BESIDE for k in where}
        data = read(
            path,
            labels=self.labels,
            label=self.label,
            alphabet=self.alphabet,
            unknown=self.unknown,
            kinds=beside | dict(self.kinds or {}),
            match=self.match,
            threshold=self.threshold,
            missing=self.missing,
            sites=self.notes,
        )
        return data.where(**{k: str(v) for k, v in where.items()}) if where else data


AS_IT_IS = Reading()
"""All by default."""


def prepare(source: Source, seed: int = 0, notes: Mapping[str, Any] | None = None) -> tuple[Dataset, Dataset]:
    """Training and held-out data of a source. Raises ValueError or FormatError where they can't be read.

    notes: of the data that a run learned from, whose sites the source's sites are to be.
    """
    source.check()
    data = load(source, Reading.of(source, notes))
    if notes is None:
        check_named(data, source)
    return divide(data, source, seed)


def check_named(data: Dataset, source: Source) -> None:
    """Raises ValueError where the source has a table of labels, names no column of it, and none is called "label"."""
    if source.labels and source.label is None and not data.labels:
        columns = ", ".join(data.table) or "it has none"
        raise ValueError(f'which column of {source.labels} is the label? None is called "label": name one by --label '
                         f'({columns}), or pass --label "" to train without labels')  # fmt: skip


def reload(run: Run) -> tuple[Dataset, Dataset]:
    """Training and held-out data of a run: the same rows that it had, wherever they are in its files now.

    Sites, columns of a table, and real numbers are read as the run learned them. Where the files have changed, a
    warning says so, and the rows are found by their checksums. Raises ValueError where rows are missing now, and as
    `prepare`, and where the run names no data.
    """
    data = _load_of(run)
    if not run.record["data"].get("by_checksum"):
        train, test = _divided(data, run.source)
        if _is_data_of(run, train, test):
            return train, test
    found = _rows_by_checksum(run, data)
    if not run.record["data"].get("by_checksum"):
        warnings.warn(f"{run.source.data} is not as it was when {run.path} was trained; the rows that were held out "
                      "are found by their checksums", stacklevel=2)  # fmt: skip
    return found


def rows_of_couplings(run: Run, machine: Machine) -> Dataset | None:
    """The training rows over which couplings are means; None for a run without data whose couplings need none.

    Raises as `reload`.
    """
    return None if not run.source.data and is_pairwise(machine) else reload(run)[0]


def every_row(run: Run, machine: Machine) -> Dataset:
    """All rows of the data file of a run as they are now, in the machine's alphabets: held-out rows too, no weights.

    Raises OSError where the file is gone, ValueError where it has other sites now.
    """
    data = _load_of(run)
    _check_sites(data, str(run.source.data), sites_of(machine))
    return data.recoded(alphabets_of(machine), unknown="?")


def _load_of(run: Run) -> Dataset:
    """The rows of the data file of a run. Raises ValueError where it names none or it is gone, with how to mend it."""
    if run.layout is MODEL:
        raise ValueError(f"{run.path} is an exported model, which doesn't say which files it was trained on: take the "
                         f"run of the training, or score it on rows of a file: spinodal score {run.path} DATA"
                         )  # fmt: skip
    if not run.source.data:
        raise ValueError(f"{run.path} doesn't say which files it was trained on: name the file that has its rows, by "
                         f"spinodal locate {run.path} DATA")  # fmt: skip
    if gone := run.source.gone():
        raise FileNotFoundError(f"{gone[0]}, which {run.path} was trained on, is not there: say where it is now, by "
                                f"spinodal locate {run.path} DATA")  # fmt: skip
    return load(run.source, _reading_as_learned(run))


def _reading_as_learned(run: Run) -> Reading:
    """How the data file of a run is read, with the alphabet and the sites that it learned."""
    notes = run.record["data"]["notes"]
    reading = Reading.of(run.source, notes)
    return replace(reading, alphabet=Schema.of(notes) or Standard.of(notes) or reading.alphabet)


def _unchanged(run: Run) -> tuple[Dataset, Dataset]:
    """The data of a run as it learned them. Raises ValueError where they are not what they were."""
    train, test = _divided(_load_of(run), run.source)
    if not _is_data_of(run, train, test):
        raise ValueError(f"{run.source.data} is not as it was when {run.path} was trained, so its held-out rows "
                         "are not known: bring the file back, or name a file of these rows")  # fmt: skip
    return train, test


def _is_data_of(run: Run, train: Dataset, test: Dataset) -> bool:
    """Whether these are the data of a run, as far as it has their checksums."""
    learned = run.record["data"]
    held_out = learned.get("held_out", {})
    return all(x.sha256 == about.get("sha256", x.sha256) for x, about in ((train, learned), (test, held_out)))


def _rows_by_checksum(run: Run, data: Dataset) -> tuple[Dataset, Dataset]:
    """The rows of a run among those that its files have now, by their `marks`."""
    source = run.source
    changed = (f"{source.data} doesn't have the rows of {run.path}" if run.record["data"].get("by_checksum") else
               f"{source.data} is not as it was when {run.path} was trained")  # fmt: skip
    if not (kept := {k: x.numpy() for k, x in run.rows().items()}):
        raise ValueError(f"{changed}, and this run of an older version has no checksums of its rows, so its held-out "
                         "rows are not known: bring the file back, or train anew")  # fmt: skip
    labels = {k: Alphabet(tuple(u["symbols"])) for k, u in run.record["machine"]["units"].items() if is_label(k)}
    pool = relabeled(data, labels)
    if source.test:
        other = relabeled(_held_out(source, data), labels)
        rows = [find_rows(kept["train"], checksums(pool)), find_rows(kept["held_out"], checksums(other))]
    else:
        other, every = pool, find_rows(np.concatenate([kept["train"], kept["held_out"]]), checksums(pool))
        rows = np.split(every, [len(kept["train"])])
    lost = [int((x < 0).sum()) for x in rows]
    if any(lost):
        raise ValueError(f"{changed}: {lost[0]} of the {len(rows[0])} training rows and {lost[1]} of the "
                         f"{len(rows[1])} held-out rows are missing: name the file that has them, by spinodal locate "
                         f"{run.path} DATA")  # fmt: skip
    return _weighted(pool.select(rows[0]), source), other.select(rows[1])


def load(source: Source, reading: Reading | None = None) -> Dataset:
    """The rows of the data file of a source; reading: how it is read, by default as the source says.

    Numbers beyond -1 to 1 are standardized unless an alphabet is named. Raises ValueError where no file is named.
    """
    reading = reading or Reading.of(source)
    if not source.data:
        raise ValueError("name the data to train on")
    if (name := Path(source.data).name) in names() and not Path(source.data).exists():
        raise ValueError(f'there is no file "{name}" here; `spinodal fetch {name}` downloads data of that name, '
                         "and prints the paths to name here")  # fmt: skip
    data = reading.read(source.data)
    return standardize(data) if reading.alphabet is None and is_unbounded(data) else data


def divide(data: Dataset, source: Source, seed: int = 0) -> tuple[Dataset, Dataset]:
    """Training and held-out rows of the data of a source. The labels are those that some training row has.

    Other labels become unknown, and a warning names them. Raises ValueError where the source asks for what the data
    don't have, and where no training row has a label.
    """
    source.check()
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


def _divided(data: Dataset, source: Source, seed: int = 0) -> tuple[Dataset, Dataset]:
    if source.test and source.split is not None:
        raise ValueError("test is a file of held-out data in place of a split: leave out one of the two")
    train, test = (data, _held_out(source, data)) if source.test else data.split(source.column_or_fraction, seed)
    if source.sample is not None:
        train = _sampled(train, source.sample, seed)
    train = _weighted(train.with_used_labels(), source)
    return train, relabeled(test, train.alphabets)


def _weighted(train: Dataset, source: Source) -> Dataset:
    return train if source.reweight is None else train.reweighted(source.reweight)


def _held_out(source: Source, train: Dataset) -> Dataset:
    """The test file, in the training data's alphabets. A table of labels is for both files, an idx file for one."""
    labels = None if source.labels and is_idx(Path(source.labels)) else source.labels
    letters = train.schema or train.standard or train.alphabets.get("visible", GRAY)
    reading = replace(Reading.of(source), labels=labels, alphabet=letters, kinds=None, notes=train.notes)
    sites = train["visible"].shape[1] if "visible" in train.columns else 0
    test = reading.read(source.test)
    _check_sites(test, source.test, sites)
    return relabeled(test, train.alphabets)


def learned(train: Dataset, test: Dataset) -> int:
    """How many of the test rows are equal to a training row, labels aside."""
    seen, known = (checksums(replace(x, columns={k: x[k] for k in x.visibles})) for x in (test, train))
    return int(np.isin(seen, known).sum())


def read_for(machine: Machine, path: str | Path, reading: Reading = AS_IT_IS) -> Dataset:
    """The data of a file in a machine's alphabets. Labels that it doesn't know are unknown.

    The notes of the reading are those of the training data: they have the columns of a mixed table, and the scales of
    real numbers. Raises ValueError where a machine of such a table is given no notes.
    """
    return relabeled(_read_as_trained(machine, path, reading), alphabets_of(machine))


def _read_as_trained(machine: Machine, path: str | Path, reading: Reading) -> Dataset:
    """The data of a file as a machine's training data were read; labels as they are."""
    letters, match = _letters_of(machine, reading.notes or {}), _only_match_columns(path, reading.notes)
    data = replace(reading, alphabet=letters, match=match).read(path)
    _check_sites(data, path, sites_of(machine))
    _warn_of_letters(machine, data, path)
    return data


def read_given(
    run: Run,
    machine: Machine,
    path: str | Path,
    columns: Sequence[str] | None = None,
    reading: Reading = AS_IT_IS,
    only_unknown: bool = False,
    with_labels: bool = False,
) -> Dataset:
    """The data of a file in a machine's alphabet, with its known labels as the machine's label layers.

    columns: the label columns that count as known, of the file or of the table beside it, "host" for the layer
    "label:host"; None: all columns that are there. `unknown` and `missing` are by default those of the training.
    only_unknown: only the rows that lack a label of the other columns. with_labels: labels that don't count as known
    stay in the table. Raises ValueError for a column that isn't there,
    and if no row is left.
    """
    called, notes = _layers_by_column(run, machine), run.record["data"]["notes"]
    reading = replace(_with_words_of(run, reading), label=None, kinds=dict.fromkeys(called, BESIDE), notes=notes)
    data = _with_labels_of(machine, _read_as_trained(machine, path, reading), called)
    known = {k: layer for k, layer in called.items() if layer in data.columns}
    if reading.labels and not reading.where and not known and called.keys().isdisjoint(data.table):
        raise ValueError(f"{reading.labels} has no label that the machine has: its columns are "
                         f"{', '.join(data.table)}; the machine's {', '.join(called)}")  # fmt: skip
    if lost := [k for k in columns or () if k not in known]:
        there_are = ", ".join(known) or "none"
        raise ValueError(f'{path} has no label column "{lost[0]}" that the machine has, too; there are: {there_are}')
    held = known.values() if columns is None else [known[k] for k in columns]
    if only_unknown:
        data = _unlabeled(data, [k for k in labels_of(machine) if k not in held], path)
    beside = {k: data.texts(k) for k in data.labels if k not in machine.units or (with_labels and k not in held)}
    kept = {k: x for k, x in data.columns.items() if k in held or not is_label(k)}
    schema = Schema.of(notes)
    notes = note_label_headers(data.notes, schema.labels) if schema else data.notes
    return replace(data, columns=kept, table=data.table | beside, notes=notes)


def _unlabeled(data: Dataset, layers: Sequence[str], path: str | Path) -> Dataset:
    """The rows that lack the label of one of these layers. Raises ValueError where all have all of them."""
    lacking = [(data[k] < 0).any(1) if k in data.columns else np.ones(len(data), dtype=bool) for k in layers]
    rows = np.logical_or.reduce(lacking or [np.zeros(len(data), dtype=bool)])
    if not rows.any():
        raise ValueError(f"all {len(data)} rows of {path} have their labels, so none is unknown: leave out "
                         "--only-unknown to predict them all")  # fmt: skip
    return data.select(rows)


def _with_words_of(run: Run, reading: Reading) -> Reading:
    """The reading, with `unknown` and `missing` of the training of a run where it has none."""
    unknown = run.source.unknown if reading.unknown is None else reading.unknown
    missing = run.source.missing if reading.missing is None else reading.missing
    return replace(reading, unknown=unknown, missing=missing)


def _with_labels_of(machine: Machine, data: Dataset, called: Mapping[str, str]) -> Dataset:
    """The data with the columns of the table that are labels of a machine as its layers."""
    there = {called[k]: x for k, x in data.table.items() if k in called and (x != "").any()}
    beside = {k: x for k, x in data.table.items() if called.get(k) not in there}
    return match_label_names(to_label_layers(replace(data, table=beside | there), list(there)), labels_of(machine))


def _layers_by_column(run: Run, machine: Machine) -> dict[str, str]:
    """The names of a machine's label layers as columns, in the training and by themselves -> the layer."""
    layers, trained = list(labels_of(machine)), run.source.label
    columns = [trained] if isinstance(trained, str) else trained or []
    own = {columns[0]: layers[0]} if len(columns) == len(layers) == 1 else {}
    return own | {layer.removeprefix("label:"): layer for layer in layers} | {layer: layer for layer in layers}


def like(run: Run, machine: Machine, path: Path) -> Dataset:
    """Rows whose labels are asked for in generation: of a file, as in `unseen`, or the held-out rows of any run."""
    if layout_of(path):
        return relabeled(reload(Run.open(path))[1], alphabets_of(machine))
    return unseen(run, machine, path)


def unseen(run: Run, machine: Machine, path: Path, reading: Reading = AS_IT_IS) -> Dataset:
    """Rows to score a run on: of a file, or the held-out rows of another run.

    The labels of a file are those that the reading names. Where it names none, they are those in the file itself, and
    where there are none, those in the training's table.
    """
    if reading.labels is None and reading.label is None:
        if layout_of(path):
            return _held_out_by(Run.open(path), run, machine)
        own = relabeled(read_given(run, machine, path, reading=reading), alphabets_of(machine))
        if any((own[layer] >= 0).any() for layer in labels_of(machine) if layer in own.columns):
            return own  # generated rows, for example, have no labels in the training's table
        reading = replace(reading, labels=run.source.labels)
    label = run.source.label if reading.label is None else reading.label
    notes = run.record["data"]["notes"]
    return read_for(machine, path, replace(_with_words_of(run, reading), label=label, notes=notes))


def _held_out_by(other: Run, run: Run, machine: Machine) -> Dataset:
    """The held-out rows of another run, as the machine of a run reads them."""
    _, rows = _unchanged(other)
    notes = run.record["data"]["notes"]
    letters, read_as = _letters_of(machine, notes), rows.schema or rows.standard or rows.alphabets.get("visible", GRAY)
    if (read_as, other.record["data"]["notes"]) != (letters, notes):
        reading = replace(_reading_as_learned(other), alphabet=letters, notes=notes)
        _, rows = divide(load(other.source, reading), other.source)
    _check_sites(rows, other.path, sites_of(machine))
    return relabeled(rows, alphabets_of(machine))


def warn_of_few(run: Run, asked: Dataset) -> None:
    """Warn of labels that are asked for and that fewer than `FEW` training rows of a run had."""
    learned = run.record["data"].get("labels", {})
    counts = {layer: asked.label_counts(layer) for layer in asked.labels}
    few = {name: learned.get(k, {}).get(name, FEW) for k, own in counts.items() for name, n in own.items() if n}
    if few := {name: n for name, n in few.items() if n < FEW}:
        said = ", ".join(f'"{name}" from {n}' for name, n in few.items())
        warnings.warn(f"labels that were learned from few rows: {said}; what is generated of them is little more than "
                      "these rows, or like other labels", stacklevel=2)  # fmt: skip


def alphabets_of(machine: Machine) -> dict[str, Alphabet]:
    """The alphabets of a machine's visible and label layers."""
    return {**{k: Alphabet.of(machine.units[k]) for k in visible_of(machine)}, **labels_of(machine)}


def _letters_of(machine: Machine, notes: Mapping[str, Any]) -> Alphabet | Schema | Standard:
    """How data for a machine are read: as its training data, by their notes, else in its own letters."""
    if known := Schema.of(notes) or Standard.of(notes):
        return known
    if "visible" not in machine.units:
        raise ValueError("this machine learned the columns of a table: pass the notes of these data, too")
    letters = Alphabet.of(machine.units["visible"])
    return GRAY if letters == REAL else letters  # numbers that were not standardized are read as they are


def _only_match_columns(path: str | Path, notes: Mapping[str, Any] | None) -> bool:
    """Whether only match columns of a file are read, as of the data with these notes."""
    return bool((notes or {}).get("match")) and has_match_columns(Path(path))


def sites_of(machine: Machine) -> int:
    """How many sites data for a machine have; 0 for a table, whose schema checks it."""
    return machine.units["visible"].columns if "visible" in machine.units else 0


def relabeled(data: Dataset, alphabets: Mapping[str, Alphabet]) -> Dataset:
    """The data with labels as in other alphabets; a label that isn't in them becomes unknown."""
    return match_label_names(data, alphabets).recoded(
        {k: alphabets[k] for k in data.labels if k in alphabets}, unknown="?"
    )


def _check_sites(data: Dataset, path: str | Path, sites: int) -> None:
    """Raises ValueError where data have another number of sites; 0 is any."""
    if sites and data["visible"].shape[1] != sites:
        raise ValueError(f"{path} has {data['visible'].shape[1]} sites, the machine's data {sites}: align them alike "
                         f"(sequences by spinodal align RUN {path} -o FILE)")  # fmt: skip


def _warn_of_letters(machine: Machine, data: Dataset, path: str | Path) -> None:
    """Warns where data don't look like the training data, if their sites have no names."""
    some = cut(data, SOME, 0)
    share = 0.0 if site_names(data.notes) else improbable(machine, some)
    if share > SUSPECT + SPREAD / len(some) ** 0.5:
        warnings.warn(f"{path}: the machine finds {share:.0%} of these letters nearly impossible at their sites: are "
                      "the rows aligned as the training data?", stacklevel=4)  # fmt: skip


def _sampled(train: Dataset, n: int, seed: int) -> Dataset:
    if not ranges.is_integer(n, 1, len(train)):
        raise ValueError(f"can't sample {ranges.format_value(n)} of the {len(train)} rows of the training data")
    return cut(train, n, seed)
