#!/usr/bin/env bash
# adabmDCA (1.0.0): `adabmDCA energies` leaves out sequences that are equal to an earlier one, without a word.
#
# Guess:   one energy for each sequence of the file, in their order.
# Happens: of equal sequences only the first is in the results. Names, energies and the file no longer go side by side.
# Seen:    four sequences, of which the third equals the first: three energies, of a, b and d. All that it says is
#          "sequences: 3".
# Met by:  whoever puts the energies beside other numbers of the same sequences, such as measured activities.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m pip install --quiet --disable-pip-version-check --target packages adabmDCA==1.0.0 torch==2.13.0 numpy==2.4.6

printf '>a\nAC\n>b\nGU\n>c\nAC\n>d\n-A\n' > four.fasta
for site in 0 1; do for letter in - A C G U; do echo "h $site $letter 0.$site"; done; done > params.dat
export PYTHONPATH=packages
python3 -m adabmDCA.cli energies -d four.fasta -p params.dat -o out --alphabet rna --device cpu > log
grep -i -E "sequences|duplicate|warning" log
names=$(cut -d, -f1 out/four_energies.csv | tail -n +2 | tr '\n' ' ')
echo "in the file: a b c d; with an energy: $names"
if [ "$names" != "a b d " ] || grep -qi duplicate log; then
  echo "changed: equal sequences all have an energy, or it says that they don't"
  exit 1
fi
