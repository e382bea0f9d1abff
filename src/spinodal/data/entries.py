"""Entries: checks, counts and conversions of the letters or numbers of one layer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .alphabet import UNKNOWN, Alphabet, Categories
from .row_blocks import blocks, concatenate_blocks, count_distinct, sum_blocks

if TYPE_CHECKING:
    from torch import Tensor

NEEDED: Any = None
"""In place of what a dataset needs, where it is left out: `check_columns` says so in one line."""

REALS = "visible:real"
"""The layer of the real columns of a mixed table, standardized."""

LAYER_STD = 3.0
"""The standard deviation of standardized numbers in a layer.

The conditional variance of Gaussian units is 1, whatever their field, so a machine can't predict a number more exactly
than that. With a standard deviation of 3 this is one ninth of the variance of the data.
"""


def is_label(layer: str) -> bool:
    """Whether a layer holds labels: "label" or "label:NAME"."""
    return layer == "label" or layer.startswith("label:")


def is_visible(layer: str) -> bool:
    """Whether a layer holds the data themselves: "visible" or "visible:KIND"."""
    return layer == "visible" or layer.startswith("visible:")


def check_dataset(data: object) -> None:
    """Raises ValueError for what is no dataset, and says how to make one."""
    if not hasattr(data, "columns") or not hasattr(data, "numbers"):
        kind = type(data).__name__
        raise ValueError(f"this takes a Dataset, as sp.read gives and sp.Dataset makes of arrays, not a {kind}")


def check_columns(columns: Any, alphabets: Any, names: Any) -> None:
    """Raises ValueError for what makes no dataset, and as `check_column`."""
    if not isinstance(columns, Mapping) or not isinstance(alphabets, Mapping) or names is None:
        raise ValueError(
            'sp.Dataset takes the layers, {"visible": array (n, sites)}, their alphabets, such as '
            '{"visible": sp.BINARY} ({} for numbers), and n names, such as numpy.arange(n).astype(str)'
        )
    for layer, column in columns.items():
        if not isinstance(column, np.ndarray):
            kind = type(column).__name__
            raise ValueError(f'"{layer}" is a {kind}, not an array of numpy: pass numpy.asarray(...)')
        check_column(layer, column, len(names), alphabets.get(layer))


def check_column(layer: str, column: np.ndarray, n: int, alphabet: Alphabet | None) -> None:
    """Raises ValueError if a layer's matrix is not (n, sites), or has letters that its alphabet lacks."""
    if column.ndim != 2 or len(column) != n:
        raise ValueError(f'"{layer}" has the shape {column.shape}, not ({n}, sites)')
    if alphabet is None or not column.size:
        return
    low, high = column.min(), column.max()
    if column.dtype.kind != "i" or low < UNKNOWN or high >= len(alphabet.symbols):
        raise ValueError(f'"{layer}" has {column.dtype} values from {low} to {high}, not integers from -1 (unknown) '
                         f"to {len(alphabet.symbols) - 1}")  # fmt: skip
    if isinstance(alphabet, Categories):
        _check_sites(layer, column, alphabet)


def _check_sites(layer: str, column: np.ndarray, alphabet: Categories) -> None:
    states = np.array([len(symbols) for symbols in alphabet.own])
    if len(states) != column.shape[1] or (column.max(axis=0) >= states).any():
        raise ValueError(f'"{layer}" has {column.shape[1]} sites with letters up to {column.max(axis=0).tolist()}; its '
                         f"alphabet has {len(states)} sites with {states.tolist()} symbols")  # fmt: skip


def check_sites(layer: str, sites: Sequence[int | str], size: int) -> np.ndarray:
    """The sites as integers. Raises ValueError for one that the layer doesn't have."""
    strange = [site for site in sites if isinstance(site, str)]
    chosen = np.array([] if strange else sites, dtype=np.int64)
    if strange or ((chosen < 0) | (chosen >= size)).any():
        raise ValueError(f'"{layer}" has sites 0 to {size - 1}, not all of {list(sites)}')
    return chosen


def unknown_rows(column: np.ndarray, n: int, lettered: bool) -> np.ndarray:
    """n unknown rows of the type and width of a layer's matrix."""
    return np.full((n, column.shape[1]), UNKNOWN if lettered else np.nan, dtype=column.dtype)


def from_tensor(tensor: Tensor, alphabet: Alphabet | None) -> np.ndarray:
    """A tensor as letters, or as float32 if there is no alphabet."""
    values = tensor.detach().cpu().numpy()
    if alphabet is None:
        return values.astype(np.float32)
    if values.dtype.kind == "f":
        values = np.where(np.isnan(values), UNKNOWN, np.rint(values))
    return values.astype(alphabet.dtype)


