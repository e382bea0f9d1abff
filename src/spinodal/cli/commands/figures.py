"""`spinodal figures`: the papers' figures of a run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import options
from ..errors import say
from ..watch import each
from .arguments import Age, Number, Out, check

if TYPE_CHECKING:
    from ...reporting.figures import Drawn, View
    from ...runs.archive import Run


def figures(
    runs: list[Path],
    /,
    *,
    out: Out,
    only: str | None = None,
    paper: str | None = None,
    format: str = "png",
    title: str | None = None,
    sites: str | None = None,
    times: str | None = None,
    ages: str | None = None,
    rows: Number = None,
    age: Age = None,
    seed: Number = None,
) -> None:
    """Draw the papers' figures of a run, or curves of several runs in one, with the numbers beside them as scores.json.

    Parameters
    ----------
    runs
        A run directory; or several, whose errors and accuracies are drawn in one figure each.
    out
        The folder to write to; what is there under the same names is replaced.
    only
        Figures or groups of them, logo,clouds; what they don't need isn't computed. By default all that apply.
    paper
        A figure of a paper by its number: fef:1, fef:3, fef:4, fef:5, chaos:3 or chaos:5.
    format
        png, pdf, svg, or several: pdf,png.
    title
        The title of each figure in place of its own; "none" for none.
    sites
        The sites of sequence logos, counted from 1, 40-80; by default the 60 most informative ones.
    times
        Generation times, 1,10,100,1000; by default before, at and long after the steps trained with.
    ages
        Saved ages whose scores over time are shown, 100,1000; by default three earlier ones; "none" for none.
    rows
        How many held-out rows to compare generated ones with (default 2000, or all).
    seed
        Of what is generated; by default that of the training, as in its log.
    """
    from ...reporting import figures as drawn
    from ...reporting import report
    from ...reporting.plots import retitle
    from ...runs import sources
    from ...runs.archive import Run

    check(rows=rows, age=age, seed=seed)
    _check_folder(out)
    suffixes, wanted = options.formats(format), _wanted(only, paper)
    opened = [Run.open(run) for run in runs]
    shown = _sites(opened, sites)
    if len(runs) > 1:
        wanted = list(drawn.TOGETHER) if wanted is None else wanted
    how: dict[str, Any] = {"times": options.times(times) or None, "ages": options.ages(ages), "rows": rows}
    how |= {"only": wanted, "seed": seed, "intervals": 0}
    for run in opened:
        report.check_asked(run, how | {"age": age})
    seen = opened if drawn.needs(wanted) == "rows" else each(opened)  # what needs no scores takes seconds
    with options.new_folder(out):
        views = [report.view(own, sources.reload(own), age, **how) for own in seen]
        found = _drawn(opened, [replace(view, sites=shown) for view in views], wanted)
        if (first := next(found, None)) is None and wanted:
            raise ValueError(f"{', '.join(wanted)}: {'these runs have' if len(runs) > 1 else 'this run has'} no such "
                             "figure: rows or machine are of another kind, or the log or the labels are too "
                             "few")  # fmt: skip
        _write_numbers(views, out)
        for name, figure, _ in chain([first] if first else [], found):
            if title is not None:
                retitle(figure, "" if title == "none" else title)
            for suffix in suffixes:
                options.write_figure(figure, out / f"{name}.{suffix}")
                say(f"{out / name}.{suffix}")


def _drawn(runs: Sequence[Run], views: Sequence[View], wanted: list[str] | None) -> Iterator[Drawn]:
    """The figures of a run, or those that several have in one, by the names of their folders."""
    from ...reporting import figures as drawn

    if len(runs) == 1:
        return drawn.figures(views[0], wanted)
    names = [run.path.resolve().name for run in runs]
    own = names if len(set(names)) == len(names) else [str(run.path) for run in runs]
    return drawn.together(dict(zip(own, views)), wanted)


def _check_folder(out: Path) -> None:
    """Raises ValueError for a folder that is called like a figure."""
    from ...reporting.plots.saved import FORMATS

    suffix = out.suffix.lower().removeprefix(".")
    if suffix in FORMATS and not out.is_dir():
        raise ValueError(f"{out} is for a folder of figures: -o FOLDER --format {suffix}, and --only NAME for one")


def _wanted(only: str | None, paper: str | None) -> list[str] | None:
    """The names of the figures that are asked for, None for all."""
    from ...reporting import figures as drawn

    words = [word.strip() for word in only.split(",")] if only is not None else []
    found = [*drawn.chosen(words), *(drawn.of_paper(paper) if paper is not None else [])]
    return found or None


def _sites(runs: Sequence[Run], sites: str | None) -> list[int]:
    """The sites of logos, from 0."""
    from ...files.aligned import sites_by_name

    if sites is None:
        return []
    if len(runs) > 1:
        raise ValueError("--sites are those of a logo, which is of one run")
    (run,) = runs
    units = run.machine().units
    count = units["visible"].columns if "visible" in units else 0
    return options.sites(sites, count, "--sites", sites_by_name(run.record["data"]["notes"]))


def _write_numbers(views: Sequence[View], out: Path) -> None:
    """The record as scores.json, of several runs a list, if figures needed scores."""
    from ...files.atomic import atomic_file

    records = [view.record for view in views]
    if any(record["scores"] for record in records):
        said = records if len(records) > 1 else records[0]
        with atomic_file(out / "scores.json") as file:
            file.write(json.dumps(said, ensure_ascii=False, indent=1).encode())
