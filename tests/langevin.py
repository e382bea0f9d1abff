"""Langevin: a machine that is no network: numbers move by noise down an energy, whose gradient autograd takes."""

from __future__ import annotations

import torch
from torch import nn

import spinodal as sp
from spinodal.machines import kernels
from spinodal.machines.fields import check_fields
from spinodal.machines.registry import register
from spinodal.ranks import ALONE


@register("langevin")
class Langevin(nn.Module):
    """p(v, l) ∝ exp(-E(v, l)) of real numbers v and a label l, by chains that move both.

    E(v, l) = Σ_i exp(stiffness_li) v_i² / 2 - force_li v_i - bias_l
    v <- v - step dE/dv + √(2 step) noise;   l <- a draw from softmax_l(-E(v, l))
    """

    def __init__(self, units, step=0.1, seed=0):
        super().__init__()
        self.units, self.step = dict(units), step
        self.edges, self.sampled, self.schedule = [], frozenset(units), None
        labels, n, like = units["label"].size, units["visible"].size, torch.empty(0)
        self.force = nn.Parameter(kernels.of(like).normal(labels, n, sp.Noise.of(seed).at(0, 0), like))
        self.stiffness, self.bias = nn.Parameter(torch.zeros(labels, n)), nn.Parameter(torch.zeros(labels))

    def energies(self, v):
        """E of every label, (n, labels)."""
        v = v[:, None]
        return (self.stiffness.exp() * v**2 / 2 - self.force * v).sum(2) - self.bias

    def energy(self, v, label):
        """E of the labels that are shown, (n,)."""
        return (self.energies(v) * self.units["label"].numbers(label, self.like)).sum(1)

    @property
    def like(self):
        return self.bias.detach()

    # -- chains

    def hold(self, known, fields=None):
        if strange := known.keys() - self.units.keys():
            raise ValueError(f"there is no layer {sorted(strange)} to hold")
        held = {k: self.units[k].validate(x, self.like) for k, x in known.items()}
        return sp.Clamp(held, fields=check_fields(fields or {}, self.units, self.like))

    def infer(self, clamp, noise, layers=()):
        return clamp

    @torch.no_grad()
    def closed_form(self, layers, clamp):
        if list(layers) != ["label"] or "visible" not in clamp.whole:
            return {}
        log_p = clamp.fields.get("label", 0) - self.energies(clamp.known["visible"])
        held = clamp.known.get("label", torch.tensor(-1))
        return {"label": log_p.masked_fill((held >= 0) & (held != torch.arange(log_p.shape[1])), -1e30).log_softmax(1)}

    def start(self, n, clamp, noise):
        begin = {
            k: u.draw(self.like.new_zeros(n, u.size), noise.at(0, i)) for i, (k, u) in enumerate(self.units.items())
        }
        return sp.State({}, {k: self.fill(k, x, clamp) for k, x in begin.items() if k not in clamp.whole})

    @torch.no_grad()
    def advance(self, state, clamp, steps, noise):
        shown, potential, size = (
            state.value | clamp.only(clamp.whole).known,
            dict(state.potential),
            (2 * self.step) ** 0.5,
        )
        for now in range(state.time + 1, state.time + steps + 1):
            if "visible" not in clamp.whole:
                force = clamp.fields.get("visible", 0) - self.slope(shown)
                potential["visible"] = shown["visible"] + self.step * force
                moved = self.units["visible"].draw(potential["visible"] / size, noise.at(now, 0)) * size
                shown["visible"] = self.fill("visible", moved, clamp)
            if "label" not in clamp.whole:
                potential["label"] = clamp.fields.get("label", 0) - self.energies(shown["visible"])
                drawn = self.units["label"].draw(potential["label"], noise.at(now, 1))
                shown["label"] = self.fill("label", drawn, clamp)
        return sp.State(potential, shown, state.time + steps)

    @torch.enable_grad()
    def slope(self, shown):
        v = shown["visible"].detach().requires_grad_()
        return torch.autograd.grad(self.energy(v, shown["label"]).sum(), v)[0]

    def fill(self, layer, shown, clamp):
        return self.units[layer].fill(clamp.known[layer], shown) if layer in clamp.known else shown

    # -- training

    def observe(self, state, clamp, noise=None):
        observed = dict(state.value)
        if noise is None and "label" in state.potential and "label" not in clamp.whole:  # it moved last
            observed["label"] = self.fill("label", state.potential["label"].softmax(1), clamp)
        return observed

    @torch.enable_grad()
    def averages(self, mixture, centered=False, share=None):
        mixture = list(mixture)
        seen = mixture[0][1]
        share = share or ALONE.share(len(seen["visible"]))
        means = {f"bias.{k}": u.average(seen[k], self.like) for k, u in self.units.items()}
        names, parameters = zip(*self.named_parameters())
        total = sum(-c * self.energy(observed["visible"], observed["label"]).mean() for c, observed in mixture)
        slopes = torch.autograd.grad(total, parameters)
        found = dict(zip([*means, *names], share.average([*means.values(), *slopes])))
        return {k: found[k] for k in means}, {k: found[k] for k in names}

    # -- run directories

    def describe(self):
        return {"step": self.step}

    @classmethod
    def rebuild(cls, units, description):
        return cls(units, description["step"])

    @classmethod
    def shapes(cls, units, description):
        labels, n = units["label"].size, units["visible"].size
        return {"force": (labels, n), "stiffness": (labels, n), "bias": (labels,)}
