"""PNG: an image a file, in a folder of them, or in a folder of folders, one a label."""

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
"""Pixels of an image at most."""
FEW_BITS = 14
"""Of 16 bits, how many cameras fill at most that don't fill all."""

_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def read(path: Path, alphabet: Alphabet | None = None, unknown: str | None = None) -> Dataset:
    """One image, or all of a folder in the order in which people count; a row's name is the file's, without .png.

    A pixel is 1 where its level is above 127; with the alphabet GRAY it is a number, -1 for black to 1 for white, with
    REAL its level. 16 bits are rounded to 8, and a warning says where the upper ones are all empty; an image in color
    is read where it shows only gray. Raises FormatError for colors, for pixels that aren't opaque, for images of
    different sizes or more than 67 million pixels, for files that are broken or aren't PNG, and where a folder has
    none; ValueError for other alphabets. 10,000 small images take 2 s.
    """
    levels.check_image_alphabet(alphabet)
    files = png_files(path) if path.is_dir() else [path]
    if not files:
        raise FormatError(f"{path} holds no PNG files.")
    with _no_bombs():
        pixels = [_levels(file) for file in files]
    for file, one in zip(files, pixels):
        if one.shape != pixels[0].shape:
            raise FormatError(f"{file} is {_size(one)}, {files[0].name} is {_size(pixels[0])}: images are of one size.")
    _warn_of_few_bits(path, pixels)
    called = np.array([names.from_file_name(Path(inner_name(file)).stem) for file in files], dtype=str)
    return levels.image_dataset(np.stack([_rounded(one) for one in pixels]), called, alphabet, "png", path)


def write(parts: Iterable[Dataset], path: Path) -> None:
    """The image of one row, black and white or gray; its label is not kept. ValueError where there are more rows."""
    found = [image for part in parts for image in _images(part)]
    if len(found) != 1:
        raise ValueError(f"{len(found)} rows are not one image: write them to a folder, {path.with_suffix('')}/")
    with atomic_file(path) as handle:
        handle.write(found[0])


def write_folder(parts: Iterable[Dataset], folder: Path) -> None:
    """An image a row, NAME.png, into an empty folder, in a folder of its label where it has one.

    What files can't be called stands as %XX in their names, and is read back. Rows are written as they come. Raises
    ValueError where two rows have one name, a label is unknown, or a row has several.
    """
    for part in parts:
        label = single_label_layer(part, "a folder of images")
        homes = [folder] * len(part) if label is None else [folder / names.to_file_name(x) for x in part.texts(label)]
        for home, name, image in zip(homes, part.names.tolist(), _images(part)):
            home.mkdir(exist_ok=True)
            _write_new(home / (names.to_file_name(name) + SUFFIX), image, name)


def png_files(folder: Path) -> list[Path]:
    """The PNG files of a folder in the order of their names, as people count."""
    return sorted(filter(is_png, folder.iterdir()), key=names.natural_key)


def is_png(path: Path) -> bool:
    """Whether a file is PNG by its name, and not hidden."""
    return path.suffix.lower() == SUFFIX and not path.name.startswith(".")


# From pixels to a row


@contextmanager
def _no_bombs() -> Iterator[None]:
    """Small files that say they are huge images: Pillow's warning of them is an error in here."""
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def _levels(path: Path) -> np.ndarray:
    """The levels of an image, uint8 (height, width), or uint16 where it has 16 bits."""
    from PIL import Image

    raw = content(path)
    if not raw.startswith(_SIGNATURE):
        said = image_by_beginning(raw) or ("it begins as no PNG does" if raw else "it is empty")
        raise FormatError(f"{path} is not an image to read ({said}).")
    try:
        Image.open(io.BytesIO(raw), formats=("PNG",)).verify()  # its checksums, which reading alone doesn't see to
        with Image.open(io.BytesIO(raw), formats=("PNG",)) as image:
            if image.width * image.height > LARGEST:
                raise ValueError(f"{image.width} x {image.height} pixels are too many")
            if getattr(image, "n_frames", 1) > 1:
                raise ValueError("it is a film: save its frames as images")
            return _gray(image)
    except IndexError:  # Pillow's, where it looks for the first pixels and there are none
        raise FormatError(f"{path} is not an image to read (it has no pixels).") from None
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise FormatError(f"{path} is not an image to read ({one_line(error)}).") from None


def _gray(image: Image) -> np.ndarray:
    """The levels of an image that shows only gray; ValueError where it doesn't."""
    if image.mode.startswith("I"):
        if "transparency" in image.info:
            raise ValueError("some of its pixels are not opaque")
        return np.asarray(image).astype(np.uint16)
    if image.mode in ("1", "L") and "transparency" not in image.info:
        return np.asarray(image.convert("L"))
    shown = np.asarray(image.convert("RGBA"))
    if (shown[..., 3] < 255).any():
        raise ValueError("some of its pixels are not opaque: lay it over black or white first")
    if (shown[..., :3] != shown[..., :1]).any():
        raise ValueError("it has colors: make it gray first")
    return shown[..., 0]


def _rounded(pixels: np.ndarray) -> np.ndarray:
    """Levels of 16 bits as those of 8, to the nearest."""
    return ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8) if pixels.dtype == np.uint16 else pixels


def _warn_of_few_bits(path: Path, pixels: list[np.ndarray]) -> None:
    """Warns where images of 16 bits use few of these, as those of many cameras and microscopes do."""
    deep = [one for one in pixels if one.dtype == np.uint16]
    bits = max((int(one.max()).bit_length() for one in deep), default=0)
    if 0 < bits <= FEW_BITS:
        warnings.warn(f"{path}: its images of 16 bits use the lower {bits} alone, so that all are dark: no level is "
                      f"above {2 ** (bits - 8):.3g} of 255. Multiply their numbers by {2 ** (16 - bits)} first",
                      stacklevel=5)  # fmt: skip


def _size(pixels: np.ndarray) -> str:
    return f"{pixels.shape[1]} x {pixels.shape[0]}"


# From rows to files


def _images(part: Dataset) -> Iterator[bytes]:
    """The rows as PNG: of 1 bit where they are binary, else of 8."""
    from PIL import Image

    pixels, binary = levels.to_levels(part, "PNG"), "visible" in part.alphabets
    height, width = _shape(part)
    for row in pixels:
        image, packed = Image.fromarray(row.reshape(height, width)), io.BytesIO()
        (image.convert("1", dither=Image.Dither.NONE) if binary else image).save(packed, "png")
        yield packed.getvalue()


def _shape(part: Dataset) -> tuple[int, int]:
    """Height and width, of the notes; a row of pixels where they say nothing."""
    sites, shape = part["visible"].shape[1], part.notes.get("image", ())
    height = int(shape[0]) if len(shape) > 1 else 1
    if not sites or height < 1 or sites % height:
        raise ValueError(f"{sites} sites are no image of height {height}; write these data to .npz")
    return height, sites // height


def _write_new(path: Path, image: bytes, name: str) -> None:
    try:
        with path.open("xb") as handle:
            handle.write(image)
    except FileExistsError:
        raise ValueError(f'two rows are called "{name}", and there can be one {path.name}: rename one') from None
