"""Shards: makes the shards of a plan that are missing in its folder, by one process or by several."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from ..ranks import ALONE, Ranks
from .manifest import Place, Plan, Shard


def make(folder: Path, plan: Plan, write: Callable[[slice, Path], None], ranks: Ranks = ALONE) -> Iterator[Shard]:
    """Make the shards of this rank that aren't there, or aren't as their checksums say; shard i is of rank i % count.

    write: writes the rows from start to stop to a file. They depend on nothing but the plan, and so do the bytes of a
    shard. Ranks need not run at the same time, and don't speak to each other: whoever completes the last shard writes
    the manifest. Raises ValueError if the folder has the shards of another plan, and OSError if it can't be written.
    """
    place = Place(folder)
    place.begin(plan)
    known = place.shards()
    for i in range(ranks.rank, plan.count, ranks.count):
        name, part = plan.name(i), plan.part(i)
        if name in known and known[name].is_sound(folder):
            continue
        place.sweep(name)
        write(part, folder / name)
        place.check(plan)  # another job may have begun here at the same moment
        shard = Shard.of(folder / name, part.stop - part.start)
        place.add(shard)
        yield shard
    place.finish(plan)
