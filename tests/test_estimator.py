"""The estimator: scikit-learn's own checks, and that it is the package's machine behind scikit-learn's verbs."""

from __future__ import annotations

import copy
from itertools import product

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits, make_blobs
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Binarizer, StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import spinodal as sp

QUICK = {"n_components": 8, "n_updates": 40, "learning_rate": 0.5, "steps": 3, "random_state": 0}


@pytest.mark.usefixtures("untraced")
@parametrize_with_checks([sp.Generator(n_components=8, n_updates=35, learning_rate=0.25, steps=3)])
def test_scikit_learns_checks(estimator, check):
    check(estimator)


def blobs(n=120):
    return make_blobs(n, centers=3, n_features=3, random_state=1)


def bits(n=80, seed=0):
    """Rows of 5 bits of two kinds, one the other turned over, a tenth of the bits wrong."""
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, 2, n)
    return (np.array([[1, 1, 0, 0, 1], [0, 0, 1, 1, 0]])[kind] ^ (rng.random((n, 5)) < 0.1)).astype(float), kind


# Handwritten digits


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    return train_test_split(X, y, random_state=0, stratify=y)


@pytest.fixture(scope="module")
def learned(digits):
    X, _, y, _ = digits
    model = sp.Generator(n_components=96, n_updates=600, learning_rate=0.3, steps=5, random_state=0)
    return make_pipeline(Binarizer(threshold=7), model).fit(X, y)


def test_digits_are_known(learned, digits):
    _, X, _, y = digits
    assert learned.score(X, y) > 0.9
    p = learned.predict_proba(X)
    assert np.allclose(p.sum(1), 1, atol=1e-6)
    assert (p.argmax(1) == learned.predict(X)).all()


def test_probabilities_are_calibrated_by_rows_that_are_held_out(learned, digits):
    _, X, _, y = digits
    model, rows = learned[-1], (X > 7).astype(float)
    scaling = model.confidence_.layers["label"].scaling
    logs = sp.log_posterior(model.machine_, "label", torch_of(rows)).numpy()
    np.testing.assert_allclose(model.predict_proba(rows), scaling(logs), atol=1e-4)
    np.testing.assert_allclose(model.raw_proba(rows), np.exp(logs), atol=1e-4)
    loss = [-np.log(p[np.arange(len(y)), y]).mean() for p in (model.predict_proba(rows), model.raw_proba(rows))]
    assert loss[0] < loss[1]
    np.testing.assert_allclose(model.predict_proba(rows).sum(1), 1, atol=1e-12)


@pytest.mark.parametrize(("held_out", "n", "out"), [(0.1, 80, 0), (0.25, 80, 20), (0, 80, 0), (0.25, 36, 0)])
def test_rows_are_held_out_where_they_are_enough(held_out, n, out):
    X, y = bits(80)
    labels = np.where(np.arange(80) < n, y, -1)
    model = sp.Generator(**QUICK, held_out=held_out, unlabeled=-1).fit(X, labels)
    assert [len(trust.right) for trust in model.confidence_.layers.values()] == [out] * (out > 0)
    same = np.array_equal(model.predict_proba(X), model.raw_proba(X))
    assert same == (not out)


def test_generated_digits_look_like_their_class(learned, digits):
    X, _, y, _ = digits
    made, labels = learned[-1].sample(y=np.repeat(np.arange(10), 50))
    assert set(np.unique(made)) == {0, 1}
    means = np.array([[(X[y == d] > 7).mean(0), made[labels == d].mean(0)] for d in range(10)])
    likeness = np.corrcoef(means[:, 0], means[:, 1])[:10, 10:]
    assert np.diag(likeness).min() > 0.9
    assert (likeness.argmax(0) == np.arange(10)).all()


def test_reals_are_generated_in_their_own_scale():
    X, y = blobs(300)
    X = 100 * X + [0, 5000, -70]
    longer = {"n_components": 32, "learning_rate": 0.1, "n_updates": 150, "steps": 5}
    model = sp.Generator(**QUICK | longer, noise=0.3).fit(X, y)
    assert model.score(X, y) > 0.95
    for kind in range(3):
        made, labels = model.sample(500, y=kind)
        assert (labels == kind).all()
        assert (np.abs(made.mean(0) - X[y == kind].mean(0)) < 0.4 * X.std(0)).all()


def test_columns_that_do_not_vary_are_generated_as_they_were():
    X, y = blobs(60)
    model = sp.Generator(**QUICK).fit(np.c_[X, np.full(60, 7.5), np.full(60, np.nan)], y)
    made, _ = model.sample(20)
    assert (made[:, 3] == 7.5).all()
    assert np.isnan(made[:, 4]).all()
    assert np.isfinite(made[:, :3]).all()


def test_settings_are_searched():
    X, y = blobs()
    grid = {"generator__learning_rate": [1e-6, 0.2], "generator__protocol": [None, sp.PCD]}
    found = GridSearchCV(make_pipeline(StandardScaler(), sp.Generator(**QUICK)), grid, cv=2).fit(X, y)
    assert found.best_params_["generator__learning_rate"] == 0.2
    assert found.best_score_ > 0.8
    alone = GridSearchCV(sp.Generator(**QUICK | {"learning_rate": 0.1}), {"n_components": [2, 4]}, cv=2).fit(X)
    assert np.isfinite(alone.best_score_)


