"""Cards: what scores, runs and data files look like in a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_SHARES = {"accuracy": "accuracy", "balanced_accuracy": "balanced", "label_fidelity": "fidelity"}


def progress(age: int, quality: Mapping[str, Any], speed: float, left: float) -> str:
    """The quality at a saved age, in a line."""
    known = [f"{name} {quality[k]:.3f}" for k, name in _SHARES.items() if k in quality]
    if a := quality.get("adversarial_accuracy"):
        known += [f"adversarial {a['error']:.3f} (floor {a['floor']:.3f})"]
    if s := quality.get("spectrum_error"):
        known += [f"spectrum {s['value']:.1e} (floor {s['floor']:.1e})"]
    pace = [f"{speed:.1f} updates/s", f"{left // 60:.0f}:{left % 60:02.0f} left"]
    return "  ".join([f"age {age:>6}", *known, *pace])


def scorecard(found: Mapping[str, Any]) -> Iterator[str]:
    """The scores, for people."""
    low, high = found["scale"]
    yield (
        f"age {found['age']}, generated in {found['steps']} steps, {found['sets']} x {found['n']} held-out rows, "
        f"entries from {low:g} to {high:g}"
    )
    for k in ("accuracy", "balanced_accuracy", "label_fidelity"):
        if k in found:
            yield f"{k.replace('_', ' '):24}{found[k]:.4f}"
    for layer, own in found.get("labels", {}).items():
        yield f"  {layer:20}" + "  ".join(f"{k.replace('_', ' ')} {v:.4f}" for k, v in own.items())
    yield from _errors(found)
    for row in found.get("times", []):
        fidelity = f"fidelity {row['label_fidelity']:.3f}  " if "label_fidelity" in row else ""
        yield f"t = {row['time']:<5}{fidelity}" + "  ".join(" ".join(e.split()) for e in _errors(row))


def _errors(found: Mapping[str, Any]) -> Iterator[str]:
    if a := found.get("adversarial_accuracy"):
        both = f"{a['truth']:.3f}, {a['synthetic']:.3f}"
        yield f"{'adversarial error':24}{a['error']:.4f} (floor {a['floor']:.4f}; {both})"
    if s := found.get("spectrum_error"):
        yield f"{'spectrum error':24}{s['value']:.2e} (floor {s['floor']:.2e})"
    if m := found.get("second_moment_error"):
        yield f"{'second moment error':24}{m['value']:.2e} (floor {m['floor']:.2e})"
    if r := found.get("reconstruction_error"):
        yield f"{'reconstruction error':24}{r['value']:.4f} (variance {r['variance']:.4f})"


def card(
    record: Mapping[str, Any], ages: list[int], log: list[dict[str, str]], dynamics: Mapping[str, float]
) -> Iterator[str]:
    """What a run is, for people."""
    for name, units in record["machine"]["units"].items():
        size = units.get("size") or f"{units['sites']} x {units['colors']}"
        yield f"{name:24}{units['kind']} {size}"
        if name.startswith("label"):
            yield f"{'':24}{', '.join(units.get('symbols', []))}"
    for k, v in record["training"].items():
        yield f"{k:24}{v}"
    yield f"{'ages':24}{', '.join(map(str, ages))}"
    for k, v in log[-1].items() if log else ():
        yield f"{k.replace('_', ' '):24}{float(v):.6g}"
    if dynamics:
        yield from _alone(dynamics)


def _alone(found: Mapping[str, float]) -> Iterator[str]:
    """What a machine without noise does when it is left alone."""
    exponent, error = found["largest_exponent"], found["error"]
    what = "chaos" if exponent > 2 * error else "fixed points" if exponent < -2 * error else "at the edge"
    yield f"{'stability radius':24}{found['stability_radius']:.3f} (silence is unstable above 1)"
    yield f"{'largest exponent':24}{exponent:.4f} +- {error:.4f} per tau: {what}"


def facts(about: Mapping[str, Any], indent: str = "") -> Iterator[str]:
    """Nested facts, one a line."""
    for k, v in about.items():
        if isinstance(v, Mapping) and v:
            yield f"{indent}{k}"
            yield from facts(v, indent + "  ")
        else:
            said = "none" if v == {} else f"{v:.4g}" if isinstance(v, float) else v
            yield f"{indent}{str(k).replace('_', ' '):{27 - len(indent)}} {said}"
