"""Errors: every way that a command can end."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import warnings

import pytest

from spinodal.cli.errors import Stopped, exit_codes
from spinodal.cli.main import main

ENDS = [
    (FileNotFoundError(2, "No such file", "x.csv"), 1, "x.csv: No such file"),
    (FileExistsError("x is there"), 1, "x is there"),
    (ValueError("two\n  lines"), 1, "two lines"),
    (FloatingPointError("not finite"), 1, "not finite"),
    (RuntimeError("can't allocate memory"), 1, "there is not enough memory for this: take fewer hidden units, or a "
     "smaller batch"),
    (KeyboardInterrupt(), 130, "stopped; the same command goes on"),
    (Stopped(signal.SIGINT), 130, "stopped; the same command goes on"),
    (Stopped(signal.SIGTERM), 143, "stopped by SIGTERM; the same command goes on"),
    (Stopped(signal.SIGHUP), 129, "stopped by SIGHUP; the same command goes on"),
]  # fmt: skip


@pytest.mark.parametrize(("error", "code", "said"), ENDS, ids=repr)
def test_an_error_is_a_line_and_a_code(capsys, error, code, said):
    with pytest.raises(SystemExit) as end, exit_codes("the same command goes on"):
        raise error
    assert (end.value.code, capsys.readouterr().err) == (code, f"spinodal: {said}\n")


def in_the_wake_of(signal_, *others):
    """The last of several errors, each raised while the one before it was handled."""
    try:
        raise signal_
    except BaseException:
        try:
            raise others[0]
        except RuntimeError as error:
            return in_the_wake_of(error, *others[1:]) if others[1:] else error


@pytest.mark.parametrize("depth", [1, 2])
@pytest.mark.parametrize(("stopped", "code"), [(KeyboardInterrupt(), 130), (Stopped(signal.SIGTERM), 143)], ids=repr)
def test_a_signal_that_a_library_answers_with_an_error_is_still_a_signal(capsys, stopped, code, depth):
    """As numba does, where it comes while numba compiles."""
    with pytest.raises(SystemExit) as end, exit_codes():
        raise in_the_wake_of(stopped, *(RuntimeError(f"error {i}") for i in range(depth)))
    assert end.value.code == code
    assert capsys.readouterr().err.startswith("spinodal: stopped")


def test_an_error_that_is_a_mistake_of_ours_stays_one():
    with pytest.raises(RuntimeError, match="ours"), exit_codes():
        raise RuntimeError("ours")


def test_who_stops_reading_is_no_error(capsys, monkeypatch, tmp_path):
    with (tmp_path / "out").open("w") as out:
        monkeypatch.setattr("sys.stdout", out)
        with exit_codes():
            raise BrokenPipeError
        print("into nothing", file=out, flush=True)
    assert (tmp_path / "out").read_text() == ""
    assert capsys.readouterr().err == ""


@pytest.mark.filterwarnings("default")
def test_a_warning_is_a_line(capsys):
    with exit_codes():
        warnings.warn("mind this", stacklevel=1)
    assert capsys.readouterr().err == "spinodal: note: mind this\n"


WRITING = """
import os, signal, sys, time
from pathlib import Path
from spinodal.cli.errors import exit_codes
from spinodal.files.atomic import atomic_file
codes = []
for name in ("SIGINT", "SIGTERM", "SIGHUP", "nohup"):
    there, here = os.pipe()
    if (child := os.fork()) == 0:
        signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in what a script starts with "&"
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGHUP, signal.SIG_IGN if name == "nohup" else signal.SIG_DFL)
        with exit_codes(), atomic_file(Path(sys.argv[1], name)) as out:
            out.write(b"half")
            os.write(here, b"in")
            time.sleep(60)
    os.read(there, 2)
    said = [signal.SIGHUP, signal.SIGTERM] if name == "nohup" else [signal.Signals[name]] * 2
    for number in said:  # a closed terminal sends two
        os.kill(child, number)
        time.sleep(0.05)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    codes.append(code if code >= 0 else 128 - code)  # as a shell has it: the second came when all was done
print(codes)
"""


def test_signals_end_a_command_like_ctrl_c_and_leave_nothing_half_written(tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", WRITING, tmp_path], capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "[130, 143, 129, 143]\n"
    names = ["", " by SIGTERM", " by SIGHUP", " by SIGTERM"]  # who is told to ignore HUP, as by nohup, does
    assert done.stderr == "".join(f"spinodal: stopped{by}\n" for by in names)
    assert list(tmp_path.iterdir()) == []


def test_signals_are_given_back_and_left_to_the_main_thread():
    def handlers():
        return [signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]

    given = handlers()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # those of a terminal, whatever started the tests
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    before, inside = handlers(), []
    with exit_codes():
        inside.append(handlers())
    thread = threading.Thread(target=lambda: exit_codes().__enter__())
    thread.start()
    thread.join()
    after = handlers()
    for number, handler in zip((signal.SIGINT, signal.SIGTERM, signal.SIGHUP), given):
        signal.signal(number, handler)
    assert after == before
    assert all(one != two for one, two in zip(inside[0], before))


def test_a_full_standard_output_is_a_line(tmp_path):
    """What is left in the buffer is not tried once more when Python ends."""
    code = "from spinodal.cli.errors import exit_codes\nwith exit_codes(): print('x')"
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        done = subprocess.run([sys.executable, "-c", code], stdout=full, stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr) == (1, "spinodal: No space left on device\n")


class Suspicious:
    """A pydantic that refuses all that it is asked."""

    __version__ = "2.0"
    ValidationError = PydanticUserError = LookupError

    @staticmethod
    def TypeAdapter(hint):
        raise KeyError(f"{hint} was checked by pydantic")


def test_a_pydantic_that_a_notebook_has_loaded_checks_no_options(capsys, monkeypatch, tmp_path):
    """Cyclopts asks it where it is loaded, and it knows nothing of options that are not given."""
    monkeypatch.setitem(sys.modules, "pydantic", Suspicious)
    with pytest.raises(SystemExit) as end:
        main(["train", str(tmp_path / "none.csv"), "--out", str(tmp_path / "run"), "--steps", "3"])
    assert (end.value.code, capsys.readouterr().err) == (
        1,
        f"spinodal: {tmp_path / 'none.csv'}: No such file or directory\n",
    )
    assert sys.modules["pydantic"] is Suspicious
