"""What is heard is what is written: each note at its pitch and its time, without clipping, and nothing else."""

from __future__ import annotations

import io
import wave

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spinodal.files import midi
from spinodal.ui import outputs, sound, uploads
from spinodal.ui.sound import LOUD, PEAK, RATE, RELEASE

from .test_ui import music

FRAMES = 12
NOTES = st.lists(st.tuples(st.integers(0, 7), st.integers(1, 5), st.integers(21, 108)), max_size=60)


def peak(samples):
    """The frequency with the most energy, in Hz, by the three bins about the largest."""
    x = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), 4 * len(samples)))
    i = int(x.argmax())
    low, middle, high = np.log(x[i - 1 : i + 2])
    return (i + (low - high) / (2 * (low - 2 * middle + high))) * RATE / (4 * len(samples))


@pytest.mark.parametrize("pitch", range(21, 109))
def test_the_loudest_frequency_of_a_note_is_its_pitch(pitch):
    found = peak(sound.played([[0], [1], [pitch]], 1.0, 1))
    assert 1200 * abs(np.log2(found / sound.frequency(pitch))) < 10, "a tenth of a semitone"


def test_pitches_are_in_equal_temperament():
    assert sound.frequency(60) == pytest.approx(261.6256, abs=1e-4)  # C4
    assert sound.frequency(108) / sound.frequency(96) == pytest.approx(2)


@settings(deadline=None)
@given(NOTES, st.floats(0.01, 0.2))
def test_no_notes_clip_and_all_end_in_time(notes, frame):
    samples = sound.played(np.array(notes).reshape(-1, 3).T, frame, FRAMES)
    assert len(samples) == round((FRAMES * frame + RELEASE) * RATE)
    assert np.isfinite(samples).all()
    assert np.abs(samples).max() <= PEAK + 1e-12
    assert samples.any() == bool(notes)
    first = min((begin for begin, _, _ in notes), default=FRAMES)
    assert not samples[: round(first * frame * RATE)].any(), "it is silent before the first note"
    last = max((begin + length for begin, length, _ in notes), default=0)
    assert not samples[round(last * frame * RATE) + round(RELEASE * RATE) + 1 :].any(), "and after the last"


def test_many_notes_are_softer_together_and_few_are_their_sum():
    one, two = ([[0], [4], [60]], [[2], [4], [67]])
    both = np.concatenate([one, two], axis=1)
    apart = sound.played(one, 0.1, 8) + sound.played(two, 0.1, 8)
    assert sound.played(both, 0.1, 8) == pytest.approx(apart, abs=1e-12)
    assert 0.3 * LOUD < np.abs(sound.played(one, 0.1, 8)).max() <= LOUD
    chord = np.stack([np.zeros(88), np.ones(88), np.arange(21, 109)]).astype(int)
    assert np.abs(sound.played(chord, 1.0, 1)).max() == pytest.approx(PEAK)


def test_no_note_begins_or_ends_with_a_step():
    """A step would be heard as a click."""
    for pitch in (21, 60, 108):
        samples = sound.played([[1], [1], [pitch]], 0.05, 3)
        steepest = 2 * np.pi * sound.frequency(pitch) * 6 / RATE  # of six partials as loud as the first
        assert np.abs(np.diff(samples)).max() < LOUD * max(steepest, 0.1)
        assert np.abs(samples[-1]) < 1e-3


@pytest.mark.parametrize("wrong", [[[0], [3], [60]], [[-1], [1], [60]], [[0], [0], [60]]])
def test_notes_outside_of_the_frames_are_refused(wrong):
    with pytest.raises(ValueError, match="inside the 2 frames"):
        sound.played(wrong, 0.1, 2)


def heard(content):
    """The samples of a WAV file from -1 to 1."""
    with wave.open(io.BytesIO(content)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32_767


@given(st.lists(st.floats(-1, 1), max_size=50))
def test_a_wav_file_has_the_samples(samples):
    assert heard(sound.wav(samples)) == pytest.approx(np.array(samples), abs=1 / 65_000)


@pytest.mark.parametrize("wrong", [1.001, -2, np.nan, np.inf])
def test_samples_that_do_not_fit_are_refused(wrong):
    with pytest.raises(ValueError, match="from -1 to 1"):
        sound.wav([0, wrong])


def test_what_is_heard_are_the_notes_of_the_midi_file(tmp_path):
    symusic = pytest.importorskip("symusic")
    rows = music(6)
    midi.write([rows], tmp_path / "rows.mid")
    score = symusic.Score.from_midi((tmp_path / "rows.mid").read_bytes())
    second = 120 / 60 * score.ticks_per_quarter
    notes = [(note.time, note.duration, note.pitch) for track in score.tracks for note in track.notes]
    samples = heard(outputs.write_sound(rows, uploads.fresh(tmp_path)).read_bytes())
    wanted = sound.played(np.array(notes).T, 1 / second, 6 * score.ticks_per_quarter)
    assert samples == pytest.approx(wanted, abs=1e-3)


def test_rows_without_notes_are_silent(tmp_path):
    rows = music(3)
    rows["visible"][:] = 0
    rows["visible"][1, :5] = -1  # unknown
    samples = heard(outputs.write_sound(rows, uploads.fresh(tmp_path)).read_bytes())
    assert len(samples) == round((3 * 0.5 + RELEASE) * RATE)  # a quarter note each
    assert not samples.any()
