"""Outputs of commands: what can't be written is said before the work, and a pipe is as good as a file."""

from __future__ import annotations

import os
import threading

import pytest
import torch

import spinodal as sp
from spinodal import tasks
from spinodal.data.alphabet import BINARY
from spinodal.data.dataset import Dataset
from spinodal.files import check_writable
from spinodal.reporting import report
from spinodal.runs import sources, training

from .test_cli import call, train
from .toys import files


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with data, a run, and things that are not to be written."""
    folder = files(tmp_path_factory.mktemp("outputs"))
    assert call(*train(folder, folder / "run")) == 0
    (folder / "folder.csv").mkdir()
    (folder / "folder.csv" / "a").touch()
    for name in ("kept.csv", "kept.html", "kept.json"):
        (folder / name).write_text("old")
        (folder / name).chmod(0o444)
    return folder


FILES = {
    "generate": ["generate", "@run", "-n", "2", "-o"],
    "complete": ["complete", "@run", "@family.fasta", "-o"],
    "probabilities": ["complete", "@run", "@family.fasta", "-o", "@x.fasta", "--most-probable", "--probabilities"],
    "predict": ["predict", "@run", "@family.fasta", "-o"],
}
FOLDERS = {"figures": ["figures", "@run", "-o"], "train": ["train", "@family.fasta", "-o"], "demo": ["demo"]}
SAYS = {
    "kept.csv": "kept.csv is read-only",
    "kept.csv/new.csv": "there is no folder",
    "nowhere/new.csv": "there is no folder",
    "folder.csv": "folder.csv is a folder: name a file|not an empty folder",
    "a" * 252 + ".csv": "File name too long",
}


@pytest.fixture
def idle(monkeypatch):
    """Nobody may begin to work."""

    def work(*_, **__):
        raise AssertionError("the work began")

    for module, name in (
        [(tasks, name) for name in ("stream", "predict", "impute", "completions")]
        + [(report, "view"), (training, "train"), (sources, "prepare"), (sources, "read_given")]
    ):  # fmt: skip
        monkeypatch.setattr(module, name, work)


@pytest.mark.parametrize("target", SAYS, ids=lambda name: name[-12:])
@pytest.mark.parametrize("command", FILES)
def test_a_file_that_cannot_be_written_is_said_before_the_work(place, capsys, idle, command, target):
    tokens = [t.replace("@", f"{place}/") for t in FILES[command]]
    assert call(*tokens, place / target) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert any(words in said for words in SAYS[target].split("|")), said
    assert (place / "kept.csv").read_text() == "old"


@pytest.mark.parametrize("command", FOLDERS)
@pytest.mark.parametrize("target", ["kept.csv/new", "a" * 256], ids=["in a file", "long"])
def test_a_folder_that_cannot_be_made_is_said_before_the_work(place, capsys, idle, command, target):
    tokens = [t.replace("@", f"{place}/") for t in FOLDERS[command]]
    assert call(*tokens, place / target) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "Not a directory" in said or "File name too long" in said


def test_a_format_that_is_none_is_said_before_there_are_data(tmp_path):
    with pytest.raises(sp.FormatError, match="has no suffix of a known format"):
        check_writable(tmp_path / "new.docx")
    with pytest.raises(FileExistsError, match="not an empty folder"):
        check_writable(f"{tmp_path.parent}/")
    check_writable(tmp_path / "new.csv")
    check_writable(f"{tmp_path}/new/")
    check_writable("-")
    check_writable("/dev/stdout")
    assert list(tmp_path.iterdir()) == []


def letters():
    return Dataset.of({"visible": torch.eye(4)}, {"visible": BINARY})


SUFFIXES = [".fasta", ".csv.gz", ".hapt", ".h5", ".h5ad", ".npy", ".npz", ".parquet", ".vcf", ".vcf.gz", ".bcf", ""]


def through_a_pipe(path):
    """What a reader gets of what is written to a pipe."""
    os.mkfifo(path)
    got = []
    reader = threading.Thread(target=lambda: got.append(path.read_bytes()))
    reader.start()
    sp.write(letters(), path)
    reader.join()
    return got[0]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_format_goes_through_a_pipe(tmp_path, suffix):
    if suffix in (".vcf.gz", ".bcf"):
        pytest.importorskip("cyvcf2")
    if suffix == ".parquet":
        pytest.importorskip("pyarrow")
    sp.write(letters(), tmp_path / f"file{suffix or '.fasta'}")  # where no suffix says it, as to "-"
    assert through_a_pipe(tmp_path / f"pipe{suffix}") == (tmp_path / f"file{suffix or '.fasta'}").read_bytes()


def test_generate_to_dev_stdout_is_generate_to_standard_output(place, capfdbinary):
    said = []
    for out in ("-", "/dev/stdout"):
        assert call("generate", place / "run", "-n", 3, "-o", out) == 0
        said.append(capfdbinary.readouterr().out)
    assert said[0] == said[1]
    assert said[0].count(b">") == 3
