"""Text: what scores, runs and data files look like in a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

WIDTH = 24
"""Of what a line is about."""

_SHARES = {"accuracy": "accuracy", "balanced_accuracy": "balanced", "label_fidelity": "fidelity"}
_ABOUT = ("name", "machine", "protocol", "steps", "hidden", "updates", "age")


def progress(age: int, quality: Mapping[str, Any], speed: float, left: float) -> str:
    """The quality at a saved age, in a line."""
    known = [f"{name} {quality[k]:.3f}" for k, name in _SHARES.items() if k in quality]
    if a := quality.get("adversarial_accuracy"):
        known += [f"adversarial {a['error']:.3f} (floor {a['floor']:.3f})"]
    if s := quality.get("spectrum_error"):
        known += [f"spectrum {s['value']:.1e} (floor {s['floor']:.1e})"]
    minutes, seconds = divmod(round(left), 60)
    pace = [f"{speed:.1f} updates/s", f"{minutes}:{seconds:02} left"]
    return "  ".join([f"age {age:>6}", *known, *pace])


def scorecard(found: Mapping[str, Any]) -> Iterator[str]:
    """The scores, for people."""
    yield (
        f"age {found['age']}, generated in {found['steps']} steps, {found['sets']} x {found['n']} held-out rows, "
        f"entries {_between(*found['scale'])}"
    )
    if "chosen_by" in found:
        yield _choice(found["chosen_by"])
    for k in _SHARES:
        if k in found:
            yield _line(k.replace("_", " "), f"{found[k]:.4f}{_few(found, k)}")
    for layer, own in found.get("labels", {}).items():
        yield _line(f"  {layer}", "") + "  ".join(f"{k.replace('_', ' ')} {v:.4f}" for k, v in own.items())
    yield from _errors(found)
    for row in found.get("times", []):
        fidelity = f"fidelity {row['label_fidelity']:.3f}  " if "label_fidelity" in row else ""
        yield f"t = {row['time']:<5}{fidelity}" + "  ".join(" ".join(e.split()) for e in _errors(row))


def _few(found: Mapping[str, Any], score: str) -> str:
    """Of how few rows a score is, where these are fewer than those asked for."""
    fewer = found.get("fewer", {})
    return f" (of {fewer[score]:,} rows alone)" if score in fewer else ""


def _between(low: float | None, high: float | None) -> str:
    return "of any size" if low is None or high is None else f"from {low:g} to {high:g}"


def _errors(found: Mapping[str, Any]) -> Iterator[str]:
    if a := found.get("adversarial_accuracy"):
        both = f"{a['truth']:.3f}, {a['synthetic']:.3f}"
        few = _few(found, "adversarial_error")
        yield _line("adversarial error", f"{a['error']:.4f} (floor {a['floor']:.4f}; {both}){few}")
    if s := found.get("spectrum_error"):
        yield _line("spectrum error", f"{s['value']:.2e} (floor {s['floor']:.2e}){_few(found, 'spectrum_error')}")
    if m := found.get("second_moment_error"):
        few = _few(found, "second_moment_error")
        yield _line("second moment error", f"{m['value']:.2e} (floor {m['floor']:.2e}){few}")
    if r := found.get("reconstruction_error"):
        yield _line("reconstruction error", f"{r['value']:.4f} (variance {r['variance']:.4f})")


def card(
    record: Mapping[str, Any], ages: list[int], log: list[dict[str, str]], dynamics: Mapping[str, float]
) -> Iterator[str]:
    """What a run is, for people."""
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
    rows = [row for row in log if best is None or int(row["age"]) == best["age"]]
    for k, v in rows[-1].items() if rows else ():
        yield _line(k.replace("_", " "), f"{float(v):.6g}")
    yield from _in_vain(record, rows[-1] if rows else {})
    if dynamics:
        yield from _alone(dynamics)


_SOURCE = {"data": "data", "test": "test data", "labels": "labels from", "label": "label column", "where": "where"}
"""Of what a run's record says of its data: what people see, and under which name."""


def _data(record: Mapping[str, Any]) -> Iterator[str]:
    """What a run learned from: files, the columns of labels, which rows, and how many; what of it is known."""
    source, data = record.get("source", {}), record.get("data", {})
    for k, name in _SOURCE.items():
        if said := source.get(k):
            words = [f"{a}={b}" for a, b in said.items()] if isinstance(said, Mapping) else said
            yield _line(name, words if isinstance(words, str) else ", ".join(words))
    if "rows" in data:
        held = f", {data['held_out']['rows']} held out" if "held_out" in data else ""
        yield _line("rows", f"{data['rows']} to learn from{held}")


def layer(units: Mapping[str, Any]) -> str:
    """A layer as a run's record has it.

    >>> layer({"kind": "Potts", "sites": 107, "colors": 5}), layer({"kind": "Spin", "size": 500})
    ('Potts 107 x 5', 'Spin 500')
    >>> layer({"kind": "Potts", "sites": 2, "colors": 5, "states": [5, 2]})
    'Potts 2 x 2-5'
    """
    if units["kind"] != "Potts":
        return "{kind} {size}".format(**units)
    states = units.get("states") or [units["colors"]]
    return f"Potts {units['sites']} x {'-'.join(str(q) for q in sorted({min(states), max(states)}))}"


def _alone(found: Mapping[str, float]) -> Iterator[str]:
    """What a machine without noise does when it is left alone."""
    exponent, error = found["largest_exponent"], found["error"]
    what = "chaos" if exponent > 2 * error else "fixed points" if exponent < -2 * error else "at the edge"
    yield _line("stability radius", f"{found['stability_radius']:.3f} (silence is unstable above 1)")
    yield _line("largest exponent", f"{exponent:.4f} +- {error:.4f} per tau: {what}")


