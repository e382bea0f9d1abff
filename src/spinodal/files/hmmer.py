"""HMMER: aligned rows of proteins, RNA and DNA as sequences of HMMER, and profile hidden Markov models of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..data.alphabet import Alphabet
from ..data.dataset import Dataset
from .extras import import_extra

KINDS = {"rna": "ACGU", "dna": "ACGT", "amino": "ACDEFGHIKLMNPQRSTVWY"}
"""The letters of the alphabets that HMMER knows, by their names there."""


def kind_of(alphabet: Alphabet | None) -> str | None:
    """The name of HMMER's alphabet that has all of these letters; None if none has.

    >>> from ..data.alphabet import BINARY, PROTEIN
    >>> kind_of(PROTEIN), kind_of(BINARY)
    ('amino', None)
    """
    own = {*alphabet.symbols} - {"-"} if alphabet else set()
    return next((kind for kind, letters in KINDS.items() if own and own <= {*letters}), None)


@dataclass(frozen=True, eq=False)
class Hmmer:
    """HMMER for sequences of one kind.

    library   the package pyhmmer
    alphabet  the kind of letters, as HMMER has it
    anything  the letter that stands for any letter
    """

    library: Any
    alphabet: Any
    anything: str

    @staticmethod
    def of(kind: str, what: str) -> Hmmer:
        """HMMER for a kind of letters (KINDS). what: what needs it, for the error.

        Raises ValueError, which says how to install pyhmmer, if it is missing.
        """
        library = import_extra("pyhmmer", "pyhmmer", "bio", what)
        alphabet = getattr(library.easel.Alphabet, kind)()
        return Hmmer(library, alphabet, "X" if kind == "amino" else "N")

    def texts(self, data: Dataset) -> list[str]:
        """The rows as text; an unknown letter is any letter."""
        return [str(text).replace("?", self.anything) for text in data.texts("visible")]

    def sequences(self, texts: Iterable[tuple[str, str]]) -> Any:
        """Sequences without gaps, by name, as a block of HMMER's."""
        sequence = self.library.easel.TextSequence
        digital = [sequence(name=name, sequence=text).digitize(self.alphabet) for name, text in texts]
        return self.library.easel.DigitalSequenceBlock(self.alphabet, digital)

    def profile(self, data: Dataset, every_column: bool = False) -> Any:
        """The profile of aligned rows, by HMMER's defaults: columns where most rows have a gap are inserts.

        every_column: every column is a match column. Rows without a letter are left out.
        """
        rows = [text for text in self.texts(data) if text.strip("-")]
        own = [self.library.easel.TextSequence(name=str(i), sequence=text) for i, text in enumerate(rows)]
        aligned = self.library.easel.TextMSA(name="profile", sequences=own)
        if every_column:
            aligned.reference = "x" * len(rows[0])
        build = self.library.plan7.Builder(self.alphabet, architecture="hand" if every_column else "fast").build_msa
        return build(aligned.digitize(self.alphabet), self.library.plan7.Background(self.alphabet))[0]
