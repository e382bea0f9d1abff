"""Typed: what a person types in a terminal for the same result as a button."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping

from .opened import Opened


def line(command: str, *words: object, **options: object) -> str:
    """A command of the package; options that are None or False are left out, and a list repeats its option.

    >>> line("generate", "my run", label=["a=3", "b=3"], seed=None, out="new.fasta")
    "spinodal generate 'my run' --label a=3 --label b=3 --out new.fasta"
    """
    found = ["spinodal", command, *map(str, words)]
    for name, value in options.items():
        flag = f"-{name}" if len(name) == 1 else f"--{name.replace('_', '-')}"
        every = value if isinstance(value, list) else [value]
        for one in every:
            if one is not None and one is not False:
                found += [flag] if one is True else _pair(flag, str(one))
    return shlex.join(found)


def _pair(flag: str, value: str) -> list[str]:
    """An option and its value, as one word where the value would be read as an option."""
    return [f"{flag}={value}"] if value.startswith("-") else [flag, value]


def chains(age: int | None, steps: int | None, seed: int) -> dict[str, int | None]:
    """The options of chains, without those that are as by default."""
    return {"steps": steps, "age": age, "seed": seed or None}


def generate(opened: Opened, counts: Mapping[str, int], out: str, age: int | None, steps: int | None, seed: int) -> str:
    """`spinodal generate` for rows of these labels; "" is rows whose label is drawn."""
    free = counts.get("")
    asked = None if free else [f"{name}={n}" for name, n in counts.items()]
    return line("generate", opened.path, label=asked, n=free, **chains(age, steps, seed), out=out)


def weights(opened: Opened, age: int | None) -> str:
    """A line of Python that prints the weights to the hidden units: no command does."""
    where = json.dumps(str(opened.path), ensure_ascii=False) + ("" if age is None else f", {age}")
    code = f'import spinodal as sp; print(dict(sp.load({where}).named_parameters())["coupling.visible-hidden.weight"])'
    return shlex.join(["python", "-c", code])
