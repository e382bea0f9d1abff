#!/usr/bin/env bash
# torch (2.13.0): a product of 8-bit integers is wrong, without a word, on x86 processors without VNNI.
#
# Guess:   torch._int_mm adds in 32 bits, so it is exact on every processor.
# Happens: without VNNI (Haswell to Skylake-X, Zen 1 to 3) two products are added in 16 bits, which saturate. Sums of
#          large products are far too small, and weights of -128 that meet signed 1 vanish. No error, no warning.
# Seen:    with the instruction set limited to AVX2, 128 products 127 * 127 sum to 16,320 in place of 2,064,512, and 128
#          products 1 * -128 to 0 in place of -16,384. Unsigned values up to 128 are exact with any weight.
# Met by:  whoever quantizes weights or states to 8 bits and tests on a new processor.
set -euo pipefail
if ! grep -q '^flags.* avx2' /proc/cpuinfo 2>/dev/null; then
  echo "skipped: this processor has no AVX2"
  exit 0
fi
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m pip install --quiet --disable-pip-version-check --target packages torch==2.13.0 numpy==2.4.6

ONEDNN_MAX_CPU_ISA=AVX2 PYTHONPATH=packages python3 - <<'END'
import sys

import torch


def total(x, w, dtype):
    left = torch.full((64, 128), x, dtype=dtype)
    return int(torch._int_mm(left, torch.full((128, 64), w, dtype=torch.int8))[0, 0])


seen = {
    "127 * 127, signed": total(127, 127, torch.int8),
    "1 * -128, signed": total(1, -128, torch.int8),
    "128 * -128, unsigned": total(128, -128, torch.uint8),
}
for name, value in seen.items():
    print(f"128 products {name}: {value}")
if list(seen.values()) != [16320, 0, -2097152]:
    sys.exit("changed: torch._int_mm no longer adds pairs in 16 bits")
END
