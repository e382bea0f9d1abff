"""Models of scikit-learn: a BernoulliRBM in memory; pickles are never opened."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...machines.network import Network
from .model import Model, network_of

ARRAYS = ("intercept_visible_", "intercept_hidden_", "components_")


def from_sklearn(model: Any) -> Network:
    """The network of a fitted sklearn.neural_network.BernoulliRBM, single precision; its steps are not known.

    Such a model has weights components_ (hidden, visible), and units of 0 and 1. Raises ValueError for another object,
    and for one that isn't fitted.

    >>> import numpy as np, spinodal as sp
    >>> from sklearn.neural_network import BernoulliRBM
    >>> theirs = BernoulliRBM(8, random_state=0).fit(np.eye(6))
    >>> sp.from_sklearn(theirs).units
    {'visible': Bernoulli(size=6), 'hidden': Bernoulli(size=8)}
    """
    if missing := [name for name in ARRAYS if not hasattr(model, name)]:
        raise ValueError(f"{type(model).__name__} is no fitted BernoulliRBM: it has no {missing[0]}")
    bias, hidden, weight = (np.asarray(getattr(model, name), dtype=np.float64) for name in ARRAYS)
    return network_of(Model("scikit-learn", bias, hidden, weight.T).checked("the BernoulliRBM"))
