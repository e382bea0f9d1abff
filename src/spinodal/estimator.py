"""Estimator: a generator with labels that has scikit-learn's methods: fit, predict and sample."""

from __future__ import annotations

from itertools import islice
from typing import Any

import numpy as np
import torch
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import accuracy_score
from sklearn.utils import check_random_state, column_or_1d
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import assert_all_finite, check_consistent_length, check_is_fitted, validate_data

from . import ranges
from .analysis.confidence import FEWEST, Confidence, measure_confidence
from .data.alphabet import BINARY, Alphabet
from .data.dataset import Dataset, numbered_names
from .data.splits import split_by_fraction
from .learning.fit import fit
from .machines.architectures import rbm
from .machines.energies import free_energy
from .machines.potts import Potts
from .machines.protocols import FEF, RDM, Phase, Protocol
from .machines.units import Bernoulli, Gaussian, Units
from .tasks import Prediction, generate, predict


class Generator(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A restricted Boltzmann machine of rows and labels, trained to generate and to predict in a few steps (F&F).

    n_components   hidden units
    learning_rate, batch_size, n_updates   of the gradient; a batch is all rows where there are fewer
    steps          of every run, in training and in `sample`
    protocol       None is FEF with labels and RDM without; or another, sp.PCD say
    visible        the units of X: None takes Bernoulli where all of X is 0 and 1, else Gaussian; sp.Potts(sites,
                   colors) reads X as letters 0, 1, ..., and sp.Spin(n) takes numbers from -1 to 1
    noise          of Gaussian units, in standard deviations of a column: finer structure is not learned
    unlabeled      the value of y that means no label, such as -1 in sklearn.semi_supervised; by default there is none,
                   as -1 can be a class. None and NaN are never labels
    held_out       the share of the labeled rows that the machine doesn't learn, and by which `predict_proba` is
                   calibrated: 0 for none. Of fewer than 10 such rows none are held out. Without, probabilities are raw
    random_state   an integer gives the same machine and the same samples each time

    X may have NaN, which is unknown. After `fit` there are machine_ (for the functions of the package), classes_
    (without y: none), confidence_ (`sp.measure_confidence` of the rows that are held out), mean_ and scale_ (the
    machine sees (X - mean_) / scale_), and n_features_in_.

    >>> import numpy as np, spinodal as sp
    >>> X, y = np.eye(4)[[0, 1, 2, 3] * 20], np.array(["low", "low", "high", "high"] * 20)
    >>> model = sp.Generator(n_components=8, n_updates=300, random_state=0).fit(X, y)
    >>> model.predict(X[:4]).tolist(), model.sample(3, y="low")[0].shape
    (['low', 'low', 'high', 'high'], (3, 4))
    """

    def __init__(
        self,
        n_components: int = 64,
        *,
        learning_rate: float = 0.05,
        batch_size: int = 100,
        n_updates: int = 300,
        steps: int = 10,
        protocol: Protocol | None = None,
        visible: Units | None = None,
        noise: float = 0.5,
        unlabeled: Any = None,
        held_out: float = 0.1,
        random_state: int | np.random.RandomState | None = None,
    ):
        self.n_components = n_components
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.n_updates = n_updates
        self.steps = steps
        self.protocol = protocol
        self.visible = visible
        self.noise = noise
        self.unlabeled = unlabeled
        self.held_out = held_out
        self.random_state = random_state

    # -- training -------------------------------------------------------------------------------

    def fit(self, X: Any, y: Any = None) -> Generator:
        """Train on rows X (n, features) and labels y (n,), or without y; some labels may be unknown.

        Raises ValueError for a parameter that is out of its range, and where X doesn't fit the units, or y are not
        classes. The cost is n_updates of `sp.fit`.
        """
        self._check_parameters()
        rows, self.classes_ = self._rows(X, reset=True), np.empty(0)
        labels = None if y is None else self._labels(y, rows)
        units = self._scaled(rows)
        data, seed = self._dataset(rows, units, labels), self._seed()
        data, test = self._divided(data, seed)
        lettered = _lettered(data)
        seen: dict[str, Any] = {**lettered.units, "visible": units}
        machine = rbm(Bernoulli(self.n_components), seed=seed, **seen)
        machine.init_biases(lettered.frequencies())
        protocol = self.protocol or (RDM if labels is None else FEF)
        batches = data.batches(min(self.batch_size, len(data)), seed=seed)
        for _ in fit(machine, islice(batches, self.n_updates), protocol, self.steps, self.learning_rate, seed=seed):
            pass
        self.machine_ = machine
        self.confidence_ = measure_confidence(machine, test, seed=seed) if len(test) else Confidence()
        return self

    def _divided(self, data: Dataset, seed: int) -> tuple[Dataset, Dataset]:
        """The rows to learn, and labeled ones that are held out: none where they would be too few to calibrate by."""
        labeled = np.flatnonzero(data["label"][:, 0] >= 0) if data.labels else np.arange(0)
        test = labeled[:0]
        if self.held_out * len(labeled) >= FEWEST:
            test = labeled[split_by_fraction(data["label"][labeled], 1 - self.held_out, seed)[1]]
        if len(test) < FEWEST:
            test = labeled[:0]
        return data.select(np.setdiff1d(np.arange(len(data)), test)), data.select(test)

    def _check_parameters(self) -> None:
        """Raises ValueError for a parameter that is out of its range, with its name and its range."""
        ranges.integer("n_components", self.n_components, 1, ranges.SIZE)
        for name in ("batch_size", "n_updates", "steps"):
            ranges.integer(name, getattr(self, name))
        ranges.real("held_out", self.held_out, lambda x: 0 <= x < 1, "is a share from 0 to below 1")
        for name in ("learning_rate", "noise"):
            ranges.real(name, getattr(self, name), lambda x: x > 0, "is a positive number")
        phases = FEF if self.protocol is None else self.protocol
        if not (isinstance(phases, tuple) and phases and all(isinstance(phase, Phase) for phase in phases)):
            raise ValueError(f"protocol is None or phases, such as sp.PCD, not {ranges.format_value(self.protocol)}")
        if not isinstance(self.visible, Units | None):
            raise ValueError(f"visible is None or units, such as sp.Spin(5), not {ranges.format_value(self.visible)}")

    # -- use ------------------------------------------------------------------------------------

    def predict_proba(self, X: Any) -> np.ndarray:
        """p(label | row), (n, classes), its columns in the order of classes_, calibrated by the rows held out."""
        return _probabilities(self._calibrated(X))

    def raw_proba(self, X: Any) -> np.ndarray:
        """p(label | row) as the machine has it, (n, classes): often too sure, exact where nothing of X is unknown."""
        return _probabilities(self._predicted(X))

    def predict(self, X: Any) -> np.ndarray:
        """The most probable class of each row by `predict_proba`, (n,)."""
        found = self._calibrated(X)
        return np.asarray(self.classes_[found.letters()])

    def sample(self, n_samples: int = 1, y: Any = None) -> tuple[np.ndarray, np.ndarray | None]:
        """New rows and their labels, in X's own scale: n_samples of one class y, or one of each of y, (n,).

        Without y labels are generated, too; for a machine without labels they are None. An integer random_state
        gives the same rows each time. A column of one value keeps it, one that was NaN in every row is NaN.
        Raises ValueError for a class that was not fitted, and for n_samples below 1.
        """
        check_is_fitted(self)
        if y is None:
            found = generate(self.machine_, n=ranges.integer("n_samples", n_samples), seed=self._seed())
        else:
            asked = np.full(ranges.integer("n_samples", n_samples), y) if np.ndim(y) == 0 else column_or_1d(y)
            if not len(asked):
                raise ValueError("y names no class: leave it out, or name one a row")
            column = self._numbers_of(asked)[:, None].astype(np.int16)
            like = Dataset({"label": column}, {"label": self._alphabet}, numbered_names(len(column)))
            found = generate(self.machine_, like, seed=self._seed())
        rows = found["visible"] * self._spread + self.mean_
        return rows, self.classes_[found["label"][:, 0]] if found.labels else None

    def score_samples(self, X: Any) -> np.ndarray:
        """log p(row) + log Z, (n,): minus the free energy, summed over labels. log Z is unknown, one for all rows.

        So it compares rows under one machine, and not machines. Raises ValueError for unknown entries.
        """
        check_is_fitted(self)
        rows = self._rows(X)
        if np.isnan(rows).any():
            raise ValueError("score_samples takes rows of which all is known; there is NaN in X")
        seen = self._dataset(rows, self.machine_.units["visible"]).tensors()
        if "label" not in self.machine_.units:
            return np.asarray(-free_energy(self.machine_, seen).detach(), dtype=np.float64)
        labels = torch.arange(len(self.classes_), dtype=torch.int32)[:, None, None].expand(-1, len(rows), 1)
        logs = [-free_energy(self.machine_, {**seen, "label": label}).detach() for label in labels]
        return np.asarray(torch.stack(logs).logsumexp(0), dtype=np.float64)

    def score(self, X: Any, y: Any = None) -> float:
        """Accuracy on the rows that have labels; without y the mean of `score_samples`."""
        if y is None:
            return float(self.score_samples(X).mean())
        y = column_or_1d(y)
        labeled, known = self._labeled(y)
        if not len(known):
            raise ValueError("no row of y has a label to compare with")
        return float(accuracy_score(known, self.predict(X)[labeled]))

    # -- between arrays and data ----------------------------------------------------------------

    def _rows(self, X: Any, reset: bool = False) -> np.ndarray:
        rows = validate_data(self, X, reset=reset, dtype=np.float64, ensure_all_finite="allow-nan")
        return np.asarray(rows)

    def _scaled(self, rows: np.ndarray) -> Units:
        """The units of the rows; sets mean_ and scale_, by which rows are standardized, and _spread, which undoes that.

        _spread is 0 for a column of one value, to which no noise is added, and NaN for one that is always unknown.
        """
        n = rows.shape[1]
        binary = ((rows == 0) | (rows == 1) | np.isnan(rows)).all()
        units = self.visible or (Bernoulli(n) if binary else Gaussian(n))
        if units.columns != n:
            raise ValueError(f"{units} shows rows of {units.columns}, X has {n} features")
        self.mean_, self.scale_, self._spread = np.zeros(n), np.ones(n), np.ones(n)
        if isinstance(units, Gaussian):
            known = np.ma.masked_invalid(rows)
            self._spread = self.noise * known.std(0).filled(np.nan)
            self.mean_, self.scale_ = known.mean(0).filled(0), np.where(self._spread > 0, self._spread, 1)
        return units

    def _dataset(self, rows: np.ndarray, units: Units, labels: np.ndarray | None = None) -> Dataset:
        """The rows, scaled, in the form of the units, and numbers of labels, -1 unknown."""
        columns, alphabets = {"visible": ((rows - self.mean_) / self.scale_).astype(np.float32)}, {}
        if (alphabet := _alphabet(units)).symbols:
            alphabets["visible"] = alphabet
            columns["visible"] = _letters(columns["visible"], len(alphabet.symbols))
        if labels is not None:
            columns["label"], alphabets["label"] = labels[:, None], self._alphabet
        return Dataset(columns, alphabets, numbered_names(len(rows)))

    def _labels(self, y: Any, rows: np.ndarray) -> np.ndarray:
        """The numbers of labels, -1 where there is none; sets classes_."""
        y = column_or_1d(y, warn=True)
        check_consistent_length(rows, y)
        labeled, known = self._labeled(y)
        if not len(known):
            raise ValueError("no row of y has a label: leave y out")
        assert_all_finite(known, input_name="y")
        check_classification_targets(known)
        self.classes_ = np.unique(known)
        numbers = np.full(len(y), -1, dtype=np.int16)
        numbers[labeled] = self._numbers_of(known)
        return numbers

    def _labeled(self, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Which entries of y are labels (n,), and these."""
        labeled = np.array([_same(x, x) and x is not None and not _same(x, self.unlabeled) for x in y.tolist()], bool)
        return labeled, np.array(y[labeled].tolist())

    def _numbers_of(self, labels: np.ndarray) -> np.ndarray:
        """The places of labels in classes_."""
        if strange := set(labels.tolist()) - set(self.classes_.tolist()):
            raise ValueError(f"no class {sorted(map(str, strange))}; there are: {self.classes_.tolist()}")
        return np.searchsorted(self.classes_, labels)

    def _calibrated(self, X: Any) -> Prediction:
        found = self._predicted(X)
        return self.confidence_.of(found)

    def _predicted(self, X: Any) -> Prediction:
        check_is_fitted(self)
        rows = self._rows(X)
        return predict(self.machine_, self._dataset(rows, self.machine_.units["visible"]), seed=self._seed())

    def _seed(self) -> int:
        try:
            return int(check_random_state(self.random_state).randint(2**31 - 1))
        except ValueError as error:
            raise ValueError(f"random_state: {error}") from None

    @property
    def _alphabet(self) -> Alphabet:
        return Alphabet(tuple(map(str, self.classes_)), "y")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.target_tags.required = False
        return tags


def _probabilities(found: Prediction) -> np.ndarray:
    """The probabilities of labels, (n, classes), in double precision, in which scikit-learn adds them up to 1."""
    p = found.probability["label"].astype(np.float64)
    return np.asarray(p / p.sum(1, keepdims=True))


def _same(one: Any, other: Any) -> bool:
    """Whether two labels are equal; NaN, NaT and pandas' NA don't equal themselves."""
    equal = one == other  # of NA neither True nor False
    return isinstance(equal, bool | np.bool_) and bool(equal)


def _alphabet(units: Units) -> Alphabet:
    """The alphabet of units; of letters with two states one that isn't BINARY, which is for Bernoulli units."""
    found = Alphabet.of(units)
    return Alphabet(("no", "yes")) if found == BINARY and isinstance(units, Potts) else found


def _letters(rows: np.ndarray, colors: int) -> np.ndarray:
    """Whole numbers below `colors` as letters, int16, -1 where they are NaN."""
    unknown = np.isnan(rows)
    letters = np.where(unknown, 0, rows)
    if ((letters != np.rint(letters)) | (letters < 0) | (letters >= colors)).any():
        raise ValueError(f"X has numbers that its units can't show: they show whole numbers from 0 to {colors - 1}")
    return np.where(unknown, -1, letters).astype(np.int16)


def _lettered(data: Dataset) -> Dataset:
    """The columns that have alphabets: their biases can start at the data's frequencies."""
    return Dataset({k: data[k] for k in data.alphabets}, data.alphabets, data.names)
