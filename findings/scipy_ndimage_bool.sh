#!/usr/bin/env bash
# scipy (1.17.1): scipy.ndimage keeps bool images bool, and makes what lies between 0 and 1 False.
#
# Guess:   a bool image that is rotated, resized or smoothed becomes floats, or bits cut at .5; or it raises an error.
# Happens: the result is bool, and its value is cut to an integer first: .99 is False. Each such step makes the figure
#          thinner. (numpy's astype(bool) would make each number other than 0 True.) No warning is raised.
# Seen:    a square of 16 ones in 8 x 8. gaussian_filter(1): no ones, where floats have 12 of at least .5.
#          uniform_filter(3): 4, and 12. zoom by 2: 32 of 64 ones, with order=1 36. rotate by 30 degrees: 4, and 16. A
#          stroke of 1 x 18 pixels turned by 10 degrees keeps 1 of them, and one of 2 x 18 keeps 18 of 36.
# Met by:  whoever makes more binary images by small turns and shifts, resizes them or smooths masks.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m pip install --quiet --disable-pip-version-check --no-compile --target packages scipy==1.17.1 numpy==2.4.6

OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 PYTHONPATH=packages python3 - <<'PY'
import sys
import warnings

import numpy as np
import scipy
from scipy import ndimage

warnings.simplefilter("error")
print("scipy", scipy.__version__)
image = np.zeros((8, 8), dtype=bool)
image[2:6, 2:6] = True
seen = {}
for name, options in (
    ("gaussian_filter", {"sigma": 1}),
    ("uniform_filter", {"size": 3}),
    ("zoom", {"zoom": 2}),
    ("zoom", {"zoom": 2, "order": 1}),
    ("rotate", {"angle": 30, "reshape": False}),
    ("shift", {"shift": 0.5}),
):
    of_bits = getattr(ndimage, name)(image, **options)
    of_floats = getattr(ndimage, name)(image.astype(float), **options)
    half = int((of_floats >= 0.5).sum())
    print(f"{name} {options}: {of_bits.dtype}, {of_bits.sum()} ones; floats of at least .5: {half}")
    seen[name, len(options)] = of_bits.dtype == bool and of_bits.sum() < 0.7 * half
strokes = []
for width in (1, 2):
    stroke = np.zeros((28, 28), dtype=bool)
    stroke[5:23, 13 : 13 + width] = True
    strokes.append(int(ndimage.rotate(stroke, 10, reshape=False).sum()))
    print(f"a stroke of {stroke.sum()} pixels turned by 10 degrees: {strokes[-1]} ones")
if not all(seen.values()) or strokes[0] > 5 or strokes[1] > 25:
    sys.exit("changed: scipy.ndimage does not cut bool images at 1")
PY
