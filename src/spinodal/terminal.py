"""Terminal: text is printed with control characters as escapes, so that text from files can't control a terminal."""

from __future__ import annotations

import codecs
import io
import json
import re
import sys
from collections.abc import Iterable
from typing import IO, Any

_STEERING = (  # C0, DEL, C1; surrogates; Unicode line separators; marks of writing direction
    "\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff"
)
_ANY = re.compile(f"[{_STEERING}]")
_BUT_LINES = re.compile(f"(?![\n\t])[{_STEERING}]")
_NAMED = {"\n": r"\n", "\t": r"\t", "\r": r"\r"}


def escape_controls(text: object) -> str:
    """The text as one line; control characters and marks of writing direction are escaped as in Python.

    >>> print(escape_controls("fish\\x1b[31m\\x07 \\u202eevil\\nnext"))
    fish\\x1b[31m\\x07 \\u202eevil\\nnext
    """
    return _ANY.sub(_escape, str(text))


def print_lines(lines: Iterable[object]) -> None:
    """Print lines for people on the standard output. Each item stays one line."""
    for line in lines:
        print(escape_controls(line), flush=True)


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
    """Print a line on stderr, at once."""
    print(escape_controls(text), file=sys.stderr, flush=True)
