"""Names: the title, the unit and the meaning of each score on a page."""

from __future__ import annotations

from typing import NamedTuple

from ...evaluation.scales import is_own

INTERVAL = "interval of "
"""The prefix of a score's name in `not_measured`, if only its interval was not measured."""


class Description(NamedTuple):
    """The title of a score, its unit, and its meaning in a sentence."""

    title: str
    unit: str
    meaning: str


TERMS = {
    "Ideal": "The score of a perfect generator, apart from noise.",
    "Floor": "The score of training rows in place of the generated rows: the best value that can be expected.",
    "Baseline": "The score of rows with independent sites, sampled for each label: a generator should beat it.",
    "Interval": "The 95 % confidence interval of the score, below its value.",
    "Ceiling": "The accuracy of the independent classifier on real held-out rows: the most that can be expected.",
    "Chance": "The score of a constant guess: the share of the most common label, or 1 over the number of labels.",
    "Duplicates": "The share of training rows that occur twice. New real rows would contain as many copies.",
    "Steps": "The number of time steps that the machine runs from a random start to generate a row.",
    "Age": "The number of training updates of the machine.",
}
"""Numbers that stand beside scores, and their meaning."""

PRIVACY = "Copies and privacy"
"""The topic of scores that independent sites, which copy nothing, have at their best."""

