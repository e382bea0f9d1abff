"""Figures: one function each, which returns the figure and writes nothing."""

from .canvas import COLORS
from .clouds import scatter, scatter_by_label
from .columns import columns
from .curves import (
    accuracy_over_training,
    gain_sweep,
    scores_by_label,
    scores_over_ages,
    scores_over_time,
    scores_over_training,
    weight_spectrum,
)
from .genomes import ld_decay
from .histograms import histogram
from .images import receptive_fields, samples, snapshots
from .letters import logo
from .music import piano_roll
from .tables import calibration, confusion

__all__ = [
    "COLORS",
    "accuracy_over_training",
    "calibration",
    "columns",
    "confusion",
    "gain_sweep",
    "histogram",
    "ld_decay",
    "logo",
    "piano_roll",
    "receptive_fields",
    "samples",
    "scatter",
    "scatter_by_label",
    "scores_by_label",
    "scores_over_ages",
    "scores_over_time",
    "scores_over_training",
    "snapshots",
    "weight_spectrum",
]
