"""Devices: Triton's loops give the bits of plain torch, by its interpreter, and their operations don't fuse."""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

import spinodal as sp
from spinodal.data.alphabet import Alphabet
from spinodal.machines.kernels import devices, integer_cpu, integer_reference
from spinodal.machines.protocols import Schedule
from spinodal.runs.archive import Run
from spinodal.runs.settings import Settings
from spinodal.runs.training import train

from .elsewhere import Elsewhere
from .laws import drawn_rows, randomize
from .toys import QUICK, bits, dataset

CUDA = torch.device("cuda", 0)
with_triton = pytest.mark.skipif(
    not find_spec("triton"), reason="Triton is not installed: torch brings it where it is built for CUDA"
)

MEASURED = """
import torch
import spinodal as sp
from spinodal.machines import kernels
from spinodal.machines.kernels import devices, integer_cuda, integer_products
from tests.strict import life

def lives():
    units = {"visible": sp.Potts(3, 3), "label": sp.Potts(1, 2)}
    yield from life(sp.rbm(sp.Bernoulli(9), **units, std=0.3), sp.FEF)
    yield from life(sp.rbm(sp.Spin(9), visible=sp.Bernoulli(30), label=sp.Potts(1, 2), std=0.3), sp.FEF_CHAIN)

integer_cuda.LANES = 2**14  # an interpreter takes as long for one number as for many
assert devices.agree(integer_cuda, torch.device("cpu"))
integer_cuda.LANES = 2**10
before = list(lives())
kernels._has_loops = lambda x: False
devices.loops = lambda device: integer_cuda
integer_products.fastest = lambda device: integer_products.SIGNED
assert all(torch.equal(x, y) for x, y in zip(before, lives(), strict=True))
"""


@with_triton
def test_triton_draws_what_the_cpu_draws():
    """100,000 draws, and two trainings with what they generate and predict."""
    root, env = Path(__file__).parents[1], os.environ | {"TRITON_INTERPRET": "1"}
    subprocess.run([sys.executable, "-W", "error", "-c", MEASURED], cwd=root, env=env, check=True)


@with_triton
@pytest.mark.parametrize("capability", [80, 90])
def test_compiled_draws_fuse_no_two_operations(capability, tmp_path, monkeypatch):
    """Triton compiles for a GPU that is not there; PTX says of each operation how it is rounded."""
    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path))
    from triton import compile
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource

    from spinodal.machines.kernels import integer_cuda

    types = dict.fromkeys(("own", "n", "m", "sites", "colors"), "i32") | dict.fromkeys(("row", "time", "layer"), "u32")
    types |= {"key": "u64", "constant": "*fp32", "sums": "*i32", "scale": "*fp32"}
    _, sizes = integer_cuda._tiles(500, 256)
    options = {"enable_fp_fusion": sizes.pop("enable_fp_fusion")}
    for kernel, out, fixed in (
        (integer_cuda._binary, {"out": "*i8"}, {"slope": 2.0, "low": -1}),
        (integer_cuda._letters, {"out": "*u8"}, {}),
    ):
        signature = {k: (types | out).get(k, "constexpr") for k in kernel.arg_names}
        source = ASTSource(kernel, signature, fixed | sizes)
        ptx = compile(source, target=GPUTarget("cuda", capability, 32), options=options).asm["ptx"]
        assert len(re.findall(r"(?:mul|add|sub)\.rn\.f32", ptx)) > 100
        assert not re.search(r"fma|mad\.\w*\.?f32|(?:mul|add|sub)\.f32|approx|ftz", ptx)


def backend(**changes):
    """Plain torch, but for some functions."""
    return SimpleNamespace(**{**vars(integer_reference), **changes})


@pytest.mark.parametrize("good", [integer_reference, integer_cpu], ids=lambda backend: backend.__name__)
def test_a_probe_finds_right_loops_right(good):
    assert devices.agree(good, torch.device("cpu"))