SCORES = {
    "Labels": {
        "accuracy": Description(
            "Label accuracy",
            "share of held-out rows",
            "The share of held-out rows for which the machine predicts the correct label.",
        ),
        "balanced_accuracy": Description(
            "Balanced accuracy",
            "share, mean over labels",
            "The mean over labels of the label accuracy: rare labels count as much as common ones.",
        ),
        "calibration_error": Description(
            "Calibration error",
            "difference of shares",
            "The mean difference between the confidence of predicted labels and their accuracy.",
        ),
        "calibrated_error": Description(
            "Calibration error, calibrated",
            "difference of shares",
            "The calibration error of calibrated probabilities, on rows that they were not calibrated on.",
        ),
        "label_fidelity": Description(
            "Label fidelity",
            "share of generated rows",
            "The share of generated rows for which the machine itself predicts the label that was asked for.",
        ),
        "balanced_label_fidelity": Description(
            "Balanced label fidelity",
            "share, mean over labels",
            "The mean over labels of the label fidelity: rare labels count as much as common ones.",
        ),
        "judged_fidelity": Description(
            "Judged fidelity",
            "share of generated rows",
            "The share of generated rows for which a classifier, fitted to real rows, predicts the label asked for.",
        ),
        "balanced_judged_fidelity": Description(
            "Balanced judged fidelity",
            "share, mean over labels",
            "The mean over labels of the judged fidelity: rare labels count as much as common ones.",
        ),
        "profile_fidelity": Description(
            "Profile fidelity",
            "share of generated rows",
            "The share of generated rows whose best profile HMM is that of the label asked for.",
        ),
        "balanced_profile_fidelity": Description(
            "Balanced profile fidelity",
            "share, mean over labels",
            "The mean over labels of the profile fidelity: rare labels count as much as common ones.",
        ),
    },
    "Similarity to the data": {
        "adversarial_error": Description(
            "Adversarial error",
            "0 to 0.5",
            "0 if nearest neighbors can't distinguish generated rows from real rows; 0.5 if they always can.",
        ),
        "adversarial_truth": Description(
            "Adversarial accuracy, real rows",
            "share of real rows",
            "The share of real rows whose nearest neighbor is real. Above 0.5 the sets differ; below, rows are copies.",
        ),
        "adversarial_synthetic": Description(
            "Adversarial accuracy, generated rows",
            "share of generated rows",
            "The share of generated rows whose nearest neighbor is generated: above 0.5 they cluster, below they copy.",
        ),
        "spectrum_error": Description(
            "Spectrum error",
            "unit of the data, squared",
            "The mean square difference of the standard deviations along principal axes from those of the data.",
        ),
        "first_moment_error": Description(
            "First-moment error",
            "unit of the data, squared",
            "The mean square difference of the means of columns from those of the data.",
        ),
        "second_moment_error": Description(
            "Second-moment error",
            "unit of the data, to the 4th",
            "The mean square difference of the covariances of columns from those of the data.",
        ),
        "third_moment_error": Description(
            "Third-moment error",
            "unit of the data, to the 6th",
            "The mean square difference of the third moments of three columns from those of the data.",
        ),
        "entropy_error": Description(
            "Entropy error, gzip",
            "relative, squared",
            "The squared relative difference of the entropy from that of the data, by the size after gzip.",
        ),
        "tree_entropy_error": Description(
            "Entropy error, tree",
            "relative, squared",
            "The squared relative difference of the entropy from that of the data, by a tree-shaped model.",
        ),
        "reconstruction_error": Description(
            "Reconstruction error",
            "unit of the data, squared",
            "The mean square difference between held-out rows and their reconstruction from the hidden layers.",
        ),
    },
    "Diversity": {
        "distinct": Description(
            "Distinct rows",
            "share of generated rows",
            "The number of different generated rows divided by the number of generated rows.",
        ),
        "mean_distance": Description(
            "Mean distance",
            "between two rows",
            "The mean distance between two generated rows. Below that of the data there is mode collapse.",
        ),
        "within_distance": Description(
            "Distance within labels", "between two rows", "The mean distance between two generated rows of one label."
        ),
        "between_distance": Description(
            "Distance between labels",
            "between two rows",
            "The mean distance between two generated rows of different labels.",
        ),
    },
    PRIVACY: {
        "copies": Description(
            "Copies", "share of generated rows", "The share of generated rows that are rows of the training set."
        ),
        "novelty": Description(
            "Novelty",
            "median distance",
            "The distance of generated rows from their nearest training row; ideally that of held-out rows.",
        ),
        "privacy_loss": Description(
            "Privacy loss",
            "difference of shares",
            "How much more similar the generated rows are to the training rows than to held-out rows.",
        ),
        "membership_auc": Description(
            "Membership inference",
            "area under the curve",
            "How well distances to generated rows reveal which rows were trained on; 0.5 is chance.",
        ),
        "nearest_ratio": Description(
            "Nearest-neighbor ratio",
            "ratio of distances",
            "The distance to the nearest training row divided by that to the nearest held-out row; 1 is ideal.",
        ),
    },
    "Sequences": {
        "sites_pearson": Description(
            "Single sites",
            "Pearson correlation",
            "The correlation of the frequencies of letters at single sites with those of the data.",
        ),
        "pairs_pearson": Description(
            "Pairs of sites",
            "Pearson correlation",
            "The correlation of the covariances of letters at two sites with those of the data.",
        ),
        "pairs_slope": Description(
            "Pairs of sites, slope",
            "slope",
            "The slope of these covariances over those of the data: below 1 they are too weak.",
        ),
        "triplets_pearson": Description(
            "Triplets of sites",
            "Pearson correlation",
            "The correlation of the third moments of letters at three sites with those of the data.",
        ),
        "length_distance": Description(
            "Lengths",
            "Jensen-Shannon distance",
            "The distance between the distributions of sequence lengths without gaps.",
        ),
        "gap_distance": Description(
            "Runs of gaps",
            "Jensen-Shannon distance",
            "The distance between the distributions of the lengths of runs of gaps.",
        ),
        "identity": Description(
            "Identity to the nearest row",
            "share of sites",
            "The share of sites at which a generated row equals its nearest training row.",
        ),
        "profile_bits": Description(
            "Profile score",
            "bits, median",
            "The median score of generated rows, without gaps, under the profile HMM of their label.",
        ),
        "profile_rank": Description(
            "Rank of the profile score",
            "share of held-out rows",
            "How many held-out rows of the same label score lower than a generated row; 0.5 if both score alike.",
        ),
        "covariance_bits": Description(
            "Covariance score",
            "bits, median",
            "The median score of generated RNA, without gaps, under a covariance model of the training rows.",
        ),
        "structure_energy": Description(
            "Energy of the structure",
            "kcal/mol, median",
            "The median free energy of the consensus secondary structure in generated RNA, by ViennaRNA.",
        ),
        "structure_gap": Description(
            "Energy above the minimum",
            "kcal/mol, median",
            "How much higher this energy is than that of the row's own best structure.",
        ),
        "plddt": Description(
            "pLDDT of ESMFold",
            "0 to 100, median",
            "How sure ESMFold is of the structure of generated proteins: the median over rows of the mean pLDDT.",
        ),
    },
    "Genomes": {
        "allele_pearson": Description(
            "Allele frequencies", "Pearson correlation", "The correlation of allele frequencies with those of the data."
        ),
        "ld_pearson": Description(
            "Linkage disequilibrium",
            "Pearson correlation",
            "The correlation of the linkage of pairs of SNPs with that in the data.",
        ),
        "ld_decay_error": Description(
            "LD decay error",
            "mean |r² - r²|",
            "How far r² over the distance of SNPs is from that of the data; large where close SNPs are hardly linked.",
        ),
        "fst": Description(
            "F_ST",
            "Hudson's",
            "The difference of generated and held-out rows as two populations, by their allele frequencies.",
        ),
    },
    "Music": {
        "density_distance": Description(
            "Number of notes",
            "Jensen-Shannon distance",
            "The distance between the distributions of the number of notes in a window.",
        ),
        "pitch_distance": Description(
            "Pitches", "Jensen-Shannon distance", "The distance between the distributions of the pitches of notes."
        ),
        "interval_distance": Description(
            "Melodic steps",
            "Jensen-Shannon distance",
            "The distance between the distributions of the steps from note to note in the highest voice.",
        ),
    },
    "Tables": {
        "column_distance": Description(
            "Single columns",
            "distance of distributions",
            "The distance between the distributions of a column's values, as the mean over columns.",
        ),
        "worst_column": Description(
            "The worst column", "distance of distributions", "The same distance for the column where it is largest."
        ),
    },
}
"""The scores by topic, in the order of a page."""

