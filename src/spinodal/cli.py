"""Command line: one short function a command. Data on stdout, the rest on stderr; true exit codes; no questions."""

from __future__ import annotations

import json
import os
import sys
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, CycloptsError, Parameter

from . import cards, options
from ._version import __version__

if TYPE_CHECKING:
    from .archive import Run
    from .network import Network
    from .runs import Progress

app = App(
    name="spinodal",
    help="Generators of structured, labeled data that work out of equilibrium.",
    version=__version__,
    result_action="return_value",
    suppress_keyboard_interrupt=False,
)

Out = Annotated[Path, Parameter(name=["--out", "-o"], allow_leading_hyphen=True)]  # "-" is the standard output
Columns = Annotated[list[str] | None, Parameter(name="--label", consume_multiple=False)]
Sizes = Annotated[list[int] | None, Parameter(consume_multiple=False)]
Pairs = Annotated[list[str] | None, Parameter(consume_multiple=False)]
Flag = Annotated[bool, Parameter(negative="")]
Json = Annotated[bool, Parameter(name="--json", negative="")]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a training is of and how large it is: options that `train` and `inspect` have in common.

    Parameters
    ----------
    labels
        A table joined to the data by name, "re:PATTERN" for the header, or "folder".
    label
        The column that is the label; give it again for several; "" takes none.
    where
        COLUMN=VALUE: only these rows.
    split
        A column with "train" and "test", or the fraction to train on (default 0.9).
    test
        A file of held-out data, in place of a split.
    sample
        Train on so many rows, drawn at random.
    reweight
        Draw rows by 1 / (how many are this identical, 0.8 say).
    alphabet
        protein, rna, dna, binary, gray (images as numbers), or the symbols; detected by default.
    unknown
        What symbols that are not in the alphabet are read as: "-" or "?".
    recipe
        The name of a published run, or a TOML file; options given here go before it.
    machine
        rbm (the default), or chaotic: a rate network of which the own chaos makes samples.
    gain
        Of a chaotic machine, g: how strong its frozen couplings are (default 2; chaos begins at 1).
    rate
        Of a chaotic machine, dt / tau (default 0.4).
    protocol
        fef, fef1, rdm, cd or pcd; by default fef where there are labels, else rdm.
    steps
        Steps of every run, k (default 10; chaotic 15).
    hidden
        Hidden units (default 1000; chaotic 500). Chaotic: twice for two hidden layers, 0 for none.
    batch
        Rows an update (default 500, or all).
    """

    labels: str | None = None
    label: Columns = None
    where: Pairs = None
    split: str | None = None
    test: Path | None = None
    sample: int | None = None
    reweight: float | None = None
    alphabet: str | None = None
    unknown: str | None = None
    recipe: str | None = None
    machine: str | None = None
    gain: float | None = None
    rate: float | None = None
    protocol: str | None = None
    steps: int | None = None
    hidden: Sizes = None
    batch: int | None = None


@app.command
def train(
    data: Path | None = None,
    /,
    *,
    out: Out,
    plan: Plan = Plan(),
    updates: int | None = None,
    lr: float | None = None,
    momentum: float | None = None,
    centered: bool | None = None,
    seed: int | None = None,
    precision: str | None = None,
    device: str = "auto",
    resume: Flag = False,
    overwrite: Flag = False,
) -> None:
    """Train a machine on DATA into a run directory.

    Parameters
    ----------
    data
        Aligned FASTA, CSV/TSV, .hap/.hapt, idx images or .npz, also packed; not needed to resume.
    out
        The run directory to make.
    updates
        How long to train (default 5000).
    lr
        Learning rate (default 0.01; 0.05 is often five times faster and as good).
    momentum
        How much of an update goes on in the next (default 0).
    centered
        The centered gradient (the default), or the plain one.
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
    from . import runs, sources

    given: dict[str, Any] = {"data": data, "updates": updates, "lr": lr, "momentum": momentum}
    given |= {"centered": centered, "seed": seed, "precision": precision}
    source, settings = options.gathered(vars(plan), given, out if resume else None)
    training, held_out = sources.prepare(source)
    how: dict[str, Any] = {"resume": resume, "overwrite": overwrite, "device": options.device(device)}
    progress = runs.train(training, held_out, out, settings, source=source, **how)
    _watch(progress, settings.get("updates", runs.DEFAULTS["updates"]))


