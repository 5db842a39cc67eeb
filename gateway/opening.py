"""Sessions of one hall: asked for, opened, closed, as ``plan`` says.

Intent goes before outcome: the key of a session is in the journal before the provider hears of it, so whoever comes
after a crash asks with the same key. What a provider takes its time for goes on by itself, so that neither an
interview's other steps nor a second provider wait for one that does not answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import structlog

from gateway.agenda import Agenda
from gateway.hall import Hall
from gateway.plan import STANDING, Step
from gateway.problems import Problem
from gateway.sessions import sessions_of
from providers.base import ProviderError, Retry, Room, RoomSpec
from waiting_room import commands as c
from waiting_room.errors import Refused
from waiting_room.interview import Interview, Session
from waiting_room.journal.port import JournalError
from waiting_room.policy import SECOND

if TYPE_CHECKING:
    from gateway.house import House

log = structlog.get_logger("genkan.opening")

ACTOR = "reactor"
AT_ONCE = 50  # requests under way for one event and provider: 200 sessions move in four rounds
CLOSE_AGAIN = 30 * SECOND  # after a session that could not be closed
RECORD_AGAIN = 5 * SECOND  # after the journal could not be written, or was written by somebody else

Look = Callable[[Sequence[str]], None]


class Opening:
    """``look``: look at these interviews again."""

    def __init__(self, house: House, hall: Hall, agenda: Agenda, look: Look) -> None:
        self.house, self.hall, self.agenda, self._look = house, hall, agenda, look
        self._failures: dict[tuple[str, str], int] = {}  # interview and provider -> in a row
        self._under_way: dict[tuple[str, int], asyncio.Task[None]] = {}  # by interview and generation
        self._slots: dict[str, asyncio.Semaphore] = {}

    def failures(self, interview: Interview) -> int:
        """Sessions in a row that the provider in use did not bring up."""
        return self._failures.get((interview.id, self.hall.state.provider_for(interview.stream)), 0)

    async def do(self, step: Step, interview: Interview) -> bool:
        """Whether the journal has changed by now. Opening and closing tell by their entries. Refused."""
        session = step.session
        if step.what == "request":
            return await self._request(interview)
        if session is not None and step.what == "drop":
            command = c.CloseSession(interview.id, session.provider, session.generation)
            return await self._ask(command, f"close:{session.key}")
        if session is not None and (interview.id, session.generation) not in self._under_way:
            taking = self.house.tasks.start(self._take_time(step, interview, session), f"session:{step.what}")
            self._under_way[interview.id, session.generation] = taking
        return False

    async def _take_time(self, step: Step, interview: Interview, session: Session) -> None:
        wait = 0
        try:
            wait = await (self._open if step.what == "open" else self._close)(interview, session)
        except Refused:
            wait = RECORD_AGAIN  # overtaken
        except JournalError as error:
            log.warning("session_not_recorded", event_id=self.hall.id, error=type(error).__name__)
            wait = RECORD_AGAIN
        finally:
            self._under_way.pop((interview.id, session.generation), None)
        if wait:
            self.agenda.remind(interview.id, self.house.now() + wait)
        else:
            self._look([interview.id])

    # --- opening ---------------------------------------------------------------------------------------------------

    async def _request(self, interview: Interview) -> bool:
        generation = interview.session.generation + 1 if interview.session is not None else 1
        provider = self.hall.state.provider_for(interview.stream)
        if provider not in self.house.providers:
            return False
        key = f"{self.hall.id}:{interview.id}:{generation}"
        return await self._ask(c.OpenSession(interview.id, key, provider), f"session:{key}")

    async def _open(self, interview: Interview, session: Session) -> int:
        """Microseconds until the interview is to be looked at again."""
        provider = session.provider
        try:
            async with self._slot(provider):
                with self.house.health.asking(provider, "open"):
                    spec = spec_of(self.hall, interview, session)
                    room = await self.house.providers[provider].open_room(spec, key=session.key)
        except ProviderError as error:
            return await self._fell(interview, session, error)
        self._failures.pop((interview.id, provider), None)
        await self._record(interview, session, room)
        return 0

    async def _record(self, interview: Interview, session: Session, room: Room) -> None:
        """A room that nobody waits for any more, or that is not the one which is recorded, is closed by its own id."""
        self.house.sessions.keep(self.hall.id, interview.id, room)
        for setting in _differing(room):
            alarm = c.RaiseAlarm(interview.id, session.provider, session.generation, "settings", setting)
            await self._ask(alarm, f"alarm:{session.key}:{setting}")
        command = c.SessionCameUp(interview.id, session.provider, session.generation, {"room": asdict(room)})
        try:
            first = await self._ask(command, f"up:{session.key}")
        except Refused:
            await self._give_up(interview.id, session, room)
            raise
        if not first:
            await self._yield(interview.id, session, room)

    async def _yield(self, interview: str, session: Session, room: Room) -> None:
        """It was recorded before: by another gateway, or by this one before a crash. What is recorded stands. Ours is
        another room where theirs was closed again while we were still opening."""
        await self.hall.catch_up()
        known = [s for s in sessions_of(self.hall.state.interviews[interview]) if s.generation == session.generation]
        stands = [await self.house.sessions.reread(self.hall, interview, s) for s in known if s.state == "open"]
        if room.id not in [recorded.id for recorded in stands]:
            await self._give_up(interview, session, room)

    async def _give_up(self, interview: str, session: Session, room: Room) -> None:
        """Where no session of ours is in it. One that cannot be closed now is left to the sweep."""
        log.info("session_unwanted", event_id=self.hall.id, provider=session.provider, room=room.id)
        try:
            await self._end(interview, session, room)
        except (ProviderError, Problem) as error:
            log.warning("session_not_closed", event_id=self.hall.id, provider=session.provider, code=error.code)

    async def _fell(self, interview: Interview, session: Session, error: ProviderError) -> int:
        retry, whose = isinstance(error, Retry), (interview.id, session.provider)
        self._failures[whose] = self._failures.get(whose, 0) + 1
        log.warning("session_failed", event_id=self.hall.id, provider=session.provider, code=error.code, retry=retry)
        command = c.SessionFell(interview.id, session.provider, session.generation, error.code, retry)
        await self._ask(command, f"fell:{session.key}")
        return 0

    # --- closing ---------------------------------------------------------------------------------------------------

    async def _close(self, interview: Interview, session: Session) -> int:
        """As ``_open``: a session that cannot be closed now is tried again after a while."""
        try:
            room = await self.house.sessions.room(self.hall, interview.id, session)
            await self._end(interview.id, session, room)
        except (ProviderError, Problem) as error:
            log.warning("session_not_closed", event_id=self.hall.id, provider=session.provider, code=error.code)
            return CLOSE_AGAIN
        command = c.CloseSession(interview.id, session.provider, session.generation)
        await self._ask(command, f"close:{session.key}")
        return 0

    async def _end(self, interview: str, session: Session, room: Room) -> None:
        """A call of the built-in room, or a live room that was issued, carries every generation of its interview: it
        goes on while one of them stands."""
        if not await self._is_shared(interview, session, room):
            async with self._slot(session.provider):
                with self.house.health.asking(session.provider, "close"):
                    await self.house.providers[session.provider].close_room(room)

    async def _is_shared(self, interview: str, session: Session, room: Room) -> bool:
        for other in sessions_of(self.hall.state.interviews[interview]):
            mine = other.generation == session.generation or other.provider != session.provider
            if not mine and other.state in STANDING and other.offset is not None:
                found = await self.house.sessions.room(self.hall, interview, other)
                if found.id == room.id:
                    return True
        return False

    # --- parts -----------------------------------------------------------------------------------------------------

    def _slot(self, provider: str) -> asyncio.Semaphore:
        return self._slots.setdefault(provider, asyncio.Semaphore(AT_ONCE))

    async def _ask(self, command: c.Command, command_id: str) -> bool:
        done = await self.hall.execute(command, actor=ACTOR, command_id=f"reactor:{command_id}", on_duty=True)
        return bool(done.stamped) and not done.repeated


async def room_now(house: House, hall: Hall, interview: Interview, session: Session) -> Room:
    """The room of a session that is open. Links that were issued beforehand may have been imported anew since: their
    provider is asked again, which costs nothing. Problem ``no_such_session``, ``purged``; ProviderError."""
    provider = house.providers[session.provider]
    if provider.abilities.issued:
        return await provider.open_room(spec_of(hall, interview, session), key=session.key)
    return await house.sessions.room(hall, interview.id, session)


def spec_of(hall: Hall, interview: Interview, session: Session) -> RoomSpec:
    title = hall.people.settings.get("title", "")
    return RoomSpec(
        event=hall.id,
        room=interview.room,
        interview=interview.id,
        generation=session.generation,
        title=title if isinstance(title, str) else str(title.get("ja", "")),
        starts_at=interview.starts_at,
        ends_at=interview.ends_at,
    )


def _differing(room: Room) -> list[str]:
    """Settings that the far side has not taken, as the adapter read them back."""
    found = room.details.get("alarm")
    listed = found if isinstance(found, (list, tuple)) else ()
    return [str(one["setting"]) for one in listed if isinstance(one, Mapping) and "setting" in one]
