#!/usr/bin/env bash
# pyhmmer (0.12.3): in A2M, the first sequence of the alignment decides which columns are match columns.
#
# Guess:   columns without a reference line are all match columns, upper case and "-"; or those that most rows fill.
# Happens: columns where the first row has a gap are written as inserts: lower case, and their gaps are left out, so
#          rows have different lengths. The order of rows changes the columns. The same goes for "psiblast".
# Seen:    of ACDEF-H and three rows AC-EFGH, in this order, G of three rows is an insert, and D of one row is a
#          match column. In the other order it's D that is an insert.
# Met by:  whoever converts FASTA or Stockholm to A2M, and reads it by a program that drops inserts.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m pip install --quiet --disable-pip-version-check --target packages pyhmmer==0.12.3

PYTHONPATH=packages python3 - <<'END'
import io
import sys

from pyhmmer.easel import MSAFile

rows = [">one\nACDEF-H\n", ">two\nAC-EFGH\n", ">three\nAC-EFGH\n", ">four\nAC-EFGH\n"]
seen = []
for order in (rows, rows[1:] + rows[:1]):
    with open("four.fasta", "w") as file:
        file.writelines(order)
    with MSAFile("four.fasta", format="afa") as file:
        alignment = file.read()
    text = io.BytesIO()
    alignment.write(text, "a2m")
    seen.append(text.getvalue().decode().split()[1::2])
    print(f"first row {order[0].split()[1]}:", *seen[-1])
if seen != [["ACDEFH"] + ["AC-EFgH"] * 3, ["ACEFGH"] * 3 + ["ACdEF-H"]]:
    sys.exit("changed: the first row no longer decides which columns of an A2M are match columns")
END
