from __future__ import annotations

import os

import pytest
from bench import instructions, memory, tables
from bench.jobs import JOBS, Goal

AMX, VNNI = {"avx2", "avx512_vnni", "amx_int8"}, {"avx2", "avx_vnni"}


@pytest.mark.parametrize(
    ("flags", "cap", "found"),
    [
        (AMX, "", "AMX"),
        (AMX, "AVX512_CORE_AMX", "AMX"),
        (AMX, "avx512_core_fp16", "VNNI"),
        (AMX, "AVX2", "AVX2"),
        (VNNI, "", "VNNI"),
        (VNNI, "AVX512_CORE_AMX", "VNNI"),
        (VNNI, "AVX512_CORE", "AVX2"),
        ({"avx2"}, "", "AVX2"),
        (set(), "", "AVX2"),
    ],
)
def test_a_process_has_the_instructions_of_its_processor_up_to_the_cap(flags, cap, found):
    assert instructions.current(flags, {"ONEDNN_MAX_CPU_ISA": cap}) == found


@pytest.mark.parametrize("name", instructions.SETS)
def test_slower_instruction_sets_are_played(name):
    for older in instructions.slower(name):
        assert instructions.current(AMX, instructions.PLAYED[older]) == older


def test_flags_are_those_of_the_first_processor(tmp_path):
    (tmp_path / "cpuinfo").write_text("processor : 0\nflags\t\t: fpu avx2\nprocessor : 1\nflags : sse\n")
    assert instructions.flags(tmp_path / "cpuinfo") == {"fpu", "avx2"}
    assert instructions.flags(tmp_path / "none") == set()


def session(isa, played):
    goals = JOBS["gibbs"].goals
    contestants = {who: {"ms": 1.0, "ratio": {"median": 0.4}} for who in ("spinodal", "spinodal float32")}
    contestants |= {f"products by {x}": {"ms": 1.0, "ratio": {"median": 1.0}} for x in ("oneDNN", "torch")}
    found = {"gpu": None, "cores": "one", "everybody": False, "isa": isa, "played": played, "jobs": {}}
    return [goal for goal in goals if tables.applies(goal, contestants, found)], found | {
        "jobs": {"gibbs": contestants}
    }


@pytest.mark.parametrize("isa", instructions.SETS)
@pytest.mark.parametrize("played", [False, True])
def test_goals_are_judged_on_their_instruction_set(isa, played):
    judged, whole = session(isa, played)
    assert {goal.isa for goal in judged} == ({isa} & {"AMX", "VNNI"}) | (set() if played else {None})
    assert len(tables.verdicts(whole)) == len(judged)


def test_a_goal_of_another_instruction_set_is_not_judged():
    contestants = {who: {"ms": 1.0, "ratio": {"median": 9.0}} for who in ("spinodal", "rbms")}
    _, whole = session("VNNI", played=False)
    assert not tables.applies(Goal("rbms", least=3.5, isa="AMX"), contestants, whole)
    assert tables.applies(Goal("rbms", least=2.2, isa="VNNI"), contestants, whole)


@pytest.mark.parametrize(("gpu", "count"), [("NVIDIA H100 80GB HBM3", 2), ("Tesla T4", 0), (None, 0)])
def test_goals_in_milliseconds_are_judged_on_a_gpu_of_their_name(gpu, count):
    _, whole = session("AMX", played=False)
    own = {"spinodal": {"ms": 0.3, "ratio": {"median": 0.1}}}
    whole |= {"gpu": gpu, "cores": "all", "jobs": {"mnist": own, "protein": own}}
    found = [(goal, seen, said) for _, goal, seen, said in tables.verdicts(whole)]
    both = [("spinodal in 0.2 ms", "0.300 ms", tables.MISSED), ("spinodal in 0.9 ms", "0.300 ms", "reached")]
    assert found == both[:count]


def test_memory_is_judged_by_its_goal():
    few, many = {"exact": 15e6, "float32": 20e6}, {"exact": 18e6, "float32": 20e6}
    assert tables.heavy({"mnist": few, "rna": many}) == []
    assert tables.heavy({"mnist": many}) == ["mnist"]
    assert "| 18.0 | 20.0 | 0.90 | goal 15.75 MB: missed |" in tables.memory({"mnist": many})


@pytest.mark.skipif(not memory.measurable(), reason="peaks are reset on Linux")
def test_the_peak_is_what_was_alive_at_once():
    def work():
        for _ in range(2):  # freed in between
            bytearray(os.urandom(1)) * (64 * 2**20)

    assert memory.above(work) == pytest.approx(64 * 2**20, rel=0.1)
