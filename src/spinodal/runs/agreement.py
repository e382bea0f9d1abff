"""Agreement: what all ranks of a training must have in common; it is compared before the training begins."""

from __future__ import annotations

import secrets
import socket
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from .._version import __version__
from ..data.dataset import Dataset
from ..errors import first_names
from ..files.atomic import hidden_name
from ..ranks import Ranks
from .settings import Settings

LOOK = 20.0
"""Seconds for which a file of another computer is looked for: disks of a network show it late."""


def check_folder(out: Path, ranks: Ranks) -> None:
    """Raises ValueError where other ranks don't see a file that rank 0 writes beside the run directory."""
    if ranks.count == 1:
        return
    token = Path(ranks.tell(_write_token(out) if ranks.is_first else ""))
    blind = _ranks_that(not _appears(token), ranks)
    if ranks.is_first:
        token.unlink(missing_ok=True)
    if blind:
        raise ValueError(f"{blind} can't see {token.parent} of rank 0: name a run directory that all computers share")


def check_same(train: Dataset, test: Dataset, settings: Settings, ranks: Ranks) -> None:
    """Raises ValueError where a rank has another version, other settings or other data than rank 0, or no rows."""
    if ranks.count == 1:
        return
    if settings.batch < ranks.count:
        raise ValueError(f"a batch of {settings.batch} rows is too small for {ranks.count} processes: take a larger "
                         "--batch, or fewer processes")  # fmt: skip
    own: dict[str, Any] = {"version of spinodal": __version__, "version of torch": torch.__version__}
    own |= {f'setting "{name}"': value for name, value in settings.plain().items()}
    own |= {"training data": train.sha256, "held-out data": test.sha256}
    wanted = ranks.tell(own)
    differ = sorted(k for k in {**wanted, **own} if wanted.get(k) != own.get(k))
    if others := _ranks_that(bool(differ), ranks):
        what = sorted({name for names in ranks.hear(differ) for name in names})
        raise ValueError(f"{others}: another {first_names(what)} than rank 0 has; start all processes with the same")


def _write_token(out: Path) -> str:
    """The path of a new file in the folder of a run directory, or in the folder above in which that will be made."""
    place = next(place for place in out.absolute().parents if place.exists())
    token = hidden_name(place / out.name, f"{secrets.token_hex(8)}.token")
    token.touch()
    return str(token)


def _appears(path: Path) -> bool:
    """Whether a file is there, or soon."""
    until = time.monotonic() + LOOK
    while not (there := path.exists()) and time.monotonic() < until:
        time.sleep(0.1)
    return there


def _ranks_that(said: bool, ranks: Ranks) -> str:
    """The ranks that say yes, with their computers."""
    heard: Sequence[tuple[bool, str]] = ranks.hear((said, socket.gethostname()))
    return first_names([f"rank {rank} on {host}" for rank, (yes, host) in enumerate(heard) if yes])
