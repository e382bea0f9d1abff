"""`spinodal compare`: runs side by side, from their logs."""

from __future__ import annotations

from pathlib import Path

from ...reporting import text
from ...terminal import print_json, print_lines
from .arguments import Json


def compare(runs: list[Path], /, *, as_json: Json = False) -> None:
    """Compare runs by what their logs say at the age that other commands take. Nothing is computed anew.

    Parameters
    ----------
    runs
        Run directories.
    as_json
        Print JSON.
    """
    from ...reporting import comparison

    rows = [comparison.row(run) for run in runs]
    notes = comparison.notes(rows)
    print_json({"runs": rows, "notes": notes}) if as_json else print_lines([*text.comparison(rows), *notes])
