#!/usr/bin/env bash
# gower (0.1.2): a row with an unknown category is at a distance from itself, and one with an unknown number has none.
#
# Guess:   a column that is unknown in one of two rows is left out of their distance, as Gower's definition has it.
# Happens: NaN in a column of categories differs from each category and from NaN, also that of the same row. NaN in a
#          column of numbers makes all distances of its row NaN, whatever is in other columns. None is one more
#          category. No warning is raised.
# Seen:    a table of letters x, y, unknown, unknown and numbers 1, 2, 5, 5, read from CSV: the last two rows have
#          distance .5, and each has .5 from itself; by the definition all are 0. With None in place of NaN they are 0,
#          but the distance of x from unknown counts. With the last number unknown, the last row and column are NaN.
# Met by:  whoever looks for neighbors or clusters in mixed tables: rows are the less alike the more of their values are
#          unknown.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m pip install --quiet --disable-pip-version-check --no-compile --target packages \
  gower==0.1.2 pandas==2.3.3 scipy==1.17.1 numpy==2.4.6

PYTHONPATH=packages python3 - <<'PY'
import io
import sys
from importlib.metadata import version

import gower
import numpy as np
import pandas as pd

print("gower", version("gower"))


def distances(name, table):
    matrix = gower.gower_matrix(table)
    print(f"{name}:\n{matrix.round(3)}")
    return matrix


table = pd.read_csv(io.StringIO("letter,number\nx,1\ny,2\n,5\n,5\n"))
category = distances("two letters are NaN", table)
none = distances("two letters are None", table.assign(letter=["x", "y", None, None]))
number = distances("a number is NaN, too", pd.read_csv(io.StringIO("letter,number\nx,1\ny,2\n,5\n,\n")))
if not (
    np.allclose(category[2:, 2:], 0.5)
    and np.allclose(none[2:, 2:], 0)
    and np.isclose(none[0, 2], 1)
    and np.isnan(number[3]).all()
    and np.isnan(number[:, 3]).all()
):
    sys.exit("changed: columns that are unknown are left out")
PY
