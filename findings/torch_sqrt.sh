#!/usr/bin/env bash
# torch (2.13.0): the square root of a float32 tensor on a CPU is not correctly rounded.
#
# Guess:   sqrt is one of the operations that IEEE 754 rounds correctly, so torch and numpy give the same bits.
# Happens: a half to one percent of the results are one unit in the last place off; numpy's are all correct.
# Seen:    some 600 of 100,000 numbers between 0 and 1, with AVX-512, with AVX2 and without either.
# Met by:  whoever wants the same samples from two programs, or on two machines: normal numbers by Box and Muller, say.
set -euo pipefail
if [ "$(uname -m)" != x86_64 ]; then
  echo "skipped: seen on x86_64"
  exit 0
fi
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m pip install --quiet --disable-pip-version-check --target packages torch==2.13.0 numpy==2.4.6

PYTHONPATH=packages python3 - <<'END'
import sys

import numpy as np
import torch

x = np.random.default_rng(0).random(100_000, dtype=np.float32)
exact = np.sqrt(x.astype(np.float64)).astype(np.float32)
off = {"torch": int((torch.from_numpy(x).sqrt().numpy() != exact).sum()), "numpy": int((np.sqrt(x) != exact).sum())}
print("results that are not correctly rounded, of 100,000:", off)
if not 0 < off["torch"] < 5000 or off["numpy"]:
    sys.exit("changed: torch rounds square roots correctly, or numpy no longer does")
END
