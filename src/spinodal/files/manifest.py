"""Manifest: what a folder of shards says about itself: what its rows depend on, and the checksum of each shard."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from .._version import __version__
from ..errors import FormatError, one_line
from .atomic import check_files_within, hidden_name

NAME = "manifest.json"
"""The file that a folder of shards has when all of its shards are there."""

FORMAT, VERSION = "spinodal shards", 1

SUFFIXES = ("fasta.gz", "csv.gz", "parquet", "npz", "bits.npz")
"""The formats of shards, as the suffixes of their files."""

DEFAULT_ROWS = 1_000_000
"""The rows of a shard where nothing else is asked for."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What the bytes of shards depend on.

    suffix: their format. rows: of all shards together. label_names: of each label layer, those that rows may have.
    schema: the note on the columns of a mixed table. job: what the rows are made from, such as seed and steps.
    """

    suffix: str
    rows: int
    rows_per_shard: int
    label_names: dict[str, list[str]]
    job: dict[str, Any]
    schema: dict[str, Any] | None = None

    @property
    def count(self) -> int:
        """The number of shards."""
        return -(-self.rows // self.rows_per_shard)

    def name(self, i: int) -> str:
        """The file name of shard i.

        >>> Plan(suffix="npz", rows=7, rows_per_shard=3, label_names={}, job={}).name(1)
        'shard-00001-of-00003.npz'
        """
        return f"shard-{i:05d}-of-{self.count:05d}.{self.suffix}"

    def part(self, i: int) -> slice:
        """The rows of shard i."""
        return slice(i * self.rows_per_shard, min((i + 1) * self.rows_per_shard, self.rows))

    def check_same(self, other: Plan, folder: Path) -> None:
        """Raises ValueError if the other plan, which a folder has, differs; the message says in what."""
        mine, theirs = ({k: getattr(plan, k) for k in _FIELDS} | plan.job for plan in (self, other))
        for name in {**mine, **theirs}:
            if mine.get(name) != theirs.get(name):
                there, here = (json.dumps(x.get(name), ensure_ascii=False)[:80] for x in (theirs, mine))
                raise ValueError(f"{folder} has the shards of another job: its {name.replace('_', ' ')} is {there}, "
                                 f"here it is {here}: give the same, or name another folder")  # fmt: skip


_FIELDS = ("rows", "rows_per_shard", "suffix", "label_names")
_DONE = "done"
_SHARDS = "shard-*-of-*"


class Shard(msgspec.Struct, frozen=True):
    """A shard that is complete: its file name, its rows, and the SHA-256 of its bytes."""

    file: str
    rows: int
    sha256: str

    @staticmethod
    def of(path: Path, rows: int) -> Shard:
        """What is to be said of a file that is complete."""
        with path.open("rb") as handle:
            return Shard(path.name, rows, hashlib.file_digest(handle, "sha256").hexdigest())

    def is_sound(self, folder: Path) -> bool:
        """Whether the file is in the folder, with this checksum."""
        path = folder / self.file
        return path.is_file() and Shard.of(path, self.rows) == self


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """The contents of manifest.json."""

    format: str
    version: int
    spinodal: str
    plan: Plan
    shards: list[Shard]


@dataclass(frozen=True)
class Place:
    """A folder of shards, complete or not.

    Until all shards are there, the plan and the checksum of each shard are in hidden files. Such a file has the same
    bytes whoever writes it, so processes that make shards need not know of each other. It is read before the manifest,
    and removed after the manifest is there, so that what it says is always found.
    """

    folder: Path

    def plan(self) -> Plan | None:
        """The plan of the shards that are here or are being made; None if there is none."""
        with suppress(FileNotFoundError):
            return _decoded(self._planned, Plan)
        with suppress(FileNotFoundError):
            return read_manifest(self.folder).plan
        return None

    def check_writable(self) -> None:
        """Raises OSError if no shards can be written here; to call before long work. Nothing is changed.

        FileExistsError if it is a file, or a folder of files without a plan of shards.
        """
        real = self.folder.is_dir()
        taken = real and any(not path.name.startswith(".") for path in self.folder.iterdir())  # before the plan is read
        if (taken and self.plan() is None) or (self.folder.exists() and not real):
            raise FileExistsError(f"{self.folder} exists and is not an empty folder: name another")
        check_files_within(self.folder)

    def check(self, plan: Plan) -> None:
        """Raises ValueError if the folder has shards of another plan."""
        if (there := self.plan()) is not None:
            plan.check_same(there, self.folder)

    def begin(self, plan: Plan) -> None:
        """Make the folder with its plan, if it isn't there. Raises what `check_writable` and `check` do."""
        self.check_writable()
        self.folder.mkdir(exist_ok=True)
        if self.plan() is None:
            _write(self._planned, plan)
        self.check(plan)

    def shards(self) -> dict[str, Shard]:
        """The shards that were completed, by their file names; their files may be gone."""
        noted = dict[str, Shard]()
        for path in self.folder.glob(f".shard-*.{_DONE}"):
            with suppress(FileNotFoundError, FormatError):  # removed meanwhile, or damaged: the shard is made again
                shard = _decoded(path, Shard)
                noted[shard.file] = shard
        with suppress(FileNotFoundError):
            return {shard.file: shard for shard in read_manifest(self.folder).shards} | noted
        return noted

    def add(self, shard: Shard) -> None:
        """Note a shard that is complete."""
        _write(self._note(shard.file), shard)

    def done(self, plan: Plan) -> list[Shard]:
        """The shards of a plan whose files are here, in order; their bytes are not read."""
        known = self.shards()
        shards = [known[name] for name in map(plan.name, range(plan.count)) if name in known]
        return [shard for shard in shards if (self.folder / shard.file).is_file()]

    def finish(self, plan: Plan) -> None:
        """If all shards are here, write the manifest and remove the hidden files."""
        shards = self.done(plan)
        if len(shards) < plan.count:
            return
        said = Manifest(format=FORMAT, version=VERSION, spinodal=__version__, plan=plan, shards=shards)
        _write(self.folder / NAME, said)
        for path in (self._planned, *(self._note(shard.file) for shard in shards)):
            path.unlink(missing_ok=True)

    def sweep(self, name: str) -> None:
        """Remove what killed processes left of a shard."""
        for path in self.folder.glob(f".{name}.*.part"):
            path.unlink(missing_ok=True)

    @property
    def _planned(self) -> Path:
        return hidden_name(self.folder / NAME, "plan")

    def _note(self, name: str) -> Path:
        return hidden_name(self.folder / name, _DONE)


