"""Reproduction: a page of the papers' claims and our measurements (`python -m bench.reproduction REPORTS`)."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from spinodal.files.atomic import atomic_file
from spinodal.reporting.page.numbers import number

from . import published
from .claims import Answer, Claim, Table, tables
from .rules import ELSEWHERE, NO, NO_NUMBER, NOT_RUN, PART, UNDECIDED, YES, Runs

ROOT = Path(__file__).parents[1]
LABEL_GRADIENTS = Path(__file__).with_name("label_gradients.md")
"""A section of the page that is written by hand: measurements that no report has."""
VERDICTS = {
    YES: "our number fulfills the rule of the claim",
    PART: "our number fulfills a weaker condition of the rule",
    NO: "our number fulfills neither",
    UNDECIDED: "the score doesn't distinguish data from independent sites here",
    NOT_RUN: "a run or a number is missing; the row names it",
    NO_NUMBER: "neither paper has a number",
    ELSEWHERE: "another page has the measurement",
}
"""The verdicts, and their meaning."""
Answered = list[tuple[Table, list[tuple[Claim, Answer]]]]
Reports = Mapping[str, Mapping[str, Any]]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.reproduction", description=__doc__)
    parser.add_argument("reports", type=Path, metavar="REPORTS", help="the folder of the JSON files of reports")
    parser.add_argument("-o", "--out", type=Path, default=ROOT / "docs" / "reproduction.md")
    options = parser.parse_args(arguments)
    try:
        text = page(read(options.reports))
    except ValueError as error:
        print(f"reproduction: {error}", file=sys.stderr)
        return 2
    with atomic_file(options.out) as file:
        file.write(text.encode())
    print(options.out)
    return 0


def read(folder: Path) -> dict[str, dict[str, Any]]:
    """The reports in a folder by their names, without other JSON files. Raises ValueError if there are none."""
    documents = {path.stem: json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))}
    reports = {name: own for name, own in documents.items() if isinstance(own, dict) and "runs" in own}
    if not reports:
        raise ValueError(f"{folder} has no report: `spinodal report RUN -o {folder}/NAME.html` writes NAME.json there")
    return reports


def runs_of(reports: Reports) -> dict[str, Mapping[str, Any]]:
    """All runs by name. Raises ValueError if two reports have different records of one run."""
    runs: dict[str, Mapping[str, Any]] = {}
    for report, own in reports.items():
        for run in own["runs"]:
            name = run["record"]["name"]
            if runs.setdefault(name, run)["record"] != run["record"]:
                raise ValueError(f"{report}.json and another report have different numbers of the run {name}: keep one")
    return runs


def page(reports: Reports) -> str:
    """The page as Markdown; equal reports give equal bytes."""
    runs = runs_of(reports)
    answered = [(table, [(claim, claim.answer(runs)) for claim in table.claims]) for table in tables()]
    parts = (
        head(answered),
        *map(section, answered),
        LABEL_GRADIENTS.read_text().strip(),
        gaps(answered),
        rules(answered),
        settings(runs),
        commands(reports, runs),
    )
    return "\n\n".join(parts) + "\n"


def head(answered: Answered) -> str:
    """The introduction, and the number of claims with each verdict."""
    count = Counter(answer.verdict for _, rows in answered for _, answer in rows)
    lines = [[name, str(count[name]), means] for name, means in VERDICTS.items()]
    return f"""# Reproduction

