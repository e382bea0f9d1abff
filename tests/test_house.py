"""The house is read in one direction, folder by folder and inside each folder, and its modules stay short."""

from __future__ import annotations

import ast
import importlib.util
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

import spinodal

from .conftest import TYPED

ROOT = Path(spinodal.__file__).parent
HOUSE = {  # rooms in reading order, and the modules of each
    "machines": (
        "noise kernels closest units potts fields couplings state parallel digits counted averages marginals fusion "
        "protocols dynamics registry network architectures energies neural guidance temperature conditioned paths "
        "bennett annealing tempering partition chaos"
    ),
    "learning": "gradients curvature averaging ascent fit",
    "data": (
        "row_blocks alphabet entries schema standard kinds bits neighbors balance shuffle splits dataset predicted "
        "reals matching detection row_checksums quoting suffixes"
    ),
    "files": (
        "opened extras hub hmmer letters sites aligned samples names levels arrays vcf_check hdf5_arrays hdf5_extras "
        "calls cells foreign keys matches people streams atomic manifest fasta a2m stockholm midi npz types mixed "
        "table companions site_pairs parquet vcf plink idx npy png hdf5 h5ad folders labels oxford haplotypes formats "
        "shards variants"
    ),
    "datasets": "",
    "scores": (
        "labels intervals matrices column_distances baseline distances adversarial copies diversity entropy membership "
        "moments music pairs regression genomes sequences spectrum"
    ),
    "tasks": "",
    "designs": "allowed measures steering constraints requests loop design",
    "analysis": (
        "densities likelihood equilibrium scaling confidence site_letters whole_rows couplings contacts information "
        "levels losses deciding mutations numbering variants scans"
    ),
    "estimator": "",
    "evaluation": (
        "scales reference classifier profiles measure judge structure structure_energy covariance known_judges "
        "esmfold linkage measures curves comparison_sets results confusions predictions row_shares preparation "
        "quick_scores parts failing_labels verdicts improbable attacks"
    ),
    "runs": (
        "stopping converters values rules settings recipes record log layout chains archive saved ages sharding "
        "sources locating wild_types aligning holding confidence models verification lock agreement common_rows "
        "meetings baselines guiding soundness bases building training peers memory advice learning_curve objective "
        "search journal sweep"
    ),
    "reporting": "plots page figures trials comparison text kept privacy report tracking model_card export",
    "ui": (
        "opened typed regions pictures weights chaotic uploads sound outputs actions standing tables handlers parts "
        "tabs page serving"
    ),
    "cli": "options errors watch demo commands main",
}
ROOMS = list(HOUSE)
EVERYONES = {
    *("errors", "functions", "job", "progress", "random_streams", "ranges", "ranks", "rendezvous", "room"),
    *("terminal", "_version"),
}
FILES = sorted(ROOT.rglob("*.py"))
each_file = pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))


