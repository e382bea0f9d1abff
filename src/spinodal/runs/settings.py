"""Settings: what a training is given: one class for its settings, and one for the source of its data.

Both are `Values`: the same classes are options of the command line, keys of a recipe, fields of run.json, and arguments
in Python. The default of a setting stands at its field, too; `resolve` fills the defaults in.
"""

# ruff: noqa: RUF009  (`setting` is dataclasses.field)

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter
from msgspec import Meta

from .. import ranges
from ..machines.protocols import BY_NAME, Protocol, weighted
from .values import (
    DATA,
    HYPHEN,
    NAMES,
    NO_OPTION,
    NOT_GIVEN,
    ON,
    ONE_BY_ONE,
    OTHERS,
    PAIRS,
    SIZES,
    TRAINING,
    WHOLE,
    Count,
    NotNegative,
    Positive,
    Size,
    Values,
)

if TYPE_CHECKING:
    from ..data.dataset import Dataset


SAME: Any = object()
"""The default of a kind of machine that has no other than an RBM."""


def setting(
    default: Any, chaotic: Any = SAME, neural: Any = SAME, *, key: str | None = None, only: str | None = None
) -> Any:
    """A field with its default, and the defaults of chaotic and of neural machines where these are others.

    A default is None where the data decide (`Settings.resolved`). key: its key in recipes and run.json, where that
    isn't the name of the field. only: the one kind of machine with it.
    """
    own = {"rbm": default, "chaotic": chaotic, "neural": neural}
    about = {"default": {k: default if x is SAME else x for k, x in own.items()}, "only": only}
    return field(default=NOT_GIVEN, metadata=about if key is None else about | {"key": key})


