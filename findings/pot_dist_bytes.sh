#!/usr/bin/env bash
# POT (0.9.7.post1): ot.dist of 0/1 rows computes in their type: in int8 or bool, far rows can have distance 0.
#
# Guess:   ot.dist makes floating-point numbers of its rows, as scipy's cdist does, or raises an error.
# Happens: squared distances are sums of products in the type of the rows. In int8 they wrap above 127, and what is
#          negative then is set to 0. In bool a sum of products is True, and True + True - 2 is 0. int16 is right
#          here, and so is int8 with metric="cityblock". uint8 raises OverflowError. No warning is raised.
# Seen:    50 rows of 784 bits, a tenth of them 1, against 50 rows with nine tenths: optimal transport costs 631.86 in
#          float64 and int16, 1.90 in int8, and 0 in bool. With 50 bits it is 39.82 in int8 too, and 0 in bool.
# Met by:  whoever scores binary images, genotypes or piano rolls, kept as bytes, by optimal transport: the worst
#          generator looks as good as the data.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m pip install --quiet --disable-pip-version-check --no-compile --target packages \
  POT==0.9.7.post1 scipy==1.17.1 numpy==2.4.6

OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 PYTHONPATH=packages python3 - <<'PY'
import sys

import numpy as np
import ot

print("POT", ot.__version__)
rng = np.random.default_rng(0)
seen = {}
for columns in (50, 784):
    few = rng.random((50, columns)) < 0.1
    many = rng.random((50, columns)) < 0.9
    for kind in ("float64", "int16", "int8", "bool"):
        cost = ot.dist(few.astype(kind), many.astype(kind)).astype(float)
        seen[columns, kind] = float(ot.emd2([], [], cost))
        print(f"{columns} columns, {kind}: optimal transport {seen[columns, kind]:.2f}")
try:
    ot.dist(few.astype("uint8"), many.astype("uint8"))
    raised = "nothing"
except OverflowError as error:
    raised = type(error).__name__
print(f"784 columns, uint8: raises {raised}")
manhattan = ot.dist(few.astype("int8"), many.astype("int8"), metric="cityblock")
print(f"784 columns, int8, metric cityblock: optimal transport {ot.emd2([], [], manhattan.astype(float)):.2f}")
right = np.allclose([seen[784, "int16"], seen[50, "int8"]], [seen[784, "float64"], seen[50, "float64"]])
if not right or max(seen[784, "int8"], seen[784, "bool"], seen[50, "bool"]) > 10 or raised != "OverflowError":
    sys.exit("changed: ot.dist of int8 or bool has other values")
PY
