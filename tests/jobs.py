"""What tests of several processes share: the ranks of a job as forks of this process, or as torchrun starts them."""

from __future__ import annotations

import contextlib
import io
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import coverage

from spinodal.cli.main import main

TORCHRUN = Path(sys.executable).with_name("torchrun")


@dataclass(frozen=True)
class Ended:
    """How the ranks of a job ended: their exit codes, and the messages of all."""

    codes: list[int | None]
    lines: list[str]

    @property
    def why(self):
        """The one line of a job that failed on all ranks."""
        assert all(self.codes), self
        (line,) = self.lines
        return line


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def environment(rank, count, port, **more):
    """What a scheduler sets for a rank. Variables of torchrun are not there."""
    return {"RANK": str(rank), "WORLD_SIZE": str(count), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), **more}


def command(*tokens):
    """A call of the command line."""
    return partial(main, [str(token) for token in tokens])


def _child(call, said, more):
    os.environ.update(more)
    with said.open("w") as err, contextlib.redirect_stderr(err), contextlib.redirect_stdout(io.StringIO()):
        try:
            call()
        finally:
            if own := coverage.Coverage.current():
                own.stop()
                own.save()


def _lines(said):
    """The messages in files; not what a training shows of its progress."""
    return [line for path in said for line in path.read_text().splitlines() if line.startswith("spinodal: ")]


class Job:
    """The ranks of a job, one for each call; they are forks of this process, which has imported everything already."""

    def __init__(self, folder, *calls, count=0, **more):
        port, fork = free_port(), multiprocessing.get_context("fork")
        self.said = [folder / f"rank-{rank}.err" for rank in range(len(calls))]
        how = [environment(rank, count or len(calls), port, **more) for rank in range(len(calls))]
        self.ranks = [fork.Process(target=_child, args=which) for which in zip(calls, self.said, how)]
        for rank in self.ranks:
            rank.start()

    def kill(self, rank, number=signal.SIGKILL):
        os.kill(self.ranks[rank].pid, number)

    def end(self):
        """Wait for the end, and how it is."""
        for rank in self.ranks:
            rank.join(120)
        return Ended([rank.exitcode for rank in self.ranks], _lines(self.said))


def job(folder, *calls, **how):
    """How a job ends."""
    return Job(folder, *calls, **how).end()


def torchrun(*tokens, count=2, options=("--standalone",)):
    """A process of torchrun that starts so many processes of the command line."""
    words = [TORCHRUN, *options, "--nproc-per-node", count, "-m", "spinodal", *tokens]
    return subprocess.Popen([*map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def rank_of(parent, rank):
    """The process number of a rank that torchrun started."""
    found = subprocess.run(["pgrep", "-P", str(parent.pid)], capture_output=True, text=True, check=False).stdout.split()
    for number in found:
        with contextlib.suppress(OSError):
            if f"RANK={rank}".encode() in Path(f"/proc/{number}/environ").read_bytes().split(b"\0"):
                return int(number)
    raise LookupError(f"there is no rank {rank} of process {parent.pid}")


def wait_for(what, seconds=60):
    """Wait until something is true."""
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until
        time.sleep(0.05)
