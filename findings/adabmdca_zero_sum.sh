#!/usr/bin/env bash
# adabmDCA (1.0.0): `set_zerosum_gauge` changes the energies of sequences, as it leaves the fields as they were.
#
# Guess:   a change of gauge keeps the model: what leaves the couplings goes into the fields. Energies move by the same
#          constant for all sequences.
# Happens: rows and columns of the couplings are centered, and "bias" stays. The new parameters are another model.
# Seen:    energies of four sequences move by 4.0, -0.9, 5.0 and -1.1; with the means added to the fields by -0.5 each.
# Met by:  whoever puts the parameters of a model into the zero-sum gauge and computes energies or samples with them.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m pip install --quiet --disable-pip-version-check --target packages adabmDCA==1.0.0 torch==2.13.0 numpy==2.4.6

PYTHONPATH=packages python3 - <<'END'
import sys

import torch
from adabmDCA import compute_energy, one_hot
from adabmDCA.dca import set_zerosum_gauge

sites, states = 4, 5
draw = torch.Generator().manual_seed(0)
couplings = torch.randn(sites, states, sites, states, generator=draw)
couplings = couplings + couplings.permute(2, 3, 0, 1)
couplings[range(sites), :, range(sites)] = 0
model = {"bias": torch.randn(sites, states, generator=draw), "coupling_matrix": couplings}
rows = one_hot(torch.randint(0, states, (4, sites), generator=draw), states)

gauged = set_zerosum_gauge(model)
means = couplings.mean(3).sum(2)  # what each letter had on average, over all other sites
moved = compute_energy(rows, gauged) - compute_energy(rows, model)
kept = compute_energy(rows, gauged | {"bias": gauged["bias"] + means}) - compute_energy(rows, model)
print("energies move by", [round(x, 3) for x in moved.tolist()])
print("with the means added to the fields by", [round(x, 3) for x in kept.tolist()])
if moved.max() - moved.min() < 1 or kept.max() - kept.min() > 1e-4 or not torch.equal(gauged["bias"], model["bias"]):
    sys.exit("changed: set_zerosum_gauge now keeps differences of energies")
END
