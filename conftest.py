"""Shared by tests and the examples of the docs: coverage measures the package alone."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import wraps
from importlib.util import find_spec
from typing import Any

import pytest

collect_ignore = ["docs/site/conf.py", "docs/site/kernel.py"]  # they set up the site, not the tests
if not find_spec("triton"):
    collect_ignore.append("src/spinodal/machines/kernels/integer_cuda.py")


@pytest.fixture(scope="session", autouse=True)
def _other_packages_are_not_traced() -> Iterator[None]:
    """Coverage doesn't trace how others draw, classify and parse: tracing slows it, and our code hardly runs in it."""
    if sys.gettrace() is None:
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        for owner, names in _untraced(_slow)().items():
            for name in names:
                patch.setattr(owner, name, _untraced(getattr(owner, name)))
        yield


def _slow() -> dict[object, list[str]]:
    """Functions of other packages that take long, by their owners."""
    from cyclopts import App
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from sklearn.linear_model import LogisticRegression
    from sklearn.svm import SVC

    return {
        App: ["parse_args"],
        FigureCanvasAgg: ["draw"],
        Figure: ["add_subplot", "colorbar", "draw_without_rendering", "get_tightbbox", "legend", "savefig", "subplots"],
        LogisticRegression: ["fit", "predict"],
        SVC: ["fit", "predict"],
    }


def _untraced(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def call(*arguments: object, **options: object) -> object:
        trace = sys.gettrace()
        sys.settrace(None)
        try:
            return function(*arguments, **options)
        finally:
            sys.settrace(trace)

    return call


@pytest.fixture
def untraced() -> Iterator[None]:
    """Coverage doesn't trace a test that runs the same lines as others, and many times, as statistics do."""
    trace = sys.gettrace()
    sys.settrace(None)
    yield
    sys.settrace(trace)


@pytest.fixture(autouse=True)
def _pages_are_not_traced(request: pytest.FixtureRequest) -> None:
    """The examples of the docs train machines, which coverage slows down by half; tests run the same lines."""
    if request.node.path.suffix == ".md":
        request.getfixturevalue("untraced")
