#!/usr/bin/env bash
# tifffile (2026.3.3) and Pillow (13.0.0): a binary image that tifffile writes is inverted where Pillow reads it.
#
# Guess:   True is white, and a TIFF of one bit is the same image in each program.
# Happens: for bool arrays tifffile writes that 0 is white (photometric MINISWHITE; for numbers 0 is black), and leaves
#          the bits as they are. Pillow, and imageio with it, turn such an image, as the file says; tifffile and imageio
#          with its plugin tifffile don't. No warning is raised. Files of Pillow have 0 as black, and are the same for
#          both, so a test in that direction doesn't show it.
# Seen:    5 x 7 bits, .23 of ones: Pillow reads .77 of ones, each bit the other one. With photometric="minisblack" it
#          reads the same bits. imageio writing by tifffile and reading by pillow inverts too.
# Met by:  whoever keeps masks or binary images as TIFF: foreground and background are exchanged between two readers.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m pip install --quiet --disable-pip-version-check --no-compile --target packages \
  tifffile==2026.3.3 Pillow==13.0.0 imageio==2.38.1 numpy==2.4.6

PYTHONPATH=packages python3 - <<'PY'
import sys
import warnings

import imageio.v3 as imageio
import numpy as np
import PIL
import tifffile
from PIL import Image

warnings.simplefilter("error")
print(f"tifffile {tifffile.__version__}, Pillow {PIL.__version__}")
bits = np.random.default_rng(0).random((5, 7)) < 0.2
seen = []


def compare(name, read):
    seen.append("same" if np.array_equal(read, bits) else "inverted" if np.array_equal(read, ~bits) else "other")
    print(f"{name}: {seen[-1]}; type {read.dtype}, {read.mean():.2f} of ones")


def pillow(name):
    with Image.open(name) as image:
        return np.asarray(image)


tifffile.imwrite("bits.tif", bits)
with tifffile.TiffFile("bits.tif") as file:
    print(f"photometric {file.pages[0].photometric.name} written; {bits.mean():.2f} of ones")
compare("tifffile, read by tifffile", tifffile.imread("bits.tif"))
compare("tifffile, read by Pillow", pillow("bits.tif"))
compare("tifffile, read by imageio (pillow)", imageio.imread("bits.tif", plugin="pillow"))
compare("tifffile, read by imageio (tifffile)", imageio.imread("bits.tif", plugin="tifffile"))
imageio.imwrite("imageio.tif", bits, plugin="tifffile")
compare("imageio (tifffile), read by imageio (pillow)", imageio.imread("imageio.tif", plugin="pillow"))
tifffile.imwrite("black.tif", bits, photometric="minisblack")
compare("tifffile with minisblack, read by Pillow", pillow("black.tif"))
Image.fromarray(bits).save("pillow.tif")
compare("Pillow, read by tifffile", tifffile.imread("pillow.tif"))
if seen != ["same", "inverted", "inverted", "same", "inverted", "same", "same"]:
    sys.exit("changed: bits of tifffile are read by Pillow as they were")
PY
