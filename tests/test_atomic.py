"""Files as they are written: whole or not at all, and what is no file is not replaced."""

from __future__ import annotations

import errno
import gzip
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from spinodal.files import atomic, streams
from spinodal.files.atomic import (
    atomic_files,
    atomic_folder,
    atomic_path,
    atomic_paths,
    check_folder_writable,
    check_writable,
    hidden_name,
)

WAYS = {
    "handle": lambda path: atomic.atomic_file(path),
    "path": lambda path: atomic_path(path),
    "together": lambda path: atomic_files(path),
    "parts": lambda path: atomic_paths(path),
}


def entries(folder):
    return sorted(p.name for p in folder.iterdir())


def write(way, path, data=b"new"):
    """Write by one of the ways there are."""
    with WAYS[way](path) as made:
        made = made[0] if isinstance(made, list) else made
        made.write_bytes(data) if isinstance(made, Path) else made.write(data)


@pytest.fixture(params=WAYS)
def way(request):
    return request.param


def test_a_file_is_there_when_all_went_well_and_nothing_else(tmp_path, way):
    write(way, tmp_path / "a.txt")
    assert (entries(tmp_path), (tmp_path / "a.txt").read_bytes()) == (["a.txt"], b"new")


def fail(files, error, data=b"half"):
    """Write to all of them, and then something goes wrong."""
    with files as made:
        for one in made if isinstance(made, list) else [made]:
            one.write_bytes(data) if isinstance(one, Path) else one.write(data)
        raise error


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_what_goes_wrong_leaves_what_was_there(tmp_path, way, error):
    (tmp_path / "a.txt").write_text("old")
    with pytest.raises(error):
        fail(WAYS[way](tmp_path / "a.txt"), error)
    assert (entries(tmp_path), (tmp_path / "a.txt").read_text()) == (["a.txt"], "old")


def test_a_full_disk_is_told_by_the_file(tmp_path, way):
    with pytest.raises(OSError, match=r"No space left on device: '.*a.txt'"):
        fail(WAYS[way](tmp_path / "a.txt"), OSError(errno.ENOSPC, "No space left on device"))
    with pytest.raises(OSError, match=r"No space left on device: 'elsewhere'"):
        fail(WAYS[way](tmp_path / "a.txt"), OSError(errno.ENOSPC, "No space left on device", "elsewhere"))
    assert entries(tmp_path) == []


def test_several_files_appear_together_or_not_at_all(tmp_path):
    paths = [tmp_path / name for name in ("page.html", "page.json", "page.txt.gz")]
    paths[1].write_text("old")
    with pytest.raises(ZeroDivisionError):
        fail(atomic_files(*paths), ZeroDivisionError)
    assert (entries(tmp_path), paths[1].read_text()) == (["page.json"], "old")
    with atomic_files(*paths) as handles:
        for handle in handles:
            handle.write(b"new")
        assert [p.name for p in paths if p.exists()] == ["page.json"]
    assert entries(tmp_path) == sorted(p.name for p in paths)
    assert [gzip.decompress(p.read_bytes()) if p.suffix == ".gz" else p.read_bytes() for p in paths] == [b"new"] * 3


