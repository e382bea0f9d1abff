"""Variants: named mutants such as A24G or A24G:T56S, as changes of letters in the columns of an alignment."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..data.alphabet import Alphabet
from .mutations import Mutants
from .numbering import INSERT, Numbering

SEPARATOR = ":"
"""It separates the substitutions of a mutant."""

_SUBSTITUTION = re.compile(r"([A-Za-z])(-?\d{1,9})([A-Za-z])")
_OTHER = re.compile(r"[A-Za-z*]?-?\d{1,9}(_[A-Za-z]?\d+)?(-|\*|=|del|ins|dup|fs|ter|stop)[A-Za-z*\d]*", re.IGNORECASE)


@dataclass(frozen=True)
class Substitution:
    """The letter `old` of number `position` becomes `new`; letters are upper case."""

    old: str
    position: int
    new: str


@dataclass(frozen=True)
class Matched:
    """Named mutants as changes of an alignment's row.

    names    all names, (n,)
    mutants  those that can be scored, in their order
    rows     their places among the names
    reasons  why a name can't be scored, by its place among the names
    """

    names: Sequence[str]
    mutants: Mutants
    rows: Sequence[int]
    reasons: dict[int, str]


def parse(name: str) -> list[Substitution] | str:
    """The substitutions of a named mutant, or the reason why it has none.

    >>> parse("A24G:t56s")
    [Substitution(old='A', position=24, new='G'), Substitution(old='T', position=56, new='S')]
    >>> parse("A24del"), parse("24")
    ('A24del is no substitution', '"24" is not of the form A24G')
    """
    found = []
    for word in name.split(SEPARATOR):
        parts = _SUBSTITUTION.fullmatch(word.strip())
        if parts is None:
            is_other = _OTHER.fullmatch(word.strip())
            return f"{word.strip()} is no substitution" if is_other else f'"{word.strip()}" is not of the form A24G'
        found.append(Substitution(parts[1].upper(), int(parts[2]), parts[3].upper()))
    if len({x.position for x in found}) < len(found):
        return "it changes a position twice"
    return found


def match(names: Sequence[str], numbering: Numbering, alphabet: Alphabet) -> Matched:
    """Named mutants as changes of the row of an alignment whose letters are numbered; see `parse`."""
    changes, rows, reasons = [], [], dict[int, str]()
    for row, name in enumerate(names):
        found = parse(name)
        own = found if isinstance(found, str) else _changes(found, numbering, alphabet)
        if isinstance(own, str):
            reasons[row] = own
        else:
            changes.append(own)
            rows.append(row)
    return Matched(names, Mutants.of(changes), rows, reasons)


def _changes(found: Iterable[Substitution], numbering: Numbering, alphabet: Alphabet) -> list[tuple[int, int]] | str:
    """The (column, letter) of each substitution, or why one can't be scored."""
    changes = []
    for one in found:
        letter = numbering.letter(one.position)
        if letter is None:
            return f"{one.position} is outside of the wild type, {numbering.first} to {numbering.last}"
        old, own, new = alphabet.numbers_of([one.old, letter, one.new]).tolist()
        if old != own or (old < 0 and one.old != letter):
            return f"the wild type has {letter} at {one.position}, not {one.old}"
        if new < 0:
            return f"the letter {one.new} is not in {alphabet.called}"
        if (column := numbering.column(one.position)) == INSERT:
            return f"{one.position} is an insert: the alignment has no column for it"
        changes.append((column, new))
    return changes


def unmatched(found: Matched, lines: Sequence[int], numbering: Numbering) -> str:
    """What to say of the names that can't be scored: how many, the first, and which numbering fits better; "" of none.

    lines: the line of each name in its file.
    """
    if not found.reasons:
        return ""
    row, reason = next(iter(found.reasons.items()))
    said = (f"{len(found.reasons)} of {len(found.names)} mutants can't be scored, the first is "
            f'"{found.names[row]}" in line {lines[row]}: {reason}')  # fmt: skip
    votes = agreement(found.names, numbering)
    first = max(votes, key=lambda x: (votes[x], -abs(x - numbering.first)), default=numbering.first)
    if votes[first] <= votes[numbering.first]:
        return said
    return (f"{said}. Is the numbering off by {first - numbering.first:+d}? With {first} as the number of the first "
            f"letter (--first {first}) {votes[first]} wild-type letters of the mutants agree, with {numbering.first} "
            f"{votes[numbering.first]}")  # fmt: skip


def agreement(names: Iterable[str], numbering: Numbering) -> Counter[int]:
    """How many different wild-type letters of substitutions agree with the sequence, by the number of its first letter.

    >>> import numpy as np
    >>> agreement(["A24G", "C25G", "C25T"], Numbering("GAC", np.arange(3))).most_common(1)
    [(23, 2)]
    """
    parsed = (found for found in map(parse, names) if not isinstance(found, str))
    wanted = {(one.old, one.position) for found in parsed for one in found}
    places: dict[str, list[int]] = {}
    for i, letter in enumerate(numbering.sequence):
        places.setdefault(letter, []).append(i)
    return Counter(position - i for old, position in wanted for i in places.get(old, ()))
