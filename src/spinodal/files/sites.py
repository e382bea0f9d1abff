"""Sites: what each SNP of some haplotypes or genotypes is, as the notes of their files have it."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from ..data.dataset import Dataset
from ..data.matching import Key

NUMBERS = {"X": "23", "Y": "24", "XY": "25", "M": "26", "MT": "26"}
"""What PLINK calls chromosomes that are not numbered."""

_LEGEND = "id position a0 a1 chromosome rsid"
"""The header of the legends that we write; programs that read legends look at the first four columns."""
EXCLUDING = ("positions have several sites, of whose alternatives a haplotype has one at most, which is not learned: "
             "`bcftools norm -m +any | bcftools view -m2 -M2` leaves them out")  # fmt: skip
"""What is said of sites that stand `multiallelic`, after how many positions have some."""
EXCLUDED = "of {} haplotypes have two alternatives of one position, where one excludes the other"
_NONE = frozenset(["", "---", ".", "NA"])  # chromosomes that aren't known; IMPUTE2 writes ---
_CHROMOSOME = re.compile(r"(chr)?([1-9][0-9]?|[XYM]|XY|MT|PAR[12]?)", re.IGNORECASE)


@dataclass(frozen=True)
class Sites:
    """Of each SNP: chromosome, position (from 1), id ("." where it has none), reference and alternative allele.

    A letter 1 is the alternative. `notes` keeps them as {"sites": {"chromosome": [...], ...}}.
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
        """The notes of a dataset that has these sites."""
        return {"sites": asdict(self)}

    @property
    def legend(self) -> list[str]:
        """The lines of a legend; a SNP is called after its place and alleles there, 22:16050075_A_G, as bcftools asks.

        Chromosomes and ids have columns of their own.
        """
        rows = zip(self.place_names, self.position, self.reference, self.alternative, self.chromosome, self.id)
        return [_LEGEND, *(" ".join(map(str, row)) for row in rows)]

    @property
    def place_names(self) -> list[str]:
        """What each SNP is called after its place and alleles, such as 22:16050075_A_G."""
        rows = zip(self.chromosome, self.position, self.reference, self.alternative)
        return [f"{c}:{at}_{a}_{b}" for c, at, a, b in rows]

    @property
    def multiallelic(self) -> list[list[int]]:
        """The numbers of the sites that stand at one position and differ in their alleles, of each that has several.

        They are alternatives of each other, as `bcftools norm -m -` makes them: a haplotype has one at most.
        """
        at: dict[tuple[str, int], dict[tuple[str, str], int]] = {}
        for number, (chromosome, position, _, *alleles) in enumerate(zip(*vars(self).values())):
            at.setdefault((chromosome, position), {}).setdefault((alleles[0], alleles[1]), number)
        return [list(numbers.values()) for numbers in at.values() if len(numbers) > 1]

    def count_excluded(self, letters: np.ndarray) -> int:
        """How many haplotypes (rows, sites) have two alternatives of one position, which exclude one another."""
        found = np.zeros(len(letters), dtype=bool)
        for numbers in self.multiallelic:
            found |= (letters[:, numbers] == 1).sum(axis=1) > 1
        return int(found.sum())

    @staticmethod
    def of(data: Dataset) -> Sites:
        """The sites of a dataset: from VCF and PLINK, a legend, or the first fields of haps.

        Without any, SNPs stand at 1, 2, 3 ... of a chromosome, with A for 0 and C for 1. Where a legend or haps don't
        say the chromosome, it is what stands before the position in an id such as 22:16050075_A_G; else that of the SNP
        before, or of the first that has one; else notes["chromosome"], else 1. Raises ValueError where there are not as
        many as the data have sites, or where a position is no number.
        """
        told, count = data.notes.get("chromosome", "1"), data["visible"].shape[1]
        found = Sites.known(data.notes) or _of_rows([[told, ".", str(i + 1), "A", "C"] for i in range(count)], told)
        if len(found) != count:
            raise ValueError(
                f"the notes name {len(found)} SNPs, the data have {count}: take their sites out of the notes"
            )
        return replace(found, chromosome=[name or "1" for name in found.chromosome])

    @staticmethod
    def known(notes: Mapping[str, Any]) -> Sites | None:
        """The sites that notes name, None where they name none; a chromosome that they don't name is "".

        Raises ValueError where a position is no number.
        """
        if "sites" in notes:
            return Sites(**notes["sites"])
        legend, told = notes.get("legend"), notes.get("chromosome", "")
        if notes.get("snps") and not (legend and legend[0] == _LEGEND):
            return _of_rows([line.split() for line in notes["snps"]], told)
        return _of_legend(legend, told) if legend else None


