"""Report: a run on a page: its record, the verdicts, the figures, and how it was made."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from math import isfinite
from pathlib import Path
from typing import Any

from .. import evaluation
from ..data.dataset import Dataset
from ..evaluation.attacks import privacy_of
from ..evaluation.preparation import check, recoded
from ..evaluation.reference import ROWS, cut
from ..evaluation.verdicts import verdicts
from ..files.atomic import atomic_files, check_writable
from ..machines.dynamics import Machine
from ..machines.guidance import guidance_of
from ..runs import sources
from ..runs.archive import Run
from ..tasks import generate, labels_of
from . import figures, kept, page, text, trials
from .page import RunReport
from .privacy import statement

EARLIER = 3
"""Earlier ages that a report shows where none are named."""

Data = tuple[Dataset, Dataset]
"""Training and held-out rows."""


def report(
    runs: Sequence[str | Path],
    out: str | Path,
    *,
    title: str = "",
    data: Dataset | None = None,
    train: Dataset | None = None,
    through: Callable[[Sequence[Run]], Iterable[Run]] = iter,
    **how: Any,
) -> dict[str, Any]:
    """Put the scores of runs on one page, out, with the numbers beside it under the same name with .json.

    Both files are written when all went well, or neither: files of these names stay as they are until then.

    data: held-out rows; by default those that each training held out. train: training rows; by default those of each
    run. With both, no file is read: so machines of `save` have a report, too. through: wraps the iteration over the
    runs, such as `watch.each`, which shows a clock. how: what `section` takes: age, seed, times, ages, rows, sets,
    intervals.

    Returns the numbers: {"title", "runs": [{"record", "verdicts", "about"}, ...]}. Raises ValueError where out is not
    called .html, or a run lacks an age, and OSError where a file can't be written, before anything is computed. Cost:
    that of `section`, a run; runs of the same data read them once.

    >>> report([], "page.pdf")
    Traceback (most recent call last):
    ValueError: a report is an HTML file: call it something.html, not "page.pdf"
    """
    if (out := Path(out)).suffix != ".html":
        raise ValueError(f'a report is an HTML file: call it something.html, not "{out}"')
    numbers = out.with_suffix(".json")
    for path in (out, numbers):
        check_writable(path)
    opened = [Run.open(run) for run in runs]
    for run in opened:
        check_asked(run, how)
    read = _Reader(data, train)
    found = [section(run, read(run), **how) for run in through(opened)]
    html, contents = page.page(found, title), page.contents(found, title)
    with atomic_files(out, numbers) as files:
        for file, said in zip(files, (html, json.dumps(contents, ensure_ascii=False, indent=1))):
            file.write(said.encode(errors="backslashreplace"))  # halves of pairs, as JSON has them
    return contents


class _Reader:
    """Reads the data of runs, once where a run has those of the run before. held_out, train: in place of their own."""

    def __init__(self, held_out: Dataset | None, train: Dataset | None = None) -> None:
        self.held_out, self.train = held_out, train
        self.key: list[Any] | None = None
        self.data: Data | None = None

    def __call__(self, run: Run) -> Data:
        if self.train is not None and self.held_out is not None:
            return self.train, self.held_out
        key = [run.record["source"], run.record["data"]]
        if self.data is None or key != self.key:
            self.data = None  # two data sets need not be in memory at once
            self.key, self.data = key, sources.reload(run)
        train, test = self.data
        return train if self.train is None else self.train, test if self.held_out is None else self.held_out


def check_asked(run: Run, how: Mapping[str, Any]) -> None:
    """Raises ValueError for an age that the run doesn't have, and for numbers of rows and sets out of range."""
    check(how.get("rows") or ROWS, how.get("sets") or 1)
    for age in (how.get("age"), *(how.get("ages") or ())):
        run.chosen(age)


def section(run: Run, data: Data, age: int | None = None, **how: Any) -> RunReport:
    """The part of a report about a run at an age: `Run.chosen` by default, the best or the last.

    The other arguments, and the cost, are those of `view`; a figure takes a second or two.
    """
    seen = view(run, data, age, **how)
    drawn = {name: (figure, said) for name, figure, said in figures.figures(seen)}
    row: dict[str, float] = next((row for row in seen.record.get("log", []) if row["age"] == seen.record["age"]), {})
    how_made = about(run.record | {"training": run.settings.relevant()}, row)
    return RunReport(seen.record, verdicts(seen.record), drawn, how_made, trials.of_run(run.path))


