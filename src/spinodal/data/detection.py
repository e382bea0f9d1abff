"""Detection: guesses the alphabet of sequences from the counts of their symbols, and says if it is uncertain.

>>> guess({"A": 40, "C": 30, "G": 30, "U": 30, "R": 5}).alphabet.name
'RNA'
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import FormatError, alphabet_option, unknown_option
from .alphabet import BINARY, DNA, PROTEIN, RNA, Alphabet, text_bytes
from .row_blocks import sum_blocks

CODES = dict(zip("RYSWKMBDHV", ["AG", "CT", "CG", "AT", "GT", "AC", "CGT", "AGT", "ACT", "ACG"]))
"""IUPAC codes for several bases. U counts as T."""

AMBIGUOUS = {DNA: "".join(CODES) + "NX", RNA: "".join(CODES) + "NX", PROTEIN: "BXZ"}
"""The letters that stand for several letters of an alphabet."""

RECODED = ("RY", "SW", "KM")
"""Letters of bases recoded as two classes: purine or pyrimidine, strong or weak, keto or amino."""

FEW = 0.1
"""Up to this fraction of codes, letters are read as bases without a warning."""

HALF = 0.5
"""The largest fraction of codes among bases, and of possible bases among amino acids without a warning."""

RARE = 0.05
"""In proteins the fraction of U, which is selenocysteine, is smaller than this."""

TRACE = 0.01
"""Up to this fraction, letters may be typing errors."""

SMALL = 50
"""With fewer letters than this, it is no sign of another alphabet that only two kinds appear."""

_GAPS, _ANY = "-.~", "NX"
_BASES = "ACGTU"


@dataclass(frozen=True)
class Guess:
    """The detected alphabet, and a reason for doubt in words; "" if there is none."""

    alphabet: Alphabet
    doubt: str = ""


def count_symbols(texts: np.ndarray | Sequence[str]) -> dict[str, int]:
    """The count of each symbol in n texts, or in their bytes (n, sites).

    >>> count_symbols(["aC-", "AC?"])
    {'-': 1, '?': 1, 'A': 1, 'C': 2, 'a': 1}
    """
    count = np.asarray(sum_blocks(lambda block: np.bincount(block.ravel(), minlength=256), text_bytes(texts)))
    return {chr(byte): int(count[byte]) for byte in np.flatnonzero(count)}


def in_upper_case(seen: Mapping[str, int]) -> dict[str, int]:
    """The counts with lower case counted as upper case.

    >>> in_upper_case({"a": 1, "A": 2, "-": 3})
    {'A': 3, '-': 3}
    """
    found: dict[str, int] = {}
    for x, n in seen.items():
        found[x.upper() if x.isascii() else x] = found.get(x.upper() if x.isascii() else x, 0) + n
    return found


def detect(texts: np.ndarray | Sequence[str]) -> Alphabet:
    """The alphabet of sequences: BINARY, DNA, RNA or PROTEIN. Raises FormatError if `guess` can't decide."""
    return guess(count_symbols(texts)).alphabet


def guess(seen: Mapping[str, int], unknown: str | None = None) -> Guess:
    """The alphabet (BINARY, DNA, RNA or PROTEIN) that fits these counts of symbols, and a reason for doubt.

    0 and 1 are binary. Letters are bases if all of them are A, C, G, T, U, or codes (`CODES`) for bases that also
    appear, and codes are half of the letters at most. X and N can be any letter and are ignored. All other letters are
    amino acids, unless only a tenth of them or less are not bases. `unknown` says how symbols outside the alphabet will
    be read: with "?", gaps among 0 and 1 are unknown.

    Raises FormatError, which says how to choose an alphabet, if the alphabet can't be decided: for other digits, gaps
    among 0 and 1, bases recoded as two classes, bases mixed with other letters, and symbols of no known alphabet.

    >>> guess({"G": 48, "A": 45, "S": 7}).alphabet.name  # silk: as a base S would mean C or G, but there is no C
    'PROTEIN'
    """
    folded = in_upper_case(seen)
    letters = {x: n for x, n in folded.items() if "A" <= x <= "Z"}
    others = {x: n for x, n in folded.items() if x not in letters and x not in _GAPS + "?"}
    if sum(others.values()) > sum(n for x, n in letters.items() if x not in _ANY):
        return _without_letters(folded, unknown)
    known = {x: n for x, n in letters.items() if x not in _ANY}
    if not known:
        return Guess(DNA if "N" in letters else PROTEIN)
    return _of_letters(known, "-" if any(x in seen for x in _GAPS) else "")


