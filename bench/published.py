"""Published: what the two papers found, as numbers with where they stand; keys are names of recipes.

Figures and equations are those of Carbone et al. (arXiv:2307.06797) and of Fournier and Urbani (arXiv:2405.10822). What
the first paper's text doesn't say is from the notebooks that its authors published: printed numbers, and values read
off figures, to a factor of two.
"""

from __future__ import annotations

TITLES = {
    "hgd": "Human genomes (HGD)",
    "mnist": "Handwritten digits (MNIST)",
    "sam": "Riboswitches (SAM)",
    "gh5": "Enzymes (GH5, in place of GH30)",
    "pieces": "Piano pieces (in place of CMPC)",
    "s1a": "Proteases (S1A, in neither paper)",
}

TRAINED = {
    "hgd": "1,024 hidden units, batch 4,507, 30,000 updates of rate 0.01, k = 10; 4,507 + 501 haplotypes",
    "mnist": "1,000 hidden units, batch 500, up to 632,000 updates of rate 0.01, k = 10; 10,000 training images",
    "sam": "100 hidden units, batch 1,000, 120,000 updates of rate 0.01, k = 10; 4,733 + 524 sequences of 108 sites",
    "gh5": "1,024 hidden units, batch 1,961, 60,000 updates of rate 0.01, k = 10; 3,922 + 975 sequences of GH30",
    "pieces": "1,024 hidden units, 240,000 updates of rate 0.01, k = 10; 17,832 + 4,457 windows of four pieces",
}
"""The paper's F&F-10."""

UNLIKE = {
    "hgd": "The data and the split's sizes are the paper's.",
    "mnist": "Whether the paper's images were binarized is not known; here they are, above 127.",
    "sam": "Another release of the family: nearly all labeled rows are of one phylum, and few sequences are distinct.",
    "gh5": "Another family of the same clan, whose labels any classifier predicts.",
    "pieces": "Other pieces of the same composers, split by blocks of time. The paper splits windows at random, where "
    "neighboring windows share nine tenths of their frames.",
    "s1a": "Three in five training rows have no label.",
}
"""How our data differ."""

CHANCE = {"hgd": 0.27, "mnist": 0.11, "sam": 0.67, "gh5": 0.27, "pieces": 0.335}
"""The share of the most common label."""

ACCURACY = {
    "hgd": (0.97, 6_390),
    "mnist": (0.91, 63_240),
    "sam": (0.96, 120_000),
    "gh5": (0.99, 17_412),
    "pieces": (0.80, 18_232),
}
"""F&F-10: the best accuracy on held-out rows of all saved ages, by 1,000 steps of the label, and its update."""

ACCURACY_PCD = {
    "hgd": (0.98, 17_916),
    "mnist": (0.91, 358_320),
    "sam": (0.96, 71_664),
    "gh5": (1.00, 7_632),
    "pieces": (0.88, 197_076),
}
"""PCD-100: the same."""

SPECTRUM = {
    "hgd": (1e-3, 2e-3),
    "mnist": (2e-4, 2e-3),
    "sam": (2e-4, 2e-3),
    "gh5": (4e-3, 2e-1),
    "pieces": (2e-4, 2e-3),
}
"""F&F-10 at about ten steps: from the least to the largest label, read off Fig. 5."""

ADVERSARIAL = {"mnist": (0.01, 0.06), "sam": (0.1, 0.2), "pieces": (0.1, 0.2)}
"""The same; not found for the others."""

DIPS = {
    "hgd": "smallest at 8 to 10, very sharp",
    "mnist": "smallest at 10",
    "sam": "smallest at 10",
    "gh5": "smallest at 10, then flat",
    "pieces": "smallest at 7 to 10: spectrum about 3.5e-4, adversarial about 0.17",
}
"""Where the errors of F&F-10 are least over generation time."""

PERSISTENT = {
    "hgd": "shown after 1e5 steps",
    "mnist": "shown after 1e4 steps",
    "sam": "good at 1e5 steps only (Figs. 3, 4)",
    "gh5": "mode collapse at all times to 1e5 (Figs. 3, 4)",
    "pieces": "adversarial error 0.5, and 0.1 at 1e5 steps only",
}
"""When PCD-100 generates well."""

ONE_GRADIENT = {"hgd": (0.79, 0.96), "mnist": (0.81, 0.91), "sam": (0.80, 0.96), "gh5": (0.985, 0.99)}
"""Accuracy with one gradient at the end, and with two; read off figures."""

COLLAPSE = {"pieces": "0.80 at update 18,232, 0.34 at the end"}
"""Accuracy of F&F-10 at its best and at last."""

NOT_COMPARED = (
    "Accuracy as a function of the steps of a label run: here labels are predicted by the exact p(label | visible).",
    "The entropy error of each label (Fig. 5): the bytes that gzip needs depend on its version and on the rows' order.",
    "Predicted structures of generated enzymes and their pLDDT: we don't know the values.",
    "Energies other than those of restricted Boltzmann machines: no values were published.",
    "Training times: the times of F&F and the GPU are not known.",
    "Values of the chaotic networks' errors: of the parameters of the paper's Fig. 2 we know only the 784 pixels.",
)
