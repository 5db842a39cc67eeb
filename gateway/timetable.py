"""What is still to be held with each provider whose means are limited, told to it: when the gateway starts, and
whenever a timetable or a choice of provider has changed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import structlog

from gateway.hall import Hall
from providers.base import Planned, Plans
from waiting_room.entries import Stamped
from waiting_room.journal.port import JournalError

if TYPE_CHECKING:
    from gateway.house import House

log = structlog.get_logger("genkan.timetable")

QUIET = 0.5  # seconds in which changes come together: an import is one batch, a switch of rooms a few
# What changes who is to be held, when, or with whom. An interview that is over by its end has had its session: what it
# leaves free is seen when the next change comes.
CHANGES = frozenset(
    {
        "event_created", "scheduled", "rescheduled", "moved", "cancelled", "lapsed", "reopened", "absence_confirmed",
        "absence_withdrawn", "provider_switched",
    }
)  # fmt: skip


class Timetable:
    """Of all halls of this gateway."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._changed = asyncio.Event()

    def open(self, hall: Hall) -> None:
        """Plan for this hall too."""
        hall.listeners.append(self._take)
        self._changed.set()

    async def run(self) -> None:
        """Keep the providers told, for ever."""
        await self.remember()
        while True:
            await self._changed.wait()
            await asyncio.sleep(QUIET)
            self._changed.clear()
            self.plan()

    async def remember(self) -> None:
        """Tell what was opened before this start: a day's quota is counted from it."""
        try:
            rooms = await self._house.sessions.read()
        except JournalError as error:
            log.warning("sessions_not_read", error=type(error).__name__)
            return
        for name, provider in self._planning():
            provider.remember([(room, at) for room, at in rooms if room.provider == name])

    def plan(self) -> None:
        """Tell each what is to come, as it is now."""
        now = self._house.now()
        for name, provider in self._planning():
            slots = [slot for hall in self._house.halls for slot in planned(hall, name, now)]
            provider.plan(sorted(slots, key=lambda slot: (slot.starts_at, slot.event, slot.interview)))

    def _planning(self) -> Iterator[tuple[str, Plans]]:
        for name in self._house.providers:
            provider = self._house.providers[name]
            if isinstance(provider, Plans):
                yield name, provider

    def _take(self, fresh: Sequence[Stamped]) -> None:
        if not fresh or any(getattr(st.entry, "kind", "") in CHANGES for st in fresh):
            self._changed.set()


def planned(hall: Hall, provider: str, now: int) -> Iterator[Planned]:
    """The slots of this event that are still to be held with ``provider``. An interview that is in the room beyond its
    time is still held."""
    for interview in hall.state.interviews.values():
        wanted = interview.room and not interview.over and (interview.ends_at > now or interview.in_room)
        if wanted and hall.state.provider_for(interview.stream) == provider:
            yield Planned(hall.id, interview.room, interview.id, interview.starts_at, interview.ends_at)
