"""PNG in folders: what is read, what is written, and that nothing which was there is lost."""

from __future__ import annotations

import io
import re
import warnings
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from spinodal.cli.main import main
from spinodal.data.alphabet import BINARY, PROTEIN
from spinodal.data.dataset import Dataset, label_column, numbered_names
from spinodal.errors import FormatError
from spinodal.files import names, png, read, write

from .formats import PHRASE, WORD, check_same, datasets, few
from .toys import gray

LEVELS = np.arange(256, dtype=np.uint8).reshape(16, 16)
COLORS = np.stack([LEVELS, LEVELS, LEVELS], axis=2)
PIXELS = ["1", "L", "I;16", "RGB", "LA", "RGBA"]


def image(folder: Path, pixels: np.ndarray, name: str = "a.png", mode: str | None = None, **said: object) -> Path:
    """A PNG file, by Pillow."""
    made = Image.fromarray(pixels)
    (made if mode is None else made.convert(mode)).save(folder / name, **said)
    return folder / name


def broken(folder: Path, raw: bytes) -> Path:
    (folder / "a.png").write_bytes(raw)
    return folder / "a.png"


def rows(*labels: str, called: tuple[str, ...] = ()) -> Dataset:
    """Rows of 2 x 3 pixels, their sites the digits of their numbers."""
    n = len(labels)
    x = (np.arange(1, n + 1)[:, None] >> np.arange(6) & 1).astype(np.int8)
    label, alphabet = label_column(labels)
    return Dataset({"visible": x, "label": label}, {"visible": BINARY, "label": alphabet},
                   np.array(called or numbered_names(n)), notes={"image": [2, 3]})  # fmt: skip


# What a pixel is


def test_every_level_is_a_number_or_black_or_white_and_comes_back(tmp_path: Path) -> None:
    path = image(tmp_path, LEVELS)
    data = read(path, alphabet="gray")
    np.testing.assert_allclose(data["visible"][0], 2 * np.arange(256) / 255 - 1, rtol=0, atol=2**-23)  # two roundings
    assert data.notes == {"format": "png", "image": [16, 16]}
    assert read(path)["visible"].tolist() == [[int(level > 127) for level in range(256)]]
    assert read(path).notes == {"format": "png", "image": [16, 16], "threshold": 127}
    write(data, tmp_path / "b.png")
    with Image.open(tmp_path / "b.png") as again:
        assert again.mode == "L"
        assert (np.asarray(again) == LEVELS).all()


@pytest.mark.parametrize("mode", ["RGB", "P", "RGBA", "LA"])
def test_color_that_shows_only_gray_is_gray(mode: str, tmp_path: Path) -> None:
    path = image(tmp_path, LEVELS, mode=mode)
    assert (
        read(path, alphabet="gray")["visible"] == read(image(tmp_path, LEVELS, "b.png"), alphabet="gray")["visible"]
    ).all()


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_few_bits_go_from_black_to_white(bits: int, tmp_path: Path) -> None:
    """A file of 2**bits levels, made by hand: Pillow writes no gray of 2 bits."""
    n = 2**bits
    row = np.packbits((np.arange(8)[:, None] % n >> np.arange(bits)[::-1] & 1).ravel().astype(np.uint8)).tobytes()
    path = broken(tmp_path, by_hand(8, 1, bits, 0, b"\0" + row))
    expected = np.arange(8) % n * 255 // (n - 1)
    np.testing.assert_allclose(read(path, alphabet="gray")["visible"][0], 2 * expected / 255 - 1, atol=2**-23)


def test_sixteen_bits_are_rounded_to_eight(tmp_path: Path) -> None:
    level = np.array([[0, 127, 128, 129, 257, 65406, 65407, 65535]], dtype=np.uint16)
    with_number = read(image(tmp_path, level), alphabet="gray")
    nearest = np.rint(level[0] / 257)
    np.testing.assert_allclose(with_number["visible"][0], 2 * nearest / 255 - 1, atol=2**-23)