@cache
def parse(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def parts(path):
    """The names of a module: its room, and its place in it."""
    *folders, name = path.relative_to(ROOT).with_suffix("").parts
    return [*folders, name] if name != "__init__" else folders


@cache
def public_names():
    """What the package offers, and the module each name is from."""
    stub = parse(ROOT / "__init__.pyi")
    return {a.asname or a.name: node.module or a.name for node in stub.body for a in node.names}


def modules_named_by(path):
    """The modules whose names a file imports: at its top, in functions, or for types alone; as lists of names."""
    package = ["spinodal", *path.relative_to(ROOT).parts[:-1]]
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            found = [a.name.split(".") for a in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            found = [[*base, *(node.module.split(".") if node.module else []), a.name] for a in node.names]
        else:
            continue
        for _, *rest in (m for m in found if m[0] == "spinodal"):
            yield public_names().get(rest[0], rest[0]).split(".") if len(rest) == 1 else rest or ["__init__"]


@each_file
def test_a_room_imports_only_from_rooms_above(path):
    named = {room for room, *_ in modules_named_by(path)} - EVERYONES
    if path.parent == ROOT and path.stem not in ROOMS:
        assert named <= {"__main__": {"cli"}}.get(path.stem, set())
        return
    own = parts(path)[0]
    assert own in ROOMS, f"{own} is not a room"
    below = {room for room in named - {own} if ROOMS.index(room) > ROOMS.index(own)}
    assert not below, f"{own} reads what comes after it: {sorted(below)}"


@each_file
def test_a_module_imports_only_from_modules_above_in_its_room(path):
    room, *rest = [*parts(path), ""]
    order = HOUSE.get(room, "").split()
    if not order or not rest[0]:  # what a room offers is made of all of it
        return
    assert rest[0] in order, f"{rest[0]} has no place in {room}/"
    named = {m[1] for m in modules_named_by(path) if m[0] == room and len(m) > 1 and m[1] in order} - {rest[0]}
    below = {name for name in named if order.index(name) > order.index(rest[0])}
    assert not below, f"{room}/{rest[0]} reads what comes after it: {sorted(below)}"


@each_file
def test_a_file_begins_with_its_sentence(path):
    sentence = ast.get_docstring(parse(path))
    assert sentence, "every module says what it is"
    assert sentence.splitlines()[0].endswith((".", ":", "?"))


@pytest.mark.parametrize(
    "path", [p for p in FILES if p.parent != ROOT or p.stem not in ("__init__", "_version")], ids=str
)
def test_the_map_says_what_is_written_at_the_door(path):
    page = ROOT.parents[1] / "docs" / "design.md"
    if not page.exists():
        pytest.skip("the package is installed without its docs")
    sentence = ast.get_docstring(parse(path)).split("\n\n")[0].replace("\n", " ")
    assert sentence in page.read_text(encoding="utf-8").replace("\\|", "|")


@each_file
def test_files_and_functions_are_short(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 500
    functions = [n for n in ast.walk(parse(path)) if is_function(n)]
    assert not {n.name: lines_of_code(n) for n in functions if lines_of_code(n) > 60}


def is_function(node):
    return isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))


def lines_of_code(function):
    """The lines of a function but its docstring, in which a command lists its options."""
    said = ast.get_docstring(function, clean=False) or ""
    return function.end_lineno - function.lineno + 1 - len(said.splitlines())


@pytest.mark.parametrize("name", TYPED)
def test_what_is_checked_by_its_types_has_no_functions_in_functions(name):
    """Each call would make their checks anew, which takes milliseconds."""
    functions = [n for n in ast.walk(parse(Path(importlib.import_module(name).__file__))) if is_function(n)]
    assert not {n.name: inner.name for n in functions for inner in ast.walk(n) if is_function(inner) and inner is not n}


@pytest.mark.parametrize("name", sorted(public_names()))
def test_public_names_are_there(name):
    module, offered = importlib.import_module(f"spinodal.{public_names()[name]}"), getattr(spinodal, name)
    assert offered is (module if isinstance(offered, ModuleType) else getattr(module, name))
    assert name in dir(spinodal)


def loaded_after(line):
    code = f"import sys; {line}; print(*[m for m in ('torch', 'numba', 'sklearn', 'matplotlib') if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return run.stdout.split()


def test_the_package_alone_loads_nothing_heavy():
    assert loaded_after("import spinodal") == []


def test_idle_threads_are_told_to_sleep_before_torch_is_there(monkeypatch):
    code = "import os, spinodal; print(os.environ['OMP_WAIT_POLICY'])"
    monkeypatch.delenv("OMP_WAIT_POLICY")
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "PASSIVE"


@pytest.mark.parametrize("torch_is_there", [True, False])
def test_a_policy_is_set_where_torch_is_not_loaded_yet(torch_is_there, monkeypatch):
    monkeypatch.delenv("OMP_WAIT_POLICY")
    if not torch_is_there:
        monkeypatch.delitem(sys.modules, "torch")
    spec = importlib.util.spec_from_file_location(
        "spinodal", ROOT / "__init__.py", submodule_search_locations=[str(ROOT)]
    )
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
    assert ("OMP_WAIT_POLICY" in os.environ) is not torch_is_there
    monkeypatch.setenv("OMP_WAIT_POLICY", "PASSIVE")
