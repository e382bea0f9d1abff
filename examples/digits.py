"""Handwritten digits: train on 10,000 images of MNIST, generate ten images of each digit, complete half images.

python examples/digits.py data/mnist [UPDATES]
"""

import sys
from pathlib import Path

import spinodal as sp
from spinodal.evaluation.quick_scores import quick_scores
from spinodal.evaluation.reference import cut
from spinodal.reporting.plots import samples

folder, updates = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 8000
train = cut(sp.read(folder / "train-images-idx3-ubyte.gz"), 10_000, seed=0)
test = cut(sp.read(folder / "t10k-images-idx3-ubyte.gz"), 2_000, seed=0)

machine = sp.rbm(sp.Bernoulli(512), **train.units)
machine.init_biases(train.frequencies())
for update in sp.fit(machine, train.batches(500), sp.FEF, steps=10, lr=0.05):
    if update.age == updates:
        break

digits = [train.like(str(d), n=10) for d in range(10)]
rows = [sp.generate(machine, like=digit, seed=d)["visible"] for d, digit in enumerate(digits)]
samples([image for row in rows for image in row], list("0123456789"), (28, 28)).savefig("digits.png")
lower = test.hide("visible", sites=range(392, 784))
correct = (sp.complete(machine, lower)["visible"] == test["visible"])[:, 392:].mean()
print("accuracy of completed pixels:", correct)
print(quick_scores(machine, test, train, times=[5, 20, 100]))
