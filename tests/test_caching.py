"""Compiled kernels are kept where that can be, and nothing that is kept there, or isn't, stands in anybody's way."""

from __future__ import annotations

import errno
import importlib.util
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from numba import njit
from numba.core import config
from numba.core.caching import _CacheLocator

import spinodal
from spinodal.machines.kernels import caching
from spinodal.machines.kernels.caching import how_often, keep, own_folder

from .test_compiling import RUN


@pytest.fixture(autouse=True)
def _fresh(tmp_path, monkeypatch):
    """A cache of its own, and nothing that was said."""
    monkeypatch.setattr(config, "CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    caching._say.cache_clear()


@pytest.fixture
def kernel(tmp_path, monkeypatch):
    """A function that makes the same small kernel anew, as another process would."""
    source = tmp_path / "small.py"
    source.write_text("def double(x):\n    return 2 * x\n")

    def make():
        spec = importlib.util.spec_from_file_location("small", source)
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, "small", module)  # what is read from the disk imports it by name
        spec.loader.exec_module(module)
        return keep(njit(module.double))

    return make


def kept(folder, suffix):
    return sorted(folder.rglob(f"*.{suffix}"))


def hits(made, value=1.5):
    """How many kernels came from the disk for this call."""
    before = sum(made.stats.cache_hits.values())
    assert made(value) == 2 * value
    return sum(made.stats.cache_hits.values()) - before


def test_what_was_compiled_is_there_for_the_next_process(kernel, caplog):
    assert [hits(kernel()), hits(kernel())] == [0, 1]
    assert not caplog.records


def test_a_change_of_what_kernels_take_in_compiles_them_anew(kernel, monkeypatch):
    hits(kernel())
    monkeypatch.setattr(caching, "_inlined", lambda: "another source")
    assert [hits(kernel()), hits(kernel())] == [0, 1]


def cut(path):
    path.write_bytes(path.read_bytes()[:-20])


