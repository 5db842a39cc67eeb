"""The newest rows of one journal in memory, and the bell that its tails wait for.

Tails stand at the head nearly always: they are served from here, without a query. One that is further behind than
``KEPT_ROWS`` reads the store until it has caught up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from waiting_room.journal.port import MAX_READ, Row

KEPT_ROWS = 4_096  # a second of the fastest journal; about 2 MB


class Feed:
    """Belongs to the event loop; rows are published in the order in which they were committed."""

    def __init__(self) -> None:
        self.changed = asyncio.Event()  # replaced at each publication: take it, look, then wait
        self._rows: list[Row] = []

    def publish(self, rows: Sequence[Row]) -> None:
        """Durable rows that follow those published before."""
        self._rows.extend(rows)
        if len(self._rows) > 2 * KEPT_ROWS:
            del self._rows[:-KEPT_ROWS]
        self.ring()

    def ring(self) -> None:
        """Wake every tail."""
        rung, self.changed = self.changed, asyncio.Event()
        rung.set()

    def since(self, offset: int) -> Sequence[Row] | None:
        """At most MAX_READ rows after the offset; None when the store must be asked."""
        if not self._rows or self._rows[0].offset > offset + 1:
            return None
        start = offset + 1 - self._rows[0].offset
        return self._rows[start : start + MAX_READ]
