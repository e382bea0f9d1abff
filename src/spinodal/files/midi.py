"""MIDI as piano rolls: reads a piece as overlapping windows of a few frames, and writes windows as notes.

Not made by symusic's own `pianoroll`: it rounds begins and durations apart, so that ends are up to a frame off.
"""

from __future__ import annotations

import struct
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..data.alphabet import BINARY, Alphabet
from ..data.dataset import Dataset, concatenate
from ..errors import FormatError, one_line
from . import names
from .atomic import atomic_file
from .extras import import_extra
from .letters import check_requested
from .opened import content, inner_name

if TYPE_CHECKING:
    from symusic.core import ScoreTick

LOWEST, PITCHES = 21, 88
"""The keys of a piano: A0, which is pitch 21, to C8."""
FRAMES = 10
"""The number of frames of a window."""
PER_QUARTER = 16
"""The number of frames of a quarter note. A frame is a 64th note, whatever the ticks and the tempo of a file."""
BLOCK = 128
"""The approximate number of frames of a block. Blocks are assigned to training or test."""
LONGEST = 500_000
"""The largest number of frames of a piece: four hours at tempo 120, whose windows take 440 MB."""
TICKS = 30
"""Ticks of a frame in written files: 480 for a quarter note, as in most files."""
TEMPO = 120.0
"""The default tempo of MIDI, in quarter notes a minute."""
VELOCITY = 80
"""The velocity of written notes."""
SUFFIX = ".mid"
ALONE = "music"
"""The name of the file, in a folder, for rolls that have neither label nor piece."""

_MINUTE = 60_000_000  # microseconds, the unit of tempo in MIDI
_TICKS_AT_MOST = 2**31 - 1
_SMPTE = 2**15  # this bit of the division is set if time is not in ticks of a quarter note


def read(
    path: Path, alphabet: Alphabet | None = None, unknown: str | None = None, per_quarter: int = PER_QUARTER
) -> Dataset:
    """All windows of 10 frames of a piece, one starting at each frame, as 880 letters 0 and 1: 10 frames of 88 keys.

    A key is 1 while a note of any track and velocity sounds. Notes begin and end at the nearest frame, at most half a
    frame from their time, and last at least one frame. A quarter note has `per_quarter` frames. If a note is repeated
    without a silent frame between, both are one longer note. Drums, pitches outside the piano's range, the pedal,
    notes that nothing ends (symusic 0.6.0 drops them), and silence at the end are left out. Names are PIECE:FRAME. The
    table has the piece, the first frame of the window, the block of this frame, the mean tempo of the piece, and a
    column "split": of every five blocks the third is "test" and the others are "train"; windows with frames of both
    have "".

    A piece of 2,000 notes takes 10 ms. Raises FormatError for a file that isn't MIDI or isn't complete, that counts
    time in film frames (SMPTE), has independent tracks (type 2), has no piano note, or is shorter than a window or
    longer than 500,000 frames; ValueError for other alphabets, and if symusic isn't installed.
    Source: Carbone et al., arXiv:2307.06797. Their frames are from a 96th to about a 64th note, and a key is 1 if it
    sounds at any time in the frame, so that notes begin up to one frame earlier and more of them merge.
    """
    check_requested(alphabet, BINARY, "piano rolls are 0 and 1")
    if not 1 <= per_quarter <= 960:
        raise ValueError(f"per_quarter must be from 1 to 960 frames, not {per_quarter}")
    score, piece = _score(path), Path(inner_name(path)).stem
    roll = _roll(path, score, per_quarter)
    tempo = _tempo(score, len(roll) * score.ticks_per_quarter / per_quarter)
    overlapping = np.lib.stride_tricks.sliding_window_view(roll, (FRAMES, PITCHES)).reshape(-1, FRAMES * PITCHES)
    windows = overlapping.copy()  # a copy, since the view is read-only and its rows share memory
    at = np.arange(len(windows))
    block, split = _blocks(len(roll))
    texts = {"piece": np.full(len(at), piece), "tempo": np.full(len(at), f"{tempo:g}")}
    table = {**texts, "frame": at.astype(str), "block": block.astype(str), "split": split}
    shape = {"frames": FRAMES, "pitches": PITCHES, "lowest": LOWEST, "per_quarter": per_quarter}
    notes = {"format": "midi", "roll": shape, "tempo": tempo}
    called = np.array([f"{piece}:{i}" for i in at], dtype=str)
    return Dataset({"visible": windows}, {"visible": BINARY}, called, table, notes=notes)


def write(parts: Iterable[Dataset], path: Path) -> None:
    """Write the rows one after the other, with one track for each label. Consecutive 1s of a key are one note.

    Each row begins at the first quarter note after the row before. Windows of a piece, as `read` makes them, are put at
    their original time, so the file is the piece. The tempo is that of the data, or 120. The header of the file has the
    number of tracks, so the parts are concatenated first. Raises ValueError for data that aren't piano rolls or have
    unknown entries, for more time than MIDI can count, and if symusic isn't installed.
    """
    played = _played(concatenate(list(parts)))
    with atomic_file(path) as handle:
        handle.write(played)


