"""Progress: long computations say how far they are; short ones say nothing."""

from __future__ import annotations

import logging

import pytest

import spinodal as sp
from spinodal import progress
from spinodal.cli.errors import exit_codes
from spinodal.evaluation import compare
from spinodal.progress import Meter

from .toys import dataset

MACHINE = sp.rbm(sp.Bernoulli(3), visible=sp.Bernoulli(4))


@pytest.fixture
def at_once(monkeypatch):
    """Every part that is done is said."""
    monkeypatch.setattr(progress, "FIRST", 0.0)
    monkeypatch.setattr(progress, "EVERY", 0.0)
    monkeypatch.setattr(progress, "MORE", 0.0)


def test_lines_come_after_some_seconds_and_then_now_and_then(monkeypatch, caplog):
    clock = iter(range(100, 300))
    monkeypatch.setattr(progress.time, "monotonic", lambda: float(next(clock)))
    meter = Meter("counting", 100)
    with caplog.at_level(logging.INFO, "spinodal.progress"):
        for _ in range(99):
            meter.add()
    heard = [record.getMessage() for record in caplog.records]
    assert heard[0] == "counting: 5% in 5 s, about 2 min left"
    seconds = [int(line.split(" in ")[1].split(" s")[0]) for line in heard]
    assert seconds == [5, 20, 35, 50, 65, 82]


def test_the_last_part_and_parts_of_unequal_length_promise_nothing(at_once, caplog):
    with caplog.at_level(logging.INFO, "spinodal.progress"):
        meter = Meter("scores", 2, even=False)
        meter.add()
        meter.add()
    assert [record.getMessage() for record in caplog.records] == ["scores: 50% in 0 s"]


@pytest.mark.parametrize(("method", "says"), [("ais", "log Z by annealing: "), ("tempering", "replica exchange, ")])
def test_log_z_says_how_far_it_is(at_once, method, says, capsys):
    with exit_codes():
        sp.log_partition(MACHINE, method, chains=4, steps=20)
    lines = capsys.readouterr().err.splitlines()
    assert any(line.startswith(says) and "left" in line for line in lines)
    shares = [int(line.split(": ")[1].split("%")[0]) for line in lines if line.startswith(says)]
    assert shares == sorted(shares)
    assert shares[-1] > 90


def test_an_evaluation_says_how_far_it_is(at_once, capsys):
    train, test = dataset("family").split(0.5)
    with exit_codes():
        compare(test, train, train, intervals=0)
    assert "scores, of all rows and by label: 50% in " in capsys.readouterr().err


def test_python_stays_silent(at_once, capsys):
    sp.log_partition(MACHINE, "ais", chains=4, steps=20)
    assert not capsys.readouterr().err
