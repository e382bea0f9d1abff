"""One F&F update as the authors' code makes it: the same as a slow reference that shares no line with the package."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import spinodal as sp
from spinodal import Noise

from .laws import drawn_rows, randomize
from .references.slow_fef import update

HIDDEN, LABELS, SITES, N = 6, 4, 5, 40
TOLERANCE = {torch.float32: 1e-5, torch.float64: 2e-6}
"""The authors keep frequencies off 0 and 1 by 1e-7, we don't: that is what is left in double precision."""


class SameNoise:
    """The random numbers of `fit`'s first update, asked for as the reference asks."""

    def __init__(self, machine, seed, k):
        self.units, self.place, self.k = machine.units, machine.place, k
        self.like, self.noise = machine.like, Noise.of(seed).child(1)

    def draw(self, layer, potential, noise, time):
        x = torch.as_tensor(potential).to(self.like).reshape(N, -1)  # (n, q, sites) is state-major as it stands
        return self.units[layer].draw(x, noise.at(time, self.place[layer])).numpy()

    def data_hidden(self, p):
        return self.draw("hidden", np.log(p) - np.log1p(-p), self.noise, self.k)

    def visible_start(self):
        return self.draw("visible", np.zeros((N, self.units["visible"].size)), self.noise.child(0), 0)

    def visible(self, step, logits):
        return self.draw("visible", logits, self.noise.child(0), step + 1)

    def label_start(self):
        return self.draw("label", np.zeros((N, LABELS)), self.noise.child(1), 0)[:, 0]

    def label(self, step, logits):
        return self.draw("label", logits, self.noise.child(1), step + 1)[:, 0]


def original(visible):
    """A machine as theirs: hidden units show their mean inside the chains; weights in the zero-sum gauge."""
    machine = sp.rbm(sp.Bernoulli(HIDDEN), sampled=("visible", "label"), visible=visible, label=sp.Potts(1, LABELS))
    randomize(machine, 0.5)
    with torch.no_grad():
        for layer in ("visible", "label"):
            weight = machine.between(layer, "hidden").weight
            weight.copy_(machine.units[layer].gauge(weight))
    return machine


def theirs(machine):
    """The parameters by their names: W (Nv, Nh) or (q, Nv, Nh), D, a, b, c."""
    names = {
        "W": "coupling.visible-hidden.weight",
        "D": "coupling.label-hidden.weight",
        "a": "bias.visible",
        "b": "bias.hidden",
        "c": "bias.label",
    }
    ours = {k: p.detach().double() for k, p in machine.named_parameters()}
    found = {short: ours[name] for short, name in names.items()}
    if isinstance(machine.units["visible"], sp.Potts):
        shape = (machine.units["visible"].colors, SITES)
        found["W"], found["a"] = found["W"].unflatten(0, shape), found["a"].unflatten(0, shape)
    return {k: x.numpy().copy() for k, x in found.items()}


@pytest.mark.parametrize("centered", [True, False])
@pytest.mark.parametrize("seed", [0, 1, 7])
@pytest.mark.parametrize("k", [1, 2, 10])
@pytest.mark.parametrize("visible", [sp.Bernoulli(SITES), sp.Potts(SITES, 3)], ids=str)
def test_an_update_is_that_of_the_original(visible, k, seed, centered, precision):
    machine, lr = original(visible), 0.3
    batch = drawn_rows(machine, N, seed)
    q = visible.colors if isinstance(visible, sp.Potts) else None
    before, draws = theirs(machine), SameNoise(machine, seed, k)
    rows = batch["visible"].numpy(), batch["label"][:, 0].numpy()
    want = update(before, *rows, draws, k, lr, q, centered)
    as_theirs = {"centered": centered, "averaged": False, "uncentered": [("label", "hidden")]}
    next(sp.fit(machine, [batch], sp.FEF_CHAIN, steps=k, lr=lr, seed=seed, **as_theirs))
    after = theirs(machine)
    for name, moved in want.items():
        assert np.abs(moved - before[name]).max() > 0.01  # it is a step worth comparing
        np.testing.assert_allclose(after[name], moved, rtol=0, atol=TOLERANCE[precision], err_msg=name)


@pytest.mark.parametrize("option", [{"averaged": True}, {"uncentered": []}, {"centered": False}])
def test_the_comparison_sees_every_particular(option, double):
    machine, k = original(sp.Bernoulli(SITES)), 2
    batch = drawn_rows(machine, N)
    rows = batch["visible"].numpy(), batch["label"][:, 0].numpy()
    want = update(theirs(machine), *rows, SameNoise(machine, 0, k), k, 0.3)
    as_theirs = {"averaged": False, "uncentered": [("label", "hidden")]}
    next(sp.fit(machine, [batch], sp.FEF_CHAIN, steps=k, lr=0.3, **as_theirs | option))
    assert max(np.abs(theirs(machine)[name] - x).max() for name, x in want.items()) > 100 * TOLERANCE[torch.float64]
