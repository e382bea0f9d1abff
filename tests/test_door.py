"""Door: every way that a command can end."""

from __future__ import annotations

import warnings

import pytest

from spinodal.door import door

ENDS = [
    (FileNotFoundError(2, "No such file", "x.csv"), 1, "x.csv: No such file"),
    (FileExistsError("x is there"), 1, "x is there"),
    (ValueError("two\n  lines"), 1, "two lines"),
    (FloatingPointError("not finite"), 1, "not finite"),
    (RuntimeError("can't allocate memory"), 1, "there is not enough memory for this: take fewer hidden units, or a "
     "smaller batch"),
    (KeyboardInterrupt(), 130, "stopped; a training goes on with --resume"),
]  # fmt: skip


@pytest.mark.parametrize(("error", "code", "said"), ENDS, ids=repr)
def test_an_error_is_a_line_and_a_code(capsys, error, code, said):
    with pytest.raises(SystemExit) as end, door():
        raise error
    assert (end.value.code, capsys.readouterr().err) == (code, f"spinodal: {said}\n")


def test_who_stops_reading_is_no_error(capsys, monkeypatch, tmp_path):
    with (tmp_path / "out").open("w") as out:
        monkeypatch.setattr("sys.stdout", out)
        with door():
            raise BrokenPipeError
        print("into nothing", file=out, flush=True)
    assert (tmp_path / "out").read_text() == ""
    assert capsys.readouterr().err == ""


@pytest.mark.filterwarnings("default")
def test_a_warning_is_a_line(capsys):
    with door():
        warnings.warn("mind this", stacklevel=1)
    assert capsys.readouterr().err == "spinodal: note: mind this\n"
