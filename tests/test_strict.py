"""Strict arithmetic: what is no matrix product has the same bits on every processor, with and without numba."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from .strict import digests

OLDEST = {
    "ATEN_CPU_CAPABILITY": "default",
    "MKL_ENABLE_INSTRUCTIONS": "SSE4_2",
    "ONEDNN_MAX_CPU_ISA": "SSE41",
    "NUMBA_CPU_NAME": "generic",
    "NUMBA_CPU_FEATURES": "",
}
AVX2 = {"ATEN_CPU_CAPABILITY": "avx2", "MKL_ENABLE_INSTRUCTIONS": "AVX2", "ONEDNN_MAX_CPU_ISA": "AVX2"}
HASHES = "from tests.strict import digests; json.dump(digests(), sys.stdout)"


def elsewhere(first, **settings):
    """The hashes of a process with these settings."""
    code = f"import json, sys; {first}; {HASHES}"
    root, env = Path(__file__).parents[1], os.environ | settings
    there = subprocess.run([sys.executable, "-c", code], cwd=root, env=env, stdout=subprocess.PIPE, check=True)
    return json.loads(there.stdout)


@pytest.mark.platform
@pytest.mark.parametrize(
    ("first", "settings"),
    [("", OLDEST), ("sys.modules['numba'] = None", AVX2)],
    ids=["the oldest processor of 64 bits", "one with AVX2, without numba"],
)
def test_every_processor_gives_the_same_bits(first, settings):
    assert elsewhere(first or "pass", **settings) == digests()
