"""Ranks: how much faster several processes of one thread train than one does, and what their sums cost.

`python -m bench.ranks` starts jobs of one process and of several in turn, each process on a core of its own, and prints
a table of the wall time of an update.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from statistics import median
from typing import Any

from .clock import Quartiles

UPDATES, WARM = 12, 3
"""Updates that are timed in a process, after some that compile kernels and fill caches."""

GOALS = {"mnist": 1.9, "family": 1.95}
"""How many times as fast two ranks are to be as one."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.ranks", description=__doc__)
    parser.add_argument("jobs", nargs="*", metavar="JOB", help=f"of {', '.join(GOALS)}; all by default")
    parser.add_argument("--count", type=int, default=2, help="how many processes")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--rank", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if strange := set(options.jobs) - GOALS.keys():
        parser.error(f"unknown job {', '.join(sorted(strange))}: choose from {', '.join(GOALS)}")
    if options.rank:
        work(options.jobs[0])
        return 0
    if options.count > (cores := len(os.sched_getaffinity(0))):
        parser.error(f"{options.count} processes need as many cores, and there are {cores}")
    found = {job: measured(job, options.count, options.rounds) for job in options.jobs or GOALS}
    print(table(found, options.count))
    return 1 if any(missed(job, ratio, options.count) for job, (ratio, _) in found.items()) else 0


def missed(job: str, ratio: Quartiles, count: int) -> bool:
    """Whether a goal, which is of two processes, isn't reached."""
    return count == 2 and ratio.median < GOALS[job]


def measured(job: str, count: int, rounds: int) -> tuple[Quartiles, dict[str, Any]]:
    """The speedup in each round, and what the processes measured in the last one."""
    ratios, last = [], {}
    for _ in range(rounds):
        one, several = started(job, 1), started(job, count)
        ratios.append(one["seconds"] / several["seconds"])
        last = several | {"one": one["seconds"]}
    return Quartiles.of(ratios), last


def started(job: str, count: int) -> dict[str, Any]:
    """What rank 0 of a job of so many processes says."""
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        port = place.getsockname()[1]
    common = {"WORLD_SIZE": str(count), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    common |= {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
    command = [sys.executable, "-m", "bench.ranks", job, "--rank"]
    processes = [
        subprocess.Popen(command, env=os.environ | common | {"RANK": str(rank)}, stdout=subprocess.PIPE)
        for rank in range(count)
    ]
    said = [process.communicate()[0] for process in processes]
    if any(process.returncode for process in processes):
        raise RuntimeError(f"a process of {job} failed")
    found: dict[str, Any] = json.loads(said[0])
    return found


def work(job: str) -> None:
    """Train as one rank, and print as rank 0 the median seconds of an update and of its bare sum, and its bytes."""
    import torch

    import spinodal as sp
    from spinodal.job import joined
    from spinodal.ranks import Ranks

    from .jobs import TRAININGS, Training

    shape = TRAININGS.get(job) or Training(n=5000, sites=112, labels=10, hidden=512, colors=21)
    sizes: list[int] = []

    class Counted(Ranks):
        def add(self, x: torch.Tensor) -> None:
            sizes.append(x.numel() * x.element_size())
            super().add(x)

    with joined() as ranks:
        os.sched_setaffinity(0, [sorted(os.sched_getaffinity(0))[ranks.rank]])
        torch.set_num_threads(1)
        torch.manual_seed(0)
        counted = Counted(ranks.rank, ranks.count)
        training = sp.fit(shape.machine("cpu"), itertools.repeat(shape.batch("cpu")), ranks=counted)
        seconds = median(_times(training))
        message = torch.zeros(max(sizes, default=0) // 4, dtype=torch.int32)
        alone = median(_times(ranks.add(message) for _ in itertools.count()))
        print(json.dumps({"seconds": seconds, "sum": alone, "bytes": max(sizes, default=0)}))


def _times(steps: Iterator[object]) -> list[float]:
    seconds = []
    for now in range(WARM + UPDATES):
        begin = time.perf_counter()
        next(steps)
        if now >= WARM:
            seconds.append(time.perf_counter() - begin)
    return seconds


def table(found: dict[str, tuple[Quartiles, dict[str, Any]]], count: int) -> str:
    """The measurements as Markdown."""
    lines = [
        f"| F&F-10 update | one process, ms | {count} processes, ms | speedup (quartiles) | goal | message, MB | "
        "its sum alone, ms |",
        "|---|---|---|---|---|---|---|",
    ]
    for job, (ratio, last) in found.items():
        goal = f"{GOALS[job]:g}{': missed' if missed(job, ratio, count) else ''}" if count == 2 else ""
        speed = f"{ratio.median:.2f} ({ratio.low:.2f} to {ratio.high:.2f})"
        times = f"{1e3 * last['one']:.1f} | {1e3 * last['seconds']:.1f} | {speed} | {goal}"
        lines.append(f"| {job} | {times} | {last['bytes'] / 1e6:.2f} | {1e3 * last['sum']:.2f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
