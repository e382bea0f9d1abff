"""Dataset: columns named as layers, names, weights; split, hide, batches."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np

from .. import ranges
from . import entries, splits
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
    """Rows of partly known data, held in columns that are named as the layers which show them.

    columns: layer -> (n, sites): letters (int8 or int16, -1 unknown) where the layer has an alphabet,
    else float32 (NaN unknown). Label layers are "label", or "label:function" and so on, of one site each. The data
    themselves are "visible", or, of a mixed table, "visible:binary", "visible:categorical" and "visible:real".
    names: (n,) text. table: whatever else is known of a row, as text, (n,) each. weights: (n,), with what
    odds `batches` draws a row; None is each row once an epoch. notes: what a file format needs to write
    the same kind of file again. Raises ValueError where these don't fit together.
    """

    columns: dict[str, np.ndarray]
    alphabets: dict[str, Alphabet]
    names: np.ndarray
    table: dict[str, np.ndarray] = field(default_factory=dict)
    weights: np.ndarray | None = None
    notes: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for layer, column in self.columns.items():
            entries.check_column(layer, column, len(self), self.alphabets.get(layer))
        beside = {**self.table, **({} if self.weights is None else {"weights": self.weights})}
        for name, values in beside.items():
            if len(values) != len(self):
                raise ValueError(f'"{name}" has {len(values)} rows, the names {len(self)}')

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, layer: str) -> np.ndarray:
        if layer not in self.columns:
            raise KeyError(f'no layer "{layer}"; there are: {quoted_names(self.columns)}')
        return self.columns[layer]

    def __repr__(self) -> str:
        sizes = (f"{layer} {column.shape[1]}" for layer, column in self.columns.items())
        return f"Dataset({len(self)} rows: {', '.join(sizes)})"

    # What it holds

    @property
    def labels(self) -> tuple[str, ...]:
        """The label layers, in order."""
        return tuple(layer for layer in self.columns if is_label(layer))

    @property
    def visibles(self) -> tuple[str, ...]:
        """The layers of the data themselves, in order."""
        return tuple(layer for layer in self.columns if is_visible(layer))

    @property
    def schema(self) -> Schema | None:
        """What the columns of a mixed table are, None of other data."""
        return Schema.of(self.notes)

    @property
    def units(self) -> dict[str, Units]:
        """The units that can show each layer: of numbers Gaussian where they were standardized (a table's, or those of
        notes["standard"]), else Spin where they are from -1 to 1; ValueError for other numbers."""
        wild = [k for k, x in self.columns.items() if not (self._has_units(k) or entries.is_gray(x))]
        if wild:
            raise ValueError(f"{quoted_names(wild)}: numbers beyond -1 to 1 have no units of their own; "
                             "read them as real, or name the units of that layer yourself")  # fmt: skip
        return {layer: self._units(layer) for layer in self.columns}

    @property
    def standard(self) -> Standard | None:
        """How the numbers of "visible" were standardized, None of other data."""
        return Standard.of(self.notes)

    def texts(self, layer: str) -> np.ndarray:
        """The column as text (n,): sequences, "?" where unknown, or label names, "" where unknown."""
        return self.alphabets[layer].decode(self[layer], unknown="" if is_label(layer) else "?")

    def sites(self, layer: str) -> np.ndarray:
        """What the sites of a layer are called, (sites,): as the columns of a table, else by number from 1."""
        own = self.schema.layers if self.schema else {}
        every = [[c.name for c in own[k]] if k in own else range(1, self[k].shape[1] + 1) for k in self._parts(layer)]
        return np.array([str(site) for part in every for site in part], dtype=str)

    def symbols(self, layer: str) -> np.ndarray:
        """What each entry of letters is called, (n, sites) of text, "" where unknown: of a table its cells."""
        schema, column = self.schema, self[layer]
        if schema is None or layer not in schema.layers:
            return np.array([*self.alphabets[layer].symbols, ""], dtype=str)[column]
        return np.stack([c.decode(x) for c, x in zip(schema.layers[layer], column.T)], axis=1)

    def describe(self) -> dict[str, Any]:
        """What there is to know before training, as plain numbers and texts.

        rows, sites, alphabet; labels {layer: {name: rows}} and unlabeled {layer: rows}; missing (entries),
        duplicate_sequences, duplicate_names, constant_sites; gap_fraction where there are gaps, and
        effective_number (the sum of the weights) where there are weights. A mixed table has in place of an alphabet
        columns {name: its kind, its values or mean and std, and missing entries}, and beside, what isn't modeled.
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
        """How many rows have each label of a layer."""
        counts = np.bincount(self[layer][:, 0] + 1, minlength=len(self.alphabets[layer].symbols) + 1)
        return dict(zip(self.alphabets[layer].symbols, counts[1:].tolist()))

    @property
    def sha256(self) -> str:
        """A digest of columns, alphabets, names and weights, so that a run knows its data."""
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
        """Which rows have no unknown entry in what is visible of them, (n,)."""
        found = [entries.complete_rows(self[layer]) for layer in self.visibles]
        return found[0] if len(found) == 1 else np.logical_and.reduce([np.ones(len(self), dtype=bool), *found])

    # Some of the rows

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
        """The rows whose column of the table, or label, has that text: where(paper_class="1").

        A "!" after the name means all other rows: where(**{"label!": ""}) are those whose label is known. Label names
        that no row has any more are forgotten. ValueError lists the columns, or the values, there are, and where no
        row is left.
        """
        kept = np.ones(len(self), dtype=bool)
        for name, value in equal.items():
            values = self._column_of_text(name.removesuffix("!"))
            if not (values == value).any() and not name.endswith("!"):
                raise ValueError(f'no row has "{value}" in "{name}"; there are: {quoted_names(set(values))}')
            kept &= (values != value) if name.endswith("!") else values == value
        if not kept.any():
            raise ValueError(f"no row is left where {', '.join(f'{k}={v}' for k, v in equal.items())}")
        return self.select(kept).with_used_labels()

    def with_used_labels(self) -> Dataset:
        """The same without the names of labels that no row has; a layer of which no row has one stays as it is."""
        return self.recoded({layer: self._used(layer) for layer in self.labels})

    def split(self, by: float | str, seed: int = 0) -> tuple[Dataset, Dataset]:
        """Two disjoint parts, to train on and to test on, each in the order of the rows.

        A fraction goes to the first part, the same of every label (and of the rows without one), with a row on
        either side where there are two. A column is followed: its rows "train", its rows "test", no others.
        ValueError if a side stays empty.
        """
        if isinstance(by, str):
            train, test = splits.split_by_words(self._column_of_text(by), by)
        else:
            labels = [self[layer] for layer in self.labels] or [np.zeros((len(self), 1))]
            train, test = splits.split_by_fraction(np.hstack(labels), by, seed)
        return self.select(train), self.select(test)

    # Not all is known

    def hide(
        self, layer: str, sites: Sequence[int | str] | None = None, fraction: float | None = None, seed: int = 0
    ) -> Dataset:
        """The same with entries of a layer unknown: all, or those of these sites, or a random fraction of either.

        Each entry is hidden or not by its own random number, of (seed, layer, place). Of a mixed table "visible" is all
        its layers side by side, and a site may be the name of a column. ValueError for a site that isn't there, or a
        fraction that is none.
        """
        if fraction is not None:
            ranges.real("a fraction", fraction, lambda x: 0 <= x <= 1, "is between 0 and 1")
        columns, first = dict(self.columns), 0
        chosen = np.arange(len(self.sites(layer))) if sites is None else self._places(layer, sites)
        for part in self._parts(layer):
            column = self[part].copy()
            hidden = np.zeros(column.shape, dtype=bool)
            hidden[:, chosen[(chosen >= first) & (chosen < first + column.shape[1])] - first] = True
            if fraction is not None:
                stream = -1 - crc32(part.encode())  # apart from those of other layers, of batches and splits
                hidden &= uniform(seed, stream, column.size).reshape(column.shape) < fraction
            column[hidden] = UNKNOWN if part in self.alphabets else np.nan
            columns[part], first = column, first + column.shape[1]
        return replace(self, columns=columns)

    def keep(self, layer: str, sites: Sequence[int | str]) -> Dataset:
        """The same with nothing known of a layer but these sites. ValueError for a site that isn't there."""
        every = np.arange(len(self.sites(layer)))
        return self.hide(layer, np.setdiff1d(every, self._places(layer, sites)).tolist())

    def like(self, label: str | Mapping[str, str] | None = None, n: int = 1) -> Dataset:
        """Rows of which nothing but the label is known, named g0001, g0002, ...

        n rows of that label; of several label layers a dict names those meant, {"function": "trypsin"}. None
        takes the labels of all rows, n times each. ValueError lists the labels there are.
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
        """The same letters and labels, numbered by these alphabets where a layer has one here.

        ValueError for a symbol in use that isn't in the new alphabet, unless `unknown` says what it reads as, "-"
        or "?"; such a label is then unknown.
        """
        ours = {layer: alphabet for layer, alphabet in alphabets.items() if layer in self.alphabets}
        columns = {
            k: entries.recode_letters(k, self[k], self.alphabets[k], own, "?" if unknown and is_label(k) else unknown)
            for k, own in ours.items()
        }
        return replace(self, columns={**self.columns, **columns}, alphabets={**self.alphabets, **ours})

    def reweighted(self, identity: float = 0.8) -> Dataset:
        """The same with weights 1 / (rows, itself included, that agree with it at `identity` of the sites).

        An unknown letter is a letter of its own here. Exact; n^2 / 2 comparisons of packed bits, some 200
        million a second and thread at 100 sites of 21 letters. ValueError if the data are numbers without an alphabet.
        """
        if "visible" not in self.alphabets:
            raise ValueError("reweighting compares letters; this data has numbers without an alphabet")
        ranges.real("identity", identity, lambda x: 0 <= x <= 1, "is a share of the sites, from 0 to 1")
        return replace(self, weights=1.0 / count_neighbors(self["visible"], identity))

    # From and to tensors

    def tensors(self, rows: np.ndarray | slice | None = None) -> dict[str, Tensor]:
        """All rows, or these, as a batch.

        Binary layers are float32 (n, sites), NaN unknown; other letters int32 (n, sites), -1 unknown; numbers
        without an alphabet float32 as they are.
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
        """The dataset that has these `tensors()`; rows without names are g0001, g0002, ...

        What a binary layer shows is rounded to 0 or 1.
        """
        columns = {layer: entries.from_tensor(tensor, alphabets.get(layer)) for layer, tensor in tensors.items()}
        n = len(next(iter(columns.values())))
        own = {layer: alphabets[layer] for layer in columns if layer in alphabets}
        called = numbered_names(n) if names is None else np.array(names, dtype=str)
        return Dataset(columns, own, called, table or {}, None, notes or {})

    def numbers(self, layer: str = "visible") -> Tensor:
        """The layer as numbers for the scores, float32 (n, size), NaN unknown.

        Binary is 0 and 1; letters are one-hot, state-major (column = color * sites + site), with no column for a state
        that a site hasn't; standardized numbers are in standard deviations. Of a mixed table "visible" is all its
        layers side by side.
        """
        import torch

        if (parts := self._parts(layer)) != [layer]:
            return torch.cat([self.numbers(part) for part in parts], 1)
        if layer not in self.alphabets or self._binary(layer):
            unit = LAYER_STD if layer not in self.alphabets and self._has_units(layer) else 1.0
            return self._tensor(layer, self[layer]) / unit
        return torch.from_numpy(entries.one_hot(self[layer], self.alphabets[layer]))

    def frequencies(self) -> dict[str, Tensor]:
        """How often each layer shows each state, (size,), as if half a row more had shown every one.

        So none is never or always: `machine.rest(data.frequencies())` starts a machine at independent units. Of
        numbers it is the mean, as if one row more had shown 0.
        """
        from torch import from_numpy

        binary = {layer: not hasattr(units, "colors") for layer, units in self.units.items()}
        return {
            k: from_numpy(entries.frequencies(self[k], self.alphabets.get(k), b)).float() for k, b in binary.items()
        }

    def batches(self, size: int, seed: int = 0, start: int = 0) -> Iterator[dict[str, Tensor]]:
        """Batches without end, each a function of the seed and its number, from number `start` on.

        An epoch is a permutation of the rows without the rest that fills no batch; with weights, a batch is
        drawn by them, with replacement. ValueError if `size` is not between 1 and the rows.
        """
        if not ranges.is_integer(size, 1, len(self)):
            raise ValueError(f"a batch of {ranges.format_value(size)} rows can't be made of {len(self)} rows")
        size, start, seed = int(size), ranges.integer("start", start, 0), ranges.integer("seed", seed, *ranges.SEEDS)
        rows_of = (
            epoch_batches(len(self), size, seed) if self.weights is None else weighted_batches(self.weights, size, seed)
        )
        return self._endless(rows_of, start)

    # How it is done

    def _binary(self, layer: str) -> bool:
        """Whether a layer shows 0 and 1; a label with the names "0" and "1" is a label nevertheless."""
        return self.alphabets.get(layer) == BINARY and not is_label(layer)

    def _units(self, layer: str) -> Units:
        from ..machines.units import Potts

        alphabet = self.alphabets.get(layer, REAL if self._has_units(layer) else GRAY)
        sites = self[layer].shape[1]
        if is_label(layer):
            return Potts(sites, len(alphabet.symbols), symbols=alphabet.symbols)
        return alphabet.units(sites)

    def _has_units(self, layer: str) -> bool:
        """Whether a layer has letters, or numbers that were standardized."""
        return layer in self.alphabets or layer == REALS or layer in self.notes.get("standard", {})

    def _about_columns(self) -> dict[str, Any]:
        """What there is to know of the columns of a mixed table."""
        schema, found = self.schema, dict[str, Any]()
        for layer, own in schema.layers.items() if schema else ():
            missing = entries.unknown(self[layer]).sum(axis=0).tolist()
            found |= {column.name: {**column.about, "missing": m} for column, m in zip(own, missing)}
        return {"columns": schema.ordered(found) if schema else {}, "beside": list(self.table)}

    def _parts(self, layer: str) -> list[str]:
        """The layers that a layer stands for."""
        return list(self.visibles) if layer == "visible" and layer not in self.columns else [layer]

    def _places(self, layer: str, sites: Sequence[int | str]) -> np.ndarray:
        """Sites by their numbers, counted through where a layer stands for several."""
        called = self.sites(layer).tolist() if self.schema else []
        if strange := [x for x in sites if isinstance(x, str) and called and x not in called]:
            raise ValueError(f"no column {entries.quoted_names(strange)}; there are: {', '.join(called)}")
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
        """A label's alphabet without the names that no row has; as it is, if no row has any."""
        counts = self.label_counts(layer)
        used = tuple(name for name in counts if counts[name])
        return replace(self.alphabets[layer], symbols=used or tuple(counts))

    def _label_layers(self) -> dict[str, str]:
        """What a label layer may be called -> the layer: its column's name, "host" of "label:host", its own name."""
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
        raise ValueError(f'no column "{name}"; there are: {quoted_names({*self.table, *layers} - {""})}')

    def _numbers_of(self, label: str | Mapping[str, str]) -> dict[str, int]:
        """Label layer -> number, of a label's name or of a dict of names."""
        if not isinstance(label, str):
            return dict(self._number_in(*item) for item in label.items())
        having = [layer for layer in self.labels if label in self.alphabets[layer].symbols]
        if len(having) > 1:
            raise ValueError(
                f'"{label}" is in {quoted_names(having)}; say which in a dict, {{"{having[0]}": "{label}"}}'
            )
        if not having:
            known = (name for layer in self.labels for name in self.alphabets[layer].symbols)
            raise ValueError(f'no label "{label}"; there are: {quoted_names(known)}')
        return {having[0]: self.alphabets[having[0]].symbols.index(label)}

    def _number_in(self, name: str, label: str) -> tuple[str, int]:
        layers = self._label_layers()
        if name not in layers:
            raise ValueError(f'no label column "{name}"; there are: {quoted_names(self.labels)}')
        symbols = self.alphabets[layers[name]].symbols
        if label not in symbols:
            raise ValueError(f'no label "{label}" in "{name}"; there are: {quoted_names(symbols)}')
        return layers[name], symbols.index(label)

    def _endless(self, rows_of: Callable[[int], np.ndarray], number: int) -> Iterator[dict[str, Tensor]]:
        while True:
            yield self.tensors(rows_of(number))
            number += 1


