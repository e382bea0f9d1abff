"""Models of adabmDCA: text files with a line for each field and coupling, as a Potts model, read."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...data.alphabet import numerals
from ...errors import FormatError
from ...files.opened import pieces
from .model import Array, Model
from .pairs import check_room, of_pairs

NAME = "adabmDCA"
LAYOUT = "text, with the lines J i j A B value and h i A value"


@dataclass(frozen=True)
class _Lines:
    """Lines of one kind in their order: sites, numbers of letters, and values, as long columns of few bytes."""

    sites: tuple[array[int], ...]
    letters: tuple[array[int], ...]
    values: array[float] = field(default_factory=lambda: array("d"))

    @staticmethod
    def of(sites: int) -> _Lines:
        return _Lines(tuple(array("i") for _ in range(sites)), tuple(array("i") for _ in range(sites)))

    def add(self, words: Sequence[bytes], known: dict[bytes, int]) -> None:
        """A line without its first word: the sites, the letters, and the value. Raises ValueError for another one."""
        count = len(self.sites)
        if len(words) != 2 * count + 1:
            raise ValueError(f"it has {len(words) + 1} words, not {2 * count + 2}")
        value, sites = float(words[-1]), [int(word) for word in words[:count]]
        if not isfinite(value):
            raise ValueError("its value is not finite")
        if not all(0 <= site < 2**31 for site in sites):
            raise ValueError("sites are counted from 0")
        for column, site in zip(self.sites, sites):
            column.append(site)
        for column, letter in zip(self.letters, words[count:]):
            column.append(known.setdefault(letter, len(known)))
        self.values.append(value)

    def columns(self) -> tuple[list[NDArray[np.int64]], list[NDArray[np.int64]], Array]:
        """Sites, letters and values as arrays."""
        sites, letters = ([np.array(x, dtype=np.int64) for x in own] for own in (self.sites, self.letters))
        return sites, letters, np.array(self.values)


def read(path: Path) -> Model:
    """The model of E(v) = - Σ h_i(v_i) - Σ_{i<j} J_ij(v_i, v_j) that the lines tell, with the letters that they name.

    Couplings that have no line are 0. Letters that are the numbers 0, 1, 2, ... are states without a name. Raises
    FormatError where a line is another one or twice there, where a site lacks the field of a letter, and for couplings
    of sites or letters without a field.
    """
    kinds, known = {b"h": _Lines.of(1), b"J": _Lines.of(2)}, dict[bytes, int]()
    for number, (kind, *words) in _lines(path):
        try:
            kinds[kind].add(words, known)
        except (KeyError, ValueError) as error:
            said = error if isinstance(error, ValueError) else "it begins with another word"
            raise FormatError(f"{path}, line {number} is none of {NAME} ({LAYOUT}): {said}.") from None
    symbols = _symbols([*known], path)
    rank = np.argsort(np.argsort([symbols.index(word.decode()) for word in known]))
    fields = _fields(kinds[b"h"], rank, symbols, path)
    couplings = _couplings(kinds[b"J"], rank, symbols, len(fields), path)
    of_numbers = len(symbols) > 2 and symbols == numerals(len(symbols))
    return of_pairs(NAME, fields, couplings, None if of_numbers else symbols, str(path))


def _lines(path: Path) -> Iterator[tuple[int, list[bytes]]]:
    """The words of each line that is no comment, with its number from 1."""
    for number, line in enumerate(_whole_lines(path), 1):
        if (words := line.split()) and not words[0].startswith(b"#"):
            yield number, words


def _whole_lines(path: Path) -> Iterator[bytes]:
    rest = b""
    for piece in pieces(path):
        *whole, rest = (rest + piece).split(b"\n")
        yield from whole
    yield rest


def _symbols(words: Sequence[bytes], path: Path) -> tuple[str, ...]:
    """The letters in their order: numbers by their value. Raises FormatError for letters of several characters."""
    try:
        found = [word.decode() for word in words]
    except UnicodeDecodeError:
        raise FormatError(f"{path} has letters that are not UTF-8.") from None
    if set(found) == {*numerals(len(found))}:
        return tuple(numerals(len(found)))
    if long := [word for word in found if len(word) > 1]:
        raise FormatError(f'{path} has the letter "{long[0]}": letters are a character each, or all are numbers.')
    if len(found) < 2:
        raise FormatError(f"{path} has {len(found)} letters: it takes two or more.")
    return tuple(sorted(found))


def _fields(lines: _Lines, rank: NDArray[np.int64], symbols: Sequence[str], path: Path) -> Array:
    """h, (sites, states). There is a line for each of them, so no file can claim more sites than it has lines."""
    (site,), (letter,), values = lines.columns()
    states, sites = len(symbols), int(site.max(initial=-1)) + 1
    places = site * states + rank[letter]
    if not sites or len(np.unique(places)) < sites * states:
        lacking = np.setdiff1d(np.arange(min(sites * states, len(places) + 1)), places)
        at = f"site {lacking[0] // states} has no field of {symbols[lacking[0] % states]}" if sites else "it has no h"
        raise FormatError(f"{path} lacks lines h i A value: {at}. It has {len(places)} of them, and {states} letters.")
    if len(places) > sites * states:
        raise FormatError(f"{path} has a field twice: {len(places)} lines h of {sites} sites with {states} letters.")
    found = np.zeros(sites * states)
    found[places] = values
    return found.reshape(sites, states)


def _couplings(lines: _Lines, rank: NDArray[np.int64], symbols: Sequence[str], sites: int, path: Path) -> Array:
    """J, (sites, states, sites, states), symmetric; either of two sites may come first."""
    states, (i, j), (a, b), values = len(symbols), *lines.columns()
    if (strange := np.maximum(i, j) >= sites).any():
        raise FormatError(f"{path} couples site {max(i[strange][0], j[strange][0])}, which has no field.")
    if (i == j).any():
        raise FormatError(f"{path} couples site {i[i == j][0]} to itself.")
    check_room(sites, states, str(path))
    one, two = i * states + rank[a], j * states + rank[b]
    low, high = np.minimum(one, two), np.maximum(one, two)
    found = np.zeros((sites * states, sites * states))
    there = np.zeros_like(found, dtype=bool)
    found[low, high], there[low, high] = values, True
    if there.sum() < len(values):
        raise FormatError(f"{path} has a coupling twice: {there.sum()} of its {len(values)} lines J are different.")
    return (found + found.T).reshape(sites, states, sites, states)
