"""Sound: notes as samples, a soft tone for each, and samples as a WAV file."""

from __future__ import annotations

import io
import wave

import numpy as np
from numpy.typing import ArrayLike, NDArray

RATE = 22_050
"""Samples a second."""

PARTIALS = (1.0, 0.45, 0.22, 0.12, 0.06, 0.03)
"""How loud the multiples of a tone's frequency are; the first, its pitch, is the loudest."""

ATTACK, DECAY, RELEASE = 0.006, 0.9, 0.2
"""Seconds in which a tone begins, in which it falls to 1/e while its key is held, and in which it ends after that."""

LOUD, PEAK = 0.25, 0.9
"""The amplitude of one tone, and the largest of all together; 1 is the most that a file can hold."""

Samples = NDArray[np.float64]


def frequency(pitch: float) -> float:
    """The frequency of a MIDI pitch in Hz, in equal temperament.

    >>> frequency(69), frequency(57)
    (440.0, 220.0)
    """
    return float(440 * 2 ** ((pitch - 69) / 12))


def tone(pitch: int, seconds: float) -> Samples:
    """One note whose key is held for so many seconds; it ends RELEASE later. Partials above RATE / 2 are left out.

    sum over k of  PARTIALS[k] sin(2π k f t) exp(-√k t / DECAY),  times a smooth begin and end
    """
    t = np.arange(round((seconds + RELEASE) * RATE)) / RATE
    f, found = frequency(pitch), np.zeros(len(t))
    for k, size in enumerate(PARTIALS, 1):
        if k * f < RATE / 2:
            found += size * np.sin(2 * np.pi * k * f * t) * np.exp(-np.sqrt(k) * t / DECAY)
    begin, end = np.clip(t / ATTACK, 0, 1), np.clip((seconds + RELEASE - t) / RELEASE, 0, 1)
    return LOUD / sum(PARTIALS) * found * np.sin(np.pi / 2 * begin) ** 2 * np.sin(np.pi / 2 * end) ** 2


def played(notes: ArrayLike, frame: float, frames: int) -> Samples:
    """Notes as samples from -PEAK to PEAK: of `frames` frames of so many seconds each, and RELEASE after them.

    notes: integers (3, n): the first frame, the length in frames, and the MIDI pitch of each note, inside the frames.
    Where many tones would be louder than PEAK together, all are softer. Without notes it is silence. Raises ValueError
    for notes that don't lie inside the frames.
    """
    begin, length, pitch = np.asarray(notes, dtype=np.int64).reshape(3, -1)
    if len(begin) and (begin.min() < 0 or length.min() < 1 or (begin + length).max() > frames):
        raise ValueError(f"notes must begin and end inside the {frames} frames")
    found = np.zeros(round((frames * frame + RELEASE) * RATE))
    for key, held in sorted({*zip(pitch.tolist(), length.tolist())}):  # each tone is made once
        own = tone(key, held * frame)
        for first in begin[(pitch == key) & (length == held)].tolist():
            at = round(first * frame * RATE)
            found[at : at + len(own)] += own[: len(found) - at]
    loudest = float(np.abs(found).max(initial=0))
    return found * (PEAK / loudest) if loudest > PEAK else found


def wav(samples: ArrayLike) -> bytes:
    """Samples from -1 to 1 as a WAV file: one channel of 16 bits. Raises ValueError for others, and for NaN."""
    x = np.asarray(samples, dtype=np.float64)
    if not (np.abs(x) <= 1).all():
        raise ValueError("samples must be from -1 to 1")
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.rint(x * 32_767).astype("<i2").tobytes())
    return content.getvalue()