def one_hot(column: np.ndarray, alphabet: Alphabet) -> np.ndarray:
    """Letters (n, sites) one-hot as float32 (n, size), state-major; NaN if unknown."""
    colors = np.arange(len(alphabet.symbols), dtype=column.dtype)
    hot = (column[:, None, :] == colors[:, None]).astype(np.float32)
    hot[np.broadcast_to(unknown(column)[:, None, :], hot.shape)] = np.nan
    return hot[:, state_mask(alphabet, column.shape[1])]


def state_mask(alphabet: Alphabet, sites: int) -> np.ndarray:
    """Mask of the letters that each site can have, (letters, sites)."""
    colors = len(alphabet.symbols)
    own = [len(symbols) for symbols in alphabet.own] if isinstance(alphabet, Categories) else [colors] * sites
    found: np.ndarray = np.arange(colors)[:, None] < np.array(own)
    return found


def frequencies(column: np.ndarray, alphabet: Alphabet | None, binary: bool) -> np.ndarray:
    """The frequency of each state, (size,), with a pseudocount of half a row for each; for binary letters that of 1.

    For numbers it is the mean, with one more row of zeros.
    """
    if alphabet is None:
        mean: np.ndarray = np.nansum(column, 0, dtype=float) / ((~np.isnan(column)).sum(0) + 1)
        return mean
    n, there = len(column), state_mask(alphabet, column.shape[1])
    count = count_states(column, len(there))
    share = np.where(count.sum(0), count / count.sum(0).clip(1), 1 / there.sum(0))
    found: np.ndarray = there * (share * n + 0.5) / (n + 0.5 * there.sum(0))
    return found[int(binary) :].ravel()


def recode_letters(
    layer: str, column: np.ndarray, ours: Alphabet, alphabet: Alphabet, unknown: str | None
) -> np.ndarray:
    """Letters of one alphabet as letters of another; `unknown` is as in `Dataset.recoded`.

    Raises ValueError for a letter in use that the other alphabet lacks.
    """
    if ours == alphabet:
        return column
    if isinstance(ours, Categories) and isinstance(alphabet, Categories):
        sites = zip(column.T, ours.own, alphabet.own, strict=True)
        parts = [recode_letters(layer, x[:, None], Alphabet(a), Alphabet(b), unknown) for x, a, b in sites]
        return np.hstack(parts).astype(alphabet.dtype)
    new = alphabet.numbers_of(ours.symbols, unknown)
    lost = [ours.symbols[old] for old in np.flatnonzero(count_states(column, len(ours.symbols)).any(1)) if new[old] < 0]
    if lost and unknown is None:
        raise ValueError(f'"{layer}" has {quoted_names(lost)}; there are: {quoted_names(alphabet.symbols)}')
    return concatenate_blocks(np.append(new, new.dtype.type(UNKNOWN))[x] for x in blocks(column))


def unknown(column: np.ndarray) -> np.ndarray:
    """Mask of the unknown entries."""
    return np.isnan(column) if column.dtype.kind == "f" else column == UNKNOWN


def is_gray(column: np.ndarray) -> bool:
    """Whether all known numbers are between -1 and 1."""
    known = column[~unknown(column)]
    return bool(known.size == 0 or (known.min() >= -1 and known.max() <= 1))


def count_unknown(column: np.ndarray) -> int:
    """The number of unknown entries."""
    return int(sum_blocks(lambda x: unknown(x).sum(), column))


def complete_rows(column: np.ndarray) -> np.ndarray:
    """Mask of the rows without unknown entries, (n,)."""
    return concatenate_blocks(np.asarray(~unknown(x).any(axis=1)) for x in blocks(column))


def count_distinct_rows(columns: Sequence[np.ndarray]) -> int:
    """The number of distinct rows of several matrices side by side."""
    if len(columns) == 1:
        return count_distinct(columns[0])
    return count_distinct(np.hstack([np.ascontiguousarray(column).view(np.uint8) for column in columns]))


def count_constant_sites(column: np.ndarray) -> int:
    """The number of sites at which all rows are equal to the first or unknown."""
    return int((sum_blocks(lambda x: ((x != column[:1]) & ~unknown(x)).sum(0), column) == 0).sum())


def count_states(column: np.ndarray, states: int) -> np.ndarray:
    """The count of each state at each site, (states, sites)."""
    return np.asarray(sum_blocks(lambda x: np.array([(x == state).sum(0) for state in range(states)]), column))


def quoted_names(names: Iterable[Any]) -> str:
    """Names for an error message: sorted, without duplicates, at most twenty."""
    distinct = sorted(set(map(str, names)))
    more = f", ... ({len(distinct)} in all)" if len(distinct) > 20 else ""
    return ", ".join(f'"{name}"' for name in distinct[:20]) + more or "none"
