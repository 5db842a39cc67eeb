"""Tickets of providers that redirect, ready before they are needed: an admission never waits for a vendor.

For whoever is in a room or would be let in next, the way to the provider is asked for as soon as their session stands.
It is kept in memory only (two interviews a room), for this person on this device by this invite and under this name:
whatever of these changes, it is dropped. It is given out by the command ``ticket`` and by nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import structlog

from gateway.hall import Hall
from gateway.opening import room_now
from gateway.party import arrived, person_of, shown_as
from gateway.problems import Problem
from providers.base import ProviderError, Redirect, Ticket
from waiting_room.entries import LinkRegistered, Stamped
from waiting_room.interview import CANDIDATE, Interview, Session
from waiting_room.journal.port import JournalError
from waiting_room.policy import SECOND

if TYPE_CHECKING:
    from gateway.house import House

log = structlog.get_logger("genkan.tickets")

FOR_EVER = 2**62  # microseconds UTC: of a ticket that does not expire
TOUCHES_ALL = frozenset({"provider_switched", "policy_changed"})
LOOK = 15.0  # seconds between two looks at what expires
FRESH = 180 * SECOND  # a ticket that ends sooner is asked for anew: an app that is started first takes minutes
AGAIN = 30 * SECOND  # after a provider that did not give one ahead of time


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom a ticket is for, and by what it was asked for. ``device``: the browser session that has the seat."""

    room: str
    interview: str
    generation: int
    person: str
    admission: int
    epoch: int
    device: str | None
    issue: int
    shown_as: str


@dataclass(frozen=True, slots=True)
class Ready:
    """``ticket`` None: it was not to be had, and is asked for again at ``again_at`` (microseconds UTC)."""

    ticket: Redirect | None
    again_at: int


