from __future__ import annotations

from dataclasses import replace

import matplotlib.image
import pytest

from spinodal.cli import demo
from spinodal.cli.main import main
from spinodal.data.alphabet import BINARY
from spinodal.runs.archive import Run
from spinodal.runs.sources import reload

UPDATES = 20


def shorten(patch):
    patch.setattr(demo, "SETTINGS", replace(demo.SETTINGS, hidden=10, updates=UPDATES))


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """The folder of a demo of 20 updates, and what it said."""
    folder = tmp_path_factory.mktemp("demo") / "out"
    with pytest.MonkeyPatch.context() as patch:
        shorten(patch)
        return folder, list(demo.play(folder))


def test_the_digits_are_real_and_labeled():
    data = demo.digits()
    assert data["visible"].shape == (1797, 64)
    assert data.alphabets["visible"] == BINARY
    assert data.alphabets["label"].symbols == tuple("0123456789")
    assert 0.2 < data["visible"].mean() < 0.5


def test_a_demo_says_how_it_goes(played):
    folder, said = played
    assert f"{UPDATES} updates, 10 steps" in said[0]
    assert [line.split(":")[0] for line in said[1:3]] == ["F&F-10", "PCD-10"]
    for line in said[1:3]:
        assert all(word in line for word in ("label accuracy 0.", "label fidelity 0.", "(floor 0.", "t_G = 10", " s"))
    assert str(folder / "samples.png") in said[-1]


def test_a_demo_leaves_a_picture_a_summary_and_two_runs(played):
    folder, said = played
    assert sorted(p.name for p in folder.iterdir()) == ["digits.npz", "fef", "pcd", "samples.png", "summary.txt"]
    assert (folder / "summary.txt").read_text().splitlines() == said[1:3]
    picture = matplotlib.image.imread(folder / "samples.png")
    assert picture.ndim == 3
    assert min(picture.shape[:2]) > 300
    assert 0.05 < (picture[..., :3].mean(2) < 0.5).mean() < 0.95
    for name in ("fef", "pcd"):
        run = Run.open(folder / name)
        assert run.ages[-1] == UPDATES
        assert run.record["training"]["protocol"] == name


def test_a_run_of_a_demo_finds_its_digits_again(played):
    for name in ("fef", "pcd"):
        run = Run.open(played[0] / name)
        assert [len(rows) for rows in reload(run)] == [1438, 359]


@pytest.mark.parametrize("name", ["notes.txt", "fef"])
def test_a_folder_that_is_not_empty_stays_as_it_is(tmp_path, name):
    (tmp_path / name).write_text("years of work")
    with pytest.raises(FileExistsError, match="is not empty: --overwrite replaces"):
        next(demo.play(tmp_path))
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_even_to_overwrite_touches_nothing_but_what_a_demo_makes(tmp_path, capsys, monkeypatch):
    shorten(monkeypatch)
    (tmp_path / "notes.txt").write_text("years of work")
    (tmp_path / "summary.txt").write_text("of an earlier demo")
    main(["demo", str(tmp_path), "--overwrite"])
    assert (tmp_path / "notes.txt").read_text() == "years of work"
    said = capsys.readouterr().out.splitlines()
    assert (tmp_path / "summary.txt").read_text().splitlines() == said[1:3]
