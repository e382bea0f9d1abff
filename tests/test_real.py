"""Real numbers: standardized as they are read, shown by Gaussian units, written again as they were."""

from __future__ import annotations

import json
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import spinodal as sp
from spinodal.data.alphabet import BINARY, GRAY, REAL, Alphabet, find_alphabet
from spinodal.data.dataset import Dataset, numbered_names
from spinodal.data.entries import LAYER_STD
from spinodal.data.reals import is_unbounded, restore, snap_to_valid, standardize
from spinodal.data.standard import EXACT, Standard
from spinodal.errors import FormatError
from spinodal.evaluation.quick_scores import flat, quick_scores
from spinodal.files import read, write
from spinodal.reporting import plots
from spinodal.reporting.figures import image_figures
from spinodal.reporting.figures.view import View
from spinodal.runs import training
from spinodal.runs.archive import Run
from spinodal.runs.settings import NO_SETTINGS, Settings, Source
from spinodal.runs.sources import Reading, alphabets_of, like, prepare, read_for, read_given

from .formats import few
from .toys import chaotic_run, image_file, images

LEVELS, KINDS = images()
FLAT = LEVELS.reshape(len(LEVELS), -1)
TYPES = ["bool", "uint8", "int8", "uint16", "int32", "int64", "float32", "float64"]
QUICK = {"hidden": 8, "updates": 3, "steps": 3, "batch": 20}


def png_folder(folder: Path) -> Path:
    (folder / "pngs").mkdir()
    for i, image in enumerate(LEVELS):
        Image.fromarray(image).save(folder / "pngs" / f"i{i + 1:04d}.png")
    return folder / "pngs"


def npz_file(folder: Path) -> Path:
    np.savez(folder / "a.npz", visible=LEVELS)
    return folder / "a.npz"


def npy_file(folder: Path) -> Path:
    np.save(folder / "a.npy", LEVELS)
    return folder / "a.npy"


def hdf5_file(folder: Path) -> Path:
    with h5py.File(folder / "a.h5", "w") as file:
        file["train"] = LEVELS
    return folder / "a.h5"


FILES = {"idx": lambda folder: image_file(folder / "a.idx"), "png": png_folder, "npz": npz_file, "npy": npy_file,
         "hdf5": hdf5_file}  # fmt: skip
each_file = pytest.mark.parametrize("kind", FILES)


def numbers(path: Path) -> np.ndarray:
    """What a file has in it, read by others."""
    if path.is_dir():
        return np.stack([np.asarray(Image.open(file)) for file in sorted(path.rglob("*.png"))]).reshape(-1, 12)
    if path.suffix == ".idx":
        return np.frombuffer(path.read_bytes()[16:], np.uint8).reshape(-1, 12)
    if path.suffix in (".npy", ".npz"):
        found = np.load(path)
        return (found if path.suffix == ".npy" else found["visible"]).reshape(-1, 12)
    with h5py.File(path) as file:
        return file["X" if path.suffix == ".h5ad" else "train"][()].reshape(-1, 12)


def matrix(kind: str) -> np.ndarray:
    """Numbers of a type, the first site always the same."""
    random = np.random.default_rng(7)
    x = random.normal(20, 9, (40, 5)) if kind != "bool" else random.integers(0, 2, (40, 5))
    x[:, 0] = 1
    return x.astype(kind)


# -- the alphabet --


def test_real_is_an_alphabet_by_its_name_and_by_its_units():
    assert find_alphabet("real") is find_alphabet("REAL") is REAL
    assert REAL.units(7) == sp.Gaussian(7)
    assert Alphabet.of(sp.Gaussian(7)) == REAL
    assert len({REAL, GRAY, BINARY, Alphabet(())}) == 4


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [("a.fasta", ">a\nAC?\n", "REAL has no letters"), ("a.csv", "x,y\n1.5,2\n", "is a table: say with kinds which"),
     ("a.hapt", "R a 0 1\nR b 1 0\n", "haplotypes are 0 and 1")],
)  # fmt: skip
def test_letters_are_never_real(tmp_path, name, text, fault):
    (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=fault):
        read(tmp_path / name, alphabet="real")


def test_who_asks_for_numbers_gets_them(tmp_path):
    np.savez(tmp_path / "a.npz", visible=np.array([[0, 1]]), alphabet=np.array(["a", "b"]))
    assert read(tmp_path / "a.npz").alphabets["visible"].symbols == ("a", "b")
    assert read(tmp_path / "a.npz", alphabet="real").units == {"visible": sp.Gaussian(2)}


