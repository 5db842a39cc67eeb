"""Following journals in Redis: one blocking read for each event that is tailed, whoever and however many tail it.

A ``Follower`` reads on from where it stands with XREAD and publishes to the event's ``Feed``. Entries count from 1
without gaps and are never changed, so the offset is all that it needs to go on after a cut. Before it believes a new
connection, and whenever nothing came for BLOCK_SECONDS, it reads the epoch and the entry at its head again
(``next_rows``): a journal that was emptied, restored or forked ends every tail with EpochChanged.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress

from waiting_room.journal.feed import Feed
from waiting_room.journal.port import (
    MAX_READ,
    EpochChanged,
    JournalError,
    NoSuchJournal,
    Position,
    Row,
    Unavailable,
)
from waiting_room.journal.redis_line import Ask, Line, NotDurable, packed, whole
from waiting_room.journal.redis_rows import Place, keys_of, next_rows, row_of, transaction

BLOCK_SECONDS = 2.0  # so long at most does a journal that was replaced under an open connection go unnoticed
RETRY_SECONDS = 0.1  # between attempts to reach a store that is away: a restart is over in about a second

_AWAY = (Unavailable, NotDurable)


class Follower:
    """One event's reader, as long as anybody tails it. ``failure``: why it gave up, once it has."""

    def __init__(self, line: Line, event: str, epoch: str) -> None:
        self.feed = Feed()
        self.failure: JournalError | None = None
        self.readers = 0
        self._line, self._event, self._epoch = line, event, epoch
        self._place: Place | None = None
        self._task = asyncio.get_running_loop().create_task(self._run(), name="journal-follower")

    async def close(self) -> None:
        """Tails are woken, to find that it has ended."""
        self._task.cancel()
        await asyncio.wait([self._task])
        self.feed.ring()
        await self._line.close()

    async def _run(self) -> None:
        while self.failure is None:
            try:
                await self._follow()
            except _AWAY:
                await asyncio.sleep(RETRY_SECONDS)
            except JournalError as error:
                self.failure = _gone(error, self._event)
                self.feed.ring()

    async def _follow(self) -> None:
        """Until nothing has come for a while, or the connection is cut (Unavailable)."""
        if self._place is None:
            self._place = await self._head()
            self.feed.ring()  # whoever has read up to an older head than this one reads on
        while rows := await next_rows(self._line.ask, self._event, self._place):
            self._publish(self._place, rows)
        while rows := await self._wait_for_more(self._place):
            self._publish(self._place, rows)

    def _publish(self, place: Place, rows: Sequence[Row]) -> None:
        place.go_on(rows)
        self.feed.publish(rows)

    async def _head(self) -> Place:
        keys = keys_of(self._event)
        meta = packed("HMGET", keys.meta, "epoch", "offset")
        (epoch, offset), last = await transaction(
            self._line.ask, meta, packed("XREVRANGE", keys.log, "+", "-", "COUNT", 1)
        )
        if epoch != self._epoch.encode():
            raise EpochChanged(self._event)
        return Place(self._epoch, int(offset or 0), row_of(last[0]) if last else None)

    async def _wait_for_more(self, place: Place) -> Sequence[Row]:
        """What comes next on this connection; nothing after a while, or when it does not follow on."""
        key, after = keys_of(self._event).log, f"{place.offset}-0"
        block = packed("XREAD", "BLOCK", int(BLOCK_SECONDS * 1_000), "COUNT", MAX_READ, "STREAMS", key, after)
        (found,) = whole(await self._line.ask(block, resend=False, longer=BLOCK_SECONDS))
        rows = [row_of(entry) for entry in found[0][1]] if found else []
        return rows if rows and rows[0].offset == place.offset + 1 else []


class Followers:
    """The followers of one process."""

    def __init__(self, ask: Ask, new: Callable[[], Line]) -> None:
        self._ask, self._new = ask, new
        self._running: dict[tuple[str, str], Follower] = {}  # by event and epoch
        self._closed = False

    async def tail(self, event: str, after: Position) -> AsyncIterator[Sequence[Row]]:
        """As the port promises. Cuts, restarts and a server that is loading are waited out once the first page was
        read; the first one may raise Unavailable."""
        place = Place(after.epoch, after.offset)
        rows = await next_rows(self._ask, event, place)
        follower = self._join(event, after.epoch)
        try:
            while True:
                if rows:
                    place.go_on(rows)
                    yield rows
                changed = follower.feed.changed  # taken before looking: what is published from here on rings it
                kept = follower.feed.since(place.offset)
                rows = kept if kept is not None else await self._reach(event, place, follower)
                self._check(follower)
                if not rows:
                    await changed.wait()
        finally:
            await self._leave(event, after.epoch, follower)

    async def close(self) -> None:
        """Every tail ends with Unavailable. Idempotent."""
        self._closed = True
        for follower in list(self._running.values()):
            await follower.close()
        self._running.clear()

    async def _reach(self, event: str, place: Place, follower: Follower) -> Sequence[Row]:
        """The next rows from the store itself, however long it is away."""
        while True:
            self._check(follower)
            with suppress(*_AWAY):
                try:
                    return await next_rows(self._ask, event, place)
                except NoSuchJournal as error:
                    raise _gone(error, event) from error
            await asyncio.sleep(RETRY_SECONDS)

    def _check(self, follower: Follower) -> None:
        if self._closed:
            raise Unavailable("the journal is closed")
        if follower.failure is not None:
            raise EpochChanged(*follower.failure.args)

    def _join(self, event: str, epoch: str) -> Follower:
        follower = self._running.get((event, epoch))
        if follower is None or follower.failure is not None:
            follower = self._running[event, epoch] = Follower(self._new(), event, epoch)
        follower.readers += 1
        return follower

    async def _leave(self, event: str, epoch: str, follower: Follower) -> None:
        follower.readers -= 1
        if follower.readers == 0:
            if self._running.get((event, epoch)) is follower:
                del self._running[event, epoch]
            await follower.close()


def _gone(error: JournalError, event: str) -> JournalError:
    return error if isinstance(error, EpochChanged) else EpochChanged(f"{event}: {error}")
