#!/usr/bin/env bash
# torch (2.13.0): when torchrun starts processes again, their store still has what the killed ones wrote.
#
# Guess:   a restart (--max-restarts) begins anew: a key that no process of this attempt has set isn't there.
# Happens: torchrun's own process keeps the store, at MASTER_ADDR and MASTER_PORT, for all attempts. A counter goes on,
#          and a key that says "ready" is there before anyone is.
# Seen:    two processes that each add 1 to "started": 1 and 2 in the first attempt, 3 and 4 in the second.
# Met by:  whoever lets processes wait for each other by keys of this store. Put a name of the attempt into the keys
#          (TORCHELASTIC_RESTART_COUNT), or let processes answer a question that is asked in this attempt.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m pip install --quiet --disable-pip-version-check --target packages torch==2.13.0 numpy==2.4.6

cat > count.py <<'END'
import os
import sys

from torch.distributed import TCPStore

store = TCPStore(os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"]), is_master=False)
attempt, started = os.environ["TORCHELASTIC_RESTART_COUNT"], store.add("started", 1)
with open(f"{attempt}-{os.environ['RANK']}", "w") as file:
    print(started, file=file)
store.add(f"done/{attempt}", 1)
while store.add(f"done/{attempt}", 0) < 2:
    pass
sys.exit(attempt == "0")
END
export PYTHONPATH=$PWD/packages OMP_NUM_THREADS=1
python3 -m torch.distributed.run --standalone --nproc-per-node 2 --max-restarts 1 count.py 2> log || { cat log; exit 1; }
first=$(sort 0-0 0-1 | xargs)
second=$(sort 1-0 1-1 | xargs)
echo "the counter in the first attempt: $first; in the second: $second"
if [ "$first" != "1 2" ] || [ "$second" != "3 4" ]; then
  echo "changed: a restart begins with another store"
  exit 1
fi