@Parameter(name="*", group=TRAINING)
@dataclass(frozen=True, kw_only=True)
class Settings(Values):
    """The settings of a training.

    Defaults of chaotic machines are ours, as the paper's numbers are lost.
    """

    machine: Literal["rbm", "chaotic", "neural"] = setting("rbm", "chaotic", "neural")
    """rbm (the default); chaotic: a rate network whose own chaos makes samples; or neural: an energy that is a network.
    """

    energy: Annotated[Literal["conv", "mlp"], OTHERS] = setting(None, "mlp", only="neural")
    """Of a neural machine, the network: conv (the default of square images), or mlp (of all else)."""

    base: Annotated[str, OTHERS] = setting(None, only="neural")
    """Of a neural machine, a run of an RBM of the same data, whose energy is a part of its energy; auto: one is trained
    first, beside OUT (the default of bits and letters); "" for none (of numbers).
    """

    base_lr: Annotated[Positive, OTHERS] = setting(None, only="neural")
    """Of a neural machine with a base, the learning rate of the base's parameters (default lr)."""

    share: Annotated[float, Meta(gt=0, le=1), OTHERS] = setting(None, 1.0, only="neural")
    """Of a neural machine of bits or letters, the share of them that is drawn in a step (by default all pixels of
    images, and half of other rows).
    """

    step_size: Annotated[Positive, OTHERS] = setting(0.05, only="neural")
    """Of a neural machine of numbers, how far a step goes down the slope of the energy (default 0.05)."""

    noise: Annotated[NotNegative, OTHERS] = setting(0.1, only="neural")
    """Of a neural machine of numbers, the standard deviation of the noise of a step (default 0.1)."""

    gain: Annotated[NotNegative, OTHERS] = setting(0.0, 2.0, only="chaotic")
    """Of a chaotic machine, g: how strong its frozen couplings are (default 2; chaos begins at 1)."""

    rate: Annotated[float, Meta(gt=0, le=1), OTHERS] = setting(1.0, 0.4, only="chaotic")
    """Of a chaotic machine, dt / tau (default 0.4)."""

    variance: Annotated[Literal["fan-in", "visible", "both"], NO_OPTION] = setting("fan-in", only="chaotic")
    """Of a chaotic machine, how the variance of its frozen couplings follows from the sizes of layers (`VARIANCES`)."""

    start_std: Annotated[NotNegative, NO_OPTION] = setting(1.0, only="chaotic")
    """Of a chaotic machine, the standard deviation of the potentials at the start of a run."""

    self_coupling: Annotated[bool, NO_OPTION] = setting(True, only="chaotic")
    """Of a chaotic machine without hidden layers, whether units act on themselves."""

    protocol: str = setting(None)
    """fef, fef-chain, fef1, rdm, cd or pcd; by default fef where there are labels, else rdm."""

    label_weight: Positive = setting(None, 1.0)
    """Of fef and fef-chain, how much the label gradient counts beside the data gradient (default 4; chaotic 1; neural
    20, with a base 5).
    """

    guidance: Annotated[NotNegative | Literal["auto"], Parameter(metavar="FLOAT|auto", show_choices=False)] = setting(
        None, 0.0
    )
    """How much more strongly labels act in what the machine generates: with more, more rows are labeled as asked for,
    and rows of a label vary less. auto: what gives the best quality on the held-out rows when the training ends (the
    default of trainings that stop on quality, where there are labels; of others 0).
    """

    steps: Annotated[Count, WHOLE] = setting(10, 15)
    """Steps of every run, k (default 10; chaotic 15)."""

    hidden: Annotated[Size | Annotated[list[Size], Meta(max_length=2)], SIZES] = setting(None, 500)
    """Hidden units (by default about as many as sites, at most 512; chaotic 500). Chaotic: twice for two hidden layers,
    0 for none. Neural: the width of mlp (default 256), or the channels of conv (default 32).
    """

    updates: Annotated[Count, WHOLE] = setting(None, 5000)
    """How long to train at most (by default some ten minutes of two cores, at most 10,000; chaotic 5000)."""

    batch: Annotated[Count, WHOLE] = setting(None)
    """Rows an update (by default 500; of fewer than 3,000 rows 250, or half of them)."""

    balance: Annotated[float, Meta(ge=0, le=1)] = setting(None, 0.0)
    """Draw rows with the odds (1 / share of their label)^balance: 0 as they are, 1 all labels alike (default 0.5 where
    labels are uneven; chaotic 0).
    """

    lr: Positive = setting(None, 0.01)
    """Learning rate (by default 0.09 / the square root of the mean variance of a column, at most 0.4; of tables with
    numbers 1 / that variance, at most 0.1; chaotic 0.01; neural 0.001).
    """

    curvature_limit: NotNegative = setting(1.0, 0.0, 0.0)
    """What the learning rate times the variance of the rows in one direction may be at most (default 1; others none):
    steps are shorter along the directions in which rows vary more. 0 for none.
    """

    seed: Annotated[int, WHOLE] = setting(0)
    """Of the weights, the batches and the noise (default 0); the split is always the same."""

    sampled: Annotated[list[str] | None, NO_OPTION] = setting(None, key="drawn")
    """The layers that are drawn; by default all. A chaotic machine draws none."""

    std: Annotated[NotNegative, NO_OPTION] = setting(0.01, 0.0, 0.0)
    """The standard deviation of the weights at the start."""

    init_biases: Annotated[bool, NO_OPTION] = setting(True, False, key="rest")
    """Whether the biases start at those of independent units with the data's means."""

    hide: Annotated[float, Meta(ge=0, lt=1)] = setting(0.0)
    """Hide this fraction of the visible entries of training rows, at random by the seed: for experiments."""

    centered: bool = setting(True)
    """The centered gradient (the default), or the plain one."""

    uncentered: Annotated[list[tuple[str, str]], NO_OPTION] = setting([])
    """Pairs (source, layer) whose terms the centered gradient of the biases leaves out (`gradients.center`)."""

    averaged: Annotated[bool, NO_OPTION] = setting(True)
    """Whether layers that were updated last count by their conditional mean."""

    optimizer: Literal["sgd", "adam"] = setting("sgd", "sgd", "adam")
    """sgd (the default; with momentum, if that is given), or adam, without momentum (neural)."""

    momentum: Annotated[float, Meta(ge=0, lt=1)] = setting(0.0)
    """How much of an update goes on in the next (default 0), as in torch.optim.SGD."""

    averaging: NotNegative = setting(None, 0.0)
    """Save the mean of the parameters over about the last 1 / (averaging + 1) of the updates, whose noise is less than
    that of the last (default 8; chaotic 0); 0 saves the last.
    """

    l1: Annotated[NotNegative, NO_OPTION] = setting(0.0)
    """Decay of the weights w: the coefficient of the sum of |w|."""

    l2: Annotated[NotNegative, NO_OPTION] = setting(0.0, 0.0, None)
    """Decay of the weights w: the coefficient of the sum of w^2 / 2 (neural: of all parameters, 0.1; with a base 0)."""

    precision: str = setting("exact", "float32", "float32")
    """exact: what sampled layers send are sums of 15-bit integers, whose bits no machine changes (the default); or
    float32.
    """

    stop_on: str = setting(None, "")
    """Stop when this score gets no better on the held-out rows, and take its best age: quality (the default; chaotic
    none), accuracy, balanced_accuracy, label_fidelity, adversarial_error, spectrum_error or second_moment_error; "" for
    none.
    """

    patience: Annotated[float, Meta(ge=1, le=1e300)] = setting(3.0)
    """Stop when the training is so many times as old as at its best (default 3)."""

    @property
    def layers(self) -> list[int]:
        """The sizes of the hidden layers.

        >>> Settings(hidden=500).layers, Settings(hidden=[500, 100]).layers, Settings(hidden=0).layers
        ([500], [500, 100], [])
        """
        return list(self.hidden) if isinstance(self.hidden, list) else [self.hidden] if self.hidden else []

    @property
    def phases(self) -> Protocol:
        """The protocol that is named, with the weight of its label gradient."""
        return weighted(BY_NAME[self.protocol], self.label_weight)

    def with_defaults(self) -> Settings:
        """The settings with their defaults; those that data decide are not given yet.

        Raises ValueError for what no training can have, whatever the data are.
        """
        own = self.checked()
        if own.stop_on == "":  # takes back the patience of a recipe
            own = replace(own, patience=NOT_GIVEN)
        full = own.over(defaults(own.machine or "rbm"))
        _check_machine(full)
        _check_names(full)
        ranges.integer("seed", full.seed, *ranges.SEEDS)
        return full

    def resolve(self, data: Dataset) -> Settings:
        """The settings with all defaults. Raises ValueError for what no training on these data can have."""
        return self.resolved(data)[0]

    def resolved(self, data: Dataset) -> tuple[Settings, dict[str, str]]:
        """The settings with all defaults, and why, by the keys of those that a rule gave (`rules.suggested`)."""
        from . import rules  # here, as `spinodal --help` does without torch

        full = self.with_defaults()
        full = full.over(Settings(protocol="fef" if data.labels else "rdm"))
        missing = [k for k in rules.rules_of(full.machine) if getattr(full, k) is NOT_GIVEN]
        found = rules.suggested(rules.describe(data), full.given()) if missing else {}
        full = full.over(Settings(**{k: found[k].value for k in missing}))
        _check_data(full, data)
        return full, {k: found[k].why for k in missing}

    def relevant(self) -> dict[str, Any]:
        """The values that count, by their keys: none that only other machines have, and no patience where none waits.

        >>> Settings(machine="rbm", gain=2.0, steps=10, patience=3.0).relevant()
        {'machine': 'rbm', 'steps': 10}
        """
        silent = {f.name for f in fields(self) if f.metadata["only"] not in (None, self.machine or "rbm")}
        silent |= set() if self.stop_on else {"stop_on", "patience"}
        return {key: value for key, value in self.given().items() if self.by_key()[key] not in silent}