@pytest.mark.parametrize("alphabet", [None, "gray"])
@pytest.mark.parametrize("bits", [10, 12, 14])
def test_cameras_of_fewer_bits_are_noticed(bits: int, alphabet: str | None, tmp_path: Path) -> None:
    """Twelve bits in the lower part of sixteen are black in all pixels."""
    numbers = np.random.default_rng(0).integers(0, 2**bits, (2, 5, 5), dtype=np.uint16)
    numbers[0, 0, 0] = 2**bits - 1
    image(tmp_path, numbers[0], "1.png")
    image(tmp_path, numbers[1], "2.png")
    with pytest.warns(UserWarning, match="use only the lower|in black and white all pixels are equal") as said:
        read(tmp_path, alphabet=alphabet)
    assert len(said) == (2 if alphabet is None else 1)
    assert re.search(rf"use only the lower {bits} bits, .* by {2 ** (16 - bits)} first", str(said[0].message))
    assert {w.filename for w in said} == {__file__}
    image(tmp_path, numbers[0] << (16 - bits), "1.png")
    image(tmp_path, numbers[1] << (16 - bits), "2.png")
    assert len(np.unique(read(tmp_path, alphabet=alphabet)["visible"])) >= 2


@pytest.mark.parametrize(("levels", "notes"), [((0, 90), 1), ((130, 255), 1), ((0, 255), 0), ((7, 8), 1)])
@pytest.mark.parametrize("name", ["a.png", "a.idx"])
def test_images_in_which_nothing_is_left_to_vary(
    levels: tuple[int, int], notes: int, name: str, tmp_path: Path
) -> None:
    pixels = np.where(np.eye(4) > 0, *levels).astype(np.uint8)
    if name == "a.idx":
        (tmp_path / name).write_bytes(b"\0\0\x08\3\0\0\0\1\0\0\0\4\0\0\0\4" + pixels.tobytes())
    else:
        image(tmp_path, pixels, name)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        read(tmp_path / name)
        read(tmp_path / name, alphabet="gray")
    assert len(said) == notes
    for note in said:
        assert str(note.message).startswith(
            f"{tmp_path / name}: in black and white all pixels are equal: levels are from"
        )
        assert '--alphabet "gray"' in str(note.message)


def test_images_that_are_all_alike_are_no_surprise(tmp_path: Path) -> None:
    for name in ("1.png", "2.png"):
        image(tmp_path, np.zeros((4, 4), np.uint8), name)
    assert not read(tmp_path)["visible"].any()


def by_hand(width: int, height: int, bits: int, color: int, data: bytes, *more: tuple[bytes, bytes]) -> bytes:
    head = width.to_bytes(4) + height.to_bytes(4) + bytes([bits, color, 0, 0, 0])
    chunks = [(b"IHDR", head), *more, (b"IDAT", zlib.compress(data)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        len(x).to_bytes(4) + kind + x + zlib.crc32(kind + x).to_bytes(4) for kind, x in chunks
    )


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (by_hand(1, 1, 8, 2, b"\0\1\2\3"), "it has colors: convert it to gray first"),
        (by_hand(1, 1, 8, 6, b"\0\1\1\1\xfe"), "not opaque: put it on a black or white background first"),
        (by_hand(1, 1, 8, 4, b"\0\1\0"), "not opaque"),
        (by_hand(1, 1, 8, 0, b"\0\1", (b"tRNS", b"\0\1")), "not opaque"),
        (by_hand(1, 1, 16, 0, b"\0\0\1", (b"tRNS", b"\0\1")), "not opaque"),
        (by_hand(1, 1, 8, 3, b"\0\0", (b"PLTE", b"\1\2\3")), "it has colors"),
        (by_hand(0, 5, 8, 0, b"\0"), "."),
        (by_hand(2, 5, 8, 0, b"\0\1"), "."),
        (by_hand(30000, 30000, 1, 0, b"\0"), r"Image size \(900000000 pixels\) exceeds limit"),
        (by_hand(10000, 10000, 1, 0, b"\0"), r"Image size \(100000000 pixels\) exceeds limit"),
        (by_hand(8193, 8192, 1, 0, b"\0"), "8193 x 8192 pixels are too many"),
        (b"", "it is empty"),
        (b"\x89PNG\r\n\x1a\n", "."),
        (b"GIF89a\1\0\1\0", "it is GIF: save it as PNG"),
        (re.sub(rb"....IDAT.*(?=....IEND)", b"", by_hand(1, 1, 8, 0, b"\0\1"), flags=re.DOTALL), "it has no pixels"),
    ],
    ids=range(15),
)
def test_images_that_are_refused(raw: bytes, fault: str, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=rf"a.png can't be read as an image \(.*{fault}"):
        read(broken(tmp_path, raw))


