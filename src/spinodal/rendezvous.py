"""Rendezvous: where the processes of a job find each other, by the environment that torchrun or a scheduler sets.

The environment names the place of a process: RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT. The processes meet in a
store of torch.distributed at that address, which torchrun has, or else rank 0. After a restart torchrun has the same
store, with what killed processes wrote: so each process says hello with a name of its own, and rank 0 calls those that
are there now.
"""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

from .errors import one_line
from .ranks import ALONE, Ranks

JOIN = "SPINODAL_JOIN_SECONDS"
"""The environment variable that says how long a process waits for the others at the start, in seconds."""

JOIN_SECONDS = 300.0
"""How long it waits by default."""

NAMES = ("WORLD_SIZE", "RANK", "MASTER_PORT", "MASTER_ADDR")
"""The environment variables of a job; all but the last are numbers."""

GRACE = 2.0
"""Seconds that another rank waits for rank 0 to say first what went wrong."""

POLL = 0.1
"""Seconds between two looks into the store."""

MEND = f"see that all processes are started, or set {JOIN} to more seconds"


class RankLost(ConnectionError):
    """Processes of the job are gone, or never came. The message says which, and what to do."""


def place(meets: bool = True) -> Ranks:
    """The place of this process in its job, as the environment says. Raises ValueError where that makes no sense.

    meets: whether the processes speak to each other; those that don't need no address.
    """
    names = NAMES if meets else NAMES[:2]
    words = {name: os.environ.get(name, "") for name in names}
    if words["WORLD_SIZE"] in ("", "1"):
        return ALONE
    if wrong := [k for k, x in words.items() if not (x.isdecimal() if k != "MASTER_ADDR" else x)]:
        raise ValueError(f'WORLD_SIZE is "{words["WORLD_SIZE"]}" and {wrong[0]} "{words[wrong[0]]}": start the '
                         f"processes of a job by torchrun, or set {', '.join(names)} for each")  # fmt: skip
    ranks = Ranks(int(words["RANK"]), int(words["WORLD_SIZE"]))
    if ranks.rank >= ranks.count:
        raise ValueError(f"RANK is {ranks.rank} and WORLD_SIZE {ranks.count}: ranks count from 0 to WORLD_SIZE - 1")
    return ranks


def speaker() -> str:
    """What stands before an error that another rank than 0 tells: its number and its computer."""
    with suppress(ValueError):
        if not (ranks := place(meets=False)).is_first:
            return f"rank {ranks.rank} on {socket.gethostname()}: "
    return ""


def serves(ranks: Ranks) -> bool:
    """Whether the store is in this process: in rank 0, where it isn't torchrun's."""
    return ranks.is_first and os.environ.get("TORCHELASTIC_USE_AGENT_STORE") != "True"


def speaks_for_node() -> bool:
    """Whether this process speaks where rank 0 can't be reached: rank 1, and the first of each other computer."""
    local = os.environ.get("LOCAL_RANK") or os.environ.get("SLURM_LOCALID")
    return os.environ.get("RANK") == "1" or local == "0"


def store_of(ranks: Ranks) -> Any:
    """A store that the processes of this job have for themselves, when all are there; each has its "host" in it.

    Raises RankLost where they don't come in time; where several processes wait in vain, the others raise SystemExit.
    """
    from torch.distributed import PrefixStore  # type: ignore[attr-defined]

    wait, name = _join_seconds(), secrets.token_hex(8)
    until = time.monotonic() + wait
    store = PrefixStore("spinodal", _connect(ranks, wait))
    store.set(f"hello/{ranks.rank}", name)
    token = _call(store, ranks, until) if ranks.is_first else _answer(store, ranks.rank, name, until + GRACE)
    if token is None:
        raise _vain(store, ranks, wait, name)
    own = PrefixStore(token, store)
    own.set(f"host/{ranks.rank}", socket.gethostname())
    return own


def _connect(ranks: Ranks, wait: float) -> Any:
    from torch.distributed import TCPStore  # type: ignore[attr-defined]

    host, port = os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"])
    try:
        return TCPStore(host, port, ranks.count, serves(ranks), timedelta(seconds=wait), wait_for_workers=False)
    except (RuntimeError, ValueError) as error:
        if serves(ranks):
            raise RankLost(f"rank 0 can't listen at port {port}: set MASTER_PORT to a free one "
                           f"({one_line(error).split(' Exception raised')[0]})") from None  # fmt: skip
        why = f"rank 0 didn't come to {host}:{port} within {wait:g} s: {MEND}"
        raise (RankLost(why) if speaks_for_node() else SystemExit(1)) from None


def _call(store: Any, ranks: Ranks, until: float) -> str | None:
    """Rank 0 calls all that said hello by their names, until all have answered; the name of the meeting, or None."""
    called, token = list[bytes](), ""
    for _ in _looks(until):
        if not store.check(_keys("hello", ranks)):
            continue
        if (names := store.multi_get(_keys("hello", ranks))) != called:
            called, token = names, secrets.token_hex(8)
            store.multi_set(_keys("call", ranks), [f"{name.decode()} {token}" for name in names])
        if store.check(_keys(f"{token}/answer", ranks)[1:]):
            store.set(f"{token}/begin", "")
            return token
    return None


def _answer(store: Any, rank: int, name: str, until: float) -> str | None:
    """Another rank answers a call by its name; the name of the meeting when rank 0 begins it, or None."""
    for _ in _looks(until):
        if not store.check([f"call/{rank}"]):
            continue
        called, token = store.get(f"call/{rank}").decode().split()
        if called == name:
            store.set(f"{token}/answer/{rank}", "")
            if store.check([f"{token}/begin"]):
                return token
    return None


def _vain(store: Any, ranks: Ranks, wait: float, name: str) -> RankLost | SystemExit:
    """How a process ends that has waited in vain: rank 0 tells who is missing, or others that rank 0 is."""
    if ranks.is_first:
        here = [rank for rank in range(ranks.count) if store.check([f"hello/{rank}"])]
        for rank in here:
            store.set(f"late/{store.get(f'hello/{rank}').decode()}", "")
        missing = sorted({*range(ranks.count)} - {*here})
        who = f"rank {missing[0]}" if len(missing) == 1 else f"{len(missing)} of {ranks.count} processes"
        return RankLost(f"{who} didn't come within {wait:g} s: {MEND}")
    if store.check([f"late/{name}"]) or not speaks_for_node():
        return SystemExit(1)
    return RankLost(f"rank 0 didn't come within {wait:g} s: {MEND}")


def _keys(what: str, ranks: Ranks) -> list[str]:
    return [f"{what}/{rank}" for rank in range(ranks.count)]


def _looks(until: float) -> Iterator[None]:
    """Looks into the store, until a time."""
    while time.monotonic() < until:
        yield
        time.sleep(POLL)


def _join_seconds() -> float:
    word = os.environ.get(JOIN) or str(JOIN_SECONDS)
    with suppress(ValueError):
        if 0 < float(word) < 1e6:
            return float(word)
    raise ValueError(f'{JOIN} is "{word}": it takes seconds, such as 300')
