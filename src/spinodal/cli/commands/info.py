"""`spinodal info`: the machine, the training and the scores of a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ...reporting import text
from ...terminal import print_json, print_lines
from .arguments import Json

if TYPE_CHECKING:
    from ...runs.archive import Run


def info(run: Path, /, *, as_json: Json = False) -> None:
    """Print the machine of a run, how it was trained, its ages, its scores, and whether it is chaotic.

    Parameters
    ----------
    run
        A run directory.
    as_json
        Print all of run.json, the ages and the log as JSON.
    """
    from ...runs.archive import Run

    archive = Run.open(run)
    if as_json:
        found = {**archive.record, "ages": archive.ages, "log": archive.log(), "dynamics": _dynamics(archive)}
        print_json(found)
        return
    relevant = archive.record | {"training": archive.settings.relevant()}
    print_lines(text.run_lines(relevant, archive.ages, archive.scores(), _dynamics(archive)))


def _dynamics(archive: Run) -> dict[str, float]:
    """The stability radius and the largest exponent of a machine with frozen couplings that runs free."""
    if not archive.record["machine"].get("gain") or archive.record["machine"].get("drawn"):
        return {}
    from ...machines.chaos import lyapunov, stability_radius
    from ...machines.network import Network

    if not isinstance(machine := archive.machine(), Network):
        return {}
    found = lyapunov(machine, steps=1000)
    return {
        "stability_radius": stability_radius(machine),
        "largest_exponent": found.largest,
        "error": float(found.errors[0]),
    }
