"""Machine: a machine whose energy is any network of torch, E(visible, label): its chains, and its two gradients."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import inf
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ... import ranges
from ...ranks import ALONE, Share
from .. import kernels
from ..averages import Mixture, Observed
from ..fields import check_fields
from ..network import Network
from ..noise import Noise
from ..potts import Potts
from ..protocols import Schedule, labels_of
from ..registry import register
from ..state import Clamp, Edge, State, Tensors, check_known, rows_of
from ..units import Units
from .energies import Heads
from .informed import Informed
from .kinds import default_move, described, move_of
from .labels import Labels
from .moves import Move
from .own import class_path, own_energy
from .restricted import Restricted

AT_ONCE = 512
"""Chains that move together, and rows whose energy is taken together: their memory is that of a pass back."""


@dataclass(frozen=True)
class Slope:
    """The energy of rows, (n,), and what it does to each visible layer, -dE/ds, (n, size)."""

    energy: Tensor
    force: Tensors


@register("neural")
class Neural(nn.Module):
    """p(v, l) ∝ exp(-E(v, l)) of visible layers v and labels l, with an energy that is a network.

    A step moves all visible layers by the slope of the energy, each by its `Move`; then unknown labels are drawn from
    p(l | v), which is exact, as labels can be counted. While labels are unknown, the slope is that of
    -log Σ_l exp(-E(v, l)). With a base E is the sum of the energy and the free energy of a restricted machine: a step
    draws its hidden units h given v and l, and then v by the field of h and the slope of the network.

    units        of the visible and label layers
    energy       a module, E(visible, label) -> (n,): visible layers side by side as numbers (n, size), letters as 0 and
                 1; labels likewise, or None. A module with `every(visible, states)` gives E of all states in one pass
    base         a restricted machine of the same layers, or of the visible ones alone
    moves        by layer; by default `default_move`
    metropolis   whether moves are corrected, so that chains sample exp(-E): a step is taken with the probability that
                 detailed balance gives it, without a guidance
    temperature  of the chains and of p(l | v), T: exp(-E / T)

    `averages` are the gradients of the mean energy, by autograd. Energies are not exact across machines: the same seed
    has the same bits on one machine with one number of threads.
    Raises ValueError where labels can't be counted, or a layer can't move so.
    """

    def __init__(
        self,
        units: Mapping[str, Units],
        energy: nn.Module,
        base: Network | None = None,
        *,
        moves: Mapping[str, Move] | None = None,
        metropolis: bool = False,
        temperature: float = 1.0,
    ):
        super().__init__()
        self.units, self.energy, self.metropolis = dict(units), energy, metropolis
        self.temperature = float(ranges.real("temperature", temperature, lambda x: x > 0, "must be a positive number"))
        self.guidance = 0.0
        self.base = None if base is None else Restricted(base)
        self.edges: list[Edge] = []
        self.schedule: Schedule | None = None
        self.names = labels_of(self.units)
        self.visibles = [k for k in self.units if k not in self.names]
        self.labels = Labels({k: self.units[k] for k in self.names}, self.like)
        self.place = {k: i for i, k in enumerate(self.units)}
        own = {k: default_move(self.units[k], base is not None) for k in self.visibles}
        self.moves: dict[str, Move] = {**own, **(moves or {})}
        self.sampled: frozenset[str] = frozenset()
        for layer, move in self.moves.items():
            self.move(layer, move)

    def __repr__(self) -> str:
        layers = ", ".join(f"{name}={units}" for name, units in self.units.items())
        energy = self.energy.name if isinstance(self.energy, Heads) else type(self.energy).__name__
        base = f" above {self.base.hidden}" if self.base else ""
        steps = f", {self.schedule.steps} steps" if self.schedule else ""
        return f"Neural({layers}; {energy}{base}; {sum(x.numel() for x in self.parameters()):,} parameters{steps})"

    def _check(self) -> None:
        if strange := self.moves.keys() - set(self.visibles):
            raise ValueError(f"there is no visible layer {sorted(strange)} to move; there are {self.visibles}")
        if self.base and sorted(self.base.seen) not in (sorted(self.units), sorted(self.visibles)):
            raise ValueError(f"the base has the layers {sorted(self.base.seen)}, and not {sorted(self.units)}")
        for k, move in self.moves.items():
            bound = isinstance(move, Informed) and move.step != inf
            if self.units[k].high == inf and (bound or (not move.numbers and not self.base)):
                raise ValueError(f"{k} has numbers without bounds: they move by Langevin steps, or with a base by "
                                 "informed Gibbs steps")  # fmt: skip
            if move.ahead and not self.base:
                raise ValueError(f"{k} can't look ahead: that is of steps above a base")
            if move.numbers and isinstance(self.units[k], Potts):
                raise ValueError(f"{k} has letters: they move by informed steps, not by Langevin's")

    def move(self, layer: str, move: Move) -> None:
        """Takes another move of a visible layer. Raises ValueError where the layer can't move so."""
        self.moves[layer] = move
        self._check()
        self.sampled = frozenset(k for k in self.units if k in self.names or not self.moves[k].numbers)

    @property
    def like(self) -> Tensor:
        """A tensor of the dtype of the parameters, on their device."""
        return next(self.parameters()).detach()

    # -- energies -------------------------------------------------------------------------------

    def _seen(self, value: Mapping[str, Tensor], ahead: Mapping[str, Tensor] | None = None) -> Tensors:
        """The visible layers as numbers (n, size), some of them as given."""
        given = ahead or {}
        return {k: given[k] if k in given else self.units[k].numbers(value[k], self.like) for k in self.visibles}

    def _together(self, seen: Mapping[str, Tensor], label: Tensor | None) -> Tensor:
        """The network's energy of rows, (n,)."""
        own: Tensor = self.energy(_joined(seen), label)
        return own

    def energies(self, seen: Mapping[str, Tensor]) -> Float[Tensor, "n states"]:
        """E of rows as numbers with each joint state of the labels."""
        visible, states = _joined(seen), self.labels.joined if self.names else None
        if states is None:
            own = self._together(seen, None)[:, None]
        elif callable(every := getattr(self.energy, "every", None)):
            own = every(visible, states)
        else:
            own = torch.stack([self.energy(visible, s.expand(len(visible), -1)) for s in states], 1)
        return own if self.base is None else own + self.base.every(seen, self.labels.numbers)

    def mean_energy(self, observed: Observed) -> Tensor:
        """⟨E⟩ over chains, where labels may be probabilities."""
        seen, label = self._seen(observed), {k: self.units[k].numbers(observed[k], self.like) for k in self.names}
        if any(observed[k].is_floating_point() for k in self.names):
            p = self.like.new_ones(rows_of(seen), 1)
            for x in label.values():  # of joint states: the last letter is the fastest
                p = (p[:, :, None] * x[:, None]).flatten(1)
            return (self.energies(seen) * p).sum(1).mean()
        own = self._together(seen, torch.cat([*label.values()], 1) if label else None)
        return (own if self.base is None else own + self.base(seen, label)).mean()

    @torch.no_grad()
    def free_energy(self, seen: Mapping[str, Tensor]) -> Float[Tensor, " n"]:
        """F(v) = -T log Σ_l exp(-E(v, l) / T), (n,), of whole visible layers in the form of data."""
        clamp = self.hold({k: seen[k] for k in self.visibles})
        return -self.temperature * self.log_weights(clamp, self._seen(clamp.known)).logsumexp(1)

    @torch.no_grad()
    def log_weights(self, clamp: Clamp, seen: Mapping[str, Tensor]) -> Float[Tensor, "n states"]:
        """log p of the joint states of the labels given rows as numbers, up to a constant of the row."""
        parts = [self.energies({k: x[rows] for k, x in seen.items()}) for rows in _parts(rows_of(seen))]
        return self.labels.weights(clamp, rows_of(seen), self.like) - torch.cat(parts) / self.temperature

    # -- chains ---------------------------------------------------------------------------------

    def hold(self, known: Mapping[str, Tensor], fields: Mapping[str, Tensor] | None = None) -> Clamp:
        """A partly known state, checked and in the machine's form, and fields on free units.

        Raises ValueError for what can't be held, and for fields that don't fit.
        """
        return Clamp(
            check_known(known, self.units, self.like), fields=check_fields(fields or {}, self.units, self.like)
        )

    def infer(self, clamp: Clamp, noise: Noise, layers: Collection[str] = ()) -> Clamp:
        """The clamp with its unknown labels drawn from p(label | visible), in rows whose visible layers are known.

        `layers`, labels that gradients ask for, get their probabilities in place of draws: the same averages without
        noise. The clamp itself where no row has its visible layers known.
        """
        free = [k for k in self.names if k not in clamp.whole and (k in clamp.known or k in layers)]
        if not free or not clamp.known.keys() >= set(self.visibles):
            return clamp
        rows = clamp.complete(self.visibles)
        if not rows.any():
            return clamp
        some = clamp.select(rows, free)
        log_p = self.log_weights(some, self._seen(some.known))
        if len(self.names) == 1 and layers and bool(rows.all()):
            return clamp.knowing({k: x.exp() for k, x in self.labels.marginals(log_p).items()})
        full = log_p.new_zeros(len(rows), log_p.shape[1]).index_put((rows,), log_p)
        drawn = self.labels.draw(full, noise.at(0, self.place[free[0]]))
        known = {k: clamp.known.get(k, torch.full_like(drawn[k], -1)) for k in free}
        return clamp.knowing({k: torch.where(rows[:, None], drawn[k], known[k]) for k in free})

    def closed_form(self, layers: Sequence[str], clamp: Clamp) -> Tensors:
        """log p(layer | clamp) of each of these free layers, (n, size), exact; {} unless visible layers are held."""
        if not set(self.visibles) <= clamp.whole or not set(layers) <= set(self.names):
            return {}
        found = self.labels.marginals(self.log_weights(clamp, self._seen(clamp.known)))
        return {k: found[k] for k in layers}

    def start(self, n: int, clamp: Clamp, noise: Noise) -> State:
        """Every layer at random, and known entries at their values."""
        zero, value = self.like.new_zeros(()), {}
        for k in (k for k in self.units if k not in clamp.whole):
            field, place = clamp.fields.get(k, zero), noise.at(0, self.place[k])
            move = self.moves.get(k, Informed())
            value[k] = self.put_back(k, move.start(self.units[k], n, field, place, self.like), clamp)
        return State({}, value)

    def put_back(self, layer: str, value: Tensor, clamp: Clamp) -> Tensor:
        """The held entries of a layer, and `value` where none is held."""
        return self.units[layer].fill(clamp.known[layer], value) if layer in clamp.known else value

    @torch.no_grad()
    def advance(self, state: State, clamp: Clamp, steps: int, noise: Noise) -> State:
        """`steps` steps; 0 steps change nothing, and a + b steps are a steps and then b."""
        value = state.value | {k: clamp.known[k] for k in clamp.whole}
        if not steps or self.units.keys() <= clamp.whole:
            return State({}, value, state.time + steps)
        now = State({}, value, state.time)
        parts = [
            self._walk(now.rows(part), clamp.rows(part), steps, noise.below(part.start))
            for part in _parts(rows_of(value))
        ]
        return State.join(parts)

    def _walk(self, state: State, clamp: Clamp, steps: int, noise: Noise) -> State:
        """The steps of some chains. Visible layers that are whole don't move: then one draw of the labels is all."""
        value, end = dict(state.value), state.time + steps
        free = [k for k in self.visibles if k not in clamp.whole]
        inner = self.base is not None and not set(self.names) <= clamp.whole  # hidden units take labels that are drawn
        before: Slope | None = None
        for now in range(state.time + 1, end + 1) if free else ():
            value, before = self._step(value, clamp, free, partial(noise.at, now), before)
            if inner and now < end:
                value |= self._drawn_labels(value, clamp, noise, now)
        return State({}, value | self._drawn_labels(value, clamp, noise, end), end)

    def _drawn_labels(self, value: Tensors, clamp: Clamp, noise: Noise, now: int) -> Tensors:
        if not (free := [k for k in self.names if k not in clamp.whole]):
            return {}
        drawn = self.labels.draw(self.log_weights(clamp, self._seen(value)), noise.at(now, self.place[free[0]]))
        return {k: drawn[k] for k in free}

    def _step(
        self, value: Tensors, clamp: Clamp, free: Sequence[str], at: Any, before: Slope | None
    ) -> tuple[Tensors, Slope | None]:
        """One step of the free visible layers; with a correction also the slope where it ends."""
        fields, stays = self._fields(value, clamp, at), {k: self._stays(k, value[k], at) for k in free}
        still = {k: _either(stays[k], self._held(k, clamp)) for k in free}
        slope, new = before or self._slope(value, clamp, self._ahead(value, fields, still)), dict(value)
        for k in free:
            moved = self.moves[k].propose(self.units[k], value[k], slope.force[k], fields[k], at(self.place[k]))
            keep = stays[k]
            new[k] = self.put_back(k, moved if keep is None else torch.where(keep, value[k], moved), clamp)
        if not self.metropolis:
            return new, None
        after = self._slope(new, clamp, self._ahead(new, fields, still))
        log_ratio = (slope.energy - after.energy) / self.temperature
        for k in free:
            forces = (_without(x, still[k]) for x in (slope.force[k], after.force[k], fields[k]))
            log_ratio += self._log_ratio(k, value[k], new[k], *forces)
        u: Tensor = kernels.of(log_ratio).uniform(len(log_ratio), 1, at(len(self.units) + 1), log_ratio)
        taken = u.log() < log_ratio[:, None]
        force = {k: torch.where(taken, after.force[k], slope.force[k]) for k in free}
        energy = torch.where(taken[:, 0], after.energy, slope.energy)
        ended = {k: torch.where(taken, new[k], value[k]) for k in free}
        return value | ended, None if self.base else Slope(energy, force)

    def _log_ratio(
        self, layer: str, old: Tensor, new: Tensor, force: Tensor, back: Tensor, field: Tensor
    ) -> Float[Tensor, " n"]:
        """What a layer adds to the logarithm of the acceptance: of its own energy, and of both ways."""
        units, move = self.units[layer], self.moves[layer]
        s, t = (units.numbers(x, self.like) for x in (old, new))
        own = (field * (t - s)).sum(1)
        if self.base:
            own += units.self_energy(s) - units.self_energy(t)
        forth = move.log_density(units, new, old, force, field)
        return own + move.log_density(units, old, new, back, field) - forth

    def _fields(self, value: Tensors, clamp: Clamp, at: Any) -> Tensors:
        """What acts on the units of visible layers by themselves, (n, size): the clamp's fields, and the base's."""
        n, zero = rows_of(value), self.like.new_zeros(())
        own = {k: clamp.fields.get(k, zero).expand(n, self.units[k].size) for k in self.visibles}
        if self.base is None:
            return own
        every = {k: u.numbers(value[k], self.like) for k, u in self.units.items()}
        base = self.base.fields(every, at(len(self.units)), self.temperature)
        return {k: own[k] + base[k] / self.temperature for k in self.visibles}

    def _stays(self, layer: str, value: Tensor, at: Any) -> Tensor | None:
        """The entries that stay in this step, (n, columns); None where all units move."""
        if (share := self.moves[layer].share) == 1:
            return None
        place = at(len(self.units) + 2 + self.place[layer])
        u: Tensor = kernels.of(self.like).uniform(*value.shape, place, self.like)
        return u >= share

    def _held(self, layer: str, clamp: Clamp) -> Tensor | None:
        """The entries of a layer that are held, (n, columns); None where none is."""
        if layer not in clamp.known:
            return None
        known = clamp.known[layer]
        return ~known.isnan() if known.is_floating_point() else known >= 0

    def _ahead(self, value: Tensors, fields: Tensors, still: Mapping[str, Tensor | None]) -> Tensors:
        """As numbers (n, size), where fields alone bring on average the layers whose moves look ahead."""
        found: Tensors = {}
        for k in (k for k in still if self.moves[k].ahead):
            found[k] = mean = self.units[k].mean(fields[k].contiguous())
            if (stays := still[k]) is not None:
                found[k] = torch.where(_wide(stays, mean), self.units[k].numbers(value[k], self.like), mean)
        return found

    def _moving(self, seen: Tensors, value: Tensors, clamp: Clamp) -> Float[Tensor, " n"]:
        """The energy that moves the visible layers: the network's with the labels as they are, or summed over them."""
        if set(self.names) <= clamp.whole or self.base is not None:
            return self._together(seen, self.labels.side_by_side(value, self.like))
        weights = self.labels.weights(clamp, rows_of(value), self.like)
        return -self.temperature * (weights - self.energies(seen) / self.temperature).logsumexp(1)

    def _slope(self, value: Tensors, clamp: Clamp, ahead: Tensors) -> Slope:
        """The energy of rows, and its slope there, or with the numbers of some layers where they are ahead."""
        with torch.enable_grad():
            seen = {k: x.detach().requires_grad_() for k, x in self._seen(value, ahead).items()}
            energy = self._moving(seen, value, clamp)
            guide = self._log_p_known(seen, clamp).sum() * self.guidance if self.guidance else 0.0
            forces = torch.autograd.grad(energy.sum() / -self.temperature + guide, list(seen.values()))
        if ahead and self.metropolis:
            energy = self._moving(self._seen(value), value, clamp)
        return Slope(energy.detach(), dict(zip(seen, forces)))

    def _log_p_known(self, seen: Tensors, clamp: Clamp) -> Float[Tensor, " n"]:
        """log p(what is known of the labels | rows), 0 where nothing is: it moves rows with a guidance."""
        own = -self.energies(seen) / self.temperature
        known = Clamp({k: x for k, x in clamp.known.items() if k in self.names})
        weights = self.labels.weights(known, rows_of(seen), self.like)
        return (own + weights).logsumexp(1) - own.logsumexp(1)

    # -- training -------------------------------------------------------------------------------

    def observe(self, state: State, clamp: Clamp, noise: Noise | None = None) -> Observed:
        """The value of every layer."""
        return dict(state.value)

    @torch.enable_grad()
    def averages(self, mixture: Mixture, centered: bool = False, share: Share | None = None) -> tuple[Tensors, Tensors]:
        """The means of every layer in the first ensemble, and Σ c <-dE/dθ>, under the parameters' names."""
        names, parameters = zip(*((k, p) for k, p in self.named_parameters() if p.requires_grad))
        means: Tensors = {}
        total = [torch.zeros_like(p) for p in parameters]
        for c, observed in mixture:
            means = means or {f"bias.{k}": u.average(observed[k], self.like) for k, u in self.units.items()}
            share = share or ALONE.share(rows_of(observed))
            slopes = torch.autograd.grad(self.mean_energy(observed), parameters, allow_unused=True)
            for own, g in zip(total, slopes):
                if g is not None:
                    own.sub_(g, alpha=c)
        assert share is not None  # there is one ensemble or more
        found = dict(zip([*means, *names], share.average([*means.values(), *total])))
        return {k: found[k] for k in means}, {k: found[k] for k in names}

    @torch.no_grad()
    def init_biases(self, means: Mapping[str, Tensor]) -> None:
        """Sets what units without couplings have these means by, where the energy has such a term."""
        sites = getattr(self.energy, "sites", None)
        if sites is not None:
            sites.init([self.units[k] for k in self.visibles], [means.get(k) for k in self.visibles])

    # -- run directories ------------------------------------------------------------------------

    def describe(self) -> dict[str, Any]:
        """All but units, schedule and parameters, as plain values."""
        options = {"metropolis": self.metropolis, "temperature": self.temperature}
        moves = {k: described(move) for k, move in self.moves.items()}
        base = None if self.base is None else self.base.describe()
        return {"energy": _said(self.energy), "base": base, "moves": moves, **options}

    @classmethod
    def rebuild(cls, units: Mapping[str, Units], description: Mapping[str, Any]) -> Neural:
        """The machine of a description, with any parameters; of a class of your own where `own_energy` gives it."""
        base = description["base"]
        network = None if base is None else Restricted.rebuild(units, base)
        energy = _energy(units, description["energy"], base is None)
        moves = {k: move_of(said) for k, said in description["moves"].items()}
        options = {k: description[k] for k in ("metropolis", "temperature")}
        return cls(units, energy, network, moves=moves, **options)

    @classmethod
    def shapes(cls, units: Mapping[str, Units], description: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
        """The shapes of all parameters of a description, by name; nothing is allocated."""
        base = description["base"]
        with torch.device("meta"):
            found = _energy(units, description["energy"], base is None).state_dict()
        own = {f"energy.{k}": tuple(x.shape) for k, x in found.items()}
        return own if base is None else own | {f"base.{k}": x for k, x in Restricted.shapes(units, base).items()}


def _said(energy: nn.Module) -> dict[str, Any]:
    """What a run directory has of an energy: a name and arguments, or where a class of the user's is."""
    return energy.describe() if isinstance(energy, Heads) else {"class": class_path(type(energy))}


def _energy(units: Mapping[str, Units], said: Mapping[str, Any], alone: bool) -> nn.Module:
    """The energy of a description, with any parameters."""
    if "class" in said:
        return own_energy(said["class"])
    return Heads.of(units=units, alone=alone, **said)


def _joined(seen: Mapping[str, Tensor]) -> Tensor:
    parts = list(seen.values())
    return parts[0] if len(parts) == 1 else torch.cat(parts, 1)


def _without(x: Tensor, stays: Tensor | None) -> Tensor:
    """Forces or fields (n, size), 0 at entries (n, columns) that stay: a proposal has one density both ways there."""
    if stays is None:
        return x
    return x.masked_fill(_wide(stays, x), 0.0)


def _wide(entries: Tensor, x: Tensor) -> Tensor:
    """A mask of entries (n, columns) as one of their numbers (n, size), which `x` is."""
    return entries.repeat(1, x.shape[1] // entries.shape[1])


def _either(a: Tensor | None, b: Tensor | None) -> Tensor | None:
    """Where one or the other is true; None is nowhere."""
    return a | b if a is not None and b is not None else b if a is None else a


def _parts(n: int) -> Iterator[slice]:
    return (slice(i, min(i + AT_ONCE, n)) for i in range(0, n, AT_ONCE))
