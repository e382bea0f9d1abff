"""Structure: the consensus secondary structure of aligned RNA: that of its file, or one that ViennaRNA predicts."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..data.alphabet import DNA, RNA
from ..data.dataset import Dataset
from ..files.extras import import_extra
from .reference import Rows

FEWEST_SITES = 30
"""Sites of an alignment below which it has no structure that is worth a judge."""

FOLDED = 200
"""Training rows, the first ones, that a consensus structure is predicted from: the time grows with them."""

LOOP = 3
"""The fewest letters between the two of a pair."""

PAIRS = {"AU", "UA", "GC", "CG", "GU", "UG"}
"""The letters that can pair."""

OPEN, CLOSED = "([{<", ")]}>"


def has_structure(data: Dataset) -> bool:
    """Whether data are aligned RNA, or DNA whose alignment has a line "#=GC SS_cons", of `FEWEST_SITES` or more."""
    alphabet = data.alphabets.get("visible")
    structured = alphabet == RNA or (alphabet == DNA and "SS_cons" in data.notes.get("columns", {}))
    return structured and data["visible"].shape[1] >= FEWEST_SITES


def vienna() -> Any:
    """The package ViennaRNA. Raises ValueError, which says how to install it, where it is missing."""
    return import_extra("RNA", "ViennaRNA", "rna", "a secondary structure")


def consensus(train: Rows) -> str:
    """The consensus structure of training rows in brackets and dots, a symbol a site.

    It is that of the line "#=GC SS_cons" of a Stockholm file, without pseudoknots; of other alignments the one with the
    lowest energy averaged over rows, by ViennaRNA's alifold. Raises ValueError for rows that are no aligned RNA
    (`has_structure`), where ViennaRNA is missing, and where no sites pair.
    """
    if not has_structure(train.data):
        raise ValueError(f"judges of RNA take aligned RNA of {FEWEST_SITES} sites or more, and these rows are none")
    sites = train.data["visible"].shape[1]
    noted = str(train.data.notes.get("columns", {}).get("SS_cons", ""))
    found = brackets(noted) if len(noted) == sites else str(vienna().alifold(letters(train.data)[:FOLDED])[0])
    if "(" not in found:
        raise ValueError("the consensus structure of these rows has no pairs")
    return found


def brackets(structure: str) -> str:
    """A structure in WUSS or other brackets as brackets and dots; letters, which are pseudoknots, are dots.

    >>> brackets("<<__>>,(-[..]-)AA:aa")
    '((..)).(.(..).).....'
    """
    return "".join("(" if x in OPEN else ")" if x in CLOSED else "." for x in structure)


def letters(data: Dataset) -> list[str]:
    """Rows as RNA: U for T, N for unknown letters, "-" for gaps."""
    return [str(text).replace("T", "U").replace("?", "N") for text in data.texts("visible")]


def pairs(structure: str) -> list[tuple[int, int]]:
    """The pairs (i, j), i < j, of a structure in brackets and dots. Raises ValueError for brackets that don't match.

    >>> pairs("(.(...))")
    [(2, 6), (0, 7)]
    """
    waiting, found = list[int](), []
    for j, symbol in enumerate(structure):
        if symbol == "(":
            waiting.append(j)
        elif symbol == ")":
            if not waiting:
                raise ValueError(f"the structure {structure} has a bracket without its partner")
            found.append((waiting.pop(), j))
    if waiting:
        raise ValueError(f"the structure {structure} has a bracket without its partner")
    return found


def own_structure(row: str, structure: str) -> tuple[str, str]:
    """The letters of an aligned row without its gaps, and the consensus structure as far as these letters can pair.

    A pair stays where both sites have letters of `PAIRS` with `LOOP` letters or more between them.

    >>> own_structure("G-ACGU-C", "((....))")
    ('GACGUC', '(....)')
    """
    there = np.array([letter != "-" for letter in row])
    place = np.cumsum(there) - 1
    found = ["."] * int(there.sum())
    for i, j in pairs(structure):
        if there[i] and there[j] and row[i] + row[j] in PAIRS and place[j] - place[i] > LOOP:
            found[place[i]], found[place[j]] = "(", ")"
    return row.replace("-", ""), "".join(found)
