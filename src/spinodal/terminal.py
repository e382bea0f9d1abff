"""Terminal: text is printed with control characters as escapes, and on a terminal as lines that it has room for.

So text from files can't control a terminal, and programs that read a pipe get each message as one line.
"""

from __future__ import annotations

import codecs
import io
import json
import os
import re
import sys
import unicodedata
from collections.abc import Iterable
from typing import IO, Any, TextIO

_STEERING = (  # C0, DEL, C1; surrogates; Unicode line separators; marks of writing direction
    "\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff"
)
_ANY = re.compile(f"[{_STEERING}]")
_BUT_LINES = re.compile(f"(?![\n\t])[{_STEERING}]")
_CELLS = re.compile(r"[^ ]+(?: [^ ]+)* *")
_NAMED = {"\n": r"\n", "\t": r"\t", "\r": r"\r"}


def escape_controls(text: object) -> str:
    """The text as one line; control characters and marks of writing direction are escaped as in Python.

    >>> print(escape_controls("fish\\x1b[31m\\x07 \\u202eevil\\nnext"))
    fish\\x1b[31m\\x07 \\u202eevil\\nnext
    """
    return _ANY.sub(_escape, str(text))


def print_lines(lines: Iterable[object]) -> None:
    """Print lines for people on the standard output, as `fitted`."""
    for line in lines:
        print(fitted(line, sys.stdout), flush=True)


def print_json(value: Any) -> None:
    """Print a value as one line of JSON. Control characters are JSON escapes, which programs read as the same text."""
    print(_ANY.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False)))


def print_verbatim(line: object) -> None:
    """Print a line unchanged for other programs; on a terminal, control characters are escaped."""
    print(escape_controls(line) if sys.stdout.isatty() else line, flush=True)


class TerminalWriter(io.BufferedIOBase):
    """A binary file handle that writes text to a terminal and escapes control characters other than newline and tab."""

    def __init__(self, terminal: IO[bytes]) -> None:
        self._terminal = terminal
        self._decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        text = self._decoder.decode(bytes(data))
        self._terminal.write(_BUT_LINES.sub(_escape, text).encode())
        return len(data)

    def flush(self) -> None:
        self._terminal.flush()


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    return _NAMED.get(found[0]) or (f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}")


def say(text: str) -> None:
    """Print a line on stderr, at once, as `fitted`."""
    print(fitted(text, sys.stderr), file=sys.stderr, flush=True)


def fitted(text: object, stream: TextIO) -> str:
    """A line for a stream, with control characters escaped: `folded` if the stream is a terminal, else as one line."""
    line = escape_controls(text)
    return "\n".join(folded(line, _width(stream))) if stream.isatty() else line


def _width(terminal: TextIO) -> int:
    """The columns of a terminal: those that COLUMNS says, else its own, else 80."""
    if (said := os.environ.get("COLUMNS", "")).isdecimal() and int(said):
        return int(said)
    try:
        return os.get_terminal_size(terminal.fileno()).columns or 80
    except (OSError, ValueError):
        return 80


def folded(line: str, width: int) -> list[str]:
    """A line as several of so many columns, the later ones indented to its second cell.

    Cells have two spaces or more between them. A cell that doesn't fit begins a new line, so all rows of a table break
    at the same columns. One that is too long for a line breaks between words. A word that is too long stays whole, so
    that paths can be copied.

    >>> print(*folded("label      fish, plant, yeast  of 12 rows", 25), sep="\\n")
    label      fish, plant,
               yeast
               of 12 rows
    """
    cells = _CELLS.findall(line.rstrip(" "))
    if columns(line) <= width or not cells:
        return [line]
    start = min(len(line) - len(line.lstrip(" ")), width // 2)
    second = start + columns(cells[0]) if cells[0].endswith("  ") else start or 2
    hang = second if second <= width // 2 else 2
    found = [" " * start]
    for cell in cells:
        end = len(cell) - 2 if cell.endswith("  ") else len(cell)
        if columns(cell[:end]) <= width - max(start, hang):
            _add(found, cell, columns(cell[:end]), width, hang)
            continue
        for word in re.findall(r"[^ ]+ *", cell):
            _add(found, word, columns(word.rstrip()), width, hang)
    return [part.rstrip() for part in found]


def _add(found: list[str], part: str, needs: int, width: int, hang: int) -> None:
    """Add a part to the last line, or to a new one if it needs more columns than are left there."""
    if found[-1].strip() and columns(found[-1]) + needs > width:
        found.append(" " * max(0, min(hang, width - needs)))
    found[-1] += part


def columns(text: str) -> int:
    """The columns of a terminal that a text takes: two for each wide character, as of Chinese, none for an accent."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else not unicodedata.combining(c) for c in text)
