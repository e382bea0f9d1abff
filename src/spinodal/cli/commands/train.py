"""`spinodal train`: a machine is trained on data into a run directory."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from ...ranks import ALONE
from ...reporting import text
from ...runs.settings import NO_SETTINGS, NO_SOURCE, Settings, Source
from .. import options
from ..errors import say
from ..watch import watch
from .arguments import Data, Flag, Job, Out, Recipe


def train(
    data: Data = None,
    /,
    *,
    out: Out,
    recipe: Recipe = None,
    source: Source = NO_SOURCE,
    settings: Settings = NO_SETTINGS,
    device: str = "auto",
    resume: Flag = False,
    overwrite: Flag = False,
    tensorboard: Path | None = None,
    ranks: Job = ALONE,
) -> None:
    """Train a machine on DATA into a run directory. Started by torchrun, several processes train together.

    Parameters
    ----------
    out
        The run directory to make.
    device
        cpu, cuda, or auto.
    resume
        Resume the run in OUT, or start it; it ends with the same bits as a run that was never stopped.
    overwrite
        Replace the run in OUT.
    tensorboard
        A folder for TensorBoard: the columns of log.csv as curves, and pictures of generated rows at saved ages.
    """
    from ...reporting import tracking
    from ...runs import agreement, common_rows, sources, training
    from ...runs.archive import Run

    agreement.check_folder(out, ranks)
    source = source if data is None else replace(source, data=str(data))
    source, settings = options.combined(source, settings, recipe, out if resume else None)
    if ranks.is_first:
        training.precheck(out, settings, resume=resume, overwrite=overwrite)
    where = options.device(device)
    begun = resume and (out / "run.json").exists()
    notes = Run.open(out).record["data"]["notes"] if begun else None
    learned, held_out = common_rows.in_common(lambda: sources.prepare(source, notes=notes), source.given(), ranks)
    updates = training.train(
        learned, held_out, out, settings, source=source, resume=resume, overwrite=overwrite, device=where, ranks=ranks
    )
    with closing(updates):
        progress: Iterator[training.Progress] = updates
        if tensorboard is not None and ranks.is_first:
            progress = tracking.tracked(updates, tensorboard, out, (learned, held_out))
        watch(progress, out) if ranks.is_first else deque(progress, maxlen=0)
    if not ranks.is_first:
        return
    run = Run.open(out)
    for line in text.ending(run.record, run.ages, [row] if (row := run.row()) else []):
        say(line)
