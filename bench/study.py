"""Study: which settings of a training give the best labels and rows for the time they take, on real data.

    python -m bench.study DATA --out FOLDER [--only s1a,hgd] [--trials usual,plain] [--seeds 0,1,2] [--seconds 300]

DATA is the folder of the data sets, in the layout of `SOURCES`; the table `cancer` comes with scikit-learn. Each trial
is a run directory in FOLDER. A trial that is there is resumed, so the study can be stopped at any time. Several
processes may share it: each takes a trial that no other holds. The table at its end (with `--table` alone: no training)
has the age of the best quality of each trial.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from sklearn.datasets import load_breast_cancer

from spinodal.runs import recipes, sources
from spinodal.runs.archive import Run
from spinodal.runs.settings import Settings, Source
from spinodal.runs.stopping import best
from spinodal.runs.training import train

SOURCES: dict[str, dict[str, str]] = {
    "hgd": {"data": "hgd/805_SNP_1000G_real.hapt.zip", "labels": "hgd/hgd_labels.csv"},
    "mnist": {"data": "mnist/train-images-idx3-ubyte.gz", "test": "mnist/t10k-images-idx3-ubyte.gz"},
    "sam": {"data": "sam/sam.fasta.gz", "labels": "sam/sam_labels.csv"},
    "s1a": {"data": "s1a/s1a.fasta.gz", "labels": "s1a/s1a_labels.csv"},
    "gh5": {"data": "gh5/gh5.fasta.gz", "labels": "gh5/gh5_labels.csv"},
    "pieces": {"data": "cmpc/midi"},
}
"""The files of each recipe's data, below DATA."""

TABLE = "cancer"
"""A table of columns, 569 rows of 30 numbers and a diagnosis, which comes with scikit-learn."""

PLAIN = {"balance": 0.0, "label_weight": 1.0, "averaging": 0.0, "curvature_limit": 0.0}
"""A training of before: one learning rate along all directions, rows as they are, the last parameters."""

TRIALS: dict[str, dict[str, Any]] = {
    "usual": {},
    "plain": PLAIN | {"lr": 0.05},
    "plain lr 0.2": PLAIN | {"lr": 0.2},
    "not damped": {"curvature_limit": 0.0},
    "not damped lr 0.2": {"curvature_limit": 0.0, "lr": 0.2},
    "limit 0.5": {"curvature_limit": 0.5},
    "limit 2": {"curvature_limit": 2.0},
    "lr halved": {"lr": 0.25},
    "last parameters": {"averaging": 0.0},
    "averaging 3": {"averaging": 3.0},
    "averaging 20": {"averaging": 20.0},
    "label weight 1": {"label_weight": 1.0},
    "label weight 10": {"label_weight": 10.0},
    "not balanced": {"balance": 0.0},
    "all labels alike": {"balance": 1.0},
    "hidden 64": {"hidden": 64},
    "hidden 256": {"hidden": 256},
    "hidden 1024": {"hidden": 1024},
    "batch 100": {"batch": 100},
    "batch 1000": {"batch": 1000},
    "5 steps": {"steps": 5},
    "20 steps": {"steps": 20},
    "decay 0.001": {"l2": 0.001},
    "momentum": {"momentum": 0.9, "lr": 0.05},
    "label chain": {"protocol": "fef-chain"},
    "adam": {"optimizer": "adam", "lr": 0.002, "curvature_limit": 0.0},
    "adam lr 0.01": {"optimizer": "adam", "lr": 0.01, "curvature_limit": 0.0},
}
"""What differs from the settings that a training takes by itself."""