def defaults(machine: str) -> Settings:
    """What a training has by default with this kind of machine, but for what data decide."""
    return Settings(**{f.name: f.metadata["default"][machine] for f in fields(Settings)})


NETWORKS = ("l1", "curvature_limit", "uncentered", "sampled", "std")
"""Settings of networks, which neural machines don't have."""


def _check_machine(full: Settings) -> None:
    """Raises ValueError for settings that this kind of machine doesn't have."""
    usual = defaults(full.machine)
    for f in fields(full):
        only, is_usual = f.metadata["only"], vars(full)[f.name] == vars(usual)[f.name]
        if only not in (None, full.machine) and not is_usual:
            raise ValueError(f"{f.name} is of {only} machines: pass --machine {only}, too")
        if full.machine == "neural" and f.name in NETWORKS and not is_usual:
            raise ValueError(f"{f.name} is of networks, not of neural machines: leave it out")
    if full.machine == "neural" and full.precision != "float32":
        raise ValueError("a neural machine has precision float32: leave precision out")
    if full.optimizer == "adam" and full.momentum:
        raise ValueError("momentum is of optimizer sgd: leave it out")
    if full.machine != "chaotic" and full.hidden is not NOT_GIVEN and len(full.layers) != 1:
        kind = "an rbm" if full.machine == "rbm" else "a neural machine"
        raise ValueError(f"hidden: {kind} has one hidden layer of 1 unit or more, not {full.hidden}")
    if full.machine == "chaotic" and (full.sampled or full.precision != "float32"):
        raise ValueError("a chaotic machine draws nothing: leave drawn and precision out")
    if any(size < 1 for size in full.layers):
        raise ValueError(f"hidden: a layer has 1 unit or more, not {full.hidden}")


