#!/usr/bin/env bash
# biotite (1.6.0): fasta.get_alignment chooses the type of each row by itself, and compares rows of different types.
#
# Guess:   an alignment has one type. Where rows seem to have two, there is an error.
# Happens: a row that has only the letters A B C D G H K M N R S T V W Y is made a NucleotideSequence, since all of them
#          are codes of nucleotides. The other rows are ProteinSequence. The identity is counted from the numbers of
#          the letters, and a letter has another number in each type. No warning is raised; printed rows look right.
# Seen:    ACDGHKMNRST and ACDGHKMEFST have 9 of 11 letters in common. The identity is 0.27, and 0.82 with
#          seq_type=ProteinSequence. Of the 20 amino acids only E, F, I, L, P and Q tell a protein.
# Met by:  whoever computes identities of short peptides, or of parts of a protein alignment.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m pip install --quiet --disable-pip-version-check --no-compile --target packages biotite==1.6.0 numpy==2.4.6

printf '>a\nACDGHKMNRST\n>b\nACDGHKMEFST\n>c\nACDGHKMEFST\n' > three.fasta

PYTHONPATH=packages python3 - <<'PY'
import sys
import warnings
from importlib.metadata import version

from biotite.sequence import ProteinSequence
from biotite.sequence.align import get_pairwise_sequence_identity
from biotite.sequence.io import fasta

warnings.simplefilter("error")
print("biotite", version("biotite"))
file = fasta.FastaFile.read("three.fasta")
seen = []
for name, options in (("rows as they are", {}), ("all as proteins", {"seq_type": ProteinSequence})):
    alignment = fasta.get_alignment(file, **options)
    identities = get_pairwise_sequence_identity(alignment, mode="all").round(2)
    seen.append((float(identities[0, 1]), float(identities[1, 2])))
    print(f"{name}: {', '.join(type(row).__name__ for row in alignment.sequences)}")
    print(f"    identity of a and b {seen[-1][0]}, of b and c {seen[-1][1]}; {alignment.get_gapped_sequences()}")
if seen != [(0.27, 1.0), (0.82, 1.0)]:
    sys.exit("changed: rows of two types are not compared by the numbers of their letters")
PY
