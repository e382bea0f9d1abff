"""Repository pages: what the site takes from outside of docs/, and links that lead there."""

import ast
import os
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = {
    "README.md": "about/readme.md",
    "CONTRIBUTING.md": "about/contributing.md",
    "CHANGELOG.md": "about/changelog.md",
}
"""Files of the repository that are pages of the site."""

LINK = re.compile(r"\]\(([^)\s#:]+)(#[^)\s]*)?\)")
ANCHOR = re.compile(r'^<a id="([\w-]+)"></a>\s*', re.M)


def setup(app):
    """Sphinx calls this: pages are completed as they are read."""
    app.connect("source-read", _read)
    app.connect("doctree-read", _complete)
    return {"parallel_read_safe": True}


def _read(app, name, source):
    page = (DOCS / name).with_suffix(".md")
    origin, text = page, source[0]
    if found := re.fullmatch(r"<!-- file: (\S+) -->\s*", text):
        origin = ROOT / found[1]
        text = origin.read_text(encoding="utf-8")
    text = re.sub(r"^<!-- names: (.+) -->$", lambda found: names(found[1].split()), text, flags=re.M)
    text = re.sub(r"^<!-- commands: (.+) -->$", lambda found: commands(found[1].split()), text, flags=re.M)
    text = ANCHOR.sub(r"(\1)=\n", text)
    source[0] = LINK.sub(lambda found: link(found[1], found[2] or "", origin, page), text)


def link(target, place, origin, page):
    """`](target#place)` of a file of the repository, origin, as the page of the site has it.

    >>> link("../README.md", "#speed", DOCS / "results.md", DOCS / "results.md")
    '](about/readme.md#speed)'
    >>> link("docs/theory.md", "", ROOT / "README.md", DOCS / "about" / "readme.md")
    '](../theory.md)'
    """
    to = Path(os.path.normpath(origin.parent / target))
    if not to.is_relative_to(ROOT) or not to.exists():
        return f"]({target}{place})"
    inside = PAGES.get(to.relative_to(ROOT).as_posix())
    to = DOCS / inside if inside else to
    way = os.path.relpath(to, page.parent)
    return f"]({way}{place})" if to.is_relative_to(DOCS) else f"](<path:{way}>)"


def _complete(app, doctree):
    """Other pages may link to explicit targets of this one, as to headings; what begins with a prompt is a console."""
    from docutils.nodes import literal_block

    for block in doctree.findall(literal_block):
        if block.get("language", "none") in ("none", "default", "text") and block.astext().startswith("$ "):
            block["language"] = "console"
    slugs = app.env.metadata[app.env.docname].setdefault("myst_slugs", {})
    for name, explicit in doctree.nametypes.items():
        if explicit and name not in slugs and doctree.nameids.get(name):
            slugs[name] = (0, doctree.nameids[name], name)


def origins():
    """The public names, and the module that each of them is from."""
    tree = ast.parse((ROOT / "src" / "spinodal" / "__init__.pyi").read_text(encoding="utf-8"))
    return {
        name.asname: f"spinodal.{node.module}"
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module
        for name in node.names
    }


def names(asked):
    """The reference of public names, by autodoc."""
    return "\n".join(f"```{{eval-rst}}\n{_described(name)}\n```\n" for name in asked)


def _described(name):
    import importlib
    import inspect

    from docstrings import to_rst
    from sphinx.pycode import ModuleAnalyzer

    origin = origins()[name]
    thing = getattr(importlib.import_module(origin), name)
    if inspect.isclass(thing):
        return f".. autoclass:: spinodal.{name}\n   :members:"
    if callable(thing) and not hasattr(thing, "encode"):
        return f".. autofunction:: spinodal.{name}"
    text = "\n".join(ModuleAnalyzer.for_module(origin).find_attr_docs().get(("", name), []))
    body = "\n".join(f"   {line}" for line in to_rst(text).splitlines())
    return f".. py:data:: spinodal.{name}\n   :value: {thing!r}\n\n{body}"


def commands(asked):
    """The reference of commands, from the commands themselves."""
    from spinodal.cli.main import app

    text = app.generate_docs(output_format="markdown", usage_name="spinodal")
    parts = re.split(r"^(?=## spinodal )", text, flags=re.M)[1:]
    known = {part.split()[2]: part for part in parts}
    return "\n".join(_options(known[name]) for name in asked)


def _options(text):
    """A command's text, with options as a list of definitions."""
    text = re.sub(r"\n +(?=\S)", " ", text).replace("```console", "```text")
    text = re.sub(r"(?<=```text\n)(spinodal \w+) -m \S+", r"\1", text)  # how Sphinx itself was started
    text = re.sub(r"^\* (`.+?`): ?(.*)$", lambda found: f"{found[1]}\n: {plain(found[2])}\n", text, flags=re.M)
    return text.replace(" *[default: False]*", "").replace("**Parameters**:", "**Options**").replace("**:", "**")


def plain(text):
    """Text as Markdown that shows it, but for what the generator has added."""
    return re.sub(r"(?<![\\*])([<|'\"~_])(?=\S)", r"\\\1", text)
