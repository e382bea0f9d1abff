#!/usr/bin/env bash
# prdc (0.2): a set compared with itself has precision, recall, density and coverage 0, if its rows occur often enough.
#
# Guess:   real rows against themselves have precision 1, recall 1 and coverage 1. The scores go down with distance.
# Happens: the radius of a row is the distance of its k-th neighbor, and another row counts if it is closer than that.
#          A row that occurs more than k times has radius 0, and nothing is closer than 0, not even the same row.
# Seen:    nearest_k=5. 40 rows of numbers, each five times: 1, 1, 1, 1. Each six times: 0, 0, 0, 0. 500 draws of five
#          fair bits against 500 others, or against all ones: 0, 0, 0, 0 both times.
# Met by:  whoever scores short haplotypes, genotypes or tables of categories: frequent rows, the easy ones, count as
#          misses, and a generator that copies the data scores as one that always makes the same row.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m pip install --quiet --disable-pip-version-check --no-compile --target packages \
  prdc==0.2 scikit-learn==1.9.1 scipy==1.17.1 numpy==2.4.6

PYTHONPATH=packages python3 - <<'PY'
import contextlib
import io
import sys
from importlib.metadata import version

import numpy as np
from prdc import compute_prdc

rng = np.random.default_rng(0)
print("prdc", version("prdc"))


def scores(name, real, fake):
    with contextlib.redirect_stdout(io.StringIO()):
        found = compute_prdc(real, fake, nearest_k=5)
    values = [round(float(found[key]), 3) for key in ("precision", "recall", "density", "coverage")]
    print(f"{name}: precision, recall, density, coverage {values}")
    return values


numbers = rng.random((40, 3))
five, six = (np.repeat(numbers, times, axis=0) for times in (5, 6))
bits, others = rng.integers(0, 2, (2, 500, 5)).astype(float)
seen = [
    scores("each row five times, against itself", five, five.copy()),
    scores("each row six times, against itself", six, six.copy()),
    scores("five fair bits, against 500 other draws", bits, others),
    scores("five fair bits, against all ones", bits, np.ones((500, 5))),
]
if seen != [[1.0] * 4] + [[0.0] * 4] * 3:
    sys.exit("changed: a row at radius 0 counts as its own neighbor")
PY
