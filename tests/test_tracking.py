"""Tracking: what TensorBoard gets is what log.csv has, and pictures of each saved age."""

from __future__ import annotations

import builtins
import sys

import pytest

from spinodal.reporting import tracking
from spinodal.runs.archive import Run
from spinodal.runs.settings import Settings
from spinodal.runs.training import train

from .test_cli import call
from .toys import QUICK, dataset, files


class Writer:
    """Stands in for torch's, which needs a package: it keeps what it gets."""

    def __init__(self):
        self.scalars, self.figures, self.closed = {}, [], False

    def add_scalar(self, name, value, step):
        self.scalars[name, step] = value

    def add_figure(self, name, figure, step):
        self.figures.append((name, step, len(figure.axes)))

    def flush(self):
        pass

    def close(self):
        self.closed = True


def test_curves_are_the_columns_of_the_log_and_pictures_those_of_saved_ages(tmp_path, monkeypatch):
    kept, data = Writer(), dataset("family").split("split")
    monkeypatch.setattr(tracking, "writer", lambda folder: kept)
    updates = train(*data, tmp_path / "run", Settings(**QUICK | {"updates": 15}))
    ages = [now.age for now in tracking.tracked(updates, tmp_path / "board", tmp_path / "run", data)]
    assert ages == list(range(1, 16))
    wanted = {(k, int(row["age"])): x for row in Run.open(tmp_path / "run").log() for k, x in row.items()}
    wanted = {key: float(x) for key, x in wanted.items() if key[0] not in ("age", "crc32")}
    assert kept.scalars == wanted
    assert {name for name, _ in wanted} >= {"accuracy", "adversarial_error", "quality", "seconds"}
    drawn = {(name, age) for name, age, axes in kept.figures if axes}
    assert drawn == {(name, age) for name in ("logo", "cloud") for age in (10, 15)}
    assert kept.closed


def test_without_the_package_a_line_says_what_to_install(tmp_path, monkeypatch, capsys):
    real = builtins.__import__

    def lacking(name, *rest, **more):
        if name.startswith(("torch.utils.tensorboard", "tensorboard")):
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.delitem(sys.modules, "torch.utils.tensorboard", raising=False)
    monkeypatch.setattr(builtins, "__import__", lacking)
    place = files(tmp_path)
    code = call("train", place / "family.fasta", "--labels", place / "family.csv", "--label", "family", "--updates", 10,
                "--batch", 20, "--out", tmp_path / "run", "--tensorboard", tmp_path / "board")  # fmt: skip
    assert code == 1
    assert 'pip install "spinodal[tracking]"' in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_tensorboard_reads_what_is_written(tmp_path):
    pytest.importorskip("tensorboard", reason='tensorboard is not installed: pip install "spinodal[tracking]"')
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    data = dataset("family").split("split")
    updates = train(*data, tmp_path / "run", Settings(**QUICK | {"updates": 10}))
    list(tracking.tracked(updates, tmp_path / "board", tmp_path / "run", data))
    found = EventAccumulator(str(tmp_path / "board"))
    found.Reload()
    assert "adversarial_error" in found.Tags()["scalars"]
    assert set(found.Tags()["images"]) == {"logo", "cloud"}
