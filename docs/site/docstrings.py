"""Docstrings: the package's plain text as reStructuredText, for autodoc.

A docstring has paragraphs, formulas (indented), examples (`>>>`), and lists whose lines are a name, two or more spaces,
and what it is.
"""

import re
from textwrap import dedent

ENTRY = re.compile(r"(\S+(?: \S+)*?) {2,}(\S.*)")
COLON = re.compile(r"(\w+(?:, \w+)*): (\S.*)")


def setup(app):
    """Sphinx calls this: docstrings are converted before autodoc parses them."""
    app.connect("autodoc-process-docstring", _convert)
    return {"parallel_read_safe": True}


def _convert(app, what, name, obj, options, lines):
    lines[:] = [*to_rst("\n".join(lines)).splitlines(), ""]


def to_rst(text):
    """A docstring as reStructuredText.

    >>> print(to_rst("Draws `n` rows.\\n\\n    p = |x|\\n\\nn      how many\\nsteps  t_G,\\n       from 1"))
    Draws ``n`` rows.
    <BLANKLINE>
    ::
    <BLANKLINE>
        p = |x|
    <BLANKLINE>
    ``n``
        how many
    ``steps``
        t_G, from 1
    """
    return "\n\n".join(_block(part) for part in re.split(r"\n\s*\n", text.strip("\n")) if part.strip())


def _block(part):
    lines = part.splitlines()
    if lines[0].lstrip().startswith(">>>"):
        return dedent(part)
    if all(line.startswith("    ") for line in lines):
        return "::\n\n" + "\n".join(f"    {line}" for line in dedent(part).splitlines())
    form = ENTRY if ENTRY.fullmatch(lines[0]) else COLON
    if any(line.startswith("    ") for line in lines) and form is COLON:  # a formula follows its sentence
        cut = next(i for i, line in enumerate(lines) if line.startswith("    "))
        return "\n\n".join(map(_block, filter(None, ("\n".join(lines[:cut]), "\n".join(lines[cut:])))))
    if not form.fullmatch(lines[0]):
        head = next((i for i, line in enumerate(lines) if COLON.fullmatch(line)), len(lines))
        prose = escape(" ".join(lines[:head]))
        return prose if head == len(lines) else prose + "\n\n" + _block("\n".join(lines[head:]))
    return "\n".join(_entries(lines, form))


def _entries(lines, form):
    """A definition list: a line that doesn't begin an entry goes on with the one before."""
    found = []
    for line in lines:
        if entry := form.fullmatch(line):
            found.append([entry[1], entry[2]])
        else:
            found[-1][1] += " " + line.strip()
    return [f"``{name}``\n    {escape(meaning)}" for name, meaning in found]


def escape(text):
    """Prose whose `code` is reStructuredText's, and in which nothing else is markup.

    >>> escape("*all* of `a|b`, x_ and |y|")
    '\\\\*all\\\\* of ``a|b``, x\\\\_ and \\\\|y\\\\|'
    """
    parts = re.split(r"`([^`]+)`", text)
    return "".join(f"``{part}``" if i % 2 else re.sub(r"([*|\\]|_\b)", r"\\\1", part) for i, part in enumerate(parts))
