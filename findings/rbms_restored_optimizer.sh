#!/usr/bin/env bash
# rbms (0.6.0): `rbms train --restore` goes on with plain SGD, whatever optimizer the training had.
#
# Guess:   a training begun by --optim adam goes on by Adam, as the file keeps the name of the optimizer, "adam".
# Happens: the name is read from the file as bytes and turned into "b'adam'", which no optimizer is called. A line says
#          "falling back to SGD", and the training goes on. --optim adam in both commands helps.
# Seen:    begun by Adam, restored: Unrecognized optimizer b'adam', falling back to SGD. Exit code 0.
# Met by:  whoever stops and restores a training by Adam or another optimizer than SGD.
set -euo pipefail
for python in python3 python3.12 python3.13 ""; do
  "${python:-false}" -c 'import sys; sys.exit(not (3, 12) <= sys.version_info[:2] < (3, 14))' 2> /dev/null && break
done
if [ -z "$python" ]; then
  echo "skipped: rbms 0.6.0 needs Python 3.12 or 3.13"
  exit 0
fi
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
"$python" -m pip install --quiet --disable-pip-version-check --target packages rbms==0.6.0 torch==2.14.1 numpy==2.5.5
export PYTHONPATH=$PWD/packages PYTHONWARNINGS=ignore

for a in A C G U; do for b in A C G U; do printf '>%s\n%s\n' $a$b $a$b$b$a; done; done > rows.fasta
train() {
  "$python" packages/bin/rbms train -d rows.fasta --alphabet rna --device cpu -o model.h5 --seed 1 "$@" < /dev/null 2>&1
}
train --optim adam --num_updates 3 --num_hiddens 4 --num_chains 10 --batch_size 8 --gibbs_steps 2 --n_save 2 > begun
train --restore --num_updates 6 > restored
echo "begun by Adam: $(grep -c Unrecognized begun || true) warnings"
echo "restored: $(grep -o 'Unrecognized.*' restored || true)"
if grep -q Unrecognized begun || ! grep -q "Unrecognized optimizer b'adam', falling back to SGD" restored; then
  echo "changed: a restored training goes on with its optimizer"
  exit 1
fi
