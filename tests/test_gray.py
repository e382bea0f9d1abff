"""Gray images: numbers from -1 to 1 in files, in data, in sources and in machines."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

import spinodal as sp
from spinodal.data.alphabet import BINARY, GRAY, RNA, Alphabet, find_alphabet
from spinodal.data.dataset import Dataset
from spinodal.errors import FormatError
from spinodal.files import read, write
from spinodal.runs.settings import NO_SETTINGS, Source
from spinodal.runs.sources import alphabets_of, prepare, read_for

from .toys import chaotic_run, gray, image_file, images

LEVELS = np.arange(256)


@pytest.fixture
def idx(tmp_path):
    return image_file(tmp_path / "a.idx")


# -- the alphabet --


def test_gray_is_an_alphabet_by_its_name_and_by_its_units():
    assert find_alphabet("gray") is find_alphabet("GRAY") is GRAY
    assert GRAY.units(7) == sp.Spin(7)
    assert Alphabet.of(sp.Spin(7)) == GRAY
    assert Alphabet.of(sp.Bernoulli(7)) == BINARY


@pytest.mark.parametrize("name", ["a.fasta", "a.csv"])
@pytest.mark.parametrize("unknown", [None, "?"])
def test_letters_are_never_gray(tmp_path, name, unknown):
    path = tmp_path / name
    path.write_text({"a.fasta": ">a\nAC?\n", "a.csv": "name,sequence\na,AC?\n"}[name])
    with pytest.raises(ValueError, match=r"^GRAY has no letters: it is for numbers, such as pixels, and not for text$"):
        read(path, alphabet="gray", unknown=unknown)


# -- files --


def test_every_level_is_a_number_and_comes_back(tmp_path):
    path = tmp_path / "a.idx"
    path.write_bytes(bytes([0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 16, 0, 0, 0, 16]) + LEVELS.astype(np.uint8).tobytes())
    data = read(path, alphabet="gray")
    assert data["visible"].dtype == np.float32
    np.testing.assert_allclose(data["visible"][0], 2 * LEVELS / 255 - 1, rtol=0, atol=2**-23)  # two roundings
    assert (data["visible"].min(), data["visible"].max()) == (-1, 1)
    assert data.alphabets == {}
    assert data.notes == {"format": "idx", "image": [16, 16]}
    write(data, tmp_path / "b.idx")
    assert (tmp_path / "b.idx").read_bytes() == path.read_bytes()


def test_images_and_labels_come_back_byte_by_byte(idx, tmp_path):
    write(read(idx, alphabet="gray"), tmp_path / "b.idx")
    assert (tmp_path / "b.idx").read_bytes() == idx.read_bytes()
    assert (tmp_path / "b.labels.idx").read_bytes() == idx.with_suffix(".labels.idx").read_bytes()


def test_black_and_white_is_the_sign_of_gray(idx):
    assert ((read(idx)["visible"] == 1) == (read(idx, alphabet="gray")["visible"] > 0)).all()


@pytest.mark.parametrize("x", [1.01, -1.01, np.nan])
def test_idx_has_no_other_numbers(tmp_path, x):
    column = np.zeros((2, 3), np.float32)
    column[1, 2] = x
    with pytest.raises(ValueError, match="numbers from -1 to 1, without unknown ones"):
        write(Dataset({"visible": column}, {}, np.array(["a", "b"])), tmp_path / "a.idx")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("flat", [False, True])
@pytest.mark.parametrize("kind", [np.uint8, np.int64])
def test_npz_has_levels_or_numbers_flat_or_as_images(tmp_path, flat, kind):
    levels, _ = images()
    x = levels.reshape(len(levels), -1) if flat else levels
    np.savez(tmp_path / "levels.npz", visible=x.astype(kind))
    np.savez(tmp_path / "numbers.npz", visible=gray()["visible"].reshape(x.shape).astype(float))
    for name in ("levels.npz", "numbers.npz"):
        data = read(tmp_path / name, alphabet="gray")
        assert data["visible"].dtype == np.float32
        assert (data["visible"] == gray()["visible"]).all()
        assert data.notes.get("image") == (None if flat else [3, 4])
    assert (read(tmp_path / "numbers.npz")["visible"] == gray()["visible"]).all()  # numbers need no name
    write(data, tmp_path / "again.npz")
    assert (read(tmp_path / "again.npz", alphabet="gray")["visible"] == gray()["visible"]).all()


@pytest.mark.parametrize("level", [-1, 256])
def test_levels_that_are_none_are_refused(tmp_path, level):
    np.savez(tmp_path / "a.npz", visible=np.array([[0, level]]))
    with pytest.raises(FormatError, match=r"\.npz has levels from .* gray levels are from 0 to 255"):
        read(tmp_path / "a.npz", alphabet="gray")


@pytest.mark.filterwarnings("ignore:.*unordered letters")
@pytest.mark.parametrize("alphabet", [None, "gray"])
def test_an_empty_list_takes_no_label(idx, tmp_path, alphabet):
    np.savez(tmp_path / "a.npz", visible=images()[0], label=images()[1])
    for path in (idx, tmp_path / "a.npz"):
        assert read(path, alphabet=alphabet).labels == ("label",)
        bare = read(path, label=[], alphabet=alphabet)
        assert list(bare.columns) == ["visible"]
        assert set(bare.alphabets) <= {"visible"}
    assert read(idx, label=[]).table["label"][:3].tolist() == ["0", "1", "0"]  # still there to choose rows by


# -- data --


@pytest.mark.parametrize("top", [0.0, 0.5, 1.0])
def test_numbers_from_minus_one_to_one_are_spins(top):
    data = Dataset.of({"visible": torch.tensor([[-top, torch.nan, top]])}, {})
    assert data.units == {"visible": sp.Spin(3)}
    assert data.describe()["alphabet"] == "GRAY"


@pytest.mark.parametrize("x", [1.001, -1.001, 255.0])
def test_other_numbers_have_no_units(x):
    data = Dataset.of({"visible": torch.tensor([[0.0, x]])}, {})
    with pytest.raises(ValueError, match="no units can represent numbers outside -1 to 1; read them as real"):
        _ = data.units
    assert data.describe()["alphabet"] is None


@pytest.mark.parametrize("n", [2, 50])
def test_frequencies_of_numbers_are_means_with_a_row_of_zeros(n):
    data = gray("label", n=n)
    found = data.frequencies()
    torch.testing.assert_close(found["visible"], data.numbers("visible").mean(0) * n / (n + 1))
    assert found["label"].sum() == pytest.approx(1)


def test_what_is_unknown_does_not_count():
    x = torch.tensor([[-1.0, torch.nan, 0.5], [-1.0, torch.nan, torch.nan]])
    found = Dataset.of({"visible": x}, {}).frequencies()["visible"]
    torch.testing.assert_close(found, torch.tensor([-2 / 3, 0, 0.25]))


@pytest.mark.parametrize("n", [2, 70_000])
def test_a_machine_rests_where_a_pixel_is_always_black(n):
    column = np.full((n, 2), -1, np.float32)
    data = Dataset({"visible": column}, {}, np.arange(n).astype(str))
    machine = sp.chaotic(gain=1.0, rate=0.2, **data.units)
    machine.init_biases(data.frequencies())
    assert machine.bias["visible"].isfinite().all()
    shown = machine.bias["visible"].detach().double().tanh()
    torch.testing.assert_close(shown, torch.full((2,), -n / (n + 1), dtype=torch.float64), rtol=0, atol=1e-6)


# -- sources --


def test_a_test_file_is_gray_where_the_training_data_are(idx, tmp_path):
    test = image_file(tmp_path / "test.idx", n=8)
    train, held = prepare(Source(data=str(idx), test=str(test), alphabet="gray"))
    assert held.alphabets.keys() == {"label"}
    assert (held["visible"] == train["visible"][:8]).all()
    assert prepare(Source(data=str(idx), test=str(test)))[1].alphabets["visible"] == BINARY


def test_data_without_labels_are_trained_on_without(idx):
    source = Source(data=str(idx), label=[], alphabet="gray")
    train, test = prepare(source)
    assert train.labels == test.labels == ()
    assert NO_SETTINGS.resolve(train).protocol == "rdm"


def test_a_machine_of_spins_reads_gray(idx, tmp_path):
    machine = chaotic_run(tmp_path / "run", gray("label")).machine()
    assert alphabets_of(machine)["visible"] == GRAY
    assert (read_for(machine, idx)["visible"] == gray()["visible"]).all()
    other = replace(gray(), columns={"visible": np.ones((2, 5), np.float32)}, names=np.array(["a", "b"]), table={})
    write(other, tmp_path / "other.npz")
    with pytest.raises(ValueError, match="has 5 sites, the machine's data 12"):
        read_for(machine, tmp_path / "other.npz")
    (tmp_path / "a.fasta").write_text(">a\nACGUACGUACGU\n")
    with pytest.raises(ValueError, match="GRAY has no letters"):
        read_for(machine, tmp_path / "a.fasta")


def test_letters_are_not_made_gray_by_a_gray_test_file(idx, tmp_path):
    np.savez(tmp_path / "letters.npz", visible=np.zeros((20, 12), int), alphabet=np.array(RNA.symbols))
    with pytest.raises(ValueError, match="black and white, or as numbers"):
        prepare(Source(data=str(tmp_path / "letters.npz"), test=str(idx)))