@app.command
def generate(
    run: Path,
    /,
    *,
    out: Out,
    label: Columns = None,
    like: Path | None = None,
    n: Annotated[int | None, Parameter(name=["-n", "--count"])] = None,
    steps: int | None = None,
    age: int | None = None,
    seed: int = 0,
    precision: str = "float32",
) -> None:
    """Generate data with the labels asked for, in as few steps as the machine was trained with.

    Parameters
    ----------
    run
        A run directory.
    out
        The file to write; its suffix says the format, "-" is the standard output.
    label
        NAME=COUNT, once a label; with several label columns COLUMN:NAME,COLUMN:NAME=COUNT.
    like
        A run or a labeled data file: as many, with the same labels.
    n
        How many, with labels that the machine draws, too.
    steps
        t_G; by default the steps it was trained with.
    age
        A saved age; by default the last.
    seed
        Of the sample: the same seed, the same sample.
    precision
        float32, or int8x2: binary layers act through weights of 15 bits, in half the time.
    """
    from . import sources, tasks
    from .files import write

    archive, machine = _open(run, age)
    if sum(x is not None for x in (label, like, n)) != 1:
        raise ValueError("say what to generate: --label NAME=COUNT, --like DATA, or -n N")
    counts = options.counts(label) if label else {"": n or 0}
    asked = sources.like(archive, machine, like) if like else tasks.asked(machine, counts)
    asked = replace(asked, notes=archive.record["data"]["notes"])
    machine.precision = precision
    write(tasks.stream(machine, asked, steps=steps, seed=seed), out)
    _say(f"{len(asked)} rows to {out}")


@app.command
def predict(
    run: Path,
    data: Path,
    /,
    *,
    out: Out = Path("-"),
    unknown: str | None = None,
    age: int | None = None,
) -> None:
    """Predict the labels of DATA: name, predicted, and one probability a label, exact for restricted machines.

    Parameters
    ----------
    run
        A run directory.
    data
        A file of sequences or other rows like the training data's.
    out
        A CSV file; "-" is the standard output.
    unknown
        What symbols that are not in the alphabet are read as: "-" or "?".
    age
        A saved age; by default the last.
    """
    from . import sources, tasks
    from .files.table import write_rows

    _, machine = _open(run, age)
    guess = tasks.predict(machine, sources.read_for(machine, data, unknown=unknown))
    write_rows(out, guess.table())
    _say(f"{len(guess.names)} predictions to {out}")


@app.command
def score(
    run: Path,
    data: Path | None = None,
    /,
    *,
    labels: str | None = None,
    label: Columns = None,
    where: Pairs = None,
    times: str | None = None,
    rows: int | None = None,
    sets: int = 5,
    age: int | None = None,
    seed: int = 0,
    as_json: Json = False,
) -> None:
    """Score a run on its held-out data, or on DATA, each score beside its noise floor.

    Parameters
    ----------
    run
        A run directory.
    data
        Held-out data; by default those that the training held out.
    labels
        As in train.
    label
        As in train; by default the columns of the training.
    where
        As in train.
    times
        Generation times to score as well, 1,3,10,30,100.
    rows
        How many held-out rows to compare generated ones with (default 2000, or all).
    sets
        How many sets of as many generated rows to average over.
    age
        A saved age; by default the last.
    seed
        Of what is generated.
    as_json
        Print JSON.
    """
    from . import sources
    from .judge import ROWS, judge

    archive, machine = _open(run, age)
    training, test = sources.prepare(archive.record["source"])
    if data is not None:
        label = archive.record["source"].get("label") if label is None else options.named(label)
        unknown = archive.record["source"].get("unknown")
        test = sources.read_for(machine, data, labels=labels, label=label, where=options.pairs(where), unknown=unknown)
    found = {"age": archive.ages[-1] if age is None else age}
    found |= judge(machine, test, training, options.times(times), seed, ROWS if rows is None else rows, sets)
    print(json.dumps(found) if as_json else "\n".join(cards.scorecard(found)))


@app.command
def figures(
    run: Path,
    /,
    *,
    out: Out,
    times: str | None = None,
    rows: int | None = None,
    age: int | None = None,
    seed: int = 0,
) -> None:
    """Draw the papers' figures of a run, as PNG files, with the numbers beside them: samples, scores over time and age.

    Parameters
    ----------
    run
        A run directory.
    out
        The folder to write to; what is there under the same names is replaced.
    times
        Generation times to score, 1,3,10,30,100; by default from a fifth to ten times the steps trained with.
    rows
        How many held-out rows to compare generated ones with (default 2000, or all).
    age
        A saved age; by default the last.
    seed
        Of what is generated.
    """
    from . import figures as drawn
    from . import sources
    from .files.whole import whole
    from .judge import ROWS, judge

    archive, machine = _open(run, age)
    training, test = sources.prepare(archive.record["source"])
    chosen = options.times(times) or drawn.times(machine.schedule.steps if machine.schedule else 1)
    found = {"age": archive.ages[-1] if age is None else age}
    found |= judge(machine, test, training, chosen, seed, ROWS if rows is None else rows)
    out.mkdir(parents=True, exist_ok=True)
    with whole(out / "scores.json") as file:
        file.write(json.dumps(found, indent=1).encode())
    for name, figure in drawn.figures(archive, machine, test, found, seed):
        with whole(out / f"{name}.png") as file:
            figure.savefig(file, format="png")  # type: ignore[arg-type]
        _say(f"{out / name}.png")


