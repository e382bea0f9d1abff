#!/usr/bin/env bash
# symusic (0.6.0): `resample` rounds the length of a note apart from its start, so that its end is not the nearest tick.
#
# Guess:   the start and the end of a note go to the nearest tick. Notes that follow each other without a gap still do.
# Happens: the start and the length are rounded. The end is their sum, up to a tick from the nearest one.
# Seen:    at 480 ticks a quarter note C4 is from 55 to 195, and D4 begins at 195. At 4 ticks a quarter note (a tick is
#          120), 195 is 1.6, nearest to 2: D4 begins at 2, and C4 ends at 1. A silent tick is between them.
# Met by:  whoever makes piano rolls by `resample` and `pianoroll`: legato is broken, or notes of a key merge.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m pip install --quiet --disable-pip-version-check --target packages symusic==0.6.0 numpy==2.4.6

PYTHONPATH=packages python3 - <<'END'
import sys

import symusic

score = symusic.Score(480)
track = symusic.Track()
for start, end, pitch in ((55, 195, 60), (195, 480, 62)):
    track.notes.append(symusic.Note(start, end - start, pitch, 64))
score.tracks.append(track)
seen = [(note.pitch, note.time, note.end) for note in score.resample(4).tracks[0].notes]
print("(pitch, start, end) at 4 ticks a quarter note:", *seen)
if seen != [(60, 0, 1), (62, 2, 4)]:
    sys.exit("changed: the first note no longer ends a tick before the second begins")
END
