"""Whether the store is there: what a gateway tells its pages."""

from __future__ import annotations

import asyncio


class Contact:
    """As the last exchange with the store found. A file of our own is there as long as we are."""

    def __init__(self) -> None:
        self.lost = False
        self.changed = asyncio.Event()  # replaced at each change: take it, look, then wait

    def found(self, *, lost: bool) -> None:
        if lost != self.lost:
            self.lost = lost
            rung, self.changed = self.changed, asyncio.Event()
            rung.set()