COLUMNS = ("balanced_accuracy", "accuracy", "label_fidelity", "adversarial_error", "spectrum_error")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.study", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("data", type=Path, metavar="DATA")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--only", type=names, default=[*SOURCES, TABLE], help="data sets")
    parser.add_argument("--trials", type=names, default=[*TRIALS], help="trials")
    parser.add_argument("--seeds", type=names, default=["0"])
    parser.add_argument("--seconds", type=float, default=300.0, help="the longest that a trial trains, without scores")
    parser.add_argument("--table", action="store_true", help="print the table of what is there, and train nothing")
    options = parser.parse_args(arguments)
    if strange := ({*options.only} - {*SOURCES, TABLE}) | ({*options.trials} - TRIALS.keys()):
        parser.error(f"there is no {', '.join(sorted(strange))}: choose from {', '.join([*SOURCES, TABLE, *TRIALS])}")
    points = [(d, t, int(s)) for d in options.only for s in options.seeds for t in options.trials]
    for data, trial, seed in [] if options.table else points:
        try:
            run_trial(options.data, options.out, data, trial, seed, options.seconds)
        except FileExistsError as error:  # another process trains it
            print(f"study: {error}", file=sys.stderr)
    for line in table(options.out, points):
        print(line)
    return 0


def names(text: str) -> list[str]:
    """The words between commas."""
    return [word.strip() for word in text.split(",")]


def place(out: Path, data: str, trial: str, seed: int) -> Path:
    """The run directory of a trial."""
    return out / data / f"{trial.replace(' ', '-').replace(',', '')}-{seed}"


def run_trial(folder: Path, out: Path, data: str, trial: str, seed: int, seconds: float) -> None:
    """Train a trial until its patience or its time is over; one that is over already isn't trained again."""
    path = place(out, data, trial, seed)
    if path.exists() and spent(Run.open(path)) >= seconds:
        return
    source, settings = table_of_cancers(out) if data == TABLE else recipe(folder, data)
    settings = Settings(**TRIALS[trial], seed=seed).over(settings)
    rows = sources.prepare(source)
    print(f"study: {data}, {trial}, seed {seed}", file=sys.stderr, flush=True)
    with closing(train(*rows, path, settings, source=source, resume=True)) as updates:
        for now in updates:
            if now.quality is not None and now.seconds >= seconds:
                break


def recipe(folder: Path, data: str) -> tuple[Source, Settings]:
    """The source and the settings of a recipe, with its files below a folder."""
    source, settings = recipes.load(data)
    return replace(source, **{k: str(folder / v) for k, v in SOURCES[data].items()}), settings


def table_of_cancers(out: Path) -> tuple[Source, Settings]:
    """The source of `TABLE`, written into a folder where it isn't yet, and no settings."""
    path = out / f"{TABLE}.csv"
    if not path.exists():
        found = load_breast_cancer(as_frame=True)
        rows = found.data.assign(diagnosis=found.target_names[found.target])
        path.parent.mkdir(parents=True, exist_ok=True)
        rows.rename(columns=lambda name: name.replace(" ", "_")).to_csv(path, index=False)
    return Source(data=str(path), label="diagnosis"), Settings()


def spent(run: Run) -> float:
    """The seconds that a run has trained, up to its last saved age."""
    return max((float(row["seconds"]) for row in run.log()), default=0.0)


def table(out: Path, points: list[tuple[str, str, int]]) -> Iterator[str]:
    """A table in Markdown: of each trial that is there the age of the best quality."""
    yield f"| data | trial | seed | updates | seconds | quality | {' | '.join(COLUMNS)} |".replace("_", " ")
    yield "|---" * (6 + len(COLUMNS)) + "|"
    for data, trial, seed in points:
        path = place(out, data, trial, seed)
        log = Run.open(path).log() if path.exists() else []
        found = best(log, "quality")
        for row in (row for row in log if found and int(row["age"]) == found["age"]):
            scores = [f"{float(row[k]):.3g}" if row.get(k) else "-" for k in COLUMNS]
            cells = [data, trial, str(seed), row["age"], f"{float(row['seconds']):.0f}", f"{float(row['quality']):.3f}"]
            yield f"| {' | '.join([*cells, *scores])} |"


if __name__ == "__main__":
    sys.exit(main())