def is_sharded(path: Path) -> bool:
    """Whether a path is a folder of shards, all or some of which are there."""
    return path.is_dir() and any(any(path.glob(own)) for own in (NAME, f".{NAME}.plan", _SHARDS))


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a folder. Raises FormatError if it is damaged, FileNotFoundError if there is none."""
    path = folder / NAME
    found = _decoded(path, Manifest)
    if found.format != FORMAT or found.version > VERSION:
        raise FormatError(f"{path} is {found.format} {found.version}, by spinodal {found.spinodal}; this is "
                          f"{__version__}, which reads {FORMAT} {VERSION}: update spinodal")  # fmt: skip
    plan, wrong = found.plan, f"{path} is damaged: its shards are not those of its plan: make the folder again"
    if plan.suffix not in SUFFIXES or min(plan.rows, plan.rows_per_shard) < 1 or plan.count != len(found.shards):
        raise FormatError(wrong)
    for i, shard in enumerate(found.shards):
        part = plan.part(i)
        if (shard.file, shard.rows) != (plan.name(i), part.stop - part.start):
            raise FormatError(wrong)
    return found


def names(folder: Path) -> list[Path]:
    """The shards of a folder in order; their bytes are not read.

    Raises FormatError if the folder is not complete, if a shard is missing, and if there are others, too.
    """
    return [folder / shard.file for shard in _listed(folder)]


def files(path: Path) -> Iterator[Path]:
    """The shards of a folder in order, each after a check of its bytes; a file is itself. Raises as `names` does.

    Raises FormatError for a shard that is damaged.
    """
    if not is_sharded(path):
        yield path
        return
    for shard in _listed(path):
        if not shard.is_sound(path):
            raise FormatError(f"{path / shard.file} is damaged (its checksum is not that in {NAME}): bring it back, "
                              "or give the command that made the folder again, which makes it anew")  # fmt: skip
        yield path / shard.file


def _listed(folder: Path) -> list[Shard]:
    """The shards of a folder that is complete, as far as names tell."""
    if not is_sharded(folder):
        raise FormatError(f"{folder} is not a folder of shards.")
    if not (folder / NAME).exists():
        raise FormatError(f"{folder} {_why_unfinished(Place(folder))}")
    found = read_manifest(folder).shards
    own = {shard.file for shard in found}
    if strange := sorted(p.name for p in folder.glob(_SHARDS) if p.name not in own):
        raise FormatError(f"{folder} has {strange[0]}, which is not in its {NAME}: it is of another job: move it away")
    if lost := [name for name in sorted(own) if not (folder / name).is_file()]:
        raise FormatError(f"{folder} lacks {lost[0]}{f' and {len(lost) - 1} more' if lost[1:] else ''}: bring it back, "
                          "or give the command that made the folder again, which makes what is missing")  # fmt: skip
    return found


def _why_unfinished(place: Place) -> str:
    plan = place.plan()
    if plan is None:
        return f"has shards, but no {NAME}, which has their checksums: bring it back"
    done = sum((place.folder / name).is_file() for name in place.shards())
    return f"has {done} of {plan.count} shards: give the command that makes them again, which makes what is missing"


def _decoded(path: Path, kind: Any) -> Any:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise FormatError(f"{path} is damaged ({one_line(error)}): bring it back, or make the folder again") from None


def _write(path: Path, said: msgspec.Struct) -> None:
    """Write a file whole, by a name that no process on any node has, as all may write it at the same moment."""
    unnamed = hidden_name(path, f"{secrets.token_hex(8)}.part")
    try:
        unnamed.write_bytes(msgspec.json.format(msgspec.json.encode(said), indent=1) + b"\n")
        unnamed.replace(path)
    finally:
        unnamed.unlink(missing_ok=True)
