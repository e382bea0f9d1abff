"""`spinodal predict`: labels for data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from .. import options
from ..errors import say
from .arguments import AS_TRAINED, Age, Count, Formulas, Given, Into, Number, ReadOptions, check, write_shards


def predict(
    run: Path,
    data: Path,
    /,
    *,
    out: Into = "-",
    n: Annotated[int, Count] = 1,
    given: Given = None,
    read: ReadOptions = AS_TRAINED,
    age: Age = None,
    rows_per_shard: Number = None,
    formulas: Formulas = False,
) -> None:
    """Predict the labels of DATA: name, predicted, and one probability a label, exact for restricted machines.

    Parameters
    ----------
    run
        A run directory.
    data
        A file of sequences or other rows like the training data's.
    out
        A CSV or TSV file; "-" is the standard output, "FOLDER/" is a folder of shards, .csv.gz, as of generate.
    n
        Runs a row that are averaged, for rows with unknown entries: where much is unknown one run is too sure.
    given
        A label column that is known, and held beside the data; again for several. The others are predicted.
    rows_per_shard
        Rows of a shard; by default as in DATA, if these are shards, else 1,000,000.
    """
    from ... import tasks
    from ...files import is_folder
    from ...files.atomic import check_writable
    from ...files.manifest import Place
    from ...files.table import write_rows
    from ...runs import sharding, sources
    from ...runs.archive import Run

    check(n=n, age=age, rows_per_shard=rows_per_shard)
    into_shards = is_folder(out)
    if not into_shards:
        sharding.check_one_file(out, rows_per_shard)
        options.check_table_name(Path(out))
        check_writable(Path(out))
    else:
        Place(Path(out)).check_writable()
    archive = Run.open(run)
    machine = archive.machine(age)
    rows = sources.read_given(archive, machine, data, given or [], read.reading())
    predictor = tasks.predictor(machine, rows, given=rows.labels, n=n)

    def write(part: slice, path: Path) -> None:
        write_rows(path, predictor(part).table(), formulas)

    if not into_shards:
        write(slice(0, len(rows)), Path(out))
        say(f"{len(rows)} predictions to {out}")
        return
    job = {"command": "predict", "data": rows.sha256, "given": list(rows.labels), "n": n, "formulas": formulas}
    job["age"] = archive.chosen(age)
    size = rows_per_shard or sharding.rows_per_shard(data)
    say(write_shards(out, sharding.plan_of_predictions(archive, machine, len(rows), size, job), write))