def _check_names(full: Settings) -> None:
    """Raises ValueError for a protocol, a precision or a score that isn't there."""
    from ..machines.network import check_precision
    from .stopping import SCORES

    if full.protocol not in (None, *BY_NAME):
        raise ValueError(f'there is no protocol "{full.protocol}"; there are {", ".join(BY_NAME)}')
    check_precision(full.precision)
    if full.stop_on == "" and full.patience != defaults("rbm").patience:
        raise ValueError("patience is of trainings that stop on a score: pass --stop-on, too")
    if full.stop_on not in (None, "", *SCORES):
        raise ValueError(f'there is no score "{full.stop_on}" to stop on; there are {", ".join(SCORES)}')


def _check_data(full: Settings, data: Dataset) -> None:
    """Raises ValueError for what no training on these data can have."""
    if full.protocol in ("fef", "fef-chain", "fef1") and not data.labels:
        raise ValueError(f"protocol {full.protocol} needs labels: pass --label COLUMN, or take --protocol rdm")
    if full.label_weight != 1 and full.phases == BY_NAME[full.protocol]:
        raise ValueError(f"label_weight is of protocols with a label gradient, fef and fef-chain, not {full.protocol}")
    if full.guidance and not data.labels:
        raise ValueError("guidance needs labels: pass --label COLUMN, or leave it out")
    if full.balance and not data.labels:
        raise ValueError("balance needs labels: pass --label COLUMN, or leave it out")
    if full.batch > len(data):
        raise ValueError(f"batch {full.batch} is more than the {len(data)} rows of the training data")


NO_SETTINGS = Settings()
"""Settings of which none is given."""


# -- the source of the data ---------------------------------------------------------------------


