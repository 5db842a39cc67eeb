"""Seals: a signature under where a journal stands, within a minute of its last entry."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from gateway.hall import Hall
from waiting_room.journal.port import JournalError
from waiting_room.policy import SECOND

if TYPE_CHECKING:
    from gateway.house import House

SEAL_LOOK = 10.0  # seconds between two looks at what is to be sealed
SEAL_WHEN_QUIET = 20 * SECOND  # after the last entry; with the look, within a minute of it
SEAL_TRIES = 50  # half a second in all for the chain to follow the state; it takes milliseconds
SEAL_PAUSE = 0.01  # seconds


class Sealing:
    """For one hall."""

    def __init__(self, house: House, hall: Hall) -> None:
        self.house, self.hall = house, hall

    async def keep_sealed(self) -> None:
        """Seal within a minute of the last entry, for ever."""
        since = self.house.now()
        while True:
            await asyncio.sleep(SEAL_LOOK)
            now, state = self.house.now(), self.hall.state
            if state.sealed == state.head or not self.house.duties.mine(self.hall.id):
                since = now
            elif now - state.at >= SEAL_WHEN_QUIET or now - since >= 2 * SEAL_WHEN_QUIET:
                await self.seal()
                since = now

    async def seal(self) -> None:
        """Sign where the journal stands, as soon as the chain has followed: on a busy event it is a moment behind."""
        with suppress(JournalError):
            for _ in range(SEAL_TRIES):
                sealed = await self.hall.seal(self.house.keys.record, on_duty=True)
                if sealed or self.hall.state.sealed == self.hall.state.head:
                    return
                await asyncio.sleep(SEAL_PAUSE)
