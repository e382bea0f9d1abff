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
    "likelihood ratio": "likelihood beside that of a model of other rows",
    "label": "probability of the row's label",
}
"""By what an attack guesses, in words."""

KEY = (
    "AUC: how often an attack ranks a training row above a held-out one (guessing: 0.5). Found: the share of training "
    "rows that it names with 1% false alarms (guessing: 1%)."
)
"""How to read the numbers."""

LIMITS = (
    "These are measurements, not guarantees, and there is no differential privacy. Stronger attacks exist, by someone "
    "with many such models, with changed data, or who knows more about a person. More generated rows can give away "
    "more. One unusual row can be exposed where these means are at chance. Held-out relatives or duplicates of "
    "training rows make attacks look weaker, rows of another origin stronger. Whether attributes can be inferred was "
    "not tested."
)
"""What the numbers can't promise."""


def statement(name: str, found: Found) -> str:
    """The paragraph, of the name of a run and what `attacks.privacy_of` found: results, what was tried, limits."""
    of_rows = [one for one in found["attacks"] if one["attack"] == ROWS]
    of_model = [one for one in found["attacks"] if one["attack"] != ROWS]
    sources = {"generated rows": of_rows, "the model itself": of_model}
    measured = {source: attacks for source, attacks in sources.items() if attacks}
    said = [*_about(name, found), *_results(measured), *_tried(found["n"], measured), *_unknown(found), LIMITS]
    return " ".join(said)


def _about(name: str, found: Found) -> Iterator[str]:
    made = f"{found['generated']:,} generated rows" if "generated" in found else "the generated rows"
    where = f" in {found['released']}" if "released" in found else ""
    yield f"The generative model {name} was trained on {found['trained_on']:,} rows."
    yield (f"{found['copies']:.2%} of {made}{where} are copies of training rows; of held-out rows, which it never saw, "
           f"{found['copies_by_chance']:.2%} are.")  # fmt: skip


def _results(measured: Mapping[str, list[Found]]) -> Iterator[str]:
    """What the attacks from each source come to, and what follows."""
    if not measured:
        yield "No attack could be run on these rows."
        return
    revealed = {source: attacks for source, attacks in measured.items() if any(one["alarm"] for one in attacks)}
    if quiet := [source for source in measured if source not in revealed]:
        yield f"From {' and from '.join(quiet)} no attack tells training rows from held-out rows beyond chance."
    for source, attacks in revealed.items():
        best = max(attacks, key=lambda one: (bool(one["alarm"]), float(one["auc"])))
        yield f"From {source} training rows can be told from held-out rows, best by the {_by(best['attack'])}."
    if revealed:
        what = "the model and its generated rows" if "generated rows" in revealed else "the model"
        yield f"So handle {what} as you handle the training data."


def _tried(n: int, measured: Mapping[str, list[Found]]) -> Iterator[str]:
    if measured:
        yield f"Tried on {n:,} training and {n:,} held-out rows. {KEY}"
    for source, attacks in measured.items():
        each = (f"{_by(one['attack'])}, AUC {one['auc']:.3f}, found {one['caught']:.1%}" for one in attacks)
        yield f"From {source}: {'; '.join(each)}."


def _by(attack: str) -> str:
    _, _, label = attack.partition(": ")
    return ATTACKERS.get(attack, f'likelihood among the rows of the label "{label}"')


def _unknown(found: Found) -> Iterator[str]:
    if missed := found["not_measured"]:
        yield f"Not run: {'; '.join('{what} ({why})'.format(**one) for one in missed)}."
