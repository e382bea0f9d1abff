"""Ranks: a job of any number of processes makes the bits of one, agrees on what it does, and says how it ends."""

from __future__ import annotations

import os
import signal
import socket
import sys
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path
from runpy import run_module

import numpy as np
import pytest
import torch

import spinodal as sp
from spinodal import job as jobs
from spinodal import rendezvous, tasks
from spinodal._version import __version__
from spinodal.cli.main import main
from spinodal.evaluation.row_shares import predicted, samples_over_time
from spinodal.ranks import ALONE, ConnectionLost, Ranks
from spinodal.runs import agreement, bases, lock, meetings, stopping, training
from spinodal.runs.archive import Run, _read_tensors
from spinodal.runs.settings import Settings

from .jobs import Job, command, environment, free_port, job, wait_for
from .toys import AGES, CHAOS, QUICK, bits, dataset, files, gray, trained

DATA = dataset("family")
ENDLESS = 10**6


@pytest.fixture
def quick_pulse(monkeypatch):
    """Pulses beat fast, and ranks that don't are soon gone."""
    monkeypatch.setattr(jobs, "BEAT", 0.2)
    monkeypatch.setattr(jobs, "SILENT", 12)


@pytest.fixture
def place(tmp_path):
    """A folder with data, and the first words of a command that trains on them."""
    files(tmp_path)
    return tmp_path


def words(place, *more, out="run", data="family.fasta", **settings):
    """A command that trains a quick run."""
    options = [x for k, v in (QUICK | settings).items() for x in (f"--{k.replace('_', '-')}", v)]
    labels = ["--labels", place / "family.csv", "--label", "family", "--split", "split"]
    return command("train", place / data, *labels, "--out", place / out, *options, *more)


def together(out, data=DATA, split="split", settings=QUICK, **how):
    """What a rank does: it trains with the others."""
    with jobs.joined() as ranks:
        *_, _ = [None, *training.train(*data.split(split), out, Settings(**settings), ranks=ranks, **how)]


def trained_by(count, out, data=DATA, **how):
    """A run that so many ranks have trained."""
    end = job(out.parent, *count * [partial(together, out, data, **how)])
    assert end.codes == count * [0], end
    assert end.lines == []
    return Run.open(out)


def logged(run):
    return [{k: v for k, v in row.items() if k != "seconds"} for row in run.log()]


def state(run):
    """All that a run goes on from, but for the seconds."""
    tensors, about = _read_tensors(run.path / "resume.safetensors")
    return {k: x.numpy().tobytes() for k, x in tensors.items()}, about.age, about.times


# -- the same bits ------------------------------------------------------------------------------


@pytest.mark.parametrize(("protocol", "count"), [("fef", 2), ("pcd", 3)])
def test_any_number_of_ranks_make_the_run_of_one_process(tmp_path, protocol, count):
    one = trained(tmp_path / "one", DATA, protocol=protocol)
    run = trained_by(count, tmp_path / "run", settings=QUICK | {"protocol": protocol})
    assert run.ages == AGES
    assert bits(run) == bits(one)
    assert state(run) == state(one)
    assert logged(run) == logged(one)
    assert {k: run.record[k] for k in ("training", "data", "baselines")} == {
        k: one.record[k] for k in ("training", "data", "baselines")
    }
    assert (run.record["provenance"]["ranks"], one.record["provenance"]["ranks"]) == (count, 1)


def test_ranks_train_the_base_of_a_neural_machine_together(tmp_path, monkeypatch):
    monkeypatch.setattr(bases, "UPDATES", 12)
    how = QUICK | {"machine": "neural", "lr": 1e-3, "updates": 10}
    run, one = trained_by(2, tmp_path / "run", settings=how), trained(tmp_path / "one", DATA, **how)
    assert run.ages == one.ages == [0, 10]
    base = Run.open(tmp_path / "run-base")
    assert base.record["provenance"]["ranks"] == 2
    assert bits(base) == bits(Run.open(tmp_path / "one-base"))  # sums of integers


def test_a_run_goes_on_with_another_number_of_ranks(tmp_path, monkeypatch):
    monkeypatch.setattr(training, "PATIENCE", -1.0)
    pcd = QUICK | {"protocol": "pcd", "momentum": 0.5}
    one = trained(tmp_path / "one", DATA, **pcd)
    trained_by(3, tmp_path / "run", settings=pcd | {"updates": 7})
    trained(tmp_path / "run", DATA, resume=True, **pcd | {"updates": 16})
    run = trained_by(2, tmp_path / "run", settings=pcd, resume=True)
    assert run._file_of(24).read_bytes() == one._file_of(24).read_bytes()
    assert state(run) == state(one)


