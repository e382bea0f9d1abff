"""Detection: which alphabet sequences are written in, by how often each symbol comes, and how sure that is.

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
"""IUPAC's codes of several bases, T and U being one base."""

AMBIGUOUS = {DNA: "".join(CODES) + "NX", RNA: "".join(CODES) + "NX", PROTEIN: "BXZ"}
"""What stands for several letters of an alphabet."""

RECODED = ("RY", "SW", "KM")
"""Bases recoded as two classes: purine or pyrimidine, strong or weak, keto or amino."""

FEW = 0.1
"""A share of codes up to which bases are taken for bases without a word."""

HALF = 0.5
"""The largest share of codes among bases; and of what could be bases among amino acids, without a word."""

RARE = 0.05
"""A share of U that selenocysteine, which has this letter, doesn't reach."""

TRACE = 0.01
"""A share of letters that may be slips."""

SMALL = 50
"""Letters below which two kinds of them are no surprise."""

_GAPS, _ANY = "-.~", "NX"
_BASES = "ACGTU"


@dataclass(frozen=True)
class Guess:
    """The alphabet that letters are taken for, and in words what makes that less than sure; "" where it is sure."""

    alphabet: Alphabet
    doubt: str = ""


def count_symbols(texts: np.ndarray | Sequence[str]) -> dict[str, int]:
    """How often each symbol comes in n texts, or in their bytes (n, sites).

    >>> count_symbols(["aC-", "AC?"])
    {'-': 1, '?': 1, 'A': 1, 'C': 2, 'a': 1}
    """
    count = np.asarray(sum_blocks(lambda block: np.bincount(block.ravel(), minlength=256), text_bytes(texts)))
    return {chr(byte): int(count[byte]) for byte in np.flatnonzero(count)}


def in_upper_case(seen: Mapping[str, int]) -> dict[str, int]:
    """The same, lower case counted as upper case.

    >>> in_upper_case({"a": 1, "A": 2, "-": 3})
    {'A': 3, '-': 3}
    """
    found: dict[str, int] = {}
    for x, n in seen.items():
        found[x.upper() if x.isascii() else x] = found.get(x.upper() if x.isascii() else x, 0) + n
    return found


def detect(texts: np.ndarray | Sequence[str]) -> Alphabet:
    """Which alphabet sequences are written in: BINARY, DNA, RNA or PROTEIN; FormatError where `guess` can't tell."""
    return guess(count_symbols(texts)).alphabet


