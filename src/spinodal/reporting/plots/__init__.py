"""Plots: one function for each kind of figure; it returns the figure and writes no file."""

from .canvas import COLORS, retitle
from .column_plots import columns
from .contact_plots import contact_map
from .curve_plots import (
    accuracy_over_training,
    gain_sweep,
    scores_by_label,
    scores_over_ages,
    scores_over_time,
    scores_over_training,
    weight_spectrum,
)
from .genome_plots import allele_frequencies, ld_decay
from .histogram_plots import histogram
from .image_plots import receptive_fields, samples, snapshots
from .label_plots import calibration, confusion, coverage
from .logo_plots import logo
from .music_plots import piano_roll
from .mutation_plots import flip_map, mutation_map
from .run_plots import ages_of_runs, curves_of_runs
from .scatter_plots import scatter, scatter_by_label, scatter_over_time
from .site_plots import deciding_sites
from .trajectory_plots import trajectories
from .trial_plots import trials
from .weight_plots import weight_map

__all__ = [
    "COLORS",
    "accuracy_over_training",
    "ages_of_runs",
    "allele_frequencies",
    "calibration",
    "columns",
    "confusion",
    "contact_map",
    "coverage",
    "curves_of_runs",
    "deciding_sites",
    "flip_map",
    "gain_sweep",
    "histogram",
    "ld_decay",
    "logo",
    "mutation_map",
    "piano_roll",
    "receptive_fields",
    "retitle",
    "samples",
    "scatter",
    "scatter_by_label",
    "scatter_over_time",
    "scores_by_label",
    "scores_over_ages",
    "scores_over_time",
    "scores_over_training",
    "snapshots",
    "trajectories",
    "trials",
    "weight_map",
    "weight_spectrum",
]