# -- the standardization --


@pytest.mark.parametrize("kind", TYPES)
def test_sites_have_mean_0_and_the_spread_that_can_be_learned(kind):
    x = matrix(kind)
    data = standardize(Dataset({"visible": x}, {}, numbered_names(len(x))))
    found = data["visible"].astype(float)
    assert data["visible"].dtype == np.float32
    np.testing.assert_allclose(found[:, 1:].mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(found[:, 1:].std(0), LAYER_STD, rtol=1e-5)
    assert (found[:, 0] == 0).all()
    np.testing.assert_allclose(data.numbers("visible")[:, 1:].std(0, correction=0), 1, rtol=1e-5)
    assert data.units == {"visible": sp.Gaussian(5)}
    assert data.describe()["alphabet"] == "REAL"


@pytest.mark.parametrize("kind", TYPES)
def test_numbers_come_back_in_their_type(kind):
    x = matrix(kind)
    back = restore(standardize(Dataset({"visible": x}, {}, numbered_names(len(x)))))["visible"]
    assert back.dtype == (np.int8 if kind == "bool" else x.dtype)
    if x.dtype.kind == "f":
        np.testing.assert_allclose(back, x, rtol=1e-6)
    else:
        assert (back == x).all()


@few
@given(st.lists(st.lists(st.integers(-(2**15), 2**15 - 1), min_size=3, max_size=3), min_size=1, max_size=8))
def test_integers_come_back_exactly(rows):
    x = np.array(rows, dtype=np.int16)
    data = standardize(Dataset({"visible": x}, {}, numbered_names(len(x))))
    again = Standard.of(json.loads(json.dumps(data.notes)))
    assert (again.decode(data["visible"]) == x).all()
    assert (again.encode(x) == data["visible"]).all()


@pytest.mark.parametrize("share", [0.0, 0.5, 0.99, 1.0])
def test_zeros_and_what_is_unknown_come_back(share):
    random = np.random.default_rng(3)
    x = np.log1p(random.poisson(3, (200, 6))).astype(np.float32) * (random.random((200, 6)) >= share)
    x[3, 2] = np.nan
    back = restore(standardize(Dataset({"visible": x}, {}, numbered_names(200))))["visible"]
    assert ((back == 0) == (x == 0)).all()
    assert (np.isnan(back) == np.isnan(x)).all()
    np.testing.assert_allclose(back, x, rtol=1e-5)


@pytest.mark.parametrize("value", [0.0, 0.1, -3e7, 255])
def test_a_site_that_never_differs_is_always_what_it_was(value):
    x = np.full((3, 2), value, np.float32)
    x[:, 1] = np.nan, value, np.nan
    found = Standard.fitted(x)
    assert found.std.tolist() == [0, 0]
    assert found.decode(np.array([[50.0, -7.0]], np.float32)).tolist() == [[x[0, 0], x[0, 0]]]
    assert np.isnan(found.encode(x)[0, 1])
    with pytest.warns(UserWarning, match="1 sites vary here but are constant in the training data"):
        assert found.encode(np.array([[value, value + 90]], np.float32)).tolist() == [[0, 0]]


def test_nothing_known_of_a_site_is_a_site_that_never_differs():
    found = Standard.fitted(np.full((2, 1), np.nan))
    assert (found.mean.tolist(), found.std.tolist()) == ([0], [0])


@pytest.mark.parametrize(("kind", "ends"), [("uint8", (0, 255)), ("int16", (-(2**15), 2**15 - 1)),
                                            ("int64", (-(2**62), 2**62))])  # fmt: skip
def test_integers_are_rounded_and_cut_off_at_the_ends_of_their_type(kind, ends):
    found = Standard(np.array([0.0]), np.array([LAYER_STD]), np.dtype(kind))
    entries = np.array([[-1e30], [2.4], [2.6], [1e30]], np.float32)
    assert found.decode(entries)[:, 0].tolist() == [ends[0], 2, 3, ends[1]]
    assert found.decode(np.array([[np.nan], [2.6]], np.float32)).dtype == np.float64
    assert found.decode(np.array([[np.nan], [2.6]], np.float32))[1, 0] == 3


def test_a_number_nearer_to_0_than_an_entry_can_say_is_0():
    found = Standard(np.array([1.0]), np.array([LAYER_STD]), np.dtype(np.float64))
    assert found.decode(np.array([[-1 + EXACT / 2], [-1 + EXACT]], np.float64))[:, 0].tolist() == [0, EXACT]


def test_numbers_that_are_too_large(tmp_path):
    np.save(tmp_path / "a.npy", np.array([[1e200], [0.0]]))
    with pytest.raises(FormatError, match=r"a\.npy: the numbers are too large to be standardized"):
        read(tmp_path / "a.npy", alphabet="real")
    own = Standard(np.array([0.0]), np.array([1.0]), np.dtype(float))
    with pytest.raises(FormatError, match="too far from those of the training data"):
        own.encode(np.array([[1e100]]))
    np.save(tmp_path / "b.npy", np.array([[np.inf], [0.0]]))
    with pytest.raises(FormatError, match="infinite"):
        read(tmp_path / "b.npy", alphabet="real")


@pytest.mark.parametrize(
    "said",
    [5, {}, {"visible": {"mean": [1], "std": [1]}}, {"visible": {"mean": [1], "std": [1, 2], "dtype": "uint8"}},
     {"visible": {"mean": 1, "std": 1, "dtype": "uint8"}}, {"visible": {"mean": [1], "std": [1], "dtype": "U3"}},
     {"visible": {"mean": [1], "std": [-1], "dtype": "uint8"}}, {"visible": {"mean": ["x"], "std": [1], "dtype": "f4"}},
     {"visible": {"mean": [float("nan")], "std": [1], "dtype": "f4"}}],
)  # fmt: skip
def test_broken_notes(said):
    with pytest.raises(FormatError, match="the notes have a broken standardization"):
        Standard.of({"standard": said})


# -- files --


def test_letters_that_a_file_says_were_standardized_are_refused(tmp_path):
    standard = Standard(np.zeros(2), np.ones(2), np.dtype("i1")).note
    about = {"layers": {"visible": "RNA"}, "notes": {"standard": standard}}
    letters = {"visible": np.eye(2, dtype=np.int8), "alphabet": np.array(list("-ACGU"))}
    np.savez(tmp_path / "a.npz", names=np.array(["a", "b"]), about=np.array(json.dumps(about)), **letters)
    with pytest.raises(FormatError, match=r"a\.npz has letters: only images and matrices of numbers"):
        read(tmp_path / "a.npz")


@each_file
def test_levels_come_back_exactly(tmp_path, kind):
    path = FILES[kind](tmp_path)
    data = read(path, alphabet="real")
    assert data.standard.dtype == np.uint8
    assert data.notes["image"] == [3, 4]
    write(data, f"{tmp_path}/" + {"png": "b/", "hdf5": "b.h5"}.get(kind, f"b.{kind}"))
    (made,) = [p for p in tmp_path.iterdir() if p.name in ("b", "b.idx", "b.npz", "b.npy", "b.h5")]
    assert numbers(made).dtype == np.uint8
    assert (numbers(made) == FLAT).all()


@pytest.mark.parametrize("name", ["a.npz", "a.h5", "a.h5ad"])
@pytest.mark.parametrize("kind", ["uint8", "int16", "float32"])
def test_files_of_ours_know_how_they_were_standardized(tmp_path, name, kind):
    x = np.abs(matrix(kind))
    data = standardize(Dataset({"visible": x}, {}, numbered_names(len(x))))
    some = data.select(slice(3, 9))
    write(some, tmp_path / name)
    again = read(tmp_path / name)
    assert again.standard.note == data.standard.note
    np.testing.assert_allclose(again["visible"], some["visible"], rtol=1e-5, atol=1e-6)
    assert (again["visible"] == some["visible"]).all() or kind == "float32"
    assert read(tmp_path / name, alphabet="real").standard.note == data.standard.note
    plain = read(tmp_path / name, alphabet="gray" if kind != "int16" else Alphabet(tuple(map(chr, range(33, 500)))))
    assert "standard" not in plain.notes


def test_cells_are_written_as_they_were(tmp_path):
    x = np.log1p(np.random.default_rng(0).poisson(1.5, (30, 12))).astype(np.float32)
    write(Dataset({"visible": x}, {}, numbered_names(30)), tmp_path / "a.h5ad")
    data = read(tmp_path / "a.h5ad", alphabet="real")
    assert data.units["visible"] == sp.Gaussian(12)
    write(data, tmp_path / "b.h5ad")
    np.testing.assert_allclose(numbers(tmp_path / "b.h5ad"), x, rtol=1e-6)
    assert ((numbers(tmp_path / "b.h5ad") == 0) == (x == 0)).all()
    assert read(tmp_path / "b.h5ad").notes["var_names"] == data.notes["var_names"]


@pytest.mark.filterwarnings("ignore:.*appear more than once")
def test_folders_of_a_label_each_are_standardized_together(tmp_path):
    for label in "ab":
        (tmp_path / label).mkdir()
    np.save(tmp_path / "a" / "x.npy", FLAT[:10])
    np.save(tmp_path / "b" / "x.npy", FLAT[10:])
    data = read(tmp_path, labels="folder", alphabet="real")
    assert (data["visible"] == Standard.fitted(FLAT).encode(FLAT)).all()
    write(data, tmp_path / "a" / "x.npz")
    write(standardize(restore(data.select(slice(5)))), tmp_path / "b" / "x.npz")
    for label in "ab":
        (tmp_path / label / "x.npy").unlink()
    mixed = read(tmp_path, labels="folder", label=[])
    assert mixed.standard is None  # the two have different ones
    assert (mixed["visible"] == np.concatenate([FLAT, FLAT[:5]])).all()


def test_another_file_is_read_by_the_same_standardization(tmp_path):
    data = read(npy_file(tmp_path), alphabet="real")
    np.save(tmp_path / "few.npy", FLAT[:2])
    some = read(tmp_path / "few.npy", alphabet=data.standard)
    assert (some["visible"] == data["visible"][:2]).all()
    np.save(tmp_path / "wide.npy", np.zeros((2, 13)))
    with pytest.raises(FormatError, match=r"wide\.npy: there are 13 sites, but the training data have 12"):
        read(tmp_path / "wide.npy", alphabet=data.standard)


@pytest.mark.parametrize("name", ["a.csv", "-"])
def test_a_matrix_is_no_table(tmp_path, name):
    with pytest.raises(ValueError, match=r"write these data to \.npz"):
        write(read(npy_file(tmp_path), alphabet="real"), "-" if name == "-" else tmp_path / name)


def test_numbers_that_can_be_no_pixels(tmp_path):
    x = matrix("float32")
    data = standardize(Dataset({"visible": x}, {}, numbered_names(len(x))))
    with pytest.raises(ValueError, match="numbers from -1 to 1"):
        write(data, tmp_path / "a.idx")


# -- sources and machines --


def cells(folder: Path, n: int = 60, name: str = "a.npz") -> Path:
    """Numbers beyond -1 to 1 with two labels, the last site always 2."""
    random, kind = np.random.default_rng(2), np.arange(n) % 2
    x = (random.normal(5, 1, (n, 4)) + 4 * kind[:, None]).astype(np.float32)
    x[:, -1] = 2
    np.savez(folder / name, visible=x, label=kind.astype(str))
    return folder / name


def test_numbers_beyond_one_are_read_as_they_are_and_trained_as_real(tmp_path):
    path = cells(tmp_path)
    raw = read(path)
    assert is_unbounded(raw)
    assert raw["visible"][0, -1] == 2
    train, test = prepare(Source(data=str(path)))
    assert train.standard.note == test.standard.note
    assert train.units["visible"] == sp.Gaussian(4)
    asked = prepare(Source(data=str(path), alphabet="gray"))[0]
    assert asked.standard is None
    with pytest.raises(ValueError, match="read them as real"):
        _ = asked.units
    assert not any(map(is_unbounded, (train, asked.select([]), read(image_file(tmp_path / "a.idx")))))


@pytest.mark.parametrize("alphabet", [None, "real"])
def test_a_test_file_has_the_standardization_of_the_training_data(tmp_path, alphabet):
    path, other = cells(tmp_path), cells(tmp_path, 20, "b.npz")
    train, test = prepare(Source(data=str(path), test=str(other), alphabet=alphabet))
    assert (test["visible"] == train.standard.encode(read(other)["visible"])).all()


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("real")
    source = Source(data=str(cells(folder)))
    *_, _ = training.train(*prepare(source), folder / "run", Settings(**QUICK), source=source)
    return Run.open(folder / "run")


def test_data_for_a_run_are_read_as_it_learned(run, tmp_path):
    machine, notes, path = run.machine(), run.record["data"]["notes"], cells(tmp_path, 10)
    known = Standard.of(notes)
    assert alphabets_of(machine)["visible"] == REAL
    expected = known.encode(read(path)["visible"])
    for found in (
        read_for(machine, path, Reading(notes=notes)),
        read_given(run, machine, path),
        like(run, machine, path),
    ):
        assert (found["visible"] == expected).all()
    assert (read_for(machine, path)["visible"] == read(path)["visible"]).all()  # without notes as they are


def test_what_is_made_is_in_the_numbers_of_the_data(run, tmp_path):
    machine, notes = run.machine(), run.record["data"]["notes"]
    asked = replace(sp.tasks.asked(machine, {"0": 20, "1": 20}), notes=notes)
    made = sp.generate(machine, asked)
    assert (made["visible"][:, -1] == 0).all()
    assert made["visible"][:, :-1].std() > 0.5
    for name in ("a.npz", "a.npy", "a.h5ad", "a.h5"):
        write(made, tmp_path / name)
    with np.load(tmp_path / "a.npz") as found:
        x = found["visible"]
    assert x.dtype == np.float32
    assert (x[:, -1] == 2).all()
    assert 4 < x[:, :-1].mean() < 10
    assert (np.load(tmp_path / "a.npy") == x).all()
    np.testing.assert_allclose(read(tmp_path / "a.npz")["visible"], made["visible"], atol=1e-5)


@pytest.mark.parametrize("fill", [sp.complete, lambda machine, data: sp.impute(machine, data).data])
def test_what_is_known_stays(run, tmp_path, fill):
    machine = run.machine()
    rows = read_given(run, machine, cells(tmp_path, 10)).hide("visible", sites=[0, 3])
    filled = restore(fill(machine, rows))["visible"]
    original = read(cells(tmp_path, 10))["visible"]
    np.testing.assert_allclose(filled[:, 1:], original[:, 1:], rtol=1e-6)
    assert np.isfinite(filled).all()


def test_scores_are_in_standard_deviations_and_nothing_bounds_them(run):
    train, test = prepare(run.source)
    found = quick_scores(run.machine(), test, train)
    assert found["scale"] == [None, None]
    assert found["second_moment_error"]["floor"] < 1


def test_images_that_were_standardized_are_shown_as_levels(tmp_path, monkeypatch):
    source = Source(data=str(image_file(tmp_path / "a.idx")), alphabet="real")
    *_, _ = training.train(*prepare(source), tmp_path / "run", Settings(**QUICK), source=source)
    shown: dict[str, Any] = {}

    def samples(made: np.ndarray, names: Any, shape: Any, limits: Any) -> None:
        shown.update(made=made, limits=limits)

    monkeypatch.setattr(plots, "samples", samples)
    monkeypatch.setattr(plots, "snapshots", lambda frames, *_: shown.update(frames=frames))
    view = view_of(tmp_path / "run")
    list(image_figures.images(view))
    assert shown["limits"] == (0, FLAT.max())
    for x in (shown["made"], *shown["frames"].values()):
        assert x.dtype == np.uint8
        assert (x[:, 0] == 0).all()
        assert x.max() > 100


def view_of(out: Path) -> Any:
    run = Run.open(out)
    _, test = prepare(run.source)
    record = {"steps": 3, "labels": {"label": ["0", "1"]}}
    return View.of(run.machine(), test, record)


def test_data_are_settled_only_where_they_were_standardized():
    data = Dataset({"visible": np.ones((2, 2), np.float32)}, {}, numbered_names(2))
    assert (snap_to_valid(data)["visible"] == 1).all()


def test_spins_stay_as_they_are(tmp_path):
    machine = chaotic_run(tmp_path / "run").machine()
    assert (np.abs(sp.generate(machine, n=3)["visible"]) <= 1).all()


def test_the_head_of_an_idx_file_is_as_before(tmp_path):
    write(read(image_file(tmp_path / "a.idx"), alphabet="real"), tmp_path / "b.idx")
    assert (tmp_path / "b.idx").read_bytes()[4:16] == struct.pack(">3I", *LEVELS.shape)


def test_the_rate_that_is_suggested_for_real_numbers_is_stable(tmp_path):
    learned, held_out = prepare(Source(data=str(cells(tmp_path))))
    full = replace(NO_SETTINGS, updates=100, stop_on="").resolve(learned)
    assert full.lr <= 0.1  # the variance of a column is 4 or more, so 1 / variance may be less
    *_, last = training.train(learned, held_out, tmp_path / "run", full)
    errors = flat(last.quality)
    first = Run.open(tmp_path / "run").log()[0]
    assert errors["spectrum_error"] < float(first["spectrum_error"])