def test_ranks_stop_together_at_the_age_at_which_one_process_stops(tmp_path, monkeypatch):
    monkeypatch.setattr(stopping, "FIRST", 10)
    monkeypatch.setattr(stopping, "LEFT", 0.0)
    how = QUICK | {"updates": 400, "lr": 0.3, "stop_on": "spectrum_error", "patience": 1.2}
    with jobs.joined() as ranks:
        assert ranks == ALONE
    *_, last = training.train(*DATA.split("split"), tmp_path / "one", Settings(**how))
    assert last.age < 400
    one, run = Run.open(tmp_path / "one"), trained_by(2, tmp_path / "run", settings=how)
    assert run.ages == one.ages
    assert run.record["best"] == one.record["best"]
    assert bits(run) == bits(one)


def test_layers_of_numbers_have_the_same_bits_for_the_same_number_of_ranks(tmp_path):
    two = [trained_by(2, tmp_path / f"two{i}", gray(), split=0.8, settings=CHAOS) for i in range(2)]
    assert bits(two[0]) == bits(two[1])
    *_, _ = training.train(*gray().split(0.8), tmp_path / "one", Settings(**CHAOS))
    one = Run.open(tmp_path / "one").machine()
    torch.testing.assert_close(dict(two[0].machine().named_parameters()), dict(one.named_parameters()))
    with pytest.warns(UserWarning, match="began with 2 processes and goes on with 1"):
        *_, _ = training.train(*gray().split(0.8), two[0].path, Settings(**CHAOS | {"updates": 13}), resume=True)


def share_rows(machine, data, out):
    """Generate and predict with others, and compare with what one process makes."""
    with jobs.joined() as ranks:
        for n in (2, len(data)):
            some = data.select(slice(0, n))
            ((_, alone),) = tasks.sample_over_time(machine, some, [3], 5)
            ((_, made),) = samples_over_time(machine, some, [3], 5, ranks)
            assert {k: x.tobytes() for k, x in made.columns.items()} == {
                k: x.tobytes() for k, x in alone.columns.items()
            }
            assert made.names.tolist() == alone.names.tolist()
            one, all_ = tasks.predict(machine, some, 5), predicted(machine, some, 5, ranks)
            assert all_.probability["label:family"].tobytes() == one.probability["label:family"].tobytes()


def test_rows_are_generated_and_predicted_as_by_one_process(tmp_path):
    data = dataset("family", "host").hide("visible", fraction=0.02, seed=1)
    assert 0 < data.whole.sum() < len(data)
    machine = sp.rbm(sp.Bernoulli(5), **data.units)
    *_, _ = [None, *zip(range(3), sp.fit(machine, data.batches(20), steps=3, lr=0.1))]
    assert job(tmp_path, *3 * [partial(share_rows, machine, data, tmp_path)]).codes == [0, 0, 0]


# -- what ranks exchange ------------------------------------------------------------------------


def exchange():
    with jobs.joined() as ranks:
        own = torch.arange(2 * ranks.rank).view(-1, 2).to(torch.int16)
        parts = ranks.gather(own)
        assert [part.tolist() for part in parts] == [[], [[0, 1]], [[0, 1], [2, 3]]]
        assert {part.dtype for part in parts} == {torch.int16}
        assert ranks.tell([ranks.rank, "a"]) == [0, "a"]
        assert ranks.hear({"rank": ranks.rank}) == [{"rank": 0}, {"rank": 1}, {"rank": 2}]
        assert ranks.send(bytes([ranks.rank]) if ranks.is_first else b"") == b"\0"
        assert ranks.send(b"") == b""
        ranks.add(total := torch.tensor([ranks.rank, 1]))
        assert total.tolist() == [3, 3]


def printed(path, call):
    """A call whose output goes into a file."""
    with path.open("w") as out, redirect_stdout(out):
        call()


def test_a_run_is_scored_as_by_one_process_and_rank_0_alone_prints(place):
    words(place)()
    score = command("score", place / "run", "--json", "--quick")
    printed(place / "alone", score)
    end = job(place, *(partial(printed, place / str(i), score) for i in range(3)))
    assert (end.codes, end.lines) == ([0] * 3, [])
    assert (place / "0").read_text() == (place / "alone").read_text() != ""
    assert not (place / "1").read_text() + (place / "2").read_text()


def test_ranks_exchange_tensors_and_values(tmp_path):
    assert job(tmp_path, *3 * [exchange]).codes == [0, 0, 0]


