"""Blocks of chains over threads: every chain once, in order."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import torch

import spinodal as sp
from spinodal.machines import parallel
from spinodal.machines.dynamics import work

CPU = torch.device("cpu")


def bounds(n, device=CPU):
    return parallel.map_blocks(lambda part: (part.start, part.stop), n, device)


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("n", [1, 63, 128, 250, 251, 1000, 5003])
def test_every_chain_is_in_one_block_and_blocks_are_in_order(n, count, threads):
    threads(count)
    parts = bounds(n)
    assert [i for start, stop in parts for i in range(start, stop)] == list(range(n))
    assert max(stop - start for start, stop in parts) < parallel.BLOCK + 32
    assert all(start % 32 == 0 for start, _ in parts)  # where torch's vector loops begin anew


def test_two_threads_share_what_is_worth_it(threads):
    threads(2)
    assert len(bounds(2 * parallel.ALONE)) == 2
    assert len(bounds(2 * parallel.ALONE - 1)) == 1


def test_on_a_gpu_all_chains_are_one_block():
    assert bounds(10_000, torch.device("meta")) == [(0, 10_000)]


def test_work_on_threads_learns_nothing_and_takes_one_thread_each(threads):
    threads(2)
    seen = parallel.map_blocks(lambda part: (torch.is_grad_enabled(), torch.get_num_threads()), 1000, CPU)
    assert set(seen) == {(False, 1)}
    assert torch.get_num_threads() == 2


def test_an_error_in_a_block_is_the_callers(threads):
    threads(2)
    with pytest.raises(ZeroDivisionError):
        parallel.map_blocks(lambda part: 1 / 0, 1000, CPU)


def test_spinning_threads_are_warned_of(monkeypatch):
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    with pytest.warns(UserWarning, match="set OMP_WAIT_POLICY=PASSIVE before Python starts"):
        parallel._pool.__wrapped__(2)


@pytest.mark.parametrize(("size", "count"), [(parallel.WORTH - 1, 1), (parallel.WORTH, 2)])
def test_small_products_take_one_thread_and_give_the_others_back(size, count, threads):
    threads(2)
    with parallel.threads_for(size):
        assert torch.get_num_threads() == count
    assert torch.get_num_threads() == 2
    with pytest.raises(ZeroDivisionError), parallel.threads_for(size):
        raise ZeroDivisionError
    assert torch.get_num_threads() == 2


def test_a_machine_says_how_large_its_products_are():
    machine = sp.rbm(sp.Bernoulli(7), visible=sp.Potts(5, 3), label=sp.Potts(1, 2))
    assert work(machine, 10) == 10 * 15 * 7
    machine.edges = []
    assert work(machine, 1) >= parallel.WORTH


FORKED = """
import multiprocessing
import os
import signal
import spinodal as sp
import torch

torch.set_num_threads(2)
machine = sp.rbm(sp.Bernoulli(300), visible=sp.Bernoulli(400))
large = torch.arange(4e6).reshape(2000, 2000) / 4e6

def work():
    signal.alarm(40)  # who waits for threads that are not there waits for good
    return sp.run(machine, 600, 3)["visible"].sum().item(), round((large @ large).sum().item(), -6)

if __name__ == "__main__":
    here = work()
    if (child := os.fork()) == 0:
        os._exit(0 if work() == here and torch.get_num_threads() == 1 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.starmap(work, [(), ()]) == [here, here]
    assert (work(), torch.get_num_threads()) == (here, 2)
    print("all is well")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_forked_process_works_after_its_parent_has(tmp_path):
    """None of the parent's threads are there, neither ours nor torch's."""
    (tmp_path / "forked.py").write_text(FORKED)
    env = {k: v for k, v in os.environ.items() if k != "OMP_NUM_THREADS"}
    command = [sys.executable, "-W", "ignore", tmp_path / "forked.py"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120)
    assert done.stdout == "all is well\n", done.stderr
