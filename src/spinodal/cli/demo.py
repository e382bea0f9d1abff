"""Demo: F&F beside PCD on the handwritten digits that scikit-learn ships."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ..data.alphabet import BINARY
from ..data.dataset import Dataset, label_column, numbered_names
from ..evaluation.quick_scores import judge
from ..files.atomic import atomic
from ..reporting.plots import samples
from ..runs.archive import Run
from ..runs.training import train
from ..tasks import asked, generate

UPDATES = 2000
SETTINGS = {"hidden": 200, "batch": 100, "lr": 0.2}


def digits() -> Dataset:
    """1,797 handwritten digits of 8 x 8 pixels, black or white (Alpaydin & Kaynak 1998; scikit-learn's copy)."""
    from sklearn.datasets import load_digits

    images, numbers = load_digits(return_X_y=True)
    letters, alphabet = label_column([str(n) for n in numbers], "digit")
    visible = (images > 7).astype(np.int8)
    columns, alphabets = {"visible": visible, "label": letters}, {"visible": BINARY, "label": alphabet}
    return Dataset(columns, alphabets, numbered_names(len(visible), "digit"), notes={"image": [8, 8]})


def play(out: Path, overwrite: bool = False) -> Iterator[str]:
    """Train both, yield what they reached line by line, and leave runs, a picture and a summary in `out`.

    Raises FileExistsError where `out` holds something and isn't to be overwritten.
    """
    if out.exists() and any(out.iterdir()) and not overwrite:
        raise FileExistsError(f"{out} is not empty: --overwrite replaces what a demo left there")
    out.mkdir(parents=True, exist_ok=True)
    training, test = digits().split(0.8)
    yield f"{len(training)} digits to learn from, {len(test)} held out; {UPDATES} updates, 10 steps each"
    lines = []
    for name, title in (("fef", "F&F-10"), ("pcd", "PCD-10")):
        settings = SETTINGS | {"protocol": name, "updates": UPDATES}
        for now in train(training, test, out / name, settings, overwrite=True):
            spent = now.seconds
        lines.append(_line(title, spent, judge(Run.open(out / name).machine(), test, training)))
        yield lines[-1]
    _draw(out)
    _summarize(out, lines)
    yield f"ten generated samples of each digit: {out / 'samples.png'}"


def _line(title: str, seconds: float, found: dict[str, Any]) -> str:
    a = found["adversarial_accuracy"]
    return (
        f"{title}: label accuracy {found['accuracy']:.3f}, label fidelity {found['label_fidelity']:.3f}, "
        f"adversarial error {a['error']:.3f} (floor {a['floor']:.3f}) at t_G = 10, in {seconds:.0f} s"
    )


def _draw(out: Path) -> None:
    machine = Run.open(out / "fef").machine()
    made = generate(machine, asked(machine, {str(d): 10 for d in range(10)}), seed=1)
    title = "Digits generated in 10 steps from noise, the label of each row held"
    figure = samples(made["visible"], [str(d) for d in range(10)], (8, 8), title=title)
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=150)
    with atomic_file(out / "samples.png") as file:
        file.write(picture.getvalue())


def _summarize(out: Path, lines: list[str]) -> None:
    with atomic_file(out / "summary.txt") as file:
        file.write(("\n".join(lines) + "\n").encode())
