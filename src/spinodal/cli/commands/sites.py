"""`spinodal sites`: which sites decide a label, in the data, in what a machine generates, and in what it predicts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ... import ranges
from ...errors import counted
from .. import options
from ..errors import say
from .arguments import AS_TRAINED, Age, Average, Formulas, Int, Number, Out, ReadOptions, check

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ...analysis.deciding import Deciding
    from ...data.dataset import Dataset

SHOWN, LOGOS = 20, 12
"""The most sites, and the most labels, of a figure."""


def sites(
    run: Path,
    data: Path | None = None,
    /,
    *,
    out: Out,
    figure: Path | None = None,
    label: str | None = None,
    permutations: Int = 1000,
    false_discovery: float = 0.05,
    rows: Number = None,
    read: ReadOptions = AS_TRAINED,
    age: Age = None,
    average: Average = 1,
    seed: Int = 0,
    formulas: Formulas = False,
) -> None:
    """Rank the sites of a run by how much they decide a label, with a permutation test.

    Parameters
    ----------
    run
        A run directory.
    data
        Rows with labels; by default the training rows.
    out
        A CSV or TSV file with a row for each site, the most important first.
    figure
        A PNG, PDF or SVG file: the scores of all sites, and a logo of each label at the first 20 sites that are found.
    label
        The label column, where there are several.
    permutations
        Permutations of the labels: p is 1 / (permutations + 1) or more.
    false_discovery
        Sites are found up to this expected share of wrong ones among them.
    rows
        Rows of which substitutions are predicted, at most (default 2000).
    seed
        Of permutations and of generated rows.
    """
    from ...analysis.deciding import ROWS, deciding
    from ...errors import first_names
    from ...files.aligned import names_of_sites
    from ...files.table import write_rows
    from ...runs import sources
    from ...runs.ages import last
    from ...runs.archive import Run
    from ...tasks import label_layer, labels_of

    check(permutations=permutations, rows=rows, age=age, average=average, seed=seed)
    ranges.real("false_discovery", false_discovery, lambda x: 0 < x < 1, "must be a share between 0 and 1")
    options.check_outputs(out, figure)
    archive = Run.open(run)
    machines = last(archive, average, age)
    machine = machines[-1]
    layers = list(labels_of(machine))
    if not layers or (label is None and len(layers) > 1):
        there = f"name one of its labels by --label: {', '.join(layers)}" if layers else "it was trained without labels"
        raise ValueError(f"sites decide a label of {run}: {there}")
    layer = label_layer(machine, label) if label else layers[0]
    known = sources.reload(archive)[0] if data is None else sources.unseen(archive, machine, data, read.reading())
    if layer not in known.columns:
        raise ValueError(f'{data} has no labels in "{layer}": name their table by --labels')
    found = deciding(machines, known, layer, permutations, rows or ROWS, seed)
    names = names_of_sites(known)
    write_rows(out, found.table(names, false_discovery), formulas)
    chosen = found.found(false_discovery)
    first = first_names([names[i] for i in chosen], 10) or "none"
    say(f"{len(chosen)} of {len(names)} sites are found at a false discovery rate of {false_discovery:g}: {first}")
    if not chosen and len(names) > false_discovery * (permutations + 1):
        say(f"spinodal: note: to find one site among {len(names)} takes "
            f"--permutations {int(len(names) / false_discovery)} or more")  # fmt: skip
    say(f"{counted(len(names), 'sites')} to {out}")
    if figure and chosen:
        options.write_figure(_figure(found, known, layer, chosen[:SHOWN], names), figure)
        say(f"the first {min(SHOWN, len(chosen))} of them to {figure}")


def _figure(found: Deciding, data: Dataset, layer: str, shown: list[int], names: list[str]) -> Figure:
    """The scores of all sites, and logos of the labels of the most rows where the data are single letters."""
    import numpy as np

    from ...data.entries import count_states
    from ...reporting.plots import deciding_sites

    scores = {} if found.log_p is None else {"loss of the log odds of the label, by substitution (nats)": found.score}
    scores |= {
        "information about the label in the data, beyond chance (bits)": found.data.excess,
        "information about the label in generated rows, beyond chance (bits)": found.generated,
    }
    alphabet, told = data.alphabets.get("visible"), data[layer][:, 0]
    logos = dict[str, np.ndarray]()
    if alphabet and alphabet.single_letters:
        often = np.argsort(-np.bincount(told[told >= 0], minlength=len(found.names)), kind="stable")[:LOGOS].tolist()
        columns = data["visible"][:, shown]
        counts = {found.names[i]: count_states(columns[told == i], len(alphabet.symbols)).T for i in often}
        logos = {name: x / x.sum(1, keepdims=True) for name, x in counts.items() if x.sum(1).all()}
    symbols = alphabet.symbols if logos and alphabet else ()
    title = f"The sites that decide {data.alphabets[layer].name or layer} most"
    return deciding_sites(scores, shown, logos, symbols, names, title)
