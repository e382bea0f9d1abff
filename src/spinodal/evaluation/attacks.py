"""Attacks: guesses of which rows a machine learned, by what it and its rows give away, and how often they are right."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import scores
from ..analysis.densities import chow_liu, independent_sites
from ..analysis.likelihood import log_p_of_labels, log_weights
from ..data.dataset import Dataset, concatenate
from ..machines.dynamics import Machine
from ..machines.network import Network
from ..tasks import labels_of
from .comparison_sets import matched
from .preparation import recoded
from .reference import Rows, cut

LIKELIHOOD = "likelihood"
"""The name of the attack by log p(row); of one label it is "likelihood: NAME"."""

FEW = 30
"""A label is attacked by itself if it has so many tested rows of both kinds or more."""

WIDE = 2000
"""The most numbers in a row for a tree of sites as the reference; wider rows have independent sites."""

Statistic = Callable[[Dataset], np.ndarray]
"""A number for each row, (n,), higher for rows that are rather members."""


@dataclass(frozen=True)
class Attacked:
    """What is attacked: a machine, training rows that were tested, as many held-out rows, training rows that were not
    tested, and generated rows.
    """

    machine: Machine
    members: Dataset
    others: Dataset
    untested: Dataset
    generated: Dataset


def privacy_of(machine: Machine, train: Dataset, test: Dataset, generated: Dataset, seed: int = 0) -> dict[str, Any]:
    """How well attacks tell training rows from held-out rows, and how many generated rows are copies.

        {"n": rows of each kind, "trained_on": rows, "generated": rows, "copies": share of these that are training
         rows, "copies_by_chance": share of the held-out rows that are, "attacks": [{"attack", "needs", "auc",
         "caught", "n", "alarm"}, ...], "not_measured": [{"what", "why"}]}

    An attack is a number for each row; members are training rows, drawn with the labels of the held-out rows:

        nearest row             - distance to the nearest generated row; needs generated rows alone
        likelihood              log p(row), up to a constant
        likelihood ratio        log p(row) - log p_reference(row), of a Chow-Liu tree (wide rows: independent sites) of
                                training rows that are not tested
        label                   log p(labels of the row | row)
        likelihood: NAME        the likelihood among the rows of one label, of the label that it finds best

    auc: of ranking members above others. caught: the share of members above all but 1 % of the others. alarm: chance
    does not explain the AUC (`scores.is_revealed`). Rows with unknown entries are left out. A function of its
    arguments. Raises ValueError where fewer than two whole rows are left. Cost: that of `scores.nearest` and of a tree.
    """
    train, test = (_whole(recoded(machine, data)) for data in (train, test))
    test = cut(test, len(train), seed)
    members = matched(train, test, seed)
    untested = train.select(~np.isin(train.names, members.names))
    others = cut(test, len(members), seed)
    attacked = Attacked(machine, members, others, untested, _whole(generated))
    found, missed = list[dict[str, Any]](), list[dict[str, str]]()
    for name, attack in ATTACKS.items():
        try:
            found += attack(name, attacked)
        except ValueError as error:
            missed.append({"what": name, "why": str(error)})
    copies, by_chance = (_copied(x, train) for x in (attacked.generated, others))
    rows = {"n": len(others), "trained_on": len(train), "generated": len(attacked.generated)}
    return {**rows, "copies": copies, "copies_by_chance": by_chance, "attacks": found, "not_measured": missed}


def _copied(data: Dataset, train: Dataset) -> float:
    """The share of the rows that are training rows."""
    return float((scores.nearest(Rows(data).plain, Rows(train).plain) == 0).double().mean())


def _whole(data: Dataset) -> Dataset:
    if data.whole.sum() < 2:
        raise ValueError("attacks are on rows without unknown entries, and fewer than two rows have none")
    return data.select(data.whole)


def _nearest(name: str, attacked: Attacked) -> Iterator[dict[str, Any]]:
    made = Rows(attacked.generated).plain
    yield _found(name, "generated rows", attacked, lambda x: -scores.nearest(Rows(x).plain, made).numpy())


def _likelihood(name: str, attacked: Attacked) -> Iterator[dict[str, Any]]:
    machine = _with_energy(attacked.machine)
    yield _found(name, "the model", attacked, lambda x: log_weights(machine, x, ()))


def _ratio(name: str, attacked: Attacked) -> Iterator[dict[str, Any]]:
    machine, rest = _with_energy(attacked.machine), attacked.untested
    if len(rest) < len(attacked.members):
        raise ValueError(f"a reference takes as many training rows as are tested, {len(attacked.members)}, and "
                         f"{len(rest)} are left")  # fmt: skip
    reference = (chow_liu if Rows(rest).width <= WIDE else independent_sites)(rest)
    yield _found(name, "the model", attacked, lambda x: log_weights(machine, x, ()) - reference.rows(x))


def _label(name: str, attacked: Attacked) -> Iterator[dict[str, Any]]:
    machine = _with_energy(attacked.machine)
    if not labels_of(machine):
        raise ValueError("the machine has no labels")
    yield _found(name, "the model, and the row's labels", attacked, lambda x: log_p_of_labels(machine, x))


def _likelihood_by_label(name: str, attacked: Attacked) -> Iterator[dict[str, Any]]:
    machine, each = _with_energy(attacked.machine), list[dict[str, Any]]()
    names = attacked.members.alphabets[layer].symbols if (layer := next(iter(labels_of(machine)), "")) else ()
    for number, label in enumerate(names):
        own = {side: x.select(x[layer][:, 0] == number) for side, x in (("members", attacked.members),
                                                                        ("others", attacked.others))}  # fmt: skip
        if min(map(len, own.values())) >= FEW:
            part = Attacked(machine, own["members"], own["others"], attacked.untested, attacked.generated)
            each.append(_found(f"{LIKELIHOOD}: {label}", "the model", part, lambda x: log_weights(machine, x, ())))
    if not each:
        raise ValueError(f"no label has {FEW} tested rows of both kinds")
    yield max(each, key=lambda one: one["auc"])


def _found(name: str, needs: str, attacked: Attacked, statistic: Statistic) -> dict[str, Any]:
    every = statistic(concatenate([attacked.members, attacked.others]))
    of_members, of_others = every[: len(attacked.members)], every[len(attacked.members) :]
    found: Mapping[str, Any] = {
        "auc": scores.membership_auc(of_members, of_others),
        "caught": scores.caught(of_members, of_others),
        "alarm": scores.is_revealed(of_members, of_others),
    }
    return {"attack": name, "needs": needs, **found, "n": len(of_others)}


def _with_energy(machine: Machine) -> Network:
    if not isinstance(machine, Network):
        raise ValueError("the machine has no log p(row) that is known here")
    return machine


ATTACKS: dict[str, Callable[[str, Attacked], Iterator[dict[str, Any]]]] = {
    "nearest row": _nearest,
    LIKELIHOOD: _likelihood,
    "likelihood ratio": _ratio,
    "label": _label,
    "likelihood of a label": _likelihood_by_label,
}
