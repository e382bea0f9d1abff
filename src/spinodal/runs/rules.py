"""Rules: the settings that a training takes where none are given, by a description of its data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import Tensor

from ..data.dataset import Dataset, is_label
from ..data.entries import state_mask
from ..evaluation.quick_scores import QUALITY
from ..evaluation.reference import cut
from ..learning.curvature import Curvature, principal

MOST = 512
"""The most hidden units."""

FASTEST, SPREAD = 0.4, 0.09
"""Of bits and letters, the largest learning rate; and what it times the deviation of a column may be at most."""

FASTEST_NUMBERS, SPREAD_NUMBERS = 0.1, 1.0
"""Of data with numbers, the largest learning rate; and what it times the mean variance of a column may be at most."""

WORK = 3e12
"""Terms of sums that the products of all updates with one step would have: some ten minutes of two cores."""

FEWEST, MOST_UPDATES = 1000, 10_000
"""The numbers of updates between which a training ends, unless its scores say before that it is done."""

POWER = 8.0
"""The power of the mean of the parameters that is saved (`learning.averaging`)."""

UNEVEN = 2.0
"""Labels are balanced where the most frequent one has more than so many times the rows of the rarest."""

SOME, ENTRIES, FEW = 1000, 2 * 10**7, 100
"""Rows of which variances and principal directions are found: as many as have `ENTRIES` numbers, but `FEW` at least."""

AUTO: Final = "auto"
"""The guidance that is found when a training ends (`guiding.choose`), and the base that is trained before (`bases`)."""

TINY = 1e-6
"""The least variance that counts."""


@dataclass(frozen=True)
class Description:
    """What the rules know of training data.

    rows       their number
    sites      of a row, without its labels
    columns    of the same, where a letter has one for each of its states
    spread     the mean variance of a column
    labels     the shares of the labels of the first label layer, the largest first; () without labels
    image      whether a row is a square image of 8 x 8 pixels or more
    discrete   whether all columns are bits or letters
    """

    rows: int
    sites: int
    columns: int
    spread: float
    labels: tuple[float, ...] = ()
    image: bool = False
    discrete: bool = True


@dataclass(frozen=True)
class Rule:
    """A setting that a rule gives, and why."""

    value: Any
    why: str


def describe(data: Dataset) -> Description:
    """What the rules know of training data. The cost is one pass over `SOME` rows."""
    layers = _visible(data)
    return Description(
        rows=len(data),
        sites=sum(data[layer].shape[1] for layer in layers),
        columns=_columns(data),
        spread=_spread(data),
        labels=_shares(data),
        image=_is_square_image(data),
        discrete=all(layer in data.alphabets for layer in layers),
    )


def principal_directions(data: Dataset, limit: float = 1.0) -> Curvature:
    """The directions along which `SOME` rows vary most, as a machine sees them: letters one-hot, unknown entries 0."""
    some = _some(data)
    return principal({layer: _seen(some, layer) for layer in _visible(data)}, limit)


def suggested(about: Description, given: Mapping[str, Any]) -> dict[str, Rule]:
    """The settings that the rules give to a training of an RBM on such data; those that are `given` stay as they are.

    batch         500 from 3,000 rows on, 250 from 500 rows on, below half of the rows
    hidden        the power of two at or above the number of sites, from 16 to 512
    lr            0.09 / √(the mean variance of a column), 0.4 at most; with columns of numbers 1 / that variance, 0.1
                  at most
    updates       as many as ten minutes of two cores take, from 1,000 to 10,000
    balance       0.5 where the most frequent label has more than twice the rows of the rarest, else 0
    label_weight  4 of protocols with a label gradient, else 1
    averaging     8
    stop_on       quality; none of cd and pcd, whose rows after a few steps from random say little
    guidance      auto where there are labels and the training stops on quality, else 0

    A study on real data found these values (docs/tuning.md).
    """
    rules = rules_of(given.get("machine") or "rbm")
    found = {name: Rule(value, "as given") for name, value in given.items() if name in rules}
    for name, rule in rules.items():  # in this order, as updates depend on batch and hidden
        if name not in found:
            found[name] = rule(about, {**given, **{k: r.value for k, r in found.items()}})
    return {name: found[name] for name in rules}


def rules_of(machine: str) -> Mapping[str, Callable[[Description, dict[str, Any]], Rule]]:
    """The rules of a kind of machine, by the names of the settings."""
    return NEURAL if machine == "neural" else RULES


def batch_of(n: int) -> Rule:
    """The rows of a batch, of n training rows.

    >>> [batch_of(n).value for n in (1, 300, 1176, 60_000)]
    [1, 150, 250, 500]
    """
    if n >= 3000:
        return Rule(500, f"{n // 500} updates see all rows once")
    if n >= 500:
        return Rule(250, f"of {n} rows; with larger batches there would be fewer updates for each pass over the rows")
    return Rule(max(n // 2, 1), f"half of {n} rows")


def _batch(about: Description, others: dict[str, Any]) -> Rule:
    return batch_of(about.rows)


def _hidden(about: Description, others: dict[str, Any]) -> Rule:
    n = about.sites
    fitting = min(max(1 << (n - 1).bit_length(), 16), MOST)
    return Rule(fitting, f"about one for each of {n} sites" if n <= MOST else f"{n} sites; more take longer")


def _lr(about: Description, others: dict[str, Any]) -> Rule:
    spread = max(about.spread, TINY)
    seen = f"{about.spread:.2g}, the mean variance of a column"
    if about.discrete:
        most, rate, law = FASTEST, SPREAD / spread**0.5, f"{SPREAD:g} / the square root of {seen}"
    else:
        most, rate, law = FASTEST_NUMBERS, SPREAD_NUMBERS / spread, f"{SPREAD_NUMBERS:g} / {seen}"
    if rate >= most:
        return Rule(most, f"the most, as columns vary little: the mean of their variances is {about.spread:.2g}")
    return Rule(float(f"{rate:.2g}"), law)


def _updates(about: Description, others: dict[str, Any]) -> Rule:
    sizes = others["hidden"]
    units = sum(sizes) if isinstance(sizes, list) else sizes
    affordable = WORK / max(others["batch"] * units * about.columns, 1)
    n = int(float(f"{min(max(affordable, FEWEST), MOST_UPDATES):.2g}"))
    return Rule(n, "what two fast cores do in ten minutes, or less" if affordable >= FEWEST else "fewer are not enough")


def _balance(about: Description, others: dict[str, Any]) -> Rule:
    if not about.labels:
        return Rule(0.0, "there are no labels")
    most, least = about.labels[0], about.labels[-1]
    shares = f"the labels' shares of the rows are from {least:.1%} to {most:.1%}"
    return Rule(0.5 if most > UNEVEN * least else 0.0, shares)


def _label_weight(about: Description, others: dict[str, Any]) -> Rule:
    if others.get("protocol") in (None, *LABELED) and about.labels:
        return Rule(4.0, "labels are learned as fast as rows")
    return Rule(1.0, "there is no label gradient")


def _averaging(about: Description, others: dict[str, Any]) -> Rule:
    return Rule(POWER, f"the mean of about the last 1/{POWER + 1:.0f} of the parameters has less noise than the last")


def _stop_on(about: Description, others: dict[str, Any]) -> Rule:
    if others.get("protocol") in CONTRASTIVE:
        return Rule("", "this protocol learns a distribution, and no rows of a few steps from random")
    return Rule(QUALITY, "the age with the best labels and rows is kept")


def _guidance(about: Description, others: dict[str, Any]) -> Rule:
    if not about.labels:
        return Rule(0.0, "there are no labels")
    if others["stop_on"] != QUALITY:
        return Rule(0.0, "the training doesn't stop on quality")
    return Rule(AUTO, "found when the training ends, by the quality of rows with a few of them")


LABELED, CONTRASTIVE = ("fef", "fef-chain"), ("cd", "pcd")
"""Protocols with a label gradient; and those whose chains don't start at random."""

