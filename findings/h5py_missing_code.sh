#!/usr/bin/env bash
# h5py (3.16.0): -1, the code of an unknown state, becomes 0, a state, in an unsigned dataset.
#
# Guess:   numpy's rules hold: -1 wraps to 255 and 300 to 44 in uint8, or an error is raised.
# Happens: HDF5 converts a numpy array, not numpy, and takes the nearest value that fits. This holds for assignment, for
#          create_dataset(data=..., dtype=...), and for reading by astype(). A list of Python integers is converted by
#          numpy, and raises an error. No warning is raised.
# Seen:    [0, 1, -1, 300] is [0, 1, 0, 255] in all three ways, numpy's astype has [0, 1, 255, 44]. A list
#          raises OverflowError.
# Met by:  whoever stores genotypes or letters with -1 for unknown: all unknown ones are the reference allele, or the
#          first letter, and nothing tells them from known ones.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m pip install --quiet --disable-pip-version-check --target packages h5py==3.16.0 numpy==2.4.6

PYTHONPATH=packages python3 -W always - <<'PY'
import sys

import h5py
import numpy as np

print("h5py", h5py.__version__, "HDF5", h5py.version.hdf5_version)
codes = np.array([0, 1, -1, 300])
with h5py.File("codes.h5", "w") as file:
    file.create_dataset("assigned", (4,), "uint8")[:] = codes
    file.create_dataset("created", data=codes, dtype="uint8")
    file.create_dataset("wide", data=codes)
    try:
        file.create_dataset("list", (4,), "uint8")[:] = codes.tolist()
        raised = "nothing"
    except OverflowError as error:
        raised = type(error).__name__
with h5py.File("codes.h5") as file:
    seen = {
        "assigned": file["assigned"][:].tolist(),
        "create_dataset(data, dtype)": file["created"][:].tolist(),
        "read by astype": file["wide"].astype("uint8")[:].tolist(),
    }
for name, values in seen.items():
    print(f"{name}: {values}")
print(f"numpy astype: {codes.astype('uint8').tolist()}; a list raises {raised}")
if list(seen.values()) != [[0, 1, 0, 255]] * 3 or raised != "OverflowError":
    sys.exit("changed: integers that don't fit become others, or raise an error")
PY
