"""MIDI: what is read is the roll that sounds, what is written is the roll again, and no file breaks the reader."""

from __future__ import annotations

import sys
import warnings
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
import symusic
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spinodal.cli.main import main
from spinodal.data.alphabet import BINARY, PROTEIN
from spinodal.data.dataset import Dataset, label_column, numbered_names
from spinodal.errors import FormatError
from spinodal.files import midi, names, read, write
from spinodal.runs.archive import Run
from spinodal.scores.music import note_density

few = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
PITCHES, FRAMES = midi.PITCHES, midi.FRAMES


def midi_file(path, notes, per_quarter=480, tempos=((0, 120.0),), drum=False):
    """A file of notes (begin, duration, pitch), in ticks."""
    score, track = symusic.Score(per_quarter), symusic.Track("piano", 0, drum)
    for begin, duration, pitch in notes:
        track.notes.append(symusic.Note(begin, duration, pitch, 64))
    for at, tempo in tempos:
        score.tempos.append(symusic.Tempo(at, qpm=tempo))
    score.tracks.append(track)
    path.write_bytes(score.dumps_midi())
    return path


def melody(frames, seed=0, keys=PITCHES):
    """A random roll (frames, 88) that ends with a note."""
    roll = np.zeros((frames, PITCHES), dtype=np.int8)
    roll[:, :keys] = np.random.default_rng(seed).random((frames, keys)) < 0.1
    roll[-1, keys // 2] = 1
    return roll


def rows_of(rolls, **more):
    """Rolls (n, frames, 88) as a dataset without a place in a piece."""
    rows = np.asarray(rolls, dtype=np.int8).reshape(len(rolls), -1)
    return Dataset({"visible": rows}, {"visible": BINARY}, numbered_names(len(rows)), **more)


def roll_of(data):
    """The roll of a piece that was read: the first frame of each window, then the rest of the last."""
    windows = data["visible"].reshape(len(data), FRAMES, PITCHES)
    return np.concatenate([windows[:, 0], windows[-1, 1:]])


def tracks_of(path):
    """Track name -> its notes (begin, end, pitch), in ticks."""
    found = {}
    for track in symusic.Score(str(path)).tracks:
        said = track.notes.numpy()
        found[track.name] = sorted(zip(said["time"], said["time"] + said["duration"], said["pitch"]))
    return found


rolls = st.builds(
    melody, st.integers(FRAMES, 60), st.integers(0, 10**6), st.integers(1, PITCHES)
)  # silent frames come with few keys


# What is read


def test_a_note_begins_and_ends_at_the_nearest_frame_and_takes_one(tmp_path):
    frame = 480 // midi.PER_QUARTER
    half = frame // 2
    notes = [
        (0, 1, 21),
        (half, half + frame, 108),
        (4 * frame - half - 1, 2 * frame, 60),
        (9 * frame + half - 1, 2, 62),
    ]
    windows = read(midi_file(tmp_path / "a.mid", notes))
    assert windows["visible"].shape == (1, 880)
    assert windows["visible"].flags.owndata
    assert list(zip(*np.nonzero(windows["visible"].reshape(FRAMES, PITCHES)))) == [
        (0, 0), (1, 87), (3, 39), (4, 39), (9, 41),
    ]  # fmt: skip
    assert note_density(windows["visible"], PITCHES).tolist() == [4]


@settings(few, max_examples=15)
@given(
    notes=st.lists(st.tuples(st.integers(0, 2000), st.integers(1, 300), st.integers(60, 62)), min_size=1, max_size=30),
    per_quarter=st.sampled_from([1, 7, 24, 480, 960]),
)
def test_onsets_come_back_within_half_a_frame(notes, per_quarter):
    frame, beat = per_quarter / midi.PER_QUARTER, 480 / per_quarter
    with TemporaryDirectory() as folder:
        path = midi_file(Path(folder) / "a.mid", [*notes, (3000, 10 * per_quarter, 64)], per_quarter)
        write(read(path), again := Path(folder) / "b.mid")
        held = [(begin / beat, end / beat, pitch) for begin, end, pitch in tracks_of(again)[""]]
    for begin, _, pitch in notes:
        assert any(-frame / 2 <= begin - b <= frame / 2 or b <= begin <= e for b, e, key in held if key == pitch)
    for begin, _, pitch in held[:-1]:
        assert min(abs(begin - b) for b, _, key in notes if key == pitch) <= frame / 2


@pytest.mark.parametrize("per_quarter", [1, 4, 24, 96, 100, 480, 960, 10080])
def test_frames_are_of_the_score_whatever_the_ticks(per_quarter, tmp_path):
    notes = [(beat * per_quarter, per_quarter, 60 + beat) for beat in range(4)]
    windows = read(midi_file(tmp_path / "a.mid", notes, per_quarter))
    roll = np.zeros((4 * midi.PER_QUARTER, PITCHES), dtype=np.int8)
    for beat in range(4):
        roll[beat * midi.PER_QUARTER :][: midi.PER_QUARTER, 60 - midi.LOWEST + beat] = 1
    assert np.array_equal(roll_of(windows), roll)


def test_a_frame_may_be_longer(tmp_path):
    path = midi_file(tmp_path / "a.mid", [(480 * beat, 480, 60) for beat in range(5)])
    assert len(midi.read(path, per_quarter=2)) == 1
    assert len(midi.read(path, per_quarter=4)) == 11
    assert midi.read(path, per_quarter=4).notes["roll"]["per_quarter"] == 4


def test_a_note_struck_again_before_a_silent_frame_is_one_note(tmp_path):
    path = midi_file(tmp_path / "a.mid", [(0, 250, 60), (254, 226, 60), (480, 480, 62)])
    write(read(path), tmp_path / "b.mid")
    assert tracks_of(tmp_path / "b.mid") == {"": [(0, 480, 60), (480, 960, 62)]}


def test_a_note_without_duration_takes_a_frame(tmp_path):
    raw = midi_file(tmp_path / "a.mid", [(0, 480, 60), (480, 1, 70)]).read_bytes()
    at = raw.index(bytes([0x01, 0x80, 70]))
    path = tmp_path / "b.mid"
    path.write_bytes(raw[:at] + b"\0" + raw[at + 1 :])
    assert symusic.Score(str(path)).tracks[0].notes[-1].duration == 0
    assert roll_of(read(path))[-1].tolist() == [int(key == 70 - midi.LOWEST) for key in range(PITCHES)]


def test_what_is_not_a_piano_is_left_out(tmp_path):
    notes = [(0, 960, 60), (0, 2000, 20), (0, 2000, 109)]
    assert roll_of(read(midi_file(tmp_path / "a.mid", notes))).sum() == 2 * midi.PER_QUARTER
    with pytest.raises(FormatError, match=r"no notes of a piano: 0 in its tracks, drums aside"):
        read(midi_file(tmp_path / "a.mid", [(0, 960, 60)], drum=True))
    with pytest.raises(FormatError, match=r"no notes of a piano: 2 in its tracks, .* none of pitch 21 to 108"):
        read(midi_file(tmp_path / "a.mid", notes[1:]))


def test_rows_know_where_they_are(tmp_path):
    write(rows_of([melody(700)]), tmp_path / "so long.mid")
    data = read(tmp_path / "so long.mid")
    assert data.names[[0, 17, -1]].tolist() == ["so long:0", "so long:17", "so long:690"]
    assert set(data.table["piece"]) == {"so long"}
    assert data.table["frame"].tolist() == list(map(str, range(691)))
    assert data.table["block"][[0, 139, 140, -1]].tolist() == ["0", "0", "1", "4"]
    assert len(data.where(piece="so long")) == len(data)
    assert data.notes == {
        "format": "midi",
        "roll": {"frames": 10, "pitches": 88, "lowest": 21, "per_quarter": 16},
        "tempo": 120.0,
    }


@pytest.mark.parametrize("frames", [10, 30, 49, 50, 51, 99, 640, 959, 961, 5000])
def test_no_window_to_train_on_shares_a_frame_with_one_to_test_on(frames, tmp_path):
    write(rows_of([melody(frames, keys=3)]), tmp_path / "a.mid")
    table = read(tmp_path / "a.mid").table
    at, split = table["frame"].astype(int), table["split"]
    frames_of = {side: {i + j for i in at[split == side] for j in range(FRAMES)} for side in ("train", "test")}
    assert not frames_of["train"] & frames_of["test"]
    assert set(split) <= {"train", "test", ""}
    if frames >= 50:
        assert frames / 5 - 2 < len(frames_of["test"]) < frames / 5 + max(2, frames / 500)
        assert len(frames_of["train"]) > 0.7 * frames


def test_a_split_by_blocks_of_time_leaves_the_borders_out(tmp_path):
    write(rows_of([melody(640)]), tmp_path / "a.mid")
    train, test = read(tmp_path / "a.mid").split("split")
    assert (len(train), len(test)) == (631 - 119 - 18, 119)
    assert set(test.table["block"]) == {"2"}


@pytest.mark.parametrize(
    ("tempos", "mean"),
    [
        ([], 120),
        ([(0, 60.0)], 60),
        ([(0, 60.0), (960, 30.0)], 40),
        ([(960, 60.0)], 80),
        ([(0, 90.0), (99999, 7)], 90),
    ],
)
def test_the_tempo_is_the_mean_over_time(tempos, mean, tmp_path):
    data = read(midi_file(tmp_path / "a.mid", [(0, 1920, 60)], tempos=tempos))
    assert data.notes["tempo"] == pytest.approx(mean, abs=0.01)
    assert set(data.table["tempo"]) == {f"{mean}"}


def test_a_tempo_of_no_time_is_none(tmp_path):
    raw = midi_file(tmp_path / "a.mid", [(0, 1920, 60)], tempos=[(0, 120)]).read_bytes()
    (tmp_path / "b.mid").write_bytes(raw.replace(bytes([0xFF, 0x51, 3, 0x07, 0xA1, 0x20]), b"\xff\x51\3\0\0\0"))
    assert read(tmp_path / "b.mid").notes["tempo"] == 120


def test_a_folder_a_composer(tmp_path):
    for composer, piece, tempo in [("Ada", "one", 60.0), ("Ada", "two", 60.0), ("Bea", "three", 90.0)]:
        (tmp_path / composer).mkdir(exist_ok=True)
        write(rows_of([melody(60)], notes={"tempo": tempo}), tmp_path / composer / f"{piece}.mid")
    data = read(tmp_path, labels="folder")
    assert data.describe()["labels"]["label"] == {"Ada": 2 * 51, "Bea": 51}
    assert set(data.where(label="Bea").table["tempo"]) == {"90"}
    assert data.notes.keys() == {"format", "roll"}
    train, test = data.split("split")
    assert set(test.table["piece"]) == {"one", "two", "three"}
    assert set(train.table["piece"]) == {"one", "two", "three"}


# What is written, and read again


@few
@given(roll=rolls, tempo=st.integers(500, 30_000), name=st.sampled_from(["a.mid", "a.MIDI", "a.midi.gz"]))
def test_a_piece_comes_back(roll, tempo, name):
    data = rows_of([roll], notes={"tempo": tempo / 100})
    with TemporaryDirectory() as folder:
        write(data, Path(folder) / name)
        first = read(Path(folder) / name)
        write(first, Path(folder) / name)
        again = read(Path(folder) / name, alphabet="binary")
    assert np.array_equal(roll_of(first), roll)
    assert again.sha256 == first.sha256
    assert again.notes == first.notes
    assert all((again.table[name] == first.table[name]).all() for name in first.table)
    assert first.notes["tempo"] == pytest.approx(tempo / 100, abs=0.02)


@few
@given(windows=st.integers(1, 6), seed=st.integers(0, 999), keys=st.integers(1, PITCHES))
def test_windows_side_by_side_are_the_piece(windows, seed, keys):
    roll = melody(windows * FRAMES, seed, keys)
    with TemporaryDirectory() as folder:
        write(rows_of([roll]), path := Path(folder) / "a.mid")
        write(read(path).select(slice(None, None, FRAMES)), path)
        assert np.array_equal(roll_of(read(path)), roll)


@pytest.mark.parametrize("per_quarter", [1, 3, 4, 5, 12, 16])
@few
@given(tunes=st.lists(st.integers(0, 99).map(lambda seed: melody(FRAMES, seed)), min_size=1, max_size=4))
def test_each_row_begins_a_quarter_note(per_quarter, tunes):
    """As soon as the one before has ended: at once where that fills quarter notes, as with 1 and 5 frames a quarter."""
    data = rows_of(tunes, notes={"roll": {"per_quarter": per_quarter}})
    with TemporaryDirectory() as folder:
        write(data, Path(folder) / "a.mid")
        again = roll_of(midi.read(Path(folder) / "a.mid", per_quarter=per_quarter))
    step = {1: 10, 3: 12, 4: 12, 5: 10, 12: 12, 16: 16}[per_quarter]
    played = np.zeros((len(tunes) * step, PITCHES), dtype=np.int8)
    for i, tune in enumerate(tunes):
        played[i * step :][:FRAMES] = tune
    assert np.array_equal(again, played[: len(again)])
    assert not played[len(again) :].any()


def test_a_key_that_is_down_to_the_end_is_struck_again_by_the_next_row(tmp_path):
    """Where rows follow each other at once, a note ends and the next of its key begins at the same tick."""
    roll = np.zeros((3, FRAMES, PITCHES))
    roll[:, :, 60 - midi.LOWEST] = 1
    write(rows_of(roll, notes={"roll": {"per_quarter": 5}}), tmp_path / "a.mid")
    assert tracks_of(tmp_path / "a.mid") == {"": [(300 * i, 300 * (i + 1), 60) for i in range(3)]}


def test_a_track_a_label(tmp_path):
    label, alphabet = label_column(["Bea", "Ada", "Bea", ""])
    key, keys = label_column(["minor", "", "major", ""])
    tunes = rows_of([melody(FRAMES, i, 9) for i in range(4)])
    columns = {**tunes.columns, "label:who": label, "label:key": key}
    data = replace(tunes, columns=columns, alphabets={"visible": BINARY, "label:who": alphabet, "label:key": keys})
    write([data.select([0, 1]), data.select([2, 3])], tmp_path / "a.mid")
    tracks = tracks_of(tmp_path / "a.mid")
    assert list(tracks) == ["Bea, minor", "Ada", "Bea, major", ""]
    assert [min(notes)[0] // 480 for notes in tracks.values()] == [0, 1, 2, 3]


def test_pieces_follow_each_other(tmp_path):
    for composer, seed in (("Ada", 1), ("Bea", 2)):
        (tmp_path / composer).mkdir()
        write(rows_of([melody(70, seed)]), tmp_path / composer / "tune.mid")
    with pytest.warns(UserWarning, match="more than once"):
        data = read(tmp_path, labels="folder")
    write(data, tmp_path / "both.mid")
    assert list(tracks_of(tmp_path / "both.mid")) == ["Ada", "Bea"]
    both = roll_of(read(tmp_path / "both.mid"))
    assert np.array_equal(both[:70], melody(70, 1))
    assert not both[70:80].any()
    assert np.array_equal(both[80:], melody(70, 2))


# Folders


def labeled(*words, layer="label", **more):
    """A row of a random roll a label."""
    label, alphabet = label_column(words)
    rolls = rows_of([melody(FRAMES, seed) for seed in range(len(words))], notes={"roll": {}}, **more)
    return replace(rolls, columns={**rolls.columns, layer: label}, alphabets={**rolls.alphabets, layer: alphabet})


def files_in(folder):
    return sorted(path.name for path in folder.iterdir())


@few
@given(words=st.lists(st.sampled_from(["Bach", "a/b", "..", "50%", "Bach.mid", "C:"]), min_size=1, max_size=6))
def test_a_file_a_label_is_what_one_file_would_be(words):
    data = labeled(*words)
    with TemporaryDirectory() as folder:
        write((data.select([i]) for i in range(len(data))), f"{folder}/out/")
        assert files_in(Path(folder)) == ["out"]
        assert {names.from_file_name(path.stem) for path in (Path(folder) / "out").iterdir()} == set(words)
        for word in set(words):
            write(data.where(label=word), one := Path(folder) / "one.mid")
            assert (Path(folder) / "out" / f"{names.to_file_name(word)}.mid").read_bytes() == one.read_bytes()
            assert list(tracks_of(one)) == [word]


def test_several_labels_are_one_name(tmp_path):
    data = labeled("Bea", "Ada", "Bea", layer="label:who")
    key, keys = label_column(["minor", "", "minor"])
    data = replace(data, columns={**data.columns, "label:key": key}, alphabets={**data.alphabets, "label:key": keys})
    write(data, f"{tmp_path}/x/")
    assert files_in(tmp_path / "x") == ["Ada.mid", "Bea, minor.mid"]


def test_without_labels_files_are_pieces_or_one(tmp_path):
    for name, seed in (("one", 1), ("two", 2)):
        (tmp_path / "tunes" / name).mkdir(parents=True)
        write(rows_of([melody(70, seed)]), tmp_path / "tunes" / name / f"{name}.mid")
    data = read(tmp_path / "tunes", labels="folder", label=[])
    (tmp_path / "again").mkdir()
    write(data, tmp_path / "again")
    assert files_in(tmp_path / "again") == ["one.mid", "two.mid"]
    for name, seed in (("one", 1), ("two", 2)):
        assert np.array_equal(roll_of(read(tmp_path / "again" / f"{name}.mid")), melody(70, seed))
    write(rows_of([melody(70, 1)], notes={"roll": {}}), f"{tmp_path}/alone/")
    assert files_in(tmp_path / "alone") == ["music.mid"]


def test_a_folder_is_whole_or_not_there(tmp_path):
    with pytest.raises(ValueError, match="a row or a label without a name can't become a file"):
        write(labeled("Bea", ""), f"{tmp_path}/x/")
    write(labeled("Bea"), f"{tmp_path}/y/")
    with pytest.raises(FileExistsError, match="y exists and is not an empty folder"):
        write(labeled("Ada"), f"{tmp_path}/y/")
    assert files_in(tmp_path) == ["y"]
    assert files_in(tmp_path / "y") == ["Bea.mid"]


# What can't be written


def test_silence_is_a_file_without_notes(tmp_path):
    write(rows_of(np.zeros((2, FRAMES, PITCHES))), tmp_path / "a.mid")
    with pytest.raises(FormatError, match="no notes of a piano"):
        read(tmp_path / "a.mid")


@pytest.mark.parametrize(
    "data",
    [
        Dataset({"visible": np.zeros((1, 87), np.int8)}, {"visible": BINARY}, numbered_names(1)),
        Dataset({"visible": np.full((1, 88), -1, np.int8)}, {"visible": BINARY}, numbered_names(1)),
        Dataset({"visible": np.zeros((1, 88), np.int8)}, {"visible": PROTEIN}, numbered_names(1)),
        Dataset({"visible": np.zeros((1, 88), np.float32)}, {}, numbered_names(1)),
    ],
    ids=["width", "unknown", "letters", "numbers"],
)
def test_only_rolls_are_written(data, tmp_path):
    with pytest.raises(ValueError, match=r"MIDI needs piano rolls: frames of 88 keys.*to \.npz"):
        write(data, tmp_path / "a.mid")
    assert not list(tmp_path.iterdir())


def test_more_rows_than_midi_has_time_for_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(midi, "_TICKS_AT_MOST", 2 * 480)
    write(rows_of(np.ones((2, FRAMES, PITCHES))), tmp_path / "a.mid")
    with pytest.raises(ValueError, match="3 rows are too long for a MIDI file"):
        write(rows_of(np.ones((3, FRAMES, PITCHES))), tmp_path / "b.mid")


# What is refused


def test_other_alphabets_and_frames_are_refused(tmp_path):
    path = midi_file(tmp_path / "a.mid", [(0, 960, 60)])
    with pytest.raises(ValueError, match="piano rolls are 0 and 1"):
        read(path, alphabet="protein")
    for frames in (0, 961):
        with pytest.raises(ValueError, match=f"from 1 to 960 frames, not {frames}"):
            midi.read(path, per_quarter=frames)


def test_without_symusic_the_error_says_how_to_install_it(tmp_path, monkeypatch):
    path = midi_file(tmp_path / "a.mid", [(0, 960, 60)])
    monkeypatch.setitem(sys.modules, "symusic", None)
    for use in (lambda: read(path), lambda: write(rows_of([melody(10)]), path)):
        with pytest.raises(ValueError, match=r'pip install "spinodal\[music\]"'):
            use()


@pytest.mark.parametrize(
    ("notes", "said"),
    [
        ([], "has no notes of a piano: 0"),
        ([(0, 269, 60)], "has 9 frames, 16 for a quarter note; a piece must have from 10"),
        ([(2**27, 30, 60)], r"has 4473925 frames, .* to 500000"),
    ],
)
def test_a_piece_must_have_a_length(notes, said, tmp_path):
    with pytest.raises(FormatError, match=said):
        read(midi_file(tmp_path / "a.mid", notes))


@cache
def whole_file():
    with TemporaryDirectory() as folder:
        return midi_file(Path(folder) / "a.mid", [(0, 480, 60), (480, 300, 64)]).read_bytes()


HEAD = b"MThd\0\0\0\x06\0\1\0\1"


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "not a complete MIDI file"),
        (b">a\nACGU\n", "not a complete MIDI file"),
        (whole_file()[:20], "not a complete MIDI file"),
        (whole_file()[:-9], "not a complete MIDI file"),
        (HEAD + b"\0\0" + whole_file()[14:], "quarter note has 0 ticks"),
        (HEAD + b"\xe7\x28" + whole_file()[14:], "in film frames .SMPTE, 25 a second., but a roll needs parts"),
        (HEAD + b"\xe2\x50" + whole_file()[14:], "SMPTE, 30 a second"),
        (HEAD[:8] + b"\0\2\0\3\1\xe0" + whole_file()[14:], "of type 2: its 3 tracks are independent pieces"),
        (HEAD[:8] + b"\0\3\0\1\1\xe0" + whole_file()[14:], "not a complete MIDI file"),
        (HEAD + b"\1\xe0MTrk\0\0\0\x24" + 36 * b"\0", "not a complete MIDI file"),
    ],
)  # fmt: skip
def test_what_is_not_midi_is_refused_in_a_line(raw, said, tmp_path):
    (tmp_path / "a.mid").write_bytes(raw)
    with pytest.raises(FormatError, match=said) as error:
        read(tmp_path / "a.mid")
    assert "\n" not in str(error.value)


