"""Dataset: rows of data by layer, with names and weights; can be split, hidden in part, and drawn in batches."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import random_streams, ranges
from . import balance, entries, splits
from .alphabet import BINARY, GRAY, REAL, UNKNOWN, Alphabet, Categories
from .entries import LAYER_STD, REALS, quoted_names
from .entries import is_label as is_label
from .entries import is_visible as is_visible
from .neighbors import count_neighbors
from .row_blocks import select_rows
from .schema import Schema
from .shuffle import epoch_batches, uniform, weighted_batches
from .standard import Standard

if TYPE_CHECKING:
    from torch import Tensor

    from ..machines.units import Units


@dataclass(frozen=True, eq=False)
class Dataset:
    """Rows of partly known data: one matrix for each layer of a machine.

    columns: layer -> (n, sites): letters (int8 or int16, -1 unknown) if the layer has an alphabet, else float32 (NaN
    unknown). Label layers are "label", or "label:function" and so on, with one site each. The data themselves are
    "visible"; those of a mixed table are "visible:binary", "visible:categorical" and "visible:real".
    names: (n,) text. table: other columns of text, (n,) each. weights: (n,), the relative probability with which
    `batches` draws a row; None: each row once an epoch. notes: what is needed to write the same kind of file again.
    origin: of rows that were read from a file, the arguments of `read`, as JSON has them. Raises ValueError if sizes,
    types or letters don't fit together.
    """

    columns: dict[str, np.ndarray]
    alphabets: dict[str, Alphabet] = entries.NEEDED
    names: np.ndarray = entries.NEEDED
    table: dict[str, np.ndarray] = field(default_factory=dict)
    weights: np.ndarray | None = None
    notes: dict[str, Any] = field(default_factory=dict)
    origin: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        entries.check_columns(self.columns, self.alphabets, self.names)
        beside = {**self.table, **({} if self.weights is None else {"weights": self.weights})}
        for name, values in beside.items():
            if len(values) != len(self):
                raise ValueError(f'"{name}" has {len(values)} rows, the names {len(self)}')

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, layer: str) -> np.ndarray:
        if layer not in self.columns:
            raise KeyError(f'there is no layer "{layer}"; there are: {quoted_names(self.columns)}')
        return self.columns[layer]

    def __repr__(self) -> str:
        sizes = (f"{layer} {column.shape[1]}" for layer, column in self.columns.items())
        return f"Dataset({len(self)} rows: {', '.join(sizes)})"

    # Properties

    @property
    def labels(self) -> tuple[str, ...]:
        """The label layers, in order."""
        return tuple(layer for layer in self.columns if is_label(layer))

    @property
    def visibles(self) -> tuple[str, ...]:
        """The visible layers, in order."""
        return tuple(layer for layer in self.columns if is_visible(layer))

    @property
    def schema(self) -> Schema | None:
        """The columns of a mixed table; None for other data."""
        return Schema.of(self.notes)

    @property
    def units(self) -> dict[str, Units]:
        """The units that can represent each layer.

        Numbers take Gaussian units if they are standardized (by the schema of a table, or by notes["standard"]), and
        Spin units if they are between -1 and 1. Raises ValueError for other numbers.
        """
        wild = [k for k, x in self.columns.items() if not (self._has_units(k) or entries.is_gray(x))]
        if wild:
            raise ValueError(f"{quoted_names(wild)}: no units can represent numbers outside -1 to 1; "
                             "read them as real, or choose the units of that layer yourself")  # fmt: skip
        return {layer: self._units(layer) for layer in self.columns}

    @property
    def standard(self) -> Standard | None:
        """How the numbers of "visible" were standardized; None if they were not."""
        return Standard.of(self.notes)

    def texts(self, layer: str) -> np.ndarray:
        """A layer as text (n,): sequences, with "?" for unknown letters, or label names, "" if unknown."""
        return self.alphabets[layer].decode(self[layer], unknown="" if is_label(layer) else "?")

    def sites(self, layer: str) -> np.ndarray:
        """The names of the sites of a layer, (sites,): the column names of a table, else the numbers from 1."""
        own = self.schema.layers if self.schema else {}
        every = [[c.name for c in own[k]] if k in own else range(1, self[k].shape[1] + 1) for k in self._parts(layer)]
        return np.array([str(site) for part in every for site in part], dtype=str)

    def symbols(self, layer: str) -> np.ndarray:
        """The letters of a layer as symbols, (n, sites) text, "" if unknown; of a mixed table the cells."""
        schema, column = self.schema, self[layer]
        if schema is None or layer not in schema.layers:
            return np.array([*self.alphabets[layer].symbols, ""], dtype=str)[column]
        return np.stack([c.decode(x) for c, x in zip(schema.layers[layer], column.T)], axis=1)

    def describe(self) -> dict[str, Any]:
        """A summary of the data as plain numbers and texts.

        rows, sites, alphabet; labels {layer: {name: rows}} and unlabeled {layer: rows}; missing (unknown entries),
        duplicate_sequences, duplicate_names, constant_sites; gap_fraction if the alphabet has a gap, and
        effective_number (the sum of the weights) if there are weights. A mixed table has no alphabet, but columns
        {name: kind, values or mean and std, missing entries}, and beside, the columns that are not modeled.
        """
        seen, alphabet = [self[layer] for layer in self.visibles], self.alphabets.get("visible")
        found: dict[str, Any] = {
            "rows": len(self),
            "sites": sum(column.shape[1] for column in seen),
            **({"alphabet": self._called(alphabet)} if "visible" in self.columns else self._about_columns()),
            "labels": {layer: self.label_counts(layer) for layer in self.labels},
            "unlabeled": {layer: int((self[layer] == UNKNOWN).sum()) for layer in self.labels},
            "missing": sum(map(entries.count_unknown, seen)),
            "duplicate_sequences": len(self) - entries.count_distinct_rows(seen),
            "duplicate_names": len(self) - len(set(self.names.tolist())),
            "constant_sites": sum(map(entries.count_constant_sites, seen)),
        }
        if alphabet is not None and "-" in alphabet.symbols:
            count = entries.count_states(seen[0], len(alphabet.symbols))[alphabet.symbols.index("-")]
            found["gap_fraction"] = float(count.sum() / seen[0].size)
        if self.weights is not None:
            found["effective_number"] = float(self.weights.sum())
        return found

    def label_counts(self, layer: str) -> dict[str, int]:
        """The number of rows of each label of a layer."""
        counts = np.bincount(self[layer][:, 0] + 1, minlength=len(self.alphabets[layer].symbols) + 1)
        return dict(zip(self.alphabets[layer].symbols, counts[1:].tolist()))

    @property
    def sha256(self) -> str:
        """SHA-256 of columns, alphabets, names and weights. A run uses it to recognize its data."""
        digest = hashlib.sha256("\n".join(self.names).encode())
        for layer in sorted(self.columns):
            column, alphabet = self.columns[layer], self.alphabets.get(layer)
            symbols = alphabet.own if isinstance(alphabet, Categories) else alphabet and alphabet.symbols
            kind = [layer, column.shape, column.dtype.str, symbols]
            digest.update(json.dumps(kind).encode())
            for start in range(0, len(self), 4096):
                digest.update(column[start : start + 4096].tobytes())
        digest.update(b"" if self.weights is None else self.weights.tobytes())
        return digest.hexdigest()

    @property
    def whole(self) -> np.ndarray:
        """Mask of the rows without unknown entries in the visible layers, (n,)."""
        found = [entries.complete_rows(self[layer]) for layer in self.visibles]
        return found[0] if len(found) == 1 else np.logical_and.reduce([np.ones(len(self), dtype=bool), *found])

    # Rows

    def select(self, rows: np.ndarray | Sequence[int] | slice) -> Dataset:
        """The rows of an index array, a mask or a slice, in that order."""
        return replace(
            self,
            columns={layer: select_rows(column, rows) for layer, column in self.columns.items()},
            names=self.names[rows],
            table={name: values[rows] for name, values in self.table.items()},
            weights=None if self.weights is None else self.weights[rows],
        )

    def where(self, **equal: str) -> Dataset:
        """The rows that have this text in a label or a column of the table: where(paper_class="1").

        A "!" after the name selects all other rows: where(**{"label!": ""}) are the rows with a known label. Label
        names that no remaining row has are removed. Raises ValueError for an unknown column or value, which lists the
        known ones, and if no row is left.
        """
        kept = np.ones(len(self), dtype=bool)
        for name, value in equal.items():
            values = self._column_of_text(name.removesuffix("!"))
            if not (values == ranges.text(name, value)).any() and not name.endswith("!"):
                raise ValueError(f'no row has "{value}" in "{name}"; there are: {quoted_names(set(values))}')
            kept &= (values != value) if name.endswith("!") else values == value
        if not kept.any():
            raise ValueError(f"no row is left where {', '.join(f'{k}={v}' for k, v in equal.items())}")
        return self.select(kept).with_used_labels()

    def with_used_labels(self) -> Dataset:
        """The data without the label names that no row has. A layer without any known label is unchanged."""
        return self.recoded({layer: self._used(layer) for layer in self.labels})

    def split(self, by: float | str, seed: int = 0) -> tuple[Dataset, Dataset]:
        """Two disjoint parts, for training and for testing, in the order of the rows.

        A number is the fraction of the rows of each label (and of the rows without label) that goes to the first part;
        both parts get at least one row of a label with two rows. A text is a column that says "train" or "test" for
        each row; rows with another value are left out. Raises ValueError if a part would be empty.
        """
        if isinstance(by, str):
            train, test = splits.split_by_words(self._column_of_text(by), by)
        else:
            labels = [self[layer] for layer in self.labels] or [np.zeros((len(self), 1))]
            train, test = splits.split_by_fraction(np.hstack(labels), by, seed)
        return self.select(train), self.select(test)

    # Unknown entries

    def hide(
        self, layer: str, sites: Sequence[int | str] | None = None, fraction: float | None = None, seed: int = 0
    ) -> Dataset:
        """The data with entries of a layer set to unknown: all, those at some sites, or a random fraction of these.

        Each entry has its own random number, a function of seed, layer and position. In a mixed table "visible" means
        all visible layers side by side, and a site may be given by the name of its column. Raises ValueError for a site
        that doesn't exist, and for a fraction outside 0 to 1.
        """
        if fraction is not None:
            ranges.real("a fraction", fraction, lambda x: 0 <= x <= 1, "must be between 0 and 1")
        columns, first = dict(self.columns), 0
        chosen = np.arange(len(self.sites(layer))) if sites is None else self._places(layer, sites)
        for part in self._parts(layer):
            column = self[part].copy()
            hidden = np.zeros(column.shape, dtype=bool)
            hidden[:, chosen[(chosen >= first) & (chosen < first + column.shape[1])] - first] = True
            if fraction is not None:
                hidden &= uniform(seed, random_streams.hidden(part), column.size).reshape(column.shape) < fraction
            column[hidden] = UNKNOWN if part in self.alphabets else np.nan
            columns[part], first = column, first + column.shape[1]
        return replace(self, columns=columns)

    def keep(self, layer: str, sites: Sequence[int | str]) -> Dataset:
        """The data with all other sites of a layer unknown. Raises ValueError for a site that doesn't exist."""
        every = np.arange(len(self.sites(layer)))
        return self.hide(layer, np.setdiff1d(every, self._places(layer, sites)).tolist())

    def like(self, label: str | Mapping[str, str] | None = None, n: int = 1) -> Dataset:
        """Rows with a known label and unknown data, named g0001, g0002, ...

        n rows of this label. If there are several label layers, a dict names the layers, {"function": "trypsin"}. None
        takes the labels of all rows, n times each. Raises ValueError, which lists the known labels, for an unknown one.
        """
        ranges.integer("n", n)
        if label is None:
            chosen = {layer: np.repeat(self[layer], n, axis=0) for layer in self.labels}
            n *= len(self)
        else:
            chosen = {layer: np.full((n, 1), number) for layer, number in self._numbers_of(label).items()}
        blank = {
            layer: entries.unknown_rows(column, n, layer in self.alphabets) for layer, column in self.columns.items()
        }
        same = {layer: column.astype(blank[layer].dtype) for layer, column in chosen.items()}
        return Dataset({**blank, **same}, self.alphabets, numbered_names(n), notes=self.notes)

    def recoded(self, alphabets: Mapping[str, Alphabet], unknown: str | None = None) -> Dataset:
        """The data with letters and labels renumbered by other alphabets, {layer: alphabet}.

        Raises ValueError for a symbol in use that the new alphabet lacks, unless `unknown` ("-" or "?") says how to
        read it; a label that the new alphabet lacks is then unknown.
        """
        ours = {layer: alphabet for layer, alphabet in alphabets.items() if layer in self.alphabets}
        columns = {
            k: entries.recode_letters(k, self[k], self.alphabets[k], own, "?" if unknown and is_label(k) else unknown)
            for k, own in ours.items()
        }
        return replace(self, columns={**self.columns, **columns}, alphabets={**self.alphabets, **ours})

    def reweighted(self, identity: float = 0.8) -> Dataset:
        """The data with weights: 1 / (number of rows, itself included, that agree at `identity` of the sites or more).

        An unknown letter counts as one more letter. Exact. Cost: n^2 / 2 comparisons of packed bits, about 200 million
        a second and thread at 100 sites of 21 letters. Raises ValueError if the data are numbers without an alphabet.
        """
        if "visible" not in self.alphabets:
            raise ValueError("reweighting compares letters; these data are numbers without an alphabet")
        ranges.real("identity", identity, lambda x: 0 <= x <= 1, "must be a fraction of the sites, from 0 to 1")
        return replace(self, weights=1.0 / count_neighbors(self["visible"], identity))

    def balanced(self, power: float = 1.0) -> Dataset:
        """The data with weights (1 / share of a row's labels)^power, times those there are (`balance.odds`)."""
        ranges.real("power", power, lambda x: 0 <= x <= 1, "must be from 0, as they are, to 1, all labels alike")
        labels = [self[layer][:, 0] for layer in self.labels]
        return replace(self, weights=balance.odds(labels, self.weights, power)) if power and labels else self

    # From and to tensors

    def tensors(self, rows: np.ndarray | slice | None = None) -> dict[str, Tensor]:
        """All rows, or these rows, as a batch: layer -> tensor (n, sites).

        Binary layers are float32, NaN unknown; other letters int32, -1 unknown; numbers float32, NaN unknown.
        """
        return {k: self._tensor(k, column if rows is None else column[rows]) for k, column in self.columns.items()}

    @staticmethod
    def of(
        tensors: Mapping[str, Tensor],
        alphabets: Mapping[str, Alphabet],
        names: Sequence[str] | np.ndarray | None = None,
        notes: dict[str, Any] | None = None,
        table: dict[str, np.ndarray] | None = None,
    ) -> Dataset:
        """The dataset of these tensors, as `tensors()` returns them. Without names, rows are called g0001, g0002, ...

        Values of binary layers are rounded to 0 or 1.
        """
        columns = {layer: entries.from_tensor(tensor, alphabets.get(layer)) for layer, tensor in tensors.items()}
        n = len(next(iter(columns.values())))
        own = {layer: alphabets[layer] for layer in columns if layer in alphabets}
        called = numbered_names(n) if names is None else np.array(names, dtype=str)
        return Dataset(columns, own, called, table or {}, None, notes or {})

    def numbers(self, layer: str = "visible") -> Tensor:
        """A layer as numbers for the scores, float32 (n, size), NaN unknown.

        Binary letters are 0 and 1. Other letters are one-hot, state-major (column = color * sites + site), without
        columns for states that a site doesn't have. Standardized numbers are in units of standard deviations. In a
        mixed table "visible" means all visible layers side by side.
        """
        import torch

        if (parts := self._parts(layer)) != [layer]:
            return torch.cat([self.numbers(part) for part in parts], 1)
        if layer not in self.alphabets or self._binary(layer):
            unit = LAYER_STD if layer not in self.alphabets and self._has_units(layer) else 1.0
            return self._tensor(layer, self[layer]) / unit
        return torch.from_numpy(entries.one_hot(self[layer], self.alphabets[layer]))

    def frequencies(self) -> dict[str, Tensor]:
        """The frequency of each state of each layer, (size,), with a pseudocount of half a row for each state.

        No frequency is 0 or 1, so `machine.init_biases(data.frequencies())` can set biases to those of independent
        units.
        For numbers it is the mean, with one more row of zeros.
        """
        from torch import from_numpy

        binary = {layer: not hasattr(units, "colors") for layer, units in self.units.items()}
        return {
            k: from_numpy(entries.frequencies(self[k], self.alphabets.get(k), b)).float() for k, b in binary.items()
        }

    def batches(self, size: int, seed: int = 0, start: int = 0) -> Iterator[dict[str, Tensor]]:
        """An endless iterator of batches from number `start` on. A batch is a function of the seed and its number.

        Without weights an epoch is a random order of the rows; the last rows, too few for a batch, are left out. With
        weights a batch is drawn with replacement, with probability proportional to the weights. Raises ValueError if
        `size` is not between 1 and the number of rows.
        """
        if not ranges.is_integer(size, 1, len(self)):
            raise ValueError(
                f"the batch size must be from 1 to {len(self)}, the number of rows, not {ranges.format_value(size)}"
            )
        size, start, seed = int(size), ranges.integer("start", start, 0), ranges.integer("seed", seed, *ranges.SEEDS)
        rows_of = (
            epoch_batches(len(self), size, seed) if self.weights is None else weighted_batches(self.weights, size, seed)
        )
        return self._endless(rows_of, start)

    # Implementation

    def _binary(self, layer: str) -> bool:
        """Whether a layer is represented by 0 and 1. A label layer with the names "0" and "1" is not."""
        return self.alphabets.get(layer) == BINARY and not is_label(layer)

    def _units(self, layer: str) -> Units:
        from ..machines.potts import Potts

        alphabet = self.alphabets.get(layer, REAL if self._has_units(layer) else GRAY)
        sites = self[layer].shape[1]
        if is_label(layer):
            return Potts(sites, len(alphabet.symbols), symbols=alphabet.symbols)
        return alphabet.units(sites)

    def _has_units(self, layer: str) -> bool:
        """Whether a layer has letters or standardized numbers."""
        return layer in self.alphabets or layer == REALS or layer in self.notes.get("standard", {})

    def _about_columns(self) -> dict[str, Any]:
        """The summary of the columns of a mixed table."""
        schema, found = self.schema, dict[str, Any]()
        for layer, own in schema.layers.items() if schema else ():
            missing = entries.unknown(self[layer]).sum(axis=0).tolist()
            found |= {column.name: {**column.about, "missing": m} for column, m in zip(own, missing)}
        return {"columns": schema.ordered(found) if schema else {}, "beside": list(self.table)}

    def _parts(self, layer: str) -> list[str]:
        """The layers of this name: all visible layers for "visible" of a mixed table."""
        return list(self.visibles) if layer == "visible" and layer not in self.columns else [layer]

    def _places(self, layer: str, sites: Sequence[int | str]) -> np.ndarray:
        """Sites as numbers; if "visible" means several layers, sites are counted across them."""
        called = self.sites(layer).tolist() if self.schema else []
        if strange := [x for x in sites if isinstance(x, str) and called and x not in called]:
            raise ValueError(f"there is no column {entries.quoted_names(strange)}; there are: {', '.join(called)}")
        numbers = [called.index(x) if isinstance(x, str) and x in called else x for x in sites]
        return entries.check_sites(layer, numbers, len(self.sites(layer)))

    def _called(self, alphabet: Alphabet | None) -> str | None:
        if alphabet is None:
            return REAL.name if self._has_units("visible") else GRAY.name if entries.is_gray(self["visible"]) else None
        return alphabet.name or "".join(alphabet.symbols)

    def _tensor(self, layer: str, column: np.ndarray) -> Tensor:
        import torch

        if layer in self.alphabets and not self._binary(layer):
            return torch.from_numpy(column.astype(np.int32))
        numbers = column.astype(np.float32)
        if layer in self.alphabets:
            numbers[column == UNKNOWN] = np.nan
        return torch.from_numpy(numbers)

    def _used(self, layer: str) -> Alphabet:
        """The alphabet of a label layer without the names that no row has; unchanged if no row has a label."""
        counts = self.label_counts(layer)
        used = tuple(name for name in counts if counts[name])
        return replace(self.alphabets[layer], symbols=used or tuple(counts))

    def _label_layers(self) -> dict[str, str]:
        """{name: label layer}: a layer can be named by its column, as "host" for "label:host", or by its own name."""
        columns = {self.alphabets[layer].name: layer for layer in self.labels}
        short = {layer.removeprefix("label:"): layer for layer in self.labels}
        return columns | short | {layer: layer for layer in self.labels}

    def _column_of_text(self, name: str) -> np.ndarray:
        layers = self._label_layers()
        if name in self.table:
            return self.table[name]
        if name in layers:
            return self.texts(layers[name])
        if self.schema and name in self.sites("visible"):
            return self.schema.decode(self.columns)[name]
        raise ValueError(f'there is no column "{name}"; there are: {quoted_names({*self.table, *layers} - {""})}')

    def _numbers_of(self, label: str | Mapping[str, str]) -> dict[str, int]:
        """{label layer: number} for a label's name, or for a dict of names."""
        if isinstance(label, Mapping):
            return dict(self._number_in(*item) for item in label.items())
        having = [layer for layer in self.labels if ranges.text("label", label) in self.alphabets[layer].symbols]
        if len(having) > 1:
            raise ValueError(
                f'"{label}" is in {quoted_names(having)}; name the layer in a dict, {{"{having[0]}": "{label}"}}'
            )
        if not having:
            known = (name for layer in self.labels for name in self.alphabets[layer].symbols)
            raise ValueError(f'there is no label "{label}"; there are: {quoted_names(known)}')
        return {having[0]: self.alphabets[having[0]].symbols.index(label)}

    def _number_in(self, name: str, label: str) -> tuple[str, int]:
        layers = self._label_layers()
        if name not in layers:
            raise ValueError(f'there is no label column "{name}"; there are: {quoted_names(self.labels)}')
        symbols = self.alphabets[layers[name]].symbols
        if ranges.text(name, label) not in symbols:
            raise ValueError(f'there is no label "{label}" in "{name}"; there are: {quoted_names(symbols)}')
        return layers[name], symbols.index(label)

    def _endless(self, rows_of: Callable[[int], np.ndarray], number: int) -> Iterator[dict[str, Tensor]]:
        while True:
            yield self.tensors(rows_of(number))
            number += 1


