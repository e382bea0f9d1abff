"""Options: text that people type as values, and the settings of a training from options, recipe and run together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from .. import ranges
from ..runs.holding import Named as Named
from ..runs.holding import sites as sites
from ..runs.settings import Settings, Source

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def combined(
    source: Source, settings: Settings, recipe: str | None = None, resumed: Path | None = None
) -> tuple[Source, Settings]:
    """The options that are given, over those of a recipe, over those of a run that is resumed.

    Raises ValueError for a value that is out of range whatever the data are.
    """
    from ..runs import recipes
    from ..runs.archive import Run
    from ..runs.layout import MODEL, layout_of

    if recipe:
        of_recipe = recipes.load(recipe)
        source, settings = source.over(of_recipe[0]), settings.over(of_recipe[1])
    if resumed is not None and (layout := layout_of(resumed)):
        if layout is MODEL:
            raise ValueError(
                f"{resumed} is an exported model, which has neither data nor chains to resume from: resume the run "
                "that it was exported from, or begin anew: train DATA --out RUN"
            )
        run = Run.open(resumed)
        source, settings = source.over(run.source), settings.over(run.settings)
    source.check()
    settings.with_defaults()
    return source.absolute(), settings


def check_table_name(path: Path | None) -> None:
    """Raises ValueError where the name of a file for a table has the suffix of another format."""
    from ..files import may_be_table

    if path and not may_be_table(path):
        raise ValueError(f"{path} is for a table: name it .csv or .tsv")


def check_outputs(table: Path, figure: Path | None) -> None:
    """Raises ValueError or OSError where a table, or a figure beside it, can't be written under these names."""
    from ..files.atomic import check_writable
    from ..reporting.plots.saved import form_of

    check_table_name(table)
    if figure:
        form_of(figure)
    for path in [table, *([figure] if figure else [])]:
        check_writable(path)


def write_figure(figure: Figure, path: Path) -> None:
    """Write a figure as its name says: PNG, PDF or SVG."""
    from ..files.atomic import atomic_file
    from ..reporting.plots.saved import content, form_of

    with atomic_file(path) as file:
        file.write(content(figure, form_of(path)))


@contextmanager
def new_folder(path: Path) -> Iterator[None]:
    """A folder for what the block writes. If the block fails, the folders that were made for it and are empty go.

    Raises OSError where nothing can be written in it.
    """
    from ..files.atomic import check_folder

    made = [folder for folder in (path, *path.parents) if not folder.exists()]
    path.mkdir(parents=True, exist_ok=True)
    check_folder(path, path)
    try:
        yield
    except BaseException:
        with suppress(OSError):  # a folder that isn't empty stays
            for folder in made:
                folder.rmdir()
        raise


def formats(text: str) -> list[str]:
    """Formats of figures, such as pdf,png.

    >>> formats("pdf, PNG")
    ['pdf', 'png']
    """
    from ..reporting.plots.saved import FORMATS

    words = [word.strip().lower().removeprefix(".") for word in text.split(",")]
    if wrong := [word for word in words if word not in FORMATS]:
        raise ValueError(f'--format takes {", ".join(FORMATS)} or several of them, not "{wrong[0]}"')
    return list(dict.fromkeys(words))


def counts(texts: Iterable[str]) -> dict[str, int]:
    """NAME=COUNT as a dict."""
    found = {}
    for text in texts:
        name, _, count = text.rpartition("=")
        if not name or not re.fullmatch("[0-9]{1,4000}", count) or int(count) < 1:
            raise ValueError(f'"{text}" is not NAME=COUNT with a count of 1 or more')
        found[name] = int(count)
    return found


def named(option: str, form: str, texts: Iterable[str] | None) -> dict[str, str]:
    """NAME=VALUE of an option that can be given again, as a dict.

    >>> named("--search", "SETTING=RANGE", ["lr=0.01:0.1"])
    {'lr': '0.01:0.1'}
    """
    pairs = [text.partition("=") for text in texts or ()]
    if wrong := ["".join(pair) for pair in pairs if not all(pair)]:
        raise ValueError(f'{option} takes {form}, not "{wrong[0]}"')
    return {name.strip().replace("-", "_"): value for name, _, value in pairs}


def weights(texts: Iterable[str] | None) -> dict[str, float] | None:
    """SCORE=WEIGHT as numbers; None where none is given."""
    said = named("--objective", "SCORE=WEIGHT", texts)
    try:
        return {name: float(weight) for name, weight in said.items()} or None
    except ValueError:
        raise ValueError(f"--objective takes SCORE=WEIGHT with numbers, not {', '.join(said.values())}") from None