def write_folder(parts: Iterable[Dataset], folder: Path) -> None:
    """Write one file for each label, LABEL.mid, into an empty folder.

    Without labels, write one file for each piece, or music.mid. Characters that are not allowed in file names are %XX.
    The parts are concatenated first. Raises ValueError if a label is unknown, and as `write` does.
    """
    dataset = concatenate(list(parts))
    called = np.array(_files(dataset), dtype=str)
    for name in dict.fromkeys(called.tolist()):
        played = _played(dataset.select(np.flatnonzero(called == name)))
        with (folder / (names.to_file_name(name) + SUFFIX)).open("xb") as handle:
            handle.write(played)


def notes_of(roll: np.ndarray) -> np.ndarray:
    """The notes of a roll (frames, keys) of 0 and 1, int64 (3, notes): first frame, length in frames, key.

    Consecutive 1s of a key are one note. Notes are in the order of their keys.
    """
    change = np.diff(np.pad(roll, ((1, 1), (0, 0))).astype(np.int8), axis=0).T
    key, first = np.nonzero(change == 1)
    last = np.nonzero(change == -1)[1]
    return np.stack([first, last - first, key])


def whole_quarters(frames: int, per_quarter: int = PER_QUARTER) -> int:
    """The frames of the quarter notes that a row takes: the next row begins at the first quarter note after it."""
    return per_quarter * -(-frames // per_quarter)


# From a file to a roll


def _score(path: Path) -> ScoreTick:
    """The notes of a file, with times in ticks."""
    symusic, raw = import_extra("symusic", "symusic", "music", "MIDI"), content(path)
    _check_head(path, raw)
    try:
        score: ScoreTick = symusic.Score.from_midi(raw)
    except (RuntimeError, ValueError) as error:
        raise FormatError(
            f"{path} is not a complete MIDI file ({one_line(error)}). Download or make it again."
        ) from None
    _warn_of_lost_tracks(path, raw)
    if score.ticks_per_quarter < 1:
        raise FormatError(f"the header of {path} says that a quarter note has {score.ticks_per_quarter} ticks.")
    return score


def _check_head(path: Path, raw: bytes) -> None:
    """Raises FormatError for files with SMPTE time or of type 2. An invalid header is left to symusic."""
    if not raw.startswith(b"MThd") or len(raw) < 14:
        return
    kind, tracks, division = struct.unpack(">HHH", raw[8:14])
    if division & _SMPTE:
        raise FormatError(f"{path} counts time in film frames (SMPTE, {256 - (division >> 8)} a second), but a roll "
                          "needs parts of a quarter note. Save it with ticks of a quarter note.")  # fmt: skip
    if kind == 2 and tracks > 1:
        raise FormatError(f"{path} is of type 2: its {tracks} tracks are independent pieces without a common time. "
                          "Save each as a file of its own.")  # fmt: skip


def _warn_of_lost_tracks(path: Path, raw: bytes) -> None:
    """Warns if a file has fewer tracks than its header says."""
    at, found, said = 0, 0, int.from_bytes(raw[10:12], "big")
    while at + 8 <= len(raw):
        kind, size = struct.unpack(">4sI", raw[at : at + 8])
        found += kind == b"MTrk"
        at += 8 + size
    if found < said:
        warnings.warn(f"the header of {path} says {said} tracks, but it has {found}: it may be cut off", stacklevel=6)


def _roll(path: Path, score: ScoreTick, per_quarter: int) -> np.ndarray:
    """The piano roll, int8 (frames, 88): 1 if the key sounds in the frame; it ends with the last note."""
    begin, end, key = _sounding(path, score)
    first = _nearest(begin, per_quarter, score.ticks_per_quarter)
    last = np.maximum(_nearest(end, per_quarter, score.ticks_per_quarter), first + 1)
    if not FRAMES <= (length := int(last.max())) <= LONGEST:
        raise FormatError(f"{path} has {length} frames, {per_quarter} for a quarter note; a piece must have from "
                          f"{FRAMES} (one window) to {LONGEST}.")  # fmt: skip
    change = np.zeros((length + 1, PITCHES), dtype=np.int32)
    np.add.at(change, (first, key), 1)
    np.add.at(change, (last, key), -1)
    return (np.cumsum(change[:-1], axis=0, dtype=change.dtype) > 0).astype(np.int8)


def _nearest(ticks: np.ndarray, frames: int, of: int) -> np.ndarray:
    """Times in ticks as the nearest frames, if `of` ticks are `frames` frames. Halves are rounded up."""
    return np.asarray((2 * frames * ticks + of) // (2 * of))


def _sounding(path: Path, score: ScoreTick) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The begin and end of all piano notes in ticks, int64, and their keys from 0 to 87."""
    tracks = [track.notes.numpy() for track in score.tracks if not track.is_drum]
    said = {k: np.concatenate([np.zeros(0, int), *(t[k] for t in tracks)]) for k in ("time", "duration", "pitch")}
    key = said["pitch"] - LOWEST
    ours = (key >= 0) & (key < PITCHES)
    if not ours.any():
        drums = sum(len(track.notes) for track in score.tracks if track.is_drum)
        raise FormatError(f"{path} has no notes of a piano: {len(key)} in its tracks, drums aside (of which there are "
                          f"{drums}), and none of pitch {LOWEST} to {LOWEST + PITCHES - 1}.")  # fmt: skip
    begin, duration = said["time"][ours], said["duration"][ours]
    if min(begin.min(), duration.min()) < 0:
        raise FormatError(f"{path} has a note later than {_TICKS_AT_MOST} ticks. Is a waiting time in it broken?")
    return begin, begin + duration, key[ours]


def _tempo(score: ScoreTick, end: float) -> float:
    """Quarter notes a minute, in the mean over the ticks before the end."""
    said = score.tempos.numpy()
    times = np.clip([0, *said["time"], end], 0, end)
    total = np.diff(times) @ np.array([_MINUTE / TEMPO, *said["mspq"]])
    return round(_MINUTE * end / float(total), 2) if total > 0 else TEMPO


def _blocks(length: int) -> tuple[np.ndarray, np.ndarray]:
    """The block that each window begins in, and whether it is to train on or to test on."""
    blocks = 5 * max(1, round(length / (5 * BLOCK)))
    block = np.arange(length) * blocks // length
    held_out = np.lib.stride_tricks.sliding_window_view(block % 5 == 2, FRAMES).sum(axis=1)
    return block[: len(held_out)], np.select([held_out == 0, held_out == FRAMES], ["train", "test"], "")


# From rows to a file


def _played(dataset: Dataset) -> bytes:
    """The rows as the bytes of a MIDI file."""
    symusic, at = import_extra("symusic", "symusic", "music", "MIDI"), 0
    per_quarter = dataset.notes.get("roll", {}).get("per_quarter", PER_QUARTER)
    held: dict[str, list[np.ndarray]] = {}
    for label, roll in _stretches(dataset):
        held.setdefault(label, []).append(notes_of(roll) + np.array([[at], [0], [0]]))
        at += whole_quarters(len(roll), per_quarter)
    if TICKS * at > _TICKS_AT_MOST:
        raise ValueError(f"{len(dataset)} rows are too long for a MIDI file; write fewer, or write to .npz")
    score = symusic.Score(TICKS * per_quarter)
    score.tempos.append(symusic.Tempo(0, mspq=round(_MINUTE / dataset.notes.get("tempo", TEMPO))))
    for label, found in held.items():
        score.tracks.append(symusic.Track(label))
        score.tracks[-1].notes = _notes(symusic, np.concatenate(found, axis=1))
    return bytes(score.dumps_midi())


def _stretches(dataset: Dataset) -> Iterator[tuple[str, np.ndarray]]:
    """Labels and rolls (frames, 88) in order: the rows, or the pieces that windows are from."""
    rolls, labels = _rolls(dataset), _labels(dataset)
    if not {"piece", "frame"} <= dataset.table.keys():
        yield from zip(labels, rolls)
        return
    pieces = np.array([f"{piece}\n{label}" for piece, label in zip(dataset.table["piece"], labels)], dtype=str)
    for piece in dict.fromkeys(pieces.tolist()):
        rows = np.flatnonzero(pieces == piece)
        begin = dataset.table["frame"][rows].astype(int)
        roll = np.zeros((begin.max() + rolls.shape[1], PITCHES), dtype=bool)
        for row, first in zip(rows, begin):
            roll[first : first + rolls.shape[1]] |= rolls[row]
        yield labels[rows[0]], roll


def _rolls(dataset: Dataset) -> np.ndarray:
    """The rows as bool (n, frames, 88)."""
    x = dataset["visible"]
    if dataset.alphabets.get("visible") != BINARY or x.shape[1] % PITCHES or (x < 0).any():
        raise ValueError(f"MIDI needs piano rolls: frames of {PITCHES} keys, 0 or 1, without unknown entries; "
                         "write these data to .npz")  # fmt: skip
    return x.reshape(len(x), -1, PITCHES) == 1


def _labels(dataset: Dataset) -> list[str]:
    """The name of the track of each row: its labels, separated by commas."""
    texts = [dataset.texts(layer).tolist() for layer in dataset.labels]
    return [", ".join(filter(None, words)) for words in zip(*texts)] if texts else [""] * len(dataset)


def _files(dataset: Dataset) -> list[str]:
    """The name of the file of each row in a folder: its labels, else its piece."""
    if dataset.labels:
        return _labels(dataset)
    return dataset.table.get("piece", np.full(len(dataset), ALONE)).tolist()


def _notes(symusic: Any, held: np.ndarray) -> Any:
    """Notes with times in frames as notes in ticks, sorted by time."""
    first, length, key = held[:, np.argsort(held[0], kind="stable")]
    ticks = ((TICKS * first).astype(np.int32), (TICKS * length).astype(np.int32))
    pitch = (key + LOWEST).astype(np.int8)
    return symusic.Note.from_numpy(*ticks, pitch, np.full(len(pitch), VELOCITY, dtype=np.int8))
