#!/usr/bin/env bash
# imbalanced-learn (0.14.2): SMOTE computes in the integers of the table: bytes wrap, and other integers are cut off.
#
# Guess:   new rows lie between two rows of the table: as floats, or rounded to integers.
# Happens: the difference of two rows is taken in their own type. In uint8, 0 - 1 is 255, so a new row may be far
#          outside the two. Then it is cast to that type, which cuts the fraction off: numbers become smaller, and a
#          bit of int64 is 1 only where both rows have 1. No warning is raised.
# Seen:    250 and 50 rows of 6 fair bits, 200 new rows. As uint8: 82 different values up to 252, mean 11. As int64:
#          bits, but .44 of ones where floats have a mean of .53. Numbers from 0 to 255 as uint8: half of the new ones
#          differ by more than 1 from those of the same table as floats. BorderlineSMOTE, ADASYN and SVMSMOTE of bits go
#          up to 249 or 252 too.
# Met by:  whoever adds rows of a rare class to binary images, haplotypes or genotypes, which are kept as bytes.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m pip install --quiet --disable-pip-version-check --no-compile --target packages \
  imbalanced-learn==0.14.2 scikit-learn==1.9.1 scipy==1.17.1 numpy==2.4.6

OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 PYTHONPATH=packages python3 - <<'PY'
import sys
import warnings

import imblearn
import numpy as np
from imblearn.over_sampling import ADASYN, SMOTE, SVMSMOTE, BorderlineSMOTE

warnings.simplefilter("error")
print("imbalanced-learn", imblearn.__version__)
rng = np.random.default_rng(0)
labels = np.repeat([0, 1], [250, 50])
bits = (rng.random((300, 6)) < 0.5).astype(np.uint8)
numbers = rng.integers(0, 256, (300, 6)).astype(np.uint8)


def new(method, table):
    rows, _ = method(random_state=0).fit_resample(table, labels)
    return rows[len(table) :]


print(f"bits: mean of the rare class {bits[250:].mean():.3f}")
means = {}
for kind in (np.float64, np.int64, np.uint8):
    rows = new(SMOTE, bits.astype(kind))
    means[kind] = rows.mean()
    print(f"SMOTE of {kind.__name__}: {len(np.unique(rows))} values up to {rows.max()}, mean {means[kind]:.3f}")
largest = []
for method in (SMOTE, BorderlineSMOTE, ADASYN, SVMSMOTE):
    largest.append(int(new(method, bits).max()))
    print(f"{method.__name__} of bits as uint8: largest {largest[-1]}")
off = np.abs(new(SMOTE, numbers) - new(SMOTE, numbers.astype(float))) > 1
print(f"0 to 255 as uint8: {off.mean():.1%} of the new numbers are not those of the floats")
if min(largest) < 2 or off.mean() < 0.2 or means[np.int64] > means[np.float64] - 0.05:
    sys.exit("changed: SMOTE of integers gives numbers between those of two rows")
PY
