"""Who is in which call: the worker's state is kept as the journals say, and what happens there goes into the journals.

Level-triggered: for each room there is a set of people who may be in its call now, and the worker is brought to it,
those who have to go first. So a crash of either side needs nothing of its own: the worker says whom it has, and the
difference is made good.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog

from gateway.hall import Hall
from gateway.party import staff_of, subject_in
from gateway.relays import Relays
from gateway.stays import callers, in_call, joined, left, noted
from gateway.tokens import jwks, mint_room_token
from providers.base import Person, ProviderError, Role, Room
from providers.webrtc.adapter import NAME, BuiltInRoom, call_of
from providers.webrtc.client import WorkerClient, WorkerError
from providers.webrtc.spawn import SOCKET, ensure_worker
from waiting_room.entries import EventCreated, StaffAdmitted, Stamped
from waiting_room.errors import Refused
from waiting_room.interview import Interview
from waiting_room.journal.port import JournalError

if TYPE_CHECKING:
    from gateway.house import House

log = structlog.get_logger("genkan.calls")

LOOK = 2.0  # seconds between two looks at whether the worker lives; calls stand still meanwhile
PANEL = frozenset({"interviewer", "reception", "administrator"})


@dataclass(frozen=True, slots=True)
class Place:
    """A room of an event, found by its call's id."""

    hall: Hall
    room: str


