"""Meetings: at which updates rank 0 tells the others whether a training is saved now, by its clock alone."""

from __future__ import annotations

import time

from ..ranks import Ranks


class Meetings:
    """The meetings of a training that is saved when `patience` seconds have passed since it was last saved.

    To ask at each update would cost one more message of each. So rank 0 also tells when to meet next: in half of the
    time that is left at the speed so far, and after at most as many updates as there were since the last save.
    """

    def __init__(self, age: int, patience: float, ranks: Ranks) -> None:
        self.patience, self.ranks = patience, ranks
        self.saved(age)

    def saved(self, age: int) -> None:
        """The training was saved at this age."""
        self.begin, self.age, self.next = time.monotonic(), age, age + 1

    def is_due(self, age: int) -> bool:
        """Whether to save after this update; the same on all ranks."""
        if age < self.next:
            return False
        passed = time.monotonic() - self.begin
        done = age - self.age
        left = done * max(self.patience - passed, 0.0) / max(passed, 1e-6)
        due, self.next = self.ranks.tell([passed > self.patience, age + max(1, int(min(left / 2, done)))])
        return bool(due)
