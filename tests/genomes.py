"""What tests of genomes have in common: haplotypes with sites, and the field's own programs."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from spinodal.data.alphabet import BINARY
from spinodal.data.dataset import Dataset
from spinodal.files.sites import Sites


def needs(program: str, package: str) -> pytest.MarkDecorator:
    """A test that is skipped where a program is not there."""
    return pytest.mark.skipif(
        shutil.which(program) is None, reason=f"{program} is not there: apt-get install {package}"
    )


bcftools = needs("bcftools", "bcftools")
plink = needs("plink1.9", "plink1.9")
plink2 = needs("plink2", "plink2")


def ran(*words: str | Path) -> str:
    """The standard output of a program that says nothing of errors."""
    done = subprocess.run([*map(str, words)], capture_output=True, text=True, check=True)
    assert "[E::" not in done.stderr
    assert "[W::" not in done.stderr
    return done.stdout


def sites(count: int) -> Sites:
    """Sites on two chromosomes, some without an id, one an insertion."""
    half = count // 2
    chromosome = ["22"] * half + ["X"] * (count - half)
    alternative = [("C", "G", "T", "ACG")[i % 4] for i in range(count)]
    ids = [f"rs{i}" if i % 3 else "." for i in range(count)]
    return Sites(chromosome, [7 + 5 * i for i in range(count)], ids, ["A"] * count, alternative)


def haplotypes(samples: int = 4, count: int = 9, seed: int = 0, low: int = 0) -> Dataset:
    """Haplotypes of samples S1, S2 ... at random, with sites; with low=-1 some letters are unknown."""
    letters = np.random.default_rng(seed).integers(low, 2, (2 * samples, count), dtype=np.int8)
    names = [f"S{i + 1}_{side}" for i in range(samples) for side in "AB"]
    return Dataset({"visible": letters}, {"visible": BINARY}, np.array(names), notes=sites(count).notes)
