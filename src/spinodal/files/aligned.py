"""Aligned: puts the sites of a dataset in the order of the training data, by the site names or SNPs in the notes."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np

from ..data.dataset import Dataset
from ..data.matching import Key, SiteMap, match_keys
from ..data.reals import restore, standardize
from ..data.standard import Standard
from ..errors import first_names
from .sites import Sites, site_keys

OF_SITES = ("sites", "legend", "snps", "centimorgans", "header", "var_names", "standard", "chromosome")
"""The notes that have an entry for each site."""


def aligned(data: Dataset, notes: Mapping[str, Any], called: str = "these data") -> Dataset:
    """The data with the sites of the training data, in their order and with their alleles.

    notes: the notes of the training data, `train.notes`, or `Run.open(path).record["data"]["notes"]` of a run on disk.

    SNPs (of VCF, BCF, .bed, and of hapt, hap and haps with a legend) are matched by chromosome, position and alleles;
    columns of h5ad are matched by name. If reference and alternative (in .bed: A2 and A1) are exchanged, letters are
    flipped. Sites that the training data don't have are left out. Sites that these data lack, or have with other
    alleles, are unknown in every row. One warning counts all of this. Standardized numbers are standardized by the
    means and standard deviations in `notes`.

    If the data or the notes name no sites, the data are unchanged; if only the data name none, there is a warning.
    Raises ValueError if less than half of the sites are found, and if alleles would have to be flipped in numbers.
    """
    if "visible" not in data.columns:
        return data
    standard, raw = Standard.of(notes), restore(data)
    found = align_to_notes(raw, notes, called)
    if found is raw and data.notes.get("standard") == notes.get("standard"):
        return data
    if standard is None and data.standard is not None:
        raise ValueError(f"{called} are standardized, but the training data are not: read both in the same way")
    return found if standard is None or "visible" in data.alphabets else standardize(found, standard)


def align_to_notes(data: Dataset, notes: Mapping[str, Any], called: str) -> Dataset:
    """The same as `aligned`, for numbers that are not standardized."""
    _check_shape(data.notes.get("image"), notes.get("image"), called)
    ours, theirs = site_names(notes), site_names(data.notes)
    if ours is None or "visible" not in data.columns:
        return data
    both = None if theirs is None else _keys(ours, theirs)
    if theirs is None or both is None:
        return _unnamed(data, called)
    _check(data, theirs)
    site_map = match_keys(*both)
    if site_map.is_identity or (site_map.found == 0 and _is_counting(ours)):
        return data
    if site_map.found == 0 and _is_counting(theirs):
        return _unnamed(data, called)
    if 2 * site_map.found < len(ours):
        raise ValueError(f"{called}: {_refusal(site_map, ours, theirs)}")
    warnings.warn(f"{called}: {_describe(site_map, ours)}", stacklevel=3)
    return _rearranged(data, site_map, notes)


def _unnamed(data: Dataset, called: str) -> Dataset:
    """The data unchanged, with a warning."""
    warnings.warn(f"{called}: its sites have no names, so they are assumed to be in the order of the training "
                  "data", stacklevel=4)  # fmt: skip
    return data


def site_names(notes: Mapping[str, Any]) -> Sites | list[str] | None:
    """The sites in the notes: SNPs or names; None if the notes have neither."""
    try:
        return Sites.known(notes) or notes.get("var_names")
    except (ValueError, TypeError):  # the legend is invalid; such data are read without site names
        return None


def names_of_sites(data: Dataset) -> list[str]:
    """The name of each site of the visible layers: of a SNP, 22:16050075_A_G, or a column; else its number from 1."""
    named = site_names(data.notes) if "visible" in data.columns else None
    names = named.place_names if isinstance(named, Sites) else named
    return list(names) if names else data.sites("visible").tolist()


def sites_by_name(notes: Mapping[str, Any]) -> dict[str, list[int]]:
    """The sites, from 0, of each name: ids of SNPs and names such as 22:16050075_A_G, or names of columns.

    >>> sites_by_name({"var_names": ["a", "b", "a"]})
    {'a': [0, 2], 'b': [1]}
    """
    named, found = site_names(notes), dict[str, list[int]]()
    lists = [named.id, named.place_names] if isinstance(named, Sites) else [named or []]
    for names in lists:
        for site, name in enumerate(names):
            if name not in ("", ".") and site not in (own := found.setdefault(name, [])):
                own.append(site)
    return found


def reorder_site_notes(notes: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    """The notes of data whose columns another program has reordered, or removed in part.

    names: the present names of the columns. The entry of each site in the notes moves with its name: its var_name, or
    v0001, v0002, ... if the sites have none. If a name is new, all notes about sites are removed.
    """
    own = {k: x for k, x in notes.items() if k in OF_SITES and k not in ("header", "var_names")}
    if not own:
        return dict(notes)
    legend = own.pop("legend", [])
    sites, standard = site_names({k: x for k, x in notes.items() if k != "var_names"}), Standard.of(notes)
    n = len(sites) if sites else len(standard.mean) if standard else 0
    before = notes.get("var_names") or _numbered(n)
    if before == names:
        return dict(notes)
    site_map = match_keys([Key(name) for name in names], [Key(name) for name in before])
    rest = {k: x for k, x in notes.items() if k not in OF_SITES}
    if site_map.found < len(names):
        return rest
    source = site_map.source.tolist()
    own |= {"legend": legend[1:]} if legend else {}
    there = {k: _at(x, source) for k, x in own.items()}
    return rest | there | ({"legend": [legend[0], *there["legend"]]} if legend else {})


def _at(note: Any, source: list[int]) -> Any:
    """The entries of a note for these sites. The note is a list, or a dict of lists; other values are unchanged."""
    if isinstance(note, dict):
        return {k: _at(x, source) for k, x in note.items()}
    return [note[i] for i in source] if isinstance(note, list) else note


def _numbered(n: int) -> list[str]:
    """The default names of n columns."""
    return [f"v{i:04d}" for i in range(1, n + 1)]


def _keys(ours: Sites | list[str], theirs: Sites | list[str]) -> tuple[list[Key], list[Key]] | None:
    """The keys of the sites of both; None if only one of them has SNPs."""
    if isinstance(ours, Sites) and isinstance(theirs, Sites):
        return site_keys(ours, theirs)
    if isinstance(ours, Sites) or isinstance(theirs, Sites):
        return None
    return [Key(name) for name in ours], [Key(name) for name in theirs]


def _check_shape(theirs: Sequence[int] | None, ours: Sequence[int] | None, called: str) -> None:
    """Raises ValueError for images with the same number of pixels but another shape."""
    if theirs and ours and list(theirs) != list(ours) and prod(theirs) == prod(ours):
        sizes = (" x ".join(map(str, shape)) for shape in (theirs, ours))
        raise ValueError("{}: its images have {} pixels, those of the training data {}".format(called, *sizes))


def _check(data: Dataset, names: Sites | list[str]) -> None:
    if (count := data["visible"].shape[1]) != len(names):
        raise ValueError(
            f"the notes name {len(names)} sites, but the data have {count}: remove the sites from the notes"
        )


def _is_counting(names: Sites | list[str]) -> bool:
    """Whether names only count the columns.

    Such names are 0, 1, 2, ... as AnnData writes them, v0001, v0002, ... as we write them, and SNPs at 1, 2, 3, ... of
    chromosome 1 with the same alleles.
    """
    n = len(names)
    if isinstance(names, Sites):
        alleles = {*zip(names.reference, names.alternative)}
        return names.position == list(range(1, n + 1)) and len(alleles) == 1 and set(names.chromosome) == {"1"}
    return list(names) in ([str(i) for i in range(n)], _numbered(n))


def _rearranged(data: Dataset, site_map: SiteMap, notes: Mapping[str, Any]) -> Dataset:
    """The data with mapped columns, and the notes about sites of the training data."""
    alphabet = data.alphabets.get("visible")
    column = site_map.apply(data["visible"], len(alphabet.symbols) if alphabet else 0)
    own = {k: v for k, v in data.notes.items() if k not in OF_SITES}
    said = own | {k: notes[k] for k in OF_SITES if k in notes}
    if "sites" in (haploid := own.get("haploid", {})):
        there = np.flatnonzero(np.isin(site_map.source, haploid["sites"])).tolist()
        said |= {"haploid": {**haploid, "sites": there}}
    return replace(data, columns={**data.columns, "visible": column}, notes=said)


def _describe(site_map: SiteMap, ours: Sites | list[str]) -> str:
    """What the mapping of sites does, in one line."""
    by = "chromosome, position and alleles" if isinstance(ours, Sites) else "name"
    order = "" if site_map.is_in_order else ", in another order"
    counts = {
        "have their two alleles exchanged, so letters are flipped": int(site_map.flipped.sum()),
        "are absent, so they are unknown": site_map.absent,
        f"have other alleles{_strand(site_map)}, so they are unknown": site_map.other_alleles,
        f"are ambiguous{_strand_example(site_map)}, so they are unknown": site_map.ambiguous,
        "that the training data don't have are left out": site_map.left_out
        - site_map.other_alleles
        - site_map.ambiguous,
    }
    first = f"{site_map.found} of the {len(site_map.source)} sites of the training data are found by {by}{order}"
    return "; ".join([first, *(f"{n} {what}" for what, n in counts.items() if n > 0)])


def _strand(site_map: SiteMap) -> str:
    return f" ({site_map.complementary} of them those of the other strand)" if site_map.complementary else ""


def _strand_example(site_map: SiteMap) -> str:
    return " (such as A/T when strands differ)" if site_map.complementary else ""


def _refusal(site_map: SiteMap, ours: Sites | list[str], theirs: Sites | list[str]) -> str:
    """Why the data can't be aligned, and how to mend it."""
    n, shared = len(site_map.source), len(site_map.source) - site_map.absent
    both = f"they are {_some(ours)}, but the sites here are {_some(theirs)}"
    if not shared:
        return f"none of the {n} sites of the training data is found: {both}{_same_ids(ours, theirs)}"
    counts = {
        "are absent": site_map.absent,
        f"have other alleles{_strand(site_map)}": site_map.other_alleles,
        f"are ambiguous{_strand_example(site_map)}": site_map.ambiguous,
    }
    lost = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    mend = (
        "convert both to the same strand and reference first"
        if site_map.other_alleles
        else "give each site a distinct name"
    )
    if 2 * site_map.absent > n:
        mend = f"{both}. Train a model on the sites that both have"
    return f"only {site_map.found} of the {n} sites of the training data are found, less than half: {lost}; {mend}"


def _some(names: Sites | list[str]) -> str:
    """The names of the first sites."""
    if not isinstance(names, Sites):
        return first_names(names)
    return first_names([f"{c or '?'}:{at}" for c, at in zip(names.chromosome, names.position)])


def _same_ids(ours: Sites | list[str], theirs: Sites | list[str]) -> str:
    """A hint if SNPs have the same ids at other positions."""
    if not (isinstance(ours, Sites) and isinstance(theirs, Sites)):
        return ""
    same = len({*ours.id} & {*theirs.id} - {"."})
    return (
        f". {same} have the same ids: is it another build of the genome? If so, lift one over to the other"
        if same
        else ""
    )