def test_a_process_by_itself_exchanges_nothing():
    x = torch.tensor([1, 2])
    ALONE.add(x)
    assert ALONE.gather(x) == [x]
    assert (ALONE.tell(x), ALONE.hear(x), ALONE.send(b"a")) == (x, [x], b"a")


def test_ranks_meet_until_it_is_time_to_save(monkeypatch):
    clock = iter(np.arange(10**6) * 0.1)
    now, told = [0.0], []
    monkeypatch.setattr(meetings.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(Ranks, "tell", lambda self, value: told.append(value) or value)
    plan, due = meetings.Meetings(0, 30.0, Ranks(0, 2)), []
    for age in range(1, 3001):
        now[0] = next(clock)
        if plan.is_due(age):
            due.append(now[0])
            plan.saved(age)
    assert len(due) == 9
    assert max(np.diff([0.0, *due])) < 31
    assert len(told) < 20 * len(due)


# -- one line -----------------------------------------------------------------------------------


def test_a_command_that_fails_on_all_ranks_says_so_once(place):
    end = job(place, *2 * [words(place, "--no-such-option")])
    assert (end.codes[0], "--no-such-option" in end.why) == (2, True)
    end = job(place, *2 * [words(place, data="nothing.fasta")])
    assert end.codes == [1, 1]
    assert end.why.startswith(f"spinodal: {place / 'nothing.fasta'}")


def test_other_commands_are_not_run_by_several_processes(place):
    end = job(place, *2 * [command("info", place / "run")])
    assert end.codes[0] == 2
    assert end.why.startswith("spinodal: info runs in one process: start it without torchrun")


def test_an_error_of_another_rank_names_it(place):
    why = job(place, words(place), words(place, data="nothing.fasta")).why
    assert why.startswith("spinodal: rank 1 on ")
    assert "nothing.fasta" in why
    assert not (place / "run").exists()


def test_ranks_with_other_data_or_settings_or_versions_are_refused(place, monkeypatch):
    (place / "other.fasta").write_text((place / "family.fasta").read_text().replace("ACGUACGU", "ACGUACGG", 1))
    assert ": another training data than rank 0" in job(place, words(place), words(place, data="other.fasta")).why

    def older():
        monkeypatch.setattr(agreement, "__version__", "0.0")
        words(place, lr=0.2)()

    why = job(place, words(place), words(place), older).why
    assert why.startswith("spinodal: rank 2 on ")
    assert 'another setting "lr", version of spinodal than rank 0' in why
    assert not (place / "run").exists()


def test_a_batch_has_a_row_for_each_rank(place):
    assert "a batch of 2 rows is too small for 3 processes" in job(place, *3 * [words(place, batch=2)]).why


def test_a_folder_that_others_do_not_see_is_refused(place, monkeypatch):
    def elsewhere():
        monkeypatch.setattr(agreement, "LOOK", 0.2)
        monkeypatch.setattr(Path, "exists", lambda self: False)
        words(place)()

    assert "can't see" in job(place, words(place), elsewhere).why
    assert not [*place.glob(".*")]


def test_two_jobs_do_not_train_into_one_run(place):
    with lock.held(place / "run"):
        assert f"process {os.getpid()} on " in job(place, *2 * [words(place)]).why


def test_a_training_that_diverges_says_so_once(place):
    why = job(place, *2 * [words(place, lr=1e38)]).why
    assert "keeps the machine of age 0" in why
    assert "diverged" in Run.open(place / "run").record


# -- the start ----------------------------------------------------------------------------------


def test_ranks_that_never_come_are_waited_for_in_vain(place):
    waiting = {rendezvous.JOIN: "1"}
    assert "rank 2 didn't come within 1 s" in job(place, *2 * [words(place)], count=3, **waiting).why


@pytest.mark.parametrize(("rank", "says"), [(1, True), (2, False)])
def test_a_rank_0_that_never_comes_is_waited_for_in_vain(monkeypatch, capsys, rank, says):
    for name, value in environment(rank, 3, free_port(), **{rendezvous.JOIN: "1"}).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit):
        main(["info", "run"])
    assert ("rank 0 didn't come to 127.0.0.1" in capsys.readouterr().err) is says


