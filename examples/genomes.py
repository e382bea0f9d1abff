"""Human genomes: train on 805 SNPs with continents as labels, generate haplotypes of one continent, score them.

python examples/genomes.py data/hgd [UPDATES]
"""

import sys
from pathlib import Path

import spinodal as sp
from spinodal.evaluation.quick_scores import quick_scores

folder, updates = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 3600
data = sp.read(folder / "805_SNP_1000G_real.hapt.zip", labels=folder / "hgd_labels.csv", label="continent")
train, test = data.split("split_haplotype")

machine = sp.rbm(sp.Bernoulli(512), **train.units)
machine.init_biases(train.frequencies())
for update in sp.fit(machine, train.batches(500), sp.FEF, steps=10, lr=0.05):
    if update.age == updates:
        break

new = sp.generate(machine, like=train.like("African", n=100))  # with the legend of train, which `write` needs
sp.write(new, "african.hapt")
for name, value in quick_scores(machine, test, train, times=[5, 20, 100]).items():
    print(name, value)
