"""Detection: the right alphabet of letters of many kinds, and a refusal where there is none to tell."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spinodal.data.alphabet import BINARY, DNA, PROTEIN, RNA, Alphabet
from spinodal.data.detection import AMBIGUOUS, CODES, count_symbols, detect, guess, in_upper_case
from spinodal.errors import FormatError
from spinodal.files import read

from .formats import write_text

AMINO = "ACDEFGHIKLMNPQRSTVWY"
NATURAL = dict(zip(AMINO, [82, 14, 54, 67, 39, 71, 23, 59, 58, 97, 24, 41, 47, 39, 55, 66, 54, 69, 11, 29]))


def equal(letters: str, n: int = 100, **more: int) -> dict[str, int]:
    return dict.fromkeys(letters, n) | more


SURE = [
    (equal("01"), BINARY),
    (equal("01?"), BINARY),
    (equal("ACGT"), DNA),
    (equal("acgt-"), DNA),
    (equal("ACGU."), RNA),
    (equal("ACGT~", N=900), DNA),
    (equal("ACGT", X=900), DNA),
    (equal("ACGT", R=4, Y=4, n=20), DNA),
    (equal("ACGU", M=9), RNA),
    (equal("GU", R=4), RNA),
    ({"N": 100, "-": 3}, DNA),
    ({"-": 100}, PROTEIN),
    (NATURAL, PROTEIN),
    (in_upper_case(NATURAL) | {"X": 900, "-": 5000}, PROTEIN),
    (NATURAL | {"B": 9, "Z": 9, "U": 2, "O": 1, "J": 1, "*": 10}, PROTEIN),
    (NATURAL | {"A": 400}, PROTEIN),
    ({"M": 3, "K": 3, "V": 4}, PROTEIN),
    ({"C": 9, "H": 9}, PROTEIN),
]
DOUBTFUL = [
    (equal("ACGT", R=60, Y=60, K=40, M=40), DNA, "protein"),
    (equal("ACGU", **dict.fromkeys("RYSWKMBDHVN", 6)), RNA, "protein"),
    ({"G": 48, "A": 45, "S": 7}, PROTEIN, "dna"),
    ({"G": 45, "A": 30, "S": 15, "Y": 5}, PROTEIN, "dna"),
    ({"G": 48, "A": 45}, DNA, "protein"),
    (equal("AGT", C=1, U=40), DNA, ""),
    (equal("ACGU", T=40), RNA, ""),
    ({"H": 200, "P": 300}, PROTEIN, "HP"),
    ({"H": 200, "P": 300, ".": 1}, PROTEIN, "-HP"),
]
REFUSED = [
    (equal("01-"), ["binary", "-01"]),
    (equal("01", **{".": 3}), ["binary", "-01"]),
    (equal("01N"), ["binary", "01N"]),
    (equal("012"), ["012"]),
    (equal("0123456789-"), ["-0123456789"]),
    (equal("()."), [".()"]),
    (equal("RY-"), ["-RY", "protein"]),
    (equal("WS"), ["SW", "protein"]),
    (equal("km"), ["KM", "protein"]),
    (equal("ACGT", RYSWKM=0, **dict.fromkeys("RYSWKM", 90)), ["protein", "dna", "ACGKMRSTWY"]),
    (equal("ACGT", E=20), ["dna", "protein"]),
    (equal("ACGU", I=200), ["rna", "ACGIU"]),
]
del REFUSED[9][0]["RYSWKM"]


@pytest.mark.parametrize(("seen", "alphabet"), SURE, ids=str)
def test_letters_that_are_sure(seen: dict[str, int], alphabet: Alphabet) -> None:
    assert guess(seen).alphabet.name == alphabet.name
    assert not guess(seen).doubt


@pytest.mark.parametrize(("seen", "alphabet", "other"), DOUBTFUL, ids=str)
def test_letters_that_could_be_others(seen: dict[str, int], alphabet: Alphabet, other: str) -> None:
    found = guess(seen)
    assert found.alphabet.name == alphabet.name
    assert found.doubt
    assert not other or f'(in a shell --alphabet "{other}")' in found.doubt


@pytest.mark.parametrize(("seen", "choices"), REFUSED, ids=str)
def test_letters_that_no_one_can_tell(seen: dict[str, int], choices: list[str]) -> None:
    with pytest.raises(FormatError) as error:
        guess(seen)
    said = str(error.value)
    assert re.findall(r'--alphabet "([^"]*)"', said) == choices
    assert 'unknown="-"' not in said
    assert "\n" not in said


@pytest.mark.parametrize(("seen", "choices"), REFUSED, ids=str)
def test_what_a_refusal_advises_is_read(seen: dict[str, int], choices: list[str], tmp_path: Path) -> None:
    """Every choice keeps the letters of its own; unknown are only those that a refusal calls so."""
    letters = np.repeat(list(seen), [max(n // 10, 1) for n in seen.values()])
    path = write_text(tmp_path, "a.fa", "".join(f">{i}\n{x * 3}\n" for i, x in enumerate(letters)))
    for choice in choices:
        unknown = "?" if choice in ("binary", "dna", "rna") else None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            data = read(path, alphabet=choice, unknown=unknown)
        assert (data["visible"] >= 0).mean() >= (0.25 if unknown else 1)


def test_gaps_between_bits_are_unknown_where_that_is_asked_for(tmp_path: Path) -> None:
    path = write_text(tmp_path, "a.fa", ">a\n01-1\n>b\n0.1N\n")
    with pytest.warns(UserWarning, match=r'3 of 8 cells \(0.38\) are "-", "." and N, which are not in BINARY'):
        data = read(path, unknown="?")
    assert data["visible"].tolist() == [[0, 1, -1, 1], [0, -1, 1, -1]]
    assert data.alphabets["visible"] == BINARY
    with pytest.raises(FormatError, match=r'a.fa: between 0 and 1 it has "-", "." and N'):
        read(path)


@given(st.sampled_from([DNA, RNA]), st.data())
def test_bases_with_codes_are_bases(nucleic: Alphabet, data: st.DataObject) -> None:
    bases = "".join(nucleic.symbols[1:])
    counts = {x: data.draw(st.integers(50, 200)) for x in bases}
    codes = {x: data.draw(st.integers(0, 4)) for x in [*CODES, "N", "X"]}
    found = guess({x: n for x, n in (counts | codes).items() if n})
    assert found.alphabet.name == nucleic.name


@given(st.dictionaries(st.sampled_from([chr(i) for i in range(33, 127)]), st.integers(1, 999), min_size=1, max_size=8))
def test_anything_has_an_answer_or_a_choice(seen: dict[str, int]) -> None:
    said = answer(seen)
    assert said in ("BINARY", "DNA", "RNA", "PROTEIN") or "--alphabet" in said
    assert said == answer(in_upper_case(seen))


@given(
    st.dictionaries(st.sampled_from("ACGTURYSWKMNXEFILPQ01-"), st.integers(50, 999), min_size=1, max_size=9),
    st.integers(1, 9),
)
def test_an_answer_depends_on_shares_alone(seen: dict[str, int], times: int) -> None:
    assert answer(seen) == answer({x: times * n for x, n in seen.items()})


def answer(seen: dict[str, int]) -> str:
    try:
        return guess(seen).alphabet.name
    except FormatError as error:
        return str(error)


def test_symbols_are_counted_in_texts_and_in_bytes() -> None:
    texts = ["aC-", "AC?"]
    spelling = np.frombuffer("".join(texts).encode(), np.uint8).reshape(2, 3)
    assert count_symbols(texts) == count_symbols(spelling) == {"-": 1, "?": 1, "A": 1, "C": 2, "a": 1}
    assert detect(texts) == DNA


# What a reader is told


def rows_of(seen: dict[str, int], sites: int = 20) -> str:
    letters = np.repeat(list(seen), list(seen.values()))
    letters = np.random.default_rng(0).permutation(letters)[: len(letters) // sites * sites].reshape(-1, sites)
    return "".join(f">s{i}\n{''.join(row)}\n" for i, row in enumerate(letters))


@pytest.mark.parametrize("alphabet", [DNA, RNA, PROTEIN], ids=str)
def test_ambiguous_letters_are_unknown_with_their_share(alphabet: Alphabet, tmp_path: Path) -> None:
    text = ">a\nACGTNX-\n>b\nACGTACG\n" if alphabet != PROTEIN else ">a\nMKLBXZ-\n>b\nMKLEEFI\n"
    text = text.replace("T", "U") if alphabet == RNA else text
    n = 3 if alphabet == PROTEIN else 2
    path = write_text(tmp_path, "a.fa", text)
    for asked in (None, alphabet, Alphabet(alphabet.symbols)):
        with pytest.warns(UserWarning, match=rf"a.fa: {n} of 14 cells \({n / 14:.2g}\) are .* in 1 of 2 rows") as said:
            data = read(path, alphabet=asked)
        assert len(said) == 1
        assert said[0].filename == __file__
        assert (data["visible"] < 0).sum() == n
    assert not set(AMBIGUOUS[alphabet]) & set(alphabet.symbols)


def test_a_table_says_the_same(tmp_path: Path) -> None:
    path = write_text(tmp_path, "a.csv", "name,sequence\na,ACGTN\nb,ACGTA\n")
    with pytest.warns(UserWarning, match=r"a.csv: 1 of 10 cells \(0.1\) are N") as said:
        assert read(path).texts("visible").tolist() == ["ACGT?", "ACGTA"]
    assert said[0].filename == __file__


def test_a_doubt_is_said(tmp_path: Path) -> None:
    path = write_text(tmp_path, "silk.fa", rows_of({"G": 480, "A": 450, "S": 70}))
    with pytest.warns(UserWarning, match="silk.fa is read as PROTEIN: 93% of its letters could be bases") as said:
        assert read(path).alphabets["visible"] == PROTEIN
    assert said[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read(path, alphabet="protein").alphabets["visible"] == PROTEIN


def test_heterozygotes_are_not_amino_acids(tmp_path: Path) -> None:
    path = write_text(tmp_path, "snp.fa", rows_of(equal("ACGT", R=60, Y=60, K=40, M=40)))
    with pytest.warns(UserWarning, match="snp.fa") as said:
        data = read(path)
    assert data.alphabets["visible"] == DNA
    assert [re.sub(r".*snp.fa", "", str(w.message))[:14] for w in said] == [" is read as DN", ": 200 of 600 c"]
    assert (data["visible"] < 0).sum() == 200


@pytest.mark.parametrize("unknown", [None, "-", "?"])
def test_letters_of_another_alphabet_are_refused(unknown: str | None, tmp_path: Path) -> None:
    path = write_text(tmp_path, "a.fa", rows_of(NATURAL))
    with pytest.raises(FormatError, match=r"a.fa: \d\d% of the symbols, E, F, .* are not in RNA: these data are in"):
        read(path, alphabet="rna", unknown=unknown)


@pytest.mark.parametrize(
    ("name", "alphabet"),
    [("sam/sam.fasta.gz", RNA), ("s1a/s1a.fasta.gz", PROTEIN), ("gh5/gh5.fasta.gz", PROTEIN)],
)
def test_real_alignments_are_read_without_a_word(data: Path, name: str, alphabet: Alphabet) -> None:
    assert read(data / name).alphabets["visible"] == alphabet


@pytest.mark.parametrize("share", [0.02, 0.15, 0.4])
def test_a_real_alignment_stays_rna_whatever_share_is_codes(data: Path, share: float, tmp_path: Path) -> None:
    rows = read(data / "sam/sam.fasta.gz").select(range(300))
    random = np.random.default_rng(0)
    letters = np.array(list("-ACGU"))[rows["visible"]]
    coded = (random.random(letters.shape) < share) & (letters != "-")
    letters[coded] = random.choice(list("RYSWKMBDHV"), coded.sum())
    path = write_text(tmp_path, "a.fa", "".join(f">{i}\n{''.join(row)}\n" for i, row in enumerate(letters)))
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        again = read(path)
    assert again.alphabets["visible"] == RNA
    assert ((again["visible"] < 0) == coded).all()
    assert f"{coded.sum()} of {coded.size} cells ({coded.mean():.2g})" in str(said[-1].message)
    assert len(said) == (1 if share < 0.1 else 2)
