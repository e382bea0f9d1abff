"""Site: every page, public name and command is on it. No Sphinx is needed."""

from __future__ import annotations

import ast
import os
import re
import runpy
from pathlib import Path

import pytest

import spinodal
from spinodal.cli.main import COMMANDS

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
REFERENCE = "".join(path.read_text(encoding="utf-8") for path in (DOCS / "reference").glob("*.md"))
EXTENSION = runpy.run_path(str(DOCS / "site" / "repository_pages.py"))


def listed(page: Path) -> set[Path]:
    """The pages in the tables of contents of a page."""
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"```\{toctree\}\n(.*?)```", text, re.S)
    lines = [line for block in blocks for line in block.splitlines() if line and not line.startswith(":")]
    names = [re.sub(r".*<(.+)>$", r"\1", line) for line in lines]  # "TITLE <page>"
    return {(page.parent / f"{name}.md").resolve() for name in names}


def asked(what: str) -> list[str]:
    return [name for part in re.findall(rf"<!-- {what}: (.+) -->", REFERENCE) for name in part.split()]


def test_every_page_can_be_reached_from_the_start_page():
    reached, ahead = set(), {DOCS / "index.md"}
    while ahead:
        page = ahead.pop()
        assert page.is_file(), f"{page} is in a table of contents, and is no page"
        reached.add(page)
        ahead |= listed(page) - reached
    assert set(PAGES) - reached == set()


def test_every_public_name_is_in_the_reference_once():
    names = asked("names")
    assert len(names) == len(set(names))
    assert set(spinodal.__all__) - set(names) == {"__version__", "datasets"}  # these two stand there by themselves
    assert set(EXTENSION["origins"]()) >= set(names)


def test_every_command_is_in_the_reference_once():
    names = asked("commands")
    assert sorted(names) == sorted(command.__name__.rstrip("_") for command in COMMANDS)
    text = EXTENSION["commands"](names)
    assert all(f"## spinodal {name}" in text for name in names)
    assert "`--out, -o PATH`\n: " in text


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(DOCS).as_posix())
def test_links_lead_to_files(path):
    """Images and links of a page lead to files of the repository; what a tutorial makes is not a link of Markdown."""
    found = EXTENSION["LINK"].findall(path.read_text(encoding="utf-8"))
    gone = [to for to, _ in found if not to.startswith("<") and not Path(os.path.normpath(path.parent / to)).exists()]
    assert gone == []


def test_tutorials_are_not_run_twice():
    """They run when the site is built: no cell is an example for pytest."""
    for path in (DOCS / "tutorials").glob("*.md"):
        assert ">>>" not in path.read_text(encoding="utf-8"), path


def test_the_settings_of_the_site_are_python():
    ast.parse((DOCS / "site" / "conf.py").read_text(encoding="utf-8"))


def test_readme_cites_what_the_citation_file_does():
    """The titles, authors, years and numbers of both are one."""
    readme, cited = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "CITATION.cff"))
    bibtex = readme.split("```bibtex\n")[1].split("```")[0]
    for name in ("title", "family-names", "given-names", "year", "version"):
        for value in re.findall(rf"^ *(?:- )?{name}: (.+)$", cited, re.MULTILINE):
            assert value in bibtex, value
    assert set(re.findall(r"arXiv:([0-9.]+)", cited)) == set(re.findall(r"eprint += \{([0-9.]+)\}", bibtex))
