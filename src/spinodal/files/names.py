"""Names of rows and labels as names of files, whatever is in them, and back; files in the order that people count."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

_UNFIT = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|%]|^[. ]|[. ]$')  # on some system, or hidden there


def to_file_name(name: str) -> str:
    """The name of a file, without its suffix, or of a folder: what files can't be called anywhere is %XX.

    So it never leaves its folder. Raises ValueError where there is no name at all.

    >>> to_file_name("../a b"), to_file_name("50%")
    ('%2E.%2Fa b', '50%25')
    """
    if not name:
        raise ValueError("a row or a label without a name can't be a file or a folder: name it, or write to .npz")
    return _UNFIT.sub(lambda found: f"%{ord(found[0]):02X}", name)


def from_file_name(name: str) -> str:
    """The name that is spelled so; as it is where nothing is.

    >>> from_file_name("%2E.%2Fa b"), from_file_name("100%25"), from_file_name("100%"), from_file_name("%41")
    ('../a b', '100%', '100%', '%41')
    """
    plain = unquote(name)
    return plain if plain and to_file_name(plain) == name else name


def natural_key(path: Path) -> tuple[list[str | int], str]:
    """The key of an order in which 2 comes before 10.

    >>> sorted((Path("10.png"), Path("2b"), Path("2.png")), key=natural_key)
    [PosixPath('2.png'), PosixPath('2b'), PosixPath('10.png')]
    """
    parts: list[str | int] = list(re.split(r"([0-9]+)", path.name))
    parts[1::2] = map(int, parts[1::2])
    return parts, path.name
