"""Text: scores, runs and data files as lines for a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from math import floor, inf, log10
from pathlib import Path
from typing import Any

from ..progress import span

WIDTH = 24
"""Characters of the name at the beginning of a line."""

TO_AGE, WHOLE = "training to this age", "whole training"
"""The names of the two training times of a run."""

_SHARES = {"accuracy": "accuracy", "balanced_accuracy": "balanced", "label_fidelity": "fidelity"}
_ABOUT = ("name", "machine", "protocol", "steps", "hidden", "rows", "updates", "age")


def progress(age: int, quality: Mapping[str, Any], speed: float, left: float) -> str:
    """The scores at a saved age, the speed of training, and the time of updates that is left at most, in one line."""
    parts = [f"{name} {quality[k]:.3f}" for k, name in _SHARES.items() if k in quality]
    if a := quality.get("adversarial_accuracy"):
        parts += [f"adversarial {a['error']:.3f} (floor {a['floor']:.3f})"]
    if s := quality.get("spectrum_error"):
        parts += [f"spectrum {s['value']:.1e} (floor {s['floor']:.1e})"]
    pace = [f"{speed:.1f} updates/s", *([f"at most {span(left)} left"] if left else [])]
    return "  ".join([f"age {age:>6}", *parts, *pace])


def trial(number: int, state: str, age: int, objective: float | None, point: Mapping[str, Any]) -> str:
    """A trial of a sweep that ended, in one line.

    >>> trial(7, "pruned", 215, 0.61, {"lr": 0.0312, "hidden": 256})
    'trial 0007  pruned    age    215  objective 0.610  lr 0.0312  hidden 256'
    """
    value = "-    " if objective is None else f"{objective:.3f}"
    settings = (f"{name} {f'{x:.3g}' if isinstance(x, float) else x}" for name, x in point.items())
    return "  ".join([f"trial {number:04d}", f"{state:<8}", f"age {age:>6}", f"objective {value}", *settings])


def score_lines(scores: Mapping[str, Any], again: str = "") -> Iterator[str]:
    """The quick scores of a run, one on each line; again: the options that give the numbers of log.csv, if any do."""
    guidance = f" with guidance {scores['guidance']:g}" if scores.get("guidance") else ""
    yield (
        f"age {scores['age']}, generated in {scores['steps']} steps{guidance}, {scores['sets']} x {scores['n']} "
        f"held-out rows, entries {_between(*scores['scale'])}"
    )
    if "chosen_by" in scores:
        yield _choice(scores["chosen_by"])
    for k in _SHARES:
        if k in scores:
            yield _line(k.replace("_", " "), f"{scores[k]:.4f}{_fewer_rows(scores, k)}")
    for layer, own in scores.get("labels", {}).items():
        yield _line(f"  {layer}", "") + "  ".join(f"{k.replace('_', ' ')} {v:.4f}" for k, v in own.items())
    yield from _errors(scores)
    yield from _judges(scores.get("judges", {}))
    for row in scores.get("times", []):
        fidelity = f"fidelity {row['label_fidelity']:.3f}  " if "label_fidelity" in row else ""
        yield f"t = {row['time']:<5}{fidelity}" + "  ".join(" ".join(e.split()) for e in _errors(row))
    if again and scores["sets"] > 1:
        yield f"means over {scores['sets']} sets of generated rows; log.csv is of one set: {again} gives its numbers"


def _judges(judges: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> Iterator[str]:
    """What judges say of rows: their name, and below it a line for each set of rows."""
    for name, sets in judges.items():
        yield name
        for rows, own in sets.items():
            low, median, high = own["quartiles"]
            said = f"median {median:.4g}  quartiles {low:.4g}, {high:.4g}  mean {own['mean']:.4g}  of {own['n']} rows"
            yield _line(f"  {rows}", said)


def _fewer_rows(scores: Mapping[str, Any], score: str) -> str:
    """The number of rows of a score, if there were fewer than asked for."""
    fewer = scores.get("fewer", {})
    return f" (of {fewer[score]:,} rows only)" if score in fewer else ""


def _between(low: float | None, high: float | None) -> str:
    return "of any size" if low is None or high is None else f"from {low:g} to {high:g}"


def _errors(scores: Mapping[str, Any]) -> Iterator[str]:
    if a := scores.get("adversarial_accuracy"):
        both = f"{a['truth']:.3f}, {a['synthetic']:.3f}"
        fewer = _fewer_rows(scores, "adversarial_error")
        yield _line("adversarial error", f"{a['error']:.4f} (floor {a['floor']:.4f}; {both}){fewer}")
    for name in ("spectrum_error", "second_moment_error"):
        if e := scores.get(name):
            value = f"{e['value']:.2e} (floor {e['floor']:.2e}){_fewer_rows(scores, name)}"
            yield _line(name.replace("_", " "), value)
    if r := scores.get("reconstruction_error"):
        yield _line("reconstruction error", f"{r['value']:.4f} (variance {r['variance']:.4f})")


def run_lines(
    record: Mapping[str, Any], ages: list[int], log: list[dict[str, str]], dynamics: Mapping[str, float]
) -> Iterator[str]:
    """The machine, the data, the settings and the scores of a run, one on each line."""
    for name, units in record["machine"]["units"].items():
        yield _line(name, layer(units))
        if name.startswith("label"):
            yield _line("", ", ".join(units.get("symbols", [])))
    yield from _data(record)
    for k, v in record["training"].items():
        yield _line(k, v)
    yield _line("ages", ", ".join(map(str, ages)))
    if diverged := record.get("diverged"):
        yield _line("diverged", f"at age {diverged['age']}: {diverged['why']}")
    best = record.get("best")
    if best:
        yield _line("best", _best(best))
        yield _choice(best["score"])
    yield from _guidance(record)
    rows = [row for row in log if best is None or int(row["age"]) == best["age"]]
    for name, seconds in clocks(record, rows[-1] if rows else {}).items():
        yield _line(name, f"{seconds:.6g} s, without scoring")
    for k, v in rows[-1].items() if rows else ():
        if k != "seconds":
            yield _line(k.replace("_", " "), f"{float(v):.6g}")
    yield from _no_better(record, rows[-1] if rows else {})
    if dynamics:
        yield from _dynamics(dynamics)


def clocks(record: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, float]:
    """The seconds of training, without scoring, as far as they are known: up to the age of a log's row, and in all.

    >>> clocks({"seconds": 91.25}, {"age": "100", "seconds": "12.5"})
    {'training to this age': 12.5, 'whole training': 91.25}
    """
    found = {TO_AGE: row.get("seconds"), WHOLE: record.get("seconds")}
    return {name: float(x) for name, x in found.items() if x is not None}


def whole_lines(files: Sequence[str], sealed: bool) -> Iterator[str]:
    """The files of a run that are whole, a line a kind of file.

    >>> list(whole_lines(["run.json", "ages/00000000.safetensors", "ages/00000010.safetensors"], True))
    ['whole                   run.json', 'whole                   ages/ (2 files)']
    """
    folders = Counter(name.rpartition("/")[0] for name in files)
    for name in files:
        folder = name.rpartition("/")[0]
        if not folder:
            yield _line("whole", name if sealed or name.endswith("safetensors") else f"{name} (older: no checksum)")
        elif count := folders.pop(folder, 0):
            yield _line("whole", f"{folder}/ ({count} file{'s' if count > 1 else ''})")


def version_lines(record: Mapping[str, Any]) -> Iterator[str]:
    """The format of a run, and the versions that it was trained with."""
    yield _line("format", record["format"])
    versions = (record.get("provenance") or {}).get("versions") or {"spinodal": record.get("spinodal", "not known")}
    yield _line("made with", ", ".join(f"{name} {version}" for name, version in versions.items()))


_SOURCE = {"data": "data", "test": "test data", "labels": "labels from", "label": "label column", "where": "where"}
"""Keys of a record's source that are shown, and their names in the terminal."""


