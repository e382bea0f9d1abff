"""Heap: freed memory stays with the process, but where the user says otherwise."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from spinodal.machines.kernels import heap

FAULTS = """
import resource, torch
import spinodal.machines.kernels
def faults(): return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
def step(): return [torch.ones(2**21) for _ in range(4)]
step(), step()
before = faults()
for _ in range(5): step()
print(faults() - before)
"""


PAGES = Path("/sys/kernel/mm/transparent_hugepage/enabled")


@pytest.mark.skipif(sys.platform != "linux", reason="the C library of other systems keeps memory by its own rules")
@pytest.mark.skipif(PAGES.exists() and "[always]" in PAGES.read_text(), reason="pages of 2 MB are few")
def test_memory_that_was_freed_is_not_mapped_again():
    """Five times four arrays of 8 MB: 41,000 pages, if each were mapped anew."""
    kept, given_back = (
        int(
            subprocess.run(
                [sys.executable, "-c", FAULTS], env=os.environ | more, capture_output=True, check=True
            ).stdout
        )
        for more in ({}, {"MALLOC_TRIM_THRESHOLD_": "65536", "MALLOC_MMAP_THRESHOLD_": "65536"})
    )
    assert kept < 1000
    assert given_back > 20_000


@pytest.mark.parametrize("name", ["MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_"])
def test_the_user_s_threshold_stays(name, monkeypatch):
    monkeypatch.setenv(name, "100000")
    assert not heap.keep()


def test_another_c_library_has_no_such_setting(monkeypatch):
    monkeypatch.setattr(heap.ctypes, "CDLL", lambda _: object())
    assert not heap.keep()
