"""SAM riboswitch RNA: train with phyla as labels, generate aligned sequences of one phylum, predict their labels.

python examples/riboswitch.py data/sam [UPDATES]
"""

import sys
from collections import Counter
from pathlib import Path

import spinodal as sp
from spinodal.evaluation.quick_scores import quick_scores

folder, updates = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
data = sp.read(folder / "sam.fasta.gz", labels=folder / "sam_labels.csv", label="phylum")
train, test = data.where(paper_class="1").split("split")  # the paper's five phyla

machine = sp.rbm(sp.Bernoulli(100), **train.units)
machine.init_biases(train.frequencies())
for update in sp.fit(machine, train.batches(500), sp.FEF, steps=10, lr=0.05):
    if update.age == updates:
        break

new = sp.generate(machine, label="Chloroflexota", n=50)
sp.write(new, "chloroflexota.fasta")
print(Counter(sp.predict(machine, new).labels()))
for name, value in quick_scores(machine, test, train).items():
    print(name, value)