# Laws


@pytest.mark.parametrize("labeled", [True, False])
@pytest.mark.parametrize("visible", [None, sp.Potts(5, 2)], ids=["bits", "letters"])
def test_scores_of_all_rows_add_up_to_the_partition_sum(visible, labeled):
    X, y = bits()
    model = sp.Generator(**QUICK, visible=visible).fit(X, y if labeled else None)
    every = np.array(list(product([0.0, 1.0], repeat=5)))
    total = np.logaddexp.reduce(model.score_samples(every))
    assert total == pytest.approx(sp.log_partition(model.machine_).log_z, abs=1e-4)
    assert model.score(X) == pytest.approx(model.score_samples(X).mean())


def test_probabilities_are_those_of_joint_scores():
    X, y = bits()
    model = sp.Generator(**QUICK).fit(X, y)
    exact = sp.posterior(model.machine_, "label", sp.Bernoulli(5).numbers(*[torch_of(X)] * 2)).numpy()
    assert np.allclose(model.predict_proba(X), exact, atol=1e-6)


def torch_of(X):
    import torch

    return torch.from_numpy(X.astype(np.float32))


def test_scale_and_place_of_numbers_do_not_matter():
    X, y = blobs()
    one, other = (sp.Generator(**QUICK | {"learning_rate": 0.1}).fit(x, y) for x in (X, X / 1024 - 3))
    assert np.allclose(one.predict_proba(X), other.predict_proba(X / 1024 - 3), atol=1e-3)
    made, again = one.sample(20, y=1)[0], other.sample(20, y=1)[0]
    assert np.allclose(made / 1024 - 3, again, atol=1e-3)
    assert np.allclose(one.scale_, 0.5 * X.std(0))


def test_names_of_classes_do_not_matter():
    X, y = bits()
    number, word = (sp.Generator(**QUICK).fit(X, z) for z in (y, np.array(["no", "yes"])[y]))
    assert (number.predict_proba(X) == word.predict_proba(X)).all()
    assert word.predict(X).tolist() == [["no", "yes"][i] for i in number.predict(X)]
    assert word.classes_.tolist() == ["no", "yes"]
    assert set(word.sample(30)[1]) == {"no", "yes"}


@pytest.mark.parametrize("spelled", [None, np.nan, -1, "?"])
def test_a_label_that_is_unknown_may_be_spelled_in_many_ways(spelled):
    X, y = bits()
    hidden = np.arange(len(y)) % 3 > 0
    labels = np.array([spelled if h else str(i) if spelled == "?" else i for h, i in zip(hidden, y)], dtype=object)
    unlabeled = spelled if spelled in (-1, "?") else None
    model = sp.Generator(**QUICK, unlabeled=unlabeled).fit(X, labels)
    plain = sp.Generator(**QUICK).fit(X, [None if h else i for h, i in zip(hidden, y)])
    assert (model.predict_proba(X) == plain.predict_proba(X)).all()
    assert model.score(X, labels) == plain.score(X[~hidden], y[~hidden]) > 0.9
    assert len(model.classes_) == 2


def test_minus_one_is_a_class_unless_it_is_said_not_to_be():
    X, y = bits()
    assert sp.Generator(**QUICK).fit(X, 2 * y - 1).classes_.tolist() == [-1, 1]


def test_unknown_entries_are_free():
    X, y = bits()
    holes = np.where(np.random.default_rng(1).random(X.shape) < 0.2, np.nan, X)
    model = sp.Generator(**QUICK).fit(holes, y)
    assert model.machine_.units["visible"] == sp.Bernoulli(5)
    assert model.score(holes, y) > 0.8
    real = sp.Generator(**QUICK | {"learning_rate": 0.1}).fit(np.where(np.isnan(holes), np.nan, 3 * X + 7), y)
    assert real.score(X * 3 + 7, y) > 0.9
    with pytest.raises(ValueError, match="rows of which all is known"):
        model.score_samples(holes)


def test_a_number_gives_the_same_rows_and_a_stream_others():
    X, y = bits()
    model = sp.Generator(**QUICK).fit(X, y)
    assert all((a == b).all() for a, b in zip(model.sample(40), model.sample(40)))
    again = copy.deepcopy(clone(model).fit(X, y))  # as pickle does; check_estimator takes the bytes
    assert all((a == b).all() for a, b in zip(model.sample(40), again.sample(40)))
    model.set_params(random_state=np.random.RandomState(0))
    assert any((a != b).any() for a, b in zip(model.sample(40), model.sample(40)))


# Units


