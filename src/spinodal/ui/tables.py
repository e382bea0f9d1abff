"""Tables: rows of text as an HTML table that fits a narrow window, and what the names of scores mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

from ..evaluation.quick_scores import ERRORS, SHARES
from ..reporting.page.names import describe

_LONG = re.compile(r"[+-]?\d*\.\d{4,}")


def as_html(caption: str, headers: Sequence[str], data: Sequence[Sequence[object]]) -> str:
    """A table with a caption. Columns without an entry are left out, and numbers have three digits.

    >>> print(as_html("Labels", ["name", "nothing", "confidence"], [["a<b", "", "0.98765"]]))  # doctest: +ELLIPSIS
    <div class="scroll"...<th scope="col">name</th><th scope="col">confidence</th>...<td>a&lt;b</td><td>0.988</td>...
    """
    kept = [i for i, _ in enumerate(headers) if any(str(row[i]) for row in data)]
    head = "".join(f'<th scope="col">{escape(str(headers[i]).replace("_", " "))}</th>' for i in kept)
    lines = "".join(f"<tr>{''.join(f'<td>{escape(_short(row[i]))}</td>' for i in kept)}</tr>" for row in data)
    named = f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}">'
    table = f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>"
    return f"{named}{table}</div>"


def _short(cell: object) -> str:
    text = str(cell)
    return f"{float(text):{'+' * text.startswith('+')}.3g}" if _LONG.fullmatch(text) else text


def meanings(scores: Iterable[str] = (*SHARES, *ERRORS)) -> str:
    """What scores mean, as HTML that is folded until it is asked for."""
    every = ((own.title, own.meaning) for own in map(describe, scores))
    items = "".join(f"<dt>{escape(title)}</dt><dd>{escape(meaning)}</dd>" for title, meaning in every)
    return f"<details class='quiet'><summary>What the scores mean</summary><dl>{items}</dl></details>"
