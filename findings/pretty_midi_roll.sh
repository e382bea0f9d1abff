#!/usr/bin/env bash
# pretty_midi (0.2.11.post0): in a piano roll of one column per 1/16, notes on the grid miss their column.
#
# Guess:   get_piano_roll(fs=columns per second) puts a sixteenth that begins at step k in column k.
# Happens: it cuts off note.start * fs and note.end * fs. A MIDI file keeps a tempo as whole microseconds per beat, and
#          seconds are floats, so step 3 may be at 2.9999999: the note is a column early, or has two columns or none.
# Seen:    64 sixteenths in a row, fs by the tempo. Written and read at 140 beats per minute, 63 notes are a column
#          early, and the first is gone. At 144, with the tempo that pretty_midi reads from the file (144.0002), 8 are
#          gone, and 8 have two columns. At 120 all are right.
# Met by:  whoever makes piano rolls of beats by this function.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m pip install --quiet --disable-pip-version-check --target packages \
    pretty_midi==0.2.11.post0 mido==1.3.3 numpy==2.4.6

PYTHONPATH=packages python3 - <<'END'
import sys
from collections import Counter

import pretty_midi


def place(columns, step):
    if len(columns) == 1:
        return "right" if columns == [step] else "early"
    return "two columns" if columns else "gone"


seen = []
for beats, read_tempo in ((120, False), (140, False), (144, True)):
    song = pretty_midi.PrettyMIDI(initial_tempo=beats, resolution=480)
    piano = pretty_midi.Instrument(0)
    step = 60 / beats / 4
    piano.notes = [pretty_midi.Note(100, 30 + k, k * step, (k + 1) * step) for k in range(64)]
    song.instruments.append(piano)
    song.write("song.mid")

    song = pretty_midi.PrettyMIDI("song.mid")
    tempo = float(song.get_tempo_changes()[1][0]) if read_tempo else beats
    roll = song.get_piano_roll(fs=tempo / 60 * 4)
    seen.append(dict(Counter(place(roll[30 + k].nonzero()[0].tolist(), k) for k in range(64))))
    print(f"{tempo} beats per minute:", seen[-1])
if seen[0] != {"right": 64} or any(len(places) == 1 for places in seen[1:]):
    sys.exit("changed: notes on the grid are in the columns of their steps")
END
