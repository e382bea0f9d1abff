"""Rows of aligned RNA that fold: a hairpin, whose pairs vary together."""

from __future__ import annotations

import numpy as np

from spinodal.data.alphabet import RNA
from spinodal.data.dataset import Dataset, numbered_names

STEM, LOOP = 12, 8
STRUCTURE = "(" * STEM + "." * LOOP + ")" * STEM
"""Of each row, 32 sites."""

PARTNER = {"A": "U", "C": "G", "G": "C", "U": "A"}


def hairpins(n=60, seed=0, paired=True, notes=None):
    """n rows; not paired: the second strand is that of another row, so single sites are alike and pairs are not."""
    random = np.random.default_rng(seed)
    strands = ["".join(random.choice(list("ACGU"), STEM)) for _ in range(n)]
    other = strands if paired else strands[1:] + strands[:1]
    rows = [a + "GAAAUUCG" + "".join(PARTNER[x] for x in reversed(b)) for a, b in zip(strands, other)]
    return Dataset({"visible": RNA.encode(rows)}, {"visible": RNA}, numbered_names(n), notes=notes or {})


NOTED = {"columns": {"SS_cons": STRUCTURE}}
