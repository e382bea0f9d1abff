"""Sites: what each SNP of some haplotypes or genotypes is, as the notes of their files have it."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from ..dataset import Dataset
from ..matching import Key

NUMBERS = {"X": "23", "Y": "24", "XY": "25", "M": "26", "MT": "26"}
"""What PLINK calls chromosomes that are not numbered."""


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
        """The lines of a legend; a SNP without id is called after its place and alleles, 22:16050075_A_G."""
        places = zip(self.chromosome, self.position, self.reference, self.alternative)
        called = [f"{c}:{at}_{a}_{b}" if name == "." else name for name, (c, at, a, b) in zip(self.id, places)]
        rows = zip(called, self.position, self.reference, self.alternative)
        return ["id position a0 a1", *(" ".join(map(str, row)) for row in rows)]

    @staticmethod
    def of(data: Dataset) -> Sites:
        """The sites of a dataset: from VCF and PLINK, a legend, or the first fields of haps.

        Without any, SNPs stand at 1, 2, 3 ... of chromosome 1, with A for 0 and C for 1. A legend has no chromosome:
        it is what stands before the position in an id such as 22:16050075_A_G, else 1. Raises ValueError where there
        are not as many as the data have sites, or where a position is no number.
        """
        count = data["visible"].shape[1]
        found = Sites.known(data.notes) or _of_rows([["1", ".", str(i + 1), "A", "C"] for i in range(count)])
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
        if "legend" in notes:
            return _of_legend(notes["legend"])
        return _of_rows([line.split() for line in notes["snps"]]) if notes.get("snps") else None


def _of_legend(lines: Sequence[str]) -> Sites:
    """id, position and two alleles, in the order of the header, or in this one."""
    header = lines[0].split()
    at = [header.index(name) if name in header else i for i, name in enumerate(("id", "position", "a0", "a1"))]
    rows = [line.split() for line in lines[1:]]
    if any(len(row) <= max(at) for row in rows):
        raise ValueError(f'the legend "{lines[0]}" has lines without id, position or alleles')
    return _of_rows([[_chromosome(row[at[0]], row[at[1]]), *(row[i] for i in at)] for row in rows])


def _chromosome(name: str, position: str) -> str:
    found = re.match(rf"([^:\s]+):{re.escape(position)}(?!\d)", name)
    return found[1] if found else ""


def _of_rows(rows: Sequence[Sequence[str]]) -> Sites:
    """Sites of chromosome, id, position, reference and alternative."""
    chromosome, name, position, reference, alternative = (list(field) for field in zip(*rows))
    bad = next((text for text in position if not re.fullmatch(r"\d{1,10}", text)), None)
    if bad is not None:
        raise ValueError(f'the position "{bad}" of a SNP is not a number')
    return Sites(chromosome, [int(text) for text in position], name, reference, alternative)


def keys(ours: Sites, theirs: Sites) -> tuple[list[Key], list[Key]]:
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