PROOF = {
    "accuracy": ("confusion-of-predicted-labels", "calibration"),
    "label_fidelity": ("samples", "piano-rolls-generated", "logo-by-label", "cloud-by-label"),
    "judged_fidelity": ("samples", "piano-rolls-generated", "logo-by-label", "cloud-by-label"),
    "adversarial_error": ("cloud", "columns", "linkage", "logo"),
    "ld_decay_error": ("linkage",),
    "": ("scores-over-time",),
}
"""The figures that show what an answer says, by its score, the best first; a balanced score has those of its own."""

_ALL = {name: (topic, description) for topic, scores in SCORES.items() for name, description in scores.items()}


def describe(name: str) -> Description:
    """The description of a score; a score without one gets a title made from its name.

    >>> describe("copies").title, describe("phase_error").title, describe("lattice:energy").title
    ('Copies', 'Phase error', 'lattice:energy')
    """
    if is_own(name):
        return Description(name, "median", "The median of the numbers that this function gives for generated rows.")
    return _ALL[name][1] if name in _ALL else Description(title(name), "", "")


def describe_missing(what: str) -> str:
    """The title of what was not measured: a score, its interval, or one of them for a single label.

    >>> describe_missing("copies"), describe_missing("African: interval of copies")
    ('Copies', 'African: Copies, its interval')
    """
    label, between, name = what.rpartition(": ")
    score = name.removeprefix(INTERVAL)
    return f"{label}{between}{describe(score).title}{', its interval' if score != name else ''}"


def proof(score: str) -> tuple[str, ...]:
    """The figures that show what an answer about a score says, the best first.

    >>> proof("balanced_accuracy")
    ('confusion-of-predicted-labels', 'calibration')
    """
    own = PROOF.get(score.removeprefix("balanced_"))
    return own if own is not None else () if topic(score) == PRIVACY else PROOF["adversarial_error"]


def topic(name: str) -> str:
    """The topic that a score is shown under."""
    if is_own(name):
        return "Your own judges"
    return _ALL[name][0] if name in _ALL else "Other"


def title(name: str) -> str:
    """A title made from a name in code.

    >>> title("scores-over_time")
    'Scores over time'
    """
    text = name.replace("_", " ").replace("-", " ")
    return text[:1].upper() + text[1:]
