"""All of it: is it right, how fast is it by each route, and on all cores; a report as Markdown and as JSON."""

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
from .works import JOBS

ROOT = Path(__file__).parents[1]
GATES = (
    "test_kernels",
    "test_planes",
    "test_spread",
    "test_dynamics",
    "test_network",
    "test_fef_original",
    "test_scores",
)
"""The laws that what is timed must hold: kernels against their reference, chi-square of every sampler, chains at the
exact law of machines that can be enumerated, the update against the slow reference, and the same bits for any threads
and any cutting of the chains."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("works", nargs="*", metavar="WORK", help=f"of {', '.join(JOBS)}; all by default")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--alone", action="store_true", help="without the peers")
    parser.add_argument("--no-gates", action="store_true", help="don't test first whether it is right")
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "results", help="the folder of the report")
    options = parser.parse_args()
    if strange := set(options.works) - JOBS.keys():
        parser.error(f"there is no work {', '.join(sorted(strange))}; there are {', '.join(JOBS)}")
    if not options.no_gates and not right():
        print("bench: a law is broken, so times mean nothing", file=sys.stderr)
        return 1
    sittings = [sit(options, *way) for way in ways()]
    report(options.out, sittings)
    return 0 if all(said != tables.MISSED for sitting in sittings for *_, said in tables.verdicts(sitting)) else 1


def right() -> bool:
    """Whether the laws hold here."""
    files = [f"tests/{name}.py" for name in GATES]
    return subprocess.run([sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *files], cwd=ROOT).returncode == 0


def ways() -> list[tuple[str, ...]]:
    """The sittings: the fastest route, torch's products for all packages, all cores; and a GPU where there is one."""
    import torch

    found: list[tuple[str, ...]] = [(), ("--route", "torch"), ("--cores", "all")]
    return [*found, ("--device", "cuda", "--cores", "all")] if torch.cuda.is_available() else found


def sit(options: argparse.Namespace, *way: str) -> dict[str, Any]:
    """One sitting, in a process of its own."""
    works = options.works or list(JOBS)
    command = [sys.executable, "-m", "bench.sitting", *works, "--rounds", str(options.rounds), *way]
    command += ["--alone"] if options.alone else []
    print(f"bench: {' '.join(way) or 'one pinned thread, the fastest route'}", file=sys.stderr, flush=True)
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout) | {"everybody": "--route" in way}


def report(folder: Path, sittings: list[dict[str, Any]]) -> None:
    """Write bench.json and bench.md."""
    folder.mkdir(parents=True, exist_ok=True)
    about = machine()
    (folder / "bench.json").write_text(json.dumps({"machine": about, "sittings": sittings}, indent=1))
    text = f"{about['processor']}, {about['cores']} cores; {about['versions']}; {about['date']}; load {about['load']}\n"
    for sitting in sittings:
        text += f"\n### {name(sitting)}\n\n{tables.measured(sitting)}\n"
        text += f"\n{tables.goals(sitting)}\n" if tables.verdicts(sitting) else ""
    text += f"\n### What the peers do less\n\n{tables.less()}\n"
    (folder / "bench.md").write_text(text)
    print(text)


def name(sitting: dict[str, Any]) -> str:
    """What a sitting is called."""
    if sitting["device"] != "cpu":
        return f"On {sitting['device']}, wall time"
    if sitting["everybody"]:
        return "One pinned thread, CPU time, torch's products for all packages"
    if sitting["cores"] == "all":
        return "All cores, wall time (information)"
    return f"One pinned thread, CPU time, products by {sitting['route']}"


def machine() -> dict[str, Any]:
    """What it was measured on."""
    import torch

    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "versions": f"Python {platform.python_version()}, torch {torch.__version__}",
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "load": f"{os.getloadavg()[0]:.1f}",
    }


def processor() -> str:
    """Its name, and the widest vectors it has."""
    import torch

    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    model = next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine()
    )
    return f"{model} ({torch.backends.cpu.get_cpu_capability()})"


if __name__ == "__main__":
    sys.exit(main())