def numbered_names(n: int, prefix: str = "g", first: int = 1) -> np.ndarray:
    """Names for n rows that have none: g0001, g0002, ..."""
    return np.array([f"{prefix}{i:04d}" for i in range(first, first + n)], dtype=str)


def concatenate(parts: Sequence[Dataset]) -> Dataset:
    """The rows of all parts, which are alike, one after the other; what is not a row's own is the first's."""
    first, weights = parts[0], [part.weights for part in parts if part.weights is not None]
    columns = {layer: np.concatenate([part[layer] for part in parts]) for layer in first.columns}
    table = {name: np.concatenate([part.table[name] for part in parts]) for name in first.table}
    names, odds = np.concatenate([part.names for part in parts]), np.concatenate(weights) if weights else None
    return replace(first, columns=columns, names=names, table=table, weights=odds)


def label_column(words: Sequence[str] | np.ndarray, name: str = "label") -> tuple[np.ndarray, Alphabet]:
    """Numbers (n, 1) and alphabet, its symbols sorted, of labels given as words; "" is unknown."""
    symbols, number = np.unique(np.array(words, dtype=str), return_inverse=True)
    known = symbols != ""
    alphabet = Alphabet(tuple(symbols[known].tolist()), name)
    column = np.where(known, np.cumsum(known) - 1, UNKNOWN)[number]
    return column.astype(alphabet.dtype)[:, None], alphabet
