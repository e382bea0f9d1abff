"""Calls: genotypes of one or two alleles, site by site, as haplotypes: two rows a sample, or one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..data.alphabet import BINARY, UNKNOWN
from ..data.dataset import Dataset
from ..data.row_blocks import select_rows
from ..errors import FormatError
from .samples import DIPLOID, HAPLOID, NONE, PARTLY, PLOIDY, haplotype_names


def _zeros() -> np.ndarray:
    return np.zeros(1, dtype=np.int64)


@dataclass
class Calls:
    """What the genotypes of the sites so far have in common.

    Of each sample `paired` counts the sites where it has two alleles, `halved` those where it has one that is known;
    of each site `single` is how many samples have one allele. `heterozygous` counts the genotypes of two alleles that
    differ, `unphased` those of them that have no phase.
    """

    paired: np.ndarray = field(default_factory=_zeros)
    halved: np.ndarray = field(default_factory=_zeros)
    single: list[int] = field(default_factory=list)
    heterozygous: int = 0
    unphased: int = 0

    def add(self, alleles: np.ndarray, phased: np.ndarray) -> np.ndarray:
        """The haplotypes of one site, int8 (1, 2 samples), of its genotypes.

        alleles: int8 (samples, 2), -1 unknown, the second NONE where there is one. phased: (samples,). Two alleles that
        differ and have no phase are unknown; so is, in what is returned, a second that isn't there.
        """
        one = alleles[:, 1] == NONE
        self.paired = self.paired + ~one
        self.halved = self.halved + (one & (alleles[:, 0] >= 0))
        self.single.append(int(one.sum()))
        differ = (alleles[:, 0] != alleles[:, 1]) & ~one
        unphased = differ & ~phased
        self.heterozygous += int(differ.sum())
        self.unphased += int(unphased.sum())
        alleles[unphased] = UNKNOWN
        return np.maximum(alleles, UNKNOWN).reshape(1, -1)

    @property
    def haploid(self) -> np.ndarray:
        """Which samples have one allele at every site, (samples,)."""
        return self.paired == 0

    @property
    def partly(self) -> np.ndarray:
        """Which samples have one allele at some sites and two at others, (samples,)."""
        return ~self.haploid & (self.halved > 0)

    @property
    def unusual(self) -> dict[str, int]:
        """What is to be said of the genotypes, and how many it is said of."""
        return {
            f"of {self.heterozygous} genotypes of two alleles have no phase: they are unknown": self.unphased,
            "genotypes have one allele where the sample has two elsewhere: the second is unknown": int(
                self.halved[~self.haploid].sum()
            ),
        }

    def check_phase(self, path: Path) -> None:
        """Raises FormatError where no genotype of two alleles has a phase."""
        if 0 < self.unphased == self.heterozygous:
            raise FormatError(f"{path}: none of {self.heterozygous} genotypes of two alleles has a phase (0|1). "
                              "Phase it, or make a .bed of it by plink, whose genotypes 0, 1, 2 are read.")  # fmt: skip

    def dataset(
        self, letters: np.ndarray, samples: Sequence[str], said: Mapping[str, np.ndarray], notes: dict[str, Any]
    ) -> Dataset:
        """The haplotypes (2 samples, sites) as rows: NAME_A and NAME_B of a sample, NAME of a haploid one.

        said: what is known of each sample, (samples,) each; it goes to the table. Where samples differ in how many
        alleles they have, the column `PLOIDY` of the table says it of each row. Where some have one allele at some
        sites only, notes["haploid"] has the "sites", counted from 0, at which all of these have one.
        """
        alone, partly = self.haploid, self.partly
        kept = np.stack([np.ones_like(alone), ~alone], axis=1).ravel()
        names = [half for name, one in zip(samples, alone) for half in ([name] if one else haplotype_names(name))]
        table = dict(said)
        if (alone.any() and not alone.all()) or partly.any():
            table[PLOIDY] = np.where(alone, HAPLOID, np.where(partly, PARTLY, DIPLOID))
        table = {name: np.repeat(column, 2)[kept] for name, column in table.items()}
        notes = {**notes, **({"ploidy": 1} if alone.all() else {})}
        if partly.any():
            absent = (letters[1::2][partly] < 0).all(axis=0) & (np.array(self.single) > alone.sum())
            notes["haploid"] = {"sites": np.flatnonzero(absent).tolist()}
        visible = letters if kept.all() else select_rows(letters, kept)
        return Dataset({"visible": visible}, {"visible": BINARY}, np.array(names, dtype=str), table, notes=notes)
