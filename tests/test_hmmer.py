"""HMMER: which alphabets it knows, and which columns of rows a profile has."""

from __future__ import annotations

import numpy as np
import pytest

from spinodal.data.alphabet import BINARY, DNA, GRAY, PROTEIN, RNA, Alphabet
from spinodal.data.dataset import Dataset, numbered_names
from spinodal.files.hmmer import Hmmer, kind_of


@pytest.mark.parametrize(("alphabet", "kind"), [
    (PROTEIN, "amino"), (RNA, "rna"), (DNA, "dna"), (Alphabet(tuple("UGCA-")), "rna"),
    (Alphabet(tuple("-HP")), "amino"), (BINARY, None), (GRAY, None), (Alphabet(tuple("AB")), None), (None, None),
])  # fmt: skip
def test_the_kinds_of_letters(alphabet, kind):
    assert kind_of(alphabet) == kind


@pytest.mark.parametrize("alphabet", [PROTEIN, RNA], ids=["protein", "rna"])
def test_columns_of_gaps_are_inserts_unless_every_column_is_wanted(alphabet):
    letters = np.tile(np.random.default_rng(0).integers(1, len(alphabet.symbols), 40), (20, 1)).astype(np.int8)
    letters[1:, :5], letters[19], letters[2, 7] = 0, 0, -1
    data = Dataset({"visible": letters}, {"visible": alphabet}, numbered_names(20))
    hmmer = Hmmer.of(kind_of(alphabet), "this test")
    assert hmmer.texts(data)[2][7] == ("X" if alphabet == PROTEIN else "N")
    assert (hmmer.profile(data).M, hmmer.profile(data, every_column=True).M) == (35, 40)
