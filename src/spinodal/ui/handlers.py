"""Handlers: what the page and its REST endpoints call: names and numbers in; files, pictures and text out."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import of_disk, one_line
from ..evaluation.reference import kind_of
from . import actions, chaotic, outputs, pictures, standing, typed, uploads, weights
from .actions import Watched
from .opened import Opened
from .regions import regions

if TYPE_CHECKING:
    from matplotlib.figure import Figure

OURS = (ValueError, OSError, FloatingPointError, MemoryError)
"""Errors whose message is for people."""

SHOWN = 50
"""Rows of a table on the page, at most."""

Result = TypeVar("Result")


class Refused(Exception):
    """What a person asked for can't be done; the message is one line for them."""


def refuses(function: Callable[..., Result]) -> Callable[..., Result]:
    """The function, whose errors that are for people are Refused: one line, without the folders of the server."""

    @wraps(function)
    def checked(self: Handlers, *given: Any, **named: Any) -> Result:
        try:
            return function(self, *given, **named)
        except OURS as error:
            said = of_disk(error) if isinstance(error, OSError) else one_line(error)
            raise Refused(self.without_folders(said) or type(error).__name__) from error

    return checked


@dataclass(frozen=True)
class Handlers:
    """The runs of the page by name, and the folder that results are written under."""

    runs: Mapping[str, Opened]
    folder: Path

    def opened(self, name: str | None) -> Opened:
        """A run by its name; the first where none is given. Raises ValueError, which lists them."""
        if not name:
            return next(iter(self.runs.values()))
        if name not in self.runs:
            raise ValueError(f'there is no run "{name}" on this page; there are: {", ".join(self.runs)}')
        return self.runs[name]

    def without_folders(self, text: str) -> str:
        """The text, in which files of the page have their names alone."""
        return re.sub(rf"{re.escape(str(self.folder))}/(?:[^\s/]+/)*", "", text)

    def told(self, notes: Iterable[str]) -> str:
        """Notes as HTML."""
        return "".join(f"<p class='note'>Note: {html.escape(self.without_folders(note))}</p>" for note in notes)

    @refuses
    def about(self, run: str | None, age: object = None) -> str:
        """What a run is, and how good it is at an age, as HTML."""
        own = self.opened(run)
        with uploads.noted() as notes:
            first, *others = standing.verdict(own, own.age(age))
            lines = [f"<p class='verdict'>{html.escape(first)}</p>", *(f"<p>{html.escape(x)}</p>" for x in others)]
            lines.append(f"<p class='quiet'>{html.escape(standing.what(own))}</p>")
        return "".join(lines) + self.told(notes)

    @refuses
    def generate(
        self, run: str | None, age: object, labels: Sequence[str] | None, n: int, steps: int, seed: int
    ) -> tuple[list[str], str, str, str, Watched | None]:
        """Rows of labels: files, the command, the first lines, notes, and the chains to watch."""
        with uploads.noted() as notes:
            made = actions.generate(self.opened(run), uploads.fresh(self.folder), labels or [], n, steps, seed, age)
        return [str(path) for path in made.files], made.command, made.preview, self.told(notes), made.watched

    @refuses
    def complete(
        self,
        run: str | None,
        age: object,
        upload: str | None,
        keep: str,
        label: Sequence[str] | None,
        n: int,
        most_probable: bool,
        steps: int,
        seed: int,
    ) -> tuple[str, list[str], str, str, str, Watched | None]:
        """Completed rows: a picture, files, the command, the first lines, notes, and the rows to hear."""
        folder = uploads.fresh(self.folder)
        with uploads.noted() as notes:
            how = (keep or "", label or [], n, most_probable, steps, seed, age)
            made = actions.complete(self.opened(run), folder, _given(upload), *how)
            title = f"Completed rows; kept: {keep.strip() or 'what the file has'}"
            picture = self._rows(made.watched, made.watched.steps, title) if made.watched else ""
        files = [str(path) for path in made.files]
        return picture, files, made.command, made.preview, self.told(notes), made.watched

    @refuses
    def predict_labels(
        self, run: str | None, age: object, upload: str | None, at_least: float
    ) -> tuple[dict[str, Any], list[str], str, str]:
        """Labels of an upload: a table, files, the command, and notes."""
        folder = uploads.fresh(self.folder)
        with uploads.noted() as notes:
            made, table = actions.predict(self.opened(run), folder, _given(upload), at_least, age)
        columns = [name for name in table[0] if "p(" not in name] if table else []
        cells = [[row[name] for name in columns] for row in table[:SHOWN]]
        return {"headers": columns, "data": cells}, [str(path) for path in made.files], made.command, self.told(notes)

    @refuses
    def example(self, run: str | None) -> str:
        """A file of a few held-out rows."""
        with uploads.noted():
            return str(actions.examples(self.opened(run), uploads.fresh(self.folder)))

    @refuses
    def frame(self, watched: Watched | None, step: int, view: str) -> str:
        """A picture of the chains at a step: of the rows, or as a cloud beside held-out rows."""
        if watched is None:
            raise ValueError("there is nothing to show yet: generate rows first")
        with uploads.noted():
            key = watched.at(step)[0], view
            if key not in watched.drawn or not Path(watched.drawn[key]).exists():
                watched.drawn[key] = self._rows(watched, step, f"After {key[0]} of {watched.steps} steps", view)
            return watched.drawn[key]

    @refuses
    def watch(
        self,
        run: str | None,
        age: object,
        labels: Sequence[str] | None,
        n: int,
        steps: int,
        seed: int,
        step: int,
        view: str,
    ) -> str:
        """The picture of `frame` for the rows of `generate`, at once: for programs, which keep no chains."""
        with uploads.noted():
            made = actions.generate(self.opened(run), uploads.fresh(self.folder), labels or [], n, steps, seed, age)
        return self.frame(made.watched, step, view)

    @refuses
    def sound(self, watched: Watched | None, step: int) -> str | None:
        """The rows that the picture shows at a step as a WAV file, one after the other; None of what is no music."""
        if watched is None or kind_of(rows := watched.at(step)[1]) != "music":
            return None
        chosen, _ = pictures.windows(rows, watched.groups)
        return str(outputs.write_sound(rows.select(chosen), uploads.fresh(self.folder)))

    @refuses
    def listen(
        self, run: str | None, age: object, labels: Sequence[str] | None, n: int, steps: int, seed: int, step: int
    ) -> str | None:
        """The sound of the rows of `generate` at a step, at once: for programs, which keep no chains."""
        with uploads.noted():
            made = actions.generate(self.opened(run), uploads.fresh(self.folder), labels or [], n, steps, seed, age)
        return self.sound(made.watched, step)

    def _rows(self, watched: Watched, step: int, title: str, view: str = "rows") -> str:
        _, made = watched.at(step)
        if view == "cloud":
            figure = pictures.cloud(watched.opened, watched.machine, made)
        elif view != "rows":
            raise ValueError(f'a view is "rows" or "cloud", not "{view}"')
        elif kind_of(made) == "tables":
            figure = pictures.distributions(watched.opened, watched.machine, made)
        else:
            last = watched.frames[watched.steps]
            figure = pictures.rows(made, watched.machine, watched.groups, title, last, watched.filled)
        return self._drawn(figure)

    @refuses
    def units(self, run: str | None, age: object, first: int) -> tuple[str, dict[str, Any], str]:
        """The weights of hidden units: a picture, the strongest entries, and a line that prints them all."""
        own = self.opened(run)
        number = own.age(age)
        found = weights.to_hidden(own.machine(number))
        which = weights.shown(own, found, first)
        table = {"headers": ["unit", "layer", "site", "letter", "weight"], "data": weights.table(own, found, which)}
        return self._drawn(weights.picture(own, found, which)), table, typed.weights(own, number)

    @refuses
    def compare(
        self,
        left: str | None,
        left_age: object,
        right: str | None,
        right_age: object,
        labels: Sequence[str] | None,
        n: int,
        steps: int,
        seed: int,
    ) -> tuple[str, str, dict[str, Any], str, str]:
        """Rows of two runs or ages, by the same seed: two pictures, a table of scores, the commands, and notes."""
        sides, drawn, typed_lines = {}, [], []
        with uploads.noted() as notes:
            for place, (run, age) in {"left": (left, left_age), "right": (right, right_age)}.items():
                own = self.opened(run)
                made = actions.generate(own, uploads.fresh(self.folder), labels or [], n, steps, seed, age)
                title = f"{own.name}, {'chosen age' if own.age(age) is None else f'age {age}'}"
                drawn.append(self._rows(made.watched, made.watched.steps, title))  # type: ignore[arg-type, union-attr]
                typed_lines.append(made.command)
                sides[f"{place}: {title}"] = (own, own.age(age))
            head, cells = standing.table(sides)
        paths = dict.fromkeys(own.path for own, _ in sides.values())
        if len(paths) > 1:
            typed_lines.append(typed.line("compare", *paths))
        return drawn[0], drawn[1], {"headers": head, "data": cells}, "\n".join(typed_lines), self.told(notes)

    @refuses
    def curves(self, run: str | None) -> tuple[str | None, str | None, str, str]:
        """The curves of a training: pictures of errors and of accuracies, how far it is, and a command for the numbers.

        A picture is None while fewer than two ages have such scores.
        """
        own = self.opened(run)
        found = {name: self._drawn(figure) for name, figure in standing.curves(own)}
        errors, accuracies = (found.get(name) for name in standing.CURVES)
        return errors, accuracies, standing.progress(own), typed.line("info", own.path)

    @refuses
    def trajectories(self, run: str | None, age: object, steps: int, seed: int) -> tuple[str, str, str]:
        """Trajectories of a chaotic machine: a picture, the largest Lyapunov exponent, and a command that prints it."""
        own = self.opened(run)
        machine = own.machine(own.age(age))
        with uploads.noted():
            figure = chaotic.trajectories(machine, steps, seed)
            return self._drawn(figure), chaotic.exponent(machine), typed.line("info", own.path)

    @refuses
    def controls(self, run: str | None) -> Mapping[str, Any]:
        """What the controls of a run can be set to."""
        own = self.opened(run)
        labels, steps = actions.choices(own.labels), own.steps
        return {"ages": own.ages(), "labels": labels, "first": labels[:3], "steps": steps,
                "most": max(50, 5 * steps), "regions": regions(own)}  # fmt: skip

    def _drawn(self, figure: Figure) -> str:
        """The figure as a PNG file."""
        content = io.BytesIO()
        figure.savefig(content, format="png")
        path = uploads.fresh(self.folder) / "picture.png"
        path.write_bytes(content.getvalue())
        return str(path)


def _given(upload: str | None) -> Path:
    if not upload:
        raise ValueError("there is no file yet: choose one, or take held-out rows")
    return Path(upload)
