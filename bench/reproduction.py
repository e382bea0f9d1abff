"""Reproduction: the papers' claims beside what reports measured, as a page (`python -m bench.reproduction REPORTS`)."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from spinodal.files.atomic import atomic

from spinodal.reporting.page.numbers import number

from . import published
from .claims import Answer, Claim, Table, tables
from .rules import ELSEWHERE, NO, NO_NUMBER, NOT_RUN, PART, UNTOLD, YES, Runs

ROOT = Path(__file__).parents[1]
VERDICTS = {
    YES: "as the claim's rule asks",
    PART: "half-way, by the same rule",
    NO: "neither",
    UNTOLD: "the score doesn't tell data from independent sites here",
    NOT_RUN: "a run or a number is missing, which is named",
    NO_NUMBER: "neither paper has this",
    ELSEWHERE: "another page has it",
}
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
    """The reports in a folder by their names, other JSON left out. ValueError where there is none."""
    found = {path.stem: json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))}
    reports = {name: own for name, own in found.items() if isinstance(own, dict) and "runs" in own}
    if not reports:
        raise ValueError(f"{folder} has no report: `spinodal report RUN -o {folder}/NAME.html` leaves NAME.json there")
    return reports


def runs_of(reports: Reports) -> dict[str, Mapping[str, Any]]:
    """All runs by name. ValueError where two reports have different records of one."""
    runs: dict[str, Mapping[str, Any]] = {}
    for report, own in reports.items():
        for run in own["runs"]:
            name = run["record"]["name"]
            if runs.setdefault(name, run)["record"] != run["record"]:
                raise ValueError(f"{report}.json has other numbers of the run {name} than a report before it: keep one")
    return runs


def page(reports: Reports) -> str:
    """The page of reports, in Markdown: the same reports give the same bytes."""
    runs = runs_of(reports)
    found = [(table, [(claim, claim.answer(runs)) for claim in table.claims]) for table in tables()]
    parts = (head(found), *map(section, found), lacks(found), rules(found), settings(runs), commands(reports, runs))
    return "\n\n".join(parts) + "\n"


def head(found: Answered) -> str:
    """What the page is, and how many verdicts there are of each kind."""
    count = Counter(answer.verdict for _, rows in found for _, answer in rows)
    lines = [[name, str(count[name]), means] for name, means in VERDICTS.items()]
    return f"""# Reproduction

What Carbone et al. (*Fast and functional structured data generators rooted in out-of-equilibrium physics*,
[arXiv:2307.06797](https://arxiv.org/abs/2307.06797)) and Fournier and Urbani (*Generative modeling through internal
high-dimensional chaotic activity*, [arXiv:2405.10822](https://arxiv.org/abs/2405.10822)) claim, beside what was
measured here. `python -m bench.reproduction` writes this page from the numbers of reports. Every verdict is found by
the [rule](#rules) that it leads to; the [commands](#commands) stand at the end. [scores.md](scores.md) says what scores
mean.

{grid(["verdict", "claims", "means"], lines)}"""


def section(found: tuple[Table, list[tuple[Claim, Answer]]]) -> str:
    """The claims about a data set."""
    table, rows = found
    names = ["claim", "source", "the paper", "ours", "conditions", "verdict"]
    lines = [[c.what, c.source, c.paper, a.ours, a.conditions, f"[{a.verdict}](#{anchor(c)})"] for c, a in rows]
    return f"## {table.title}\n\n{table.lead}\n\n{grid(names, lines)}"


def anchor(claim: Claim) -> str:
    """Where the rule of a claim stands."""
    return claim.rule.__name__.replace("_", "-")


def lacks(found: Answered) -> str:
    """What was not reproduced, not run and not compared."""
    every = [(table.title, *row) for table, rows in found for row in rows]
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


def rules(found: Answered) -> str:
    """Each rule in words: its docstring."""
    used = {anchor(claim): claim.rule.__doc__ or "" for _, rows in found for claim, _ in rows}
    parts = (f"### {name.replace('-', ' ').capitalize()}\n\n{' '.join(said.split())}" for name, said in used.items())
    return "\n\n".join(["## Rules", *parts])


# -- how it was made ----------------------------------------------------------------------------


def settings(runs: Runs) -> str:
    """What each run is."""
    lines = [[name, *_setting(run)] for name, run in runs.items()]
    names = ["run", "hidden", "protocol", "steps", "batch", "rate", "updates", "rows", "minutes of training", "made by"]
    return f"## Runs\n\n{grid(names, lines)}"


def _setting(run: Mapping[str, Any]) -> list[str]:
    about, record = run["about"], run["record"]
    own, made = about.get("settings", {}), about.get("provenance", {})
    seconds, rows = made.get("seconds of training"), record["rows"]
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
    """A command without this machine's folders: DATA and two names of a path are left, RUNS and one of what comes out.

    >>> shortened("/a/bin/spinodal train /b/c/hgd/x.zip --labels=../c/hgd/y.csv --out /d/hgd --resume")
    'spinodal train DATA/hgd/x.zip --labels=DATA/hgd/y.csv --out RUNS/hgd --resume'
    """
    _, *tokens = command.split() or [""]
    before = ["", *tokens]
    return " ".join(["spinodal", *(_token(*pair) for pair in zip(before, tokens))]) if tokens else ""


def _token(before: str, token: str) -> str:
    """A token after another, its path shortened if it is one."""
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
