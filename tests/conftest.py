"""What all tests share: one thread unless a test says otherwise, double precision and real data where asked for."""

from __future__ import annotations

import os

os.environ["OMP_WAIT_POLICY"] = "PASSIVE"  # before torch: its idle threads spin otherwise

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
import torch
from jaxtyping import config, install_import_hook

# Shapes that are types are checked at run time, in tests only.
TYPED = [f"spinodal.machines.{name}" for name in ("units", "potts", "marginals", "energies")]
install_import_hook(TYPED, "beartype.beartype")
config.update("jaxtyping_disable", True)  # but in the tests named below

from spinodal import learning, machines  # noqa: E402
from spinodal.machines import parallel  # noqa: E402

torch.set_num_threads(1)
CHECKED = {f"test_{path.stem}" for room in (machines, learning) for path in Path(room.__path__[0]).rglob("*.py")}
"""Tests in which shapes are checked: those of the rooms that call these modules for themselves."""


@pytest.fixture(scope="module", autouse=True)
def _shapes_are_checked(request: pytest.FixtureRequest) -> Iterator[None]:
    """Checks take a large part of the time of a small machine: other tests, which run the same calls, go without."""
    config.update("jaxtyping_disable", request.path.stem not in CHECKED)
    yield
    config.update("jaxtyping_disable", True)


@pytest.fixture
def double() -> Iterator[None]:
    """Machines are made in double precision."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.fixture(params=[torch.float32, torch.float64], ids=["single", "double"])
def precision(request: pytest.FixtureRequest) -> Iterator[torch.dtype]:
    """Once in each precision: on a CPU that is once by each backend of the kernels."""
    torch.set_default_dtype(request.param)
    yield request.param
    torch.set_default_dtype(torch.float32)


@pytest.fixture
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Large blocks of chains: of tiny machines, many chains then cost no more than a few."""
    monkeypatch.setattr(parallel, "BLOCK", 10_000)


@pytest.fixture(scope="module")
def few_triplets() -> Iterator[None]:
    """Scores of three columns take 200 triplets at most, in all tests of a module: whole evaluations are faster."""
    from spinodal.scores import moments, sequences

    with pytest.MonkeyPatch.context() as patch:
        for module in (moments, sequences):
            every = module._triplets
            patch.setattr(module, "_triplets", lambda d, most, seed, every=every: every(d, min(most, 200), seed))
        yield


@pytest.fixture
def few_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run has the figures of its scores over time alone, for tests of all else that a report or a folder has."""
    from spinodal.reporting import figures

    monkeypatch.setattr(figures, "GROUPS", {"time": figures.GROUPS["time"]})


@pytest.fixture
def short_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures sweep the gain in few steps."""
    from spinodal.reporting.figures import image_figures

    monkeypatch.setattr(image_figures, "STEPS", 20)
    monkeypatch.setattr(image_figures, "gain_sweep", partial(image_figures.gain_sweep, warm=5))


@pytest.fixture
def threads() -> Iterator[Callable[[int], None]]:
    """Set the number of threads, for this test."""
    yield torch.set_num_threads
    torch.set_num_threads(1)


@pytest.fixture
def data() -> Path:
    """The folder with real data: SPINODAL_DATA, or shared/data beside the repository."""
    beside = Path(__file__).parents[2] / "shared" / "data"
    folder = Path(os.environ.get("SPINODAL_DATA", beside))
    if not folder.is_dir():
        pytest.skip(f"there are no data in {folder}: set SPINODAL_DATA")
    return folder
