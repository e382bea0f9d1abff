"""Alphabets: convert symbols to numbers and back, and name the units that can represent them.

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
    """An ordered set of symbols. The number of a symbol is its position; an unknown entry is -1.

    The symbols are the letters of aligned sequences, or the names of labels. `name` ("PROTEIN", or the column of a
    label) appears in error messages; two alphabets with the same symbols are equal whatever their names. Raises
    ValueError if a symbol is empty or appears twice.
    """

    symbols: tuple[str, ...]
    name: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if len(set(self.symbols)) < len(self.symbols) or "" in self.symbols:
            raise ValueError(f"an alphabet's symbols must be distinct and not empty, unlike {self.symbols}")

    @staticmethod
    def of(units: Any) -> Alphabet:
        """The alphabet of a layer's units.

        Potts units: their symbols, or numerals if they have none; `Categories` if their sites differ in symbols or in
        the number of states. Other units: BINARY for values 0 and 1, GRAY for values from -1 to 1, REAL for all others.
        """
        if not hasattr(units, "colors"):
            bounded = GRAY if units.low >= -1 and units.high <= 1 else REAL
            return BINARY if units.values == (0, 1) else bounded
        if units.by_site or units.states:
            return Categories.of_sites(units.symbols or map(numerals, units.counts))
        return Alphabet(tuple(units.symbols) or numerals(units.colors))

    @property
    def dtype(self) -> type[np.signedinteger[Any]]:
        """The smallest integer type that holds every letter and -1."""
        return np.int8 if len(self.symbols) <= 127 else np.int16

    @cached_property
    def single_letters(self) -> bool:
        """Whether every symbol is one ASCII character, so that a sequence is written without separators."""
        return all(len(symbol) == 1 and symbol.isascii() for symbol in self.symbols)

    def encode(
        self,
        texts: np.ndarray | Sequence[str],
        unknown: str | None = None,
        names: Sequence[str] | np.ndarray | None = None,
        ambiguous: str = "",
    ) -> np.ndarray:
        """Texts as numbers, int8 or int16: (n, sites) if the symbols are single letters, (n, 1) if they are words.

        `texts` are n strings, or aligned sequences as one uint8 matrix (n, sites), which is faster. Lower case is read
        as upper case, "." and "~" as the gap, T and U as each other, and "?" and "" as unknown. A symbol outside the
        alphabet is read as `unknown`: a symbol of the alphabet, or "?" for -1. Without `unknown` it raises FormatError,
        which names the text by `names`; the letters in `ambiguous` are then unknown and raise no error. A large matrix
        is encoded block by block into a memory-mapped file (`row_blocks`).
        """
        if not self.symbols:
            raise ValueError(f"{self.name or 'an alphabet without symbols'} has no letters: it is for numbers, "
                             "such as pixels, and not for text")  # fmt: skip
        stand_in = self._stand_in(unknown)
        if not self.single_letters:
            return self._encode_words(texts, stand_in, names)
        return concatenate_blocks(self._encode_letters(text_bytes(texts), stand_in, names, ambiguous))

    def numbers_of(self, symbols: Iterable[str], unknown: str | None = None) -> np.ndarray:
        """The number of each of these symbols. A symbol that this alphabet lacks is -1, or is read as `unknown`."""
        lacking = UNKNOWN if unknown is None else self._stand_in(unknown)

        def number(symbol: str) -> int:
            fits = len(symbol) == 1 or not self.single_letters
            return int(self.encode([symbol], unknown or "?")[0, 0]) if fits else lacking

        return np.array([number(symbol) for symbol in symbols], dtype=self.dtype)

    def decode(self, letters: np.ndarray, unknown: str = "?") -> np.ndarray:
        """Numbers (n, sites) as texts (n,): letters without separators, or words separated by spaces.

        `unknown` is written for -1. It is one character, unless the symbols are words or there is one site.
        """
        symbols = np.array([*self.symbols, unknown])
        if letters.shape[1] == 1:
            return symbols[letters[:, 0]]
        if not self.single_letters:
            return np.array([" ".join(row) for row in symbols[letters]], dtype=str)
        return np.ascontiguousarray(symbols[letters]).view(f"U{letters.shape[1]}")[:, 0]

    def units(self, sites: int) -> Units:
        """Units for this many sites: Bernoulli for BINARY, Spin for GRAY, Gaussian for REAL, else Potts."""
        from ..machines.potts import Potts
        from ..machines.units import Bernoulli, Gaussian, Spin

        if self in (BINARY, GRAY, REAL):
            return Bernoulli(sites) if self == BINARY else Spin(sites) if self == GRAY else Gaussian(sites)
        return Potts(sites, len(self.symbols), symbols=self.symbols)

    @cached_property
    def _table(self) -> np.ndarray:
        """The number for each of the 256 byte values."""
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
        """The name for error messages; the symbols if it has no name."""
        if name := self.name or next((own.name for own in _LETTERS if own.symbols == self.symbols), ""):
            return name
        return '"' + ("" if self.single_letters else '", "').join(self.symbols) + '"'


@dataclass(frozen=True)
class Categories(Alphabet):
    """An alphabet whose sites have different symbols, such as the columns of a table.

    own: the symbols of each site. `symbols` are numerals, as many as the largest number of symbols at a site.

    >>> Categories.of_sites([("no", "yes"), ("blue", "green", "red")]).decode(np.array([[1, 0], [-1, 2]]))
    array(['yes blue', '? red'], dtype='<U8')
    """

    own: tuple[tuple[str, ...], ...] = ()

    @staticmethod
    def of_sites(own: Iterable[Sequence[str]], name: str = "") -> Categories:
        """The alphabet of sites that have these symbols."""
        sites = tuple(tuple(symbols) for symbols in own)
        return Categories(numerals(max(map(len, sites))), name, sites)

    def decode(self, letters: np.ndarray, unknown: str = "?") -> np.ndarray:
        """Numbers (n, sites) as texts (n,): words separated by spaces."""
        words = [np.array([*symbols, unknown])[x] for symbols, x in zip(self.own, letters.T)]
        return np.array([" ".join(row) for row in zip(*words)], dtype=str)

    def units(self, sites: int) -> Units:
        """The Potts units for these sites."""
        from ..machines.potts import Potts

        return Potts(sites, len(self.symbols), states=tuple(map(len, self.own)), symbols=self.own)


@dataclass(frozen=True)
class Numbers(Alphabet):
    """The alphabet of data that are numbers, not letters. Its name tells one kind of numbers from another."""

    name: str = ""


PROTEIN = Alphabet(tuple("-ACDEFGHIKLMNPQRSTVWY"), "PROTEIN")
RNA = Alphabet(tuple("-ACGU"), "RNA")
DNA = Alphabet(tuple("-ACGT"), "DNA")
BINARY = Alphabet(tuple("01"), "BINARY")
_LETTERS = (PROTEIN, RNA, DNA, BINARY)
GRAY = Numbers((), "GRAY")
"""Numbers from -1 to 1, such as gray pixels: -1 is black, 1 is white."""
REAL = Numbers((), "REAL")
"""Unbounded numbers, standardized at each site."""


def numerals(n: int) -> tuple[str, ...]:
    """The n symbols "0", "1", ..."""
    return tuple(map(str, range(n)))


def find_alphabet(alphabet: Alphabet | str) -> Alphabet:
    """The alphabet with this name ("protein", "gray", "real") or these symbols ("-ACGU"); an Alphabet as is."""
    if isinstance(alphabet, Alphabet):
        return alphabet
    known = {own.name: own for own in (*_LETTERS, GRAY, REAL)}
    if alphabet.upper() in known:
        return known[alphabet.upper()]
    if len(set(alphabet)) < len(alphabet):
        duplicate = next(symbol for symbol in alphabet if alphabet.count(symbol) > 1)
        raise ValueError(f'"{alphabet}" is not the name of an alphabet ({", ".join(known).lower()}), and as '
                         f'a list of symbols it has "{duplicate}" twice')  # fmt: skip
    return Alphabet(tuple(alphabet))


def text_bytes(texts: Sequence[str] | np.ndarray) -> np.ndarray:
    """Aligned texts as bytes (n, sites); bytes are returned as is. The row of an empty text is all "?".

    Raises FormatError if the texts differ in length.
    """
    if isinstance(texts, np.ndarray) and texts.dtype == np.uint8:
        return texts
    codes = np.array([str(text) for text in texts])[:, None].view(np.uint32)  # width of the longest text
    empty = (codes == 0).all(axis=1)
    codes[empty] = ord("?")
    if (codes == 0).any():
        row = int(np.argwhere(codes == 0)[0, 0])
        raise FormatError(f"seq {row + 1} has {len(texts[row])} symbols, others have {codes.shape[1]}: "
                          "sequences must be aligned.")  # fmt: skip
    return np.minimum(codes, 255).astype(np.uint8)


def _place(row: int, names: Sequence[str] | np.ndarray | None) -> str:
    return f"seq {row + 1}" if names is None else f'seq {row + 1} "{names[row]}"'
