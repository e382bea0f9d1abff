"""Export: a run as a folder to hand on: one age, without its data and their paths, with a model card."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import FormatError
from ..files.atomic import check_folder_writable
from ..runs.archive import Run
from ..runs.models import Model
from .model_card import PRIVACY, model_card
from .report import logged


def export(run: str | Path, out: str | Path, *, age: int | None = None, report: str | Path | None = None) -> Run:
    """Write a run at a saved age, by default the chosen one, into a new folder, out, and open it.

    The folder is a run of one age, with all that generating, predicting and completing need, and a README.md, its model
    card. It has neither the data nor their paths. report: the .json of a report of this run at this age, of which the
    card gets the privacy scores. Raises FileExistsError where out is there and not empty, ValueError for an age that
    isn't saved, and where the report is not of this age.

    >>> import tempfile, spinodal as sp
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     sp.save(sp.rbm(sp.Bernoulli(8), visible=sp.Bernoulli(6)), f"{folder}/run")
    ...     made = sp.export(f"{folder}/run", f"{folder}/model")
    ...     print(sorted(path.name for path in made.path.iterdir()))
    ['README.md', 'config.json', 'model.safetensors']
    """
    out, opened = Path(out), Run.open(run)
    check_folder_writable(out)
    age = opened.chosen(age)
    privacy = None if report is None else _privacy(opened, age, Path(report))
    model = Model.of(opened, age)
    return model.write(out, model_card(out.resolve().name, model, privacy))


def _privacy(run: Run, age: int, path: Path) -> Mapping[str, Any]:
    """The privacy scores of a run at an age, from the numbers of a report."""
    logged_then = _of_age(logged(run).get("log", []), age)
    try:
        told = [one["record"] for one in json.loads(path.read_bytes())["runs"]]
        own = [one for one in told if one["age"] == age and _of_age(one.get("log", []), age) == logged_then]
        found = {name: one["scores"][name] for one in own[:1] for name in PRIVACY if name in one["scores"]}
        found = {name: said | {"value": float(said["value"])} for name, said in found.items()}
        if own and "privacy" in own[0]:
            found["statement"] = str(own[0]["privacy"]["statement"])
    except (ValueError, KeyError, TypeError) as error:
        raise FormatError(f"{path} is not the .json of a report ({type(error).__name__}): name what `spinodal report "
                          f"{run.path} --age {age} -o page.html` writes beside the page") from None  # fmt: skip
    if not own:
        raise ValueError(f"{path} is no report of {run.path} at age {age}: spinodal report {run.path} --age {age} "
                         f"-o page.html")  # fmt: skip
    return found


def _of_age(log: Sequence[Mapping[str, float]], age: int) -> list[Mapping[str, float]]:
    """The rows of a log at an age: seconds and scores, by which runs are told apart, whatever their folders' names."""
    return [row for row in log if row["age"] == age]
