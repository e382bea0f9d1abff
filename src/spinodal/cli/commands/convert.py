"""`spinodal convert`: a run as a file that rbms, annaDCA or adabmDCA can read."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from ..errors import say
from .arguments import Age, Columns, Int, Number, Out, check


def convert(
    run: Path,
    /,
    *,
    out: Out,
    to: Literal["rbms", "annadca", "adabmdca"],
    label: Columns = None,
    exact: Number = None,
    age: Age = None,
    seed: Int = 0,
) -> None:
    """Write the machine of a run for rbms or annaDCA (HDF5), or its effective couplings for adabmDCA (.dat).

    Parameters
    ----------
    run
        A run directory of a restricted machine.
    out
        The file to write.
    to
        The program that is to read it.
    label
        A label that is held; the file is for rows with this label alone. Again for each label column.
    exact
        adabmDCA: take exact couplings, averaged over so many training rows, in place of those of first order.
    seed
        adabmDCA: of which training rows are taken.
    """
    from ...files.atomic import check_writable
    from ...runs import sources
    from ...runs.archive import Run
    from ...runs.peers.adabmdca import write_couplings
    from ...runs.peers.converted import held, with_labels, write_model

    check(exact=exact, age=age, seed=seed)
    if exact and to != "adabmdca":
        raise ValueError("--exact is of couplings, which are for adabmdca alone")
    check_writable(out)
    archive, names = Run.open(run), label or []
    machine = archive.machine(age)
    if to != "adabmdca":
        write_model(machine, out, to, labels=names, age=archive.chosen(age))
    else:
        machine, rows = held(machine, names), sources.rows_of_couplings(archive, machine)
        write_couplings(machine, rows and with_labels(rows, names), out, exact=exact, seed=seed)
    say(f"{out}: for {to}")