def numbered_names(n: int, prefix: str = "g", first: int = 1) -> np.ndarray:
    """n names: g0001, g0002, ..."""
    return np.array([f"{prefix}{i:04d}" for i in range(first, first + n)], dtype=str)


def concatenate(parts: Sequence[Dataset]) -> Dataset:
    """The rows of all parts, which have the same layers, in one dataset. Alphabets and notes are those of the first."""
    first, weights = parts[0], [part.weights for part in parts if part.weights is not None]
    columns = {layer: np.concatenate([part[layer] for part in parts]) for layer in first.columns}
    table = {name: np.concatenate([part.table[name] for part in parts]) for name in first.table}
    names, odds = np.concatenate([part.names for part in parts]), np.concatenate(weights) if weights else None
    return replace(first, columns=columns, names=names, table=table, weights=odds)


def label_column(words: Sequence[str] | np.ndarray, name: str = "label") -> tuple[np.ndarray, Alphabet]:
    """Labels given as words, as numbers (n, 1) and their alphabet, whose symbols are sorted. "" is unknown."""
    symbols, number = np.unique(np.array(words, dtype=str), return_inverse=True)
    known = symbols != ""
    alphabet = Alphabet(tuple(symbols[known].tolist()), name)
    column = np.where(known, np.cumsum(known) - 1, UNKNOWN)[number]
    return column.astype(alphabet.dtype)[:, None], alphabet
