"""What went wrong with a file, in one line."""

from __future__ import annotations

from collections.abc import Sequence


class FormatError(ValueError):
    """A file's mistake, in one line: what, where, how to mend it."""


def unknown_option(unknown: str) -> str:
    """How to say what foreign symbols are read as, in Python and in a shell.

    >>> unknown_option("?")
    'unknown="?" (in a shell --unknown "?")'
    """
    return f'unknown="{unknown}" (in a shell --unknown "{unknown}")'


def alphabet_option(alphabet: str) -> str:
    """How to say which alphabet data are in, in Python and in a shell.

    >>> alphabet_option("dna")
    'alphabet="dna" (in a shell --alphabet "dna")'
    """
    return f'alphabet="{alphabet}" (in a shell --alphabet "{alphabet}")'


def one_line(error: BaseException) -> str:
    """What an error of another program says, in one line.

    >>> one_line(OSError("it ended" + chr(10) + "  too early"))
    'it ended too early'
    """
    return " ".join(str(error).split())


def first_names(names: Sequence[str], most: int = 3) -> str:
    """The first of some names, in their order.

    >>> first_names(["b", "a"]), first_names(["d", "c", "b", "a"])
    ('b, a', 'd, c, b, ...')
    """
    return ", ".join([*names[:most], *(["..."] if len(names) > most else [])])
