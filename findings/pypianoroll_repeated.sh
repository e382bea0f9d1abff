#!/usr/bin/env bash
# pypianoroll (1.0.4): reading a MIDI file shortens each note that another one of its pitch follows at once.
#
# Guess:   a roll has no place for the border between two notes of a pitch that touch, so they become one long note.
# Happens: the step before the second note is set to 0. The first note is a step shorter, and gone if it has one step.
#          No warning is raised.
# Seen:    4 steps per beat, 120 beats per minute, 4/4. Of 16 repeated sixteenths 15 are gone, and the last is left. Of
#          four repeated quarters three have 3 steps. The same notes on changing pitches are all there.
# Met by:  whoever makes piano rolls of MIDI files in which notes last until the next: repeated notes are missing from
#          the data, more of them the coarser the grid.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m pip install --quiet --disable-pip-version-check --no-compile --target packages \
  pypianoroll==1.0.4 pretty_midi==0.2.11.post0 mido==1.3.3 scipy==1.17.1 numpy==2.4.6

PYTHONPATH=packages python3 - <<'PY'
import sys
from importlib.metadata import version

import mido
import pypianoroll

print("pypianoroll", version("pypianoroll"))


def steps(name, pitches, length):
    """Columns of notes that follow one another, each of `length` steps; a last note at pitch 40 ends the song."""
    track = mido.MidiTrack()
    track.append(mido.MetaMessage("set_tempo", tempo=500_000))
    track.append(mido.MetaMessage("time_signature", numerator=4, denominator=4))
    for pitch in [*pitches, 40]:
        track.append(mido.Message("note_on", note=pitch, velocity=64, time=0))
        track.append(mido.Message("note_off", note=pitch, velocity=0, time=24 * length))
    mido.MidiFile(ticks_per_beat=96, tracks=[track]).save("song.mid")
    roll = pypianoroll.read("song.mid", resolution=4).tracks[0].pianoroll
    columns = roll[:16, 60:].any(axis=1).nonzero()[0].tolist()
    print(f"{name}: notes at steps {columns}")
    return columns


repeated = steps("16 repeated sixteenths", [60] * 16, 1)
quarters = steps("4 repeated quarters", [60] * 4, 4)
changing = steps("16 sixteenths, two pitches in turn", [60, 62] * 8, 1)
if repeated != [15] or quarters != [s for s in range(16) if s not in (3, 7, 11)] or changing != list(range(16)):
    sys.exit("changed: notes that touch keep their steps")
PY
