from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spinodal.data.alphabet import BINARY, DNA, PROTEIN, RNA, Alphabet, find_alphabet
from spinodal.data.detection import detect
from spinodal.errors import FormatError

WORDS = Alphabet(("elastase", "trypsin", "tryptase"), "function")
ALPHABETS = [BINARY, RNA, DNA, PROTEIN, Alphabet(("a", "A", "b"))]


def bytes_of(texts: list[str]) -> np.ndarray:
    return np.frombuffer("".join(texts).encode("latin-1"), dtype=np.uint8).reshape(len(texts), -1)


@pytest.mark.parametrize("alphabet", [*ALPHABETS, WORDS], ids=str)
@settings(deadline=None)
@given(data=st.data())
def test_encode_after_decode_is_identity(alphabet: Alphabet, data: st.DataObject) -> None:
    sites = 1 if alphabet is WORDS else data.draw(st.integers(1, 6))
    row = st.lists(st.integers(-1, len(alphabet.symbols) - 1), min_size=sites, max_size=sites)
    letters = np.array(data.draw(st.lists(row, min_size=1, max_size=5)))
    unknown = "" if alphabet is WORDS else "?"
    assert (alphabet.encode(alphabet.decode(letters, unknown)) == letters).all()


@pytest.mark.parametrize("alphabet", ALPHABETS[1:4], ids=str)
def test_other_spellings_read_the_same(alphabet: Alphabet) -> None:
    plain = alphabet.encode(["-ACG", "CG--"])
    for spelling in (["-acg", "cg--"], [".ACG", "CG.."], ["~aCg", "cG~."]):
        assert (alphabet.encode(spelling) == plain).all()
        assert (alphabet.encode(bytes_of(spelling)) == plain).all()


def test_t_and_u_are_each_other_in_nucleic_acids() -> None:
    assert (RNA.encode(["TU"]) == 4).all()
    assert (DNA.encode(["tU"]) == 4).all()


def test_foreign_letters() -> None:
    names = ["a", "tr|A0A1"]
    texts = ["ACD", "ACJ"]
    with pytest.raises(FormatError) as error:
        PROTEIN.encode(texts, names=names)
    assert str(error.value) == (
        'seq 2 "tr|A0A1": symbol "J" at column 3 is not in PROTEIN. '
        'Pass unknown="?" (in a shell --unknown "?") to read it as unknown.'
    )
    assert PROTEIN.encode(texts, unknown="-")[1, 2] == 0
    assert PROTEIN.encode(texts, unknown="?")[1, 2] == -1
    with pytest.raises(FormatError, match=r'seq 1: symbol "2" at column 2 is not in BINARY. Pass unknown="[?]" '):
        BINARY.encode(["12"])
    with pytest.raises(FormatError, match='symbol "c" at column 1 is not in "ab"'):
        Alphabet(("a", "b")).encode(["c"])
    with pytest.raises(ValueError, match='unknown="x" is not in PROTEIN'):
        PROTEIN.encode(texts, unknown="x")


def test_ambiguous_letters_are_unknown() -> None:
    assert DNA.encode(["ANr"], ambiguous="NR").tolist() == [[1, -1, -1]]
    assert DNA.encode(["ANr"], unknown="-", ambiguous="R").tolist() == [[1, 0, -1]]
    with pytest.raises(FormatError, match='symbol "n" at column 2'):
        DNA.encode(["An"], ambiguous="R")


def test_letters_beyond_ascii_are_foreign() -> None:
    with pytest.raises(FormatError, match='symbol "é" at column 2'):
        PROTEIN.encode(["Aé"])
    with pytest.raises(FormatError, match="at column 1"):
        PROTEIN.encode(["→A"])


def test_foreign_words() -> None:
    assert WORDS.encode(["trypsin", ""]).tolist() == [[1], [-1]]
    with pytest.raises(FormatError, match=r'seq 2 "b": "Trypsin" is not in function. Pass unknown="[?]"'):
        WORDS.encode(["trypsin", "Trypsin"], names=["a", "b"])
    assert WORDS.encode(["foo"], unknown="?").tolist() == [[-1]]
    with pytest.raises(FormatError, match='is not in "ab", "c"'):
        Alphabet(("ab", "c")).encode(["d"])


def test_ragged_and_empty_texts() -> None:
    assert RNA.encode(["AC", ""]).tolist() == [[1, 2], [-1, -1]]
    assert RNA.encode([]).shape[0] == 0
    with pytest.raises(FormatError, match="seq 2 has 1 symbols, others have 3"):
        RNA.encode(["ACG", "A"])


def test_decode_words_of_several_sites() -> None:
    assert WORDS.decode(np.array([[0, 1], [2, -1]])).tolist() == ["elastase trypsin", "tryptase ?"]


def test_numbers_are_as_small_as_they_can_be() -> None:
    assert PROTEIN.encode(["A"]).dtype == np.int8
    assert Alphabet(tuple(map(str, range(300)))).encode(["299"]).dtype == np.int16


def test_symbols_are_distinct() -> None:
    with pytest.raises(ValueError, match="distinct"):
        Alphabet(("a", "a"))
    with pytest.raises(ValueError, match="not empty"):
        Alphabet(("a", ""))


def test_name_is_no_part_of_equality() -> None:
    assert Alphabet(("0", "1"), "x") == BINARY


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (["0101", "1??0"], BINARY),
        (["acgt", "AC-N"], DNA),
        (["ACGG"], DNA),
        (["ACGU-"], RNA),
        (["MKVLA", "ACGT-"], PROTEIN),
        (["----"], PROTEIN),
    ],
)
def test_detect(texts: list[str], found: Alphabet) -> None:
    assert detect(texts).name == found.name
    assert find_alphabet(found.name.lower()) is found


def test_named() -> None:
    assert find_alphabet("HP").symbols == ("H", "P")
    assert find_alphabet(WORDS) is WORDS


@pytest.mark.parametrize(("word", "twin"), [("nucleotide", "e"), ("aa", "a"), ("-ACA", "A")])
def test_words_that_name_no_alphabet(word: str, twin: str) -> None:
    with pytest.raises(
        ValueError, match=rf'"{word}" is no alphabet that is known by name \(protein, .* "{twin}" twice'
    ):
        find_alphabet(word)


def test_an_alphabet_of_known_symbols_is_called_by_its_name() -> None:
    assert [Alphabet(own.symbols).called for own in ALPHABETS[:4]] == [own.name for own in ALPHABETS[:4]]
    assert Alphabet(("U", "A")).called == '"UA"'


def test_units_and_back() -> None:
    bernoulli, potts = BINARY.units(3), RNA.units(7)
    assert type(bernoulli).__name__ == "Bernoulli"
    assert type(potts).__name__ == "Potts"
    assert Alphabet.of(bernoulli) == BINARY
    assert Alphabet.of(potts) == RNA


def test_numbers_of_another_alphabet() -> None:
    assert RNA.numbers_of(DNA.symbols).tolist() == [0, 1, 2, 3, 4]
    assert RNA.numbers_of(["A", "X", "trypsin"]).tolist() == [1, -1, -1]
    assert RNA.numbers_of(["A", "X"], unknown="-").tolist() == [1, 0]
    assert WORDS.numbers_of(["t", "trypsin"]).tolist() == [-1, 1]
