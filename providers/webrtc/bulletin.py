"""What happened in the calls, for whoever listens: a bounded ring of numbered lines."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

# A hall of 200 people joining and leaving once a minute fills this in 10 minutes; a listener that was away for longer
# gets a snapshot instead.
KEPT = 4096


class Bulletin:
    """Numbers start at 1 with each worker, so they mean something only together with its ``boot`` id."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._lines: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._changed = asyncio.Event()
        self.newest = 0

    def post(self, kind: str, call: str, sub: str, epoch: int, **more: Any) -> None:
        """Add a line, stamped with the clock (µs since 1970)."""
        self.newest += 1
        line = {"seq": self.newest, "kind": kind, "call": call, "sub": sub, "epoch": epoch, "at": self._clock()}
        self._lines.append(line | more)
        self.wake()

    def wake(self) -> None:
        """Let everybody who waits look again."""
        self._changed.set()
        self._changed = asyncio.Event()

    def since(self, number: int) -> list[dict[str, Any]] | None:
        """The lines after ``number``; None if some are gone or were never written: a snapshot is needed."""
        oldest = self.newest - len(self._lines)
        if not oldest <= number <= self.newest:
            return None
        return [line for line in self._lines if line["seq"] > number]

    async def change(self) -> None:
        """Wait for the next line, or to be woken."""
        await self._changed.wait()