def times(text: str | None) -> list[int]:
    """Steps such as 1,3,10 as numbers."""
    words = text.split(",") if text else []
    found = [int(t) if re.fullmatch(r"\s*[0-9]{1,10}\s*", t) else 0 for t in words]
    if not all(map(ranges.is_integer, found)):
        raise ValueError(f'--times takes steps like 1,3,10,30,100, not "{text}"')
    return found


def allowed(texts: Iterable[str], size: int, named: Named | None = None) -> dict[int | str, Sequence[str]]:
    """SITES=LETTERS as sites from 0, of `size` sites, with a symbol for each letter.

    >>> allowed(["2-3=AC", "9=-", "rs7=1"], 10, {"rs7": [4]})
    {1: 'AC', 2: 'AC', 8: '-', 4: '1'}
    """
    found: dict[int | str, Sequence[str]] = {}
    for text in texts:
        name, equal, letters = text.rpartition("=")
        if not equal:
            raise ValueError(f'--allow takes SITES=LETTERS like 41=ACD or 10-20=ILV, not "{text}"')
        _add_once(found, dict.fromkeys(sites(name, size, "--allow", named), letters), text)
    return found


def allowed_values(texts: Iterable[str]) -> dict[int | str, Sequence[str]]:
    """COLUMN=VALUE|VALUE of the columns of a table as names with their values.

    >>> allowed_values(["sex=F", "smoker=no|former"])
    {'sex': ['F'], 'smoker': ['no', 'former']}
    """
    found: dict[int | str, Sequence[str]] = {}
    for text in texts:
        column, equal, values = text.rpartition("=")
        if not equal:
            raise ValueError(f'--allow takes COLUMN=VALUE|VALUE, not "{text}"')
        _add_once(found, {column: values.split("|") if values else []}, text)
    return found


def _add_once(found: dict[int | str, Sequence[str]], more: dict[int | str, Sequence[str]], text: str) -> None:
    if twice := found.keys() & more.keys():
        site = min(twice, key=str)
        named = site + 1 if isinstance(site, int) else site
        raise ValueError(f'--allow "{text}": {named} is named twice; give all that it may have at once')
    found |= more


def identity(text: str | None) -> tuple[float, float] | None:
    """A range of identities such as 0.6-0.8 as two numbers.

    >>> identity("0.6-0.8"), identity("0.6–0.8")
    ((0.6, 0.8), (0.6, 0.8))
    """
    span = re.fullmatch(r"\s*([0-9.]{1,20})\s*[-–]\s*([0-9.]{1,20})\s*", text or "")
    try:
        found = (float(span[1]), float(span[2])) if span else None
    except ValueError:
        found = None
    if text is not None and found is None:
        raise ValueError(f'--identity takes a range from 0 to 1 like 0.6-0.8, not "{text}"')
    return found


def mutations(text: str | None) -> int | tuple[int, int] | None:
    """A number of mutations, or a range of them, as numbers.

    >>> mutations("5"), mutations("3-5"), mutations("3–5")
    (5, (3, 5), (3, 5))
    """
    span = re.fullmatch(r"\s*([0-9]{1,9})\s*(?:[-–]\s*([0-9]{1,9})\s*)?", text or "")
    if text is not None and not span:
        raise ValueError(f'--mutations takes a number or a range like 5 or 3-5, not "{text}"')
    if not span:
        return None
    return (int(span[1]), int(span[2])) if span[2] else int(span[1])


def ages(text: str | None) -> list[int] | None:
    """Ages such as 100,1000 as numbers; "none" is no age, and None stays None.

    >>> ages("100,1000"), ages("none"), ages(None)
    ([100, 1000], [], None)
    """
    words = [] if text is None or text == "none" else text.split(",")
    if not all(word.strip().isdecimal() for word in words):
        raise ValueError(f'--ages takes saved ages like 100,1000, or none, not "{text}"')
    return None if text is None else [int(word) for word in words]


def device(name: str) -> str:
    """cpu or cuda; "auto" is cuda where torch can use a GPU."""
    import torch

    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if name not in ("cpu", "cuda"):
        raise ValueError(f'device is cpu, cuda or auto, not "{name}"')
    if name == "cuda" and not torch.cuda.is_available():
        raise ValueError("torch can use no GPU here: take --device cpu")
    return name