def test_a_disk_that_is_full_at_the_last_byte_keeps_all_of_them_away(tmp_path):
    """What is buffered is written at the end: no file has its name before the last one has its bytes."""
    code = (
        "import resource, sys; from pathlib import Path; from spinodal.files.atomic import atomic_files\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "with atomic_files(*map(Path, sys.argv[1:])) as (a, b): a.write(b'x'); b.write(b'x' * 5000)"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path / "a", tmp_path / "b"], capture_output=True, text=True)
    assert (done.returncode, entries(tmp_path)) == (1, [])
    assert done.stderr.splitlines()[-1] == f"OSError: [Errno 27] File too large: '{tmp_path / 'a'}'"


@pytest.mark.parametrize("dangling", [True, False])
def test_a_link_stays_and_the_file_that_it_leads_to_is_replaced(tmp_path, way, dangling):
    (tmp_path / "far").mkdir()
    (tmp_path / "link").symlink_to("middle")
    (tmp_path / "middle").symlink_to("far/a.txt")
    if not dangling:
        (tmp_path / "far" / "a.txt").write_text("old")
    write(way, tmp_path / "link")
    assert (tmp_path / "link").readlink() == Path("middle")
    assert (entries(tmp_path / "far"), (tmp_path / "far" / "a.txt").read_bytes()) == (["a.txt"], b"new")


def test_a_pipe_and_a_device_are_written_to_and_stay(tmp_path, way):
    os.mkfifo(tmp_path / "pipe")
    got = []
    reader = threading.Thread(target=lambda: got.append((tmp_path / "pipe").read_bytes()))
    reader.start()
    write(way, tmp_path / "pipe")
    reader.join()
    assert (got, entries(tmp_path)) == ([b"new"], ["pipe"])
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
    try:
        os.mknod(tmp_path / "null", stat.S_IFCHR | 0o666, os.makedev(1, 3))
        write(way, tmp_path / "null")
    except PermissionError:
        return  # only root makes devices, and not everywhere
    assert stat.S_ISCHR((tmp_path / "null").stat().st_mode)


OPEN = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from test_atomic import WAYS, write
for name in sys.argv[2:]:
    for way in WAYS:
        print("a", end="")
        write(way, Path(name), b"b")
"""


def test_what_is_open_already_goes_on_where_it_is(tmp_path):
    """A shell's `>` may have given it a file, in which something stands already."""
    (tmp_path / "link").symlink_to("/dev/stdout")
    names = ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", str(tmp_path / "link")]
    with (tmp_path / "out").open("wb") as out:
        here = str(Path(__file__).parent)
        subprocess.run([sys.executable, "-c", OPEN, here, *names], stdout=out, check=True)
    assert (tmp_path / "out").read_text() == "ab" * len(names) * len(WAYS)
    assert entries(tmp_path) == ["link", "out"]


NAMES = ["a" * 255, "ä" * 127, "a" * 247 + ".txt.gz", "日" * 85]


@pytest.mark.parametrize("name", NAMES, ids=[f"{len(n)} {n[0]}" for n in NAMES])
def test_a_name_may_be_as_long_as_names_are(tmp_path, way, name):
    write(way, tmp_path / name)
    assert entries(tmp_path) == [name]
    assert len(os.fsencode(hidden_name(Path(name)).name)) <= 255
    assert (
        hidden_name(Path(name), "lock") == hidden_name(Path(name), "lock") != hidden_name(Path(name[:-1] + "b"), "lock")
    )


def test_rights_stay_those_of_the_file_that_is_replaced(tmp_path, way):
    (tmp_path / "a").touch()
    (tmp_path / "a").chmod(0o600)
    write(way, tmp_path / "a")
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o600


def refused(folder):
    """Names that can't be written, and what is said of each."""
    (folder / "folder").mkdir()
    (folder / "kept").write_text("old")
    (folder / "kept").chmod(0o444)
    (folder / "behind").symlink_to("kept")
    (folder / "round").symlink_to("circle")
    (folder / "circle").symlink_to("round")
    (folder / "lost").symlink_to("nowhere/a.txt")
    return {
        "nowhere/a.txt": (FileNotFoundError, r'there is no folder ".*nowhere" for a.txt'),
        "lost": (FileNotFoundError, 'there is no folder ".*nowhere" for lost'),
        "kept/a.txt": (FileNotFoundError, 'there is no folder ".*kept"'),
        "folder": (IsADirectoryError, "folder is a folder: name a file"),
        "kept": (PermissionError, "kept is read-only: name another file, or make it writable"),
        "behind": (PermissionError, "behind is read-only"),
        "round": (OSError, "symbolic links: '.*round'"),
        "a" * 256: (OSError, "File name too long"),
    }


def test_what_cannot_be_written_is_said_before_the_work(tmp_path, way):
    for name, (kind, said) in refused(tmp_path).items():
        before = entries(tmp_path)
        for attempt in (check_writable, WAYS[way]):
            with pytest.raises(kind, match=said):
                attempt(tmp_path / name).__enter__()
        assert entries(tmp_path) == before
    assert (tmp_path / "kept").read_text() == "old"


def test_a_folder_that_takes_no_file_is_said_before_the_work(tmp_path, way, monkeypatch):
    def refuse(*_, **__):
        raise OSError(errno.EROFS, "Read-only file system", "something hidden")

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    for attempt in (check_writable, check_folder_writable):
        with pytest.raises(OSError, match=r"Read-only file system: '.*/new'"):
            attempt(tmp_path / "new")
    with pytest.raises(OSError, match=r"Read-only file system: '.*/new'"):
        WAYS[way](tmp_path / "new").__enter__()


def test_a_stream_that_is_not_ours_is_refused(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(PermissionError, match=r"no permission to write to .*pipe"):
        check_writable(tmp_path / "pipe")
    assert not streams.is_stream(Path("/dev/fd/no"))


def fill(path, names, error=None):
    """A folder of files, and of folders with a file."""
    with atomic_folder(path) as made:
        for name in names:
            (made / name).mkdir() if name.endswith("/") else (made / name).touch()
        if error:
            raise error


@pytest.mark.parametrize("there", [False, True, "link"])
def test_a_folder_appears_whole(tmp_path, there):
    path = tmp_path / "out"
    if there:
        (tmp_path / "real" if there == "link" else path).mkdir(mode=0o700)
    if there == "link":
        path.symlink_to("real")
    number = path.stat().st_ino if there else None
    with pytest.raises(KeyboardInterrupt):
        fill(path, ["a"], KeyboardInterrupt)
    assert list(path.iterdir()) == [] if there else not path.exists()
    fill(path, ["a", "b/"])
    assert entries(path) == ["a", "b"]
    assert number in (None, path.stat().st_ino)  # it may be a disk of its own, or where somebody stands
    assert path.is_symlink() == (there == "link")
    assert set(entries(tmp_path)) <= {"out", "real"}


def test_a_full_disk_is_told_by_the_folder(tmp_path):
    for hidden in (None, str(hidden_name(tmp_path / "out") / "a")):
        with pytest.raises(OSError, match=r"No space left on device: '.*/out'"):
            fill(tmp_path / "out", ["a"], OSError(errno.ENOSPC, "No space left on device", hidden))
    assert entries(tmp_path) == []


def test_the_folder_one_stands_in_can_be_filled(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    fill(Path(), ["a"])
    assert entries(tmp_path) == ["a"]


def test_a_folder_that_is_filled_in_part_is_emptied_again(tmp_path, monkeypatch):
    (tmp_path / "out").mkdir()
    real = Path.rename

    def rename(self, to):
        if self.name == "c":
            raise KeyboardInterrupt
        return real(self, to)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(KeyboardInterrupt):
        fill(tmp_path / "out", ["a", "b/", "c"])
    assert entries(tmp_path / "out") == []


def test_folders_that_are_not_empty_and_files_stay(tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a").touch()
    for name in ("full", "full/a"):
        with pytest.raises(FileExistsError, match="not an empty folder: name another"):
            atomic_folder(tmp_path / name).__enter__()
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        atomic_folder(tmp_path / "no" / "out").__enter__()
