"""Aligning: sequences without gaps become rows of the alignment that a run learned."""

from __future__ import annotations

import pytest

import spinodal as sp

from .calls import call
from .toys import files, trained

pytest.importorskip("pyhmmer", reason='pyhmmer is not installed: pip install "spinodal[bio]"')


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = files(tmp_path_factory.mktemp("align"))
    trained(folder / "run").revise(source={"data": str(folder / "family.fasta")})
    return folder


def write(path, *records):
    path.write_text("".join(f">{name}\n{text}\n" for name, text in records))
    return path


def rows(path):
    return sp.read(path).texts("visible").tolist()


def test_sequences_become_rows_of_the_alignment(place, tmp_path, capsys):
    own = rows(place / "family.fasta")[:6]
    free = [row.replace("-", "") for row in own]
    raw = write(tmp_path / "raw.fa", *[(f"s{i} label=x of me", f"G{text}") for i, text in enumerate(free)])
    out = tmp_path / "rows.fasta"
    assert call("align", place / "run", raw, "-o", out) == 0
    assert out.read_text().splitlines()[::2] == [f">s{i} label=x of me" for i in range(6)]
    found = rows(out)
    assert {len(row) for row in found} == {len(own[0])}
    for row, text in zip(found, free):
        assert row.replace("-", "") in f"G{text}"  # letters beyond the ends are inserts
    kept, letters = sum(len(row.replace("-", "")) for row in found), sum(len(text) + 1 for text in free)
    assert f"6 sequences to {out}: {kept} of {letters} letters are in the alignment" in capsys.readouterr().err


def test_a_row_stays_as_it_is(place, tmp_path):
    own = rows(place / "family.fasta")[0]
    out = tmp_path / "rows.fasta"
    assert call("align", place / "run", write(tmp_path / "raw.fa", ("a", own), ("b", f"GGGG{own}")), "-o", out) == 0
    assert rows(out)[0] == own


def test_the_error_of_an_unaligned_file_names_the_command(place, tmp_path, capsys):
    long = write(tmp_path / "long.fasta", ("a", "ACGUACGUACGUACGU" * 3))
    assert call("predict", place / "run", long) == 1
    assert f"spinodal align RUN {long} -o FILE" in capsys.readouterr().err


def test_what_can_not_be_aligned_is_said(place, tmp_path, capsys):
    assert (
        call("align", place / "run", write(tmp_path / "no.fa", ("a", "ACGU"), ("b", "")), "-o", tmp_path / "x.fa") == 1
    )
    assert "the record b has no letters" in capsys.readouterr().err
    sp.save(sp.rbm(sp.Bernoulli(3), visible=sp.Bernoulli(4)), tmp_path / "bits")
    raw = write(tmp_path / "raw.fa", ("a", "ACGU"))
    assert call("align", tmp_path / "bits", raw, "-o", tmp_path / "x.fa") == 1
    assert "only sequences are aligned" in capsys.readouterr().err
    assert not (tmp_path / "x.fa").exists()
