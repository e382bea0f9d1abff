from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """Where the runs are: SPINODAL_RUNS, where they are kept, or a folder that goes away."""
    kept = Path(os.environ.get("SPINODAL_RUNS") or tmp_path_factory.mktemp("runs"))
    kept.mkdir(parents=True, exist_ok=True)
    return kept
