#!/usr/bin/env bash
# scikit-learn (1.9.1): BernoulliRBM learns another distribution if a batch hasn't exactly batch_size rows.
#
# Guess:   one row more than a multiple of batch_size is a short last batch, with about the weight of its one row.
# Happens: the number of chains is always batch_size. The sums over the rows of the batch and over all chains are
#          subtracted and divided by the number of rows. A last batch of 1 row stands against 100 chains: the biases go
#          down, far, once in each epoch. partial_fit does the same with any number of rows other than batch_size, and
#          more rows push the biases up. No warning is raised.
# Seen:    fair bits, batch_size=100, share of ones in generated rows: 1000 rows .51, 1001 rows .03 (mean visible bias
#          -3.4), 1009 rows .24. partial_fit of 100 rows at the default batch_size, 10: 1.00 (bias 8.0).
# Met by:  whoever takes BernoulliRBM as a baseline or a teacher: a table rarely has a multiple of batch_size rows.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m pip install --quiet --disable-pip-version-check --no-compile --target packages \
  scikit-learn==1.9.1 scipy==1.17.1 numpy==2.4.6

OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 PYTHONPATH=packages python3 - <<'PY'
import sys

import numpy as np
import sklearn
from sklearn.neural_network import BernoulliRBM

rng = np.random.default_rng(0)
bits = (rng.random((1009, 20)) < 0.5).astype(float)
print(f"scikit-learn {sklearn.__version__}; share of ones in the data: {bits.mean():.2f}")


def generated(machine):
    rows = rng.random((200, 20)) < 0.5
    for _ in range(200):
        rows = machine.gibbs(rows)
    return rows.mean()


def show(name, machine):
    share = generated(machine)
    print(f"{name}: mean visible bias {machine.intercept_visible_.mean():.2f}, share of ones generated {share:.2f}")
    return share


shares = [
    show(f"fit, batch_size=100, {n} rows", BernoulliRBM(8, batch_size=100, n_iter=20, random_state=0).fit(bits[:n]))
    for n in (1000, 1001, 1009)
]
for size in (100, 10):
    machine = BernoulliRBM(8, batch_size=size, random_state=0)
    for _ in range(20):
        for first in range(0, 1000, 100):
            machine.partial_fit(bits[first : first + 100])
    shares.append(show(f"partial_fit of 100 rows, batch_size={size}", machine))
even, one, nine, same, more = shares
if not (abs(even - 0.5) < 0.05 and one < 0.15 and nine < 0.35 and abs(same - 0.5) < 0.05 and more > 0.75):
    sys.exit("changed: BernoulliRBM weighs rows and chains of a short batch alike")
PY
