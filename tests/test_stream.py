"""What is too large for memory is read, cut and counted as what isn't; archives that are traps are refused."""

from __future__ import annotations

import errno
import gzip
import io
import json
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import spinodal as sp
from spinodal.data import row_blocks
from spinodal.data.alphabet import BINARY, DNA, PROTEIN, RNA
from spinodal.data.dataset import Dataset, label_column, numbered_names
from spinodal.data.detection import detect
from spinodal.data.row_blocks import (
    blocks,
    concatenate_blocks,
    count_distinct,
    is_mapped,
    select_rows,
    sum_blocks,
    text_array,
    transpose,
)
from spinodal.errors import FormatError
from spinodal.files import fasta, opened, read, write

from .formats import check_same, datasets, few, write_text


@pytest.fixture
def tiny(monkeypatch):
    """Nothing is small: blocks are of a row or two, and all that is made of them is mapped."""
    for where, name, size in [
        (row_blocks, "LARGE", 1),
        (row_blocks, "BLOCK", 9),
        (fasta, "BLOCK", 7),
        (opened, "PIECE", 5),
    ]:
        monkeypatch.setattr(where, name, size)


def everything_is_large(monkeypatch, read_at_once=5, block=7):
    monkeypatch.setattr(row_blocks, "LARGE", 1)
    monkeypatch.setattr(row_blocks, "BLOCK", 9)
    monkeypatch.setattr(fasta, "BLOCK", block)
    monkeypatch.setattr(opened, "PIECE", read_at_once)


# Columns

matrices = st.integers(0, 9).flatmap(
    lambda n: st.integers(1, 12).map(lambda sites: np.random.default_rng(n).integers(-1, 3, (n, sites)).astype(np.int8))
)


@pytest.mark.parametrize("size", [1, 9, 10**6])
@few
@given(column=matrices)
def test_blocks_are_the_column(size, column):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(row_blocks, "BLOCK", size)
        parts = list(blocks(column))
        assert all(len(part) == 1 or part.nbytes <= size for part in parts)
        assert np.array_equal(np.concatenate(parts), column)
        assert sum_blocks(len, column) == len(column)
        assert count_distinct(column) == len(set(map(tuple, column.tolist())))


@pytest.mark.parametrize("large", [1, 20, 10**6])
@few
@given(column=matrices, cuts=st.lists(st.integers(0, 9), max_size=4))
def test_what_is_gathered_is_what_came(large, column, cuts):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(row_blocks, "LARGE", large)
        again = concatenate_blocks(iter(np.split(column, sorted(cuts))))
        assert is_mapped(again) == (column.nbytes >= large)
        assert np.array_equal(again, column)
        assert again.dtype == column.dtype


@pytest.mark.parametrize("large", [1, 20, 10**6])
@few
@given(column=matrices.filter(len))
def test_the_transpose_of_blocks(large, column):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(row_blocks, "LARGE", large)
        assert np.array_equal(transpose(concatenate_blocks([column])), column.T)


@pytest.mark.parametrize(
    "rows", [slice(2, 7), slice(None, None, -2), [3, 3, 0, -1], [], np.arange(8) % 3 == 1], ids=str
)
def test_rows_are_taken_alike_from_files_and_arrays(rows, tiny):
    column = np.arange(40, dtype=np.int16).reshape(8, 5)
    mapped = concatenate_blocks([column])
    assert is_mapped(mapped)
    assert not is_mapped(select_rows(column, rows))
    assert np.array_equal(select_rows(mapped, rows), column[rows])
    assert is_mapped(select_rows(mapped, rows)) == (column[rows].size > 0)


def test_a_file_is_gone_with_who_used_it(tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    column = concatenate_blocks([np.ones((3, 3), np.int8)])
    assert column.sum() == 9
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("number", "said"),
    [(errno.ENOSPC, "set TMPDIR to a folder on a disk"), (errno.EDQUOT, "set TMPDIR"), (errno.EIO, "odd")],
)
def test_a_full_disk_is_said_with_how_to_mend_it(number, said, tiny, monkeypatch):
    class Full(io.BytesIO):
        def write(self, _):
            raise OSError(number, "odd")

    monkeypatch.setattr(tempfile, "TemporaryFile", Full)
    with pytest.raises(OSError, match=said) as error:
        concatenate_blocks([np.ones((3, 3), np.int8)])
    assert error.value.errno == number


