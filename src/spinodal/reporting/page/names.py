"""Names: what scores are called on a page, in what unit they are, and how to read each, in a line."""

from __future__ import annotations

from typing import NamedTuple

INTERVAL = "interval of "
"""What stands before the name of a score whose interval was not measured."""


class Words(NamedTuple):
    """A score in words: its title, its unit, and how to read it."""

    title: str
    unit: str
    says: str


TERMS = {
    "Ideal": "What a perfect generator has, but for noise.",
    "Floor": "The same score of as many training rows in place of the generated ones: the best that can be expected.",
    "Baseline": "The same score of independent sites, drawn label by label: what a generator should beat.",
    "Interval": "Where the score lies with 95 % confidence, were the rows drawn again; under the value.",
    "Ceiling": "What the independent classifier gets right of real held-out rows: what it can be expected to see.",
    "Chance": "What a guess without looking has: the share of the most common label, or one over the number of labels.",
    "Twins": "The share of training rows that are there twice: fresh rows would hold as many copies.",
    "Steps": "How long the machine runs from a random start before a row is taken from it.",
    "Age": "How many updates the machine has learned for.",
}
"""What stands beside scores, and what these words mean."""

SCORES = {
    "Labels": {
        "accuracy": Words(
            "Label accuracy",
            "share of held-out rows",
            "How often the machine gives a held-out row its right label.",
        ),
        "balanced_accuracy": Words(
            "Balanced accuracy",
            "share, mean over labels",
            "How often it is right about each label, rare labels counting as much as common ones.",
        ),
        "calibration_error": Words(
            "Calibration error",
            "difference of shares",
            "How far the machine's confidence in labels is from how often they are right.",
        ),
        "label_fidelity": Words(
            "Label fidelity",
            "share of generated rows",
            "How often the machine itself sees in a generated row the label that was asked for.",
        ),
        "balanced_label_fidelity": Words(
            "Balanced label fidelity",
            "share, mean over labels",
            "Label fidelity, rare labels counting as much as common ones.",
        ),
        "judged_fidelity": Words(
            "Judged fidelity",
            "share of generated rows",
            "How often an independent classifier, which learned from real rows, sees the label that was asked for.",
        ),
        "balanced_judged_fidelity": Words(
            "Balanced judged fidelity",
            "share, mean over labels",
            "Judged fidelity, rare labels counting as much as common ones.",
        ),
    },
    "Likeness to the data": {
        "adversarial_error": Words(
            "Adversarial error",
            "0 to 0.5",
            "Whether nearest neighbors tell generated rows from real ones: 0 if they can't, 0.5 if they always do.",
        ),
        "adversarial_truth": Words(
            "Adversarial accuracy, real rows",
            "share of real rows",
            "How often a real row's nearest neighbor is real: above 0.5 the sets are told apart, below it hold copies.",
        ),
        "adversarial_synthetic": Words(
            "Adversarial accuracy, generated rows",
            "share of generated rows",
            "How often a generated row's nearest neighbor is generated: above 0.5 they crowd, below it they copy.",
        ),
        "spectrum_error": Words(
            "Spectrum error",
            "scale of the data, squared",
            "Whether generated rows vary along as many directions, as far, as real ones.",
        ),
        "first_moment_error": Words(
            "First-moment error",
            "scale of the data, squared",
            "How far the means of the columns are from the data's.",
        ),
        "second_moment_error": Words(
            "Second-moment error",
            "scale of the data, to the 4th",
            "How far the covariances of columns are from the data's.",
        ),
        "third_moment_error": Words(
            "Third-moment error",
            "scale of the data, to the 6th",
            "How far columns vary together by threes from how they do in the data.",
        ),
        "entropy_error": Words(
            "Entropy error, gzip",
            "relative, squared",
            "Whether generated rows are as random as real ones, by how small gzip makes them.",
        ),
        "tree_entropy_error": Words(
            "Entropy error, tree",
            "relative, squared",
            "Whether generated rows are as random as real ones, by the best tree of pairs of sites.",
        ),
        "reconstruction_error": Words(
            "Reconstruction error",
            "scale of the data, squared",
            "How far held-out rows are from what the machine's hidden layers remember of them.",
        ),
    },
    "Diversity": {
        "distinct": Words(
            "Distinct rows", "share of generated rows", "How many rows are left where each is kept once."
        ),
        "mean_distance": Words(
            "Mean distance",
            "between two rows",
            "How far apart two generated rows are; less than in the data is a collapse.",
        ),
        "within_distance": Words(
            "Distance within labels", "between two rows", "How far apart two generated rows of one label are."
        ),
        "between_distance": Words(
            "Distance between labels", "between two rows", "How far apart generated rows of different labels are."
        ),
    },
    "Copies and privacy": {
        "copies": Words("Copies", "share of generated rows", "How many generated rows are rows of the training set."),
        "novelty": Words(
            "Novelty",
            "median distance",
            "How far generated rows are from the nearest training row; ideally as far as held-out rows are.",
        ),
        "privacy_loss": Words(
            "Privacy loss",
            "difference of shares",
            "How much more the generated rows look like the training rows than like held-out ones.",
        ),
        "membership_auc": Words(
            "Membership inference",
            "area under the curve",
            "What guessing by nearness who was learned from is worth: 0.5 is no better than chance.",
        ),
        "nearest_ratio": Words(
            "Nearest-neighbor ratio",
            "ratio of distances",
            "The distance to the nearest training row by that to the nearest held-out row: below 1 is too near.",
        ),
    },
    "Sequences": {
        "sites_pearson": Words(
            "Single sites", "Pearson correlation", "Whether letters come as often at each site as in the data."
        ),
        "pairs_pearson": Words(
            "Pairs of sites", "Pearson correlation", "Whether letters come together at two sites as in the data."
        ),
        "pairs_slope": Words(
            "Pairs of sites, slope", "slope", "Whether pairs vary together as strongly as in the data: below 1, less."
        ),
        "triplets_pearson": Words(
            "Triplets of sites", "Pearson correlation", "Whether letters come together at three sites as in the data."
        ),
        "length_distance": Words(
            "Lengths", "Jensen-Shannon distance", "Whether rows have as many letters that are no gaps as in the data."
        ),
        "gap_distance": Words("Runs of gaps", "Jensen-Shannon distance", "Whether gaps run as long as in the data."),
        "identity": Words(
            "Identity to the nearest row",
            "share of sites",
            "How alike a generated row is to its nearest training row.",
        ),
    },
    "Genomes": {
        "allele_pearson": Words(
            "Allele frequencies", "Pearson correlation", "Whether alleles are as frequent as in the data."
        ),
        "ld_pearson": Words(
            "Linkage disequilibrium", "Pearson correlation", "Whether pairs of SNPs are linked as in the data."
        ),
        "fst": Words(
            "F_ST",
            "Hudson's",
            "How far generated and held-out rows differ as two populations, by their allele frequencies.",
        ),
    },
    "Music": {
        "density_distance": Words(
            "Number of notes", "Jensen-Shannon distance", "Whether windows have as many notes as in the data."
        ),
        "pitch_distance": Words("Pitches", "Jensen-Shannon distance", "Whether notes are as high as in the data."),
        "interval_distance": Words(
            "Melodic steps", "Jensen-Shannon distance", "Whether the highest voice steps as it does in the data."
        ),
    },
    "Tables": {
        "column_distance": Words(
            "Single columns",
            "share, or distance of distributions",
            "Whether columns have their values as often as in the data.",
        ),
        "worst_column": Words(
            "The worst column", "share, or distance of distributions", "The same of the column that is farthest off."
        ),
    },
}
"""The scores by topic, in the order of a page."""

_ALL = {name: (topic, words) for topic, own in SCORES.items() for name, words in own.items()}


def words(name: str) -> Words:
    """A score in words; one that has none yet by its own name.

    >>> words("copies").title, words("phase_error").title
    ('Copies', 'Phase error')
    """
    return _ALL[name][1] if name in _ALL else Words(plain(name), "", "")


def gap(what: str) -> str:
    """What was not measured: a score, its interval, or either of one label.

    >>> gap("copies"), gap("African: interval of copies")
    ('Copies', 'African: Copies, its interval')
    """
    label, between, name = what.rpartition(": ")
    score = name.removeprefix(INTERVAL)
    return f"{label}{between}{words(score).title}{', its interval' if score != name else ''}"


def topic(name: str) -> str:
    """The topic that a score is shown under."""
    return _ALL[name][0] if name in _ALL else "Other"


def plain(name: str) -> str:
    """A name of code as people write it.

    >>> plain("scores-over_time")
    'Scores over time'
    """
    said = name.replace("_", " ").replace("-", " ")
    return said[:1].upper() + said[1:]
