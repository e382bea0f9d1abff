"""Network: layers of units, the couplings between them, and the one rule by which they move."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from math import inf
from typing import Any

import torch
from torch import Tensor, nn

from .. import ranges, room
from ..ranks import Share
from . import kernels, marginals
from .averages import Mixture, Observed, averages
from .couplings import VARIANCES, Coupling
from .dynamics import Machine
from .fields import check_fields
from .fusion import Inputs, fuse
from .marginals import Letter
from .noise import Noise, Place
from .parallel import map_blocks, map_rows
from .potts import Potts
from .protocols import Schedule
from .registry import register
from .state import Clamp, Edge, State, Tensors, Way, check_known, rows_of
from .units import Units, check_units

PRECISIONS = ("exact", "float32")

OPTIONS = ("rate", "gain", "variance", "start_std", "self_coupling")
"""Arguments in a description, beside `sampled`; runs of version 0.1 lack the last three, which are the defaults."""


def check_precision(name: str) -> None:
    """Raises ValueError where a network can't have this precision."""
    if name not in PRECISIONS:
        raise ValueError(f'precision is {" or ".join(PRECISIONS)}, not "{name}"')


@register("network")
class Network(nn.Module):
    """Layers named by `units`, coupled along `edges`, moved block by block.

    For each free layer of a block, at every step:

        field      = bias + sum over neighbors of  value . (weight + frozen one-way coupling)
        potential <- potential + rate (field - potential)
        value     <- a draw at the potential, or its mean; then held entries are put back

    rate     the part of the way to its field that a potential goes in one step: 1 (Gibbs) or dt / tau (chaos)
    gain     strength of the frozen one-way couplings; 0 means reciprocal, so an energy exists
    sampled  the layers whose values are draws; those of the others are means
    std      of the learned weights at the start; biases start at 0
    seed     of the weights and of the frozen couplings
    variance   how the frozen couplings' variance follows from the layers' sizes, by `couplings.VARIANCES`
    start_std  standard deviation of the potentials at the start, of layers whose values are means
    self_coupling  whether units of a layer that meets itself act on themselves
    precision  "exact": sampled binary layers and letters act through weights in 15-bit integers (`kernels.quantized`),
             and the averages of training are sums of integers; or "float32". Parameters and energies stay as they are.
             In double precision a machine computes in double precision

    `schedule` is the protocol and the steps of its training: it generates best with the same number of steps.
    """

    def __init__(
        self,
        units: Mapping[str, Units],
        edges: Sequence[Edge],
        blocks: Sequence[Sequence[str]],
        *,
        rate: float = 1.0,
        gain: float = 0.0,
        sampled: Collection[str] = (),
        std: float = 0.01,
        seed: int = 0,
        precision: str = "exact",
        variance: str = "fan-in",
        start_std: float = 1.0,
        self_coupling: bool = True,
    ):
        super().__init__()
        self.units, self.edges = dict(units), [(a, b) for a, b in edges]
        self.blocks = tuple(tuple(block) for block in blocks)
        self.rate, self.gain, self.sampled = rate, gain, frozenset(sampled)
        self.variance, self.start_std, self.self_coupling = variance, start_std, self_coupling
        self.schedule: Schedule | None = None
        self.precision = precision
        self._check()
        ranges.not_negative("std", std)
        self._check_room()
        self.bias = nn.ParameterDict({k: torch.zeros(u.size) for k, u in self.units.items()})
        noise = Noise.of(seed)
        self.coupling = nn.ModuleDict(
            {
                f"{a}-{b}": Coupling(self.units[a], self.units[b], std, self._frozen(a, b), noise.child(i))
                for i, (a, b) in enumerate(self.edges)
            }
        )
        for a, _ in self._zero_diagonals:
            self.between(a, a).zero_diagonal(self.units[a])
        self.turn = {k: i for i, block in enumerate(self.blocks) for k in block}
        self.place = {k: i for i, k in enumerate(self.units)}

    def __repr__(self) -> str:
        layers = ", ".join(f"{name}={units}" for name, units in self.units.items())
        count = sum(x.numel() for x in self.parameters())
        steps = f", {self.schedule.steps} steps" if self.schedule else ""
        gain = f", gain={self.gain:g}, rate={self.rate:g}" if self.gain or self.rate < 1 else ""
        return f"Network({layers}{gain}; {', '.join(self.coupling)}; {count:,} parameters{steps})"

    def _check(self) -> None:
        check_units(self.units)
        ranges.real("rate", self.rate, lambda x: 0 < x <= 1, "is dt / tau, between 0 and 1")
        if not all(ranges.is_real(x, lambda x: x >= 0) for x in (self.gain, self.start_std)):
            both = " and ".join(
                f"{x:g}" if isinstance(x, float | int) else repr(x) for x in (self.gain, self.start_std)
            )
            raise ValueError(f"gain and start_std are numbers from 0 up, not {both}")
        if self.variance not in VARIANCES:
            raise ValueError(f'variance is {", ".join(VARIANCES)}, not "{self.variance}"')
        moved = [k for block in self.blocks for k in block]
        if sorted(moved) != sorted(self.units):
            raise ValueError(f"blocks must name every layer once: {sorted(self.units)}, not {sorted(moved)}")
        if strange := {k for edge in self.edges for k in edge}.union(self.sampled) - self.units.keys():
            raise ValueError(f"there is no layer {sorted(strange)}; the layers are {sorted(self.units)}")
        if endless := [(a, b) for a, b in self.edges if self.units[a].high == self.units[b].high == inf]:
            raise ValueError(
                f"{endless[0][0]} and {endless[0][1]} meet, and the values of both have no bounds, so chains may "
                f"diverge: between Gaussian layers put one of Bernoulli, Spin or Potts units"
            )

    def _check_room(self) -> None:
        """Raises MemoryError where the couplings don't fit in memory: they are drawn, and then kept."""
        couplings = sum(self.units[a].size * self.units[b].size * (3 if self.gain else 1) for a, b in self.edges)
        room.check(2 * 4 * couplings, f"a machine of {couplings:.3g} couplings", "take fewer hidden units")

    def _frozen(self, a: str, b: str) -> tuple[float, float]:
        """The standard deviations of an edge's frozen couplings, forth and back."""
        n, m, seen = self.units[a].size, self.units[b].size, next(iter(self.units.values())).size
        variance = VARIANCES[self.variance]
        return self.gain * variance(n, m, seen) ** 0.5, (a != b) * self.gain * variance(m, n, seen) ** 0.5

    @property
    def _zero_diagonals(self) -> list[Edge]:
        """The edges of layers that meet themselves, where no unit acts on itself."""
        return [] if self.self_coupling else [(a, b) for a, b in self.edges if a == b]

    @property
    def precision(self) -> str:
        """How chains and averages are computed: "exact", by sums of integers, or "float32"."""
        return self._precision

    @precision.setter
    def precision(self, name: str) -> None:
        check_precision(name)
        self._precision = name

    @property
    def is_exact(self) -> bool:
        """Whether sampled layers are summed as integers: not in double precision, nor on devices that lack it."""
        return self.precision == "exact" and self.like.dtype == torch.float32 and self.like.device.type != "mps"

    @property
    def like(self) -> Tensor:
        """A tensor of the dtype of the parameters, on their device."""
        return next(iter(self.bias.values())).detach()

    def between(self, a: str, b: str) -> Coupling:
        """The coupling of an edge. Raises ValueError where these layers, in this order, have none."""
        if (a, b) not in self.edges:
            there = ", ".join(f'between("{x}", "{y}")' for x, y in self.edges) or "none"
            raise ValueError(f'there is no coupling between("{a}", "{b}"); there are: {there}')
        coupling = self.coupling[f"{a}-{b}"]
        assert isinstance(coupling, Coupling)
        return coupling

    # -- what a layer receives ------------------------------------------------------------------

    def sources(self, layer: str) -> Iterator[tuple[str, Tensor]]:
        """The neighbors of `layer`, with the matrix each acts through."""
        return ((source, coupling.towards(forward)) for source, coupling, forward in self._neighbors(layer))

    def _neighbors(self, layer: str) -> Iterator[tuple[str, Coupling, bool]]:
        """The layers that act on `layer`, each with its coupling, and whether it acts forward."""
        for a, b in self.edges:
            if layer == b:
                yield a, self.between(a, b), True
            if layer == a:
                yield b, self.between(a, b), False

    def inputs(self, layer: str, clamp: Clamp) -> Inputs:
        """The constant field (the bias, the clamp's field, what held layers send), and the free layers that act."""
        constant, free = self._bias(layer, clamp), []
        for source, coupling, forward in self._neighbors(layer):
            weight = self._acting((source, layer, forward), coupling, clamp)
            if source in clamp.whole:
                sent = self._sent(source, layer, weight, clamp)
                constant = constant + sent if constant.dim() == 1 else constant.add_(sent)
            else:
                free.append((source, weight))
        return constant, free

    def _bias(self, layer: str, clamp: Clamp) -> Tensor:
        """The bias and the clamp's field, (size,) or (n, size)."""
        bias = self.bias[layer].detach()
        return bias + clamp.fields[layer] if layer in clamp.fields else bias

    def _acting(self, way: Way, coupling: Coupling, clamp: Clamp) -> kernels.Acting:
        """The form of the weight through which a layer acts, by what it sends: numbers, draws, or means of draws.

        In exact machines means act through the numbers that the integers stand for: blocks of rows that happen to have
        no means have the same law.
        """
        source, _, forward = way
        units, known = self.units[source], clamp.known.get(source)
        full = coupling.towards(forward).detach()
        if source not in self.sampled or (source in clamp.whole and not self.is_exact):
            return clamp.weight((*way, "numbers"), lambda: full)
        draws = clamp.weight((*way, "draws"), lambda: units.acting(full, self.is_exact))
        if known is None or source not in clamp.means:
            return draws
        return clamp.weight((*way, "means"), lambda: kernels.matrix(draws, full))

    def _sent(self, source: str, layer: str, weight: kernels.Acting, clamp: Clamp) -> Tensor:
        send, known = self.units[source].send, clamp.known[source]
        n, device = len(known), known.device

        def part(rows: slice) -> Tensor:
            return kernels.dense(send(known[rows], weight))

        def whole() -> Tensor:
            return map_rows(part, n, device)

        few = marginals.is_letter(self.units[source])  # what a letter sends is a row, made sooner than kept
        return whole() if few else clamp.sent((source, layer), whole)

    def field(self, inputs: Inputs, value: Tensors) -> kernels.Field:
        """The constant plus all that the free neighbors send; new where potentials move in place, at rates below 1."""
        constant, free = inputs
        total: kernels.Field = constant if free or self.rate == 1 else constant.clone()
        for source, weight in free:
            total = self.units[source].send(value[source], weight, kernels.dense(total))
        return total

    # -- chains ---------------------------------------------------------------------------------

    def hold(self, known: Mapping[str, Tensor], fields: Mapping[str, Tensor] | None = None) -> Clamp:
        """A partly known state, checked and in the machine's form, and fields on free units, (size,) or (n, size).

        Raises ValueError for what can't be held, and for fields that don't fit.
        """
        valid = {k: self.units[k].pack(x) for k, x in check_known(known, self.units, self.like).items()}
        means = [k for k, x in valid.items() if not self.units[k].is_drawable(x)]
        return Clamp(valid, means=means, fields=check_fields(fields or {}, self.units, self.like))

    def start(self, n: int, clamp: Clamp, noise: Noise) -> State:
        """Every layer at random but those of the first block: they move before they act on others.

        Potentials are random, plus the clamp's fields: of letters that have fields only those that these favor come up.
        """
        potential: Tensors = {}
        value: Tensors = {}
        for layer in (k for block in self.blocks[1:] or self.blocks for k in block if k not in clamp.whole):
            place = noise.at(0, self.place[layer])
            potential[layer] = self._begin(layer, n, place, clamp)
            value[layer] = self.put_back(layer, self.answer(layer, potential[layer], place), clamp)
        return State(potential, value)

    def _begin(self, layer: str, n: int, place: Place, clamp: Clamp) -> Tensor:
        """The potentials that a layer starts with."""
        like, size = self.like, self.units[layer].size
        field = clamp.fields.get(layer)
        if layer in self.sampled:
            row = like.new_zeros(1, size) if field is None else field
            start = row.expand(n, size)
            return start if self.rate == 1 else start.contiguous()  # where it moves, it needs memory
        x = kernels.normal(n, size, place, like)
        x = x if self.start_std == 1 else x.mul_(self.start_std)
        return x if field is None else x.add_(field)

    @torch.no_grad()
    def advance(self, state: State, clamp: Clamp, steps: int, noise: Noise) -> State:
        """`steps` steps; in one step where no two free layers meet, since their fields are then constant.

        0 steps change no free layer, and a + b steps are a steps and then b.
        """
        if not steps:
            return State(state.potential, state.value | {k: clamp.known[k] for k in clamp.whole}, state.time)
        inputs = {k: self.inputs(k, clamp) for k in self.units if k not in clamp.whole}
        end, n = state.time + steps, rows_of(state.value | clamp.known)
        state, rate, free = state.only(inputs), self.rate, clamp.without_whole()
        if not any(sources for _, sources in inputs.values()):
            state, steps, rate = State(state.potential, state.value, end - 1), 1, 1 - (1 - rate) ** steps
        state = state if rate == 1 else state.copy()  # of which every block of chains moves its rows, in place
        fits = rate == 1 and not free.known and self.sampled >= inputs.keys()
        fused = fuse(self.units, self.turn, self.place, inputs) if fits else None

        def work(part: slice) -> State:
            own = {k: (c[part] if c.dim() == 2 else c, sources) for k, (c, sources) in inputs.items()}
            begin, below = state.rows(part), noise.below(part.start)
            if fused:
                return fused(own, begin, steps, below)
            return self.steps(begin, free.rows(part), own, steps, rate, below)

        parts = map_blocks(work, n, self.like.device)
        moved = State.join([part.only_new(state) for part in parts] if rate < 1 else parts)
        potential = moved.potential if rate == 1 else state.potential | moved.potential
        return State(potential, moved.value | {k: clamp.known[k] for k in clamp.whole}, end)

    def steps(
        self, state: State, clamp: Clamp, inputs: Mapping[str, Inputs], steps: int, rate: float, noise: Noise
    ) -> State:
        """The one rule, `steps` times; at a rate below 1 potentials change in place."""
        potential = {} if rate == 1 else dict(state.potential)
        last: dict[str, kernels.Field] = {}
        value, end = dict(state.value), state.time + steps
        for now in range(state.time + 1, end + 1):
            for block in self.blocks:
                fields = {k: self.field(inputs[k], value) for k in block if k in inputs}
                for layer, field in fields.items():
                    place = noise.at(now, self.place[layer])
                    if layer in potential:
                        seen = self.relax(layer, potential[layer], kernels.dense(field), rate, place)
                    elif rate == 1:
                        seen = self.answer(layer, field, place)
                        last |= {layer: field} if now == end else {}
                    else:
                        potential[layer] = kernels.dense(field)
                        seen = self.answer(layer, potential[layer], place)
                    value[layer] = self.put_back(layer, seen, clamp)
        potential |= {k: kernels.dense(x, reuse=True) for k, x in last.items()}
        return State(potential, value, end)

    def infer(self, clamp: Clamp, noise: Noise, layers: Collection[str] = ()) -> Clamp:
        """The clamp with its unknown letters, and these free layers, drawn from their exact posterior, if it has one.

        A row has one where only single letters (labels) are unknown, and one hidden layer meets all that is held. In
        the other rows they stay unknown. The clamp itself where no row has one.
        """
        unknown = [k for k in {**clamp.known, **dict.fromkeys(layers)} if k not in clamp.whole]
        free = [k for k in unknown if marginals.is_letter(self.units[k]) and not clamp.shows_means(k)]
        rows = clamp.complete(k for k in unknown if k not in free)
        if not rows.any():
            return clamp
        ready = clamp.select(rows, free)
        if not self.is_countable(free, ready):
            return clamp
        letters, some = self.weigh(free, ready)
        every, place = marginals.states([e.units for e in letters], rows.device), noise.at(0, self.place[free[0]])
        log_p = some.new_zeros(len(rows), len(every)).index_put((rows,), some)  # so that a row's number is its own
        chosen = every[kernels.of(log_p).letters(log_p, 1, len(every), place)[:, 0].long()].to(torch.int32)
        drawn = {k: (x, clamp.known.get(k, torch.full_like(x, -1))) for k, x in zip(free, chosen.split(1, 1))}
        return clamp.knowing({k: torch.where(rows[:, None], x, known) for k, (x, known) in drawn.items()})

    def closed_form(self, layers: Sequence[str], clamp: Clamp) -> Tensors:
        """log p(layer | clamp) of each of these free layers, (n, size), exact; {} where `is_countable` says no."""
        if not self.is_countable(layers, clamp):
            return {}
        letters, log_p = self.weigh(layers, clamp)
        units = [e.units for e in letters]
        return {k: marginals.log_marginal(log_p, units, i) for i, k in enumerate(layers)}

    def is_countable(self, layers: Sequence[str], clamp: Clamp) -> bool:
        """Whether p(layers | clamp) is a sum over few states: one other layer is free, and every edge meets it."""
        rest = [k for k in self.units if k not in clamp.whole and k not in layers]
        met = all(len(rest) == 1 and rest[0] in edge for edge in self.edges)
        return met and self.is_reciprocal and marginals.countable([self.units[k] for k in layers])

    @property
    def is_reciprocal(self) -> bool:
        """Whether all couplings act alike both ways at rate 1, so that an energy exists."""
        return self.gain == 0 and self.rate == 1

    def weigh(self, layers: Sequence[str], clamp: Clamp) -> tuple[list[Letter], Tensor]:
        """The letters of `layers`, and log p of all their joint states up to a constant a row, as far as they agree."""
        (hidden,) = (k for k in self.units if k not in clamp.whole and k not in layers)
        constant, free = self.inputs(hidden, clamp)
        weights, letters = dict(free), []
        for k in layers:
            units, weight = self.units[k], weights[k]
            assert isinstance(units, Potts)  # by `is_countable`
            matrix = weight.dense() if isinstance(weight, kernels.QuantizedRows) else weight
            assert isinstance(matrix, Tensor)  # the other forms are for binary units and for many sites
            letters.append(Letter(units, units.possible(self._bias(k, clamp)), matrix))
        log_p = marginals.log_weights(letters, self.units[hidden], constant.expand(rows_of(clamp.known), -1))
        return letters, marginals.agreeing(log_p, [e.units for e in letters], [clamp.known.get(k) for k in layers])

    # -- values ---------------------------------------------------------------------------------

    def answer(self, layer: str, field: kernels.Field, place: Place) -> Tensor:
        """The value of a layer at a field: a draw, or the mean."""
        units = self.units[layer]
        if layer not in self.sampled:
            return units.mean(kernels.dense(field))
        return units.draw(field if units.draws_sums else kernels.dense(field), place)  # type: ignore[arg-type]

    def relax(self, layer: str, potential: Tensor, field: Tensor, rate: float, place: Place) -> Tensor:
        """Moves a potential to the field by a part of the way, in place, and returns the layer's value."""
        if layer in self.sampled:
            return self.answer(layer, kernels.move(potential, field, rate), place)
        return self.units[layer].relax(potential, field, rate)

    def put_back(self, layer: str, value: Tensor, clamp: Clamp) -> Tensor:
        """The held entries of a layer, and `value` where none is held."""
        return self.units[layer].fill(clamp.known[layer], value) if layer in clamp.known else value

    def observe(self, state: State, clamp: Clamp, noise: Noise | None = None) -> Observed:
        """The values of all layers: of the layers updated last the conditional mean, not the draw (Rao-Blackwell).

        With a noise no mean is taken: these layers are drawn even where their values are means. A layer that has not
        moved yet, such as one of the first block at time 0, has no value.
        """
        observed = dict(state.value)
        moved = (k for k in self.units if k not in clamp.whole and k in state.potential)
        for layer in (k for k in moved if self.is_unanswered(k, clamp)):
            if noise is None and layer in self.sampled:
                observed[layer] = self.put_back(layer, self.units[layer].mean(state.potential[layer]), clamp)
            if noise is not None and layer not in self.sampled:
                place = noise.at(state.time, self.place[layer])
                observed[layer] = self.put_back(layer, self.units[layer].draw(state.potential[layer], place), clamp)
        return observed

    def is_unanswered(self, layer: str, clamp: Clamp) -> bool:
        """Whether the free neighbors of a layer all moved in earlier blocks; a layer that meets itself did not."""
        neighbors = {b if a == layer else a for a, b in self.edges if layer in (a, b)} - clamp.whole
        return all(self.turn[k] < self.turn[layer] for k in neighbors)

    # -- what training needs --------------------------------------------------------------------

    def averages(self, mixture: Mixture, centered: bool = False, share: Share | None = None) -> tuple[Tensors, Tensors]:
        """⟨s⟩ of the first ensemble; Σ c ⟨s⟩ for every bias, Σ c ⟨(s - o)(s' - o')⟩ for every weight: by parameter.

        The o are the ⟨s⟩ of the first ensemble where it is centered, else 0.
        """
        counted = [k for k in self.units if self.counts(k)]
        means, out = averages(self.units, self.edges, counted, mixture, centered, share, self.like)
        for a, b in self._zero_diagonals:
            self.units[a].zero_diagonal(out[f"coupling.{a}-{b}.weight"])
        return means, out

    def counts(self, layer: str) -> bool:
        """Whether averages of a layer are sums of integers: it is sampled, and its values have bounds."""
        units = self.units[layer]
        return self.is_exact and layer in self.sampled and units.high - units.low <= 2

    # -- what a run directory has of it -----------------------------------------------------------

    def describe(self) -> dict[str, Any]:
        """All but units, schedule and parameters, as plain values."""
        options = {k: getattr(self, k) for k in OPTIONS}
        plain = {"edges": self.edges, "blocks": self.blocks, "drawn": sorted(self.sampled), **options}
        return plain | {"precision": self.precision}

    @classmethod
    def rebuild(cls, units: Mapping[str, Units], description: Mapping[str, Any]) -> Network:
        """The network of a description, with all parameters 0; descriptions without a precision mean float32."""
        edges = [(a, b) for a, b in description["edges"]]
        options = {k: description[k] for k in OPTIONS if k in description}
        precision = description.get("precision", "float32")
        drawn, blocks = description["drawn"], description["blocks"]
        return cls(units, edges, blocks, sampled=drawn, precision=precision, std=0.0, **options)

    @classmethod
    def shapes(cls, units: Mapping[str, Units], description: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
        """The shapes of biases, weights and frozen couplings of a description, by name; nothing is allocated."""
        found: dict[str, tuple[int, ...]] = {f"bias.{k}": (u.size,) for k, u in units.items()}
        for a, b in description["edges"]:
            ways = {"weight": (a, b), "forth": (a, b), "back": (b, a)}
            there = ("weight", "forth", "back")[: (2 if a == b else 3) if description["gain"] else 1]
            found |= {f"coupling.{a}-{b}.{k}": (units[ways[k][0]].size, units[ways[k][1]].size) for k in there}
        return found

    @torch.no_grad()
    def init_biases(self, means: Mapping[str, Tensor]) -> None:
        """Sets the biases at which units without couplings have these means, as F&F starts."""
        for layer, mean in means.items():
            self.bias[layer].copy_(self.units[layer].inverse_mean(mean.to(self.like)))


def sums_integers(machine: Machine) -> bool:
    """Whether all that chains of a machine send is sums of integers, if its data are draws: no product is rounded."""
    return isinstance(machine, Network) and all(map(machine.counts, machine.units))


def precision_of(machine: Machine) -> str:
    """The precision of a network; float32 of other machines."""
    return machine.precision if isinstance(machine, Network) else "float32"


def set_precision(machine: Machine, name: str) -> None:
    """Sets `Network.precision`. Raises ValueError where it can't be, or the machine is no network and has none."""
    if isinstance(machine, Network):
        machine.precision = name
    elif name != "float32":
        raise ValueError(f"precision {name} is of networks: leave it out")
