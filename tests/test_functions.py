"""Functions: those of the user are found by name, and give a number for each row or an error of one line."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from spinodal.cli.main import main
from spinodal.functions import called, imported, numbers


def ones(rows):
    return np.ones(len(rows))


def test_a_function_of_the_current_folder_is_found(tmp_path, monkeypatch):
    (tmp_path / "of_mine_alone.py").write_text("def double(rows):\n    return [2 * x for x in rows]\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", [*__import__("sys").path])
    found = imported("of_mine_alone:double")
    assert called(found) == "of_mine_alone:double"
    assert numbers(found, [1, 2], 2, "double").tolist() == [2, 4]


@pytest.mark.parametrize(("name", "why"), [
    ("math", "MODULE:FUNCTION"),
    (":sin", "MODULE:FUNCTION"),
    ("math:", "MODULE:FUNCTION"),
    ("math:tau2", "can't be imported"),
    ("no_such_module_of_mine:f", "can't be imported"),
    ("math:pi", "is no function"),
])  # fmt: skip
def test_a_name_that_is_none_is_refused_in_a_line(name, why):
    with pytest.raises(ValueError, match=why) as error:
        imported(name)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "text", ["def f(:", "1 / 0", "raise RuntimeError('two\\nlines')", "from numpy import nothing_at_all"]
)
def test_a_module_that_fails_is_refused_in_a_line(text, tmp_path, monkeypatch):
    (tmp_path / "a_failing_module.py").write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ValueError, match="a_failing_module:f can't be imported") as error:
        imported("a_failing_module:f")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(("function", "why"), [
    (lambda rows: np.ones(2), r"numbers of shape \(2,\) for 3 rows"),
    (lambda rows: np.ones((3, 1)), r"numbers of shape \(3, 1\) for 3 rows"),
    (lambda rows: 1.0, r"numbers of shape \(\) for 3 rows"),
    (lambda rows: [1, np.nan, 2], "NaN or infinity for 1 of 3 rows"),
    (lambda rows: [1, np.inf, -np.inf], "NaN or infinity for 2 of 3 rows"),
    (lambda rows: ["a", "b", "c"], "fails on 3 rows: ValueError"),
    (lambda rows: None, r"numbers of shape \(\)|fails"),
    (lambda rows: 1 / 0, "fails on 3 rows: ZeroDivisionError"),
])  # fmt: skip
def test_what_is_no_finite_number_a_row_is_an_error(function, why):
    with pytest.raises(ValueError, match=why):
        numbers(function, [0, 0, 0], 3, "mine", finite=True)


def test_infinite_numbers_may_rank_rows():
    assert numbers(lambda rows: [-np.inf, 1], [0, 0], 2, "mine").tolist() == [-np.inf, 1]


def test_modules_of_ones_own_are_imported_for_a_command(tmp_path, monkeypatch, capsys):
    """So commands know units that are defined there, by the folder in which they run."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "my_units_of_a_test.py").write_text("import sys\nprint('here', file=sys.stderr)\n")
    monkeypatch.setenv("SPINODAL_IMPORT", "my_units_of_a_test, json")
    with pytest.raises(SystemExit):
        main(["info", "nowhere"])
    assert capsys.readouterr().err.startswith("here\n")
    monkeypatch.setenv("SPINODAL_IMPORT", "no_such_module")
    with pytest.raises(SystemExit):
        main(["info", "nowhere"])
    assert capsys.readouterr().err.startswith("spinodal: SPINODAL_IMPORT: no_such_module can't be imported (ModuleNot")