RULES: dict[str, Callable[[Description, dict[str, Any]], Rule]] = {
    "batch": _batch,
    "hidden": _hidden,
    "lr": _lr,
    "updates": _updates,
    "balance": _balance,
    "label_weight": _label_weight,
    "averaging": _averaging,
    "stop_on": _stop_on,
    "guidance": _guidance,
}
"""The rule of each setting, of the data's description and of the settings that stand already."""


def _energy(about: Description, others: dict[str, Any]) -> Rule:
    if about.image:
        return Rule("conv", "for square images")
    return Rule("mlp", "for rows that are no square images")


def _base(about: Description, others: dict[str, Any]) -> Rule:
    if about.discrete:
        return Rule(AUTO, "above an RBM that is trained first, rows are good from the start")
    return Rule("", "numbers move down the slope of the network alone")


def _width(about: Description, others: dict[str, Any]) -> Rule:
    return Rule(32, "channels of the first convolution") if others["energy"] == "conv" else Rule(256, "of the network")


def _share(about: Description, others: dict[str, Any]) -> Rule:
    if others.get("base"):
        return Rule(1.0, "steps above a base look ahead, so that all units may move at once")
    if others["energy"] == "conv":
        return Rule(1.0, "all pixels in a step: convolutions are smooth")
    return Rule(0.5, "where units answer all at once they overshoot, and the training is less stable")


