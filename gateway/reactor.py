"""Does what the journal asks for, and appends what came of it.

It opens sessions ahead of time and closes them, lapses admissions that nobody followed, finishes when ten seconds are
over, proposes absences, notes who is away, records our own outages and seals. Everything is decided from the state
(``plan.steps``), so a crash between a deed and its record is mended by asking again: keys and command ids are the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from gateway.agenda import Agenda
from gateway.hall import Hall
from gateway.plan import Step, held_back, steps
from gateway.problems import Problem
from providers.base import ProviderError, Retry, Room, RoomSpec
from waiting_room import commands as c
from waiting_room.entries import Stamped
from waiting_room.errors import Refused
from waiting_room.interview import Interview, Session
from waiting_room.journal.port import JournalError
from waiting_room.policy import SECOND
from waiting_room.punctuality import deadlines

if TYPE_CHECKING:
    from gateway.house import House

log = structlog.get_logger("genkan.reactor")

ACTOR = "reactor"
PRESENCE_LOOK = 2.0  # seconds between two looks at who has fallen silent
SEAL_LOOK = 10.0  # seconds between two looks at what is to be sealed
SEAL_WHEN_QUIET = 20 * SECOND  # after the last entry; with the look, within a minute of it
HEARTBEAT = 5.0  # seconds
GAP = 20 * SECOND  # an outage shorter than this is a restart: kept only where a deadline fell into it
SEAL_TRIES = 50  # half a second in all for the chain to follow the state; it takes milliseconds
SEAL_PAUSE = 0.01  # seconds
UNHEARD = 45 * SECOND  # after a start: seated, and no page has come back
HELD_BACK = 60 * SECOND  # until the causes of a held-back absence are looked at again, on the whole minute
AT_ONCE = 50  # provider requests under way for one event: 200 sessions move in four rounds


class Reactor:
    """For one hall."""

    def __init__(self, house: House, hall: Hall, agenda: Agenda) -> None:
        self.house, self.hall, self.agenda = house, hall, agenda
        self._failures: dict[str, int] = {}
        self._busy: set[str] = set()
        self._again: set[str] = set()
        self._rooms: dict[tuple[str, int], Room] = {}
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._started_at = house.now()
        hall.listeners.append(self._changed)
        hall.presence.listeners.append(self._presence)
        agenda.listeners.append(lambda due, _now: self.look_at(due))

    def look_at(self, interviews: Sequence[str]) -> None:
        """Do what is due for these. Each is looked at by one task at a time; for most there is nothing to do."""
        for interview in interviews:
            found = self.hall.state.interviews.get(interview)
            if interview in self._busy:
                self._again.add(interview)
            elif found is not None and any(True for _ in self._due(found)):
                self._busy.add(interview)
                self.house.tasks.start(self._work(interview), "reactor")

    def start(self) -> None:
        """Look at everything once: the state after a restart says what was under way."""
        self.look_at(tuple(self.hall.state.interviews))

    async def room_of(self, interview: Interview) -> Room:
        """The provider's room of the session that stands. Problem ``not_admitted`` when there is none."""
        session = interview.session
        if session is None or session.state != "open" or session.offset is None:
            raise Problem("not_admitted")
        return await self._recorded(interview.id, session)

    # --- looking ---------------------------------------------------------------------------------------------------

    def _changed(self, fresh: Sequence[Stamped]) -> None:
        state = self.hall.state
        rooms: set[str] = set()
        touched: list[str] = []
        for st in fresh:
            kind, _, name = st.stream.partition(":")
            if kind == "i":
                touched.append(name)
                rooms.add(state.interviews[name].room)
            elif kind == "r":
                rooms.add(name)
            elif getattr(st.entry, "kind", "") in ("provider_switched", "policy_changed", "provider_up"):
                touched.extend(state.interviews)
        upcoming = (state.next_of(room) for room in rooms)
        self.look_at(list(dict.fromkeys([*touched, *(i.id for i in upcoming if i is not None)])))

    async def _work(self, interview: str) -> None:
        try:
            while await self._round(interview):
                pass
        finally:
            self._busy.discard(interview)
            if interview in self._again:
                self._again.discard(interview)
                self.look_at([interview])

    async def _round(self, interview: str) -> bool:
        """One step that is due, if there is one."""
        found = self.hall.state.interviews[interview]
        for step in self._due(found):
            if await self._do(step, found):
                return True
        return False

    def _due(self, interview: Interview) -> Iterator[Step]:
        """What is to be done now. What is not due yet is put on the agenda."""
        now = self.house.now()
        for step in steps(self.hall.state, interview, now, self._failures.get(interview.id, 0)):
            if (at := self._not_before(step)) > now:
                self.agenda.remind(interview.id, at)
            else:
                yield step

    def _not_before(self, step: Step) -> int:
        """An admission that was under way when we came back has its whole wait again: nobody could follow it while we
        were away, and who is in the call already is not known at once."""
        if step.what == "lapse" and step.code == "no_arrival":
            return max(step.at, self._started_at + self.hall.state.policy.arrival_wait * SECOND)
        return step.at

    async def _do(self, step: Step, interview: Interview) -> bool:
        """Whether it changed anything. What the core refuses has been overtaken."""
        with suppress(Refused):
            match step.what:
                case "request":
                    return await self._request(interview)
                case "open" if step.session is not None:
                    return await self._open(interview, step.session)
                case "close" if step.session is not None:
                    return await self._close(interview, step.session)
                case "lapse":
                    command: c.Command = c.LapseAdmission(interview.id, interview.admission, step.code)
                    return await self._ask(command, f"lapse:{interview.id}:{interview.admission}")
                case "finish":
                    command = c.Finish(interview.id)
                    return await self._ask(command, f"finish:{interview.id}:{interview.closing_until}")
                case "propose":
                    return await self._propose(interview)
                case _:
                    return False
        return False

    async def _ask(self, command: c.Command, command_id: str) -> bool:
        done = await self.hall.execute(command, actor=ACTOR, command_id=f"reactor:{command_id}")
        return bool(done.stamped) and not done.repeated

    async def _propose(self, interview: Interview) -> bool:
        here = self._panel_here(interview.room)
        causes = held_back(self.hall.state, interview, self.house.now(), panel_here=here)
        if {"interviewers_absent", "provider_down"} & set(causes):  # these pass; a gap of our own stays one
            self.agenda.remind(interview.id, (self.house.now() // HELD_BACK + 1) * HELD_BACK)
        if interview.overdue_at is not None and causes == interview.held_back:
            return False
        name = f"absence:{interview.id}:{self.hall.state.version(interview.stream)}"  # anew after a withdrawal
        if not await self._ask(c.ProposeAbsence(interview.id, causes), name):
            return False
        if self.hall.state.policy.absent_automatic and not causes:
            await self._ask(c.ConfirmAbsence(interview.id), f"absent:{name}")
        return True

    def _panel_here(self, room: str) -> bool:
        return any(
            self.hall.presence.of(f"staff:{member.id}").state == "here"
            for member in self.hall.state.staff.values()
            if not member.revoked and member.sees(room)
        )

    # --- sessions --------------------------------------------------------------------------------------------------

    async def _request(self, interview: Interview) -> bool:
        """Intent before outcome: the key is in the journal before the provider hears of it."""
        generation = interview.session.generation + 1 if interview.session is not None else 1
        provider = self.hall.state.provider_for(interview.stream)
        if provider not in self.house.providers:
            return False
        key = f"{self.hall.id}:{interview.id}:{generation}"
        return await self._ask(c.OpenSession(interview.id, key, provider), f"session:{key}")

    async def _open(self, interview: Interview, session: Session) -> bool:
        try:
            async with self._slots:
                room = await self.house.providers[session.provider].open_room(
                    self._spec(interview, session), key=session.key
                )
        except ProviderError as error:
            return await self._fell(interview, session, error)
        self._failures.pop(interview.id, None)
        self._rooms[(interview.id, session.generation)] = room
        command = c.SessionCameUp(interview.id, session.provider, session.generation, {"room": asdict(room)})
        return await self._ask(command, f"up:{session.key}")

    async def _fell(self, interview: Interview, session: Session, error: ProviderError) -> bool:
        retry = isinstance(error, Retry)
        self._failures[interview.id] = self._failures.get(interview.id, 0) + 1
        log.warning("session_failed", event_id=self.hall.id, provider=session.provider, code=error.code, retry=retry)
        command = c.SessionFell(interview.id, session.provider, session.generation, error.code, retry)
        return await self._ask(command, f"fell:{session.key}")

    async def _close(self, interview: Interview, session: Session) -> bool:
        """A session that cannot be closed now is tried again when the interview is looked at again."""
        try:
            room = await self._recorded(interview.id, session)
            async with self._slots:
                await self.house.providers[session.provider].close_room(room)
        except (ProviderError, Problem) as error:
            log.warning("session_not_closed", event_id=self.hall.id, provider=session.provider, code=error.code)
            self.agenda.remind(interview.id, self.house.now() + 30 * SECOND)
            return False
        self._rooms.pop((interview.id, session.generation), None)
        command = c.CloseSession(interview.id, session.provider, session.generation)
        return await self._ask(command, f"close:{session.key}")

    async def _recorded(self, interview: str, session: Session) -> Room:
        key = (interview, session.generation)
        if key not in self._rooms:
            payloads = await self.house.book.private(self.hall.id, [session.offset or 0])
            stored: dict[str, Any] | None = payloads.get(session.offset or 0, {}).get("room")
            if stored is None:
                raise Problem("purged")
            self._rooms[key] = Room(**stored)
        return self._rooms[key]

    def _spec(self, interview: Interview, session: Session) -> RoomSpec:
        title = self.hall.people.settings.get("title", "")
        return RoomSpec(
            event=self.hall.id,
            room=interview.room,
            interview=interview.id,
            generation=session.generation,
            title=title if isinstance(title, str) else str(title.get("ja", "")),
            starts_at=interview.starts_at,
            ends_at=interview.ends_at,
        )

    # --- presence --------------------------------------------------------------------------------------------------

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
        self.house.tasks.start(self._note_presence(interview, away_since), "presence")

    async def _note_presence(self, interview: str, away_since: int | None) -> None:
        name = f"away:{away_since}" if away_since is not None else f"back:{self.house.now()}"
        with suppress(Refused, JournalError):
            await self._ask(c.NotePresence(interview, away_since), f"{interview}:{name}")

    async def watch_presence(self) -> None:
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

    # --- seals -----------------------------------------------------------------------------------------------------

    async def keep_sealed(self) -> None:
        """Seal within a minute of the last entry, for ever."""
        since = self.house.now()
        while True:
            await asyncio.sleep(SEAL_LOOK)
            now, state = self.house.now(), self.hall.state
            if state.sealed == state.head:
                since = now
            elif now - state.at >= SEAL_WHEN_QUIET or now - since >= 2 * SEAL_WHEN_QUIET:
                await self.seal()
                since = now

    async def seal(self) -> None:
        """Sign where the journal stands, as soon as the chain has followed: on a busy event it is a moment behind."""
        with suppress(JournalError):
            for _ in range(SEAL_TRIES):
                if await self.hall.seal(self.house.keys.record) or self.hall.state.sealed == self.hall.state.head:
                    return
                await asyncio.sleep(SEAL_PAUSE)


# --- our own outages -----------------------------------------------------------------------------------------------


class Heartbeat:
    """A file that says when we were last there. Read at the start: a gap in our service excuses the candidate."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._path: Path = house.settings.run_dir / "heartbeat"

    async def record_gap(self) -> None:
        """Into the journal of every event that was open meanwhile."""
        last, now = self._last(), self._house.now()
        if last is None or now <= last:
            return
        for hall in self._house.halls:
            if (now - last > GAP and touches(hall, last, now)) or cuts(hall, last, now):
                await hall.execute(c.RecordGap(last, now), actor=ACTOR, command_id=f"reactor:gap:{last}:{now}")

    async def run(self) -> None:
        """Write, for ever."""
        while True:
            self.beat()
            await asyncio.sleep(HEARTBEAT)

    def beat(self) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self._path.with_suffix(".new")
        draft.touch(mode=0o600)
        draft.write_text(str(self._house.now()))
        draft.replace(self._path)

    def _last(self) -> int | None:
        try:
            return int(self._path.read_text())
        except (OSError, ValueError):
            return None


def cuts(hall: Hall, from_at: int, to_at: int) -> bool:
    """Whether somebody who had not arrived had a deadline in this time: however short, it excuses."""
    missing = [i for i in hall.state.interviews.values() if i.arrival is None and not i.over]
    due = (deadlines(i, hall.state.policy, hall.state.pauses_of(i)) for i in missing)
    return any(from_at <= at <= to_at for d in due for at in (d.arrive_by, d.late_after))


def touches(hall: Hall, from_at: int, to_at: int) -> bool:
    """Whether somebody may have wanted in during this time."""
    before = hall.state.policy.opens_before * SECOND
    return any(i.starts_at - before <= to_at and i.ends_at >= from_at for i in hall.state.interviews.values())