def test_one_track_of_type_2_is_a_piece(tmp_path):
    raw = whole_file()
    last = raw[raw.rindex(b"MTrk") :]  # the first of two has the tempo
    (tmp_path / "a.mid").write_bytes(HEAD[:8] + b"\0\2\0\1" + raw[12:14] + last)
    (tmp_path / "b.mid").write_bytes(HEAD[:8] + b"\0\0\0\1" + raw[12:14] + last)
    assert (read(tmp_path / "a.mid")["visible"] == read(tmp_path / "b.mid")["visible"]).all()


def test_tracks_that_are_not_there_are_noted(tmp_path):
    raw = whole_file()
    (tmp_path / "a.mid").write_bytes(raw[:10] + b"\0\5" + raw[12:])
    with pytest.warns(UserWarning, match="says 5 tracks, but it has 1: it may be cut off") as said:
        read(tmp_path / "a.mid")
    assert said[0].filename == __file__


def test_drums_alone_are_no_piece(tmp_path):
    path = midi_file(tmp_path / "a.mid", [(0, 480, 40), (480, 480, 42)], drum=True)
    with pytest.raises(FormatError, match=r"no notes of a piano: 0 in its tracks, drums aside .of which there are 2"):
        read(path)


def test_events_may_leave_out_what_they_repeat(tmp_path):
    """Running status: a key goes up as it is struck with no strength, by the status of the first event."""
    struck = b"".join(bytes([0, 60 + i, 64, 0x81, 0x70, 60 + i, 0]) for i in range(8))  # 240 ticks each
    events = b"\0\x90" + struck[1:] + b"\0\xff\x2f\0"
    (tmp_path / "a.mid").write_bytes(HEAD + b"\1\xe0MTrk" + len(events).to_bytes(4, "big") + events)
    spelled = midi_file(tmp_path / "b.mid", [(240 * i, 240, 60 + i) for i in range(8)])
    assert (read(tmp_path / "a.mid")["visible"] == read(spelled)["visible"]).all()


