"""Terminal: names from data and files never contain control characters when printed; written files stay exact.

On a terminal no line is longer than the terminal, and in a pipe each message is one line.
"""

from __future__ import annotations

import ast
import csv
import fcntl
import json
import os
import pty
import re
import struct
import sys
import termios
import threading
import unicodedata
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import spinodal
from spinodal.cli.watch import each
from spinodal.runs.archive import Run
from spinodal.terminal import columns, escape_controls, fitted, folded

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


SPACED = st.lists(st.text("ab漢e\u0301", max_size=30) | st.sampled_from(["", " "]), max_size=30).map(" ".join)


@given(SPACED, st.integers(20, 120))
def test_what_a_terminal_has_no_room_for_is_folded_between_words(line, width):
    found = folded(line, width)
    assert [word for part in found for word in part.split(" ") if word] == [word for word in line.split(" ") if word]
    assert all(columns(part) <= width or " " not in part.strip() for part in found), found
    one = columns(line.strip()) <= width or " " not in line.strip()  # a word that is too long stays whole
    assert found == [line] if columns(line) <= width else len(found) > 1 or one


CELLS = st.lists(st.text("ab", min_size=1, max_size=12), min_size=5, max_size=5)


@given(st.lists(CELLS, min_size=2, max_size=4), st.integers(30, 60))
def test_all_rows_of_a_table_are_folded_at_the_same_columns(table, width):
    table = [[*row, "end"] for row in table]
    widths = [max(map(len, column)) for column in zip(*table)]
    rows = ["  ".join(f"{cell:{n}}" for cell, n in zip(row, widths)) for row in table]
    assert len({tuple(len(part.split()) for part in folded(row, width)) for row in rows}) == 1


@pytest.mark.parametrize(
    ("line", "lines"),
    [
        ("label      fish, plant, yeast", ["label      fish, plant,", "           yeast"]),
        ("           fish, plant, yeast", ["           fish, plant,", "           yeast"]),
        ("spinodal: note: the rest of it", ["spinodal: note: the rest", "  of it"]),
        ("rows in /a/path/of/31/characters/a.b", ["rows in", "/a/path/of/31/characters/a.b"]),
    ],
)
def test_later_lines_stand_below_the_second_cell(line, lines):
    assert folded(line, 25) == lines


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


# -- the width of a terminal --------------------------------------------------------------------

PEOPLE = {
    **{name: COMMANDS[name] for name in ("info", "inspect", "score", "compare", "no label", "no file", "no format")},
    "at times": ["score", "RUN", "--times", "1,9"],
    "privacy": ["score", "RUN", "--privacy"],
    "training": ["inspect", "TABLE", "--label", COLUMN, "--hidden", "5"],
    "predict": ["predict", "RUN", "TABLE", "-o", "OUT/p.csv"],
    "generate": ["generate", "RUN", "--label", f"{LABELS['beta']}=2", "--sure", "0.1", "--budget", "20", "-o", "-"],
    "scan": ["scan", "RUN", "TABLE", "-o", "OUT/e.csv"],
    "sites": ["sites", "RUN", "--permutations", "20", "-o", "OUT/s.csv"],
    "contacts": ["contacts", "RUN", "-o", "OUT/c.csv"],
    "likelihood": ["likelihood", "RUN", "TABLE", "-o", "OUT/l.csv", "--chains", "9", "--steps", "20"],
    "verify": ["verify", "RUN"],
    "export": ["export", "RUN", "-o", "OUT/model"],
    "fetch": ["fetch"],
    "no option": ["train", "TABLE", "--out", "OUT/x", "--search", "lr"],
}


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("name", PEOPLE)
def test_no_line_is_longer_than_the_terminal(place, tmp_path, name, capsys, monkeypatch):
    for stream in (sys.stdout, sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    places = {"RUN": place / RUN, "TABLE": place / "table.csv"}
    tokens = [places.get(token, token.replace("OUT", str(tmp_path))) for token in PEOPLE[name]]
    code, told = call(*tokens), capsys.readouterr()
    assert (code == 0) is not name.startswith("no "), told.err
    assert told.out + told.err
    long = [line for line in (told.out + told.err).splitlines() if columns(line) > 80]
    assert all(" " not in line.strip() for line in long), long  # paths stay whole


@contextmanager
def terminal(width):
    """A text file that is a terminal of so many columns, and a list of what is written to it, whole at the end."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
    said = []

    def listen():
        with suppress(OSError):  # the other end is closed
            while part := os.read(ours, 65536):
                said.append(part)

    reader = threading.Thread(target=listen)
    reader.start()
    with os.fdopen(theirs, "w") as file:
        yield file, said
    reader.join()
    os.close(ours)


def test_no_line_of_a_training_is_longer_than_the_terminal(place, tmp_path, monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    with terminal(80) as (file, said):
        monkeypatch.setattr(sys, "stderr", file)
        assert call("train", place / "table.csv", "--label", COLUMN, "--out", tmp_path / "run", "--updates", 10) == 0
    lines = re.split("[\r\n]+", re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", b"".join(said).decode()))
    assert any(line.startswith("age     10  ") for line in lines)
    assert max(map(columns, lines)) <= 80, lines


def test_the_width_is_that_of_the_stream(monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    with terminal(40) as (file, _):
        assert max(map(len, fitted("a word " * 20, file).splitlines())) in range(34, 41)
        monkeypatch.setenv("COLUMNS", "20")
        assert max(map(len, fitted("a word " * 20, file).splitlines())) in range(14, 21)


def test_in_a_pipe_a_message_is_one_line(place, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    assert call("score", place / RUN) == 0
    assert any(len(line) > 60 for line in capsys.readouterr().out.splitlines())
