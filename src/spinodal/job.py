"""Job: starts and ends what the processes of a job have in common, and says which of them is gone.

Each process has a pulse in the store of the job, a count of seconds. A process whose pulse stands still is gone.
"""

from __future__ import annotations

import io
import itertools
import logging
import os
import signal
import threading
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from .ranks import ConnectionLost, Ranks
from .rendezvous import GRACE, POLL, RankLost, place, serves, speaks_for_node, store_of
from .terminal import say

BEAT = 1.0
"""Seconds between two beats of a pulse."""

SILENT = 20
"""Beats that another process may miss. Own beats are counted, and not seconds, as all of a job may be suspended."""

LONG = timedelta(days=7)
"""How long a rank waits for another one whose pulse beats: that may read data, or write a run."""


@contextmanager
def joined() -> Iterator[Ranks]:
    """The processes of this job; a process by itself where the environment doesn't name it as one of several.

    Inside, torch.distributed is started: gloo for tensors on the CPU, nccl for those on a GPU. Other ranks than 0 print
    nothing on stdout, no warnings and no log. Where an error ends several ranks, one of them raises it, and the others
    SystemExit. Where a process is gone, one of those left raises RankLost.

    Raises ValueError where the environment is not that of a job, and RankLost where not all processes come in time.
    """
    ranks = place()
    if ranks.count == 1:
        yield ranks
        return
    os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")  # of a lost connection torch would print a page
    with _silent(ranks):
        group = _Group(_store(ranks), ranks)
        try:
            _start(group)
            threading.Thread(target=_beat, args=(group,), daemon=True).start()
            yield ranks
            _finish(ranks)
        except BaseException as error:
            raise group.outcome(error) from None
        finally:
            group.ended.set()


@dataclass(frozen=True)
class _Group:
    """The processes of a job, and the store that they have in common."""

    store: Any
    ranks: Ranks
    ended: threading.Event = field(default_factory=threading.Event)
    rank_0_left: threading.Event = field(default_factory=threading.Event)

    @property
    def others(self) -> list[int]:
        return [rank for rank in range(self.ranks.count) if rank != self.ranks.rank]

    def pulses(self, of: Sequence[int]) -> dict[int, bytes]:
        """The pulses of some processes."""
        return dict(zip(of, self.store.multi_get([f"pulse/{rank}" for rank in of])))

    def may_speak(self) -> bool:
        """Whether this process is the first that asks: one alone tells why the job ended."""
        return bool(self.store.add("spoken", 1) == 1)

    def outcome(self, error: BaseException) -> BaseException:
        """What this process ends with: the error, what is known better of it, or silence where another one speaks."""
        self.ended.set()
        _ignore_signals()  # torchrun sends one to all processes as soon as one is gone
        try:
            return self._outcome(error)
        except RuntimeError:  # the store is gone
            if not isinstance(error, (ConnectionLost, KeyboardInterrupt)):
                return error
            return RankLost(line) if (line := self.without_store()) else SystemExit(1)

    def _outcome(self, error: BaseException) -> BaseException:
        self.store.set(f"left/{self.ranks.rank}", "")
        self.see_rank_0()
        foreign = isinstance(error, (ConnectionLost, KeyboardInterrupt))
        if (not foreign and self._fails_as_rank_0()) or not self.may_speak():
            found: BaseException = SystemExit(1)
        else:
            gone = self._still() if foreign else []
            found = RankLost(self.told(gone)) if gone else error
        self.store.set(f"done/{self.ranks.rank}", "")
        if serves(self.ranks):
            self._linger()
        return found

    def _linger(self) -> None:
        """Keep the store until the others know what they end with; some may be gone.

        Others may wait for what this process no longer sends: closed connections tell them.
        """
        import torch.distributed as dist

        if dist.is_initialized() and dist.get_backend() == "gloo":
            dist.destroy_process_group()
        keys, until = [f"done/{rank}" for rank in self.others], time.monotonic() + 10 * BEAT
        while time.monotonic() < until and not self.store.check(keys):
            time.sleep(POLL)

    def see_rank_0(self) -> None:
        """Remember whether rank 0 has left, with the store."""
        if self.store.check(["left/0"]):
            self.rank_0_left.set()

    def without_store(self) -> str | None:
        """What this process says where the store is gone: that rank 0 is, or nothing."""
        silent = self.rank_0_left.is_set() or not speaks_for_node()
        return None if silent else _gone(f"rank 0 at {os.environ['MASTER_ADDR']}")

    def _still(self) -> list[int]:
        """The other processes whose pulses stand still, though they haven't left."""
        before = self.pulses(self.others)
        time.sleep(2.5 * BEAT)
        after = self.pulses(self.others)
        return [r for r in self.others if before[r] == after[r] and not self.store.check([f"left/{r}"])]

    def _fails_as_rank_0(self) -> bool:
        """Whether this is another rank, and rank 0 has failed, too, or does so soon."""
        if self.ranks.is_first:
            return False
        try:
            self.store.wait(["left/0"], timedelta(seconds=GRACE))
        except RuntimeError:
            return False
        return True

    def told(self, gone: Sequence[int]) -> str:
        """The line that says which processes are gone."""
        names = [f"rank {r} on {self.store.get(f'host/{r}').decode()}" for r in gone[:3]]
        return _gone(", ".join([*names, *(["..."] if len(gone) > 3 else [])]))