@Parameter(name="*", group=DATA)
@dataclass(frozen=True, kw_only=True)
class Source(Values):
    """Where the data of a training come from, and which of them are held out."""

    data: Annotated[str, NO_OPTION] = NOT_GIVEN
    """The data file."""

    labels: str = NOT_GIVEN
    """A table joined to the data by name, "re:PATTERN" for the header, or "folder"."""

    label: Annotated[str | list[str], NAMES] = NOT_GIVEN
    """The column that is the label; give it again for several; "" takes none."""

    where: Annotated[dict[str, str | int | float], PAIRS] = NOT_GIVEN
    """COLUMN=VALUE: only these rows; COLUMN!=VALUE: only the others; "" takes all."""

    split: str | float = NOT_GIVEN
    """A column with "train" and "test", or the fraction to train on (default 0.9)."""

    test: str = NOT_GIVEN
    """A file of held-out data, in place of a split."""

    sample: Annotated[Count, WHOLE] = NOT_GIVEN
    """Train on so many rows, drawn at random."""

    reweight: Annotated[float, Meta(gt=0, le=1)] = NOT_GIVEN
    """Draw rows by 1 / (how many are this identical, 0.8 say)."""

    alphabet: Annotated[str, HYPHEN] = NOT_GIVEN
    """protein, rna, dna, binary, gray (images as numbers from -1 to 1), real (images or matrices of any numbers), or
    the symbols; detected by default.
    """

    threshold: Annotated[int, Meta(ge=0, le=254), WHOLE] = NOT_GIVEN
    """Images are read as black and white: a pixel is 1 if its level, from 0 to 255, is above this (default 127)."""

    unknown: Annotated[str, HYPHEN] = NOT_GIVEN
    """What symbols that are not in the alphabet are read as: "-" or "?"; by default X, N and other letters that stand
    for several are unknown, and all others an error.
    """

    kinds: Annotated[dict[str, str], PAIRS, Parameter(name="--kind")] = NOT_GIVEN
    """COLUMN=KIND of a table: binary, categorical, real, text (not modeled) or name; found by its cells by default."""

    match: Annotated[bool, ON] = NOT_GIVEN
    """Take only the match columns of an alignment by hmmalign or cmalign (Stockholm, FASTA), not the inserts."""

    missing: Annotated[list[str], ONE_BY_ONE, HYPHEN] = NOT_GIVEN
    """The word that says in a table or a header that something is not known; again for several; "" for none. By
    default NA, N/A, n/a, #N/A, `<NA>`, NaN, nan, null, NULL and ?.
    """

    def over(self, other: Source) -> Source:
        """These values, and where one is not given that of the other; a split and a test file replace each other."""
        if self.split is not None and self.test is None:
            other = replace(other, test=NOT_GIVEN)
        if self.test is not None and self.split is None:
            other = replace(other, split=NOT_GIVEN)
        return super().over(other)

    def absolute(self) -> Source:
        """The source with paths that are the same from every folder."""
        labels = _absolute(self.labels) if self._table else self.labels
        return replace(self, data=_absolute(self.data), test=_absolute(self.test), labels=labels)

    def gone(self) -> list[str]:
        """The files that it names and that are not there."""
        return [path for path in (self.data, self.test, self._table) if path and not Path(path).exists()]

    @property
    def _table(self) -> str:
        """The path of the table of labels, "" where these are elsewhere."""
        return "" if not self.labels or self.labels == "folder" or self.labels.startswith("re:") else self.labels

    @property
    def column_or_fraction(self) -> str | float:
        """The column that splits the rows, or the fraction of them to train on."""
        split = 0.9 if self.split is None else self.split
        try:
            fraction = float(split)
        except ValueError:
            return split
        return fraction if abs(fraction) < float("inf") else str(split)

    def check(self) -> None:
        """Raises ValueError for what no source can have, whatever the data are."""
        self.checked()
        if not isinstance(split := self.column_or_fraction, str):
            ranges.real("split", split, lambda x: 0 < x < 1, "is a column, or a fraction between 0 and 1")


def _absolute(path: str) -> str:
    return str(Path(path).resolve()) if path else path


NO_SOURCE = Source()
"""A source of which nothing is said."""


def check_keys(keys: Iterable[str]) -> None:
    """Raises ValueError for keys that neither a training's settings nor its source have."""
    known = {**Source.by_key(), **Settings.by_key()}
    if strange := sorted(set(keys) - known.keys()):
        raise ValueError(f"there is no setting {strange}; there are {', '.join(known)}")