def test_a_time_beyond_what_ticks_count_is_refused(tmp_path):
    long = b"\xff\xff\xff\x7f"
    events = b"".join(long + bytes([0xB0, 1, 1]) for _ in range(9)) + b"\0\x90\x40\x40\x10\x80\x40\x40\0\xff\x2f\0"
    (tmp_path / "a.mid").write_bytes(HEAD + b"\1\xe0MTrk" + len(events).to_bytes(4, "big") + events)
    with pytest.raises(FormatError, match="later than 2147483647 ticks"):
        read(tmp_path / "a.mid")


def read_bytes(raw):
    with TemporaryDirectory() as folder, suppress(FormatError), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*it may be cut off")
        path = Path(folder) / "a.mid"
        path.write_bytes(raw)
        found = read(path)
        assert found["visible"].shape[1] == 880
        assert found["visible"].any()


@settings(max_examples=150, deadline=None)
@given(raw=st.binary(max_size=80), head=st.sampled_from([b"", HEAD, whole_file()[:14], whole_file()[:22]]))
def test_any_bytes_are_a_piece_or_refused(raw, head):
    read_bytes(head + raw)


@settings(max_examples=300, deadline=None)
@given(
    changes=st.lists(st.tuples(st.integers(0, len(whole_file()) - 1), st.integers(0, 255)), min_size=1, max_size=4),
    cut=st.integers(0, len(whole_file())) | st.none(),
)
def test_a_broken_file_is_a_piece_or_refused(changes, cut):
    raw = bytearray(whole_file())
    for at, byte in changes:
        raw[at] = byte
    read_bytes(bytes(raw[:cut]))