def view(
    run: Run,
    data: Data,
    age: int | None = None,
    *,
    seed: int | None = None,
    only: Collection[str] | None = None,
    **how: Any,
) -> figures.View:
    """All that the figures of a run at an age show, its record among it.

    data: training and held-out rows, such as `sources.reload` reads. seed: by default `Run.seed`. only: the figures
    that are wanted; what none of them needs isn't measured, and if they need no scores, the record only says what the
    machine is. how: as in `evaluated`, and its cost. The record is kept beside the run (`kept`), and measured again
    only where something of all this has changed.
    """
    machine, need, seed = run.machine(age), figures.needs(only), run.seed(seed)
    at = _times(machine, how.get("times"))
    if need == "rows":  # `evaluated` would score them
        names = {layer: list(a.symbols) for layer, a in labels_of(machine).items()}
        known = {"steps": evaluation.trained_steps(machine), "labels": names, "scores": {}}
        shown = figures.View.of(machine, data[1], known, run.log(), seed)
    else:
        how |= {"times": []} if need == "scores" else {}
        how |= {"ages": []} if need != "ages" else {}
        record, rows = _measured(run, data, age, seed=seed, **how)
        shown = figures.View.of(machine, data[1], record, run.log(), seed, rows)
    return replace(shown, times=at)


def _times(machine: Machine, times: Sequence[int] | None) -> Sequence[int]:
    """Generation times, by default those of `figures.times` for the steps that the machine was trained with."""
    steps = machine.schedule.steps if machine.schedule else 1  # `evaluate` says what is wrong without one
    return figures.times(steps) if times is None else times


def _measured(
    run: Run, data: Data, age: int | None, intervals: int = 50, judges: Sequence[Any] = (), **how: Any
) -> tuple[dict[str, Any], Data | None]:
    """The record that is kept; else that of `evaluated`, and its rows. What others judge is measured each time."""
    chosen, (training, test) = run.chosen(age), data
    asked = {k: x for k, x in how.items() if x is not None} | {"saved": run.ages}
    name = kept.key(run, chosen, (training.sha256, test.sha256), asked)
    if not judges and (record := kept.find(run, name, intervals)):
        name = run.path.resolve().name
        return record | {"name": name, "privacy": _told(name, record["privacy"])} | _of_run(run, chosen, test), None
    found = evaluated(run, data, age, intervals=intervals, judges=judges, **how)
    if not judges:
        own = _of_run(run, chosen, test)
        kept.keep(run, name, intervals, {k: x for k, x in found.record.items() if k not in own})
    return found.record, (found.data, found.generated)


def _of_run(run: Run, age: int, test: Dataset) -> dict[str, Any]:
    """What a record has of its run, and not of the evaluation."""
    return chosen_by(run, age, test) | guided_by(run.machine(age)) | planned(run) | logged(run)


def evaluated(
    run: Run,
    data: Data,
    age: int | None = None,
    *,
    times: Sequence[int] | None = None,
    ages: Sequence[int] | None = None,
    rows: int | None = None,
    sets: int | None = None,
    seed: int | None = None,
    **how: Any,
) -> evaluation.Evaluation:
    """The evaluation of a run at an age, by training and held-out data: `evaluation.evaluation`, and its cost.

    times: other generation times, by default before, at and long after what it was trained for (`figures.times`);
    ages: other saved ages whose scores over time are measured, by default three earlier ones; rows: 2,000 by default;
    sets: `enough` by default; seed: `Run.seed` by default; how: `intervals`, `kind` of `evaluate`. The record also has
    `chosen_by`, the score on these very rows that chose the age, if one did; `updates`, how many the training was to
    have; and `log`, that of the run. Raises ValueError as `evaluate` does, and for an age that the run doesn't have.
    """
    machine, chosen, (training, test), seed = run.machine(age), run.chosen(age), data, run.seed(seed)
    at = _times(machine, times)
    others = {run.chosen(other) for other in (earlier(run.ages, chosen) if ages is None else ages)} - {chosen}
    rows = ROWS if rows is None else rows
    check(rows, 1 if sets is None else sets)
    how |= {"rows": rows, "sets": enough(min(rows, len(test))) if sets is None else sets, "times": at, "seed": seed}
    how["ages"] = ((other, run.machine(other)) for other in sorted(others)) if others else None
    found = evaluation.evaluation(machine, test, training, name=run.path.resolve().name, age=chosen, **how)
    told = {"privacy": _privacy(machine, (training, test), found.generated, run.path.resolve().name, seed)}
    return replace(found, record=found.record | told | _of_run(run, chosen, test))


