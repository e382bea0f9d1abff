"""Privacy: a paragraph for a data officer on what a machine gives away of its training rows, and what is not known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Found = Mapping[str, Any]

ATTACKERS = {
    "nearest row": "by the distance to the nearest generated row",
    "likelihood": "by the likelihood of the row",
    "likelihood ratio": "by its likelihood beside that of a reference model of other rows",
    "label": "by the probability of its label",
}
"""How an attack guesses, in words."""

LIMITS = (
    "This is a measurement, not a guarantee: the training has no differential privacy. An attacker who trains many "
    "machines like this one, who changes the data, or who knows more about a person may do better. Attacks are "
    "averages over rows: a single unusual row can be exposed where the average is at chance. Held-out rows that are "
    "relatives or duplicates of training rows make attacks look weaker, and those of another origin stronger. Whether "
    "an attribute of a person can be inferred was not measured."
)
"""What the numbers can't promise."""


def statement(name: str, found: Found) -> str:
    """The paragraph, of the name of a run and what `attacks.privacy_of` found."""
    return " ".join([*_rows(name, found), *_attacks(found["attacks"]), *_unknown(found), LIMITS])


def _rows(name: str, found: Found) -> Iterator[str]:
    n = found["n"]
    yield f"The generative model {name} was trained on {found['trained_on']:,} rows."
    yield (f"Of the rows that it generated, {found['copies']:.2%} are exact copies of training rows; of held-out rows, "
           f"which it never saw, {found['copies_by_chance']:.2%} are.")  # fmt: skip
    yield f"Membership attacks were run on {n:,} training rows and {n:,} held-out rows:"


def _attacks(attacks: list[Found]) -> Iterator[str]:
    if not attacks:
        yield "none could be run on these rows."
        return
    said = (f"{_how(one['attack'])}, with {one['needs']}: AUC {one['auc']:.3f}, {one['caught']:.1%} of the training "
            "rows found at 1% false alarms" for one in attacks)  # fmt: skip
    yield "; ".join(said) + "."
    yield "Blind guessing has an AUC of 0.5 and finds 1%."
    if alarms := [_how(one["attack"]) for one in attacks if one["alarm"]]:
        yield (f"Chance does not explain the attack {', nor that '.join(alarms)}: training rows can be told from "
               "others. Handle the model as you handle the training data"
               f"{', and its generated rows, too' if attacks[0]['alarm'] else ''}.")  # fmt: skip
    else:
        yield "Chance explains all of these: no attack that was run tells training rows from others."


def _how(attack: str) -> str:
    _, _, label = attack.partition(": ")
    return ATTACKERS.get(attack, f'by the likelihood among the rows of the label "{label}"')


def _unknown(found: Found) -> Iterator[str]:
    if missed := found["not_measured"]:
        yield f"Not run: {'; '.join('{what} ({why})'.format(**one) for one in missed)}."
