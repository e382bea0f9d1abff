"""Shared by tests and the examples of the docs: coverage measures the package alone."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import wraps

import pytest


@pytest.fixture(scope="session", autouse=True)
def _drawing_is_not_traced() -> Iterator[None]:
    """Coverage doesn't trace how matplotlib draws: no code of the package runs in it, and tracing doubles its time."""
    if sys.gettrace() is None:
        yield
        return
    from matplotlib.figure import Figure

    with pytest.MonkeyPatch.context() as patch:
        for name in ("draw_without_rendering", "savefig", "get_tightbbox"):
            patch.setattr(Figure, name, _untraced(getattr(Figure, name)))
        yield


def _untraced(function: Callable[..., object]) -> Callable[..., object]:
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
