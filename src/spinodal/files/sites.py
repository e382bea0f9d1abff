"""Sites: what each SNP of some haplotypes or genotypes is, as the notes of their files have it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ..dataset import Dataset


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
        notes, count = data.notes, data["visible"].shape[1]
        if "sites" in notes:
            found = Sites(**notes["sites"])
        elif "legend" in notes:
            found = _of_legend(notes["legend"])
        elif "snps" in notes:
            found = _of_rows([line.split() for line in notes["snps"]])
        else:
            found = _of_rows([["1", ".", str(i + 1), "A", "C"] for i in range(count)])
        if len(found) != count:
            raise ValueError(
                f"the notes name {len(found)} SNPs, the data have {count}: take their sites out of the notes"
            )
        return found


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
    return found[1] if found else "1"


def _of_rows(rows: Sequence[Sequence[str]]) -> Sites:
    """Sites of chromosome, id, position, reference and alternative."""
    chromosome, name, position, reference, alternative = (list(field) for field in zip(*rows))
    bad = next((text for text in position if not re.fullmatch(r"\d{1,10}", text)), None)
    if bad is not None:
        raise ValueError(f'the position "{bad}" of a SNP is not a number')
    return Sites(chromosome, [int(text) for text in position], name, reference, alternative)
