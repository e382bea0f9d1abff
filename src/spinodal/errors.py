"""Errors: the exception for a wrong file, and phrases that several messages share."""

from __future__ import annotations

from collections.abc import Sequence


class FormatError(ValueError):
    """A file is wrong. The message is one line: what, where, how to mend it."""


def unknown_option(unknown: str) -> str:
    """The option that says how unknown symbols are read, in Python and in a shell.

    >>> unknown_option("?")
    'unknown="?" (in a shell --unknown "?")'
    """
    return f'unknown="{unknown}" (in a shell --unknown "{unknown}")'


def alphabet_option(alphabet: str) -> str:
    """The option that names the alphabet of the data, in Python and in a shell.

    >>> alphabet_option("dna")
    'alphabet="dna" (in a shell --alphabet "dna")'
    """
    return f'alphabet="{alphabet}" (in a shell --alphabet "{alphabet}")'


def one_line(error: BaseException) -> str:
    """The message of another library's error as one line.

    >>> one_line(OSError("it ended" + chr(10) + "  too early"))
    'it ended too early'
    """
    return " ".join(str(error).split())


def first_names(names: Sequence[str], most: int = 3) -> str:
    """The first `most` names, and "..." if there are more.

    >>> first_names(["b", "a"]), first_names(["d", "c", "b", "a"])
    ('b, a', 'd, c, b, ...')
    """
    return ", ".join([*names[:most], *(["..."] if len(names) > most else [])])


def counted(n: int, things: str) -> str:
    """A number of things, whose name in the plural ends in s.

    >>> counted(1, "predictions"), counted(12, "rows")
    ('1 prediction', '12 rows')
    """
    return f"{n} {things.removesuffix('s') if n == 1 else things}"


def of_disk(error: OSError) -> str:
    """What the system says of a file, with its name.

    >>> of_disk(FileNotFoundError(2, "No such file or directory", "a.csv")), of_disk(OSError("the disk is full"))
    ('a.csv: No such file or directory', 'the disk is full')
    """
    return f"{error.filename}: {error.strerror}" if error.filename else error.strerror or str(error)
