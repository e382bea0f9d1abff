"""Calls: converts genotypes, site by site, to haplotypes: two rows for a diploid sample, one for a haploid sample."""

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
    """Counts over the genotypes of the sites that were added.

    paired: for each sample the number of sites with two alleles. halved: for each sample the number of sites with one,
    known allele. single: for each site the number of samples with one allele. heterozygous: the number of genotypes
    with two different alleles. unphased: the number of heterozygous genotypes without phase.
    """

    paired: np.ndarray = field(default_factory=_zeros)
    halved: np.ndarray = field(default_factory=_zeros)
    single: list[int] = field(default_factory=list)
    heterozygous: int = 0
    unphased: int = 0

    def add(self, alleles: np.ndarray, phased: np.ndarray) -> np.ndarray:
        """The haplotypes of one site, int8 (1, 2 samples), from its genotypes.

        alleles: int8 (samples, 2), -1 unknown; the second is NONE if there is only one. phased: (samples,).
        Heterozygous genotypes without phase become unknown. In the result a second allele that doesn't exist is
        unknown.
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
        """Mask of the samples with one allele at every site, (samples,)."""
        return self.paired == 0

    @property
    def partly(self) -> np.ndarray:
        """Mask of the samples with one allele at some sites and two at others, (samples,)."""
        return ~self.haploid & (self.halved > 0)

    @property
    def unusual(self) -> dict[str, int]:
        """Remarks for a warning -> the number of genotypes they are about."""
        return {
            f"of {self.heterozygous} genotypes of two alleles have no phase: they are unknown": self.unphased,
            "genotypes have one allele, but the sample has two elsewhere: the second is unknown": int(
                self.halved[~self.haploid].sum()
            ),
        }

    def check_phase(self, path: Path) -> None:
        """Raises FormatError if there are heterozygous genotypes, and none has a phase."""
        if 0 < self.unphased == self.heterozygous:
            raise FormatError(f"{path}: none of {self.heterozygous} genotypes of two alleles has a phase (0|1). "
                              "Phase it, or convert it with plink to .bed, read as genotypes 0, 1, 2.")  # fmt: skip

    def dataset(
        self, letters: np.ndarray, samples: Sequence[str], said: Mapping[str, np.ndarray], notes: dict[str, Any]
    ) -> Dataset:
        """The haplotypes (2 samples, sites) as rows: NAME_A and NAME_B for a sample, NAME for a haploid sample.

        said: columns for the table, (samples,) each. If samples differ in the number of alleles, the column `PLOIDY` of
        the table has it for each row. If some samples have one allele at some sites only, notes["haploid"]["sites"] are
        the sites, counted from 0, at which all of these samples have one.
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
