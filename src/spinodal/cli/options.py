"""Options: what people type, as values; ValueError in one line where it isn't one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from .. import ranges


def gathered(
    plan: Mapping[str, Any], more: Mapping[str, Any], resumed: Path | None = None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is given, over a recipe, over what a run to go on with was made with: as source and settings.

    Raises ValueError for what is out of range whatever the data are.
    """
    from ..runs import recipes, sources, training
    from ..runs.archive import Run

    read = {
        "where": pairs(plan["where"]),
        "kinds": pairs(plan["kinds"]),
        "label": named(plan["label"]),
        "hidden": one(plan["hidden"]),
    }
    given = {**plan, **read, **more}
    recipe, base = given.pop("recipe"), dict[str, Any]()
    if resumed is not None and (resumed / "run.json").exists():
        record = Run.open(resumed).record
        base = {**record["source"], **record["training"]}
    base |= recipes.load(recipe) if recipe else {}
    given = {k: v for k, v in given.items() if v is not None}
    for name, other in (("split", "test"), ("test", "split")):
        if name in given and other not in given:
            base.pop(other, None)  # one is in place of the other, which a recipe may name
    base |= given
    known = [*sources.KEYS, *training.DEFAULTS]
    if strange := base.keys() - set(known):
        raise ValueError(f"there is no setting {sorted(strange)}; there are {', '.join(known)}")
    table = str(base.get("labels", ""))
    paths = ["data", "test"] + ([] if table == "folder" or table.startswith("re:") else ["labels"])
    base |= {k: str(Path(base[k]).resolve()) for k in paths if base.get(k)}
    source, settings = ({k: base[k] for k in keys if k in base} for keys in (sources.KEYS, training.DEFAULTS))
    sources.foresee(source)
    training.foreseen(settings)
    return source, settings


def pairs(texts: Iterable[str] | None) -> dict[str, str] | None:
    """COLUMN=VALUE as a dict."""
    if texts is None:
        return None
    if wrong := [t for t in texts if "=" not in t]:
        raise ValueError(f'"{wrong[0]}" is not COLUMN=VALUE')
    return dict(t.split("=", 1) for t in texts)


def named(labels: list[str] | None) -> list[str] | None:
    """The label columns that are named; "" names none."""
    return labels if labels is None else [name for name in labels if name]


def tabular(path: Path | None) -> None:
    """ValueError where a table is to go to a file whose name says another format."""
    from ..files import may_be_table

    if path and not may_be_table(path):
        raise ValueError(f"{path} is to hold a table: name it .csv or .tsv")


def one(sizes: list[int] | None) -> int | list[int] | None:
    """The size of one layer as it is, of several as a list."""
    return sizes[0] if sizes and len(sizes) == 1 else sizes


def counts(texts: Iterable[str]) -> dict[str, int]:
    """NAME=COUNT as a dict."""
    found = {}
    for text in texts:
        name, _, count = text.rpartition("=")
        if not name or not re.fullmatch("[0-9]{1,4000}", count) or int(count) < 1:
            raise ValueError(f'"{text}" is not NAME=COUNT with a count of 1 or more')
        found[name] = int(count)
    return found


def times(text: str | None) -> list[int]:
    """Steps, 1,3,10, as numbers."""
    words = text.split(",") if text else []
    found = [int(t) if re.fullmatch(r"\s*[0-9]{1,10}\s*", t) else 0 for t in words]
    if not all(map(ranges.is_integer, found)):
        raise ValueError(f'--times takes steps like 1,3,10,30,100, not "{text}"')
    return found


def sites(text: str, size: int) -> list[int]:
    """Sites counted from 1, of so many, as numbers from 0.

    >>> sites("2-4,9", 10)
    [1, 2, 3, 8]
    """
    spans = [re.fullmatch(r"\s*(\d+)\s*(?:-\s*(\d+)\s*)?", part) for part in text.split(",")]
    ends = [(int(span[1]), int(span[2] or span[1])) for span in spans if span]
    if len(ends) < len(spans) or any(not 1 <= first <= last <= size for first, last in ends):
        raise ValueError(f'--hold takes sites from 1 to {size} like 10-20,35, not "{text}"')
    return sorted({site - 1 for first, last in ends for site in range(first, last + 1)})


def ages(text: str | None) -> list[int] | None:
    """Ages, 100,1000, as numbers; "none" is none of them, and None leaves the choice to others.

    >>> ages("100,1000"), ages("none"), ages(None)
    ([100, 1000], [], None)
    """
    words = [] if text is None or text == "none" else text.split(",")
    if not all(word.strip().isdecimal() for word in words):
        raise ValueError(f'--ages takes saved ages like 100,1000, or none, not "{text}"')
    return None if text is None else [int(word) for word in words]


def device(name: str) -> str:
    """cpu or cuda; "auto" is cuda where torch can use it."""
    import torch

    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if name not in ("cpu", "cuda"):
        raise ValueError(f'device is cpu, cuda or auto, not "{name}"')
    if name == "cuda" and not torch.cuda.is_available():
        raise ValueError("there is no GPU that torch can use here: take --device cpu")
    return name
