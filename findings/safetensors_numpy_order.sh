#!/usr/bin/env bash
# safetensors (0.8.0): numpy's transposed and sliced arrays come back with other values.
#
# Guess:   safetensors.numpy keeps any array, as numpy.save does, or raises an error, as safetensors.torch does.
# Happens: save writes the bytes as they lie in memory, under the shape of the array. Rows and columns are mixed, and of
#          a slice the neighbors are written. No error, no warning. np.ascontiguousarray before saving helps.
#          0.7.0 was right: https://github.com/safetensors/safetensors/issues/825
# Seen:    [[0 1 2] [3 4 5]].T, [[0 3] [1 4] [2 5]], comes back as [[0 1] [2 3] [4 5]]; [0 1 2 3 4 5][::2] as [0 1 2].
# Met by:  whoever saves transposed weights, or components of scikit-learn's PCA, which are often in Fortran order.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m pip install --quiet --disable-pip-version-check --target packages safetensors==0.8.0 numpy==2.4.6

PYTHONPATH=packages python3 - <<'END'
import sys

import numpy as np
from safetensors.numpy import load, save

weights = np.arange(6, dtype=np.int32).reshape(2, 3)
seen = []
for name, array in (("as it is", weights), ("transposed", weights.T), ("sliced", weights.ravel()[::2])):
    again = load(save({"x": array}))["x"]
    seen.append(np.array_equal(again, array))
    print(f"{name}: {array.tolist()} comes back as {again.tolist()}")
if seen != [True, False, False]:
    sys.exit("changed: transposed or sliced arrays come back as they were, or raise an error")
END