def _data(record: Mapping[str, Any]) -> Iterator[str]:
    """The data of a run, as far as recorded: files, columns of labels, selected rows, and their number."""
    source, data = record.get("source", {}), record.get("data", {})
    for k, name in _SOURCE.items():
        if value := source.get(k):
            values = [f"{a}={b}" for a, b in value.items()] if isinstance(value, Mapping) else value
            yield _line(name, values if isinstance(values, str) else ", ".join(values))
    if "rows" in data:
        held = f", {data['held_out']['rows']} held out" if "held_out" in data else ""
        yield _line("rows", f"{data['rows']} for training{held}")


def layer(units: Mapping[str, Any]) -> str:
    """A layer of a run's record: its kind and size.

    >>> layer({"kind": "Potts", "sites": 107, "colors": 5}), layer({"kind": "Spin", "size": 500})
    ('Potts 107 x 5', 'Spin 500')
    >>> layer({"kind": "Potts", "sites": 2, "colors": 5, "states": [5, 2]})
    'Potts 2 x 2-5'
    """
    if units["kind"] != "Potts":
        return "{kind} {size}".format(**units)
    states = units.get("states") or [units["colors"]]
    return f"Potts {units['sites']} x {'-'.join(str(q) for q in sorted({min(states), max(states)}))}"


