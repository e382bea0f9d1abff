#!/usr/bin/env bash
# ViennaRNA (2.8.0): RNA.aln_mpi leaves out the first column, and counts one column more as equal for each pair.
#
# Guess:   the mean pairwise identity, in percent: equal letters, by the columns where both rows have a letter.
# Happens: for each pair it is 1 + the number of equal characters after the first column, by the number of columns. Gap
#          beside gap counts as equal. The error is one column, so it is large for short alignments and motifs.
# Seen:    A and C: 100. AAAA and CCCC: 25. ACGU and CCGU: 100, but CCGU and CCGA: 75. AC-------- twice: 100; AC--------
#          and AG--------: 90, where one of two letters is equal. The rule above gives the result of all of 300 random
#          alignments.
# Met by:  whoever compares generated RNA alignments with real ones by their identity, or sorts windows by it: pairs
#          without one equal letter aren't 0, and rows with few letters seem alike.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m pip install --quiet --disable-pip-version-check --no-compile --target packages ViennaRNA==2.8.0

PYTHONPATH=packages python3 - <<'PY'
import itertools
import random
import sys

import RNA

print("ViennaRNA", RNA.__version__)


def identity(rows):
    pairs = [list(zip(*pair)) for pair in itertools.combinations(rows, 2)]
    both = [[x == y for x, y in pair if "-" not in (x, y)] for pair in pairs]
    return 100 * sum(sum(pair) / max(len(pair), 1) for pair in both) / len(pairs)


def rule(rows):
    pairs = list(itertools.combinations(rows, 2))
    equal = sum(1 + sum(x == y for x, y in zip(first[1:], second[1:])) for first, second in pairs)
    return 100 * equal // (len(pairs) * len(rows[0]))


seen = []
for first, second in (
    ("A", "C"),
    ("AAAA", "CCCC"),
    ("ACGU", "CCGU"),
    ("CCGU", "CCGA"),
    ("AC--------", "AC--------"),
    ("AC--------", "AG--------"),
):
    seen.append(RNA.aln_mpi([first, second]))
    print(f"{first} and {second}: aln_mpi {seen[-1]}, of columns with two letters {identity([first, second]):.0f}")

rng = random.Random(0)
other = 0
for _ in range(300):
    columns, rows = rng.randrange(1, 12), rng.randrange(2, 6)
    alignment = ["".join(rng.choices("ACGU-", k=columns)) for _ in range(rows)]
    other += RNA.aln_mpi(alignment) != rule(alignment)
print(f"random alignments where the rule gives another number: {other} of 300")
if seen != [100, 25, 100, 75, 100, 90] or other:
    sys.exit("changed: aln_mpi counts the first column, or no equal column more")
PY
