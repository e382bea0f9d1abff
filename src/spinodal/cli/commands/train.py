"""`spinodal train`: a machine is trained on data into a run directory."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from ...reporting import text
from .. import options
from ..errors import say
from ..watch import watch
from .arguments import ANY, Data, Flag, Number, Out, Plan


def train(
    data: Data = None,
    /,
    *,
    out: Out,
    plan: Plan = ANY,
    updates: Number = None,
    stop_on: str | None = None,
    patience: float | None = None,
    lr: float | None = None,
    momentum: float | None = None,
    centered: bool | None = None,
    hide: float | None = None,
    seed: Number = None,
    precision: str | None = None,
    device: str = "auto",
    resume: Flag = False,
    overwrite: Flag = False,
) -> None:
    """Train a machine on DATA into a run directory.

    Parameters
    ----------
    out
        The run directory to make.
    updates
        How long to train (default 5000).
    stop_on
        Stop when this score gets no better on the held-out rows, and take its best age: accuracy, balanced_accuracy,
        label_fidelity, adversarial_error, spectrum_error or second_moment_error; "" for none.
    patience
        Stop when the training is so many times as old as at its best (default 3).
    lr
        Learning rate (default 0.01; 0.05 is often five times faster and as good).
    momentum
        How much of an update goes on in the next (default 0).
    centered
        The centered gradient (the default), or the plain one.
    hide
        Hide this fraction of the visible entries of the training rows from it, at random: for experiments.
    seed
        Of the weights, the batches and the noise (default 0); the split is always the same.
    precision
        float32, or int8x2: chains of binary layers run on weights of 15 bits, in half the time.
    device
        cpu, cuda, or auto.
    resume
        Go on with the run in OUT, or begin it; with the same bits as a run that never stopped.
    overwrite
        Replace the run in OUT.
    """
    from ...runs import sources
    from ...runs import training as runs
    from ...runs.archive import Run

    given: dict[str, Any] = {"data": data, "updates": updates, "lr": lr, "momentum": momentum}
    given |= {"centered": centered, "seed": seed, "precision": precision, "stop_on": stop_on, "patience": patience}
    given |= {"hide": hide}
    source, settings = options.gathered(vars(plan), given, out if resume else None)
    how: dict[str, Any] = {"resume": resume, "overwrite": overwrite}
    runs.foresee(out, settings, **how)
    how["device"] = options.device(device)
    begun = resume and (out / "run.json").exists()
    training, held_out = sources.prepare(source, notes=Run.open(out).record["data"]["notes"] if begun else None)
    with closing(runs.train(training, held_out, out, settings, source=source, **how)) as progress:
        watch(progress, settings.get("updates", runs.DEFAULTS["updates"]))
    run = Run.open(out)
    log = [row for row in run.log() if int(row["age"]) == run.chosen()]
    for line in text.ending(run.record, run.ages, log):
        say(line)