def test_one_long_word_widens_no_others(monkeypatch):
    assert text_array([]).dtype.kind == "U"
    assert text_array(["ab", "c" * 1000]).dtype == "<U1000"
    monkeypatch.setattr(row_blocks, "LARGE", 100)
    words = ["ab"] * 99 + ["c" * 1000]
    assert text_array(words).dtype == object
    assert text_array(words).tolist() == words
    assert text_array(["abc"] * 1000).dtype == "<U3"


# Reading

SAMPLE = ">a first\nACGU-\n>b\nAC-UU\n>c label=x\nAC\nGG\nG\n\n"


@pytest.mark.parametrize("text", [SAMPLE, SAMPLE.replace("\n", "\r\n"), "\n\n \n" + SAMPLE, "\ufeff" + SAMPLE.strip()])
@pytest.mark.parametrize("suffix", ["", ".gz", ".zip"])
@pytest.mark.parametrize("sizes", [(3, 1), (5, 7), (16, 40), (999, 3)])
def test_blocks_of_fasta_are_the_file(text, suffix, sizes, tmp_path, monkeypatch):
    path = tmp_path / f"a.fasta{suffix}"
    if suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("inner.fa", text)
    else:
        path.write_bytes(gzip.compress(text.encode()) if suffix else text.encode())
    whole = read(path)
    everything_is_large(monkeypatch, *sizes)
    check_same(read(path), whole)
    assert is_mapped(read(path)["visible"])
    assert not is_mapped(whole["visible"])


@few
@given(data=datasets(), sizes=st.tuples(st.integers(3, 30), st.integers(1, 30)))
def test_large_alignments_come_back(data, sizes):
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        write(data, Path(folder) / "a.fasta")
        whole = (Path(folder) / "a.fasta").read_bytes()
        everything_is_large(patch, *sizes)
        again = read(Path(folder) / "a.fasta", alphabet=PROTEIN)
        check_same(again, data)
        write(again, Path(folder) / "b.fasta")
        assert (Path(folder) / "b.fasta").read_bytes() == whole


@pytest.mark.parametrize("letters", ["ACGT-", "ACGU", "01", "MKV", "-----"])
@pytest.mark.parametrize("first", ["-----", "AAAAA"])
def test_the_alphabet_is_that_of_all_rows(letters, first, tiny, tmp_path):
    rows = [first, *(letters * 5)[:45:9], *[(letters * 5)[:5]] * 30]
    rows = [row if len(row) == 5 else row * 5 for row in rows]
    if letters == "01":
        rows = rows[1:]
    text = "".join(f">{i}\n{row}\n" for i, row in enumerate(rows))
    expected = detect(np.array(rows))
    assert read(write_text(tmp_path, "a.fa", text)).alphabets["visible"] == expected
    assert expected in (DNA, RNA, BINARY, PROTEIN)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\n",
        "\nACGU\n>a\nACGU\n>b\nACGU\n",
        ">a\nACG\n>b\nAC\0\n>c\nACG\n",
        ">a\n>b\n",
        ">a\nACG\n>b\nACG\n>c x\nAC\n>d\nACG\n",
        ">a\nACG\n>b\n>c x\nACG\n",
        ">a\nMKV\n>b\nMKL\n>c\nMKL\n>d\nMKJ\n",
    ],
)
@pytest.mark.parametrize("sizes", [(1, 1), (5, 7)])
def test_mistakes_are_called_the_same_in_any_block(text, sizes, tmp_path, monkeypatch):
    path = write_text(tmp_path, "a.fa", text)
    with pytest.raises(FormatError) as whole:
        read(path)
    everything_is_large(monkeypatch, *sizes)
    with pytest.raises(FormatError) as piecewise:
        read(path)
    assert str(piecewise.value) == str(whole.value)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is measured on Linux")
def test_reading_takes_little_more_memory_than_its_files(tmp_path):
    letters = np.random.default_rng(0).choice(np.frombuffer(b"-ACDEFGHIKLM", np.uint8), (20_000, 1000))
    path = tmp_path / "a.fasta"
    path.write_bytes(b"".join(b">%d\n%s\n" % (i, row.tobytes()) for i, row in enumerate(letters)))
    code = (
        "import sys; from spinodal.data import row_blocks; from spinodal.files import fasta, opened, read; "
        "row_blocks.BLOCK = fasta.BLOCK = opened.PIECE = row_blocks.LARGE = 2**19; "
        "peak = lambda: int(open('/proc/self/status').read().split('VmHWM:')[1].split()[0]) * 1024; "
        "before = peak(); read(sys.argv[1]); print(peak() - before)"
    )
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 3.5 * letters.nbytes  # the spelling and the letters, both mapped, and names


