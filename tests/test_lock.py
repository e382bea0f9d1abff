"""Lock: one process at a time, and none that is gone in its way."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from spinodal import lock
from spinodal.lock import held

HOLD = "import sys; from pathlib import Path; from spinodal.lock import held\n" \
       "with held(Path(sys.argv[1])): print('in', flush=True); sys.stdin.read()"  # fmt: skip


def entries(folder):
    return sorted(p.name for p in folder.iterdir())


def holder(path):
    """A process that holds the lock until it is told to stop."""
    child = subprocess.Popen([sys.executable, "-c", HOLD, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdout.readline() == b"in\n"
    return child


def let_go(child):
    for pipe in (child.stdin, child.stdout):
        pipe.close()
    return child.wait()


def write(path, **other):
    """A lock of this process, but for what is said otherwise."""
    own = {"pid": os.getpid(), "began": lock._began(os.getpid()), "host": socket.gethostname()}
    path.write_text(json.dumps(own | other))


def dead():
    """The number of a process that is no more."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


def test_a_lock_stands_beside_the_directory_while_it_is_held(tmp_path):
    with held(tmp_path / "deep" / "run"):
        assert entries(tmp_path / "deep") == [".run.lock"]
        said = json.loads((tmp_path / "deep" / ".run.lock").read_text())
        assert (said["pid"], said["host"]) == (os.getpid(), socket.gethostname())
    assert entries(tmp_path / "deep") == []


def test_a_lock_is_let_go_of_when_a_training_fails(tmp_path):
    with pytest.raises(FloatingPointError), held(tmp_path / "run"):
        raise FloatingPointError
    assert entries(tmp_path) == []


def test_two_directories_have_two_locks_and_two_names_of_one_directory_one(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "other").symlink_to("run")
    with held(tmp_path / "run"), held(tmp_path / "third"), pytest.raises(FileExistsError, match="trains into"):
        held(tmp_path / "other").__enter__()


def test_who_holds_it_is_said(tmp_path):
    child = holder(tmp_path / "run")
    with pytest.raises(FileExistsError, match=rf"process {child.pid} on .* trains into .*run: wait for it, or remove"):
        held(tmp_path / "run").__enter__()
    assert let_go(child) == 0
    with held(tmp_path / "run"):
        pass


def test_the_lock_of_a_killed_process_is_taken_over(tmp_path):
    child = holder(tmp_path / "run")
    child.kill()
    let_go(child)
    assert entries(tmp_path) == [".run.lock"]
    with held(tmp_path / "run"):
        assert json.loads((tmp_path / ".run.lock").read_text())["pid"] == os.getpid()
    assert entries(tmp_path) == []


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="nothing says when a process began")
def test_another_process_of_the_same_number_holds_nothing(tmp_path):
    write(tmp_path / ".run.lock", began="1")
    with held(tmp_path / "run"):
        assert json.loads((tmp_path / ".run.lock").read_text())["began"] != "1"


def test_a_process_of_another_host_may_be_there(tmp_path):
    write(tmp_path / ".run.lock", pid=dead(), host="elsewhere")
    with pytest.raises(FileExistsError, match="on elsewhere trains"):
        held(tmp_path / "run").__enter__()


@pytest.mark.parametrize("text", ["", '{"pid": 1', "5", "[]", "{}"])
def test_a_lock_that_says_nothing_is_not_taken_over(tmp_path, text):
    (tmp_path / ".run.lock").write_text(text)
    with pytest.raises(FileExistsError, match=r"another process trains into .*run.lock if it is no more"):
        held(tmp_path / "run").__enter__()
    assert (tmp_path / ".run.lock").read_text() == text


def test_a_process_of_somebody_else_is_there(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError

    monkeypatch.setattr(os, "kill", refuse)
    write(tmp_path / ".run.lock", began="1")
    with pytest.raises(FileExistsError, match="trains into"):
        held(tmp_path / "run").__enter__()


def test_where_nothing_says_when_a_process_began_its_number_counts(tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "read_text", lambda path, real=Path.read_text: refuse_proc(path) or real(path))
    assert lock._began(os.getpid()) == ""
    write(tmp_path / ".run.lock")
    with pytest.raises(FileExistsError, match="trains into"):
        held(tmp_path / "run").__enter__()


def refuse_proc(path):
    if path.parts[1:2] == ("proc",):
        raise FileNotFoundError


def test_a_lock_that_was_let_go_of_meanwhile_is_taken(tmp_path, monkeypatch):
    path, real = tmp_path / ".run.lock", lock._read
    write(path)

    def late(asked):
        path.unlink()
        monkeypatch.setattr(lock, "_read", real)
        return real(asked)

    monkeypatch.setattr(lock, "_read", late)
    with held(tmp_path / "run"):
        assert path.exists()


@pytest.mark.parametrize("quicker", [True, False])
def test_of_two_that_take_over_one_does(tmp_path, monkeypatch, quicker):
    path, real = tmp_path / ".run.lock", lock._remove
    write(path, pid=dead())

    def late(asked, said):
        path.unlink()
        if quicker:
            write(path)  # another has taken it over, and holds it
        real(asked, said)

    monkeypatch.setattr(lock, "_remove", late)
    if quicker:
        with pytest.raises(FileExistsError, match=f"process {os.getpid()} on"):
            held(tmp_path / "run").__enter__()
        assert entries(tmp_path) == [".run.lock"]
    else:
        with held(tmp_path / "run"):
            assert entries(tmp_path) == [".run.lock"]