def _gone(who: str) -> str:
    return (f"{who} is gone: it was killed, ran out of memory, or its computer failed; start a training again with "
            "--resume, on any number of processes")  # fmt: skip


def _store(ranks: Ranks) -> Any:
    try:
        return store_of(ranks)
    except KeyboardInterrupt as error:
        raise (error if ranks.is_first else SystemExit(1)) from None


def _start(group: _Group) -> None:
    import torch
    import torch.distributed as dist

    group.store.set(f"pulse/{group.ranks.rank}", "0")
    backend = "gloo"
    if torch.cuda.is_available() and dist.is_nccl_available():
        backend = "cpu:gloo,cuda:nccl"
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", 0)) % torch.cuda.device_count())
    own, ranks = dist.PrefixStore("group", group.store), group.ranks  # type: ignore[attr-defined]
    try:
        dist.init_process_group(backend, store=own, rank=ranks.rank, world_size=ranks.count, timeout=LONG)
    except RuntimeError as error:
        raise ConnectionLost.of(error) from None


def _finish(ranks: Ranks) -> None:
    """Wait for all, so that none takes one that is done for lost."""
    import torch.distributed as dist

    ranks.hear(None)
    dist.destroy_process_group()


def _beat(group: _Group) -> None:
    """Count seconds in the store; end this process where rank 0, or for rank 0 any other, doesn't any more."""
    watched = group.others if group.ranks.is_first else [0]
    seen, last = dict[int, bytes](), dict.fromkeys(watched, 0)
    for beat in itertools.count(1):
        if group.ended.wait(BEAT):
            return
        try:
            with _answering(group):
                group.store.set(f"pulse/{group.ranks.rank}", str(beat))
                group.see_rank_0()
                now = group.pulses(watched)
        except RuntimeError:  # the store is gone
            if not group.ended.wait(GRACE):
                _exit(group.without_store())
            return
        last |= {rank: beat for rank in watched if now[rank] != seen.get(rank)}
        seen = now
        gone = [rank for rank in watched if beat - last[rank] > SILENT]
        if gone and not group.ended.is_set():
            _exit(group.told(gone) if group.may_speak() else None)


@contextmanager
def _answering(group: _Group) -> Iterator[None]:
    """End this process where the store doesn't answer: it stands on a computer that is out of reach."""
    alarm = threading.Timer(SILENT * BEAT, lambda: _exit(group.without_store()))
    alarm.daemon = True
    alarm.start()
    try:
        yield
    finally:
        alarm.cancel()


def _exit(line: str | None) -> None:
    """End the process, whose main thread may wait for a lost one for ever. Files on disk are whole at any moment."""
    if line:
        say(f"spinodal: {line}")
    os._exit(1)


@contextmanager
def _silent(ranks: Ranks) -> Iterator[None]:
    """Other ranks than 0 print nothing on stdout, no warnings and no log."""
    if ranks.is_first:
        yield
        return
    log = logging.getLogger("spinodal")
    before = log.level
    with redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        log.setLevel(logging.ERROR)
        try:
            yield
        finally:
            log.setLevel(before)


def _ignore_signals() -> None:
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
