"""`spinodal predict`: labels for data."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from ... import ranges
from ...errors import counted
from .. import options
from ..errors import say
from .arguments import AS_TRAINED, Age, Count, Flag, Formulas, Given, Into, Number, ReadOptions, check, write_shards

if TYPE_CHECKING:
    from ...analysis.confidence import Confidence
    from ...data.dataset import Dataset


def predict(
    run: Path,
    data: Path,
    /,
    *,
    out: Into = "-",
    at_least: float = 0.0,
    n: Annotated[int, Count] = 1,
    given: Given = None,
    only_unknown: Flag = False,
    with_data: Flag = False,
    read: ReadOptions = AS_TRAINED,
    age: Age = None,
    nearest: bool = True,
    rows_per_shard: Number = None,
    formulas: Formulas = False,
) -> None:
    """Predict the labels of DATA, with how sure they are, and how unlike the training data a row is.

    Probabilities are calibrated on the held-out rows of the run, where these have labels.

    Parameters
    ----------
    run
        A run directory.
    data
        A file of sequences or other rows like the training data's.
    out
        A CSV or TSV file; "-" is the standard output, "FOLDER/" is a folder of shards, .csv.gz, as of generate.
    at_least
        Rows whose confidence is lower get no label, such as 0.9. At the end stands how often the others are right.
    n
        Runs a row that are averaged, for rows with unknown entries: where much is unknown one run is too sure.
    given
        A label column that is known, and held beside the data; again for several. The others are predicted.
    only_unknown
        Only the rows whose label is not known, in DATA or in the table of --labels; all others have one.
    with_data
        Also the columns of DATA: the sequence, the label that it has there, its table. One table then has all.
    nearest
        Whether each row is compared with all training rows, for the column nearest_identity.
    rows_per_shard
        Rows of a shard; by default as in DATA, if these are shards, else 1,000,000.
    """
    from ... import tasks
    from ...files import is_folder
    from ...files.table import write_rows
    from ...runs import sharding, sources
    from ...runs.archive import Run
    from ...runs.confidence import Judge

    check(n=n, age=age, rows_per_shard=rows_per_shard)
    ranges.real("at_least", at_least, lambda x: 0 <= x <= 1, "is from 0 to 1")
    _check_out(out, rows_per_shard)
    archive, kept = Run.open(run), Counter[str]()
    machine = archive.machine(age)
    rows = sources.read_given(archive, machine, data, given or [], read.reading(), only_unknown, with_data)
    predictor = tasks.predictor(machine, rows, given=rows.labels, n=n)
    judge = Judge.of(archive, machine, archive.chosen(age), rows.labels, nearest)

    def write(part: slice, path: Path) -> None:
        found, own = judge.confidence.of(predictor(part)), rows.select(part)
        beside = judge.beside(own) | (_columns(own) if with_data else {})
        write_rows(path, found.table(at_least, beside), formulas)
        kept.update({layer: int((found.confidence(layer) >= at_least).sum()) for layer in found.probability})
        kept.update({"": len(found.names)})

    if is_folder(out):
        job = {"command": "predict", "data": rows.sha256, "given": list(rows.labels), "n": n, "formulas": formulas}
        job |= {"with_data": True} if with_data else {}
        job |= {"age": archive.chosen(age), "at_least": at_least, "judge": judge.sha256}
        size = rows_per_shard or sharding.rows_per_shard(data)
        say(write_shards(out, sharding.plan_of_predictions(archive, machine, len(rows), size, job), write))
    else:
        write(slice(0, len(rows)), Path(out))
        say(f"{counted(len(rows), 'predictions')} to {out}")
    every = kept.pop("", 0)
    for layer, n_kept in kept.items() if at_least else ():
        say(_kept(layer, f"{n_kept} of {every}", at_least, judge.confidence))


def _check_out(out: str, rows_per_shard: int | None) -> None:
    """Raises ValueError or OSError where the table can't be written, before anything is read."""
    from ...files import is_folder
    from ...files.atomic import check_writable
    from ...files.manifest import Place
    from ...runs.sharding import check_one_file

    if is_folder(out):
        Place(Path(out)).check_writable()
        return
    check_one_file(out, rows_per_shard)
    options.check_table_name(Path(out))
    check_writable(Path(out))


def _columns(rows: Dataset) -> dict[str, list[str]]:
    """The columns of rows beside their names, as text."""
    from ...files.table import text_columns

    return {name: cells.tolist() for name, cells in text_columns(rows).items() if name != "name"}


def _kept(layer: str, count: str, at_least: float, confidence: Confidence) -> str:
    """How many rows keep their label, and how often those of held-out rows are right."""
    name = "" if layer == "label" else f"{layer.removeprefix('label:')}: "
    said = f"{name}labeled, as at least {at_least:g} sure: {count}"
    if layer not in confidence.layers:
        return f"{said}; how often these are right is not known"
    trust = confidence.layers[layer]
    n, right = trust.at_least(at_least)
    share = f", and {right / n:.3f} of these ({right}) are right" if n else ""
    return f"{said}; of {len(trust.right)} held-out rows {n} would be{share}"
