"""Names: converts names of rows and labels to valid file names and back, and sorts files by the numbers in names."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

_UNFIT = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|%]|^[. ]|[. ]$')  # invalid, or a hidden file, on some system


def to_file_name(name: str) -> str:
    """A name as the name of a file (without suffix) or a folder; characters that some system doesn't allow are %XX.

    The result has no slash, so the file is always inside its folder. Raises ValueError for an empty name.

    >>> to_file_name("../a b"), to_file_name("50%")
    ('%2E.%2Fa b', '50%25')
    """
    if not name:
        raise ValueError("a row or a label without a name can't become a file or a folder: name it, or write to .npz")
    return _UNFIT.sub(lambda found: f"%{ord(found[0]):02X}", name)


def from_file_name(name: str) -> str:
    """The name that `to_file_name` has converted to this file name; other file names are unchanged.

    >>> from_file_name("%2E.%2Fa b"), from_file_name("100%25"), from_file_name("100%"), from_file_name("%41")
    ('../a b', '100%', '100%', '%41')
    """
    plain = unquote(name)
    return plain if plain and to_file_name(plain) == name else name


def natural_key(path: Path) -> tuple[list[str | int], str]:
    """A sort key for natural order: 2 comes before 10.

    >>> sorted((Path("10.png"), Path("2b"), Path("2.png")), key=natural_key)
    [PosixPath('2.png'), PosixPath('2b'), PosixPath('10.png')]
    """
    parts: list[str | int] = list(re.split(r"([0-9]+)", path.name))
    parts[1::2] = map(int, parts[1::2])
    return parts, path.name
