"""PNG: one image, a folder of images, or a folder with one folder of images for each label."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..data.alphabet import Alphabet
from ..data.dataset import Dataset
from ..errors import FormatError, one_line
from . import levels, names
from .atomic import atomic_file
from .companions import single_label_layer
from .foreign import image_by_beginning
from .opened import content, inner_name

if TYPE_CHECKING:
    from PIL.Image import Image

SUFFIX = ".png"
LARGEST = 2**26
"""The largest number of pixels of an image."""
FEW_BITS = 14
"""Cameras that don't use all 16 bits of a level use this many at most."""

_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def read(
    path: Path, alphabet: Alphabet | None = None, unknown: str | None = None, threshold: int | None = None
) -> Dataset:
    """One image, or all images of a folder in natural order. The name of a row is the file name without .png.

    A pixel is 1 if its level is above the threshold, 127 by default, else 0; with the alphabet GRAY it is a number from
    -1 (black) to 1 (white), with REAL the level. 16 bits are rounded to 8, with a warning if the upper bits are all
    unused. A color image is read if all its pixels are gray. Raises FormatError for colors, transparent pixels, images
    of different sizes or with more than 67 million pixels, files that are broken or aren't PNG, and a folder without
    PNG files; ValueError for other alphabets. 10,000 small images take 2 s.
    """
    levels.check_image_alphabet(alphabet)
    files = png_files(path) if path.is_dir() else [path]
    if not files:
        raise FormatError(f"{path} has no PNG files.")
    with _no_bombs():
        pixels = [_levels(file) for file in files]
    for file, one in zip(files, pixels):
        if one.shape != pixels[0].shape:
            raise FormatError(
                f"{file} is {_size(one)}, but {files[0].name} is {_size(pixels[0])}: images must have one size."
            )
    _warn_of_few_bits(path, pixels)
    called = np.array([names.from_file_name(Path(inner_name(file)).stem) for file in files], dtype=str)
    return levels.image_dataset(np.stack([_rounded(one) for one in pixels]), called, alphabet, "png", path, threshold)


def write(parts: Iterable[Dataset], path: Path) -> None:
    """Write one row as an image, black and white or gray. Its label is lost. Raises ValueError for several rows."""
    found = [image for part in parts for image in _images(part)]
    if len(found) != 1:
        raise ValueError(f"a PNG file holds one row, not {len(found)}: write them to a folder, {path.with_suffix('')}/")
    with atomic_file(path) as handle:
        handle.write(found[0])


def write_folder(parts: Iterable[Dataset], folder: Path) -> None:
    """Write one image for each row, NAME.png, into an empty folder, or into folders for each label inside it.

    Characters that are not allowed in file names are %XX. Rows are written part by part. Raises ValueError if two rows
    have one name, if a label is unknown, and for several label layers.
    """
    for part in parts:
        label = single_label_layer(part, "a folder of images")
        homes = [folder] * len(part) if label is None else [folder / names.to_file_name(x) for x in part.texts(label)]
        for home, name, image in zip(homes, part.names.tolist(), _images(part)):
            home.mkdir(exist_ok=True)
            _write_new(home / (names.to_file_name(name) + SUFFIX), image, name)


def png_files(folder: Path) -> list[Path]:
    """The PNG files of a folder in natural order."""
    return sorted(filter(is_png, folder.iterdir()), key=names.natural_key)


def is_png(path: Path) -> bool:
    """Whether a file is PNG, by its name, and not hidden."""
    return path.suffix.lower() == SUFFIX and not path.name.startswith(".")


# From pixels to a row


@contextmanager
def _no_bombs() -> Iterator[None]:
    """Makes Pillow's warning of decompression bombs, small files with huge images, an error."""
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def _levels(path: Path) -> np.ndarray:
    """The levels of an image, uint8 (height, width), or uint16 if it has 16 bits."""
    from PIL import Image

    raw = content(path)
    if not raw.startswith(_SIGNATURE):
        said = image_by_beginning(raw) or ("it doesn't begin like PNG" if raw else "it is empty")
        raise FormatError(f"{path} can't be read as an image ({said}).")
    try:
        Image.open(io.BytesIO(raw), formats=("PNG",)).verify()  # checks the checksums, which reading doesn't
        with Image.open(io.BytesIO(raw), formats=("PNG",)) as image:
            if image.width * image.height > LARGEST:
                raise ValueError(f"{image.width} x {image.height} pixels are too many")
            if getattr(image, "n_frames", 1) > 1:
                raise ValueError("it is animated: save its frames as images")
            return _gray(image)
    except IndexError:  # from Pillow, for an image without pixel data
        raise FormatError(f"{path} can't be read as an image (it has no pixels).") from None
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise FormatError(f"{path} can't be read as an image ({one_line(error)}).") from None


def _gray(image: Image) -> np.ndarray:
    """The levels of a gray image. Raises ValueError for colors and transparent pixels."""
    if image.mode.startswith("I"):
        if "transparency" in image.info:
            raise ValueError("some of its pixels are not opaque")
        return np.asarray(image).astype(np.uint16)
    if image.mode in ("1", "L") and "transparency" not in image.info:
        return np.asarray(image.convert("L"))
    rgba = np.asarray(image.convert("RGBA"))
    if (rgba[..., 3] < 255).any():
        raise ValueError("some of its pixels are not opaque: put it on a black or white background first")
    if (rgba[..., :3] != rgba[..., :1]).any():
        raise ValueError("it has colors: convert it to gray first")
    return rgba[..., 0]


def _rounded(pixels: np.ndarray) -> np.ndarray:
    """Levels of 16 bits rounded to 8 bits."""
    return ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8) if pixels.dtype == np.uint16 else pixels


def _warn_of_few_bits(path: Path, pixels: list[np.ndarray]) -> None:
    """Warns if images of 16 bits use only the lower bits, as images of many cameras and microscopes do."""
    deep = [one for one in pixels if one.dtype == np.uint16]
    bits = max((int(one.max()).bit_length() for one in deep), default=0)
    if 0 < bits <= FEW_BITS:
        warnings.warn(f"{path}: its images of 16 bits use only the lower {bits} bits, so all are dark: no level is "
                      f"above {2 ** (bits - 8):.3g} of 255. Multiply their levels by {2 ** (16 - bits)} first",
                      stacklevel=5)  # fmt: skip


def _size(pixels: np.ndarray) -> str:
    return f"{pixels.shape[1]} x {pixels.shape[0]}"


# From rows to files


def _images(part: Dataset) -> Iterator[bytes]:
    """The rows as PNG, with 1 bit for each pixel if they are binary, else 8."""
    from PIL import Image

    pixels, binary = levels.to_levels(part, "PNG"), "visible" in part.alphabets
    height, width = _shape(part)
    for row in pixels:
        image, packed = Image.fromarray(row.reshape(height, width)), io.BytesIO()
        (image.convert("1", dither=Image.Dither.NONE) if binary else image).save(packed, "png")
        yield packed.getvalue()


def _shape(part: Dataset) -> tuple[int, int]:
    """Height and width from the notes; one row of pixels if they have none."""
    sites, shape = part["visible"].shape[1], part.notes.get("image", ())
    height = int(shape[0]) if len(shape) > 1 else 1
    if not sites or height < 1 or sites % height:
        raise ValueError(f"{sites} sites can't be an image of height {height}; write these data to .npz")
    return height, sites // height


def _write_new(path: Path, image: bytes, name: str) -> None:
    try:
        with path.open("xb") as handle:
            handle.write(image)
    except FileExistsError:
        raise ValueError(f'two rows are called "{name}", but there can be only one {path.name}: rename one') from None
