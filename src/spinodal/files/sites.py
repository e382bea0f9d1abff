"""Sites: chromosome, position, id and alleles of each SNP, from the notes of haplotypes or genotypes."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from ..data.dataset import Dataset
from ..data.matching import Key

NUMBERS = {"X": "23", "Y": "24", "XY": "25", "M": "26", "MT": "26"}
"""PLINK's numbers for chromosomes with letters."""

_LEGEND = "id position a0 a1 chromosome rsid"
"""The header of the legends that we write. Programs that read legends use the first four columns."""
EXCLUDING = ("positions have several sites; a haplotype has at most one of their alternatives, which a model doesn't "
             "know: `bcftools norm -m +any | bcftools view -m2 -M2` removes them")  # fmt: skip
"""The warning about multiallelic positions, after their number."""
EXCLUDED = "of {} haplotypes have two alternatives at one position, which is impossible"
_NONE = frozenset(["", "---", ".", "NA"])  # unknown chromosomes; IMPUTE2 writes ---
_CHROMOSOME = re.compile(r"(chr)?([1-9][0-9]?|[XYM]|XY|MT|PAR[12]?)", re.IGNORECASE)


@dataclass(frozen=True)
class Sites:
    """For each SNP: chromosome, position (from 1), id ("." if it has none), reference and alternative allele.

    The letter 1 is the alternative. `notes` has them as {"sites": {"chromosome": [...], ...}}.
    """

    chromosome: list[str]
    position: list[int]
    id: list[str]
    reference: list[str]
    alternative: list[str]

    def __len__(self) -> int:
        return len(self.id)

    @property
    def notes(self) -> dict[str, Any]:
        """The notes for a dataset with these sites."""
        return {"sites": asdict(self)}

    @property
    def legend(self) -> list[str]:
        """The lines of a legend. A SNP is named by its position and alleles, 22:16050075_A_G, as bcftools requires.

        Chromosomes and ids are in additional columns.
        """
        rows = zip(self.place_names, self.position, self.reference, self.alternative, self.chromosome, self.id)
        return [_LEGEND, *(" ".join(map(str, row)) for row in rows)]

    @property
    def place_names(self) -> list[str]:
        """The name of each SNP from its position and alleles, such as 22:16050075_A_G."""
        rows = zip(self.chromosome, self.position, self.reference, self.alternative)
        return [f"{c}:{at}_{a}_{b}" for c, at, a, b in rows]

    @property
    def multiallelic(self) -> list[list[int]]:
        """For each position with several sites, the numbers of its sites that differ in alleles.

        `bcftools norm -m -` makes such sites from multiallelic ones. A haplotype has at most one of their alternatives.
        """
        at: dict[tuple[str, int], dict[tuple[str, str], int]] = {}
        for number, (chromosome, position, _, *alleles) in enumerate(zip(*vars(self).values())):
            at.setdefault((chromosome, position), {}).setdefault((alleles[0], alleles[1]), number)
        return [list(numbers.values()) for numbers in at.values() if len(numbers) > 1]

    def count_excluded(self, letters: np.ndarray) -> int:
        """The number of haplotypes (rows, sites) that have two alternatives at one position, which is impossible."""
        found = np.zeros(len(letters), dtype=bool)
        for numbers in self.multiallelic:
            found |= (letters[:, numbers] == 1).sum(axis=1) > 1
        return int(found.sum())

    @staticmethod
    def of(data: Dataset) -> Sites:
        """The sites of a dataset, from the notes of VCF and PLINK, a legend, or the first fields of haps.

        Data without sites get SNPs at positions 1, 2, 3, ... with the alleles A for 0 and C for 1. If a legend or haps
        lacks the chromosome, it is taken from an id such as 22:16050075_A_G, else from the SNP before (or the first
        that has one), else from notes["chromosome"], else it is 1. Raises ValueError if the number of sites is wrong,
        or if a position is not a number.
        """
        default, count = data.notes.get("chromosome", "1"), data["visible"].shape[1]
        found = Sites.known(data.notes) or _of_rows(
            [[default, ".", str(i + 1), "A", "C"] for i in range(count)], default
        )
        if len(found) != count:
            raise ValueError(
                f"the notes name {len(found)} SNPs, but the data have {count} sites: remove the sites from the notes"
            )
        return replace(found, chromosome=[name or "1" for name in found.chromosome])

    @staticmethod
    def known(notes: Mapping[str, Any]) -> Sites | None:
        """The sites in the notes; None if there are none. A chromosome that the notes lack is "".

        Raises ValueError if a position is not a number.
        """
        if "sites" in notes:
            return Sites(**notes["sites"])
        legend, default = notes.get("legend"), notes.get("chromosome", "")
        if notes.get("snps") and not (legend and legend[0] == _LEGEND):
            return _of_rows([line.split() for line in notes["snps"]], default)
        return _of_legend(legend, default) if legend else None


