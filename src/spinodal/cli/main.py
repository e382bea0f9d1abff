"""Command line: the commands of `spinodal`, and how each starts and ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from cyclopts import App, CycloptsError, Parameter

from .._version import __version__
from ..job import joined
from ..ranks import ALONE
from .commands.align import align
from .commands.compare import compare
from .commands.complete import complete
from .commands.contacts import contacts
from .commands.convert import convert
from .commands.demo import demo
from .commands.export import export
from .commands.fetch import fetch
from .commands.figures import figures
from .commands.generate import generate
from .commands.import_ import import_
from .commands.info import info
from .commands.inspect import inspect
from .commands.likelihood import likelihood
from .commands.locate import locate
from .commands.predict import predict
from .commands.report import report
from .commands.scan import scan
from .commands.score import score
from .commands.sites import sites
from .commands.train import train
from .commands.tune import tune
from .commands.ui import ui
from .commands.verify import verify
from .errors import exit_codes

COMMANDS = (
    *(train, tune, generate, predict, complete, score, report, compare, info, figures, export, verify, locate),
    *(likelihood, scan, sites, contacts, align),
    *(inspect, import_, convert, fetch, demo, ui),
)

app = App(
    name="spinodal",
    help="Generators of structured, labeled data that work out of equilibrium.",
    version=__version__,
    result_action="return_value",
    suppress_keyboard_interrupt=False,
    default_parameter=Parameter(negative_iterable=()),  # none is said by "", as in --label ""
)
for command in COMMANDS:
    app.command(command)


APART = ("generate", "predict", "complete")
"""Commands whose processes don't meet: each makes shards of its own, and need not run when the others do."""


NEXT_TIME = {"train": "the same command with --resume goes on", "tune": "the same command goes on"}
"""Of commands that can be stopped and go on: how."""


@contextmanager
def _by_cyclopts_alone() -> Iterator[None]:
    """Without pydantic: where a notebook has loaded it, cyclopts checks all values by it, too.

    It refuses our settings, whose default is None: not given.
    """
    loaded = sys.modules.pop("pydantic", None)
    try:
        yield
    finally:
        if loaded is not None:
            sys.modules["pydantic"] = loaded


def main(tokens: list[str] | None = None) -> None:
    """Run a command. Exits with 0 where it succeeds, 1 where it fails, 2 where the options are wrong.

    Where torchrun or a scheduler has started several processes, commands with a parameter `ranks` share their work.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    tokens = sys.argv[1:] if tokens is None else tokens
    name = tokens[0] if tokens else ""
    with exit_codes(NEXT_TIME.get(name, "")), nullcontext(ALONE) if name in APART else joined() as ranks:
        with _by_cyclopts_alone():
            command, bound, unset = app.parse_args(tokens, exit_on_error=False, print_error=False)
        if ranks.count > 1 and "ranks" not in unset:
            raise CycloptsError(msg=f"{command.__name__} runs in one process: start it without torchrun")
        if modules := os.environ.get("SPINODAL_IMPORT"):
            from ..functions import load  # here, as `spinodal --help` does without numpy

            load(modules)
        command(*bound.args, **bound.kwargs, **({"ranks": ranks} if "ranks" in unset else {}))
