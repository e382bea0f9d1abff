"""The core is read in one direction, and stays short."""

from __future__ import annotations

import ast
import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import spinodal

ROOT = Path(spinodal.__file__).parent
STREET = [  # in reading order
    "noise", "kernels", "closest", "units", "state", "spread", "averages", "marginals", "fusion", "protocols",
    "network", "dynamics", "gradients", "ascent", "training", "energies", "chaos", "tempering", "langevin", "columns",
    "alphabet", "entries", "schema", "standard", "kinds", "bits", "neighbors", "shuffle", "splits", "dataset",
    "reals", "quoting", "suffixes", "files", "datasets", "archive", "scores", "tasks", "estimator", "plots", "reports",
    "recipes", "judge",
    "evidence", "sources", "figures", "cards", "chapters", "stopping", "lock", "runs", "memory", "advice", "demo",
    "comparison", "options", "door", "watch", "commands", "cli",
]  # fmt: skip
EVERYONES = {"errors", "_version"}
FILES = sorted(ROOT.rglob("*.py"))
each_file = pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))


def parse(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def house(path):
    """The house on the street that a file belongs to."""
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def public_names():
    """What the package offers, and the house each name is from."""
    stub = parse(ROOT / "__init__.pyi")
    return {a.asname or a.name: node.module or a.name for node in stub.body for a in node.names}


def houses_named_by(path):
    """The houses whose names a file imports: at its top, in functions, or for types alone."""
    package = ["spinodal", *path.relative_to(ROOT).parts[:-1]]
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            modules = [a.name.split(".") for a in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            base = base + (node.module.split(".") if node.module else [])
            modules = [[*base, a.name] for a in node.names]
        else:
            continue
        for _, *rest in (m for m in modules if m[0] == "spinodal"):
            yield public_names().get(rest[0], rest[0]).split(".")[0] if rest else "__init__"


@each_file
def test_a_file_imports_only_from_above(path):
    if path.name == "__init__.py" and path.parent == ROOT:
        assert set(houses_named_by(path)) <= {"_version"}
        return
    own, named = house(path), set(houses_named_by(path)) - EVERYONES
    if own in EVERYONES | {"__main__"}:
        assert named <= ({"cli"} if own == "__main__" else set())
        return
    assert own in STREET, f"{own} is not on the street"
    below = {k for k in named - {own} if STREET.index(k) > STREET.index(own)}
    assert not below, f"{own} reads what comes after it: {sorted(below)}"


@each_file
def test_a_file_begins_with_its_sentence(path):
    sentence = ast.get_docstring(parse(path))
    assert sentence, "every module says what it is"
    assert sentence.splitlines()[0].endswith((".", ":", "?"))


@pytest.mark.parametrize("path", [p for p in FILES if house(p) not in ("__init__", "_version")], ids=str)
def test_the_map_says_what_is_written_at_the_door(path):
    page = ROOT.parents[1] / "docs" / "design.md"
    if not page.exists():
        pytest.skip("the package is installed without its docs")
    sentence = ast.get_docstring(parse(path)).split("\n\n")[0].replace("\n", " ")
    assert sentence in page.read_text(encoding="utf-8").replace("\\|", "|")


@each_file
def test_files_and_functions_are_short(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 500
    functions = [n for n in ast.walk(parse(path)) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))]
    assert not {n.name: lines_of_code(n) for n in functions if lines_of_code(n) > 60}


def lines_of_code(function):
    """The lines of a function but its docstring, in which a command lists its options."""
    said = ast.get_docstring(function, clean=False) or ""
    return function.end_lineno - function.lineno + 1 - len(said.splitlines())


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
