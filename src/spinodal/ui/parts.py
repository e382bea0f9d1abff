"""Parts: gradio, and what all tabs of the page share: controls, results that appear, and events that call handlers."""

from __future__ import annotations

import html
import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from ..files.extras import import_extra
from .handlers import Handlers, Refused
from .tables import as_html

SEEN_EVERY = 5.0
"""Seconds after which the curves of a training are drawn anew."""

PLAYED_EVERY = 1.0
"""Seconds of a step, when steps are played."""


def gradio() -> Any:
    """The module gradio. Raises ValueError, which says how to install it, where it is missing."""
    with _without_stubs():
        return import_extra("gradio", "gradio", "ui", "the page")


@contextmanager
def _without_stubs() -> Iterator[None]:
    """While gradio is imported here, it writes no stub files.

    It makes a .pyi file for editors of each of its 80 components anew, at each import: two thirds of its CPU time. It
    leaves out classes of which no file is known, so none is known of its own.
    """
    known = inspect.getfile

    def getfile(found: Any) -> str:
        if isinstance(found, type) and found.__module__.startswith("gradio."):
            raise OSError(f"{found.__module__} is imported without its stubs")
        return known(found)

    inspect.getfile = getfile  # type: ignore[assignment]
    try:
        yield
    finally:
        inspect.getfile = known


@dataclass(frozen=True)
class Parts:
    """What all tabs of a page share: gradio, the handlers, and the controls of the run at the top.

    captions: of each table, by the id of its component.
    """

    gr: Any
    handlers: Handlers
    run: Any
    age: Any
    captions: dict[int, str] = field(default_factory=dict)

    def on(
        self, event: Any, function: Callable[..., Any], inputs: Any, outputs: Any, name: str = "", **how: Any
    ) -> Any:
        """Let an event call a handler, as the endpoint of this name; without a name it has no endpoint.

        One handler runs at a time, as each takes all threads. What is Refused is shown as one line.
        """
        own: dict[str, Any] = (
            {"api_name": name, "api_description": _first_line(function)} if name else {"api_visibility": "private"}
        )
        own |= {"concurrency_id": "machine", "concurrency_limit": 1} | how
        return event(self.shown(function), inputs, outputs, **own)

    def button(self, label: str) -> tuple[Any, Any]:
        """The button of a tab, and below it the place where notes appear, and where one sees that it is at work."""
        with self.gr.Row():
            pressed = self.gr.Button(label, variant="primary", scale=0, min_width=220)
        return pressed, self.gr.HTML(elem_classes="notes")

    def results(self) -> Any:
        """A column for results, which is hidden until there are some."""
        return self.gr.Column(visible=False)

    def act(
        self, button: tuple[Any, Any], function: Callable[..., Any], inputs: Any, outputs: list[Any], column: Any
    ) -> Any:
        """Let a button call a handler under its own name, and show the column of its results when they are there.

        A table is HTML on the page. Programs get the handler's own headers and data, by an event of their own.
        """
        pressed, notes = button
        captions = {i: self.captions[id(own)] for i, own in enumerate(outputs) if id(own) in self.captions}
        name, shown = function.__name__, function
        if captions:
            plain = [self.gr.JSON(visible=False) if i in captions else own for i, own in enumerate(outputs)]
            self.for_programs(function, inputs, plain, name)
            name, shown = "", _with_tables(function, captions)
        made = self.on(pressed.click, shown, inputs, outputs, name, show_progress_on=[notes])
        return self.on(made.success, lambda: self.gr.update(visible=True), None, column, show_progress="hidden")

    def for_programs(self, function: Callable[..., Any], inputs: Any, outputs: Any, name: str) -> None:
        """Make a handler an endpoint that no button of the page calls."""
        self.on(self.gr.Button(visible=False).click, function, inputs, outputs, name)

    def shown(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The handler, of which what is Refused becomes a message of the page."""

        @wraps(function)
        def called(*given: Any) -> Any:
            try:
                return function(*given)
            except Refused as refused:
                raise self.gr.Error(html.escape(str(refused)), print_exception=False) from None

        return called

    def table(self, caption: str) -> Any:
        """A place for a table of headers and data, which `act` fills."""
        place = self.gr.HTML(elem_classes="table")
        self.captions[id(place)] = caption
        return place

    def typed(self, lines: int = 1, what: str = "The same") -> Any:
        """A box for the command that does the same, or what it gives."""
        return self.gr.Textbox(
            label=f"{what} on the command line", lines=lines, max_lines=20, interactive=False, buttons=["copy"],
            elem_classes="typed",
        )  # fmt: skip

    def picture(self, label: str) -> Any:
        """A place for a picture."""
        return self.gr.Image(
            label=label, show_label=False, type="filepath", format="png", interactive=False, elem_classes="picture",
            buttons=["download", "fullscreen"], alt_text=label, container=False,
        )  # fmt: skip

    def sound(self) -> Any:
        """A player for rows of music, which is hidden while there are none."""
        return self.gr.Audio(
            label="The rows of the picture, one after the other", type="filepath", interactive=False, visible=False,
            buttons=["download"], elem_classes="sound",
        )  # fmt: skip

    def heard(self, event: Any, inputs: Any, player: Any, **how: Any) -> None:
        """Let an event put what `Handlers.sound` gives for the inputs into a player."""

        def found(*given: Any) -> Any:
            path = self.handlers.sound(*given)
            return self.gr.update(value=path, visible=path is not None)

        self.on(event, found, inputs, player, show_progress="hidden", **how)

    def files(self, label: str = "Download, in the format of the training data") -> Any:
        """A place for files to download."""
        return self.gr.File(label=label, interactive=False, file_count="multiple", height=None, elem_classes="download")

    def lines(self) -> Any:
        """A place for the first lines of a file, which is hidden while there are none."""
        lines = self.gr.Textbox(
            label="First lines", lines=8, max_lines=16, interactive=False, visible=False, elem_classes="lines"
        )
        self.on(lines.change, lambda text: self.gr.update(visible=bool(text)), lines, lines, show_progress="hidden")
        return lines

    def seed(self) -> Any:
        """The seed of random numbers."""
        return self.gr.Number(0, label="Seed", precision=0, info="The same seed, the same rows.", min_width=120)


def _with_tables(function: Callable[..., Any], captions: Mapping[int, str]) -> Callable[..., Any]:
    """The handler, whose results at these places are tables in HTML; the captions of these by their places."""

    @wraps(function)
    def called(*given: Any) -> list[Any]:
        found = enumerate(function(*given))
        return [as_html(captions[i], **own) if i in captions else own for i, own in found]

    return called


def _first_line(function: Callable[..., Any]) -> str:
    return (function.__doc__ or "").partition("\n")[0]
