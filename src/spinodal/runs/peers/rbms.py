"""Models of rbms: HDF5 files of rbms 0.1 to 0.6, and of TorchRBM before it, read; and written for rbms 0.5 and 0.6."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...errors import FormatError
from ...machines.dynamics import run
from ...machines.protocols import Schedule
from .model import Array, Model, network_of
from .pairs import check_room, of_pairs
from .updates import ages, arrays, numbers, subgroup, word, write_update
from .updates import number as one

if TYPE_CHECKING:
    import h5py

NAME = "rbms"
LAYOUT = "groups update_N with weight_matrix, vbias and hbias"
keys = ages
"""The key of the group of each age."""
CHAINS, STEPS = 100, 10
"""How many chains a file has from which rbms can go on, and their steps where the machine doesn't know its own."""
RESTORED = {"sampling_args/beta": 1.0, "train_args/optim": "sgd", "train_args/batch_size": CHAINS,
            "train_args/training_type": "pcd", "train_args/learning_rate": [0.01], "train_args/max_lr": 10,
            "grad_args/no_center": False, "grad_args/normalize_grad": False, "grad_args/max_norm_grad": -1,
            "grad_args/L1": 0.0, "grad_args/L2": 0.0, "dataset_args/seed": 0, "dataset_args/train_size": 0.6,
            "dataset_args/test_size": 0.4, "save_args/n_save": 50, "save_args/spacing": "exp"}  # fmt: skip
"""Settings, by default, that rbms 0.6 looks for when it goes on with a training."""
TYPES = ("BBRBM", "PBRBM", "IIRBM", "PBM")
"""The types of models that are read: units of 0 and 1, letters, units of -1 and 1, and Potts models.

Those with Gaussian hidden units are not: chains of rbms 0.6 don't have the law of their energy."""


def is_model(file: h5py.File) -> bool:
    """Whether a group of an age has the three arrays, by itself or in its group params."""
    return any("params" in subgroup(file, key) or "weight_matrix" in subgroup(file, key)
               for key in ages(file).values())  # fmt: skip


def read(file: h5py.File, age: int) -> Model:
    """The model at an age.

    rbms has the group params, with weights (sites, hidden) or (sites, states, hidden), and those of a Potts model are
    (sites, states, sites, states). TorchRBM had none, and (states, sites, hidden). Raises FormatError for other types.
    """
    group = subgroup(file, ages(file)[age])
    is_old = "params" not in group
    own = group if is_old else subgroup(group, "params")
    kind = word(file, "model_type")
    if kind and kind not in TYPES:
        raise FormatError(f"it is a model of the type {kind}; those that can be read are {', '.join(TYPES)}.")
    if kind == "PBM":
        return replace(_of_pairs(numbers(own, "bias"), numbers(own, "weight_matrix")), age=age)
    bias, hidden, weight = (numbers(own, key) for key in ("vbias", "hbias", "weight_matrix"))
    if is_old and bias.ndim == 2 and weight.ndim == 3:
        bias, weight = bias.T, weight.swapaxes(0, 1)
    model = Model(NAME, bias, hidden, weight, age=age, schedule=_schedule(file))
    return _of_zeros_and_ones(model) if kind == "IIRBM" else model


def _schedule(file: h5py.File) -> Schedule | None:
    """The steps of an update, where the file says them: rbms 0.6 has its settings of chains in a group of their own.

    It never says whether chains are persistent.
    """
    groups = [subgroup(file, key) for key in ("hyperparameters", "sampling_args") if key in file]
    steps = next((found for group in groups if (found := one(group, "gibbs_steps"))), None)
    return Schedule((), steps) if steps else None


def _of_pairs(fields: Array, weight: Array) -> Model:
    """The Potts model of E(v) = - v a - v W v / 2, where a site may have a weight to itself."""
    if fields.ndim != 2 or weight.shape != fields.shape * 2:
        raise FormatError(f"it has biases of the shape {fields.shape} and couplings of the shape {weight.shape}.")
    sites, states = fields.shape
    check_room(sites, states, "it")
    couplings = (weight + weight.transpose(2, 3, 0, 1)) / 2
    alone = np.einsum("iaia->ia", couplings) / 2
    couplings[range(sites), :, range(sites)] = 0
    return of_pairs(NAME, fields + alone, couplings, None, "it")


def _of_zeros_and_ones(model: Model) -> Model:
    """The same law of probability with units 0 and 1 in place of -1 and 1: with s = 2 v - 1 and its like for h."""
    weight = model.checked("it").weight
    if model.of_letters:
        raise FormatError("it has units of -1 and 1, but several states at each site.")
    bias, hidden = 2 * (model.bias - weight.sum(1)), 2 * (model.hidden - weight.sum(0))
    return replace(model, bias=bias, hidden=hidden, weight=4 * weight)


def write(model: Model, file: h5py.File, path: Path) -> None:
    """One age of a model without labels, with chains of as many steps from random as its schedule has.

    Settings of trainings that a machine doesn't have are the defaults of rbms. Raises ValueError for a model with a
    label.
    """
    if model.labels:
        raise ValueError("rbms has no labels: hold the label of this machine by --label NAME, or take --to annadca")
    steps, (hidden,) = model.schedule.steps if model.schedule else STEPS, model.hidden.shape
    file["model_type"] = "PBRBM" if model.of_letters else "BBRBM"
    file["parallel_chains"] = run(network_of(model), CHAINS, steps)["visible"].float().numpy()
    settings = {"num_hiddens": hidden, "num_visibles": len(model.bias), "num_chains": CHAINS, "batch_size": CHAINS,
                "gibbs_steps": steps, "filename": path.name, "learning_rate": 0.01, "train_size": 0.6, "seed": 0,
                "L1": 0.0, "L2": 0.0}  # fmt: skip
    for key, value in settings.items():
        file[f"hyperparameters/{key}"] = value
    for key, value in (RESTORED | {"sampling_args/gibbs_steps": steps}).items():
        file[key] = value
    group = write_update(file, model)
    group["time"] = 0.0
    group.create_group("flags")
    for key, x in arrays(model).items():
        group[f"params/{key}"] = x
        group[key] = group[f"params/{key}"]  # a hard link, as older readers look here