What Carbone et al. (*Fast and functional structured data generators rooted in out-of-equilibrium physics*,
[arXiv:2307.06797](https://arxiv.org/abs/2307.06797)) and Fournier and Urbani (*Generative modeling through internal
high-dimensional chaotic activity*, [arXiv:2405.10822](https://arxiv.org/abs/2405.10822)) claim, and what was measured
here. `python -m bench.reproduction` writes this page from the numbers of reports. Every verdict follows from the
[rule](#rules) that it links to; the [commands](#commands) are at the end. [scores.md](scores.md) explains the scores.

{grid(["verdict", "claims", "meaning"], lines)}"""


def section(answered: tuple[Table, list[tuple[Claim, Answer]]]) -> str:
    """The claims about a data set."""
    table, rows = answered
    names = ["claim", "source", "the paper", "ours", "conditions", "verdict"]
    lines = [[c.what, c.source, c.paper, a.ours, a.conditions, f"[{a.verdict}](#{anchor(c)})"] for c, a in rows]
    return f"## {table.title}\n\n{table.lead}\n\n{grid(names, lines)}"


def anchor(claim: Claim) -> str:
    """The anchor of the rule of a claim."""
    return claim.rule.__name__.replace("_", "-")


def gaps(answered: Answered) -> str:
    """Lists of claims that were not reproduced, reproduced in part, not run, and not compared."""
    every = [(table.title, *row) for table, rows in answered for row in rows]
    missing = Counter(answer.conditions for *_, answer in every if answer.verdict == NOT_RUN)
    parts = {
        title: [f"{where}: {claim.what}: {answer.ours}." for where, claim, answer in every if answer.verdict == verdict]
        for title, verdict in (("Not reproduced", NO), ("Reproduced in part", PART))
    }
    parts["Not run"] = [f"{why} ({n} claim{'s' * (n > 1)})." for why, n in missing.items()]
    parts["Not compared"] = list(published.NOT_COMPARED)
    return "\n\n".join(f"## {title}\n\n{items(lines)}" for title, lines in parts.items())


def items(lines: list[str]) -> str:
    """A list in Markdown."""
    return "\n".join(f"- {line}" for line in lines) or "Nothing."


def rules(answered: Answered) -> str:
    """The docstrings of the rules."""
    used = {anchor(claim): claim.rule.__doc__ or "" for _, rows in answered for claim, _ in rows}
    parts = (f"### {name.replace('-', ' ').capitalize()}\n\n{' '.join(text.split())}" for name, text in used.items())
    return "\n\n".join(["## Rules", *parts])


# -- settings and commands ----------------------------------------------------------------------


def settings(runs: Runs) -> str:
    """A table of the settings of all runs."""
    lines = [[name, *_setting(run)] for name, run in runs.items()]
    names = ["run", "hidden", "protocol", "steps", "batch", "rate", "updates", "rows", "whole training, minutes"]
    return f"## Runs\n\n{grid([*names, 'made by'], lines)}"


def _setting(run: Mapping[str, Any]) -> list[str]:
    about, record = run["about"], run["record"]
    own, made = about.get("settings", {}), about.get("provenance", {})
    seconds, rows = made.get("whole training, seconds"), record["rows"]
    hidden = own.get("hidden", "")
    return [
        " + ".join(map(str, hidden)) if isinstance(hidden, list) else str(hidden),
        *(str(own.get(k, "")) for k in ("protocol", "steps", "batch", "lr")),
        number(record["age"]),
        f"{number(rows['train'])} + {number(rows['test'])}",
        number(seconds / 60) if seconds else "",
        ", ".join(f"{k} {v}" for k, v in made.get("versions", {}).items() if k in ("spinodal", "torch")),
    ]


def commands(reports: Reports, runs: Runs) -> str:
    """The exact commands, with DATA and RUNS for the folders of data and runs."""
    lines = [shortened(run["about"].get("command", "")) for run in runs.values()]
    for report, own in reports.items():
        names = " ".join(f"RUNS/{run['record']['name']}" for run in own["runs"])
        lines.append(f"spinodal report {names} -o REPORTS/{report}.html")
    every = [*dict.fromkeys(filter(None, lines)), "python -m bench.reproduction REPORTS"]
    return "## Commands\n\nDATA is the folder of the data, RUNS that of the runs.\n\n" + "\n".join(
        f"    {line}" for line in every
    )


def shortened(command: str) -> str:
    """A command without the folders of this machine: inputs become DATA/folder/name, and outputs RUNS/name.

    >>> shortened("/a/bin/spinodal train /b/c/hgd/x.zip --labels=../c/hgd/y.csv --out /d/hgd --resume")
    'spinodal train DATA/hgd/x.zip --labels=DATA/hgd/y.csv --out RUNS/hgd --resume'
    """
    _, *tokens = command.replace(" --precision int8x2", "").split() or [""]  # which is the default now
    before = ["", *tokens]
    return " ".join(["spinodal", *(_token(*pair) for pair in zip(before, tokens))]) if tokens else ""


def _token(before: str, token: str) -> str:
    """A word of a command, shortened if it is a path; before: the word before it."""
    option, equals, value = token.rpartition("=")
    path = PurePosixPath(value)
    if before in OUT or option in OUT:
        return f"{option}{equals}RUNS/{path.name}"
    if "/" not in value:
        return token
    return f"{option}{equals}{'/'.join(['DATA', *path.parts[-2:]])}"


OUT = ("--out", "-o")


def grid(names: list[str], lines: Iterable[list[str]]) -> str:
    """A table in Markdown."""
    rows: Iterator[list[str]] = ([cell.replace("|", r"\|") for cell in line] for line in lines)
    every = [names, ["---"] * len(names), *rows]
    return "\n".join(re.sub(" +", " ", f"| {' | '.join(row)} |") for row in every)


if __name__ == "__main__":
    sys.exit(main())
