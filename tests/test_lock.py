"""Lock: one process at a time, and none that is gone in its way."""

from __future__ import annotations

import errno
import json
import os
import socket
import subprocess
import sys

import pytest

from spinodal.runs import lock
from spinodal.runs.lock import held

HOLD = "import sys; from pathlib import Path; from spinodal.runs.lock import held\n" \
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
    with pytest.raises(FileExistsError, match=rf"process {child.pid} on .* trains into .*run: wait for it"):
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


LEFT = {
    "nothing, on a full disk": b"",
    "half of it": b'{"pid": 1',
    "a number": b"5",
    "a list": b"[]",
    "no host": b'{"pid": 1}',
    "a number of thousands of digits": b'{"pid": ' + b"9" * 5000 + b', "host": "here"}',
    "a number that is too large for the system": b'{"pid": 99999999999999999999, "host": "here"}',
    "a pid that is none": b'{"pid": null, "began": "1", "host": "here"}',
    "another host": b'{"pid": 1, "began": "1", "host": "elsewhere"}',
    "no text": b"\xff\x00" * 700,
}


@pytest.mark.parametrize("text", LEFT.values(), ids=LEFT)
def test_a_file_that_was_left_is_no_hindrance_whatever_is_in_it(tmp_path, text):
    (tmp_path / ".run.lock").write_bytes(text)
    with held(tmp_path / "run"):
        assert json.loads((tmp_path / ".run.lock").read_text())["pid"] == os.getpid()
    assert entries(tmp_path) == []


@pytest.mark.parametrize("text", [text for text in LEFT.values() if b'host": "' not in text])
def test_who_does_not_say_who_it_is_has_the_lock_all_the_same(tmp_path, text):
    child = holder(tmp_path / "run")
    (tmp_path / ".run.lock").write_bytes(text)
    with pytest.raises(FileExistsError, match=r"another process trains into .*run: wait for it"):
        held(tmp_path / "run").__enter__()
    assert (let_go(child), entries(tmp_path)) == (0, [])


def test_a_full_disk_is_no_hindrance(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    with held(tmp_path / "run"), pytest.raises(FileExistsError, match="another process trains into"):
        held(tmp_path / "run").__enter__()


@pytest.mark.parametrize("number", lock.WITHOUT)
def test_a_disk_without_locks_is_warned_of(tmp_path, monkeypatch, number):
    def refuse(*_, **__):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("fcntl.flock", refuse)
    with pytest.warns(UserWarning, match="run has no locks: start no other training there"), held(tmp_path / "run"):
        pass


def test_what_else_the_system_says_is_an_error(tmp_path):
    (tmp_path / ".run.lock").mkdir()
    with pytest.raises(OSError, match="directory"):
        held(tmp_path / "run").__enter__()
    with held(tmp_path / ("a" * 255)):
        assert len(entries(tmp_path)[0]) == 255  # the longest name has a lock, too


def test_a_folder_around_that_takes_no_lock_is_said_before_the_work(tmp_path, monkeypatch):
    """As of a disk that is mounted for a user who may not write beside it."""

    def refuse(*_, **__):
        raise PermissionError(errno.EACCES, "Permission denied")

    lock.precheck(tmp_path / "deep" / "run")
    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    with pytest.raises(PermissionError, match="Permission denied beside it, where the lock file of a run is"):
        lock.precheck(tmp_path)


CROWD = """
import os, sys, time
from pathlib import Path
from spinodal.runs.lock import held
place, number = Path(sys.argv[1]), Path(sys.argv[1], "number")
for _ in range(3):
    os.fork()
done = 0
while done < 20:
    try:
        with held(place / "run"):
            before = int(number.read_text())
            time.sleep(0.0005)
            number.write_text(str(before + 1))
            done += 1
    except FileExistsError:
        pass
try:
    while True:
        os.wait()
except ChildProcessError:
    pass
"""


def test_of_many_one_is_in_at_a_time(tmp_path):
    """Each adds 1 to a number in a file: none is lost."""
    (tmp_path / "number").write_text("0")
    subprocess.run([sys.executable, "-c", CROWD, tmp_path], check=True, timeout=60)
    assert ((tmp_path / "number").read_text(), entries(tmp_path)) == (str(8 * 20), ["number"])