def _dynamics(found: Mapping[str, float]) -> Iterator[str]:
    """The autonomous dynamics of a machine without noise: stability of the zero state, and the largest exponent."""
    exponent, error = found["largest_exponent"], found["error"]
    rest = "fixed points" if exponent < -2 * error else "a cycle, or the edge of chaos"
    what = "chaos" if exponent > 2 * error else rest
    yield _line("stability radius", f"{found['stability_radius']:.3f} (the zero state is unstable above 1)")
    yield _line("largest exponent", f"{with_error(exponent, error, '+-')} per tau: {what}")


def with_error(x: float, error: float, sign: str = "±") -> str:
    """A number and its standard error to two digits of the error.

    >>> with_error(-0.00012, 0.00048), with_error(0.512, 0.1), with_error(-0.0, 0.0)
    ('-0.00012 ± 0.00048', '0.51 ± 0.10', '0.0000 ± 0.0000')
    """
    digits = max(0, 1 - floor(log10(error))) if 0 < error < inf else 4
    return f"{round(x, digits) + 0.0:.{digits}f} {sign} {error:.{digits}f}"


def in_turn(path: Path, out: Path) -> str:
    """Which run is trained now: the base of a run, or the run itself after it."""
    return f"training {path}" if path == out else f"training {path} first, the base of {out}"


def chosen_by_rule(record: Mapping[str, Any]) -> Iterator[str]:
    """The settings of a training that a rule gave, each with its reason."""
    for key, why in (record.get("rules") or {}).items():
        yield f"{key.replace('_', '-')} {record['training'][key]}: {why}"


def ending(record: Mapping[str, Any], ages: list[int], log: Sequence[Mapping[str, str]] = ()) -> Iterator[str]:
    """The end of a training: why it stopped early, its best age, and scores that are no better than a baseline's."""
    training, best = record["training"], record.get("best")
    if (score := training["stop_on"]) and best and ages[-1] < training["updates"]:
        yield (
            f"stopped at age {ages[-1]} of {training['updates']}, {training['patience']:g} times the age of the best "
            f"{score.replace('_', ' ')} of its log; a larger --patience continues it"
        )
    if best:
        yield f"best: {_best(best)}"
    yield from _guidance(record)
    yield from _no_better(record, log[-1] if log else {})


def _guidance(record: Mapping[str, Any]) -> Iterator[str]:
    """The guidance and the age that a training chose, what they give, and how often a label comes out as asked for."""
    found = record.get("guidance") or {}
    if found.get("value") and (tried := found.get("tried")):
        without, own = tried["0"], tried[f"{found['value']:g}"]
        quality = f"quality {own:.4g}, without {without:.4g}, of as many rows of each label"
        yield f"guidance {found['value']:g}: {quality}; log.csv is without"
    if (ages := found.get("ages")) and found["age"] != (logged := found["logged"]):
        beside = f"{ages[str(logged)]:.4g} at age {logged}, the best of log.csv"
        yield f"age {found['age']}: quality {ages[str(found['age'])]:.4g} with the guidance, {beside}"
    if (least := found.get("least")) is not None:
        yield f"labels asked for: each comes out in {least:.3f} of its rows or more"


_BASELINES = {
    "adversarial_error": "adversarial error {:.3f}, of independent sites {:.3f}",
    "spectrum_error": "spectrum error {:.1e}, of independent sites {:.1e}",
    "balanced_accuracy": "balanced accuracy {:.3f}, of one guess for all rows {:.3f}",
}


def _no_better(record: Mapping[str, Any], row: Mapping[str, str]) -> Iterator[str]:
    """The scores that are no better than their baselines; `row` is the row of the log at the chosen age."""
    scores = [k for k in record.get("no_better", []) if k in row]
    if scores:
        yield "no better than without learning: " + "; ".join(
            _BASELINES[k].format(float(row[k]), record["baselines"][k]) for k in scores
        )


