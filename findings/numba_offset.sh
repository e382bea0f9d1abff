#!/usr/bin/env bash
# numba (0.68.1): a loop over bytes that writes at `k + j` is more than ten times slower than one that writes to a slice.
#
# Guess:   both compile to the same vector instructions; a sum in an index costs nothing.
# Happens: an index that is a sum may be negative for all the compiler knows, and then counts from the end. The test stays
#          in the loop, and no vector instructions are used. A slice that is made before the loop avoids that.
# Seen:    500 rows of 1,024 bytes: 0.4 to 0.5 ms with `out[i, k + j]`, 0.015 to 0.03 ms with `low = out[i, k:]` and `low[j]`.
# Met by:  whoever writes loops of their own over one-hot columns, planes or other matrices beside each other.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m pip install --quiet --disable-pip-version-check --target packages numba==0.68.1 llvmlite==0.50.0 numpy==2.4.6

PYTHONPATH=packages python3 - <<'END'
import sys
import time

import numpy as np
from numba import njit, uint8


@njit(error_model="numpy")
def by_offset(value, out):
    k = value.shape[1]
    for i in range(len(value)):
        for j in range(k):
            out[i, k + j] = uint8(value[i, j] > 0)


@njit(error_model="numpy")
def by_slice(value, out):
    k = value.shape[1]
    for i in range(len(value)):
        own, low = value[i], out[i, k:]
        for j in range(k):
            low[j] = uint8(own[j] > 0)


value = (np.random.default_rng(0).random((500, 1024)) < 0.3).astype(np.int8)
outs = [np.zeros((500, 2048), np.uint8) for _ in range(2)]


def seconds(loop, out):
    loop(value, out)
    times = []
    for _ in range(50):
        begin = time.perf_counter()
        loop(value, out)
        times.append(time.perf_counter() - begin)
    return min(times)


offset, cut = (seconds(loop, out) for loop, out in zip((by_offset, by_slice), outs))
print(f"{offset * 1e3:.3f} ms by an offset, {cut * 1e3:.3f} ms by a slice: {offset / cut:.1f} times as long")
if (outs[0] != outs[1]).any() or offset < 3 * cut:
    sys.exit("changed: a sum as an index no longer keeps a loop from being vectorized")
END
