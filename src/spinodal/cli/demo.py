"""Demo: trainings by F&F and by PCD on the handwritten digits of scikit-learn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ..data.alphabet import BINARY
from ..data.dataset import Dataset, label_column, numbered_names
from ..evaluation.quick_scores import quick_scores
from ..files import write
from ..files.atomic import atomic_file
from ..reporting.plots import samples
from ..runs.archive import Run
from ..runs.settings import Settings, Source
from ..runs.sources import prepare
from ..runs.training import train
from ..tasks import asked, generate
from .options import write_figure

SETTINGS = Settings(hidden=200, batch=100, lr=0.2, updates=2000, steps=10)


def digits() -> Dataset:
    """1,797 handwritten digits of 8 x 8 pixels, black or white (Alpaydin & Kaynak 1998; scikit-learn's copy)."""
    from sklearn.datasets import load_digits

    images, numbers = load_digits(return_X_y=True)
    letters, alphabet = label_column([str(n) for n in numbers], "digit")
    visible = (images > 7).astype(np.int8)
    columns, alphabets = {"visible": visible, "label": letters}, {"visible": BINARY, "label": alphabet}
    return Dataset(columns, alphabets, numbered_names(len(visible), "digit"), notes={"image": [8, 8]})


def play(out: Path, overwrite: bool = False) -> Iterator[str]:
    """Train both, yield a line of scores for each, and write digits, runs, a picture and a summary to `out`.

    Raises FileExistsError where `out` isn't empty, unless `overwrite` is set.
    """
    if out.exists() and any(out.iterdir()) and not overwrite:
        raise FileExistsError(f"{out} is not empty: --overwrite replaces the files of an earlier demo")
    out.mkdir(parents=True, exist_ok=True)
    write(digits(), out / "digits.npz")
    source = Source(data=str(out / "digits.npz"), split=0.8).absolute()
    training, test = prepare(source)
    length = f"{SETTINGS.updates} updates, {SETTINGS.steps} steps each"
    yield f"{len(training)} training digits, {len(test)} held out; {length}"
    lines = []
    for name, title in (("fef", "F&F-10"), ("pcd", "PCD-10")):
        settings = replace(SETTINGS, protocol=name)
        for now in train(training, test, out / name, settings, source=source, overwrite=True):
            spent = now.seconds
        lines.append(_line(title, spent, quick_scores(Run.open(out / name).machine(), test, training)))
        yield lines[-1]
    _draw(out)
    _summarize(out, lines)
    yield f"ten generated samples of each digit: {out / 'samples.png'}"


def _line(title: str, seconds: float, found: dict[str, Any]) -> str:
    a = found["adversarial_accuracy"]
    return (
        f"{title}: label accuracy {found['accuracy']:.3f}, label fidelity {found['label_fidelity']:.3f}, "
        f"adversarial error {a['error']:.3f} (floor {a['floor']:.3f}) at t_G = 10, whole training {seconds:.0f} s"
    )


def _draw(out: Path) -> None:
    machine = Run.open(out / "fef").machine()
    made = generate(machine, asked(machine, {str(d): 10 for d in range(10)}), seed=1)
    title = "Digits generated in 10 steps from noise, the label of each row held"
    figure = samples(made["visible"], [str(d) for d in range(10)], (8, 8), title=title)
    write_figure(figure, out / "samples.png")


def _summarize(out: Path, lines: list[str]) -> None:
    with atomic_file(out / "summary.txt") as file:
        file.write(("\n".join(lines) + "\n").encode())
