"""Likelihood: log p of rows, and of rows given labels and of labels given rows, against enumeration."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import torch

import spinodal as sp
from spinodal.analysis.likelihood import log_likelihood
from spinodal.data.alphabet import BINARY, Alphabet
from spinodal.data.dataset import Dataset

from .laws import drawn_rows, pairs_of, randomize, small
from .laws import log_likelihood as by_enumeration

NAMES = Alphabet(("a", "b", "c"))


def labeled(unknown=()):
    """A machine of two label columns and data for it, of which some rows lack a label."""
    machine = randomize(
        sp.rbm(
            sp.Bernoulli(3),
            visible=sp.Bernoulli(4),
            **{"label:one": sp.Potts(1, 3, symbols=NAMES.symbols), "label:two": sp.Potts(1, 3, symbols=NAMES.symbols)},
        ),
        1.0,
    ).double()
    batch = drawn_rows(machine, 12)
    for k in unknown:
        batch[k][:4] = -1
    alphabets = {"visible": BINARY, "label:one": NAMES, "label:two": NAMES}
    return machine, batch, Dataset.of(batch, alphabets)


def log_p(machine, batch, known):
    """log p of the layers `known` of each row, by enumeration; what a row lacks is summed over."""
    rows = [{k: batch[k][i : i + 1] for k in known} for i in range(len(batch["visible"]))]
    with torch.no_grad():
        return np.array([float(by_enumeration(machine, row)) for row in rows])


@pytest.mark.parametrize("unknown", [(), ("label:one",), ("label:one", "label:two")])
def test_log_p_is_that_of_the_enumeration(unknown, double):
    machine, batch, data = labeled(unknown)
    labels = ["label:one", "label:two"]
    seen, one = log_p(machine, batch, ["visible"]), log_p(machine, batch, ["label:one"])
    joint, with_one = log_p(machine, batch, ["visible", *labels]), log_p(machine, batch, ["visible", "label:one"])
    np.testing.assert_allclose(log_likelihood(machine, data).rows, seen)
    np.testing.assert_allclose(log_likelihood(machine, data, "one").rows, with_one - one)
    np.testing.assert_allclose(log_likelihood(machine, data, labels).rows, joint - log_p(machine, batch, labels))
    np.testing.assert_allclose(log_likelihood(machine, data, "visible").rows, joint - seen, atol=1e-12)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_labels_have_all_their_digits_where_p_rounds_to_1(dtype):
    machine, _, data = labeled()
    machine.to(dtype)
    with torch.no_grad():
        machine.bias["label:one"] += torch.tensor([60.0, 0.0, 0.0])
    only = Dataset.of({"visible": torch.ones(1, 4), "label:one": torch.tensor([[0]])}, data.alphabets)
    assert -1e-20 < log_likelihood(machine, only, "visible").rows[0] < 0
    other = Dataset.of({"visible": torch.ones(1, 4), "label:one": torch.tensor([[1]])}, data.alphabets)
    assert -70 < log_likelihood(machine, other, "visible").rows[0] < -50


def test_log_z_may_be_a_number_or_a_function():
    machine, _, data = labeled()
    exact = log_likelihood(machine, data)
    given = sp.log_partition(machine)
    np.testing.assert_array_equal(log_likelihood(machine, data, partition=given).rows, exact.rows)

    machine.float()  # chains are faster so

    def annealed(machine, ages):
        return sp.log_partition(machine, "ais", chains=64, steps=30)

    found = log_likelihood(machine, data, "one", partition=annealed)
    assert len(found.partitions) == len(set(data["label:one"][:, 0].tolist()))
    assert found.lower < log_likelihood(machine, data, "one").mean < found.upper
    assert 0 < found.error < 0.1
    with pytest.raises(ValueError, match="each label has a log Z of its own"):
        log_likelihood(machine, data, "one", partition=given)


def test_ages_are_conditioned_as_the_machine_is():
    machine, _, data = labeled()
    machine.float()
    found = log_likelihood(
        machine,
        data,
        "one",
        ages=[randomize(labeled()[0], 0.3).float()],
        partition=lambda machine, ages: sp.log_partition(machine, "trajectory", ages=ages, chains=32, steps=40),
    )
    assert found.lower < log_likelihood(machine, data, "one").mean < found.upper


def test_free_energies_sum_unknown_and_missing_labels(double):
    machine = small(sp.Potts(2, 3), sp.Bernoulli(3))
    every = pairs_of(machine)
    each = (-sp.free_energy(machine, every)).unflatten(0, (-1, 3)).logsumexp(1)
    x = every["visible"][::3]
    for seen in ({"visible": x}, {"visible": x, "label": torch.full((9, 1), -1)}):
        torch.testing.assert_close(-sp.free_energy(machine, seen), each)
    mixed = {"visible": x[:2], "label": torch.tensor([[-1], [2]])}
    held = {"visible": x[1:2], "label": torch.tensor([[2]])}
    torch.testing.assert_close(
        -sp.free_energy(machine, mixed), torch.stack([each[0], -sp.free_energy(machine, held)[0]])
    )


def test_what_has_no_answer():
    machine, batch, data = labeled()
    ask = partial(log_likelihood, machine)
    with pytest.raises(ValueError, match='of 12 rows have unknown entries, the first is "g0'):
        ask(data.hide("visible", fraction=0.1, seed=1))
    with pytest.raises(ValueError, match="unknown entries in visible, the first is row 1: only unknown labels"):
        sp.free_energy(machine, batch | {"visible": torch.full((12, 4), torch.nan)})
    with pytest.raises(ValueError, match="is of labels, and the machine or the data have none"):
        ask(Dataset.of({"visible": batch["visible"]}, data.alphabets), "visible")
    with pytest.raises(ValueError, match='no label column "three"'):
        ask(data, "three")
    with pytest.raises(ValueError, match='the data have no label column "label:one"'):
        ask(Dataset.of({"visible": batch["visible"]}, data.alphabets), "one")
    with pytest.raises(ValueError, match="has no energy"):
        log_likelihood(sp.chaotic(sp.Spin(3), gain=1.0, rate=0.5, visible=sp.Spin(4)), data)
    gray = Dataset.of({"visible": torch.full((2, 4), 0.5)}, {})
    with pytest.raises(ValueError, match="values between -1 and 1, which are means"):
        log_likelihood(sp.rbm(sp.Bernoulli(2), visible=sp.Spin(4)), gray)
