"""Whether the store is there and takes what is written: what a gateway tells its pages."""

from __future__ import annotations

import asyncio


class Contact:
    """As the last exchange with the store found. A file of our own is there as long as we are. ``losses``: how often it
    went away; whoever has read all of the store since the last time knows what it holds."""

    def __init__(self) -> None:
        self._away = self._refusing = False
        self.losses = 0
        self.changed = asyncio.Event()  # replaced at each change: take it, look, then wait

    @property
    def lost(self) -> bool:
        """Whether nothing can be recorded now."""
        return self._away or self._refusing

    def found(self, *, lost: bool) -> None:
        """It answered, or it did not."""
        self._found(lost, self._refusing)

    def wrote(self, *, refused: bool) -> None:
        """It took something that was written, or it takes nothing at all: its disk is full, say, while it goes on
        reading. A read that is answered says nothing of this."""
        self._found(self._away, refused)

    def _found(self, away: bool, refusing: bool) -> None:
        was = self.lost
        self.losses += away and not self._away
        self._away, self._refusing = away, refusing
        if self.lost != was:
            rung, self.changed = self.changed, asyncio.Event()
            rung.set()