# From the command line


def test_from_midi_to_midi(tmp_path, capsys):
    for composer, keys in (("Ada", 8), ("Bea", 60)):
        (tmp_path / "tunes" / composer).mkdir(parents=True)
        write(rows_of([melody(200, keys, keys)]), tmp_path / "tunes" / composer / f"{composer}.mid")
    run, out = str(tmp_path / "run"), tmp_path / "bea.mid"
    how = ["--split", "split", "--hidden", "5", "--batch", "50", "--steps", "3", "--updates", "10"]
    main(["train", str(tmp_path / "tunes"), "--labels", "folder", *how, "--out", run])
    main(["generate", run, "--label", "Bea=3", "-o", str(out)])
    main(["generate", run, "--label", "Bea=3", "-o", str(out.with_suffix(".npz"))])
    main(["predict", run, str(tmp_path / "tunes" / "Bea" / "Bea.mid"), "-o", str(tmp_path / "said.csv")])
    assert Run.open(Path(run)).record["data"]["notes"]["roll"]["pitches"] == PITCHES
    rows = read(out.with_suffix(".npz"))["visible"].reshape(3, FRAMES, PITCHES)
    heard = np.zeros((3, FRAMES, PITCHES), dtype=np.int8)
    for begin, end, pitch in tracks_of(out)["Bea"]:
        row, first, last = begin // 480, begin % 480 // midi.TICKS, end % 480 // midi.TICKS
        heard[row, first:last, pitch - midi.LOWEST] = 1
    assert np.array_equal(heard, rows)
    assert len((tmp_path / "said.csv").read_text().splitlines()) == 192
    main(["generate", run, "--label", "Bea=3", "--label", "Ada=2", "-o", f"{tmp_path}/new/"])
    assert files_in(tmp_path / "new") == ["Ada.mid", "Bea.mid"]
    assert tracks_of(tmp_path / "new" / "Bea.mid") == tracks_of(out)
    capsys.readouterr()
