"""Run the benchmark: test correctness, time all jobs in several sessions, and write a report as Markdown and JSON."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from . import instructions, memory, tables
from .jobs import JOBS, TRAININGS

ROOT = Path(__file__).parents[1]
GATES = (
    "test_kernels",
    "test_quantized",
    "test_strict",
    "test_parallel",
    "test_dynamics",
    "test_network",
    "test_fef_original",
    "test_scores",
)
"""Tests that must pass before times are measured: kernels equal their reference, samplers pass chi-square tests, chains
have the exact distribution of machines that can be enumerated, the update equals the slow reference, and results have
the same bits for any number of threads and any block size."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("jobs", nargs="*", metavar="JOB", help=f"of {', '.join(JOBS)}; all by default")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--alone", action="store_true", help="without other packages")
    parser.add_argument("--no-gates", action="store_true", help="without the tests of correctness")
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "results", help="the folder of the report")
    options = parser.parse_args()
    if strange := set(options.jobs) - JOBS.keys():
        parser.error(f"unknown job {', '.join(sorted(strange))}: choose from {', '.join(JOBS)}")
    if not options.no_gates and not correct():
        print("bench: tests of correctness fail, so no time is measured: mend them first", file=sys.stderr)
        return 1
    jobs = options.jobs or list(JOBS)
    sessions = [run(options, way) for way in ways(jobs) if way.jobs]
    measured = [name for name in TRAININGS if name in jobs and memory.measurable()]
    sizes = memory.measured(measured, ROOT)
    report(options.out, sessions, sizes)
    missed = [x for session in sessions for x in tables.verdicts(session) if x[-1] == tables.MISSED]
    return 1 if missed or tables.heavy(sizes) else 0


def correct() -> bool:
    """Whether the tests of correctness pass."""
    files = [f"tests/{name}.py" for name in GATES]
    return subprocess.run([sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *files], cwd=ROOT).returncode == 0


@dataclass(frozen=True)
class Way:
    """A session: its jobs and options, and the environment in which it plays an older processor."""

    jobs: list[str]
    options: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


def ways(jobs: list[str]) -> list[Way]:
    """The fastest route, older instruction sets, torch's products for all packages, all cores, and a GPU if any.

    Sessions but the first have only the jobs for which they matter, and older processors no other packages: a session
    with all takes some seven minutes, one of an older processor two to four.
    """
    import torch

    own = instructions.current(instructions.flags(), os.environ)
    judged = [name for name in jobs if any(goal.isa for goal in JOBS[name].goals)]
    routed = [name for name in jobs if any(goal.route == "torch" for goal in JOBS[name].goals)]
    older = [Way(judged, ("--alone",), instructions.PLAYED[name]) for name in instructions.slower(own)]
    several = [name for name in jobs if JOBS[name].cores == "all" or name in TRAININGS]
    found = [Way(jobs), *older, Way(routed, ("--route", "torch")), Way(several, ("--cores", "all"))]
    return [*found, Way(jobs, ("--device", "cuda", "--cores", "all"))] if torch.cuda.is_available() else found


def run(options: argparse.Namespace, way: Way) -> dict[str, Any]:
    """One session, in a process of its own."""
    command = [sys.executable, "-m", "bench.session", *way.jobs, "--rounds", str(options.rounds), *way.options]
    command += ["--alone"] if options.alone and "--alone" not in way.options else []
    said = [*way.options, *(f"{k}={x}" for k, x in way.environment.items())]
    print(f"bench: {' '.join(said) or 'one pinned thread, the fastest route'}", file=sys.stderr, flush=True)
    environment = os.environ | way.environment
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout) | {"everybody": "--route" in way.options, "played": bool(way.environment)}


def report(folder: Path, sessions: list[dict[str, Any]], sizes: dict[str, dict[str, int]]) -> None:
    """Write bench.json and bench.md."""
    folder.mkdir(parents=True, exist_ok=True)
    about = machine()
    (folder / "bench.json").write_text(json.dumps({"machine": about, "sessions": sessions, "memory": sizes}, indent=1))
    text = f"{about['processor']}, {about['cores']} cores; {about['versions']}; {about['date']}; load {about['load']}\n"
    for session in sessions:
        text += f"\n### {name(session)}\n\n{tables.measured(session)}\n"
        text += f"\n{tables.goals(session)}\n" if tables.verdicts(session) else ""
    if sizes:
        text += f"\n### Working memory of an update, above what is alive before it\n\n{tables.memory(sizes)}\n"
    text += f"\n### What an update does in other packages\n\n{tables.less()}\n"
    (folder / "bench.md").write_text(text)
    print(text)


def name(session: dict[str, Any]) -> str:
    """The title of a session."""
    if session["gpu"]:
        return f"On {session['gpu']}, wall time"
    if session["everybody"]:
        return "One pinned thread, CPU time, torch's products for all packages"
    if session["cores"] == "all":
        return "All cores, wall time (information)"
    played = ", as an older processor" if session["played"] else ""
    return f"One pinned thread, CPU time, {session['isa']}{played}, products by {session['route']}"


def machine() -> dict[str, Any]:
    """The machine and the versions of the measurement."""
    import torch

    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "versions": f"Python {platform.python_version()}, torch {torch.__version__}",
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "load": f"{os.getloadavg()[0]:.1f}",
    }


def processor() -> str:
    """The name of the processor, and its widest vector instructions."""
    import torch

    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    model = next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine()
    )
    return f"{model} ({torch.backends.cpu.get_cpu_capability()})"


if __name__ == "__main__":
    sys.exit(main())
