"""`spinodal contacts`: which sites are coupled, and how many of the first pairs are in contact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ... import ranges
from ...errors import counted
from .. import options
from ..errors import say
from .arguments import Age, Formulas, Int, Number, Out, check

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ...analysis.contacts import Pairs


def contacts(
    run: Path,
    /,
    *,
    out: Out,
    figure: Path | None = None,
    structure: Path | None = None,
    distance: float = 7.5,
    other: Path | None = None,
    minimum_separation: Int = 5,
    first: Number = None,
    exact: Number = None,
    age: Age = None,
    seed: Int = 0,
    formulas: Formulas = False,
) -> None:
    """Rank the pairs of sites of a run by their effective couplings; of proteins and RNA the first are contacts.

    Parameters
    ----------
    run
        A run directory of a restricted machine.
    out
        A CSV or TSV file with a row for each pair, the strongest first.
    figure
        A PNG, PDF or SVG file: a map of the first pairs, and their precision if there is a structure.
    structure
        A table of distances in a structure: columns i, j, distance, with or without a header; sites from 1.
    distance
        Sites nearer than this are in contact, in the units of the structure.
    other
        A table of another method's scores, such as plmDCA's: columns i, j, score; its precision is shown, too.
    minimum_separation
        Pairs that are nearer along the row are left out.
    first
        How many first pairs the figure shows; by default as many as there are sites.
    exact
        Take exact couplings, averaged over so many training rows, in place of those of first order. It takes about
        a second a row.
    seed
        Of which training rows are taken.
    """
    from ...analysis import contacts as found
    from ...files import site_pairs
    from ...files.aligned import names_of_sites
    from ...files.table import write_rows
    from ...runs import sources
    from ...runs.archive import Run

    check(minimum_separation=minimum_separation, first=first, exact=exact, age=age, seed=seed)
    ranges.real("distance", distance, lambda x: x > 0, "must be a positive number")
    if other and not structure:
        raise ValueError(f"the precision of {other} is that of a structure: name one by --structure")
    options.check_outputs(out, figure)
    archive = Run.open(run)
    machine = archive.machine(age)
    sites = found.count_sites(machine)
    apart = site_pairs.read(structure, "distance", sites) if structure else None
    beside = {f"scores of {other.name}": site_pairs.read(other, "score", sites)} if other else {}
    train = sources.rows_of_couplings(archive, machine)
    scores = {"machine": found.scores(machine, train, exact, seed), **beside}
    ranked = {name: found.ranked(score, minimum_separation, apart) for name, score in scores.items()}
    pairs, shown = next(iter(ranked.values())), first or sites
    names = names_of_sites(train) if train else list(map(str, range(1, sites + 1)))
    write_rows(out, _table(pairs, names, distance), formulas)
    say(f"{counted(len(pairs.i), 'pairs')} to {out}")
    for name, own in ranked.items() if structure else ():
        say(_precision(name, own, shown, distance))
    if figure:
        options.write_figure(_figure(ranked, shown, sites, distance), figure)
        say(f"the first {min(shown, len(pairs.i))} pairs to {figure}")


def _table(pairs: Pairs, names: Sequence[str], distance: float) -> list[dict[str, Any]]:
    """A row for each pair; sites from 1, and their names where they have some."""
    rows: list[dict[str, Any]] = [
        {"rank": rank, "i": i + 1, "j": j + 1, "score": f"{score:.6g}"}
        for rank, (i, j, score) in enumerate(zip(pairs.i.tolist(), pairs.j.tolist(), pairs.score.tolist()), 1)
    ]
    if names != list(map(str, range(1, len(names) + 1))):
        rows = [row | {"name_i": names[row["i"] - 1], "name_j": names[row["j"] - 1]} for row in rows]
    if pairs.distance is None:
        return rows
    there = zip(pairs.distance, pairs.in_contact(distance), pairs.precision(distance))
    words = {0.0: "no", 1.0: "yes"}
    known = [(f"{apart:.6g}" if apart == apart else "", words.get(near, ""), share) for apart, near, share in there]
    named = ("distance", "contact", "precision")
    return [row | dict(zip(named, (apart, near, f"{share:.6g}"))) for row, (apart, near, share) in zip(rows, known)]


def _precision(name: str, pairs: Pairs, shown: int, distance: float) -> str:
    """The precision of a tenth, a half, all and twice the pairs that are shown."""
    counts = sorted({min(max(n, 1), len(pairs.i)) for n in (shown // 10, shown // 2, shown, 2 * shown)})
    share = pairs.precision(distance)
    return f"{name}: " + ", ".join(f"{share[n - 1]:.3f} of the first {n}" for n in counts) + " are contacts"


def _figure(ranked: Mapping[str, Pairs], shown: int, sites: int, distance: float) -> Figure:
    """The map of the first pairs of the run, and the precision of all methods where there is a structure."""
    import numpy as np

    from ...reporting.plots import contact_map

    pairs = next(iter(ranked.values()))
    both = np.stack([pairs.i, pairs.j], 1)
    if pairs.distance is None:
        return contact_map(both[:shown], sites)
    first = both[~np.isnan(pairs.distance)][:shown]
    near = np.zeros((sites, sites), dtype=bool)
    near[pairs.i, pairs.j] = pairs.in_contact(distance) == 1
    return contact_map(first, sites, near, {name: own.precision(distance) for name, own in ranked.items()})