@pytest.mark.parametrize("name", ["binary", "letters", "gather"])
def test_a_probe_finds_one_wrong_number(name):
    def wrong(*arguments):
        found = getattr(integer_reference, name)(*arguments)
        found[-1, -1] += 1
        return found

    assert not devices.agree(backend(**{name: wrong}), torch.device("cpu"))


@pytest.mark.parametrize("cause", ["missing", "wrong", "broken"])
def test_a_gpu_without_right_loops_takes_plain_torch_and_a_line_says_why(cause, monkeypatch, caplog):
    def broken(*arguments):
        raise OSError("there is no C compiler\nand much more")

    there = {"missing": None, "wrong": backend(), "broken": backend()}[cause]
    monkeypatch.setitem(sys.modules, "spinodal.machines.kernels.integer_cuda", there)
    monkeypatch.delattr("spinodal.machines.kernels.integer_cuda", raising=False)
    if there:
        monkeypatch.setattr("spinodal.machines.kernels.integer_cuda", there, raising=False)
    monkeypatch.setattr(devices, "agree", broken if cause == "broken" else lambda *arguments: False)
    with caplog.at_level(logging.WARNING):
        assert devices.loops.__wrapped__(CUDA) is integer_reference
    (line,) = caplog.messages
    said = {"missing": "ImportError|ModuleNotFoundError", "wrong": "the bits of the CPU", "broken": "OSError: there is"}
    assert re.search(said[cause], line)
    assert "plain torch" in line
    assert "much more" not in line


def test_loops_that_are_right_are_taken_on_a_gpu_alone(monkeypatch):
    there = backend()
    monkeypatch.setitem(sys.modules, "spinodal.machines.kernels.integer_cuda", there)
    monkeypatch.setattr("spinodal.machines.kernels.integer_cuda", there, raising=False)
    monkeypatch.setattr(devices, "agree", lambda found, device: found is there and device == CUDA)
    assert devices.loops.__wrapped__(CUDA) is there
    assert devices.loops(torch.device("meta")) is integer_reference


# -- tasks on a device --

TASKS = {
    "generate": lambda machine, data: arrays(sp.generate(machine, n=9, seed=1)),
    "predict": lambda machine, data: list(sp.predict(machine, data, seed=1).probability.values()),
    "complete": lambda machine, data: arrays(sp.complete(machine, data, seed=1)),
    "impute": lambda machine, data: arrays(sp.impute(machine, data, n=3, seed=1).data),
    "reconstruct": lambda machine, data: arrays(sp.reconstruct(machine, data, seed=1)),
}


def arrays(data):
    return [data[k] for k in data.columns]


def machine_of(visible):
    machine = randomize(sp.rbm(sp.Bernoulli(7), visible=visible, label=sp.Potts(1, 3, symbols=("a", "b", "c"))))
    machine.schedule = Schedule(sp.FEF, 4)
    return machine


@pytest.mark.parametrize("visible", [sp.Bernoulli(5), sp.Potts(4, 3, symbols=tuple("xyz"))], ids=str)
def test_tasks_on_a_device_have_the_bits_of_the_cpu(visible):
    machine = machine_of(visible)
    tensors = drawn_rows(machine, 20)
    tensors["visible"][::3, 0] = -1 if isinstance(visible, sp.Potts) else torch.nan
    data = sp.Dataset.of(tensors, {k: Alphabet.of(machine.units[k]) for k in tensors})
    before = {name: task(machine, data) for name, task in TASKS.items()}
    with Elsewhere():
        machine.to("meta")
        after = {name: task(machine, data) for name, task in TASKS.items()}
    for name in TASKS:
        assert all(np.array_equal(x, y, equal_nan=True) for x, y in zip(before[name], after[name], strict=True)), name


def test_a_run_on_a_device_is_the_run_of_the_cpu(tmp_path):
    """Training, scores, and all that is saved."""
    split, settings = dataset("family").split("split"), Settings(**QUICK)
    for _ in train(*split, tmp_path / "here", settings):
        pass
    with Elsewhere() as device:
        for _ in train(*split, tmp_path / "there", settings, device="meta"):
            pass
    assert device.read
    assert bits(Run.open(tmp_path / "here")) == bits(Run.open(tmp_path / "there"))
