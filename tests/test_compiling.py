"""Compiling is announced, once, and only for our kernels."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from numba import njit

from spinodal.machines.kernels.compiling import Announcer

RUN = """
import spinodal as sp
sp.run(sp.chaotic(sp.Spin(4), gain=1.0, rate=0.5, visible=sp.Spin(3)), 2, 1)
"""


def said(folder):
    done = subprocess.run(
        [sys.executable, "-c", RUN], env=os.environ | {"NUMBA_CACHE_DIR": str(folder)}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


@pytest.mark.platform
def test_the_first_use_says_that_it_compiles_and_the_next_has_nothing_to_say(tmp_path):
    assert said(tmp_path) == "spinodal: compiling its kernels once for this machine: some seconds\n"
    assert said(tmp_path) == ""


class Event:
    def __init__(self, kernel):
        self.data = {"dispatcher": kernel}


def test_it_is_said_once_a_process(caplog):
    from spinodal.machines.kernels import cpu

    announcer = Announcer()
    for _ in range(3):
        announcer.on_start(Event(cpu._tanh))
        announcer.on_end(Event(cpu._tanh))
    assert len(caplog.records) == 1


def test_what_others_compile_is_theirs_to_say(caplog):
    Announcer().on_start(Event(njit(lambda x: x)))
    assert not caplog.records
