"""Memory: the most that an update takes above what is alive before it, in a process of its own; prints JSON.

Linux counts the peak of a process, which is reset before each update. All that is large is mapped by itself (`FIXED`),
so freed memory goes back at once, and neither the libraries' own buffers nor those of compiled loops are missed.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

FIXED = {
    "MALLOC_MMAP_THRESHOLD_": "65536",
    "MALLOC_TRIM_THRESHOLD_": "65536",
    "OMP_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "PASSIVE",
}
"""The environment of a measurement: glibc's thresholds are fixed, else they grow with the first large tensor."""

PRECISIONS = ("exact", "float32")


def measurable() -> bool:
    """Whether this system resets the peak of a process."""
    return Path("/proc/self/clear_refs").exists()


def measured(names: list[str], root: Path) -> dict[str, dict[str, int]]:
    """Bytes by job and precision, each in a process of its own."""

    def alone(name: str, precision: str) -> int:
        command = [sys.executable, "-m", "bench.memory", name, precision]
        done = subprocess.run(command, cwd=root, env=os.environ | FIXED, stdout=subprocess.PIPE, check=True)
        return int(json.loads(done.stdout))

    return {name: {precision: alone(name, precision) for precision in PRECISIONS} for name in names}


def above(work: Callable[[], object]) -> int:
    """Bytes that a function takes at its peak above what the process has before it."""
    Path("/proc/self/clear_refs").write_text("5")  # the peak becomes what the process has now
    before = _status("VmRSS")
    work()
    return _status("VmHWM") - before


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))


def main() -> None:
    from .jobs import TRAININGS

    parser = argparse.ArgumentParser(prog="python -m bench.memory", description=__doc__)
    parser.add_argument("job", choices=list(TRAININGS))
    parser.add_argument("precision", choices=PRECISIONS)
    options = parser.parse_args()
    print(json.dumps(update(options.job, options.precision)))


def update(job: str, precision: str, count: int = 5) -> int:
    """The median over `count` updates, after two that compile kernels and make what stays alive between updates."""
    import torch

    import spinodal as sp

    from .jobs import TRAININGS

    torch.set_num_threads(1)
    torch.manual_seed(0)
    shape = TRAININGS[job]
    machine = shape.machine("cpu")
    machine.precision = precision
    training = sp.fit(machine, itertools.repeat(shape.batch("cpu")), sp.FEF, steps=10)
    for _ in range(2):
        next(training)
    return int(statistics.median(above(lambda: next(training)) for _ in range(count)))


if __name__ == "__main__":
    main()
