"""Laws of neighbors: the nearest identity is the largest share of known sites that agree, over all other rows."""

import numpy as np
import pytest

from spinodal.data import neighbors
from spinodal.data.neighbors import nearest_identity


@pytest.mark.parametrize("block", [3, 1024])
@pytest.mark.parametrize(("colors", "dtype"), [(2, np.int8), (5, np.int16), (21, np.int16)])
def test_it_is_the_largest_share_of_known_sites_that_agree(monkeypatch, block, colors, dtype):
    monkeypatch.setattr(neighbors, "ROWS", block)
    random = np.random.default_rng(0)
    x, y = (random.integers(-1, colors, (n, 70)).astype(dtype) for n in (7, 11))
    y[4] = x[2]
    known = x >= 0
    agree = (x[:, None] == y) & known[:, None]
    np.testing.assert_allclose(nearest_identity(x, y), agree.sum(2).max(1) / known.sum(1))
    assert nearest_identity(x, y)[2] == 1


def test_where_nothing_is_known_or_there_it_is_not_known():
    x = np.array([[-1, -1], [0, 1]], dtype=np.int16)
    np.testing.assert_array_equal(nearest_identity(x, x), [np.nan, 1])
    assert np.isnan(nearest_identity(x, x[:0])).all()
