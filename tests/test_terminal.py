"""Terminal: names from data and files never contain control characters when printed; written files stay exact."""

from __future__ import annotations

import ast
import csv
import json
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import spinodal
from spinodal.cli.watch import each
from spinodal.runs.archive import Run
from spinodal.terminal import escape_controls

from .calls import call
from .toys import QUICK, rows

LABELS = {"alpha": "[red]fi\x1b[31msh[/]", "beta": "\x9b2J\u202edrib", "gamma": "[/]\x07\x7f"}
COLUMN = "fam\x1b]0;ily\x07[bold]"
RUN = "run[red]\x1b[1m\u2066"
STEERING = {"Cc", "Cs", "Zl", "Zp"}
TURNING = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


def steers(text):
    return [c for c in text if c != "\n" and (unicodedata.category(c) in STEERING or c in TURNING)]


@given(st.text(st.characters()))
def test_nothing_visible_steers_and_all_else_stays(text):
    shown = escape_controls(text)
    assert not steers(shown)
    assert "\n" not in shown
    if not steers(text) and "\n" not in text:
        assert shown == text


def test_everything_is_printed_by_way_of_the_terminal():
    for path in Path(spinodal.__file__).parent.rglob("*.py"):
        calls = [n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Call)]
        printing = [c for c in calls if isinstance(c.func, ast.Name) and c.func.id == "print"]
        assert not printing or (path.name == "terminal.py"), path


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with data of names that would steer a terminal, and a run of them."""
    folder = tmp_path_factory.mktemp("names") / "da\x1b[5mta"
    folder.mkdir()
    found = [
        {"name": f"{r['name']}\x1b[7m\u202e", "sequence": r["sequence"], COLUMN: LABELS[r["family"]]} for r in rows(60)
    ]
    with (folder / "table.csv").open("w", newline="") as out:
        writer = csv.DictWriter(out, found[0].keys())
        writer.writeheader()
        writer.writerows(found)
    quick = [x for k, v in (QUICK | {"updates": 10}).items() for x in (f"--{k.replace('_', '-')}", v)]
    assert call("train", folder / "table.csv", "--label", COLUMN, "--out", folder / RUN, *quick) == 0
    return folder


COMMANDS = {
    "info": ["info", "RUN"],
    "info --json": ["info", "RUN", "--json"],
    "inspect": ["inspect", "TABLE", "--label", COLUMN],
    "inspect --json": ["inspect", "TABLE", "--label", COLUMN, "--json"],
    "score": ["score", "RUN"],
    "score --json": ["score", "RUN", "--json", "--quick"],
    "compare": ["compare", "RUN", "RUN"],
    "compare --json": ["compare", "RUN", "--json"],
    "generate": ["generate", "RUN", "--label", f"{LABELS['beta']}=2", "-o", "-"],
    "predict": ["predict", "RUN", "TABLE"],
    "complete": ["complete", "RUN", "TABLE", "-o", "-"],
    "no label": ["generate", "RUN", "--label", "\x1b[2Jx=1", "-o", "-"],
    "no file": ["inspect", "\x1b[2J.csv"],
    "no run": ["info", "\x9b2J"],
    "no option": ["info", "RUN", "--\x1b[2J"],
    "no command": ["\x1b[2J\u202e"],
    "no column": ["inspect", "TABLE", "--label", "\x1b[2J"],
    "no format": ["generate", "RUN", "-n", "1", "-o", "x.\x1b[2J"],
}


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("name", COMMANDS)
def test_names_do_not_steer_a_terminal(place, name, capsys, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    places = {"RUN": place / RUN, "TABLE": place / "table.csv"}
    code, told = call(*(places.get(token, token) for token in COMMANDS[name])), capsys.readouterr()
    assert code == (0 if not name.startswith("no ") else code)
    assert not steers(told.out), told.out
    assert not steers(told.err), told.err
    if name.startswith("no "):
        assert code in (1, 2)
        assert told.err.count("\n") == 1
    if name in ("info", "predict", "inspect"):
        assert escape_controls(LABELS["alpha"]) in told.out
    if name == "info --json":
        said = json.loads(told.out)["machine"]["units"]["label"]["symbols"]
        assert sorted(said) == sorted(LABELS.values())


@pytest.mark.filterwarnings("default")  # few held-out rows
def test_what_is_written_stays_exact(place, tmp_path, capsys):
    assert call("predict", place / RUN, place / "table.csv", "-o", tmp_path / "p.csv") == 0
    with (tmp_path / "p.csv").open(newline="") as file:
        found = list(csv.DictReader(file))
    assert found[0]["name"] == "s000\x1b[7m\u202e"
    assert {row["predicted"] for row in found} <= set(LABELS.values())
    capsys.readouterr()
    assert call("predict", place / RUN, place / "table.csv", "-o", "-") == 0
    assert capsys.readouterr().out.encode() == (tmp_path / "p.csv").read_bytes()


def test_names_of_runs_are_no_markup_in_a_clock(capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")  # as on a terminal
    monkeypatch.setenv("COLUMNS", "200")
    record = {"machine": {"units": {"visible": {"kind": "Bernoulli", "size": 4}}}}
    runs = [Run(Path(name), record) for name in (RUN, "[bold]plain")]
    assert list(each(runs)) == runs
    told = capsys.readouterr().err
    assert f"{escape_controls(RUN)} is measured, 1 of 2" in told
    assert "[bold]plain is measured, 2 of 2" in told
    assert "measuring [bold]plain" in told
    assert "\u2066" not in told
    assert RUN not in told
