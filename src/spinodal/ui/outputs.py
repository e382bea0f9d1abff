"""Outputs: rows as the files that a person downloads, in the format of the training data, and music as sound."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from ..data.alphabet import Alphabet
from ..data.dataset import Dataset
from ..data.suffixes import FORMATS
from ..files import midi, write
from ..files.formats import FORMATS as BY_SUFFIX
from ..files.formats import name_to_write, to_write
from . import sound
from .opened import Opened

FOLDER = "/"
"""The suffix of what is a folder of files."""

TEXT = (".fasta", ".a2m", ".sto", ".csv", ".tsv", ".hapt", ".hap", ".haps", ".vcf")
"""Suffixes of formats that people can read, the first of each format."""

LINES, WIDTH = 24, 240
"""Of a file that is shown: lines, and characters of a line."""

_CALLED = {"table": ".csv", "midi": ".mid", "hapt": ".hapt", "hap": ".hap", "haps": ".haps", "bed": ".bed"}


def suffix_of(opened: Opened) -> str:
    """The suffix of the format of the training data; "/" of images in PNG files, which are a folder.

    Where neither the file nor the notes say it: FASTA for letters, CSV for a table, npz for all else.
    """
    run, row = opened.run, opened.blank()
    named = Path(str(run.source.data or ""))
    path = Path(name_to_write(named).removesuffix(".zip"))
    called = str(row.notes.get("format", ""))
    own = next((one for one in (to_write(path), BY_SUFFIX.get(_suffix(called))) if one), None)
    if own is BY_SUFFIX[".png"]:
        return FOLDER
    if own is not None:
        return path.suffix if path.suffix in own.names.suffixes else _suffix(called) or own.names.suffixes[0]
    letters = Alphabet.of(opened.machine().units["visible"]) if "visible" in row.columns else None
    return ".csv" if row.schema else ".fasta" if letters and letters.symbols and letters.single_letters else ".npz"


def _suffix(called: str) -> str:
    """The suffix that belongs to what notes call a format."""
    return _CALLED.get(called) or (FORMATS[called].suffixes[0] if called in FORMATS else f".{called}")


def write_files(data: Dataset | Iterable[Dataset], folder: Path, out: str) -> list[Path]:
    """Write rows to `out` in a new folder. The files that there are then; of a folder one zip file."""
    write(data, f"{folder / out}/" if out.endswith(FOLDER) else folder / out)
    if out.endswith(FOLDER):
        return [Path(shutil.make_archive(str(folder / out.rstrip(FOLDER)), "zip", folder / out))]
    return sorted(path for path in folder.iterdir() if path.is_file())


def write_sound(rows: Dataset, folder: Path) -> Path:
    """Rows of music, one after the other, as a WAV file in a new folder: the notes and the times of `midi.write`.

    Unknown entries are silent.
    """
    roll, tempo = rows.notes["roll"], rows.notes.get("tempo", midi.TEMPO)
    per_quarter, lowest = roll.get("per_quarter", midi.PER_QUARTER), roll.get("lowest", midi.LOWEST)
    rolls = (rows["visible"] == 1).reshape(len(rows), -1, roll["pitches"])
    every = midi.whole_quarters(rolls.shape[1], per_quarter)
    notes = [midi.notes_of(own) + np.array([[i * every], [0], [lowest]]) for i, own in enumerate(rolls)]
    samples = sound.played(np.concatenate(notes, axis=1), 60 / tempo / per_quarter, len(rows) * every)
    path = folder / "music.wav"
    path.write_bytes(sound.wav(samples))
    return path


def preview(files: Iterable[Path]) -> str:
    """The first lines of the first file that people can read; "" where there is none."""
    for path in files:
        if path.suffix in TEXT or to_write(path) in (BY_SUFFIX[".fasta"], BY_SUFFIX[".csv"]):
            with path.open(encoding="utf-8", errors="replace") as lines:
                first = [line.rstrip("\n") for _, line in zip(range(LINES + 1), lines)]
            cut = [line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…" for line in first[:LINES]]
            return "\n".join([*cut, *(["…"] if len(first) > LINES else [])])
    return ""
