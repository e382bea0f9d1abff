"""`spinodal ui`: runs on a local web page, to generate, complete and predict by hand."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ... import ranges
from ..errors import say
from .arguments import Number


def ui(
    runs: list[Path],
    /,
    *,
    port: Number = None,
    browser: Annotated[bool, Parameter(negative="--no-browser")] = True,
) -> None:
    """Show runs on a web page of this computer: generate, complete, predict, weights, comparisons, curves.

    The page is at 127.0.0.1 alone, and asks no other host for anything. Ctrl-C ends it. It needs
    pip install "spinodal[ui]".

    Parameters
    ----------
    runs
        Run directories.
    port
        The port to listen on; by default the first free one from 7860 on.
    browser
        Whether the page is opened in a browser.
    """
    if port is not None:
        ranges.integer("port", port, 1, 65_535)
    from ...ui.serving import served

    with suppress(KeyboardInterrupt), served(runs, port, browser) as address:
        say(f"the page is at {address}; Ctrl-C ends it")
        threading.Event().wait()
