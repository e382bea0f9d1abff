"""`spinodal tune`: a search for the settings of a training, by many trainings."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from ...runs.settings import NO_SETTINGS, NO_SOURCE, Settings, Source
from .. import options
from ..errors import say
from ..watch import trials as watch
from .arguments import Flag, Int, Out, Recipe, check

Named = Annotated[list[str] | None, Parameter(consume_multiple=False, negative="")]
Rows = Annotated[Path | None, Parameter(help="A data file, as in train.")]


def tune(
    data: Rows = None,
    /,
    *,
    out: Out,
    trials: Int = 30,
    search: Named = None,
    objective: Named = None,
    thin: Flag = False,
    recipe: Recipe = None,
    source: Source = NO_SOURCE,
    settings: Settings = NO_SETTINGS,
    device: str = "auto",
) -> None:
    """Search for the settings of a training on DATA, by many trainings in one folder.

    Started again, on another computer that shares the disk or later, the same command takes part or goes on. Settings
    that are given are not searched.

    Parameters
    ----------
    out
        The folder of the sweep: trials/NNNN are runs, best.toml is a recipe, trials.csv and trials.png show all.
    trials
        How many trials in all.
    search
        SETTING=LOW:HIGH or SETTING=A,B,C; again for several. By default lr=0.005:0.2 hidden=128,256,512 steps=5:20
        label_weight=0.1:10 balance=0:1 l1=0,0.0001,0.001 l2=0,0.0001,0.001, of these what the data have.
    objective
        SCORE=WEIGHT; again for several. The objective is the mean, by weight, of the held-out accuracy,
        balanced_accuracy, label_fidelity, and 1 - sqrt(2 adversarial_error). By default 1 for each of the last three
        that the data have.
    thin
        Keep of trials that are stopped early only one age, and nothing to resume from.
    device
        cpu, cuda, or auto.
    """
    from ...reporting.trials import draw
    from ...runs import search as searches
    from ...runs import sources, sweep

    check(trials=trials)
    ranges = options.named("--search", "SETTING=RANGE", search)
    weights = options.weights(objective)
    if both := sorted(ranges.keys() & settings.given().keys()):
        raise ValueError(f"{both[0]} is given and searched: leave one of them out")
    if ranges:
        searches.parse(ranges)
    given = settings.given().keys()
    source = source if data is None else replace(source, data=str(data))
    source, settings = options.combined(source, settings, recipe)
    sweep.precheck(out, settings, trials)
    where = options.device(device)
    learned, held_out = sources.prepare(source)
    searched = ranges or searches.usual(settings, given, learned)
    how: dict[str, Any] = {"searched": searched, "weights": weights, "trials": trials, "thin": thin}
    with closing(sweep.tune(learned, held_out, out, settings, **how, source=source, device=where)) as steps:
        watch(steps)
    for line in draw(out):
        say(line)
