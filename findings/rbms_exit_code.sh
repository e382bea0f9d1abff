#!/usr/bin/env bash
# rbms (0.6.0): the command `rbms` ends with exit code 0, whatever happened, and `rbms restore` does nothing.
#
# Guess:   a training that fails has an exit code other than 0, at which `rbms train ... && next` or a scheduler stops.
# Happens: the exit code of the training is printed as the last line, and that of the command is 0. `rbms restore`,
#          which the usage names, has no code that isn't commented out: it prints 0, with any options.
# Seen:    a training on a file that isn't there: a traceback, the line "1", exit code 0. `rbms restore` of a model that
#          isn't there: "0", exit code 0.
# Met by:  whoever runs trainings from scripts or as jobs of a cluster. `train --restore` goes on with a training.
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

code=0
"$python" packages/bin/rbms train -d none.fasta --alphabet rna --num_updates 9 --device cpu > log 2>&1 || code=$?
echo "rbms train on a missing file: $(grep Error log), last line \"$(tail -n 1 log)\", exit code $code"
restored=0
"$python" packages/bin/rbms restore -o no_such_model.h5 > restored 2>&1 || restored=$?
echo "rbms restore of a missing model: prints \"$(cat restored)\", exit code $restored"
if [ "$code" -ne 0 ] || [ "$restored" -ne 0 ] || ! grep -q Error log || [ "$(cat restored)" != 0 ]; then
  echo "changed: the command has the exit code of what it ran, or restore restores"
  exit 1
fi
