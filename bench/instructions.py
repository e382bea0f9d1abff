"""Instructions: how this processor multiplies bytes, and how a session plays an older processor."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

SETS = ("AMX", "VNNI", "AVX2")
"""The instruction sets that goals are for, from fast to slow: AMX multiplies tiles of bytes, VNNI vectors of them."""

PLAYED = {
    "VNNI": {"ONEDNN_MAX_CPU_ISA": "AVX512_CORE_VNNI"},
    "AVX2": {
        "ONEDNN_MAX_CPU_ISA": "AVX2",
        "MKL_ENABLE_INSTRUCTIONS": "AVX2",
        "ATEN_CPU_CAPABILITY": "avx2",
        "NUMBA_CPU_NAME": "haswell",
        "NUMBA_CPU_FEATURES": "",  # no more than that processor has
    },
}
"""The environment in which the products and loops of a process are those of a processor with no more than this."""

FLAGS = {"AMX": {"amx_int8"}, "VNNI": {"avx512_vnni", "avx_vnni"}}
"""Flags of /proc/cpuinfo, any of which a set needs."""

CAPS = {
    "AMX": ("", "ALL", "DEFAULT", "AVX512_CORE_AMX", "AVX512_CORE_AMX_FP16", "AVX10_1_512_AMX", "AVX10_1_512_AMX_FP16"),
    "VNNI": ("AVX512_CORE_VNNI", "AVX512_CORE_BF16", "AVX512_CORE_FP16", "AVX10_1_512", "AVX2_VNNI", "AVX2_VNNI_2"),
}
"""Values of ONEDNN_MAX_CPU_ISA that leave a set to oneDNN, beside those of faster sets."""


def flags(cpuinfo: Path = Path("/proc/cpuinfo")) -> set[str]:
    """The flags of the first processor; none where the system doesn't say them."""
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    return set(next((line.partition(":")[2].split() for line in lines if line.startswith("flags")), []))


def current(known: set[str], environment: Mapping[str, str]) -> str:
    """The set by which oneDNN multiplies bytes in a process, by the processor's flags and ONEDNN_MAX_CPU_ISA."""
    cap, allowed = environment.get("ONEDNN_MAX_CPU_ISA", "").upper(), set[str]()
    for name, needed in FLAGS.items():
        allowed |= set(CAPS[name])
        if known & needed and cap in allowed:
            return name
    return "AVX2"


def slower(name: str) -> tuple[str, ...]:
    """The sets that a processor with this one can play."""
    return SETS[SETS.index(name) + 1 :]
