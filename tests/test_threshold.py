"""The threshold of black and white images: it is read, kept with the run, and taken for other files of the run."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from spinodal.data.alphabet import GRAY, REAL
from spinodal.files import read, write
from spinodal.runs import sources
from spinodal.runs.archive import Run

from .test_cli import call
from .toys import dataset, image_file, images

QUICK = ["--updates", 3, "--hidden", 4, "--batch", 10, "--steps", 2]


def png_files(folder: Path) -> Path:
    levels, kinds = images()
    for i, (x, kind) in enumerate(zip(levels, kinds)):
        (folder / str(kind)).mkdir(parents=True, exist_ok=True)
        Image.fromarray(x).save(folder / str(kind) / f"{i}.png")
    return folder


@pytest.mark.parametrize("threshold", [60, 100, 200])
def test_a_pixel_is_1_above_the_threshold(threshold, tmp_path):
    levels = images()[0].reshape(50, -1)
    for found in (
        read(image_file(tmp_path / "a.idx"), threshold=threshold),
        read(png_files(tmp_path / "png"), labels="folder", threshold=threshold),
    ):
        rows = np.argsort(found.names.astype(str)) if found.notes["format"] == "png" else np.arange(50)
        order = np.argsort(np.arange(50).astype(str)) if found.notes["format"] == "png" else np.arange(50)
        assert (found["visible"][rows] == (levels[order] > threshold)).all()
        assert found.notes["threshold"] == threshold
    assert read(tmp_path / "a.idx").notes["threshold"] == 127


def test_other_files_of_a_run_have_its_threshold(tmp_path):
    file, out = image_file(tmp_path / "a.idx"), tmp_path / "run"
    train = ["train", file, "--label", "label", "--threshold", 60, *QUICK, "--out", out]
    assert call(*train) == 0
    run = Run.open(out)
    assert run.source.threshold == run.record["data"]["notes"]["threshold"] == 60
    assert sources.reload(run)[0].sha256 == run.record["data"]["sha256"]
    levels = read(png_files(tmp_path / "png") / "0", alphabet="gray")["visible"]
    found = sources.read_given(run, run.machine(), tmp_path / "png" / "0")["visible"]
    assert (found == (levels > 60 / 127.5 - 1)).all()
    assert (found != (levels > 0)).any()


def test_a_base_of_another_threshold_is_refused(tmp_path, capsys):
    file, base = image_file(tmp_path / "a.idx"), tmp_path / "base"
    same = [file, "--test", file, *QUICK]
    assert call("train", *same, "--label", "", "--threshold", 60, "--out", base) == 0
    above = ["train", *same, "--label", "label", "--machine", "neural", "--base", base, "--out", tmp_path / "run"]
    capsys.readouterr()
    assert call(*above, "--stop-on", "") == 1
    assert "pixels are 1 above 60, and here they are 1 above 127: pass --threshold 60" in capsys.readouterr().err
    assert call(*above, "--stop-on", "", "--threshold", 60) == 0


@pytest.mark.parametrize("alphabet", [GRAY, REAL])
def test_numbers_have_no_threshold(alphabet, tmp_path):
    with pytest.raises(ValueError, match="a threshold is of black and white images"):
        read(image_file(tmp_path / "a.idx"), alphabet=alphabet, threshold=60)


def test_other_data_have_no_threshold(tmp_path):
    write(dataset("family"), tmp_path / "a.fasta")
    with pytest.raises(ValueError, match=re.escape(f"{tmp_path / 'a.fasta'} has no images with levels")):
        read(tmp_path / "a.fasta", threshold=60)


@pytest.mark.parametrize("threshold", [-1, 255, 12.5, "60"])
def test_a_threshold_is_a_level_with_one_above(threshold, tmp_path):
    with pytest.raises(ValueError, match="threshold must be"):
        read(image_file(tmp_path / "a.idx"), threshold=threshold)