def _of_legend(lines: Sequence[str], default: str) -> Sites:
    """Sites from the lines of a legend: id, position and two alleles, by the header, or in this order without one.

    default: the chromosome if a legend doesn't name it.
    """
    header = lines[0].split()
    at = [header.index(name) if name in header else i for i, name in enumerate(("id", "position", "a0", "a1"))]
    rows = [line.split() for line in lines[1:]]
    if any(len(row) <= max(at) for row in rows):
        raise ValueError(f'the legend "{lines[0]}" has lines that lack id, position or alleles')
    if lines[0] == _LEGEND and all(len(row) == len(header) for row in rows):
        return _of_rows([[row[4], row[5], *row[1:4]] for row in rows], default)
    return _of_rows([["", *(row[i] for i in at)] for row in rows], default)


def _of_rows(rows: Sequence[Sequence[str]], default: str) -> Sites:
    """Sites from rows of chromosome (or a word for unknown), id, position, reference and alternative."""
    chromosome, name, position, reference, alternative = (list(field) for field in zip(*rows))
    bad = next((text for text in position if not re.fullmatch(r"\d{1,10}", text)), None)
    if bad is not None:
        raise ValueError(f'the position "{bad}" of a SNP is not a number')
    if not _NONE.isdisjoint(chromosome):
        ids = _before_positions(rows)
        chromosome = _filled([by_id if own in _NONE else own for own, by_id in zip(chromosome, ids)], default)
    return Sites(chromosome, [int(text) for text in position], name, reference, alternative)


def _before_positions(rows: Sequence[Sequence[str]]) -> list[str]:
    """The chromosome in each id WORD:POSITION, "" if there is none.

    The word is a chromosome if it looks like one, if the alleles follow as in bcftools, or if it has several positions.
    In rs7:100:A:G it is the name of a SNP.
    """
    words, places = list[str](), dict[str, set[str]]()
    for _, name, position, *alleles in rows:
        found = re.match(rf"([^:\s]+):{re.escape(position)}(?!\d)(_?)", name)
        word = found[1] if found else ""
        sure = bool(found and name[found.start(2) :].startswith("_".join(["", *alleles])))
        words.append(word)
        places.setdefault(word, set()).add("" if sure or _CHROMOSOME.fullmatch(word) else position)
    return [word if "" in places[word] or len(places[word]) > 1 else "" for word in words]


def _filled(chromosomes: Sequence[str], default: str) -> list[str]:
    """Chromosomes with each "" replaced by the one before, else by the first known one, else by the default."""
    last, filled = next(filter(None, chromosomes), default), []
    for chromosome in chromosomes:
        last = chromosome or last
        filled.append(last)
    return filled


def site_keys(ours: Sites, theirs: Sites) -> tuple[list[Key], list[Key]]:
    """The keys of the SNPs of two datasets: chromosome, position and alleles.

    chr1 is 1, and X is 23 unless one side has both. Chromosomes are used only if both sides name all of theirs. SNPs
    without position are identified by id, and all SNPs are if one side has no positions. Alleles are in upper case.
    """
    both = (ours, theirs)
    called = [[_plain(name) for name in sites.chromosome] for sites in both]
    if not any(NUMBERS.keys() & set(names) and set(NUMBERS.values()) & set(names) for names in called):
        called = [[NUMBERS.get(name, name) for name in names] for names in called]
    whole = all("" not in names for names in called)
    placed = all(any(position > 0 for position in sites.position) for sites in both)
    found = []
    for sites, names in zip(both, called):
        rows = zip(names, sites.position, sites.id, sites.reference, sites.alternative)
        found.append([Key(_place(c if whole else "", at if placed else 0, name), (a.upper(), b.upper()))
                      for c, at, name, a, b in rows])  # fmt: skip
    return found[0], found[1]


def _plain(chromosome: str) -> str:
    """The name of a chromosome without "chr", in upper case; "" for 0, with which PLINK means unknown."""
    name = re.sub("^chr(?=.)", "", chromosome, flags=re.IGNORECASE).upper()
    return "" if name == "0" else name


def _place(chromosome: str, position: int, name: str) -> Hashable:
    if position > 0:
        return (chromosome, position)
    return None if name in (".", "") else ("id", name)
