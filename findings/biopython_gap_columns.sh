#!/usr/bin/env bash
# Biopython (1.88): Bio.Align leaves out the columns that have a gap in every row.
#
# Guess:   an alignment that is read has the columns of the file.
# Happens: Alignment keeps, for each row, which letters stand where. A column without letters leaves no trace, and a
#          file that is written again is narrower. With Stockholm the lines of GR and GC are cut to match. The property
#          alignment of an AlignIO alignment leaves the column out too, but keeps its annotations whole: SS_cons has
#          more characters than the alignment has columns then. No warning is raised.
# Seen:    2 rows of 5 columns, the third of them gaps: AlignIO reads 5 columns, Align.read 4, from FASTA and from
#          Stockholm. .alignment has 4 columns and a secondary structure of 5.
# Met by:  whoever reads rows chosen from a family, or generated rows: they often have columns of gaps, and no longer
#          fit the model, the profile or the contact map of the family.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m pip install --quiet --disable-pip-version-check --no-compile --target packages \
  biopython==1.88 numpy==2.4.6

printf '>a\nAC-GA\n>b\nAC-UA\n' > two.fasta
printf '# STOCKHOLM 1.0\na            AC-GA\nb            AC-UA\n#=GC SS_cons ((.))\n//\n' > two.sto

PYTHONPATH=packages python3 - <<'PY'
import sys
import warnings

import Bio
from Bio import Align, AlignIO

warnings.simplefilter("error")
print("Biopython", Bio.__version__)
seen = []


def show(name, shape, *more):
    seen.append(shape[1])
    print(f"{name}: {shape[0]} rows, {shape[1]} columns", *more)


for kind in ("fasta", "stockholm"):
    path = {"fasta": "two.fasta", "stockholm": "two.sto"}[kind]
    rows = AlignIO.read(path, kind)
    show(f"{kind}, AlignIO.read", (len(rows), rows.get_alignment_length()))
    read = Align.read(path, kind)
    show(f"{kind}, Align.read", read.shape, [read[i] for i in range(2)])
    show(f"{kind}, AlignIO.read(...).alignment", rows.alignment.shape)
structure = rows.alignment.column_annotations["secondary_structure"]
print("its secondary structure:", structure)
Align.write(read, "again.fasta", "fasta")
again = AlignIO.read("again.fasta", "fasta")
show("read and written by Align", (len(again), again.get_alignment_length()))
if seen != [5, 4, 4, 5, 4, 4, 4] or structure != "((.))":
    sys.exit("changed: columns of gaps are kept, or annotations are cut with them")
PY