def flip(path):
    """One bit in the compiled code."""
    data = bytearray(path.read_bytes())
    data[data.index(b"ELF") + 200 if b"ELF" in data else len(data) // 2] ^= 1
    path.write_bytes(data)


def folder(path):
    path.unlink()
    path.mkdir()


DAMAGES = {
    "cut off": cut,
    "empty": lambda path: path.write_bytes(b""),
    "zeros": lambda path: path.write_bytes(bytes(path.stat().st_size)),
    "another thing": lambda path: path.write_bytes(b"\x80\x04K\x05."),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
@pytest.mark.parametrize("suffix", ["nbi", "nbc"])
def test_what_is_damaged_is_said_once_and_compiled_anew(tmp_path, kernel, caplog, damage, suffix):
    hits(kernel())
    for path in kept(tmp_path, suffix):
        damage(path)
    assert hits(kernel()) == 0
    if caplog.records:  # an index of another version is none to numba, and no damage
        (said,) = caplog.messages
        assert said.startswith(f"spinodal: compiled kernels in {tmp_path / 'cache'}")
        assert said.endswith("and compiled anew")
    else:
        assert suffix == "nbi"
    caplog.clear()
    assert hits(kernel()) == 1
    assert not caplog.records


def test_a_bit_that_flipped_in_the_code_is_noticed(tmp_path, kernel, caplog):
    """Such code would be run."""
    hits(kernel())
    (path,) = kept(tmp_path, "nbc")
    flip(path)
    assert (hits(kernel()), len(caplog.messages)) == (0, 1)
    assert "its checksum is wrong" in caplog.text
    assert hits(kernel()) == 1


def test_what_two_processes_wrote_at_once_is_not_taken_for_one_another(tmp_path, kernel, caplog):
    """numba counts files; two that begin at once write a kernel of integers where the index says real numbers."""
    hits(kernel(), 1.5)
    (real,) = kept(tmp_path, "nbc")
    right = real.read_bytes()
    shutil.rmtree(tmp_path / "cache")
    hits(kernel(), 3)
    (other,) = kept(tmp_path, "nbc")
    assert other == real
    other.write_bytes(right)
    assert hits(kernel(), 3) == 0
    assert "two processes wrote it at once" in caplog.text


def test_what_cannot_be_read_or_written_is_no_error(tmp_path, kernel, caplog):
    hits(kernel())
    (index,) = kept(tmp_path, "nbi")
    folder(index)
    assert hits(kernel()) == 0
    assert "Is a directory" in caplog.text
    assert caplog.text.count("can't be kept") == 1


def test_a_full_disk_is_said_once(kernel, caplog, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("numba.core.caching.IndexDataCacheFile.save", full)
    made = kernel()
    assert hits(made) + hits(made, 1) + hits(kernel()) == 0
    (said,) = caplog.messages
    assert "(No space left on device), so every process compiles them: set NUMBA_CACHE_DIR" in said


def test_another_kind_of_cpu_has_files_of_its_own(tmp_path, kernel, monkeypatch):
    """Hosts that share a home may begin at once: none takes the other's code, nor writes over it."""
    hits(kernel())
    monkeypatch.setattr(caching, "_cpu", lambda: "other")
    assert hits(kernel()) == 0
    monkeypatch.undo()
    monkeypatch.setattr(config, "CACHE_DIR", str(tmp_path / "cache"))
    assert len(kept(tmp_path, "nbi")) == len(kept(tmp_path, "nbc")) == 2
    assert hits(kernel()) == 1


CPU = "from spinodal.machines.kernels import caching; print(caching._cpu())"


def test_kinds_of_cpus_are_told_apart_by_name_and_features():
    env = os.environ | {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}
    done = subprocess.run([sys.executable, "-c", CPU], env=env, capture_output=True, text=True, check=True)
    assert len(done.stdout.strip()) == len(caching._cpu())
    assert done.stdout.strip() != caching._cpu()


def test_where_no_usual_folder_can_be_written_one_of_the_users_own_is_taken(tmp_path, kernel, monkeypatch):
    only_in(tmp_path / f"spinodal-{os.geteuid()}", monkeypatch)
    assert [hits(kernel()), hits(kernel())] == [0, 1]
    assert stat.S_IMODE(own_folder().stat().st_mode) == 0o700
    assert how_often(kernel()) == f"once for this machine, and keeping them in {own_folder()}"


def only_in(place, monkeypatch):
    """No other folder can be written."""
    real = _CacheLocator.ensure_cache_path

    def refuse(self):
        if not Path(self.get_cache_path()).is_relative_to(place):
            raise PermissionError(errno.EACCES, "Permission denied")
        real(self)

    monkeypatch.setattr(_CacheLocator, "ensure_cache_path", refuse)


STRANGE = {
    "open to others": lambda path: (path.mkdir(), path.chmod(0o777)),
    "readable by others": lambda path: (path.mkdir(), path.chmod(0o755)),
    "a link": lambda path: ((path.parent / "theirs").mkdir(mode=0o700), path.symlink_to("theirs")),
    "a file": lambda path: path.touch(mode=0o700),
    "another's": lambda path: (path.mkdir(mode=0o700), os.chown(path, 12345, -1)),
}


@pytest.mark.parametrize("what", STRANGE)
def test_a_folder_that_another_user_may_have_made_is_not_taken(tmp_path, kernel, monkeypatch, what):
    if what == "another's" and os.geteuid() != 0:
        pytest.skip("only root gives a folder away")
    STRANGE[what](tmp_path / f"spinodal-{os.geteuid()}")
    assert own_folder() is None
    monkeypatch.setattr(caching._Kept, "_locator_classes", [caching._OwnFolder])
    made = kernel()
    assert hits(made) == 0
    assert how_often(made).startswith("in every process, as no folder takes them")
    assert kept(tmp_path, "nbi") == []


def test_without_a_temporary_folder_there_is_none_of_ones_own(monkeypatch):
    def nowhere():
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found")

    monkeypatch.setattr(tempfile, "gettempdir", nowhere)
    assert own_folder() is None


@pytest.mark.platform
def test_an_installation_that_is_read_only_without_a_home_works(tmp_path):
    """As in a container: neither the package nor a home can be written. Here both are in files' places."""
    package = tmp_path / "site" / "spinodal"
    shutil.copytree(Path(spinodal.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    (package / "machines" / "kernels" / "__pycache__").touch()
    env = {k: v for k, v in os.environ.items() if not k.startswith(("NUMBA", "XDG"))}
    env |= {"PYTHONPATH": str(tmp_path / "site"), "HOME": "/dev/null", "TMPDIR": str(tmp_path)}

    def said():
        done = subprocess.run([sys.executable, "-c", RUN], env=env, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stderr

    own = tmp_path / f"spinodal-{os.geteuid()}"
    assert said() == f"spinodal: compiling its kernels once for this machine, and keeping them in {own}: some seconds\n"
    assert said() == ""
