"""Published: the results of the two papers as numbers, with their sources; keys are names of recipes.

Figures and equations are those of Carbone et al. (arXiv:2307.06797) and of Fournier and Urbani (arXiv:2405.10822).
Numbers that are not in the text of the first paper are from the notebooks that its authors published: printed numbers,
and values read off figures, which are exact to a factor of two.
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
    "gh5": "Another family of the same clan, whose labels are easy for any classifier.",
    "pieces": "Other pieces of the same composers, split by blocks of time. The paper splits windows at random: "
    "training and test windows can overlap by nine tenths.",
    "s1a": "Three in five training rows have no label.",
}
"""How our data differ from those of the paper."""

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
"""F&F-10 at about ten steps: the smallest and the largest value of a label, read off Fig. 5."""

ADVERSARIAL = {"mnist": (0.01, 0.06), "sam": (0.1, 0.2), "pieces": (0.1, 0.2)}
"""The same; not found for the others."""

LEAST = {
    "hgd": "least at 8 to 10, very sharp",
    "mnist": "least at 10",
    "sam": "least at 10",
    "gh5": "least at 10, constant after that",
    "pieces": "least at 7 to 10: spectrum about 3.5e-4, adversarial about 0.17",
}
"""Where the errors of F&F-10 are least over generation time."""

PERSISTENT = {
    "hgd": "figure shows 1e5 steps",
    "mnist": "figure shows 1e4 steps",
    "sam": "good at 1e5 steps only (Figs. 3, 4)",
    "gh5": "mode collapse at all times to 1e5 (Figs. 3, 4)",
    "pieces": "adversarial error 0.5, and 0.1 at 1e5 steps only",
}
"""The number of steps after which PCD-100 generates well."""

ONE_GRADIENT = {"hgd": (0.79, 0.96), "mnist": (0.81, 0.91), "sam": (0.80, 0.96), "gh5": (0.985, 0.99)}
"""The final accuracy with one gradient, and with two; read off figures."""

COLLAPSE = {"pieces": "0.80 at update 18,232, 0.34 at the end"}
"""The best and the final accuracy of F&F-10."""

NOT_COMPARED = (
    "Accuracy against the number of steps of the label: here labels are predicted by the exact p(label | visible).",
    "The entropy error of each label (Fig. 5): the size after gzip depends on its version and on the order of rows.",
    "Predicted structures of generated enzymes and their pLDDT: the paper's values are not available.",
    "Machines other than restricted Boltzmann machines: no published numbers can be compared.",
    "Training times: the paper states neither those of F&F nor the GPU.",
    "Values of the chaotic networks' errors: of the parameters of Fig. 2 only the number of pixels, 784, is available.",
)
