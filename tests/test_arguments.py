"""Arguments: arrays, datasets and names in the wrong place are refused in one line that says what to pass."""

from __future__ import annotations

from itertools import repeat

import numpy as np
import pytest
import torch

import spinodal as sp

DATA = sp.Dataset(
    {"visible": np.eye(6, dtype=np.int8), "label": (np.arange(6) % 2).astype(np.int8)[:, None]},
    {"visible": sp.BINARY, "label": sp.Alphabet(("0", "1"), name="digit")},
    np.arange(6).astype(str),
)


def machine():
    return sp.rbm(sp.Bernoulli(3), **DATA.units)


def one_update(protocol, batches=None):
    return next(sp.fit(machine(), DATA.batches(6) if batches is None else batches, protocol, steps=1))


PROTOCOLS = {
    "a name": ("pcd", "sp.PCD"),
    "one phase": (sp.Phase(), "sp.PCD"),
    "a list": ([sp.Phase()], "sp.PCD"),
    "no phase": ((), "sp.PCD"),
    "a layer with a typing error": ((sp.Phase(held=("labels",)),), '"labels", which the data lack; they have vis'),
    "a layer that data don't have": ((sp.Phase(held=("hidden",)),), '"hidden", which the data lack'),
}  # fmt: skip


@pytest.mark.parametrize("name", PROTOCOLS)
def test_a_protocol_that_would_hold_something_else_than_it_says_is_refused(name):
    protocol, said = PROTOCOLS[name]
    with pytest.raises(ValueError, match=r"phase") as error:
        one_update(protocol)
    assert said in str(error.value)


@pytest.mark.parametrize("wrong", [{"held": "label"}, {"held": ["label"]}, {"held": (1,)}, {"weight": float("nan")}])
def test_a_phase_says_what_it_takes(wrong):
    with pytest.raises(ValueError, match=r"held is a tuple of names|weight must be a number"):
        sp.Phase(**wrong)


def test_f_and_f_of_data_without_labels_is_free_runs():
    """Its phase that holds labels is a free run, and its phase that holds the data adds nothing to the weights."""
    plain, batch = {"visible": sp.Bernoulli(6)}, {"visible": torch.eye(6)}
    steps = []
    for protocol in (sp.FEF, sp.RDM):
        whole = sp.rbm(sp.Bernoulli(3), **plain)
        steps.append(next(sp.fit(whole, repeat(batch), protocol, steps=2)).gradient["coupling.visible-hidden.weight"])
    assert torch.allclose(*steps, atol=1e-6)


TENSORS = {
    "fit": lambda x: next(sp.fit(machine(), repeat(x, 1))),
    "free_energy": lambda x: sp.free_energy(machine(), x),
    "energy": lambda x: sp.energy(machine(), x),
    "posterior": lambda x: sp.posterior(machine(), "label", x),
    "run": lambda x: sp.run(machine(), 6, 1, x),
}
DATASETS = {
    "predict": lambda x: sp.predict(machine(), x),
    "complete": lambda x: sp.complete(machine(), x, steps=1),
    "impute": lambda x: sp.impute(machine(), x, steps=1),
    "generate": lambda x: sp.generate(machine(), like=x, steps=1),
    "log_likelihood": lambda x: sp.log_likelihood(machine(), x),
    "score": lambda x: sp.score(DATA, x),
    "write": lambda x: sp.write(x, "never.npy"),
}


@pytest.mark.parametrize("name", TENSORS)
def test_functions_of_tensors_say_how_to_get_them(name):
    with pytest.raises(ValueError, match=r"pass data\.tensors\(\), not a Dataset"):
        TENSORS[name](DATA)
    with pytest.raises(ValueError, match=r"is a ndarray, not a tensor"):
        TENSORS[name](DATA.columns)
    if name != "posterior":  # which takes the visible layer's tensor, too
        with pytest.raises(ValueError, match=r'such as \{"visible": tensor\}, not a Tensor'):
            TENSORS[name](torch.eye(6))


@pytest.mark.parametrize("name", DATASETS)
def test_functions_of_datasets_say_how_to_make_one(name):
    with pytest.raises(ValueError, match=r"Dataset.* not a ndarray"):
        DATASETS[name](DATA["visible"])


def test_fit_says_that_it_takes_batches():
    with pytest.raises(ValueError, match=r"pass data\.batches\(100\)"):
        next(sp.fit(machine(), DATA))


@pytest.mark.parametrize("make", [
    lambda: sp.rbm(100, **DATA.units),
    lambda: sp.rbm(sp.Bernoulli(3), visible=100),
    lambda: sp.chaotic(100, gain=2.0, rate=0.2, visible=sp.Spin(3)),
    lambda: sp.neural("mlp", visible=100),
])  # fmt: skip
def test_a_layer_is_units_and_not_their_number(make):
    with pytest.raises(ValueError, match=r"is a layer of units, such as sp\.Bernoulli\(100\).* not 100"):
        make()


@pytest.mark.parametrize("label", [0, 1, np.int64(1)])
def test_the_name_of_a_label_is_text(label):
    """The label 0 was no label at all: rows came with labels that nobody had asked for."""
    for ask in (
        lambda x: sp.generate(machine(), label=x, n=2, steps=1),
        lambda x: DATA.like(x, n=2),
        lambda x: DATA.like({"label": x}, n=2),
        lambda x: DATA.where(label=x),
    ):
        with pytest.raises(ValueError, match=rf'must be text, such as "{label}", not {label}'):
            ask(label)
        assert set(ask(str(label)).texts("label").tolist()) == {str(label)}


def test_an_energy_is_of_a_whole_state():
    """Without the hidden layer it was the energy of the visible units and their biases alone."""
    whole = sp.run(machine(), 4, 2).value
    assert sp.energy(machine(), whole).shape == (4,)
    with pytest.raises(ValueError, match=r"lacks hidden: sp\.free_energy sums hidden units over"):
        sp.energy(machine(), DATA.tensors())


def test_fixed_points_are_of_machines_without_noise():
    with pytest.raises(ValueError, match=r"fixed points are of machines without noise, such as sp\.chaotic"):
        sp.fixed_points(machine(), 3, steps=3)


def test_log_z_of_many_states_says_how_to_estimate_it():
    large = sp.rbm(sp.Bernoulli(30), visible=sp.Bernoulli(40))
    data = sp.Dataset({"visible": np.zeros((2, 40), np.int8)}, {"visible": sp.BINARY}, np.array(["a", "b"]))
    for ask in (lambda: sp.log_partition(large), lambda: sp.log_likelihood(large, data)):
        with pytest.raises(ValueError, match=r"the most is 2\^22: sp\.log_partition\(machine, \"ais\"\) estimates it"):
            ask()
    found = sp.log_likelihood(large, data, partition=sp.log_partition(large, "ais", chains=8, steps=40))
    assert found.mean == pytest.approx(-40 * np.log(2), abs=1.0)
