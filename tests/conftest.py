"""What all tests share: one thread unless a test says otherwise, double precision and real data where asked for."""

from __future__ import annotations

import os

os.environ["OMP_WAIT_POLICY"] = "PASSIVE"  # before torch: its idle threads spin otherwise

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
import torch
from jaxtyping import install_import_hook

# Shapes that are types are checked at run time, in tests only.
TYPED = [f"spinodal.machines.{name}" for name in ("units", "marginals", "energies")]
install_import_hook(TYPED, "beartype.beartype")

from spinodal.machines import parallel  # noqa: E402

torch.set_num_threads(1)


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
