#!/usr/bin/env bash
# symusic (0.6.0): a note that is never switched off is not in the score.
#
# Guess:   the note lasts until the end of the track, or a warning names it.
# Happens: the note is dropped. No warning, no error.
# Seen:    a track of 960 ticks switches on C4 and E4 and switches off C4 alone; symusic gives C4 alone.
# Met by:  whoever reads recordings that were stopped, or files that were cut, with a chord held at the end.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m pip install --quiet --disable-pip-version-check --target packages symusic==0.6.0 mido==1.3.3 numpy==2.4.6

PYTHONPATH=packages python3 - <<'END'
import sys
import warnings

import mido
import symusic

warnings.simplefilter("error")
song = mido.MidiFile(type=0, ticks_per_beat=480)
song.tracks.append(
    mido.MidiTrack(
        [
            mido.Message("note_on", note=60, velocity=64, time=0),
            mido.Message("note_on", note=64, velocity=64, time=0),
            mido.Message("note_off", note=60, time=480),
            mido.MetaMessage("end_of_track", time=480),
        ]
    )
)
song.save("open.mid")
seen = [(note.pitch, note.time, note.duration) for note in symusic.Score("open.mid").tracks[0].notes]
print("(pitch, start, length):", *seen)
if seen != [(60, 0, 480)]:
    sys.exit("changed: a note without a note-off is no longer dropped")
END