def _without_letters(seen: Mapping[str, int], unknown: str | None) -> Guess:
    """BINARY if the symbols are 0 and 1; otherwise raises FormatError."""
    others = {x for x in seen if x not in "01?"}
    blank = others <= {*_GAPS, *_ANY}
    if seen.keys() & {"0", "1"} and (not others or (blank and unknown == "?")):
        return Guess(BINARY)
    own = alphabet_option(_symbols_to_pass(seen))
    if seen.keys() & {"0", "1"} and blank:
        raise FormatError(f"beside 0 and 1 it has {quote_symbols(others)}. Pass {alphabet_option('binary')} and "
                          f"{unknown_option('?')} if these are unknown, or {own} if they are a symbol.")  # fmt: skip
    raise FormatError(f"its symbols, {quote_symbols(seen)}, belong to no known alphabet. Name them: {own}.")


def _symbols_to_pass(seen: Mapping[str, int]) -> str:
    """The symbols as an alphabet, the gap first. "." is a symbol of its own if it can't be a gap."""
    solid = sorted(x for x in seen if x not in _GAPS + "?")
    dots = "." in seen and "-" not in seen and not any(x.isalnum() for x in solid)
    gap = "." if dots else "-" if any(x in seen for x in _GAPS) else ""
    return gap + "".join(solid)


def _of_letters(known: Mapping[str, int], gap: str) -> Guess:
    """DNA, RNA or PROTEIN, by the letters other than X and N; gap is "-" or ""."""
    own = gap + "".join(sorted(known))
    if any(known.keys() == {*pair} for pair in RECODED):
        raise FormatError(f"its letters are {quote_symbols(known)}: bases recoded as two classes, or a protein. "
                          f"Pass {alphabet_option(own)} to use only these letters, or "
                          f"{alphabet_option('protein')}.")  # fmt: skip
    total, strange = sum(known.values()), known.keys() - {*_BASES, *CODES}
    share = sum(known.get(x, 0) for x in _BASES) / total
    uracil = known.get("U", 0) > RARE * total
    nucleic = RNA if known.get("U", 0) > known.get("T", 0) else DNA
    if not strange and (uracil or all(_supported(code, known) for code in known.keys() & CODES.keys())):
        return _of_bases(nucleic, known, 1 - share, own)
    if strange and share >= 1 - TRACE:
        return Guess(nucleic, f"{quote_symbols(strange)} are not bases; {_if_protein()}")
    if strange and (uracil or share >= 1 - FEW):
        other = own if uracil else "protein"
        raise FormatError(f"{share:.0%} of its letters are A, C, G, T or U, and {quote_symbols(strange)} are not. "
                          f"Pass {alphabet_option(nucleic.name.lower())} and {unknown_option('?')} to read these as "
                          f"unknown, or {alphabet_option(other)}.")  # fmt: skip
    return Guess(PROTEIN, _doubt_of_protein(known, share, nucleic, own))


def _of_bases(nucleic: Alphabet, known: Mapping[str, int], coded: float, own: str) -> Guess:
    """DNA or RNA for letters that fit it; `coded` is the fraction of codes for several bases."""
    bases = [x for x in _BASES if x in known]
    if coded > HALF:
        raise FormatError(f"{coded:.0%} of its letters would be codes for several bases. Pass "
                          f"{alphabet_option('protein')}, {alphabet_option(nucleic.name.lower())}, or the symbols, "
                          f"{alphabet_option(own)}.")  # fmt: skip
    if coded > FEW:
        return Guess(nucleic, f"its letters are bases and codes for several bases; {_if_protein()}")
    if "U" not in bases and len(bases) <= 2 and sum(known.values()) >= SMALL:
        return Guess(nucleic, f"its letters are only {quote_symbols(bases)}; {_if_protein()}")
    if {"T", "U"} <= known.keys():
        return Guess(nucleic, f"T ({known['T']} times) and U ({known['U']} times) are read as the same base")
    return Guess(nucleic)


def _doubt_of_protein(known: Mapping[str, int], share: float, nucleic: Alphabet, own: str) -> str:
    """The reason why letters may not be amino acids; "" if there is none."""
    if sum(known.values()) < SMALL:
        return ""
    if share >= HALF:
        return (f"{share:.0%} of its letters could be bases; if they are, pass "
                f"{alphabet_option(nucleic.name.lower())} and {unknown_option('?')}")  # fmt: skip
    if len(known) <= 2:
        return (f"its letters are only {quote_symbols(known)}; to use only these, pass "
                f"{alphabet_option(own)}")  # fmt: skip
    return ""


def _if_protein() -> str:
    return f"if these letters are amino acids, pass {alphabet_option('protein')}"


def _supported(code: str, known: Mapping[str, int]) -> bool:
    """Whether all bases that a code stands for also appear."""
    return all(base in known or (base == "T" and "U" in known) for base in CODES[code])


def quote_symbols(symbols: Iterable[str]) -> str:
    """The symbols as a phrase, at most ten of them.

    >>> quote_symbols({"N", "-", "A"}), quote_symbols("ACDEFGHIKLMN")
    ('"-", A and N', 'A, C, D, E, F, G, H, I, K and others')
    """
    words = [x if x.isalnum() else f'"{x}"' for x in sorted(symbols)]
    words = words if len(words) <= 10 else [*words[:9], "others"]
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
