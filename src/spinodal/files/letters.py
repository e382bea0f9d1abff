"""Letters: encodes sequences in a given or detected alphabet, and checks the alphabet of data before writing."""

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
    """The alphabet of aligned sequences (detected unless given), and their letters (n, sites).

    `texts` are strings, or their bytes (n, sites). Without `unknown`, letters that stand for several letters of the
    alphabet, such as N and X, are unknown; with it, all symbols outside the alphabet are read as `unknown`. Warns if
    the detected alphabet is uncertain, and counts the cells that are changed. Raises FormatError if the alphabet can't
    be decided, for a symbol outside it, and if most symbols are outside it.
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
    """The symbols, with their counts, that are not in an alphabet of single letters."""
    numbers = letters.numbers_of(seen)
    return {x: n for (x, n), number in zip(seen.items(), numbers) if number == UNKNOWN and x != "?"}


def _check_most(letters: Alphabet, seen: Mapping[str, int]) -> None:
    """Raises FormatError if most symbols are not in an alphabet; gaps and ambiguous letters don't count."""
    several = AMBIGUOUS.get(letters, "") + _READ_ALIKE
    solid = {x: n for x, n in seen.items() if x.upper() not in several}
    strange = in_upper_case(_foreign(letters, solid))
    if 2 * sum(strange.values()) > sum(solid.values()):
        share = sum(strange.values()) / sum(solid.values())
        raise FormatError(f"{share:.0%} of the symbols, {quote_symbols(strange)}, are not in {letters.called}: these "
                          "data are in another alphabet. Known are protein, rna, dna and binary.")  # fmt: skip


def _changes(changed: Mapping[str, int], column: np.ndarray, letters: Alphabet, unknown: str | None) -> str:
    """Which symbols are read as something else, and how many there are, for a warning."""
    n, symbols = sum(changed.values()), quote_symbols(in_upper_case(changed))
    what = f"{n} of {column.size} cells ({n / column.size:.2g}) are {symbols}"
    if unknown is not None:
        meaning = {"?": "unknown", "-": "gaps"}.get(unknown, f'"{unknown}"')
        return f"{what}, which are not in {letters.called}: they are read as {meaning}"
    rows = sum_blocks(lambda block: int((block == UNKNOWN).any(axis=1).sum()), column)
    return (f"{what}, which stand for several letters of {letters.called}: they are unknown, in {rows} of "
            f"{len(column)} rows; {unknown_option('-')} reads them as gaps")  # fmt: skip


def check_requested(alphabet: Alphabet | None, own: Alphabet, what: str) -> None:
    """Raises ValueError if `alphabet` is not None or the alphabet of the format. what: the contents of the format."""
    if alphabet not in (None, own):
        raise ValueError(f'{what}: pass no alphabet, or "{"".join(own.symbols)}"')


def check_alphabet(data: Dataset, own: Alphabet, what: str) -> None:
    """Raises ValueError if data are not in the alphabet of the format. what: the contents of the format."""
    if data.alphabets.get("visible") != own:
        raise ValueError(f"{what}; write these data to another format")


def letters_of(data: Dataset, where: str) -> Alphabet:
    """The alphabet of data for a format of letters. Raises ValueError for other data."""
    alphabet = data.alphabets.get("visible")
    if alphabet is None or not alphabet.single_letters:
        raise ValueError(f"{where} can hold only letters; write these data to .npz")
    return alphabet
