"""Sessions that stand at a provider and that nobody knows any more: found and closed.

A crash between a request and its record, an answer that came after we had given up, a second gateway that was slower:
each leaves one. Whatever the journals know, or may still come to know, is left alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING

import structlog

from gateway.hall import Hall
from gateway.problems import Problem
from gateway.sessions import sessions_of
from providers.base import ProviderError, Sweeps
from waiting_room.journal.port import JournalError

if TYPE_CHECKING:
    from gateway.house import House

log = structlog.get_logger("genkan.sweeping")

EVERY = 600.0  # seconds: an orphan holds a host's time, and is an hour old before it is one
MOST = 20  # closed in one sweep: a mistake of ours would not empty a tenant before somebody sees the log


class Sweeping:
    """Of all providers of this gateway."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def run(self) -> None:
        """Now and every ten minutes, for ever."""
        while True:
            for name in tuple(self._house.providers) if self._house.duties.mine() else ():
                await self.sweep(name)
            await asyncio.sleep(EVERY)

    async def sweep(self, name: str) -> int:
        """How many were closed. One that cannot be asked or closed is left for the next time."""
        provider = self._house.providers[name]
        if not isinstance(provider, Sweeps):
            return 0
        halls = [hall for hall in self._house.halls if hall.state.created and hall.state.readable]
        closed = 0
        try:
            for hall in halls:
                await hall.catch_up()
            standing = {room for owner, room in await self._house.sessions.standing(halls) if owner == name}
            keys = {key for hall in halls for key in _keys(hall)}
            with self._house.health.asking(name, "sweep"):
                orphans = await provider.orphans(standing, keys=keys, events=[hall.id for hall in halls])
            for room in orphans[:MOST]:
                log.warning("orphan_closed", provider=name, room=room.id)
                await provider.close_room(room)
                closed += 1
        except (ProviderError, Problem, JournalError) as error:
            log.warning("sweep_ended_early", provider=name, error=type(error).__name__)
        return closed


def _keys(hall: Hall) -> Iterator[str]:
    """Of sessions that were asked for and may still come up, here or for another gateway."""
    for interview in hall.state.interviews.values():
        for session in sessions_of(interview):
            if session.state == "requested":
                yield session.key
