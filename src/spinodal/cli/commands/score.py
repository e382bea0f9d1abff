"""`spinodal score`: how good a run is, beside the noise floor."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...ranks import ALONE, Ranks
from ...reporting import text
from ...terminal import print_json, print_lines
from .. import options
from ..errors import say
from .arguments import (
    Age,
    Columns,
    Esmfold,
    Flag,
    Guidance,
    Job,
    Json,
    Judges,
    Missing,
    Number,
    Pairs,
    check,
    check_guidance,
    judges,
)

if TYPE_CHECKING:
    from ...data.dataset import Dataset
    from ...machines.dynamics import Machine
    from ...runs.archive import Run
    from ...runs.sources import Reading


def score(
    run: Path,
    data: Path | None = None,
    /,
    *,
    labels: str | None = None,
    label: Columns = None,
    where: Pairs = None,
    missing: Missing = None,
    times: str | None = None,
    rows: Number = None,
    sets: Number = None,
    age: Age = None,
    guidance: Guidance = None,
    seed: Number = None,
    as_json: Json = False,
    quick: Flag = False,
    privacy: Flag = False,
    released: Path | None = None,
    judge: Judges = None,
    esmfold: Esmfold = None,
    ranks: Job = ALONE,
) -> None:
    """Score a run on its held-out data, or on DATA, each score beside its noise floor.

    Started by torchrun, several processes share the rows that are generated and predicted.

    Parameters
    ----------
    run
        A run directory.
    data
        Held-out data; by default those that the training held out. Where the training rows can't be found, as of an
        exported model, half of them are scored, and the others stand for the training rows in floors.
    labels
        As in train; by default the labels of DATA itself, or else of the training's table.
    label
        As in train; by default the columns of the training.
    where
        As in train.
    missing
        The word that says that something is not known, as in train; by default as in the training.
    times
        Generation times to score as well, 1,3,10,30,100.
    rows
        How many held-out rows to compare generated ones with (default 2000, or all).
    sets
        How many sets of as many generated rows to average over (default: what makes 2000 rows, at most 5). With one
        the scores of an age are those of log.csv.
    seed
        Of what is generated; by default that of the training, as in its log.
    as_json
        Print JSON: these scores, and under "evidence" all scores, by label too, with floor, baseline and interval.
    quick
        With --json: these scores alone, which takes seconds where all take a minute.
    privacy
        Print a paragraph on privacy in place of scores: what attacks tell of the training rows, and what isn't known.
    released
        With --privacy: a file of generated rows, those that you hand on; by default rows are generated for it.
    """
    from ...evaluation.quick_scores import quick_scores
    from ...evaluation.reference import ROWS
    from ...reporting import report
    from ...runs import common_rows, sources
    from ...runs.archive import Run

    check(rows=rows, sets=sets, age=age, seed=seed)
    check_guidance(guidance)
    asked, whole = judges(judge, esmfold), as_json and not quick
    archive = Run.open(run).guided(guidance)
    seed = archive.seed(seed)
    machine = archive.machine(age)
    alone = data is not None and (not archive.source.data or bool(archive.source.gone()))
    _check_possible(run, privacy, alone and (whole or privacy), ranks)
    if released and not privacy:
        raise ValueError("--released is for --privacy: pass it, too")
    reading = sources.Reading(labels=labels, label=label, where=where, missing=missing)
    read = partial(_read, archive, machine, data, reading, alone)
    training, test = common_rows.in_common(read, [str(run), str(data)], ranks)
    if ranks.is_first and data is not None:
        _say_of_rows(training, test, data, alone)
    if privacy:
        _print_privacy(report.privacy(archive, (training, test), age, rows, seed, released), as_json)
        return
    at = options.times(times)
    found: dict[str, Any] = {"age": archive.chosen(age)} | report.chosen_by(archive, archive.chosen(age), test)
    found |= report.guided_by(machine)
    rows = ROWS if rows is None else rows
    sets = report.enough(min(rows, len(test))) if sets is None else sets
    found |= quick_scores(machine, test, training, at, seed, rows, sets, ranks=ranks, judges=[] if whole else asked)
    if not ranks.is_first:
        return
    if whole:
        about: dict[str, Any] = {"times": at, "ages": (), "rows": rows, "sets": sets, "seed": seed, "judges": asked}
        found["evidence"] = report.evaluated(archive, (training, test), age, **about).record
    as_logged = data is None and guidance is None and rows == ROWS and seed == archive.seed()
    _print(found, as_json, _as_logged(archive, found["age"]) if as_logged else "")


def _read(archive: Run, machine: Machine, data: Path | None, reading: Reading, alone: bool) -> tuple[Dataset, Dataset]:
    """Training and held-out rows: of a run that is `alone`, both are of the file that is scored."""
    from ...runs import sources

    if alone and data is not None:
        return sources.unseen(archive, machine, data, reading).split(0.5)
    training, test = sources.reload(archive)
    return training, test if data is None else sources.unseen(archive, machine, data, reading)


def _check_possible(run: Path, privacy: bool, lacks_rows: bool, ranks: Ranks) -> None:
    """Raises ValueError for what a run without training rows, or several processes, can't measure."""
    if privacy and ranks.count > 1:
        raise ValueError("--privacy is for one process: leave torchrun out")
    if lacks_rows:
        raise ValueError(f"all scores compare with training rows, which {run} can't find: tell it where they are, by "
                         f"spinodal locate {run} DATA, or pass --quick, too")  # fmt: skip


def _print_privacy(told: Mapping[str, Any], as_json: bool) -> None:
    print_json(told) if as_json else print_lines([told["statement"]])


def _as_logged(archive: Run, age: int) -> str:
    """The options that give the numbers of log.csv; "" where it has none of this age."""
    if not archive.row(age):
        return ""
    return "--sets 1" + (" --guidance 0" if archive.record.get("guidance", {}).get("value") else "")


def _print(found: Mapping[str, Any], as_json: bool, again: str) -> None:
    """Print scores, and say if those of whole rows are missing; again: the options that give those of log.csv."""
    if "spectrum_error" not in found:
        say("spinodal: note: fewer than two of these rows are known at every site, and the errors of what is generated "
            "are of whole rows: they are left out")  # fmt: skip
    print_json(found) if as_json else print_lines(text.score_lines(found, again))


def _say_of_rows(training: Dataset, test: Dataset, data: Path, alone: bool) -> None:
    """Say which rows of a file are scored, if the run is `alone`, without training rows, or if it learned some."""
    from ...runs import sources

    if alone:
        say(f"note: without the training rows, {len(test)} rows of {data} are scored, and the floor is that of the "
            f"other {len(training)}; whether the machine learned from some of them is not known")  # fmt: skip
    elif count := sources.learned(training, test):
        say(f"note: {count} of the {len(test)} rows of {data} are like rows that the machine learned from")