def test_a_port_in_use_is_named(monkeypatch):
    with socket.socket() as other:
        other.bind(("", 0))
        other.listen()
        for name, value in environment(0, 2, port := other.getsockname()[1]).items():
            monkeypatch.setenv(name, value)
        with pytest.raises(rendezvous.RankLost, match=f"can't listen at port {port}: set MASTER_PORT"):
            rendezvous.store_of(Ranks(0, 2))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"RANK": ""}, 'and RANK ""'),
        ({"MASTER_ADDR": ""}, 'and MASTER_ADDR ""'),
        ({"WORLD_SIZE": "two"}, 'WORLD_SIZE is "two"'),
        ({"RANK": "2"}, "RANK is 2 and WORLD_SIZE 2"),
        ({rendezvous.JOIN: "soon"}, 'is "soon": it takes seconds'),
        ({rendezvous.JOIN: "0"}, 'is "0": it takes seconds'),
    ],
)
def test_an_environment_that_makes_no_sense_is_named(monkeypatch, capsys, changed, said):
    for name, value in (environment(0, 2, 1) | changed).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit):
        main(["info", "run"])
    assert said in capsys.readouterr().err


def test_a_restart_does_not_meet_who_was_there_before(tmp_path):
    """Of an earlier start, a store may have the names of all."""
    import torch.distributed as dist

    server = dist.TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)
    before = dist.PrefixStore("spinodal", server)
    for rank in range(2):
        before.set(f"hello/{rank}", "old")
        before.set(f"call/{rank}", "old token")
    how = {"TORCHELASTIC_USE_AGENT_STORE": "True", "MASTER_PORT": str(server.port)}
    assert job(tmp_path, *2 * [meet], **how).codes == [0, 0]


def meet():
    with jobs.joined() as ranks:
        assert ranks.hear(ranks.rank) == [0, 1]


# -- the end ------------------------------------------------------------------------------------


def is_training(run):
    return lambda: (run / "ages" / "00000046.safetensors").exists()


@pytest.mark.usefixtures("quick_pulse")
@pytest.mark.parametrize("victim", [0, 1])
def test_a_rank_that_is_killed_ends_the_job_which_goes_on_by_resume(place, victim):
    job = Job(place, *3 * [words(place, updates=ENDLESS)])
    wait_for(is_training(place / "run"))
    job.kill(victim)
    end = job.end()
    assert end.codes[victim] == -signal.SIGKILL
    assert sorted(end.codes)[1:] == [1, 1]
    (line,) = end.lines
    assert line.startswith(f"spinodal: rank {victim} ")
    assert "is gone: it was killed" in line
    assert "--resume" in line
    age = Run.open(place / "run").resume()[1].age + 30
    words(place, "--resume", updates=age)()
    words(place, out="one", updates=age)()
    both = [Run.open(place / name)._file_of(age).read_bytes() for name in ("run", "one")]
    assert both[0] == both[1]


@pytest.mark.usefixtures("quick_pulse")
@pytest.mark.parametrize("victim", [0, 1])
def test_a_rank_that_hangs_ends_the_job(place, victim):
    job = Job(place, *2 * [words(place, updates=ENDLESS)])
    wait_for(is_training(place / "run"))
    job.kill(victim, signal.SIGSTOP)
    job.ranks[1 - victim].join(60)
    job.kill(victim)
    end = job.end()
    assert end.codes[1 - victim] == 1
    (line,) = end.lines
    assert line.startswith(f"spinodal: rank {victim} ")
    assert "is gone" in line


@pytest.mark.usefixtures("quick_pulse")
def test_a_job_that_is_told_to_end_says_so_once(place):
    job = Job(place, *2 * [words(place, updates=ENDLESS)])
    wait_for(is_training(place / "run"))
    for rank in range(2):
        job.kill(rank, signal.SIGTERM)
    end = job.end()
    assert 128 + signal.SIGTERM in end.codes
    assert end.why == "spinodal: stopped by SIGTERM; the same command with --resume goes on"


class Gone:
    """A store that is not there any more."""

    def __getattr__(self, name):
        raise RuntimeError("Broken pipe")


@pytest.mark.parametrize("local", ["0", "1"])
def test_without_a_store_rank_0_is_gone(monkeypatch, local):
    group, own = jobs._Group(Gone(), Ranks(2, 3)), ValueError("a line")
    monkeypatch.setenv("LOCAL_RANK", local)
    monkeypatch.setenv("MASTER_ADDR", "node0")
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    said = group.outcome(ConnectionLost("Connection closed by peer"))
    assert group.outcome(own) is own
    for number, handler in zip((signal.SIGINT, signal.SIGTERM), handlers):
        signal.signal(number, handler)
    assert isinstance(said, SystemExit) if local == "1" else "rank 0 at node0 is gone" in str(said)


# -- torchrun -----------------------------------------------------------------------------------


def test_the_package_is_a_command(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["spinodal", "--version"])
    run_module("spinodal", run_name="__main__")
    assert capsys.readouterr().out.strip() == __version__