def ending(record: Mapping[str, Any], ages: list[int], log: Sequence[Mapping[str, str]] = ()) -> Iterator[str]:
    """How a training ended: by a score that it was to stop on, and no better than without learning; else nothing."""
    how, best = record["training"], record.get("best")
    if (score := how["stop_on"]) and best and ages[-1] < how["updates"]:
        yield (
            f"stopped at age {ages[-1]} of {how['updates']}, {how['patience']:g} times as old as at its best "
            f"{score.replace('_', ' ')}; with a larger --patience it goes on"
        )
    if best:
        yield f"best: {_best(best)}"
    yield from _in_vain(record, log[-1] if log else {})


_VAIN = {
    "adversarial_error": "adversarial error {:.3f}, of independent sites {:.3f}",
    "spectrum_error": "spectrum error {:.1e}, of independent sites {:.1e}",
    "balanced_accuracy": "balanced accuracy {:.3f}, of one guess for all rows {:.3f}",
}


def _in_vain(record: Mapping[str, Any], row: Mapping[str, str]) -> Iterator[str]:
    """In what a run is no better than without learning, of the row of its log at the age that is taken."""
    vain = [k for k in record.get("no_better", []) if k in row]
    if vain:
        yield "no better than without learning: " + "; ".join(
            _VAIN[k].format(float(row[k]), record["baselines"][k]) for k in vain
        )


def comparison(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Runs side by side, a line each."""
    head = ["run", *_ABOUT[1:], "minutes", *_SHARES.values(), "adversarial (floor)", "spectrum (floor)"]
    lines = [head, *map(_cells, rows)]
    widths = [max(map(len, column)) for column in zip(*lines)]
    for line in lines:
        yield "  ".join(f"{cell:{width}}" for cell, width in zip(line, widths)).rstrip()


def _cells(row: Mapping[str, Any]) -> list[str]:
    errors = [("adversarial", ".3f"), ("spectrum", ".1e")]
    cells = [_cell(row[k]) for k in _ABOUT] + [_cell(row["minutes"], ".1f")] + [_cell(row[k], ".3f") for k in _SHARES]
    return cells + [_cell(row[f"{k}_error"], form, row[f"{k}_floor"]) for k, form in errors]


def _cell(x: Any, form: str = "", floor: float | None = None) -> str:
    """A value, beside its floor where it has one; - where it isn't known."""
    beside = "" if floor is None else f" ({floor:{form}})"
    return "-" if x is None else f"{x:{form}}{beside}"


def _line(name: str, said: object) -> str:
    return f"{name:{WIDTH}}{said}"


def _best(best: Mapping[str, Any]) -> str:
    return f"{best['score'].replace('_', ' ')} {best['value']:.4g} at age {best['age']}"


def _choice(score: str) -> str:
    """What a reader must know of scores that chose an age themselves."""
    return f"age chosen by {score} on these held-out rows: their scores are optimistic"


def inspection(found: Mapping[str, Any]) -> Iterator[str]:
    """What is in a file, what a training on it is, and what is suggested for one."""
    said = {"effective_number" if k == "effective" else k: v for k, v in found.items()}
    if joined := said.get("joined"):
        said["joined"] = {k: ", ".join(v) or "none" if isinstance(v, list) else v for k, v in joined.items()}
    if some := found.get("effective"):
        said["effective_number"] = f"{some['number']:g} of {some['of']} rows (as one: {some['identity']:.0%} alike)"
    if advice := said.get("suggested"):
        own = {k: f"{x['value']} ({x['why']})" for k, x in advice.items() if k != "cost"}
        said["suggested"] = own | _cost(advice["cost"])
        said["training as set"] = said.pop("training")
    yield from facts(said)


def _cost(cost: Mapping[str, Any]) -> dict[str, str]:
    parts = f"{cost['update']:.2g} s an update, {cost['scores']} scores of {cost['score']:.2g} s"
    return {"time": f"{_span(cost['seconds'])} ({parts})", "memory": f"{cost['mb']} MB at its peak"}


def _span(seconds: float) -> str:
    """A stretch of time in the unit that suits it.

    >>> [_span(x) for x in (7, 100, 9000)]
    ['7 s', '2 min', '2.5 h']
    """
    return (
        f"{seconds:.0f} s"
        if seconds < 90
        else f"{seconds / 60:.0f} min"
        if seconds < 5400
        else f"{seconds / 3600:.1f} h"
    )


def _column(about: Mapping[str, Any]) -> str:
    """A column of a table in a line.

    >>> _column({"kind": "binary", "values": ["no", "yes"], "missing": 3})
    'binary: no, yes; 3 missing'
    """
    values = about.get("values", [f"{k} {about[k]:.4g}" for k in ("mean", "std", "log mean", "log std") if k in about])
    more = f", ... ({len(values)} in all)" if len(values) > 10 else ""
    missing = f"; {about['missing']} missing" if about.get("missing") else ""
    return f"{about['kind']}: {', '.join(values[:10])}{more}{missing}"


def facts(about: Mapping[str, Any], indent: str = "") -> Iterator[str]:
    """Nested facts, one a line."""
    for k, v in about.items():
        if isinstance(v, Mapping) and "kind" in v:
            yield f"{indent}{k:{27 - len(indent)}} {_column(v)}"
        elif isinstance(v, Mapping) and v:
            yield f"{indent}{k}"
            yield from facts(v, indent + "  ")
        else:
            said = "none" if v in ({}, []) else f"{v:.4g}" if isinstance(v, float) else v
            yield f"{indent}{str(k).replace('_', ' '):{27 - len(indent)}} {said}"
