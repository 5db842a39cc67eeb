"""The store's time as one of its readers knows it, between two times that the store told.

Several gateways have several clocks, and none of them may decide what is due: deadlines and entries are by the store's.
What it told lies between asking and hearing, by this process's own steady clock; so it is known to within that time,
and each new answer corrects only what it proves wrong.
"""

from __future__ import annotations

import time
from collections.abc import Callable


def steady() -> int:
    """Microseconds that never go back, from an unknown beginning."""
    return time.monotonic_ns() // 1_000


class StoreClock:
    """Callable: microseconds UTC by the store's clock, at most as late as its best answer took, never ahead of it.
    ``told`` has to be called before."""

    def __init__(self, steady: Callable[[], int] = steady) -> None:
        self.steady = steady
        self._ahead: int | None = None  # of the steady clock

    def __call__(self) -> int:
        return self.steady() + (self._ahead or 0)

    def told(self, at: int, asked: int, heard: int) -> None:
        """The store said that it was ``at``, after it was ``asked`` and before it was ``heard``, both by ``steady``."""
        least, most = at - heard, at - asked
        self._ahead = least if self._ahead is None else min(max(self._ahead, least), most)
