"""What the recipes of neural energies reach, bases and all. SPINODAL_RUNS keeps the runs."""

from __future__ import annotations

import pytest

from spinodal.runs.archive import Run

pytestmark = pytest.mark.claim

REACHED = {"mnist-neural": (0.97, 0.95, 0.03), "fashion-neural": (0.855, 0.85, 0.11), "s1a-neural": (0.79, 0.9, 0.03)}
"""Of each recipe at least so much balanced accuracy and label fidelity, and at most so much adversarial error."""


@pytest.mark.parametrize("seed", ["0", "1"])
@pytest.mark.parametrize("recipe", REACHED)
def test_a_network_above_its_base_knows_labels_and_makes_rows(trained, recipe, seed):
    row = Run.open(trained(recipe, "--seed", seed)).row()
    found = [float(row[score]) for score in ("balanced_accuracy", "label_fidelity", "adversarial_error")]
    print("{} after {} updates: {:.3f}, {:.3f}, {:.3f}".format(recipe, row["age"], *found))
    knows, makes, errs = REACHED[recipe]
    assert found[0] >= knows
    assert found[1] >= makes
    assert found[2] <= errs
