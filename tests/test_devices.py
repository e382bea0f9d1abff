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

import pytest
import torch

from spinodal.machines.kernels import devices, integer_cpu, integer_reference

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

integer_cuda.LANES = 2048  # an interpreter takes as long for one number as for many
assert devices.agree(integer_cuda, torch.device("cpu"))
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
