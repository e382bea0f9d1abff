"""Privacy: a paragraph for a data officer on what a machine gives away of its training rows, and what is not known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Found = Mapping[str, Any]

ROWS = "nearest row"
"""The attack from generated rows alone; all others are from the model."""

ATTACKERS = {
    ROWS: "distance to the nearest generated row",
    "likelihood": "likelihood of the row",
    "likelihood ratio": "likelihood beside that of a reference model of other rows",
    "label": "probability of the row's label",
}
"""By what an attack guesses, in words."""

KEY = (
    "AUC: of a training row and a held-out row, how often the attack points to the training row (blind guessing: 0.5). "
    "Found: the share of the training rows that it names with 1% false alarms (blind guessing: 1%)."
)
"""How to read the numbers."""

LIMITS = (
    "These are measurements, not guarantees. The training has no differential privacy. Stronger attacks exist, by "
    "someone who trains many machines like this one, who changes the data, or who knows more about a person. More "
    "generated rows can give away more. The numbers are means: one unusual row can be exposed where the mean is at "
    "chance. Held-out rows that are relatives or duplicates of training rows make attacks look weaker, and those of "
    "another origin make them look stronger. Whether an attribute of a person can be inferred was not measured."
)
"""What the numbers can't promise."""


def statement(name: str, found: Found) -> str:
    """The paragraph, of the name of a run and what `attacks.privacy_of` found: results, numbers, limits."""
    of_rows = [one for one in found["attacks"] if one["attack"] == ROWS]
    of_model = [one for one in found["attacks"] if one["attack"] != ROWS]
    sources = {"generated rows": of_rows, "the model itself": of_model}
    measured = {source: attacks for source, attacks in sources.items() if attacks}
    said = [*_about(name, found), *_results(measured), *_numbers(measured), *_unknown(found), LIMITS]
    return " ".join(said)


def _about(name: str, found: Found) -> Iterator[str]:
    n, made = found["n"], f"{found['generated']:,} generated rows" if "generated" in found else "the generated rows"
    where = f" in {found['released']}" if "released" in found else ""
    yield f"The generative model {name} was trained on {found['trained_on']:,} rows."
    yield (f"{found['copies']:.2%} of {made}{where} are copies of training rows; of the held-out rows, which it never "
           f"saw, {found['copies_by_chance']:.2%} are.")  # fmt: skip
    yield f"Attacks tried to tell {n:,} training rows from {n:,} held-out rows."


def _results(measured: Mapping[str, list[Found]]) -> Iterator[str]:
    """What the attacks from each source come to, and what follows."""
    if not measured:
        yield "None could be run on these rows."
        return
    for source, attacks in measured.items():
        best = max(attacks, key=lambda one: (bool(one["alarm"]), float(one["auc"])))
        yield (f"From {source} they can be told apart, best by the {_by(best['attack'])}." if best["alarm"] else
               f"From {source} no attack told them apart better than chance explains.")  # fmt: skip
    revealed = [source for source, attacks in measured.items() if any(one["alarm"] for one in attacks)]
    if revealed:
        what = "the model and its generated rows" if "generated rows" in revealed else "the model"
        yield f"So handle {what} as you handle the training data."


def _numbers(measured: Mapping[str, list[Found]]) -> Iterator[str]:
    if measured:
        yield KEY
    for source, attacks in measured.items():
        each = (f"AUC {one['auc']:.3f}, found {one['caught']:.1%} ({_by(one['attack'])})" for one in attacks)
        yield f"From {source}: {'; '.join(each)}."


def _by(attack: str) -> str:
    _, _, label = attack.partition(": ")
    return ATTACKERS.get(attack, f'likelihood among the rows of the label "{label}"')


def _unknown(found: Found) -> Iterator[str]:
    if missed := found["not_measured"]:
        yield f"Not run: {'; '.join('{what} ({why})'.format(**one) for one in missed)}."