class Calling:
    """The built-in room of this gateway: its worker, and the calls in it."""

    def __init__(self, house: House, client: WorkerClient, *, keep_worker: bool = True) -> None:
        self.house, self.client = house, client
        self.provider = BuiltInRoom(client, self._mint, ice_servers=Relays(house.settings, house.now).of, now=house.now)
        self._keep_worker = keep_worker
        self._places: dict[str, Place] = {}
        self._in: dict[str, dict[str, Person]] = {}  # call -> subject -> as the worker has them
        self._panel: dict[str, dict[str, Person]] = {}  # call -> staff that joined
        self._locks: dict[str, asyncio.Lock] = {}
        self._boot = ""
        house.keys.on_rotation(self._rotated)

    @classmethod
    async def start(cls, house: House) -> Calling:
        """Find the worker or start one. WorkerError when there is none to be had."""
        secret = house.keys.secret("worker").hex()
        media = house.settings.media
        client = await ensure_worker(house.settings.run_dir, media.host, media.port, media.advertise, secret)
        await client.close()
        return cls(house, WorkerClient(house.settings.run_dir / SOCKET, secret))

    def open(self, hall: Hall) -> None:
        """Keep this hall's calls from now on."""
        self._place(hall)
        hall.listeners.append(lambda fresh: self._changed(hall, fresh))

    def leave(self, event: str) -> None:
        """Keep this event's calls no longer."""
        self._places = {call: place for call, place in self._places.items() if place.hall.id != event}

    def _place(self, hall: Hall) -> None:
        for room in hall.state.rooms:
            self._places[call_of(hall.id, room)] = Place(hall, room)

    async def run(self) -> None:
        """Listen to the worker, for ever."""
        await self._tell_keys()
        async for line in self.client.events():
            try:
                await self._hear(line)
            except (Refused, JournalError, ProviderError, WorkerError) as error:
                log.warning("worker_line_lost", kind=line.get("kind"), error=type(error).__name__)

    async def watch(self) -> None:
        """Start the worker again when it has died, for ever."""
        while True:
            await asyncio.sleep(LOOK)
            try:
                await self.client.status()
                self._try_again()
            except WorkerError:
                if self._keep_worker and not self.house.draining.is_set():
                    log.warning("worker_restarts")
                    await self._restart()

    def _try_again(self) -> None:
        """Rooms that could not be brought to what their journals say when these changed: a person who was let out must
        not stay in because one request was lost."""
        for place in tuple(self._places.values()):
            if self._differs(place.hall, place.room):
                self.house.tasks.start(self._try_sync(place.hall, place.room), "sync")

    async def close(self) -> None:
        """Leave the worker, and the calls in it, running."""
        await self.client.close()

    # --- who may be in ---------------------------------------------------------------------------------------------

    async def sync(self, hall: Hall, room: str) -> None:
        """Bring the call of this room to what the journal says. ProviderError."""
        call = call_of(hall.id, room)
        self._places.setdefault(call, Place(hall, room))
        async with self._locks.setdefault(call, asyncio.Lock()):
            wanted = self._wanted(hall, room, call)
            present = self._in.setdefault(call, {})
            for subject in [s for s in present if s not in wanted or _older(present[s], wanted[s])]:
                await self.provider.detach(_room(call, present[subject]), present[subject], reason="removed")
                del present[subject]
            for subject, person in wanted.items():
                if not _same(present.get(subject), person):
                    await self.provider.attach(_room(call, person), person)
                    present[subject] = person

    async def join_panel(self, hall: Hall, room: str, staff: str, role: Role) -> Room:
        """A member of staff comes to the room's call, and stays between interviews. ProviderError."""
        opened = await self.provider.open_panel(hall.id, room)
        call = call_of(hall.id, room)
        person = staff_of(hall, staff, role)
        self._panel.setdefault(call, {})[person.sub] = person
        self._in.setdefault(call, {}).pop(person.sub, None)  # also one whom the worker has forgotten
        await self.sync(hall, room)
        return opened

    def _wanted(self, hall: Hall, room: str, call: str) -> dict[str, Person]:
        wanted = {
            subject: person for subject, person in self._panel.get(call, {}).items() if _works_here(hall, subject, room)
        }
        state = hall.state.rooms.get(room)
        occupant = hall.state.interviews.get(state.taken_by or "") if state is not None else None
        session = in_call(occupant) if occupant is not None else None
        if occupant is not None and session is not None:
            wanted |= {person.sub: person for person in callers(hall, occupant, session)}
        return wanted

    def _changed(self, hall: Hall, fresh: Sequence[Stamped]) -> None:
        rooms: set[str] = set()
        for st in fresh:
            kind, _, name = st.stream.partition(":")
            if kind == "i":
                rooms.add(hall.state.interviews[name].room)
            elif kind == "r":
                rooms.add(name)
            elif isinstance(st.entry, EventCreated):
                self._place(hall)
            elif isinstance(st.entry, StaffAdmitted):
                rooms.update(hall.state.rooms)
        for room in rooms:
            if self._differs(hall, room):
                self.house.tasks.start(self._try_sync(hall, room), "sync")

    def _differs(self, hall: Hall, room: str) -> bool:
        call = call_of(hall.id, room)
        wanted, present = self._wanted(hall, room, call), self._in.get(call, {})
        return wanted.keys() != present.keys() or any(not _same(present[s], wanted[s]) for s in wanted)

    async def _try_sync(self, hall: Hall, room: str) -> None:
        try:
            await self.sync(hall, room)
        except ProviderError as error:
            log.warning("call_not_in_step", event_id=hall.id, room=room, code=error.code)

    # --- what happens there ----------------------------------------------------------------------------------------

    async def _hear(self, line: Mapping[str, Any]) -> None:
        if line["kind"] == "snapshot":
            await self._snapshot(line)
            return
        place = self._places.get(line.get("call", ""))
        if place is None:
            return
        match line["kind"]:
            case "joined":
                place.hall.calls.joined(place.room, line["sub"], line["sub"])
                await self._note(place, line, came=True)
            case "left":
                place.hall.calls.left(place.room, line["sub"])
                await self._note(place, line, came=False)
            case "slots":
                place.hall.calls.seat(place.room, line["sub"], _slots(line["slots"]))
            case _:
                return
        self._tell_pages(place, line["sub"])

    async def _snapshot(self, line: Mapping[str, Any]) -> None:
        """The worker's whole state: at the start, after we were away, and of a worker that was started anew."""
        if line["boot"] != self._boot:
            self._boot = line["boot"]
            await self._tell_keys()
        states = {state["call"]: state for state in line["calls"]}
        for call, place in tuple(self._places.items()):
            state = states.get(call, {"people": [], "peers": []})
            self._in[call] = {person["sub"]: _as_person(person) for person in state["people"]}
            for person in self._in[call].values():
                if person.role in PANEL:
                    self._panel.setdefault(call, {})[person.sub] = person
            await self._settle(place, state)
            await self._try_sync(place.hall, place.room)

    async def _settle(self, place: Place, state: Mapping[str, Any]) -> None:
        """What we missed: who has come and who has gone."""
        calls = place.hall.calls
        calls.clear(place.room)
        for peer in state["peers"]:
            if peer["connected"]:
                calls.joined(place.room, peer["sub"], peer["sub"])
                calls.seat(place.room, peer["sub"], _slots(peer["slots"]))
        there = calls.in_room(place.room)
        for interview in place.hall.state.of_room(place.room):
            if interview.in_room:
                await self._catch_up(place, interview, there)
                self._tell_pages(place, f"candidate:{interview.id}")

    async def _catch_up(self, place: Place, interview: Interview, there: frozenset[str]) -> None:
        known = {subject_in(interview, visit.person) for visit in noted(interview)}
        mine = {subject_in(interview, person) for person in interview.people()}
        now = self.house.now()
        for subject in mine & (there ^ known):
            line = {"sub": subject, "at": now, "seq": now, "reason": "silent"}
            await self._note(place, line, came=subject in there)

    async def _note(self, place: Place, line: Mapping[str, Any], *, came: bool) -> None:
        role, _, name = line["sub"].partition(":")
        if role not in ("candidate", "companion"):
            return
        interview = place.hall.state.interviews.get(name.partition(".")[0])
        if interview is None:
            return
        seen = joined(interview, line) if came else left(interview, line)
        id_ = f"worker:{self._boot}:{line['seq']}:{line['sub']}"
        await place.hall.execute(seen, actor="reactor", command_id=id_)

    def _tell_pages(self, place: Place, subject: str) -> None:
        for listener in tuple(place.hall.presence.listeners):
            listener(subject)

    # --- the worker ------------------------------------------------------------------------------------------------

    async def _restart(self) -> None:
        secret, media = self.house.keys.secret("worker").hex(), self.house.settings.media
        try:
            client = await ensure_worker(self.house.settings.run_dir, media.host, media.port, media.advertise, secret)
        except (WorkerError, OSError) as error:
            log.critical("worker_not_started", error=type(error).__name__)
            return
        await client.close()

    async def _tell_keys(self) -> None:
        keys = [key for key in jwks(self.house.keys, self.house.now())["keys"] if "genkan_use" not in key]
        try:
            await self.client.put_keys(keys)
        except WorkerError as error:
            log.warning("keys_not_told", error=type(error).__name__)

    def _rotated(self, kind: str) -> None:
        if kind == "token":
            self.house.tasks.start(self._tell_keys(), "keys")

    def _mint(self, claims: Mapping[str, Any]) -> str:
        return mint_room_token(self.house.keys, self.house.now(), **claims)


def _works_here(hall: Hall, subject: str, room: str) -> bool:
    member = hall.state.staff.get(subject.removeprefix("staff:"))
    return member is not None and not member.revoked and (member.role != "interviewer" or member.sees(room))


def _same(present: Person | None, wanted: Person) -> bool:
    """As far as the worker knows them."""
    return present is not None and (present.role, present.admission, present.device_epoch) == (
        wanted.role,
        wanted.admission,
        wanted.device_epoch,
    )


def _older(present: Person, wanted: Person) -> bool:
    """Another admission: its tokens have to die before the new one's are made."""
    return present.admission != wanted.admission


def _room(call: str, person: Person) -> Room:
    interview = person.sub.partition(":")[2].partition(".")[0] if person.admission else ""
    return Room(NAME, call, 1, {"call": call, "interview": interview})


def _as_person(state: Mapping[str, Any]) -> Person:
    """As the worker has them; it knows no names."""
    return Person(state["sub"], state["role"], "", state["admission"], state["epoch"])


def _slots(slots: Sequence[Mapping[str, Any]]) -> dict[int, str]:
    return {slot["slot"]: slot["sub"] for slot in slots if slot.get("sub")}