def _small_batch(about: Description, others: dict[str, Any]) -> Rule:
    n = about.rows
    return Rule(min(SMALL, max(n // 2, 1)), "a step of a network takes long, and Adam needs many updates")


def _small_lr(about: Description, others: dict[str, Any]) -> Rule:
    return Rule(1e-3, "of Adam")


def _base_lr(about: Description, others: dict[str, Any]) -> Rule:
    return Rule(others["lr"], "as the network" if others.get("base") else "there is no base")


def _neural_updates(about: Description, others: dict[str, Any]) -> Rule:
    return Rule(5000, "some half an hour of two cores for images of 28 x 28, some minutes for short rows")


def _large_label_weight(about: Description, others: dict[str, Any]) -> Rule:
    found = _label_weight(about, others)
    if found.value != 1 and others.get("base"):
        return Rule(5.0, "the base has rows already, and labels are still to be learned")
    return found if found.value == 1 else Rule(20.0, "the gradient of rows is larger than that of labels")


def _decay(about: Description, others: dict[str, Any]) -> Rule:
    if others.get("base"):
        return Rule(0.0, "the base would decay, too")
    return Rule(0.1, "without decay the training is less stable")


SMALL = 128
"""Rows of an update of a neural machine."""

NEURAL: dict[str, Callable[[Description, dict[str, Any]], Rule]] = (
    {"energy": _energy, "base": _base}
    | RULES
    | {
        "batch": _small_batch,
        "share": _share,
        "hidden": _width,
        "lr": _small_lr,
        "base_lr": _base_lr,
        "updates": _neural_updates,
        "label_weight": _large_label_weight,
        "l2": _decay,
    }
)
"""The rules of neural machines: the width depends on the energy, and much on whether there is a base."""


def _some(data: Dataset) -> Dataset:
    """Rows at random, the same for the same data."""
    return cut(data, max(FEW, min(SOME, ENTRIES // max(_columns(data), 1))), 0)


def _visible(data: Dataset) -> list[str]:
    return [layer for layer in data.columns if not is_label(layer)]


def _columns(data: Dataset) -> int:
    return sum(data.units[layer].size for layer in _visible(data))


def _seen(data: Dataset, layer: str) -> Tensor:
    """A layer as a machine sees it, (n, size): numbers in its own units, letters one-hot; NaN unknown."""
    if layer not in data.alphabets:
        return data.tensors()[layer]
    x, size = data.numbers(layer), data.units[layer].size
    if x.shape[1] == size:
        return x
    there = state_mask(data.alphabets[layer], data[layer].shape[1])
    full = torch.zeros(len(x), size)
    full[:, torch.from_numpy(there.ravel())] = x
    return full


def _is_square_image(data: Dataset) -> bool:
    height, width = (data.notes.get("image") or [0, 1])[:2]
    return height == width >= 8


def _spread(data: Dataset) -> float:
    """The mean variance of a column of `SOME` rows."""
    some = _some(data)
    x = torch.cat([_seen(some, layer) for layer in _visible(some)], 1).double().nan_to_num(0.0)
    return float(x.var(0, correction=0).mean()) if x.numel() else 0.0


def _shares(data: Dataset) -> tuple[float, ...]:
    """The shares of the labels that rows have, of the first label layer, the largest first."""
    counts = sorted(data.label_counts(data.labels[0]).values(), reverse=True) if data.labels else []
    return tuple(x / sum(counts) for x in counts if x)
