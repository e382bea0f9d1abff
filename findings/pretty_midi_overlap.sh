#!/usr/bin/env bash
# pretty_midi (0.2.11.post0): of two overlapping notes of one pitch, the first note-off ends both.
#
# Guess:   each note-off ends one note, so what pretty_midi wrote it reads back; any other reader gives the same notes.
# Happens: pretty_midi ends every open note of the pitch at the first note-off and ignores the second one. symusic 0.6.0
#          ends the oldest note first and gives back what was written.
# Seen:    notes 0.0-1.0 s and 0.5-1.5 s; pretty_midi reads 0.0-1.0 and 0.5-1.0, symusic 0.0-1.0 and 0.5-1.5.
# Met by:  whoever merges voices or lengthens notes by the pedal, or trains on notes from one reader and scores with
#          the other.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m pip install --quiet --disable-pip-version-check --target packages \
    pretty_midi==0.2.11.post0 symusic==0.6.0 mido==1.3.3 numpy==2.4.6

PYTHONPATH=packages python3 - <<'END'
import sys

import pretty_midi
import symusic

song = pretty_midi.PrettyMIDI()
piano = pretty_midi.Instrument(0)
piano.notes = [pretty_midi.Note(64, 60, 0.0, 1.0), pretty_midi.Note(64, 60, 0.5, 1.5)]
song.instruments.append(piano)
song.write("two.mid")

read = pretty_midi.PrettyMIDI("two.mid").instruments[0].notes
again = [(round(float(n.start), 3), round(float(n.end), 3)) for n in read]
read = symusic.Score("two.mid", ttype="second").tracks[0].notes
other = [(round(float(n.start), 3), round(float(n.end), 3)) for n in read]
print("pretty_midi:", *again)
print("symusic:", *other)
if again != [(0.0, 1.0), (0.5, 1.0)] or other != [(0.0, 1.0), (0.5, 1.5)]:
    sys.exit("changed: pretty_midi and symusic read the overlapping notes in another way")
END
