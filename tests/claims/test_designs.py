"""Serine proteases of one function near a natural one of another, by the command line. SPINODAL_RUNS keeps the run."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

import spinodal as sp
from spinodal.evaluation.classifier import train_classifier
from spinodal.runs import sources
from spinodal.runs.archive import Run

from .commands import spinodal

pytestmark = pytest.mark.claim

FUNCTIONS = ("trypsin", "chymotrypsin", "kallikrein", "granzyme", "elastase")

PAIRS = list(permutations(FUNCTIONS, 2))
"""A function that is asked for, and that of the template."""


@pytest.mark.parametrize(("asked", "other"), PAIRS)
def test_200_rows_of_a_label_are_near_a_template_of_another(trained, tmp_path, asked, other):
    run = trained("s1a")
    train, _ = sources.reload(Run.open(run))
    template = train.select([int((train.texts("label") == other).argmax())])
    sp.write(template, tmp_path / "template.fasta")
    near = ["--near", tmp_path / "template.fasta", "--identity", "0.6-0.8", "--distinct"]
    spinodal("generate", run, "--label", f"{asked}=200", *near, "-o", tmp_path / "made.fasta")
    made = sp.read(tmp_path / "made.fasta", label="label")
    equal = (made["visible"] == template["visible"]).mean(1)
    assert len(made) == 200
    assert ((equal >= 0.6) & (equal <= 0.8)).all()
    rows = {row.tobytes() for row in made["visible"]}
    assert len(rows) == 200
    assert not rows & {row.tobytes() for row in train["visible"]}
    judged = train_classifier(train, "letters")(made)
    share = np.mean(judged == train.alphabets["label"].symbols.index(asked))
    print(f"{asked} near a {other}: identity {equal.min():.2f} to {equal.max():.2f}, judged {share:.3f}")
    assert share >= 0.8
