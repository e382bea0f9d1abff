from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from .commands import source, spinodal

LONGER = {"hgd-k20": 6813}
"""Updates of what needs more than its recipe has: longer runs are out of equilibrium only later in training."""


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """Where the runs are: SPINODAL_RUNS, where they are kept, or a folder that goes away."""
    kept = Path(os.environ.get("SPINODAL_RUNS") or tmp_path_factory.mktemp("runs"))
    kept.mkdir(parents=True, exist_ok=True)
    return kept


@pytest.fixture(scope="session")
def trained(folder):
    """Train by a recipe, once: the run, in a folder of this name; NAME-kN is the recipe NAME with N steps.

    A run that is there and was trained to its end is taken as it is; its command is printed.
    """

    def run(name, *more):
        recipe, steps = re.fullmatch(r"(.+?)(?:-k(\d+))?", name).groups()
        out = folder / "-".join([name, *more[1::2]])
        if not finished(out):
            options = [*more, *(["--steps", steps] if steps else [])]
            options += ["--updates", LONGER[name]] if name in LONGER else []
            spinodal("train", *source(recipe), "--recipe", recipe, *options, "--out", out, "--resume")
        print(f"\n{' '.join(json.loads((out / 'run.json').read_text())['provenance']['command'])}")
        return out

    return run


def finished(run):
    """Whether a training came to its end: then its record says how long it took."""
    return (run / "run.json").exists() and "seconds" in json.loads((run / "run.json").read_text())


@pytest.fixture(scope="session")
def reported(trained, tmp_path_factory):
    """Report on runs: what a page says of each by its name, and the page. Made once."""
    made, known = tmp_path_factory.mktemp("reports"), {}

    def report(*names):
        for name in set(names) - known.keys():
            page = made / f"{name}.html"
            spinodal("report", trained(name), "--sets", 5, "--ages", "none", "-o", page)
            (run,) = json.loads(page.with_suffix(".json").read_text())["runs"]
            known[name] = run | {"page": page}
        return {name: known[name] for name in names}

    return report