@app.command
def info(run: Path, /, *, as_json: Json = False) -> None:
    """Say what a run is: the machine, how it was trained, its ages, its latest scores, and whether it is chaotic.

    Parameters
    ----------
    run
        A run directory.
    as_json
        Print all of run.json, the ages and the log as JSON.
    """
    from .archive import Run

    archive = Run.open(run)
    if as_json:
        found = {**archive.record, "ages": archive.ages, "log": archive.log(), "dynamics": _dynamics(archive)}
        print(json.dumps(found, ensure_ascii=False))
        return
    print("\n".join(cards.card(archive.record, archive.ages, archive.log(), _dynamics(archive))))


@app.command
def inspect(data: Path | None = None, /, *, plan: Plan = Plan(), as_json: Json = False) -> None:
    """Say what is in a data file, and what a training on it would be: its rows, its parameters, its memory.

    Parameters
    ----------
    data
        A data file, as in train.
    as_json
        Print JSON.
    """
    from . import memory, runs, sources

    process = memory.resident()[0]
    source, settings = options.gathered(vars(plan), {"data": data})
    rows = sources.load(source)
    try:
        training, held_out = sources.divide(rows, source)
        about = memory.needed(training, held_out, runs.settle(settings, training), process)
    except ValueError as error:
        if settings or source.keys() & {"split", "test", "sample", "reweight"}:
            raise
        about = {"not_possible": str(error)}  # data that can't be trained on can be looked at
    found = rows.describe() | {"training": about}
    print(json.dumps(found) if as_json else "\n".join(cards.facts(found)))


@app.command
def demo(out: Path = Path("demo"), *, overwrite: Flag = False) -> None:
    """Train on handwritten digits, F&F beside PCD, and draw what they generate: under a minute, offline.

    Parameters
    ----------
    out
        The folder to write in.
    overwrite
        Replace what an earlier demo left there.
    """
    from .demo import play

    for line in play(out, overwrite):
        print(line, flush=True)


def _open(run: Path, age: int | None) -> tuple[Any, Network]:
    from .archive import Run

    archive = Run.open(run)
    return archive, archive.machine(age)


def _dynamics(archive: Run) -> dict[str, float]:
    """What a machine with frozen couplings does when it is left alone, at its last age."""
    if not archive.record["machine"]["gain"] or archive.record["machine"]["drawn"]:
        return {}
    from .chaos import lyapunov, stability_radius

    machine = archive.machine()
    found = lyapunov(machine, steps=1000)
    return {
        "stability_radius": stability_radius(machine),
        "largest_exponent": found.largest,
        "error": float(found.errors[0]),
    }


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _watch(progress: Iterable[Progress], updates: int) -> None:
    """A bar while it trains, and a line at every saved age."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True, highlight=False, soft_wrap=True)
    columns = (TextColumn("update {task.completed:.0f} of {task.total:.0f}"), BarColumn())
    columns += (TextColumn("{task.fields[speed]}"), TimeRemainingColumn())  # type: ignore[assignment]
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task, first = bar.add_task("", total=updates, speed=""), None
        for now in progress:
            first = first or now
            passed = now.seconds - first.seconds
            speed = (now.age - first.age) / passed if passed else 0.0
            bar.update(task, completed=now.age, speed=f"{speed:.1f} updates/s")
            if now.quality is not None:
                left = (updates - now.age) / speed if speed else 0.0
                console.print(cards.progress(now.age, now.quality, speed, left))


# -- the door -----------------------------------------------------------------------------------


@contextmanager
def _one_line_each() -> Iterator[None]:
    """Warnings as one line on stderr."""

    def show(message: Warning | str, *_: Any, **__: Any) -> None:
        _say(f"spinodal: note: {message}")

    before, warnings.showwarning = warnings.showwarning, show
    try:
        yield
    finally:
        warnings.showwarning = before


def main(tokens: list[str] | None = None) -> None:
    """Run a command; exit with 0 where it did what was asked, 1 where it could not, 2 where it was asked wrongly."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        with _one_line_each():
            app(tokens, exit_on_error=False, print_error=False)
    except CycloptsError as error:
        _fail(f"{error} (see --help)", 2)
    except KeyboardInterrupt:
        _fail("stopped; a training goes on with --resume", 130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # who reads has gone: there is no more to say
    except OSError as error:
        _fail(f"{error.filename}: {error.strerror}" if error.filename else str(error), 1)
    except (ValueError, FloatingPointError, MemoryError) as error:
        _fail(str(error), 1)
    except RuntimeError as error:
        if "allocate memory" not in str(error):
            raise
        _fail("there is not enough memory for this: take fewer hidden units, or a smaller batch", 1)


def _fail(why: str, code: int) -> None:
    _say(f"spinodal: {' '.join(why.split())}")
    sys.exit(code)