@pytest.mark.parametrize(
    ("X", "visible", "units"),
    [
        (bits()[0], None, sp.Bernoulli(5)),
        (bits()[0] * 0.5, None, sp.Gaussian(5)),
        (bits()[0] + bits(seed=1)[0], sp.Potts(5, 3), sp.Potts(5, 3)),
        (bits()[0] * 1.5 - 0.75, sp.Spin(5), sp.Spin(5)),
        (bits()[0], sp.Gaussian(5), sp.Gaussian(5)),
    ],
    ids=repr,
)
def test_units_are_the_datas_or_those_named(X, visible, units):
    model = sp.Generator(**QUICK, visible=visible).fit(X)
    assert model.machine_.units["visible"] == units
    made, labels = model.sample(50)
    assert labels is None
    assert made.shape == (50, 5)
    if units != sp.Gaussian(5):
        assert X.min() - 0.3 <= made.min() <= made.max() <= X.max() + 0.3
    assert model.n_features_in_ == 5


def test_labels_asked_for_come_in_order():
    X, y = bits(300)
    model = sp.Generator(**QUICK | {"n_updates": 200}).fit(X, y)
    asked = [1, 0, 0, 1, 1] * 20
    made, labels = model.sample(y=asked)
    assert labels.tolist() == asked
    assert (model.predict(made) == asked).mean() > 0.8


# What is refused


BAD = [0, -1, 1.5, np.nan, np.inf, "5", True, None, 1e23, [5]]
PARAMETERS = {
    "n_components": [],
    "batch_size": [],
    "n_updates": [],
    "steps": [],
    "learning_rate": [1.5],
    "noise": [1.5],
}
PARAMETERS |= {"held_out": [0], "random_state": [0, True, None], "protocol": [None], "visible": [None]}
"""The parameters, and what of BAD may be meant."""


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_parameter_that_can_not_be_is_said_by_its_name_and_fits_nothing(name):
    X, _ = bits()
    for value in BAD:
        if not any(
            value is good or (value == good and type(value) is type(good)) for good in [*PARAMETERS[name], 1e23]
        ):
            model = sp.Generator(**QUICK | {name: value})
            with pytest.raises(ValueError, match=name):
                model.fit(X)
            assert not hasattr(model, "machine_")


@pytest.mark.parametrize("n", [value for value in BAD if value is not None])
def test_samples_are_counted_by_whole_numbers(n):
    model = sp.Generator(**QUICK).fit(*bits())
    for y in (None, 1):
        with pytest.raises(ValueError, match="n_samples must be"):
            model.sample(n, y=y)


@pytest.mark.parametrize("dtype", [object, "string", "category"])
def test_what_pandas_does_not_know_is_no_label(dtype):
    X, y = bits()
    hidden = np.arange(len(y)) % 3 > 0
    labels = pd.Series([pd.NA if h else f"c{i}" for h, i in zip(hidden, y)], dtype=dtype)
    model = sp.Generator(**QUICK).fit(X, labels)
    plain = sp.Generator(**QUICK).fit(X, [None if h else f"c{i}" for h, i in zip(hidden, y)])
    assert model.classes_.tolist() == ["c0", "c1"]
    assert (model.predict_proba(X) == plain.predict_proba(X)).all()
    assert model.score(X, labels) == plain.score(X[~hidden], plain.classes_[y[~hidden]])
    assert (sp.Generator(**QUICK, unlabeled=pd.NA).fit(X, labels).classes_ == model.classes_).all()


@pytest.mark.parametrize(
    ("use", "said"),
    [
        (lambda m, X, y: m.fit(X, y).sample(y=[]), "y names no class"),
        (lambda m, X, y: m.fit(X, y).score(X, [None] * len(X)), "no row of y has a label to compare with"),
        (lambda m, X, y: m.set_params(protocol=()).fit(X), r"protocol is None or phases, such as sp.PCD, not \(\)"),
        (lambda m, X, y: m.fit(X, y).sample(3, y="two"), r"no class \['two'\]; there are: \[0, 1\]"),
        (lambda m, X, y: m.fit(X).predict(X), "no labels to predict"),
        (lambda m, X, y: m.fit(X, y).fit(X).predict(X), "no labels to predict"),
        (lambda m, X, y: m.fit(X, [None] * len(X)), "no row of y has a label: leave y out"),
        (lambda m, X, y: m.fit(X).score_samples(X / 2), "whole numbers from 0 to 1"),
        (lambda m, X, y: m.set_params(visible=sp.Potts(5, 2)).fit(3 * X), "whole numbers from 0 to 1"),
        (lambda m, X, y: m.set_params(visible=sp.Potts(4, 2)).fit(X), "shows rows of 4, X has 5 features"),
        (lambda m, X, y: m.set_params(visible=sp.Spin(5)).fit(3 * X), "numbers from -1 to 1"),
        (lambda m, X, y: m.set_params(noise=0).fit(X / 2), "noise is a positive number, not 0"),
        (lambda m, X, y: m.set_params(steps=0).fit(X), "steps must be 1 or more"),
        (lambda m, X, y: m.set_params(n_updates=0).fit(X), "n_updates must be 1 or more, not 0"),
    ],
)
def test_what_can_not_be_is_said(use, said):
    with pytest.raises(ValueError, match=said):
        use(sp.Generator(**QUICK), *bits())
