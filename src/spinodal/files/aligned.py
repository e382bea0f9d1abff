"""Aligned: data with the sites of other data, by what the notes of both say identifies them."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np

from ..data.dataset import Dataset
from ..data.matching import Key, Plan, match
from ..data.reals import restored, standardized
from ..data.standard import Standard
from ..errors import few
from .sites import Sites, keys

OF_SITES = ("sites", "legend", "snps", "centimorgans", "header", "var_names", "standard", "chromosome")
"""The notes that say something of each site."""


def aligned(data: Dataset, notes: Mapping[str, Any], called: str = "these data") -> Dataset:
    """The data with the sites of the training data, in their order and with their alleles.

    notes: those of the training data, `train.notes`, or `Run.open(path).record["data"]["notes"]` of a run on disk.

    SNPs (of VCF, BCF, .bed, and of hapt, hap and haps with a legend) are matched by chromosome, position and alleles,
    columns of h5ad by their names. Where reference and alternative (in a .bed A2 and A1) are exchanged, letters are
    flipped. Sites that the training data don't have are left out. Sites that these data lack, or have with other
    alleles, are unknown in every row. A warning of one line counts all of it. Numbers that were standardized are
    standardized as the notes say.

    Where data or notes name no sites, the data are taken as they are, with a warning if the notes name some. Raises
    ValueError where less than half of the sites are found, and where letters of alleles are real numbers.
    """
    if "visible" not in data.columns:
        return data
    standard, raw = Standard.of(notes), restored(data)
    found = matched(raw, notes, called)
    if found is raw and data.notes.get("standard") == notes.get("standard"):
        return data
    if standard is None and data.standard is not None:
        raise ValueError(f"{called} were standardized, and the training data were not: read both alike")
    return found if standard is None or "visible" in data.alphabets else standardized(found, standard)


def matched(data: Dataset, notes: Mapping[str, Any], called: str) -> Dataset:
    """As `aligned`, of numbers as they are in a file."""
    _check_shape(data.notes.get("image"), notes.get("image"), called)
    ours, theirs = named(notes), named(data.notes)
    if ours is None or "visible" not in data.columns:
        return data
    both = None if theirs is None else _keys(ours, theirs)
    if theirs is None or both is None:
        return _unnamed(data, called)
    _check(data, theirs)
    plan = match(*both)
    if plan.is_idle or (plan.found == 0 and _is_counting(ours)):
        return data
    if plan.found == 0 and _is_counting(theirs):
        return _unnamed(data, called)
    if 2 * plan.found < len(ours):
        raise ValueError(f"{called}: {_refused(plan, ours, theirs)}")
    warnings.warn(f"{called}: {_told(plan, ours)}", stacklevel=3)
    return _rearranged(data, plan, notes)


def _unnamed(data: Dataset, called: str) -> Dataset:
    """The data as they are, with a warning."""
    warnings.warn(f"{called}: nothing says which of its sites is which, so they are taken in the order of the training "
                  "data", stacklevel=4)  # fmt: skip
    return data


def named(notes: Mapping[str, Any]) -> Sites | list[str] | None:
    """What the notes call the sites, None where they say nothing of them."""
    try:
        return Sites.known(notes) or notes.get("var_names")
    except (ValueError, TypeError):  # of a legend that says something else, beside which data were always read
        return None


def moved(notes: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    """The notes of data whose columns another program has put in the order of these names, or left some out.

    What they say of each site goes with its name: var_names, or v0001, v0002, ... where nobody named them. It is left
    out where a name is new.
    """
    own = {k: x for k, x in notes.items() if k in OF_SITES and k not in ("header", "var_names")}
    if not own:
        return dict(notes)
    legend = own.pop("legend", [])
    sites, standard = named({k: x for k, x in notes.items() if k != "var_names"}), Standard.of(notes)
    n = len(sites) if sites else len(standard.mean) if standard else 0
    before = notes.get("var_names") or _numbered(n)
    if before == names:
        return dict(notes)
    plan = match([Key(name) for name in names], [Key(name) for name in before])
    rest = {k: x for k, x in notes.items() if k not in OF_SITES}
    if plan.found < len(names):
        return rest
    source = plan.source.tolist()
    own |= {"legend": legend[1:]} if legend else {}
    there = {k: _at(x, source) for k, x in own.items()}
    return rest | there | ({"legend": [legend[0], *there["legend"]]} if legend else {})


def _at(note: Any, source: list[int]) -> Any:
    """A note of sites, of some of them: a list, or a dict of such; what is no list stays."""
    if isinstance(note, dict):
        return {k: _at(x, source) for k, x in note.items()}
    return [note[i] for i in source] if isinstance(note, list) else note


def _numbered(n: int) -> list[str]:
    """What columns are called where nobody names them."""
    return [f"v{i:04d}" for i in range(1, n + 1)]


def _keys(ours: Sites | list[str], theirs: Sites | list[str]) -> tuple[list[Key], list[Key]] | None:
    """What identifies the sites of both, None where one names SNPs and the other something else."""
    if isinstance(ours, Sites) and isinstance(theirs, Sites):
        return keys(ours, theirs)
    if isinstance(ours, Sites) or isinstance(theirs, Sites):
        return None
    return [Key(name) for name in ours], [Key(name) for name in theirs]


def _check_shape(theirs: Sequence[int] | None, ours: Sequence[int] | None, called: str) -> None:
    """Raises ValueError for images of as many pixels in another shape."""
    if theirs and ours and list(theirs) != list(ours) and prod(theirs) == prod(ours):
        sizes = (" x ".join(map(str, shape)) for shape in (theirs, ours))
        raise ValueError("{}: its images are of {} pixels, those of the training data of {}".format(called, *sizes))


def _check(data: Dataset, names: Sites | list[str]) -> None:
    if (count := data["visible"].shape[1]) != len(names):
        raise ValueError(f"the notes name {len(names)} sites, the data have {count}: take their sites out of the notes")


def _is_counting(names: Sites | list[str]) -> bool:
    """Whether names say no more than which column it is: 0, 1, 2 ... as AnnData has it; v0001, v0002, ... as we write
    it, and SNPs 1, 2, 3 ... of chromosome 1 with the same alleles.
    """
    n = len(names)
    if isinstance(names, Sites):
        alleles = {*zip(names.reference, names.alternative)}
        return names.position == list(range(1, n + 1)) and len(alleles) == 1 and set(names.chromosome) == {"1"}
    return list(names) in ([str(i) for i in range(n)], _numbered(n))


def _rearranged(data: Dataset, plan: Plan, notes: Mapping[str, Any]) -> Dataset:
    """The data with the columns of a plan, and with what the notes say of each site."""
    alphabet = data.alphabets.get("visible")
    column = plan.applied(data["visible"], len(alphabet.symbols) if alphabet else 0)
    own = {k: v for k, v in data.notes.items() if k not in OF_SITES}
    said = own | {k: notes[k] for k in OF_SITES if k in notes}
    if "sites" in (haploid := own.get("haploid", {})):
        there = np.flatnonzero(np.isin(plan.source, haploid["sites"])).tolist()
        said |= {"haploid": {**haploid, "sites": there}}
    return replace(data, columns={**data.columns, "visible": column}, notes=said)


def _told(plan: Plan, ours: Sites | list[str]) -> str:
    """What a plan does, in a line."""
    by = "chromosome, position and alleles" if isinstance(ours, Sites) else "name"
    order = "" if plan.is_in_order else ", in another order"
    counts = {
        "have their two alleles exchanged, so letters are flipped": int(plan.flipped.sum()),
        "are not there, so they are unknown": plan.absent,
        f"have other alleles{_strand(plan)}, so they are unknown": plan.other,
        f"can't be told apart from others{_vague(plan)}, so they are unknown": plan.not_told_apart,
        "that the training data don't have are left out": plan.left_out - plan.other - plan.not_told_apart,
    }
    first = f"{plan.found} of the {len(plan.source)} sites of the training data are found, by {by}{order}"
    return "; ".join([first, *(f"{n} {what}" for what, n in counts.items() if n > 0)])


def _strand(plan: Plan) -> str:
    return f" ({plan.complementary} those of the other strand)" if plan.complementary else ""


def _vague(plan: Plan) -> str:
    return " (such as A/T where strands differ)" if plan.complementary else ""


def _refused(plan: Plan, ours: Sites | list[str], theirs: Sites | list[str]) -> str:
    """Why data can't be aligned, and how to mend it."""
    n, shared = len(plan.source), len(plan.source) - plan.absent
    both = f"they are {_some(ours)}, and these are {_some(theirs)}"
    if not shared:
        return f"none of the {n} sites of the training data is in it: {both}{_moved(ours, theirs)}"
    counts = {
        "are not there": plan.absent,
        f"have other alleles{_strand(plan)}": plan.other,
        f"can't be told apart from others{_vague(plan)}": plan.not_told_apart,
    }
    lost = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    mend = "bring both to the same strand and reference first" if plan.other else "give each site a name of its own"
    if 2 * plan.absent > n:
        mend = f"{both}. Train a machine on the sites that both have"
    return f"only {plan.found} of the {n} sites of the training data are found, less than half: {lost}; {mend}"


def _some(names: Sites | list[str]) -> str:
    """The first sites, by name."""
    if not isinstance(names, Sites):
        return few(names)
    return few([f"{c or '?'}:{at}" for c, at in zip(names.chromosome, names.position)])


def _moved(ours: Sites | list[str], theirs: Sites | list[str]) -> str:
    """What to think of SNPs that have the same ids elsewhere."""
    if not (isinstance(ours, Sites) and isinstance(theirs, Sites)):
        return ""
    same = len({*ours.id} & {*theirs.id} - {"."})
    return f". {same} have the same ids: is it another build of the genome? Lift one over to the other" if same else ""
