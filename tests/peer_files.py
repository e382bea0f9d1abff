"""Files as other programs write them, with random parameters, and the free energies that their formulas give."""

from __future__ import annotations

import json

import h5py
import numpy as np

SITES, STATES, HIDDEN, LABELS = 7, 5, 4, 3


def parameters(states=STATES, labels=0, seed=0):
    """vbias (sites, states) or (sites,), hbias, weight; with labels lbias and label_matrix."""
    draw = np.random.default_rng(seed)
    seen = (SITES, states) if states else (SITES,)
    found = {"vbias": draw.normal(size=seen), "hbias": draw.normal(size=HIDDEN),
             "weight_matrix": draw.normal(size=(*seen, HIDDEN))}  # fmt: skip
    if labels:
        found |= {"lbias": draw.normal(size=labels), "label_matrix": draw.normal(size=(labels, HIDDEN))}
    return found


def free_energy(own, rows, label=None, values=(0, 1)):
    """- log Σ_h exp(v a + h b + v W h), of rows of letters or of binary units, with h of these two values."""
    v = np.eye(own["vbias"].shape[1])[rows] if own["vbias"].ndim == 2 else rows.astype(float)
    axes = tuple(range(1, v.ndim)), tuple(range(v.ndim - 1))
    direct, x = np.tensordot(v, own["vbias"], axes), own["hbias"] + np.tensordot(v, own["weight_matrix"], axes)
    if label is not None:
        direct, x = direct + own["lbias"][label], x + own["label_matrix"][label]
    return -direct - np.logaddexp(x * values[0], x * values[1]).sum(1)


def write_rbms(path, ages, kind=None, steps=12):
    """rbms 0.5: a group of an age has the arrays twice, the second time as params."""
    with h5py.File(path, "w") as file:
        file["model_type"] = kind or ("PBRBM" if next(iter(ages.values()))["vbias"].ndim == 2 else "BBRBM")
        file["parallel_chains"] = np.zeros((10, SITES))
        file["hyperparameters/gibbs_steps"] = steps
        for age, own in ages.items():
            for key, x in own.items():
                file[f"update_{age}/params/{key}"] = x.astype(np.float32)
                file[f"update_{age}/{key}"] = file[f"update_{age}/params/{key}"]
            file[f"update_{age}/time"] = 1.5
    return path


def write_torch_rbm(path, ages):
    """TorchRBM: states before sites, double precision, no group params."""
    with h5py.File(path, "w") as file:
        for age, own in ages.items():
            for key, x in own.items():
                file[f"update_{age}/{key}"] = states_first(x) if key != "hbias" else x
    return path


def write_annadca(path, ages, symbols=None, names=None):
    """annaDCA 0.2: as rbms without params, with labels, and with attributes at the end of a training."""
    with h5py.File(path, "w") as file:
        for age, own in ages.items():
            for key, x in own.items():
                file[f"update_{age}/{key}"] = x.astype(np.float32)
        if symbols:
            file.attrs["alphabet"] = symbols
        if names:
            file.attrs["label_vocabulary"] = json.dumps(names)
    return path


def write_fef(path, ages):
    """The F&F authors' programs: an array for each parameter and age, states before sites."""
    called = {"weight_matrix": "W", "label_matrix": "D"}
    with h5py.File(path, "w") as file:
        for age, own in ages.items():
            for key, x in own.items():
                mine = states_first(x) if key in ("weight_matrix", "vbias") else x
                file[f"{called.get(key, key)}{age}"] = mine.astype(np.float32)
        file["NGibbs"], file["training_mode"], file["alltime"] = 10, "Rdm", sorted(ages)
    return path


def states_first(x):
    """(sites, states, ...) as (states, sites, ...), and arrays of binary units as they are."""
    return np.swapaxes(x, 0, 1) if x.shape[:2] == (SITES, STATES) else x
