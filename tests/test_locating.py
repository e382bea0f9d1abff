"""Locating: however a run was made, there is a command that finds its rows, and the message names it."""

from __future__ import annotations

import re
import shlex

import numpy as np
import pytest
import torch

import spinodal as sp
from spinodal.data.row_checksums import checksums
from spinodal.runs import sources
from spinodal.runs.archive import Run
from spinodal.runs.locating import locate
from spinodal.runs.settings import Settings, Source
from spinodal.runs.training import train

from .calls import call
from .toys import QUICK, dataset, rows

SHORT = Settings(**QUICK | {"updates": 2})
PHASES = (sp.Phase(held=("label",)), sp.Phase(held=("visible",), weight=0.3), sp.Phase(start="last"))


def write(path, found):
    path.write_text("".join(f">{r['name']} label={r['family']}\n{r['sequence']}\n" for r in found))
    return path


def of_memory(folder):
    """Trained in Python on rows that no file is known of."""
    parts = dataset("family").split(0.7, seed=4)
    list(train(*parts, folder / "run", SHORT))
    return parts


def of_a_file(folder):
    """Trained in Python on rows that were read, and divided by hand; the file is then moved."""
    parts = sp.read(write(folder / "first.fasta", rows())).split(0.7, seed=4)
    list(train(*parts, folder / "run", SHORT))
    (folder / "first.fasta").unlink()
    return parts


def of_the_source(folder):
    """Trained as by the command line; the file is then moved."""
    source = Source(data=str(write(folder / "first.fasta", rows())), split=0.7)
    parts = sources.prepare(source)
    list(train(*parts, folder / "run", SHORT, source=source))
    (folder / "first.fasta").unlink()
    return parts


def by_itself(folder):
    """A machine that was saved, and knows no rows."""
    data = dataset("family")
    sp.save(sp.rbm(sp.Bernoulli(3), **data.units), folder / "run")
    return data.split(0.9)


MADE = (of_memory, of_a_file, of_the_source, by_itself)


@pytest.mark.filterwarnings("ignore:.* is taken on trust")
@pytest.mark.parametrize("make", MADE)
def test_the_message_names_a_command_that_finds_the_rows(make, tmp_path, capsys):
    parts, page = make(tmp_path), tmp_path / "page.html"
    assert call("report", tmp_path / "run", "--out", page) == 1
    told = capsys.readouterr().err
    command = re.search(r"spinodal (locate \S+) DATA", told)[1]
    order = np.random.default_rng(0).permutation(60) if make is not by_itself else np.arange(60)
    write(tmp_path / "now.fasta", [rows()[i] for i in order])
    assert call(*shlex.split(command), tmp_path / "now.fasta") == 0
    found = sources.reload(Run.open(tmp_path / "run"))
    assert [sorted(checksums(x)) for x in found] == [sorted(checksums(x)) for x in parts]
    assert make is by_itself or call("score", tmp_path / "run") == 0  # that one was never trained


def test_a_run_of_rows_that_were_read_finds_them_by_itself(tmp_path, recwarn):
    parts = sp.read(write(tmp_path / "first.fasta", rows())).split(0.7, seed=4)
    list(train(*parts, tmp_path / "run", SHORT))
    found = sources.reload(Run.open(tmp_path / "run"))
    assert [(checksums(x) == checksums(y)).all() for x, y in zip(found, parts)] == [True, True]
    assert not [w for w in recwarn if "checksums" in str(w.message)]


def test_held_out_rows_of_another_file_are_found_there(tmp_path):
    one, other = write(tmp_path / "a.fasta", rows()), write(tmp_path / "b.fasta", rows(20, seed=7))
    parts = sp.read(one), sp.read(other)
    list(train(*parts, tmp_path / "run", SHORT))
    found = sources.reload(Run.open(tmp_path / "run"))
    assert [(checksums(x) == checksums(y)).all() for x, y in zip(found, parts)] == [True, True]


def test_a_file_without_these_rows_is_refused_and_the_run_stays(tmp_path):
    of_memory(tmp_path)
    run, other = Run.open(tmp_path / "run"), write(tmp_path / "b.fasta", rows(seed=9)[1:])
    with pytest.raises(ValueError, match=r"doesn't have the rows of .*: \d+ of the \d+ training rows"):
        locate(run, Source(data=str(other)))
    assert Run.open(tmp_path / "run").record == run.record


def test_a_saved_machine_and_its_rows_have_a_report(tmp_path):
    training, test = dataset("family").split(0.7)
    machine = sp.rbm(sp.Bernoulli(3), **training.units)
    *_, last = sp.fit(machine, (b for _, b in zip(range(2), training.batches(20, seed=0))))
    sp.save(machine, tmp_path / "run", after=last)
    how = {"sets": 1, "intervals": 0, "times": [10], "ages": []}
    found = sp.report([tmp_path / "run"], tmp_path / "page.html", train=training, data=test, **how)
    assert found["runs"][0]["record"]["rows"] == {"train": len(training), "test": len(test)}


# -- phases of one's own, and going on ------------------------------------------------------------


def test_phases_are_kept_as_data_and_resumed_to_the_bit(tmp_path):
    parts = dataset("family").split(0.7)
    list(train(*parts, tmp_path / "whole", SHORT, protocol=PHASES))
    list(train(*parts, tmp_path / "run", Settings(**QUICK | {"updates": 1}), protocol=PHASES))
    list(train(*parts, tmp_path / "run", Settings(updates=2), resume=True))
    whole, resumed = (Run.open(tmp_path / name) for name in ("whole", "run"))
    assert sp.load(tmp_path / "run").schedule.protocol == PHASES
    assert all(x.equal(y) for x, y in zip(whole.machine(2).parameters(), resumed.machine(2).parameters()))
    for how in ({"protocol": PHASES[:1]}, {"settings": Settings(protocol="pcd")}):
        with pytest.raises(ValueError, match="can't be resumed with other phases"):
            list(train(*parts, tmp_path / "run", **how, resume=True))


def test_fit_goes_on_after_a_saved_machine(tmp_path):
    data = dataset("family")
    batches = lambda start: data.batches(20, seed=1, start=start)  # noqa: E731

    def some(machine, n, after=None):
        start = after.age if after else 0
        *_, last = (u for _, u in zip(range(n), sp.fit(machine, batches(start), PHASES, after=after)))
        return last

    whole, part = (sp.rbm(sp.Bernoulli(3), seed=2, **data.units) for _ in range(2))
    some(whole, 5)
    sp.save(part, tmp_path / "run", after=some(part, 3))
    machine, last = sp.resume(tmp_path / "run")
    assert last.age == 3
    assert some(machine, 2, last).age == 5
    assert all(torch.equal(x, y) for x, y in zip(whole.parameters(), machine.parameters()))


def test_rows_are_scored_where_the_training_data_are_gone(tmp_path, capsys):
    of_a_file(tmp_path)
    other = write(tmp_path / "other.fasta", rows(40, seed=8))
    assert call("score", tmp_path / "run", other) == 0
    assert "note: without the training rows" in capsys.readouterr().err
    assert call("score", tmp_path / "run", other, "--json") == 1
    assert "spinodal locate" in capsys.readouterr().err
