"""Caching: compiled kernels are kept on disk where possible, and damaged ones are compiled again.

numba keeps what it compiles in a folder beside the source or in the user's cache (NUMBA_CACHE_DIR names another), by
source, types, and the name and features of the CPU. This module adds three rules. Where neither folder can be written,
a private folder among temporary files is used, or nothing is kept. Damaged or unreadable files and a full disk raise no
error. Each kind of CPU has its own files, so computers that share a home folder don't overwrite each other's.
"""

from __future__ import annotations

import hashlib
import logging
import os
import stat
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from numba.core.caching import CompileResultCacheImpl, FunctionCache, UserWideCacheLocator
from numba.core.registry import cpu_target


def keep(kernel: Any) -> Any:
    """A kernel of `numba.njit`, whose compiled code is kept on disk where possible."""
    try:
        kernel._cache = _Cache(kernel.py_func)
    except RuntimeError:
        return kernel  # no folder can be written: a line says so when it is compiled
    return kernel


def how_often(kernel: Any) -> str:
    """How often a kernel is compiled, and where it is kept if that is not the usual place, in words."""
    if not isinstance(kernel._cache, _Cache):
        return "in every process, as no folder takes them (set NUMBA_CACHE_DIR to one that does)"
    own = isinstance(kernel._cache._impl.locator, _OwnFolder)
    return "once for this machine" + (f", and keeping them in {Path(kernel._cache.cache_path).parent}" if own else "")


def own_folder() -> Path | None:
    """A folder among temporary files that only this user can read; None where there can be none."""
    try:
        folder = Path(tempfile.gettempdir(), f"spinodal-{os.geteuid()}")
        folder.mkdir(mode=0o700, exist_ok=True)
        about = folder.lstat()
    except OSError:
        return None
    private = stat.S_ISDIR(about.st_mode) and about.st_uid == os.geteuid() and not stat.S_IMODE(about.st_mode) & 0o077
    return folder if private else None  # another user may have made it, to make us run their code


class _OwnFolder(UserWideCacheLocator):
    """Keeps kernels in `own_folder`."""

    def __init__(self, py_func: Any, py_file: str) -> None:
        super().__init__(py_func, py_file)
        self._cache_path = str(Path(own_folder() or "", self.get_suitable_cache_subpath(py_file)))

    @classmethod
    def from_function(cls, py_func: Any, py_file: str) -> Any:
        return super().from_function(py_func, py_file) if own_folder() else None


class _Kept(CompileResultCacheImpl):
    """How a kernel is kept: for this CPU, with a checksum of its code."""

    _locator_classes = [*CompileResultCacheImpl._locator_classes, _OwnFolder]  # noqa: RUF012

    def get_filename_base(self, fullname: str, abiflags: str) -> str:
        return f"{super().get_filename_base(fullname, abiflags)}-{_cpu()}"

    def reduce(self, data: Any) -> Any:
        library, *rest = super().reduce(data)
        return _digest(library), library, *rest

    def rebuild(self, target_context: Any, reduced_data: Any) -> Any:
        digest, library, *rest = reduced_data
        if digest != _digest(library):
            raise ValueError("its checksum is wrong")
        return super().rebuild(target_context, (library, *rest))


class _Cache(FunctionCache):
    """Loads compiled code that is intact, and saves it where possible."""

    _impl_class = _Kept

    def __init__(self, py_func: Any) -> None:
        super().__init__(py_func)
        self._cache_file._source_stamp = self._cache_file._source_stamp, _inlined()

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        try:
            found = super().load_overload(sig, target_context)
            if found is not None and tuple(found.signature.args) != tuple(sig):
                raise ValueError("two processes wrote it at once")
        except Exception as error:  # what is damaged raises anything
            _say(f"compiled kernels in {self.cache_path} are damaged ({_said(error)}), and compiled anew")
            self._forget()
            return None
        return found

    def save_overload(self, sig: Any, data: Any) -> None:
        try:
            super().save_overload(sig, data)
        except OSError as error:
            _say(f"compiled kernels can't be kept in {self.cache_path} ({_said(error)}), so every process compiles "
                 "them: set NUMBA_CACHE_DIR to a folder that takes them")  # fmt: skip

    def _forget(self) -> None:
        """Empties the index, which may be the damaged file."""
        try:
            self.flush()
        except OSError as error:
            logging.getLogger("spinodal").debug("%s keeps what is damaged: %s", self.cache_path, error)


@cache
def _cpu() -> str:
    """A hash of the name and the features of this CPU, for which numba compiles."""
    return hashlib.sha256(repr(cpu_target.target_context.codegen().magic_tuple()).encode()).hexdigest()[:8]


@cache
def _inlined() -> str:
    """A hash of the sources that kernels take in: numba itself notices only changes of a kernel's own file."""
    texts = (Path(__file__).with_name(name).read_bytes() for name in ("cpu_elementary.py", "series.py", "vectors.py"))
    return hashlib.sha256(b"".join(texts)).hexdigest()


def _digest(library: Any) -> str:
    """SHA-256 of compiled code, as numba has it: names and bytes."""
    return hashlib.sha256(repr(library).encode()).hexdigest()


def _said(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error) or type(error).__name__


@cache
def _say(text: str) -> None:
    """Logs a warning, once a process."""
    logging.getLogger("spinodal").warning(f"spinodal: {text}")