def comparison(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Runs side by side, one on each line."""
    head = ["run", *_ABOUT[1:], "to this age, min", *_SHARES.values(), "adversarial (floor)", "spectrum (floor)"]
    yield from _table([head, *map(_cells, rows)])


def learning_curve(found: Mapping[str, Any]) -> Iterator[str]:
    """The scores of trainings on parts of the rows, a line for each, and how many rows are enough."""
    shown = {"rows": "rows", "updates": "updates", "minutes": f"{WHOLE}, min", "quality": "quality", **_SHARES,
             "adversarial_error": "adversarial", "spectrum_error": "spectrum"}  # fmt: skip
    forms = {"rows": ",", "updates": "", "minutes": ".1f", "spectrum_error": ".1e"}
    names = [name for name in shown if any(name in point for point in found["points"])]
    cells = [[_cell(point.get(k), forms.get(k, ".3f")) for k in names] for point in found["points"]]
    yield from _table([[shown[k] for k in names], *cells])
    yield found["why"]


def _table(lines: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows of cells, in columns that are as wide as their longest cell."""
    widths = [max(map(len, column)) for column in zip(*lines)]
    for line in lines:
        yield "  ".join(f"{cell:{width}}" for cell, width in zip(line, widths)).rstrip()


def _cells(row: Mapping[str, Any]) -> list[str]:
    errors = [("adversarial", ".3f"), ("spectrum", ".1e")]
    cells = [_cell(row[k]) for k in _ABOUT] + [_cell(row["minutes"], ".1f")] + [_cell(row[k], ".3f") for k in _SHARES]
    return cells + [_cell(row[f"{k}_error"], form, row[f"{k}_floor"]) for k, form in errors]


def _cell(x: Any, form: str = "", floor: float | None = None) -> str:
    """A value, with its floor in parentheses if there is one; "-" for None."""
    in_parentheses = "" if floor is None else f" ({floor:{form}})"
    return "-" if x is None else f"{x:{form}}{in_parentheses}"


def _line(name: str, value: object) -> str:
    return f"{name:{WIDTH}}{value}"


def _best(best: Mapping[str, Any]) -> str:
    return f"{best['score'].replace('_', ' ')} {best['value']:.4g} at age {best['age']}"


def _choice(score: str) -> str:
    """A warning about scores that were used to choose the age."""
    return f"age chosen by {score} on these held-out rows: their scores are optimistic"


def inspection(found: Mapping[str, Any]) -> Iterator[str]:
    """The contents of a file, the settings of a training on it, and what it needs."""
    lines = {"effective_number" if k == "effective" else k: v for k, v in found.items()}
    if joined := lines.get("joined"):
        lines["joined"] = {k: ", ".join(v) or "none" if isinstance(v, list) else v for k, v in joined.items()}
    if effective := found.get("effective"):
        alike = f"rows with {effective['identity']:.0%} identity count as one"
        lines["effective_number"] = f"{effective['number']:g} of {effective['of']} rows ({alike})"
    if settings := lines.get("settings"):
        said = {k: f"{x['value']} ({x['why']})" for k, x in settings.items() if k != "cost"}
        lines["settings"] = said | _cost(settings["cost"])
    yield from facts(lines)


def _cost(cost: Mapping[str, Any]) -> dict[str, str]:
    more = f", and {n} more to choose guidance and age" if (n := cost.get("choosing")) else ""
    parts = f"{cost['update']:.2g} s an update, {cost['scores']} scores of {cost['score']:.2g} s{more}"
    return {
        WHOLE: f"at most {span(cost['seconds'])} on this computer, as busy as it is now ({parts})",
        "memory": f"{cost['mb']} MB at its peak",
    }


def _column(about: Mapping[str, Any]) -> str:
    """A column of a table: its kind, its values or moments, and its number of missing cells.

    >>> _column({"kind": "binary", "values": ["no", "yes"], "missing": 3})
    'binary: no, yes; 3 missing'
    """
    values = about.get("values", [f"{k} {about[k]:.4g}" for k in ("mean", "std", "log mean", "log std") if k in about])
    more = f", ... ({len(values)} in all)" if len(values) > 10 else ""
    missing = f"; {about['missing']} missing" if about.get("missing") else ""
    return f"{about['kind']}: {', '.join(values[:10])}{more}{missing}"


def facts(about: Mapping[str, Any], indent: str = "") -> Iterator[str]:
    """Nested names and values, one on each line."""
    for k, v in about.items():
        if isinstance(v, Mapping) and "kind" in v:
            yield f"{indent}{k:{27 - len(indent)}} {_column(v)}"
        elif isinstance(v, Mapping) and v:
            yield f"{indent}{k}"
            yield from facts(v, indent + "  ")
        else:
            value = "none" if v in ({}, []) else f"{v:.4g}" if isinstance(v, float) else v
            yield f"{indent}{str(k).replace('_', ' '):{27 - len(indent)}} {value}"