@pytest.mark.filterwarnings("ignore:.*all pixels are equal|.*use only the lower")
@pytest.mark.parametrize("mode", PIXELS)
def test_what_is_cut_or_changed_is_refused_or_harmless(mode: str, tmp_path: Path) -> None:
    """Pillow looks at the checksum of every chunk but the last, which is empty."""
    pixels = LEVELS[:4].astype(np.uint16) if mode == "I;16" else LEVELS[:4] // 128 * 255
    path = image(tmp_path, pixels, mode=None if mode == "I;16" else mode)
    raw, sound = path.read_bytes(), read(path)["visible"]
    wrong = [raw[:end] for end in range(len(raw))]
    wrong += [raw[:at] + bytes([raw[at] ^ 0x10]) + raw[at + 1 :] for at in range(len(raw))]
    passed = []
    for text in wrong:
        try:
            passed.append(read(broken(tmp_path, text))["visible"])
        except FormatError:
            continue
    assert len(passed) <= 12
    assert all((x == sound).all() for x in passed)


def test_images_are_no_letters(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="black and white, or as numbers"):
        read(image(tmp_path, LEVELS), alphabet="protein")


# Folders


def test_rows_come_in_the_order_in_which_people_count(tmp_path: Path) -> None:
    for i, name in enumerate(["x2.png", "x10.PNG", "x1.png", "y.png", ".x3.png"]):
        image(tmp_path, LEVELS[i : i + 1], name, format="png")
    (tmp_path / "notes.txt").write_text("not an image")
    (tmp_path / "folder.png.d").mkdir()
    data = read(tmp_path, alphabet="gray")
    assert data.names.tolist() == ["x1", "x2", "x10", "y"]
    assert (data["visible"][:, 0] * 127.5 + 127.5).round().tolist() == [32, 0, 16, 48]


def test_labels_are_folders(tmp_path: Path) -> None:
    for home in ("b", "a%2Fb", "%41"):
        (tmp_path / home).mkdir()
        image(tmp_path / home, LEVELS, f"{home[0]}1.png")
        image(tmp_path / home, LEVELS.T.copy(), f"{home[0]}0.png")
    data = read(tmp_path, labels="folder")
    assert data.names.tolist() == ["%0", "%1", "a0", "a1", "b0", "b1"]
    assert data.texts("label").tolist() == ["%41", "%41", "a/b", "a/b", "b", "b"]
    with pytest.raises(FormatError, match='If it has a folder of files for each label, pass labels="folder"'):
        read(tmp_path)


def test_images_of_one_size(tmp_path: Path) -> None:
    image(tmp_path, LEVELS, "1.png")
    image(tmp_path, LEVELS[:8], "2.png")
    with pytest.raises(FormatError, match=r"2.png is 16 x 8, but 1.png is 16 x 16: images must have one size"):
        read(tmp_path)


def test_labels_of_one_size(tmp_path: Path) -> None:
    for home, pixels in (("a", LEVELS[7:9]), ("b", LEVELS[7:9].reshape(4, 8))):
        (tmp_path / home).mkdir()
        image(tmp_path / home, pixels)
    with pytest.raises(FormatError, match=r"visible of 32 BINARY, \[4, 8\] a row, not .*\[2, 16\] a row"):
        read(tmp_path, labels="folder")


def test_images_of_other_kinds_and_films_are_named(tmp_path: Path) -> None:
    Image.fromarray(LEVELS).save(tmp_path / "a.png", "jpeg")
    with pytest.raises(FormatError, match=r"a.png can't be read as an image \(it is JPEG: save it as PNG\)"):
        read(tmp_path / "a.png")
    image(tmp_path, LEVELS, save_all=True, append_images=[Image.fromarray(255 - LEVELS)])
    with pytest.raises(FormatError, match="it is animated: save its frames as images"):
        read(tmp_path / "a.png")
    (tmp_path / "a.png").rename(tmp_path / "a.tif")
    with pytest.raises(FormatError, match=r"a.tif\" can't be read or written here; it is TIFF: save it as PNG"):
        read(tmp_path / "a.tif")
    with pytest.raises(
        FormatError, match="is a folder without PNG files; for its first file of another kind: it is TIFF"
    ):
        read(tmp_path)


