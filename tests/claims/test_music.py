"""Pieces: what is read and written keeps onsets within half a frame; what is generated plays."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import symusic

from spinodal.files import midi, read, write
from spinodal.runs.archive import Run

from .commands import DATA, spinodal

pytestmark = pytest.mark.claim

PIECES = sorted((DATA / "cmpc" / "midi").glob("*/*.mid"))
HALF = 0.5 / midi.PER_QUARTER
WINDOWS = 100


def notes(score):
    """Pitch -> (begin, end) of its notes on the piano, in quarter notes, in order."""
    found = {}
    for track in score.tracks:
        said = track.notes.numpy()
        times = np.stack([said["time"], said["time"] + said["duration"]], 1) / score.ticks_per_quarter
        for pitch in np.unique(said["pitch"]):
            found.setdefault(int(pitch), []).append(times[said["pitch"] == pitch])
    keys = range(midi.LOWEST, midi.LOWEST + midi.PITCHES)
    return {pitch: np.unique(np.concatenate(x), axis=0) for pitch, x in found.items() if pitch in keys}


def farthest(times, others):
    """How far each time is from the nearest of others."""
    return np.abs(times[:, None] - others).min(1)


@pytest.mark.skipif(not PIECES, reason=f"there are no pieces in {DATA}; SPINODAL_DATA says where the data are")
@pytest.mark.parametrize("path", PIECES, ids=lambda path: path.stem)
def test_onsets_come_back_within_half_a_frame(path, tmp_path):
    write(read(path), tmp_path / "again.mid")
    before, after = notes(symusic.Score(str(path))), notes(symusic.Score(str(tmp_path / "again.mid")))
    assert before.keys() == after.keys()
    off, merged = [], 0
    for pitch, there in before.items():
        begun, ended = after[pitch].T
        assert farthest(begun, there[:, 0]).max() <= HALF
        far = farthest(there[:, 0], begun)
        alone = far <= HALF
        held = ((begun < there[:, :1]) & (there[:, :1] <= ended)).any(1)
        assert (alone | held).all()
        merged += (~alone).sum()
        off.append(far[alone])
    off = np.concatenate(off) * midi.PER_QUARTER
    total = len(off) + merged
    print(f"\n{path.stem}: {total} onsets, {merged / total:.3f} go on from a note of their key; the others are off by "
          f"{off.mean():.3f} frames, at most {off.max():.3f}, {(off == 0).mean():.3f} by none")  # fmt: skip


@pytest.fixture(scope="module")
def composed(tmp_path_factory):
    """100 windows a composer of a run that is kept, as MIDI and as a roll."""
    run = Path(os.environ.get("SPINODAL_RUNS", "")) / "pieces"
    if not (run / "run.json").exists():
        pytest.skip("there is no run of the recipe pieces; SPINODAL_RUNS says where the runs are")
    composers = Run.open(run).machine().units["label"].symbols
    asked = [token for name in composers for token in ("--label", f"{name}={WINDOWS}")]
    folder = tmp_path_factory.mktemp("music")
    for name in ("out.mid", "out.npz"):
        spinodal("generate", run, *asked, "-o", folder / name)
    return composers, folder


def test_a_hundred_windows_a_composer_play(composed):
    composers, folder = composed
    score, rows = symusic.Score(str(folder / "out.mid")), read(folder / "out.npz")
    assert [track.name for track in score.tracks] == list(composers)
    assert len(composers) == 4
    roll = rows["visible"].reshape(len(rows), midi.FRAMES, midi.PITCHES).astype(np.int8)
    struck = np.diff(roll, axis=1, prepend=0) == 1
    for i, track in enumerate(score.tracks):
        said = track.notes.numpy()
        own = slice(WINDOWS * i, WINDOWS * (i + 1))
        assert set(rows.texts("label")[own]) == {track.name}
        assert len(said["time"]) == struck[own].sum() > WINDOWS
        window, within = np.divmod(said["time"], score.ticks_per_quarter)
        assert window.min() >= own.start
        assert window.max() < own.stop
        assert len(np.unique(window)) == struck[own].any((1, 2)).sum()
        assert (within + said["duration"] <= midi.FRAMES * midi.TICKS).all()
        assert said["duration"].min() >= midi.TICKS
        assert len(np.unique(said["pitch"])) > 12
        keys, long = (said["pitch"].min(), said["pitch"].max()), said["duration"].mean() / midi.TICKS
        print(f"\n{track.name}: {len(window)} notes of {long:.1f} frames, pitches {keys}")
    seconds = score.to("second").end()
    print(f"{seconds:.0f} s in all")
    assert seconds == pytest.approx(4 * WINDOWS * 60 / midi.TEMPO, rel=0.01)
