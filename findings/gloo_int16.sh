#!/usr/bin/env bash
# torch (2.13.0): gloo, the way in which processes on CPUs exchange tensors, can't send integers of 16 bits.
#
# Guess:   what sends integers of 8, 32 and 64 bits sends those of 16 bits, too; at least where nothing is added.
# Happens: all_reduce, all_gather and broadcast of int16 raise "Invalid scalar type". Half-precision numbers, which have
#          as many bits, can be sent.
# Seen:    int16, uint16 and uint32 raise; bool, uint8, int8, int32, int64, float16, bfloat16, float32, float64 work.
# Met by:  whoever spreads genotypes, letters or quantized weights over processes: send their bytes (view(torch.uint8)).
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m pip install --quiet --disable-pip-version-check --target packages torch==2.13.0 numpy==2.4.6

cat > send.py <<'END'
import os
import sys

import torch
import torch.distributed as dist

WORK = ("bool", "uint8", "int8", "int32", "int64", "float16", "bfloat16", "float32", "float64")
RAISE = ("int16", "uint16", "uint32")
WAYS = {
    "all_reduce": dist.all_reduce,
    "all_gather": lambda x: dist.all_gather([torch.empty_like(x)], x),
    "broadcast": lambda x: dist.broadcast(x, 0),
}


def outcome(way, dtype):
    try:
        WAYS[way](torch.ones(3).to(getattr(torch, dtype)))
    except RuntimeError as error:
        return str(error).splitlines()[0]
    return "sent"


dist.init_process_group("gloo", init_method=f"file://{os.getcwd()}/store", rank=0, world_size=1)
found = {dtype: {way: outcome(way, dtype) for way in WAYS} for dtype in (*WORK, *RAISE)}
for dtype, said in found.items():
    print(f"{dtype}: {said}")
dist.destroy_process_group()
raised = {dtype for dtype, said in found.items() if all("Invalid scalar type" in x for x in said.values())}
sent = {dtype for dtype, said in found.items() if set(said.values()) == {"sent"}}
if raised != set(RAISE) or sent != set(WORK):
    sys.exit("changed: gloo sends other dtypes")
END
PYTHONPATH=packages python3 send.py