def privacy(
    run: Run,
    data: Data,
    age: int | None = None,
    rows: int | None = None,
    seed: int | None = None,
    released: Path | None = None,
) -> dict[str, Any]:
    """What attacks on a run find (`evaluation.attacks`), and a "statement" of it in words, without an evaluation.

    released: a file of generated rows, those that are handed on; by default as many are generated as are held out,
    `rows` at most (2,000 by default), with their labels. seed: by default `Run.seed`.
    """
    machine, (training, test), seed = run.machine(age), data, run.seed(seed)
    some, name = cut(recoded(machine, test), ROWS if rows is None else rows, seed), run.path.resolve().name
    if released is not None:
        made = sources.unseen(run, machine, released)
        return _privacy(machine, (training, some), made, name, seed, released=released.name)
    evaluation.trained_steps(machine)
    return _privacy(machine, (training, some), generate(machine, like=some, seed=seed), name, seed)


def _privacy(machine: Machine, data: Data, generated: Dataset, name: str, seed: int, **about: str) -> dict[str, Any]:
    """What attacks find, with the statement, or why none could be run; about: more to say of the generated rows."""
    training, test = data
    try:
        found = privacy_of(machine, training, cut(test, ROWS, seed), generated, seed)
    except ValueError as error:
        return {"statement": f"Privacy was not measured: {error}."}
    return _told(name, found | about)


def _told(name: str, found: dict[str, Any]) -> dict[str, Any]:
    """What attacks found with the statement, which has the run's name of today; without an attack as it is."""
    measured = found.keys() - {"statement"}
    return found | {"statement": statement(name, found)} if measured else found


def enough(rows: int) -> int:
    """How many sets of so many rows make `ROWS` of them, from one to five.

    >>> enough(2000), enough(895), enough(12)
    (1, 3, 5)
    """
    return min(5, -(-ROWS // max(1, rows)))


def chosen_by(run: Run, age: int, test: Dataset) -> dict[str, str]:
    """The score that chose this age of the run on these very rows, if one did: its value on them is optimistic."""
    best, learned = run.record.get("best") or {}, run.record["data"].get("held_out", {})
    ours = age == best.get("age") and test.sha256 == learned.get("sha256")
    return {"chosen_by": best["score"]} if ours else {}


def guided_by(machine: Machine) -> dict[str, float]:
    """The guidance of what a machine generates, where it has one."""
    guidance = guidance_of(machine)
    return {"guidance": guidance} if guidance else {}


def planned(run: Run) -> dict[str, int]:
    """The updates that the training of a run was to have; nothing for a machine saved by hand."""
    updates = run.record["training"].get("updates")
    return {} if updates is None else {"updates": updates}


def logged(run: Run) -> dict[str, list[dict[str, float]]]:
    """The log of a run as numbers, a row a saved age; nothing for a run without one, nor for what isn't finite."""
    rows = [{name: float(x) for name, x in row.items() if x} for row in run.log()]
    rows = [{name: x for name, x in row.items() if isfinite(x)} | {"age": int(row["age"])} for row in rows]
    return {"log": rows} if rows else {}


def earlier(ages: Sequence[int], last: int) -> list[int]:
    """A few saved ages before the last, each about a third of the next.

    >>> earlier([10, 15, 22, 32, 46, 68, 100, 147, 215, 316, 464, 681, 1000], 1000)
    [32, 100, 316]
    """
    wanted = [last / 10 ** (k / 2) for k in range(EARLIER, 0, -1)]
    before = [age for age in ages if age < last]
    return sorted({min(before, key=lambda age: abs(age - w)) for w in wanted}) if before else []


def about(record: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
    """How a run was made, by topic; row: the one of its log at the age that is shown."""
    made = record.get("provenance") or {}
    machine = {name: text.layer(units) for name, units in record["machine"]["units"].items()}
    data = {"rows of training": record["data"].get("rows"), "sha256": record["data"].get("sha256")}
    times = {f"{name}, seconds": x for name, x in text.clocks(record, row).items()}
    provenance = {k: v for k, v in made.items() if k != "command"} | times
    return {
        "command": " ".join(made.get("command", ())),
        "machine": machine,
        "settings": record["training"],
        "data": record["source"] | {k: v for k, v in data.items() if v is not None},
        "provenance": {k: v for k, v in provenance.items() if v is not None},
    }
