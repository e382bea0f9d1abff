"""Any number of processes make the bits of one, on real data, and a job of which one is killed goes on to the same."""

from __future__ import annotations

import os
import random
import signal
import time

import pytest

from spinodal.runs.archive import Run

from ..jobs import free_port, rank_of, torchrun
from ..toys import bits
from .commands import source, spinodal

UPDATES, KILLS = 200, 20


@pytest.fixture(autouse=True)
def one_thread(monkeypatch):
    """A thread a process, as torchrun gives it: the last digits of scores depend on their number."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


def words(recipe, out, *more, updates=UPDATES):
    return ["train", *source(recipe), "--recipe", recipe, "--updates", updates, "--out", out, *more]


def trained(recipe, out, count, *more, **how):
    """A run that so many processes of torchrun have trained."""
    parent = torchrun(*words(recipe, out, *more, **how), count=count)
    _, err = parent.communicate()
    assert parent.returncode == 0, err
    return Run.open(out)


def rows(run):
    return [{k: v for k, v in row.items() if k != "seconds"} for row in run.log()]


@pytest.mark.claim
@pytest.mark.parametrize("recipe", ["hgd", "hgd-pcd10"])
def test_one_to_four_ranks_make_the_same_run(tmp_path, recipe):
    spinodal(*words(recipe, tmp_path / "one"))
    one = Run.open(tmp_path / "one")
    for count in (1, 2, 3, 4):
        run = trained(recipe, tmp_path / f"run{count}", count)
        assert bits(run) == bits(one)
        assert rows(run) == rows(one)
    trained(recipe, tmp_path / "resumed", 4, updates=100)
    spinodal(*words(recipe, tmp_path / "resumed", "--resume"))
    resumed = Run.open(tmp_path / "resumed")
    assert resumed._file_of(UPDATES).read_bytes() == one._file_of(UPDATES).read_bytes()


@pytest.mark.claim
def test_two_nodes_make_the_same_run(tmp_path):
    """Two agents of torchrun with a rendezvous are what two computers are."""
    spinodal(*words("hgd", tmp_path / "one", updates=50))
    port = free_port()
    options = ("--nnodes", 2, "--rdzv-backend", "c10d", "--rdzv-id", 1, "--rdzv-endpoint", f"localhost:{port}")
    parents = [torchrun(*words("hgd", tmp_path / "two", updates=50), options=options, count=2) for _ in range(2)]
    said = [parent.communicate()[1] for parent in parents]
    assert [parent.returncode for parent in parents] == [0, 0], said
    assert bits(Run.open(tmp_path / "two")) == bits(Run.open(tmp_path / "one"))


@pytest.mark.claim
def test_killed_jobs_end_soon_with_a_line_and_go_on_to_the_same_bits(tmp_path):
    spinodal(*words("hgd-pcd10", tmp_path / "one"))
    chance, places, ages, slowest = random.Random(KILLS), [tmp_path / "run0"], list[int | None](), 0.0
    for _ in range(KILLS):
        out, count = places[-1], chance.randint(2, 4)
        parent = torchrun(*words("hgd-pcd10", out, "--resume"), count=count)
        killed = kill(parent, chance.randrange(count), after=chance.uniform(5, 30))
        begin = time.monotonic()
        _, err = parent.communicate()
        if killed:
            slowest = max(slowest, time.monotonic() - begin)
            assert len([line for line in err.splitlines() if line.startswith("spinodal: ") and "is gone" in line]) <= 1
        ages.append(Run.open(out).ages[-1] if out.exists() else None)
        if ages[-1] == UPDATES:
            places.append(tmp_path / f"run{len(places)}")
    print(f"\nkilled with these ages on disk: {ages}; the slowest job ended {slowest:.1f} s after its kill")
    assert slowest < 60
    one = Run.open(tmp_path / "one")
    for out in places:
        spinodal(*words("hgd-pcd10", out, "--resume"))
        assert bits(Run.open(out)) == bits(one)
        assert rows(Run.open(out)) == rows(one)


@pytest.mark.claim
def test_torchrun_starts_a_killed_job_again(tmp_path, monkeypatch):
    spinodal(*words("hgd", tmp_path / "one", updates=600))
    job = words("hgd", tmp_path / "run", "--resume", updates=600)
    monkeypatch.delenv("OMP_NUM_THREADS")  # torchrun's own number
    parent = torchrun(*job, options=("--standalone", "--max-restarts", 1), count=2)
    assert kill(parent, 1, after=20)
    out, err = parent.communicate()
    assert (parent.returncode, out) == (0, "")
    (line,) = [line for line in err.splitlines() if line.startswith("spinodal: ") and "is gone" in line]
    assert "rank 1 on " in line
    run, one = Run.open(tmp_path / "run"), Run.open(tmp_path / "one")
    assert {k: run.record["provenance"][k] for k in ("ranks", "threads")} == {"ranks": 2, "threads": 1}
    assert bits(run) == bits(one)


def kill(parent, rank, after):
    """Kill a rank after so many seconds; False where the job was done before, or the rank wasn't there yet."""
    time.sleep(after)
    try:
        os.kill(rank_of(parent, rank), signal.SIGKILL)
    except (LookupError, ProcessLookupError):
        return False
    return True
