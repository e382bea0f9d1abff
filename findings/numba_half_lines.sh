#!/usr/bin/env bash
# numba (0.68.1): arrays that a compiled function makes begin at multiples of 32 bytes, half of them in the middle of a
# line of the cache; those of torch (2.13.0) begin at multiples of 64.
#
# Guess:   both begin at a line, as vectors of AVX-512 have 64 bytes.
# Happens: half of the small arrays of numba don't. Then each vector of 64 bytes is read from two lines.
# Seen:    of 200 arrays of 100 integers 93 to 111 begin at 0 modulo 64, the others at 32; all 200 of torch begin at 0. On an
#          AMD EPYC sums over tables of 32 KB took 1.6 times as long with the former in one process of two.
# Met by:  whoever gives tables to loops of their own, and finds them slow in some processes. Take memory of torch.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m pip install --quiet --disable-pip-version-check --target packages torch==2.13.0
python3 -m pip install --quiet --disable-pip-version-check --target packages numba==0.68.1 llvmlite==0.50.0 numpy==2.4.6

PYTHONPATH=packages python3 - <<'END'
import sys

import numpy as np
import torch
from numba import njit


@njit
def begins(size, count):
    arrays = [np.empty(size, np.int32) for _ in range(count)]
    return np.array([x.ctypes.data % 64 for x in arrays])


by_numba = np.unique(begins(100, 200), return_counts=True)
tensors = [torch.empty(100, dtype=torch.int32) for _ in range(200)]
by_torch = np.unique([x.data_ptr() % 64 for x in tensors], return_counts=True)
for name, (places, counts) in (("numba", by_numba), ("torch", by_torch)):
    print(f"{name}: " + ", ".join(f"{n} begin at {place} modulo 64" for place, n in zip(places, counts)))
if by_numba[0].tolist() != [0, 32] or by_torch[0].tolist() != [0]:
    sys.exit("changed: arrays of numba no longer begin at 0 and 32 modulo 64, or those of torch not at 0")
END