def _of_legend(lines: Sequence[str], told: str) -> Sites:
    """id, position and two alleles, in the order of the header, or in this one; or all that we write."""
    header = lines[0].split()
    at = [header.index(name) if name in header else i for i, name in enumerate(("id", "position", "a0", "a1"))]
    rows = [line.split() for line in lines[1:]]
    if any(len(row) <= max(at) for row in rows):
        raise ValueError(f'the legend "{lines[0]}" has lines without id, position or alleles')
    if lines[0] == _LEGEND and all(len(row) == len(header) for row in rows):
        return _of_rows([[row[4], row[5], *row[1:4]] for row in rows], told)
    return _of_rows([["", *(row[i] for i in at)] for row in rows], told)


def _of_rows(rows: Sequence[Sequence[str]], told: str) -> Sites:
    """Sites of chromosome (none where it isn't known), id, position, reference and alternative."""
    chromosome, name, position, reference, alternative = (list(field) for field in zip(*rows))
    bad = next((text for text in position if not re.fullmatch(r"\d{1,10}", text)), None)
    if bad is not None:
        raise ValueError(f'the position "{bad}" of a SNP is not a number')
    if not _NONE.isdisjoint(chromosome):
        ids = _before_positions(rows)
        chromosome = _filled([by_id if own in _NONE else own for own, by_id in zip(chromosome, ids)], told)
    return Sites(chromosome, [int(text) for text in position], name, reference, alternative)


def _before_positions(rows: Sequence[Sequence[str]]) -> list[str]:
    """The chromosomes that ids say, WORD:POSITION, "" where they don't.

    The word is a chromosome where it looks like one, where the alleles follow as bcftools has it, and where it comes
    with several positions: rs7:100:A:G is the SNP rs7.
    """
    words, places = list[str](), dict[str, set[str]]()
    for _, name, position, *alleles in rows:
        found = re.match(rf"([^:\s]+):{re.escape(position)}(?!\d)(_?)", name)
        word = found[1] if found else ""
        sure = bool(found and name[found.start(2) :].startswith("_".join(["", *alleles])))
        words.append(word)
        places.setdefault(word, set()).add("" if sure or _CHROMOSOME.fullmatch(word) else position)
    return [word if "" in places[word] or len(places[word]) > 1 else "" for word in words]


def _filled(chromosomes: Sequence[str], told: str) -> list[str]:
    """Chromosomes, where one is "" that of the SNP before, or of the first that has one, or what is told."""
    last, filled = next(filter(None, chromosomes), told), []
    for chromosome in chromosomes:
        last = chromosome or last
        filled.append(last)
    return filled


def site_keys(ours: Sites, theirs: Sites) -> tuple[list[Key], list[Key]]:
    """What identifies the SNPs of two sets of data: chromosome, position and alleles.

    chr1 is 1, and X is 23 where neither side has both. Chromosomes count where both sides name all of theirs. A SNP
    without a position is known by its id; all are where one side has no positions. Alleles are in upper case.
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
    """A chromosome's name without "chr", in upper case; PLINK's 0 is none."""
    name = re.sub("^chr(?=.)", "", chromosome, flags=re.IGNORECASE).upper()
    return "" if name == "0" else name


def _place(chromosome: str, position: int, name: str) -> Hashable:
    if position > 0:
        return (chromosome, position)
    return None if name in (".", "") else ("id", name)