def guess(seen: Mapping[str, int], unknown: str | None = None) -> Guess:
    """Which alphabet symbols that come so often are of: BINARY, DNA, RNA or PROTEIN, and how sure that is.

    0 and 1 are binary. Letters are bases where all of them are A, C, G, T, U, or codes (`CODES`) of bases that come,
    too, and these codes are half of them at most; X and N are any letter and decide nothing. All other letters are
    amino acids, unless a tenth of them or less keeps them from being bases. `unknown` is what foreign symbols are
    going to be read as: with "?" gaps between 0 and 1 are unknown.

    Raises FormatError, which says how to choose, where this can't be told: for other digits, for gaps between 0 and 1,
    for bases recoded as two classes, for bases with letters that are none, and for symbols of no known alphabet.

    >>> guess({"G": 48, "A": 45, "S": 7}).alphabet.name  # silk: S would be C or G, and there is no C
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
    """BINARY, where symbols are 0 and 1."""
    rest = {x for x in seen if x not in "01?"}
    blank = rest <= {*_GAPS, *_ANY}
    if seen.keys() & {"0", "1"} and (not rest or (blank and unknown == "?")):
        return Guess(BINARY)
    own = alphabet_option(_symbols_to_pass(seen))
    if seen.keys() & {"0", "1"} and blank:
        raise FormatError(f"between 0 and 1 it has {quote_symbols(rest)}. Pass {alphabet_option('binary')} and {unknown_option('?')} "
                          f"if these are unknown, or {own} if they are a symbol of their own.")  # fmt: skip
    raise FormatError(f"its symbols, {quote_symbols(seen)}, are of no known alphabet. Pass them: {own}.")


def _symbols_to_pass(seen: Mapping[str, int]) -> str:
    """The symbols as an alphabet, the gap first; "." is a symbol of its own where nothing else could be a gap."""
    solid = sorted(x for x in seen if x not in _GAPS + "?")
    dots = "." in seen and "-" not in seen and not any(x.isalnum() for x in solid)
    gap = "." if dots else "-" if any(x in seen for x in _GAPS) else ""
    return gap + "".join(solid)


def _of_letters(known: Mapping[str, int], gap: str) -> Guess:
    """DNA, RNA or PROTEIN, by letters other than X and N; "-" is the gap where there is one."""
    own = gap + "".join(sorted(known))
    if any(known.keys() == {*pair} for pair in RECODED):
        raise FormatError(f"its letters are {quote_symbols(known)}: bases recoded as two classes, or a protein. "
                          f"Pass {alphabet_option(own)} to learn these letters alone, or "
                          f"{alphabet_option('protein')}.")  # fmt: skip
    total, strange = sum(known.values()), known.keys() - {*_BASES, *CODES}
    share = sum(known.get(x, 0) for x in _BASES) / total
    uracil = known.get("U", 0) > RARE * total
    nucleic = RNA if known.get("U", 0) > known.get("T", 0) else DNA
    if not strange and (uracil or all(_supported(code, known) for code in known.keys() & CODES.keys())):
        return _of_bases(nucleic, known, 1 - share, own)
    if strange and share >= 1 - TRACE:
        return Guess(nucleic, f"{quote_symbols(strange)} are no bases; {_if_protein()}")
    if strange and (uracil or share >= 1 - FEW):
        other = own if uracil else "protein"
        raise FormatError(f"{share:.0%} of its letters are A, C, G, T or U, and {quote_symbols(strange)} are no bases. "
                          f"Pass {alphabet_option(nucleic.name.lower())} and {unknown_option('?')} to read these as unknown, or "
                          f"{alphabet_option(other)}.")  # fmt: skip
    return Guess(PROTEIN, _doubt_of_protein(known, share, nucleic, own))


def _of_bases(nucleic: Alphabet, known: Mapping[str, int], coded: float, own: str) -> Guess:
    """DNA or RNA, of letters that fit it, of which a share is coded."""
    bases = [x for x in _BASES if x in known]
    if coded > HALF:
        raise FormatError(f"{coded:.0%} of its letters would be codes of several bases. Pass "
                          f"{alphabet_option('protein')}, {alphabet_option(nucleic.name.lower())}, or the symbols, "
                          f"{alphabet_option(own)}.")  # fmt: skip
    if coded > FEW:
        return Guess(nucleic, f"its letters are bases and codes of several; {_if_protein()}")
    if "U" not in bases and len(bases) <= 2 and sum(known.values()) >= SMALL:
        return Guess(nucleic, f"its letters are {quote_symbols(bases)} alone; {_if_protein()}")
    if {"T", "U"} <= known.keys():
        return Guess(nucleic, f"T ({known['T']} times) and U ({known['U']}) are read as one base")
    return Guess(nucleic)


def _doubt_of_protein(known: Mapping[str, int], share: float, nucleic: Alphabet, own: str) -> str:
    """What speaks against amino acids."""
    if sum(known.values()) < SMALL:
        return ""
    if share >= HALF:
        return (f"{share:.0%} of its letters could be bases; if they are, pass {alphabet_option(nucleic.name.lower())} and "
                f"{unknown_option('?')}")  # fmt: skip
    if len(known) <= 2:
        return (f"its letters are {quote_symbols(known)} alone; to learn no others, pass "
                f"{alphabet_option(own)}")  # fmt: skip
    return ""


def _if_protein() -> str:
    return f"if these letters are amino acids, pass {alphabet_option('protein')}"


def _supported(code: str, known: Mapping[str, int]) -> bool:
    """Whether all bases that a code stands for come, too."""
    return all(base in known or (base == "T" and "U" in known) for base in CODES[code])


def quote_symbols(symbols: Iterable[str]) -> str:
    """The symbols in words, at most ten of them.

    >>> quote_symbols({"N", "-", "A"}), quote_symbols("ACDEFGHIKLMN")
    ('"-", A and N', 'A, C, D, E, F, G, H, I, K and others')
    """
    words = [x if x.isalnum() else f'"{x}"' for x in sorted(symbols)]
    words = words if len(words) <= 10 else [*words[:9], "others"]
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
