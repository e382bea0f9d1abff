"""`spinodal scan`: the effects of mutations of a row."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import counted
from .. import options
from ..errors import say
from .arguments import Age, Average, Formulas, Number, Out, check

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from ...analysis.scans import Scan
    from ...machines.dynamics import Machine
    from ...runs.wild_types import WildType

    Grids = Mapping[str, NDArray[np.float64]]

ALL_SHOWN, SHOWN = 5, 2
"""Up to how many labels a figure has all; how many of more."""


def scan(
    run: Path,
    wildtype: Path,
    /,
    *,
    out: Out,
    variants: Path | None = None,
    first: Number = None,
    name: str | None = None,
    figure: Path | None = None,
    panels: str | None = None,
    age: Age = None,
    average: Average = 1,
    formulas: Formulas = False,
) -> None:
    """Score every single substitution of WILDTYPE, or named mutants: log p(mutant) - log p(wild type), in nats.

    Parameters
    ----------
    run
        A run directory of a restricted machine.
    wildtype
        A file with the wild type: FASTA or A2M, whose sequence may have inserts or be unaligned (then it is aligned to
        the training data), or any file of rows like the training data's.
    out
        A CSV or TSV file; "-" is the standard output.
    variants
        A file of mutants to score in place of all: names such as A24G or A24G:T56S, one a line, or a table with a
        column "mutant" or "variant".
    first
        The number of the first letter of WILDTYPE, by which mutants are named; by default as a name that ends in
        /24-286 says, else 1.
    name
        The name of the row of WILDTYPE; by default the first row.
    figure
        A PNG, PDF or SVG file for a heat map of every single substitution, labels side by side.
    panels
        The labels of the figure beside the map of all labels: NAME,NAME, or all. By default all up to five; of more the
        two whose effects differ most from those of all labels.
    """
    from ...files.atomic import check_writable
    from ...files.table import open_table
    from ...reporting.plots.saved import form_of
    from ...runs.ages import last
    from ...runs.archive import Run
    from ...runs.wild_types import read_wild_type

    check(age=age, average=average, first=first)
    options.check_table_name(out)
    check_writable(out)
    if figure:
        form_of(figure)
        check_writable(figure)
    elif panels is not None:
        raise ValueError("--panels are those of --figure FILE: name the file, too")
    archive = Run.open(run)
    machines = last(archive, average, age)
    wild = read_wild_type(archive, machines[-1], wildtype, name, first)
    every = _every(machines, wild)
    if variants:
        table, said = _named(machines, wild, variants)
    else:
        table, said = every.table(), f"{counted(every.mutants.count, 'mutants')} of {wild}"
    shown, note = _shown(every, wild, panels) if figure else ({}, "")
    with open_table(out, formulas) as add:
        add(table)
    say(f"{said} to {out}")
    if figure:
        options.write_figure(_map(shown, wild), figure)
        say(f"{figure}{note}")


def _every(machines: Sequence[Machine], wild: WildType) -> Scan:
    """Every single substitution."""
    from ...analysis.scans import scan_sequence, scan_sites

    if wild.numbering is None:
        return scan_sites(machines, wild.row, wild.sites, wild.alphabet)
    return scan_sequence(machines, wild.row, wild.numbering, wild.alphabet)


def _named(machines: Sequence[Machine], wild: WildType, path: Path) -> tuple[Mapping[str, NDArray[np.str_]], str]:
    """The table of the mutants that a file names, and how many are scored. Raises ValueError where none is."""
    from ...analysis.scans import score_variants
    from ...analysis.variants import unmatched
    from ...files.variants import read

    if wild.numbering is None:
        raise ValueError("named mutants such as A24G are of sequences: leave out --variants, and all sites are scored")
    lines, names = zip(*read(path))
    table, found = score_variants(machines, wild.row, wild.numbering, wild.alphabet, names)
    lacking = unmatched(found, lines, wild.numbering)
    if not found.rows:
        raise ValueError(f"{path}: {lacking}")
    if lacking:
        say(f"spinodal: note: {path}: {lacking}; the column reason says it of each")
    return table, f"{len(found.rows)} of {len(names)} mutants of {wild}"


def _shown(every: Scan, wild: WildType, panels: str | None) -> tuple[Grids, str]:
    """The effects that are drawn, by label, and what is to be said of their choice."""
    from ...analysis.scans import most_different
    from ...data.quoting import split_words

    grids = every.grids(wild.row.shape[1], 2 if _flips(wild) else len(wild.alphabet.symbols))
    first, *labels = grids
    if panels is not None and panels != "all":
        asked = split_words(panels)
        if strange := [name for name in asked if name not in labels]:
            raise ValueError(f'--panels: there is no label "{strange[0]}"; there are: {", ".join(labels) or "none"}')
        return {name: grids[name] for name in dict.fromkeys([first, *asked])}, ""
    if panels == "all" or len(labels) <= ALL_SHOWN or _flips(wild):
        return grids, ""
    names = most_different(grids, SHOWN)
    note = (f": {first}, and of {len(labels)} labels the {SHOWN} whose effects differ most from it, "
            f"{' and '.join(names[1:])}; --panels NAME,NAME draws others, --panels all draws all")  # fmt: skip
    return {name: grids[name] for name in names}, note


def _flips(wild: WildType) -> bool:
    """Whether sites are binary: the figure has a line for each label, and room for many."""
    return wild.numbering is None and len(wild.alphabet.symbols) <= 2


def _map(grids: Grids, wild: WildType) -> Figure:
    """The heat map of every single substitution, or of the flips of binary sites."""
    from ...reporting.plots import flip_map, mutation_map

    sites = wild.row.shape[1]
    if _flips(wild):
        row = (wild.row[0] > 0).long().numpy()
        return flip_map({name: x[range(sites), 1 - row] for name, x in grids.items()}, row)
    positions = range(1, sites + 1) if wild.numbering is None else wild.numbering.positions(sites)
    symbols = wild.alphabet.symbols
    return mutation_map(grids, symbols, wild.row[0], positions)
