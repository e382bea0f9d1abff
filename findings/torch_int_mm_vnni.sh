#!/usr/bin/env bash
# torch (2.13.0): limiting oneDNN's instruction set doesn't show how a product of 8-bit integers behaves on an older x86.
#
# Guess:   with ONEDNN_MAX_CPU_ISA=AVX2 a new processor shows what one without AVX-512 VNNI does: torch._int_mm is oneDNN's
#          product by AVX2, which adds pairs of products in 16 bits, about as fast as single precision.
# Happens: torch asks the processor itself, and not oneDNN. Without AVX-512 VNNI (Haswell to Skylake-X, Zen 1 to 3) it takes
#          a loop of its own: exact, and many times slower than single precision. With VNNI and the limit the product is
#          oneDNN's, and adds pairs in 16 bits, which saturate: the sums are wrong, without an error.
# Seen:    AMD EPYC with AVX2 alone: 128 products 127 * 127 sum to 2,064,512, and 1 * -128 to -16,384, as they should; 192 x
#          800 x 256 takes 41 to 55 ms, in single precision 2.1 ms. Xeon with VNNI, limited to AVX2: 16,320 and 0.
# Met by:  whoever quantizes weights or states to 8 bits and tests for older processors on a new one.
set -euo pipefail
if ! grep -q '^flags.* avx2' /proc/cpuinfo 2>/dev/null; then
  echo "skipped: this processor has no AVX2"
  exit 0
fi
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m pip install --quiet --disable-pip-version-check --target packages torch==2.13.0 numpy==2.4.6

ONEDNN_MAX_CPU_ISA=AVX2 OMP_NUM_THREADS=1 PYTHONPATH=packages python3 - <<'END'
import sys
import time

import torch


def total(x, w, dtype):
    left = torch.full((64, 128), x, dtype=dtype)
    return int(torch._int_mm(left, torch.full((128, 64), w, dtype=torch.int8))[0, 0])


def seconds(product):
    times = []
    for _ in range(5):
        begin = time.process_time()
        product()
        times.append(time.process_time() - begin)
    return min(times)


has_vnni = " avx512_vnni" in open("/proc/cpuinfo").read()
seen = {
    "127 * 127, signed": total(127, 127, torch.int8),
    "1 * -128, signed": total(1, -128, torch.int8),
    "128 * -128, unsigned": total(128, -128, torch.uint8),
}
for name, value in seen.items():
    print(f"128 products {name}: {value}")
x, w = torch.rand(192, 800), torch.rand(800, 256)
a, b = (x * 127).to(torch.int8), (w * 127).to(torch.int8)
ratio = seconds(lambda: torch._int_mm(a, b)) / seconds(lambda: x @ w)
print(f"AVX-512 VNNI: {has_vnni}; time of bytes over that of single precision: {ratio:.1f}")
if list(seen.values()) != ([16320, 0, -2097152] if has_vnni else [2064512, -16384, -2097152]):
    sys.exit("changed: torch._int_mm takes another product of bytes")
if (ratio > 5) == has_vnni:
    sys.exit("changed: torch._int_mm has another speed beside single precision")
END
