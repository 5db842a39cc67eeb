"""What stands at providers: the room of each session that was ever opened, and whose session a room is.

Rooms may hold links, so they are private in the journal, and here in memory only. They are read at the start, for
callbacks come an hour late and more; from then on each is kept as it is opened, by this gateway or by another.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import structlog

from gateway.hall import Hall
from gateway.problems import Problem
from providers.base import Room
from waiting_room.entries import SessionOpened, Stamped
from waiting_room.interview import Interview, Session
from waiting_room.journal.book import Book
from waiting_room.journal.port import JournalError
from waiting_room.journal.vault import VaultError

log = structlog.get_logger("genkan.sessions")

ROOMS = 50_000  # rooms kept, some 500 bytes each: ten days of 5,000; one that fell out is read again when it is needed
PAGE = 500  # payloads asked for at once, below SQLite's bound on variables


@dataclass(frozen=True, slots=True)
class Place:
    """Whose session a provider's room is."""

    event: str
    interview: str
    generation: int


class Sessions:
    """Of all halls of this gateway."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._rooms: OrderedDict[Place, Room] = OrderedDict()
        self._places: dict[tuple[str, str], Place] = {}  # provider and its room's id -> the latest session in it
        self._reading = asyncio.Lock()
        self._unread: list[tuple[Hall, Stamped]] = []

    def open(self, hall: Hall) -> None:
        """Know this hall's sessions from now on. What has been opened before is read by ``read``."""
        self._unread += [(hall, st) for st in hall.opened]
        hall.opened = []
        hall.listeners.append(lambda fresh: self._changed(hall, fresh))

    def forget(self, event: str) -> None:
        """Serve this event no longer."""
        self._unread = [(hall, st) for hall, st in self._unread if hall.id != event]
        for place in [place for place in self._rooms if place.event == event]:
            self._drop(place, self._rooms.pop(place))

    def keep(self, event: str, interview: str, room: Room) -> None:
        """A room that was just opened."""
        place = Place(event, interview, room.generation)
        self._rooms[place] = room
        self._places[room.provider, room.id] = place
        while len(self._rooms) > ROOMS:
            self._drop(*self._rooms.popitem(last=False))

    async def room(self, hall: Hall, interview: str, session: Session) -> Room:
        """The room of a session that was opened. Problem ``no_such_session``, ``purged``."""
        place = Place(hall.id, interview, session.generation)
        if place not in self._rooms:
            if session.offset is None:
                raise Problem("no_such_session")
            payloads = await self._book.private(hall.id, [session.offset])
            stored = payloads.get(session.offset, {}).get("room")
            if stored is None:
                raise Problem("purged")
            self.keep(hall.id, interview, Room(**stored))
        return self._rooms[place]

    async def reread(self, hall: Hall, interview: str, session: Session) -> Room:
        """As ``room``, and as the journal has it, whatever was kept."""
        place = Place(hall.id, interview, session.generation)
        if (kept := self._rooms.pop(place, None)) is not None:
            self._drop(place, kept)
        return await self.room(hall, interview, session)

    async def find(self, provider: str, room_id: str) -> Place | None:
        """Whose session this room is; None for one that is not ours."""
        if (provider, room_id) not in self._places:
            await self.read()
        return self._places.get((provider, room_id))

    async def read(self) -> Sequence[tuple[Room, int]]:
        """Read what has been opened and is not known yet: the rooms, each with when it was opened (microseconds UTC).
        One that cannot be read is left out and logged."""
        async with self._reading:
            unread, self._unread = self._unread, []
            found: list[tuple[Room, int]] = []
            for hall in {hall.id: hall for hall, _ in unread}.values():
                found += await self._read(hall, [st for other, st in unread if other.id == hall.id])
            return found

    async def standing(self, halls: Iterable[Hall]) -> frozenset[tuple[str, str]]:
        """Provider and id of every room whose session is open. Problem ``purged`` where one cannot be told: then
        nobody may say of any room that it is nobody's."""
        await self.read()
        opened = [(hall, *found) for hall in halls for found in _open_sessions(hall)]
        return frozenset(
            [(session.provider, (await self.room(hall, who.id, session)).id) for hall, who, session in opened]
        )

    # --- parts -----------------------------------------------------------------------------------------------------

    def _changed(self, hall: Hall, fresh: Sequence[Stamped]) -> None:
        """Own sessions are known before they are in the journal; those of another gateway are read when asked for."""
        if not fresh:  # the journal was replaced
            self.forget(hall.id)
            fresh, hall.opened = hall.opened, []
        for st in fresh:
            if isinstance(st.entry, SessionOpened) and _place(hall, st, st.entry) not in self._rooms:
                self._unread.append((hall, st))

    async def _read(self, hall: Hall, entries: Sequence[Stamped]) -> list[tuple[Room, int]]:
        found: list[tuple[Room, int]] = []
        by_offset = {st.offset: st for st in entries}
        wanted = list(by_offset)
        for start in range(0, len(wanted), PAGE):
            try:
                sealed = await self._book.journal.private(hall.id, wanted[start : start + PAGE])
            except JournalError:
                self._unread += [(hall, by_offset[offset]) for offset in wanted[start:]]
                raise
            for offset, ciphertext in sorted(sealed.items()):
                if (room := self._opened(hall, by_offset[offset], ciphertext)) is not None:
                    found.append((room, by_offset[offset].at))
        return found

    def _opened(self, hall: Hall, st: Stamped, ciphertext: bytes) -> Room | None:
        try:
            payload = self._book.open_private(hall.id, st.private_digest or "", ciphertext)
            room = Room(**payload["room"])
        except (VaultError, KeyError, TypeError) as error:
            log.warning("room_unreadable", event_id=hall.id, error=type(error).__name__)
            return None
        self.keep(hall.id, st.stream.removeprefix("i:"), room)
        return room

    def _drop(self, place: Place, room: Room) -> None:
        if self._places.get((room.provider, room.id)) == place:
            del self._places[room.provider, room.id]


def _place(hall: Hall, st: Stamped, entry: SessionOpened) -> Place:
    return Place(hall.id, st.stream.removeprefix("i:"), entry.generation)


def sessions_of(interview: Interview) -> tuple[Session, ...]:
    """Every session that is known of, the newest first."""
    older = tuple(reversed(interview.superseded))
    return (interview.session, *older) if interview.session is not None else older


def _open_sessions(hall: Hall) -> Iterator[tuple[Interview, Session]]:
    for interview in hall.state.interviews.values():
        for session in sessions_of(interview):
            if session.state == "open":
                yield interview, session
