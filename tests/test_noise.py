"""Noise: a number belongs to a place, and places don't share numbers."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from spinodal import Noise, tasks
from spinodal.evaluation import evaluate
from spinodal.machines.kernels import cpu, reference
from spinodal.machines.kernels.integer_products import fastest
from spinodal.machines.kernels.products import route
from spinodal.runs import training
from spinodal.runs.archive import Run
from spinodal.runs.settings import Settings

from .laws import Z
from .toys import CHAOS, QUICK, dataset, gray

LIKE = torch.empty(0)


def numbers(noise, time=3, layer=1, n=5):
    return reference.uniform(n, 7, noise.at(time, layer), LIKE)


def test_a_seed_names_a_noise_and_a_noise_stays_what_it_is():
    noise = Noise.of(7)
    assert noise == Noise.of(7) == Noise.of(noise)
    assert noise != Noise.of(8)
    assert Noise.of(-1).at(0, 0) == Noise.of(2**64 - 1).at(0, 0)


def test_splitmix_known_answer():
    # The first outputs of splitmix64 from state 0 and from state 1234567 (Vigna's reference code).
    assert Noise.of(0).key == 0xE220A8397B1DCDAF
    assert Noise.of(1234567).key == 6457827717110365317


@pytest.mark.parametrize("row", [0, 1, 4])
def test_below_is_the_same_noise_further_down(row):
    noise = Noise.of(1).below(2)
    torch.testing.assert_close(numbers(noise)[row:], numbers(noise.below(row), n=5 - row), rtol=0, atol=0)


def test_every_path_of_children_is_another_noise():
    noise = Noise.of(0).below(3)
    paths = [(), (0,), (1,), (0, 0), (0, 1), (1, 0), (2**40,)]
    assert len({noise.child(*path).key for path in paths}) == len(paths)
    assert len({Noise.of(seed).child(step).key for seed in range(9) for step in range(9)}) == 81
    assert noise.child(4, 5) == noise.child(4).child(5)
    assert noise.child(4).row == 3


def test_other_places_have_other_numbers():
    noise = Noise.of(0)
    places = [(noise, 3, 1), (noise, 4, 1), (noise, 3, 2), (noise.child(0), 3, 1), (noise.below(9), 3, 1)]
    seen = torch.stack([numbers(*place) for place in places]).flatten()
    assert len(seen.unique()) == len(seen)


def test_places_are_independent():
    n = 20_000
    noise = Noise.of(0)
    places = [noise.at(0, 0), noise.at(1, 0), noise.at(0, 1), noise.child(0).at(0, 0), noise.below(n).at(0, 0)]
    x = torch.cat([cpu.normal(n, 2, place, LIKE) for place in places], 1)
    products = (x.T @ x / n)[~torch.eye(10, dtype=torch.bool)]
    assert products.abs().max() < Z / n**0.5


@pytest.mark.parametrize("machine", ["rbm", "chaotic"])
def test_nothing_draws_from_the_generators_that_all_code_shares(tmp_path, machine):
    fastest(torch.device("cpu"))  # which probe the machine that they run on, once
    route()
    before = torch.get_rng_state(), np.random.get_state()[1]  # noqa: NPY002
    data = dataset("family") if machine == "rbm" else gray("label")
    train, test = data.split(0.8)
    kind = QUICK if machine == "rbm" else CHAOS
    for precision in ("float32", "exact") if machine == "rbm" else ("float32",):
        how = Settings(**{**kind, "updates": 10, "precision": precision, "hide": 0.1})
        list(training.train(train, test, tmp_path / precision, how))
        made = Run.open(tmp_path / precision).machine()
        for task in (tasks.generate, tasks.complete, tasks.reconstruct, tasks.predict):
            task(made, test)
        evaluate(made, test, train, sets=1, intervals=2)
    after = torch.get_rng_state(), np.random.get_state()[1]  # noqa: NPY002
    assert torch.equal(before[0], after[0])
    assert (before[1] == after[1]).all()
