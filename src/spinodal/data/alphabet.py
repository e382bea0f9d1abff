"""Alphabets: symbols <-> numbers, and the units that can show them.

>>> RNA.encode(["ACGU", "ac-t"])
array([[1, 2, 3, 4],
       [1, 2, 0, 4]], dtype=int8)
>>> Alphabet(("elastase", "trypsin"), "function").encode(["trypsin", ""])
array([[ 1],
       [-1]], dtype=int8)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import FormatError, unknown_option
from .row_blocks import blocks, concatenate_blocks

if TYPE_CHECKING:
    from ..machines.units import Units

UNKNOWN = -1
_FOREIGN = -2


@dataclass(frozen=True)
class Alphabet:
    """Symbols in a row; a symbol's position is its number, and -1 is an entry that isn't known.

    The symbols are the letters of aligned sequences or the names of labels. `name` says whose they are in
    errors ("PROTEIN", or the label's column) and is no part of what makes two alphabets equal. Raises
    ValueError where a symbol comes twice or is empty.
    """

    symbols: tuple[str, ...]
    name: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if len(set(self.symbols)) < len(self.symbols) or "" in self.symbols:
            raise ValueError(f"an alphabet's symbols are distinct and not empty, unlike {self.symbols}")

    @staticmethod
    def of(units: Any) -> Alphabet:
        """The alphabet of a layer: its symbols where it has some; of others BINARY where it shows 0 and 1, REAL where
        nothing bounds it, GRAY where it shows less than 0, else numerals; where sites have symbols or states of their
        own, `Categories`."""
        if not hasattr(units, "colors"):
            return REAL if units.low == -inf else GRAY if units.low < 0 else BINARY
        if units.by_site or units.states:
            return Categories.of_sites(units.symbols or map(numerals, units.counts))
        return Alphabet(tuple(units.symbols) or numerals(units.colors))

    @property
    def dtype(self) -> type[np.signedinteger[Any]]:
        """The smallest integers that hold every letter and the unknown."""
        return np.int8 if len(self.symbols) <= 127 else np.int16

    @cached_property
    def single_letters(self) -> bool:
        """Whether every symbol is one ASCII character, so that a text is one letter after the other."""
        return all(len(symbol) == 1 and symbol.isascii() for symbol in self.symbols)

    def encode(
        self,
        texts: np.ndarray | Sequence[str],
        unknown: str | None = None,
        names: Sequence[str] | np.ndarray | None = None,
        ambiguous: str = "",
    ) -> np.ndarray:
        """Numbers of n texts, int8 or int16: (n, sites) letters, or (n, 1) where the symbols are words.

        `texts` are strings, or the aligned sequences as one uint8 matrix (n, sites), which is quick. Lower
        case reads as upper case, "." and "~" as the gap, T and U as each other; "?" and "" are unknown.
        `unknown` is what any foreign symbol reads as: a symbol of the alphabet, or "?" for -1; without it
        a foreign symbol raises FormatError, which calls the text by `names`, unless it is one of those letters that
        are `ambiguous`, which are unknown. A matrix that is large is encoded block by block, into a mapped file
        (`columns`).
        """
        if not self.symbols:
            raise ValueError(f"{self.name or 'an alphabet without symbols'} has no letters: images are read as "
                             "numbers, texts are not")  # fmt: skip
        stand_in = self._stand_in(unknown)
        if not self.single_letters:
            return self._encode_words(texts, stand_in, names)
        return concatenate_blocks(self._encode_letters(text_bytes(texts), stand_in, names, ambiguous))

    def numbers_of(self, symbols: Iterable[str], unknown: str | None = None) -> np.ndarray:
        """The number of each symbol of another alphabet; what this one lacks is -1, or reads as `unknown`."""
        lacking = UNKNOWN if unknown is None else self._stand_in(unknown)

        def number(symbol: str) -> int:
            fits = len(symbol) == 1 or not self.single_letters
            return int(self.encode([symbol], unknown or "?")[0, 0]) if fits else lacking

        return np.array([number(symbol) for symbol in symbols], dtype=self.dtype)

    def decode(self, letters: np.ndarray, unknown: str = "?") -> np.ndarray:
        """Texts (n,) of numbers (n, sites): letter after letter, or words with spaces between them.

        `unknown` is written for -1: one character, unless the symbols are words or there is one site.
        """
        symbols = np.array([*self.symbols, unknown])
        if letters.shape[1] == 1:
            return symbols[letters[:, 0]]
        if not self.single_letters:
            return np.array([" ".join(row) for row in symbols[letters]], dtype=str)
        return np.ascontiguousarray(symbols[letters]).view(f"U{letters.shape[1]}")[:, 0]

    def units(self, sites: int) -> Units:
        """The units that show `sites` of these: Bernoulli for BINARY, Spin for GRAY, Gaussian for REAL, else Potts."""
        from ..machines.units import Bernoulli, Gaussian, Potts, Spin

        if self in (BINARY, GRAY, REAL):
            return Bernoulli(sites) if self == BINARY else Spin(sites) if self == GRAY else Gaussian(sites)
        return Potts(sites, len(self.symbols), symbols=self.symbols)

    @cached_property
    def _table(self) -> np.ndarray:
        """The number of each of the 256 bytes."""
        number = {symbol: i for i, symbol in enumerate(self.symbols)}
        gap = number.get("-", _FOREIGN)
        same = {".": gap, "~": gap, "?": UNKNOWN}
        if self in (RNA, DNA):
            same |= {"T": number.get("U", _FOREIGN), "U": number.get("T", _FOREIGN)}
        read = same | number
        table = [read.get(chr(byte), read.get(chr(byte).upper(), _FOREIGN)) for byte in range(256)]
        return np.array(table, dtype=self.dtype)

    def _stand_in(self, unknown: str | None) -> int:
        if unknown is None:
            return _FOREIGN
        if unknown in self.symbols:
            return self.symbols.index(unknown)
        if unknown == "?":
            return UNKNOWN
        raise ValueError(f'unknown="{unknown}" is not in {self.called}; pass one of its symbols, or "?"')

    def _encode_letters(
        self, spelling: np.ndarray, stand_in: int, names: Sequence[str] | np.ndarray | None, ambiguous: str
    ) -> Iterator[np.ndarray]:
        row, table = 0, self._table.copy()
        table[[ord(x) for x in ambiguous + ambiguous.lower()]] = UNKNOWN
        for block in blocks(spelling):
            letters: np.ndarray = table[block]
            foreign = letters == _FOREIGN
            if stand_in == _FOREIGN and foreign.any():
                raise self._foreign_letter(block, foreign, names, row)
            letters[foreign] = stand_in
            row += len(block)
            yield letters

    def _encode_words(
        self, words: Iterable[str], stand_in: int, names: Sequence[str] | np.ndarray | None
    ) -> np.ndarray:
        number = {symbol: i for i, symbol in enumerate(self.symbols)} | {"": UNKNOWN}
        found = np.array([number.get(word, stand_in) for word in words], dtype=self.dtype)[:, None]
        if (found == _FOREIGN).any():
            row = int(np.argmax(found[:, 0] == _FOREIGN))
            word = list(words)[row]
            raise FormatError(f'{_place(row, names)}: "{word}" is not in {self.called}. '
                              f'Pass {unknown_option("?")} to read it as unknown.')  # fmt: skip
        return found

    def _foreign_letter(
        self, spelling: np.ndarray, foreign: np.ndarray, names: Sequence[str] | np.ndarray | None, before: int
    ) -> FormatError:
        row, column = np.argwhere(foreign)[0]
        place = _place(before + int(row), names)
        return FormatError(f'{place}: symbol "{chr(spelling[row, column])}" at column {column + 1} '
                           f"is not in {self.called}. Pass {unknown_option('?')} to read it as unknown.")  # fmt: skip

    @property
    def called(self) -> str:
        """Its name, or its symbols, as errors say them."""
        if name := self.name or next((own.name for own in _LETTERS if own.symbols == self.symbols), ""):
            return name
        return '"' + ("" if self.single_letters else '", "').join(self.symbols) + '"'


@dataclass(frozen=True)
class Categories(Alphabet):
    """Symbols of sites that have `own` ones each, as the columns of a table have.

    `symbols` are numerals, as many as the most that a site has.

    >>> Categories.of_sites([("no", "yes"), ("blue", "green", "red")]).decode(np.array([[1, 0], [-1, 2]]))
    array(['yes blue', '? red'], dtype='<U8')
    """

    own: tuple[tuple[str, ...], ...] = ()

    @staticmethod
    def of_sites(own: Iterable[Sequence[str]], name: str = "") -> Categories:
        """The alphabet of sites with these symbols each."""
        sites = tuple(tuple(symbols) for symbols in own)
        return Categories(numerals(max(map(len, sites))), name, sites)

    def decode(self, letters: np.ndarray, unknown: str = "?") -> np.ndarray:
        """Texts (n,) of numbers (n, sites): words with spaces between them."""
        words = [np.array([*symbols, unknown])[x] for symbols, x in zip(self.own, letters.T)]
        return np.array([" ".join(row) for row in zip(*words)], dtype=str)

    def units(self, sites: int) -> Units:
        """The Potts units that show these sites."""
        from ..machines.units import Potts

        return Potts(sites, len(self.symbols), states=tuple(map(len, self.own)), symbols=self.own)


@dataclass(frozen=True)
class Numbers(Alphabet):
    """No letters at all, but numbers; their name says which, and tells two kinds of them apart."""

    name: str = ""


PROTEIN = Alphabet(tuple("-ACDEFGHIKLMNPQRSTVWY"), "PROTEIN")
RNA = Alphabet(tuple("-ACGU"), "RNA")
DNA = Alphabet(tuple("-ACGT"), "DNA")
BINARY = Alphabet(tuple("01"), "BINARY")
_LETTERS = (PROTEIN, RNA, DNA, BINARY)
GRAY = Numbers((), "GRAY")
"""Numbers from -1 to 1, such as the gray of a pixel, black to white."""
REAL = Numbers((), "REAL")
"""Numbers without ends, which are standardized site by site."""


def numerals(n: int) -> tuple[str, ...]:
    """The symbols "0", "1", ..., as many as n."""
    return tuple(map(str, range(n)))


def find_alphabet(alphabet: Alphabet | str) -> Alphabet:
    """An alphabet by its name ("protein", "gray", "real"), by its symbols in a string ("-ACGU"), or as it is."""
    if isinstance(alphabet, Alphabet):
        return alphabet
    known = {own.name: own for own in (*_LETTERS, GRAY, REAL)}
    if alphabet.upper() in known:
        return known[alphabet.upper()]
    if len(set(alphabet)) < len(alphabet):
        twin = next(symbol for symbol in alphabet if alphabet.count(symbol) > 1)
        raise ValueError(f'"{alphabet}" is no alphabet that is known by name ({", ".join(known).lower()}), and as '
                         f'symbols it has "{twin}" twice')  # fmt: skip
    return Alphabet(tuple(alphabet))


def text_bytes(texts: Sequence[str] | np.ndarray) -> np.ndarray:
    """Texts as bytes (n, sites), which they may be already; "?" in the rows of those that are empty.

    Raises FormatError if they aren't aligned.
    """
    if isinstance(texts, np.ndarray) and texts.dtype == np.uint8:
        return texts
    codes = np.array([str(text) for text in texts])[:, None].view(np.uint32)  # as wide as the longest
    empty = (codes == 0).all(axis=1)
    codes[empty] = ord("?")
    if (codes == 0).any():
        row = int(np.argwhere(codes == 0)[0, 0])
        raise FormatError(f"seq {row + 1} has {len(texts[row])} symbols, others have {codes.shape[1]}: "
                          "sequences must be aligned.")  # fmt: skip
    return np.minimum(codes, 255).astype(np.uint8)


def _place(row: int, names: Sequence[str] | np.ndarray | None) -> str:
    return f"seq {row + 1}" if names is None else f'seq {row + 1} "{names[row]}"'