class Tickets:
    """For one hall."""

    def __init__(self, house: House, hall: Hall) -> None:
        self.house, self.hall = house, hall
        self._held: dict[str, dict[Holder, Ready]] = {}  # by room
        self._asking: dict[Holder, asyncio.Task[Ticket | ProviderError | Problem]] = {}
        hall.listeners.append(self._changed)

    async def of(self, interview: Interview, session: Session, person: str) -> Ticket:
        """This person's ticket of a session that is open: the one that is ready, else asked for now. ProviderError,
        Problem ``purged``."""
        holder = self._holder(interview, session, person)
        ready = self._ready(holder)
        if ready is not None and ready.ticket is not None:
            return ready.ticket
        made = await asyncio.shield(self._ask(holder, session))
        if isinstance(made, Exception):
            raise made
        return made

    def prepare(self, rooms: Iterable[str]) -> None:
        """Ask for what will be needed in these rooms, and forget what nobody there may use any more."""
        for room in rooms:
            wanted = dict(self._wanted(room))
            held = self._held.setdefault(room, {})
            for holder in [holder for holder in held if holder not in wanted]:
                del held[holder]
            for holder, session in wanted.items():
                if self._ready(holder) is None:
                    self._ask(holder, session)

    async def keep_fresh(self) -> None:
        """Replace what expires, for ever."""
        while True:
            self.prepare(self.hall.state.rooms)
            await asyncio.sleep(LOOK)

    # --- who ---------------------------------------------------------------------------------------------------------

    def _wanted(self, room: str) -> Iterator[tuple[Holder, Session]]:
        """Who is in this room, and who would be next."""
        state = self.hall.state
        occupant = state.interviews.get(state.rooms[room].taken_by or "")
        for interview in (occupant, state.next_of(room)):
            session = session_ahead(self.hall, interview) if interview is not None else None
            if interview is not None and session is not None and self._redirects(session.provider):
                for person in arrived(interview):
                    yield self._holder(interview, session, person), session

    def _redirects(self, provider: str) -> bool:
        known = self.house.providers
        return provider in known and not known[provider].abilities.embedded

    def _holder(self, interview: Interview, session: Session, person: str) -> Holder:
        candidate = person == CANDIDATE
        return Holder(
            room=interview.room,
            interview=interview.id,
            generation=session.generation,
            person=person,
            admission=interview.admission + (not interview.in_room),  # of one who waits: the next
            epoch=interview.device_epoch if candidate else 0,
            device=interview.holder if candidate else interview.companion(person).sid,
            issue=interview.issue(person),
            shown_as=shown_as(self.hall, interview, person),
        )

    # --- asking ------------------------------------------------------------------------------------------------------

    def _ready(self, holder: Holder) -> Ready | None:
        found = self._held.get(holder.room, {}).get(holder)
        return found if found is not None and self.house.now() < found.again_at else None

    def _ask(self, holder: Holder, session: Session) -> asyncio.Task[Ticket | ProviderError | Problem]:
        """Once at a time for each holder: whoever presses while it is asked for ahead waits for the same answer."""
        if holder not in self._asking:
            task = self._asking[holder] = self.house.tasks.start(self._fetch(holder, session), "ticket")
            task.add_done_callback(lambda _: self._asking.pop(holder, None))
        return self._asking[holder]

    async def _fetch(self, holder: Holder, session: Session) -> Ticket | ProviderError | Problem:
        try:
            ticket = await self._fetched(holder, session)
        except (ProviderError, Problem) as error:
            log.warning("no_ticket", event_id=self.hall.id, provider=session.provider, code=error.code)
            self._keep(holder, Ready(None, self.house.now() + AGAIN))
            return error
        except JournalError:
            return Problem("store", retry_after=2)
        if isinstance(ticket, Redirect):
            ends_at = ticket.expires_at
            self._keep(holder, Ready(ticket, ends_at - FRESH if ends_at is not None else FOR_EVER))
        return ticket

    async def _fetched(self, holder: Holder, session: Session) -> Ticket:
        interview = self.hall.state.interviews[holder.interview]
        room = await room_now(self.house, self.hall, interview, session)
        person = replace(person_of(self.hall, interview, holder.person), admission=holder.admission)
        with self.house.health.asking(session.provider, "ticket"):
            return await self.house.providers[session.provider].ticket(room, person)

    def _keep(self, holder: Holder, ready: Ready) -> None:
        """Only as long as it is this person's: what changed while the provider was asked makes it worthless."""
        if holder.room in self.hall.state.rooms and holder in dict(self._wanted(holder.room)):
            self._held.setdefault(holder.room, {})[holder] = ready

    def _forget(self, interview: Interview) -> None:
        """What was ready for them leads to a link that is theirs no longer."""
        held = self._held.get(interview.room, {})
        for holder in [holder for holder in held if holder.interview == interview.id]:
            del held[holder]

    # --- when --------------------------------------------------------------------------------------------------------

    def _changed(self, fresh: Sequence[Stamped]) -> None:
        """An event that is held in the built-in room has nothing to prepare, and pays nothing for it."""
        state = self.hall.state
        if not self._held and not any(self._redirects(switch.provider) for switch in state.providers.values()):
            return
        rooms: set[str] = set()
        for st in fresh:
            kind, _, name = st.stream.partition(":")
            if kind == "i":
                rooms.add(state.interviews[name].room)
                if isinstance(st.entry, LinkRegistered):
                    self._forget(state.interviews[name])
            elif kind == "r":
                rooms.add(name)
            elif getattr(st.entry, "kind", "") in TOUCHES_ALL:
                rooms.update(state.rooms)
        self.prepare(rooms & state.rooms.keys())


def session_ahead(hall: Hall, interview: Interview) -> Session | None:
    """The open session that this interview's people are in, or would be let into now; None when there is none."""
    if interview.in_room:
        found = interview.current
    else:
        found = interview.session
        if found is not None and found.provider != hall.state.provider_for(interview.stream):
            return None
    return found if found is not None and found.state == "open" else None
