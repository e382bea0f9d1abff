"""Very many rows are generated in shards by several processes: flat memory, the bytes of one, and a kill costs little.

SPINODAL_ROWS says how many rows there are: ten million unless it is set.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

import spinodal as sp
from spinodal.files.manifest import Place, Shard

ROWS = int(os.environ.get("SPINODAL_ROWS", 10**7))
RANKS, SHARDS = 2, 4
MORE = 1.1
"""A process may take this many times the memory of one that generates a hundredth of the rows."""

CODE = """
import resource, sys
from spinodal.cli.main import main
main(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def start(run, out, rows, rank=0, count=1):
    """A process of so many that makes the shards of a folder."""
    options = ["-n", rows, "-o", f"{out}/", "--rows-per-shard", -(-rows // SHARDS)]
    command = [sys.executable, "-c", CODE, "generate", run, *options]
    rank_of = {"RANK": str(rank), "WORLD_SIZE": str(count), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen([str(x) for x in command], stdout=subprocess.PIPE, env=os.environ | rank_of)


def finish(*processes):
    """The largest memory of any of the processes, in MB."""
    told = [process.communicate()[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * len(processes)
    return max(map(int, told)) / 1024


def ranks(run, out):
    return [start(run, out, ROWS, rank, RANKS) for rank in range(RANKS)]


def checksums(out):
    """The checksums of the shards of a folder that is complete."""
    assert sorted(p.name for p in out.iterdir())[0] == "manifest.json"
    return {name: shard.sha256 for name, shard in Place(out).shards().items()}


@pytest.mark.claim
def test_ranks_that_were_killed_make_the_bytes_of_one_process_in_flat_memory(trained, tmp_path):
    run, out = trained("sam"), tmp_path / "ranks"
    little = finish(start(run, tmp_path / "few", ROWS // 100))
    killed = ranks(run, out)
    while len(done := Place(out).shards()) < RANKS and all(process.poll() is None for process in killed):
        time.sleep(0.1)
    for process in killed:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert 0 < len(done) < SHARDS
    kept = {name: (out / name).stat().st_mtime_ns for name in done}
    memory = finish(*ranks(run, out))
    assert {name: (out / name).stat().st_mtime_ns for name in done} == kept
    alone = finish(start(run, tmp_path / "one", ROWS))
    assert checksums(out) == checksums(tmp_path / "one")
    assert all(Shard.of(out / name, 0).sha256 == digest for name, digest in checksums(out).items())
    print(f"{ROWS} rows: {memory:.0f} MB a rank, {alone:.0f} MB alone; {little:.0f} MB for a hundredth of the rows")
    assert max(memory, alone) < MORE * little
    assert sum(map(len, sp.read_shards(out))) == ROWS