def test_foreign_letters_of_large_files_stand_for_something(tiny, tmp_path):
    path = write_text(tmp_path, "a.fa", ">a\nMKV\n>b\nMKJ\n")
    with pytest.warns(UserWarning, match="1 of 6 cells .* are J, which are not in PROTEIN: they are read as unknown"):
        assert read(path, unknown="?")["visible"][1].tolist() == [11, 9, -1]


@pytest.mark.parametrize("haploid", [False, True])
def test_genomes_of_large_files_are_the_file(haploid, tmp_path, monkeypatch):
    pytest.importorskip("cyvcf2")
    calls = ["0|1", "1|1", ".|0", "0|0", "1" if haploid else "1|0"]
    lines = ["##fileformat=VCFv4.2", "##contig=<ID=1>", '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">']
    lines += ["\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *"abcd"])]
    fields = [[*(calls[(i + j) % 4] for j in range(3)), calls[4]] for i in range(9)]
    lines += ["\t".join(["1", str(i + 1), ".", "A", "C", ".", ".", ".", "GT", *row]) for i, row in enumerate(fields)]
    path = write_text(tmp_path, "a.vcf", "\n".join([*lines, ""]))
    whole = read(path)
    everything_is_large(monkeypatch)
    again = read(path)
    check_same(again, whole)
    assert again["visible"].shape == (8 - haploid, 9)
    assert is_mapped(again["visible"])


# Datasets


def lettered(mapped):
    random = np.random.default_rng(0)
    letters = np.where(random.random((60, 7)) < 0.1, -1, random.integers(0, 4, (60, 7))).astype(np.int8)
    letters[:, 2], letters[::5] = 3, letters[0]
    label, names = label_column(random.choice(["x", "y", ""], 60))
    table = {"split": np.array(["train", "test", "train"] * 20)}
    column = concatenate_blocks([letters[:20], letters[20:]]) if mapped else letters
    return Dataset({"visible": column, "label": label}, {"visible": RNA, "label": names}, numbered_names(60), table)


@pytest.fixture
def pair(tiny):
    both = lettered(True), lettered(False)
    assert [is_mapped(data["visible"]) for data in both] == [True, False]
    return both


@pytest.mark.parametrize(
    "cut",
    [
        lambda data: data.select(np.arange(60)[::-3]),
        lambda data: data.select(data.whole),
        lambda data: data.select(slice(5, 20)),
        lambda data: data.where(split="train"),
        lambda data: data.where(label="x"),
        lambda data: data.split(0.8)[0],
        lambda data: data.split("split")[1],
        lambda data: data.recoded({"visible": PROTEIN}, "-"),
        lambda data: data.recoded({"visible": DNA}),
    ],
)
def test_parts_of_mapped_data_are_mapped_and_the_same(pair, cut):
    mapped, plain = map(cut, pair)
    check_same(mapped, plain)
    assert is_mapped(mapped["visible"])


def test_mapped_data_are_the_same_to_whoever_asks(pair):
    mapped, plain = pair
    assert mapped.describe() == plain.describe()
    assert mapped.sha256 == plain.sha256
    assert (mapped.whole == plain.whole).all()
    assert mapped.texts("visible").tolist() == plain.texts("visible").tolist()
    for k, x in plain.frequencies().items():
        assert mapped.frequencies()[k].equal(x)
    for one, other in zip(islice(mapped.batches(7), 20), islice(plain.batches(7), 20)):
        assert all(one[k].equal(other[k]) for k in one)
    for data in pair:
        with pytest.raises(ValueError, match='"visible" has "-", "A", "C", "G"; there are: "0", "1"'):
            data.recoded({"visible": BINARY})


def test_a_run_on_mapped_data_goes_on(tiny, tmp_path, capsys):
    from spinodal.cli.main import main

    data = replace(lettered(False).select(lettered(False).whole), table={})
    write(data, tmp_path / "a.fasta")
    what = [str(tmp_path / "a.fasta"), "--hidden", "3", "--batch", "5", "--steps", "2"]
    for out, more in (("whole", ["--updates", "12"]), ("half", ["--updates", "10"])):
        main(["train", *what, *more, "--out", str(tmp_path / out)])
    main(["train", *what, "--updates", "12", "--out", str(tmp_path / "half"), "--resume"])
    ages = [(tmp_path / out / "ages" / "00000012.safetensors").read_bytes() for out in ("whole", "half")]
    assert ages[0] == ages[1]
    capsys.readouterr()
    main(["inspect", *what, "--json"])
    assert json.loads(capsys.readouterr().out)["rows"] == len(data)


# Archives


@pytest.fixture
def strict(monkeypatch):
    monkeypatch.setattr(opened, "FREE", 10**4)


BOMB = b">a\n" + b"-" * 10**6


@pytest.mark.parametrize("name", ["a.fasta.gz", "a.fasta", "a.fasta.zip", "a.hap.gz", "a.npz"])
def test_bombs_are_refused(name, strict, tmp_path):
    path = tmp_path / name
    if name.endswith(".zip"):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.fasta", BOMB)
    elif name.endswith(".npz"):
        np.savez_compressed(path, visible=np.zeros((1000, 1000), np.int8))
    else:
        path.write_bytes(gzip.compress(BOMB))
    with pytest.raises(FormatError, match=r"unpacks to more than 500 times its size, .* If you trust it, unpack it"):
        read(path)


def test_bombs_are_stopped_before_they_are_large(strict, tmp_path, monkeypatch):
    monkeypatch.setattr(opened, "PIECE", 1000)
    path, seen = tmp_path / "a.gz", list[bytes]()
    path.write_bytes(gzip.compress(BOMB))
    with pytest.raises(FormatError, match="unpacks to more than"):
        seen.extend(opened.pieces(path))
    assert 0 < sum(map(len, seen)) <= 500 * path.stat().st_size < len(BOMB)


def test_what_is_small_or_honest_is_read(strict, tmp_path, monkeypatch):
    (tmp_path / "a.fasta.gz").write_bytes(gzip.compress(b">a\n" + b"-" * 9000))
    assert read(tmp_path / "a.fasta.gz")["visible"].shape == (1, 9000)
    monkeypatch.setattr(opened, "FREE", 100)
    assert len(opened.content(tmp_path / "a.fasta.gz")) == 9003


@pytest.mark.parametrize("name", ["../a.fa", "/a.fa", "x/../../a.fa", "C:\\a.fa", "..\\a.fa"])
def test_names_outside_of_the_folder_are_refused(name, tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(name, SAMPLE)
    with pytest.raises(FormatError, match="names a file outside its folder"):
        read(tmp_path / "a.zip")


@pytest.mark.parametrize("name", ["b.zip", "b.fasta.gz", "b.GZ"])
def test_archives_in_archives_are_refused(name, tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(name, gzip.compress(SAMPLE.encode()))
    with pytest.raises(FormatError, match=f"holds another archive, {name}. Unpack it and pass that"):
        read(tmp_path / "a.zip")


def damaged(change):
    """A zip whose bytes are changed, from the start of each of its two headers."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.fa", SAMPLE * 20)
    text = bytearray(raw.getvalue())
    for at, offset, byte in change(text.index(b"PK\x03\x04"), text.index(b"PK\x01\x02")):
        text[at + offset] = byte
    return bytes(text)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda local, central: [(local, 6, 1), (central, 8, 1)], "a.zip is encrypted. Unpack it and pass the file"),
        (lambda local, central: [(local, 8, 97), (central, 10, 97)], "not a complete zip file .*compression"),
        (lambda local, central: [(local, 0, 0)], "not a complete zip file .*Bad magic number"),
        (lambda local, central: [(local, 40, 255), (local, 41, 255)], "not a complete zip file"),
        (lambda local, central: [(central, 16, 1), (central, 17, 1)], "not a complete zip file .*CRC"),
    ],
    ids=["encrypted", "method", "header", "data", "sum"],
)
def test_zips_that_cant_be_unpacked(change, fault, tmp_path):
    (tmp_path / "a.zip").write_bytes(damaged(change))
    with pytest.raises(FormatError, match=fault):
        read(tmp_path / "a.zip")


def test_public_names_stream_too(tiny, tmp_path):
    assert is_mapped(sp.read(write_text(tmp_path, "a.fa", SAMPLE))["visible"])