def test_folders_without_images(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="is a folder"):
        read(tmp_path)
    with pytest.raises(FormatError, match="has no PNG files"):
        png.read(tmp_path)


@few
@given(data=st.data(), binary=st.booleans(), home=st.booleans())
def test_folders_come_back(
    data: st.DataObject, binary: bool, home: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    layers = ("", "label") if home else ("",)
    found = data.draw(datasets(BINARY, False, layers, False, PHRASE))
    if not binary:
        levels = np.random.default_rng(0).integers(0, 256, found["visible"].shape)
        column = (levels.astype(np.float32) / np.float32(127.5) - np.float32(1)).astype(np.float32)
        found = replace(found, columns=found.columns | {"visible": column},
                        alphabets={k: a for k, a in found.alphabets.items() if k == "label"})  # fmt: skip
    folder = tmp_path_factory.mktemp("x")
    write(found, f"{folder}/images/")
    again = read(folder / "images", "folder" if found.labels else None, alphabet=None if binary else "gray")
    assert [path.name for path in folder.iterdir()] == ["images"]
    check_same(*(x.select(np.argsort(x.names, kind="stable")) for x in (found, again)))
    assert again.notes["image"] == [1, found["visible"].shape[1]]


@few
@given(name=WORD | PHRASE | st.text(min_size=1, max_size=9))
def test_names_of_files_come_back_and_stay_in_their_folder(name: str) -> None:
    spelled = names.to_file_name(name)
    assert names.from_file_name(spelled) == name
    assert not set(spelled) & set('/\\:*?"<>|\0')
    assert spelled.strip(". ") == spelled


@few
@given(name=WORD)
def test_names_of_others_stay_as_they_are(name: str) -> None:
    said = names.from_file_name(name)
    assert said == name or names.to_file_name(said) == name


def test_one_row_is_a_file(tmp_path: Path) -> None:
    write(rows("x"), tmp_path / "a.png")
    assert read(tmp_path / "a.png")["visible"].tolist() == [[1, 0, 0, 0, 0, 0]]
    assert read(tmp_path / "a.png").names.tolist() == ["a"]
    with Image.open(tmp_path / "a.png") as made:
        assert (made.mode, made.size) == ("1", (3, 2))
    write(rows("x"), tmp_path / "b.png.gz")
    assert read(tmp_path / "b.png.gz").names.tolist() == ["b"]
    with pytest.raises(ValueError, match=r"one row, not 2: write them to a folder, .*/c/"):
        write(rows("x", "y"), tmp_path / "c.png")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "b.png.gz"]


def test_parts_are_one_folder(tmp_path: Path) -> None:
    data = rows("1", "2", "1", "2")
    write((data.select([i]) for i in range(4)), f"{tmp_path}/x/")
    write(data, f"{tmp_path}/y/")
    x, y = ({p.relative_to(h): p.read_bytes() for p in h.rglob("*.png")} for h in (tmp_path / "x", tmp_path / "y"))
    assert x == y
    assert {str(path) for path in x} == {"1/g0001.png", "2/g0002.png", "1/g0003.png", "2/g0004.png"}


def test_the_layer_of_a_single_label_is_its_folder(tmp_path: Path) -> None:
    data = rows("1", "2")
    named = replace(data, columns={"visible": data["visible"], "label:a": data["label"]},
                    alphabets={"visible": BINARY, "label:a": data.alphabets["label"]})  # fmt: skip
    write(named, f"{tmp_path}/x/")
    assert read(tmp_path / "x", "folder").texts("label").tolist() == ["1", "2"]


# What can't be written, and what is there


def both(data: Dataset) -> Dataset:
    return replace(data, columns=data.columns | {"label:b": data["label"]},
                   alphabets=data.alphabets | {"label:b": data.alphabets["label"]})  # fmt: skip


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (rows("1", "1", called=("a", "a")), 'two rows are called "a", but there can be only one a.png: rename one'),
        (rows("1", ""), "a row or a label without a name"),
        (rows("1", "1", called=("a", "")), "a row or a label without a name"),
        (both(rows("1", "2")), "a folder of images can have one label a row, but the data have label, label:b"),
        (
            replace(rows("1"), notes={"image": [4, 1]}),
            "6 sites can't be an image of height 4; write these data to .npz",
        ),
        (
            replace(rows("1"), alphabets=rows("1").alphabets | {"visible": PROTEIN}),
            "PNG can hold only 0 and 1, or numbers",
        ),
    ],
    ids=range(6),
)
def test_rows_that_are_no_files(data: Dataset, fault: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=fault):
        write(data, f"{tmp_path}/x/")
    assert not list(tmp_path.iterdir())


