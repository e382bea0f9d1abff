"""Letters: the alphabet that all data of a format are in, as it is asked for or detected, and as it is written."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ..data.alphabet import UNKNOWN, Alphabet, text_bytes
from ..data.dataset import Dataset
from ..data.detection import AMBIGUOUS, Guess, count_symbols, guess, in_upper_case, quote_symbols
from ..data.row_blocks import sum_blocks
from ..errors import FormatError, unknown_option

_READ_ALIKE = "-.~?"


def encode_sequences(
    texts: np.ndarray, alphabet: Alphabet | None, unknown: str | None, names: np.ndarray, path: Path
) -> tuple[Alphabet, np.ndarray]:
    """The alphabet of aligned sequences, detected unless given, and their letters (n, sites).

    `texts` are strings, or their bytes (n, sites). Unless `unknown` says what foreign symbols read as, letters that
    stand for several of the alphabet, such as N and X, are unknown. Warns of an alphabet that isn't sure, and of the
    share of cells that are read as something else than they are. Raises FormatError where the alphabet can't be told,
    a symbol isn't in it, or most of them aren't.
    """
    if alphabet is not None and not alphabet.single_letters:
        return alphabet, alphabet.encode(texts, unknown, names)
    spelling = text_bytes(texts)
    seen = count_symbols(spelling)
    found = guess(seen, unknown) if alphabet is None else Guess(alphabet)
    letters, codes = found.alphabet, "" if unknown is not None else AMBIGUOUS.get(found.alphabet, "")
    changed = {x: n for x, n in _foreign(letters, seen).items() if unknown is not None or x.upper() in codes}
    _check_most(letters, seen)
    column = letters.encode(spelling, unknown, names, codes)
    if found.doubt:
        warnings.warn(f"{path} is read as {letters.name}: {found.doubt}", stacklevel=6)
    if changed:
        warnings.warn(f"{path}: {_changes(changed, column, letters, unknown)}", stacklevel=6)
    return letters, column


def _foreign(letters: Alphabet, seen: Mapping[str, int]) -> dict[str, int]:
    """The symbols that an alphabet of single letters reads as none of its own."""
    numbers = letters.numbers_of(seen)
    return {x: n for (x, n), number in zip(seen.items(), numbers) if number == UNKNOWN and x != "?"}


def _check_most(letters: Alphabet, seen: Mapping[str, int]) -> None:
    """Raises FormatError where most symbols, gaps and what stands for several letters aside, aren't in an alphabet."""
    several = AMBIGUOUS.get(letters, "") + _READ_ALIKE
    solid = {x: n for x, n in seen.items() if x.upper() not in several}
    strange = in_upper_case(_foreign(letters, solid))
    if 2 * sum(strange.values()) > sum(solid.values()):
        share = sum(strange.values()) / sum(solid.values())
        raise FormatError(f"{share:.0%} of the symbols, {quote_symbols(strange)}, are not in {letters.called}: these "
                          "data are in another alphabet. Known by name are protein, rna, dna and binary.")  # fmt: skip


def _changes(changed: Mapping[str, int], column: np.ndarray, letters: Alphabet, unknown: str | None) -> str:
    """What is read as something else than it is, and how much of it there is."""
    n, symbols = sum(changed.values()), quote_symbols(in_upper_case(changed))
    what = f"{n} of {column.size} cells ({n / column.size:.2g}) are {symbols}"
    if unknown is not None:
        meaning = {"?": "unknown", "-": "gaps"}.get(unknown, f'"{unknown}"')
        return f"{what}, which are not in {letters.called}: they are read as {meaning}"
    rows = sum_blocks(lambda block: int((block == UNKNOWN).any(axis=1).sum()), column)
    return (f"{what}, which stand for several letters of {letters.called} each: they are unknown, in {rows} of "
            f"{len(column)} rows; {unknown_option('-')} reads them as gaps")  # fmt: skip


def check_requested(alphabet: Alphabet | None, own: Alphabet, what: str) -> None:
    """Raises ValueError, with what is in a format, where data are asked for in another alphabet than its own."""
    if alphabet not in (None, own):
        raise ValueError(f'{what}: leave the alphabet out, or pass "{"".join(own.symbols)}"')


def check_alphabet(data: Dataset, own: Alphabet, what: str) -> None:
    """Raises ValueError, with what is in a format, for data in another alphabet than its own."""
    if data.alphabets.get("visible") != own:
        raise ValueError(f"{what}; write these data to another format")


def letters_of(data: Dataset, where: str) -> Alphabet:
    """The alphabet of data that go `where` there are letters; ValueError for other data."""
    alphabet = data.alphabets.get("visible")
    if alphabet is None or not alphabet.single_letters:
        raise ValueError(f"{where} holds letters; write these data to .npz")
    return alphabet
