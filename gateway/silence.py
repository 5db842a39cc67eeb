"""Who has fallen silent, and who is back: the part of presence that is worth an entry."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from gateway.hall import Hall
from waiting_room import commands as c
from waiting_room.errors import Refused
from waiting_room.interview import Interview
from waiting_room.journal.port import JournalError
from waiting_room.policy import SECOND

if TYPE_CHECKING:
    from gateway.house import House

ACTOR = "reactor"
PRESENCE_LOOK = 2.0  # seconds between two looks at who has fallen silent
UNHEARD = 45 * SECOND  # after a start: seated, and no page has come back


class Silence:
    """For one hall."""

    def __init__(self, house: House, hall: Hall) -> None:
        self.house, self.hall = house, hall
        self._started_at = house.now()
        hall.presence.listeners.append(self._presence)

    def _presence(self, subject: str) -> None:
        role, _, interview = subject.partition(":")
        if role != "candidate" or interview not in self.hall.state.interviews:
            return
        seen = self.hall.presence.of(subject)
        known = self.hall.state.interviews[interview]
        if seen.state == "away" and known.away_since is None:
            self._note(interview, seen.seen_at)
        elif seen.state == "here" and known.away_since is not None:
            self._note(interview, None)

    def _note(self, interview: str, away_since: int | None) -> None:
        if self.house.duties.mine(self.hall.id):
            self.house.tasks.start(self._note_presence(interview, away_since), "presence")

    async def _note_presence(self, interview: str, away_since: int | None) -> None:
        name = f"away:{away_since}" if away_since is not None else f"back:{self.house.now()}"
        with suppress(Refused, JournalError):
            command_id = f"reactor:{interview}:{name}"
            command = c.NotePresence(interview, away_since)
            await self.hall.execute(command, actor=ACTOR, command_id=command_id, on_duty=True)

    def review(self) -> None:
        """Look at everybody once: what changed while nobody had this work was not noted."""
        for interview in tuple(self.hall.state.interviews):
            self._presence(f"candidate:{interview}")

    async def watch(self) -> None:
        """Let time pass, for ever. Whoever was seated before a start and has not come back is away since then."""
        unheard = True
        while True:
            await asyncio.sleep(PRESENCE_LOOK)
            now = self.house.now()
            self.hall.presence.settle(now)
            if unheard and now - self._started_at > UNHEARD:
                unheard = False
                for interview in tuple(self.hall.state.interviews.values()):
                    if interview.phase == "waiting" and self._never_heard(interview) and interview.away_since is None:
                        self._note(interview.id, self._started_at)

    def _never_heard(self, interview: Interview) -> bool:
        arrived_before = interview.arrival is not None and interview.arrival.at < self._started_at
        return arrived_before and self.hall.presence.of(f"candidate:{interview.id}").state == "never"