def test_the_same_names_under_other_labels_are_fine(tmp_path: Path) -> None:
    write(rows("1", "2", called=("a", "a")), f"{tmp_path}/x/")
    with pytest.warns(UserWarning, match="appear more than once"):
        assert len(read(tmp_path / "x", "folder")) == 2


@pytest.mark.parametrize("slash", ["", "/"])
def test_an_empty_folder_is_filled_and_no_other(slash: str, tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    write(rows("1"), f"{tmp_path}/x{slash}")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.png")}
    assert len(before) == 1
    with pytest.raises(FileExistsError, match="x exists and is not an empty folder: name another"):
        write(rows("2"), f"{tmp_path}/x{slash}")
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.png")} == before
    (tmp_path / "y").write_text("a file")
    with pytest.raises(FileExistsError, match="y exists"):
        write(rows("2"), f"{tmp_path}/y/")
    assert (tmp_path / "y").read_text() == "a file"
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        write(rows("2"), f"{tmp_path}/z/z/")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x", "y"]


@pytest.mark.parametrize("fault", [OSError, KeyboardInterrupt, ValueError])
@pytest.mark.parametrize("there", [False, True])
def test_what_ends_midway_leaves_nothing(fault: type[BaseException], there: bool, tmp_path: Path) -> None:
    def parts() -> Iterator[Dataset]:
        yield rows("1", "2")
        raise fault("the end")

    if there:
        (tmp_path / "x").mkdir()
    with pytest.raises(fault, match="the end"):
        write(parts(), f"{tmp_path}/x/")
    assert [path.name for path in tmp_path.rglob("*")] == ["x"] * there


def test_a_folder_that_is_not_empty_is_refused_before_a_row_is_made(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()

    def parts() -> Iterator[Dataset]:
        raise AssertionError("nothing is asked for")
        yield

    (tmp_path / "x" / "thesis.tex").write_text("dear")
    with pytest.raises(FileExistsError):
        write(parts(), tmp_path / "x")


def test_gray_numbers_of_machines_go_to_folders(tmp_path: Path) -> None:
    data = gray("label")
    write(data, f"{tmp_path}/x/")
    again = read(tmp_path / "x", "folder", alphabet="gray")
    order, same = np.argsort(data.names), np.argsort(again.names)
    assert (data["visible"][order] == again["visible"][same]).all()


def test_a_warning_of_pillow_is_no_warning_elsewhere() -> None:
    with png._no_bombs():
        pass
    packed = io.BytesIO()
    Image.new("1", (9000, 9000)).save(packed, "png")
    assert Image.open(packed).size == (9000, 9000)


# The command line


def test_a_machine_learns_from_folders_and_generates_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.random.default_rng(0).integers(0, 2, (40, 6)).astype(np.int8)
    label, alphabet = label_column(["one", "a/b"] * 20)
    data = Dataset({"visible": x, "label": label}, {"visible": BINARY, "label": alphabet}, numbered_names(40),
                   notes={"image": [2, 3]})  # fmt: skip
    monkeypatch.chdir(tmp_path)
    write(data, "digits/")
    small = ["--hidden", "3", "--batch", "20", "--updates", "10", "--steps", "2"]
    main(["train", "digits", "--labels", "folder", *small, "--out", "run"])
    main(["generate", "run", "--label", "a/b=3", "--label", "one=2", "-o", "new/"])
    new = read("new", "folder")
    assert new.texts("label").tolist() == ["a/b"] * 3 + ["one"] * 2
    assert new.notes["image"] == [2, 3]
    for name in ("new.npy", "new.h5", "new.h5ad"):
        main(["generate", "run", "--label", "a/b=3", "--label", "one=2", "-o", name])
        again = read(name)
        assert (again["visible"] == new["visible"]).all()
        assert again.texts("label").tolist() == new.texts("label").tolist()
        assert again.notes["image"] == [2, 3]
    with pytest.raises(SystemExit) as end:
        main(["generate", "run", "-n", "3", "-o", "new/"])
    assert end.value.code == 1
