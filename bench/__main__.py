"""Run the benchmark: test correctness, time all jobs in several sessions, and write a report as Markdown and JSON."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from . import tables
from .jobs import JOBS

ROOT = Path(__file__).parents[1]
GATES = (
    "test_kernels",
    "test_int8x2",
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
    sessions = [run(options, *way) for way in ways()]
    report(options.out, sessions)
    return 0 if all(verdict != tables.MISSED for session in sessions for *_, verdict in tables.verdicts(session)) else 1


def correct() -> bool:
    """Whether the tests of correctness pass."""
    files = [f"tests/{name}.py" for name in GATES]
    return subprocess.run([sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *files], cwd=ROOT).returncode == 0


def ways() -> list[tuple[str, ...]]:
    """Options of the sessions: the fastest route, torch's products for all packages, all cores, and a GPU if any."""
    import torch

    options: list[tuple[str, ...]] = [(), ("--route", "torch"), ("--cores", "all")]
    return [*options, ("--device", "cuda", "--cores", "all")] if torch.cuda.is_available() else options


def run(options: argparse.Namespace, *way: str) -> dict[str, Any]:
    """One session, in a process of its own."""
    jobs = options.jobs or list(JOBS)
    command = [sys.executable, "-m", "bench.session", *jobs, "--rounds", str(options.rounds), *way]
    command += ["--alone"] if options.alone else []
    print(f"bench: {' '.join(way) or 'one pinned thread, the fastest route'}", file=sys.stderr, flush=True)
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout) | {"everybody": "--route" in way}


def report(folder: Path, sessions: list[dict[str, Any]]) -> None:
    """Write bench.json and bench.md."""
    folder.mkdir(parents=True, exist_ok=True)
    about = machine()
    (folder / "bench.json").write_text(json.dumps({"machine": about, "sessions": sessions}, indent=1))
    text = f"{about['processor']}, {about['cores']} cores; {about['versions']}; {about['date']}; load {about['load']}\n"
    for session in sessions:
        text += f"\n### {name(session)}\n\n{tables.measured(session)}\n"
        text += f"\n{tables.goals(session)}\n" if tables.verdicts(session) else ""
    text += f"\n### What an update does in other packages\n\n{tables.less()}\n"
    (folder / "bench.md").write_text(text)
    print(text)


def name(session: dict[str, Any]) -> str:
    """The title of a session."""
    if session["device"] != "cpu":
        return f"On {session['device']}, wall time"
    if session["everybody"]:
        return "One pinned thread, CPU time, torch's products for all packages"
    if session["cores"] == "all":
        return "All cores, wall time (information)"
    return f"One pinned thread, CPU time, products by {session['route']}"


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
