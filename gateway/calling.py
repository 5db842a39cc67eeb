"""Who is in which call: the workers' state is kept as the journals say, and what happens there goes into the journals.

Level-triggered: for each room there is a set of people who may be in its call now, and the call's worker is brought to
it, those who have to go first. So a crash of either side needs nothing of its own: the worker says whom it has, and the
difference is made good. Several gateways do this for the same calls: what one asks twice, or late, changes nothing.
"""

from __future__ import annotations

import asyncio
import functools
import itertools
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog

from gateway.hall import Hall
from gateway.party import staff_of, subject_in
from gateway.places import Alone, Shared, Where
from gateway.relays import Relays
from gateway.stays import callers, in_call, is_there, joined, left, noted
from gateway.tokens import jwks, mint_room_token
from gateway.workers import BEAT, Found, Own, Worker, Workers
from providers.base import Person, ProviderError, Role, Room
from providers.webrtc.adapter import NAME, BuiltInRoom, call_of
from providers.webrtc.client import WorkerClient, WorkerError, WorkerRefused
from providers.webrtc.spawn import SOCKET, ensure_worker
from waiting_room.entries import EventCreated, StaffAdmitted, Stamped
from waiting_room.errors import Refused
from waiting_room.interview import Interview
from waiting_room.journal.port import JournalError

if TYPE_CHECKING:
    from gateway.house import House

log = structlog.get_logger("genkan.calls")

LOOK = 2.0  # seconds between two looks at whether our own worker lives; calls stand still meanwhile
BETWEEN = "."  # a worker's mark and its peer's id
TRIES = 6  # to read a worker that lives; one that does not is dead by then
UNKNOWN = {"code": "peer_unknown"}
PANEL = frozenset({"interviewer", "reception", "administrator"})


@dataclass(frozen=True, slots=True)
class Place:
    """A room of an event, found by its call's id."""

    hall: Hall
    room: str


class Calling:
    """The built-in room of this gateway: its workers, and the calls in them."""

    def __init__(self, house: House, workers: Workers, places: Where, *, secret: str = "") -> None:
        self.house, self.workers, self.places = house, workers, places
        self.provider = BuiltInRoom(places, self._mint, ice_servers=Relays(house.settings, house.now).of, now=house.now)
        self._secret = secret  # of our own worker, to start it again
        self._places: dict[str, Place] = {}
        self._in: dict[str, dict[str, Person]] = {}  # call -> subject -> as the worker has them
        self._panel: dict[str, dict[str, Person]] = {}  # call -> staff that joined
        self._locks: dict[str, asyncio.Lock] = {}
        self._tasks: list[asyncio.Task[None]] = []
        house.keys.on_rotation(self._rotated)

    @classmethod
    async def start(cls, house: House) -> Calling:
        """Find the workers that the settings name or, without any, our own, or start that. WorkerError when there is
        none to be had; Faulty without the workers' secret."""
        media = house.settings.media
        secret = media.worker_secret()
        if media.workers:
            found = Found(media.workers, secret or "", house.tasks)
            await found.begin()
            return cls(house, found, Shared(found, house.book.journal.beside))
        if house.book.journal.shared:
            log.warning("media_not_shared", needed="media.workers")
        secret = secret or house.keys.secret("worker").hex()
        client = await ensure_worker(house.settings.run_dir, media.host, media.port, media.advertise, secret)
        await client.close()
        own = Own(WorkerClient(house.settings.run_dir / SOCKET, secret))
        return cls(house, own, Alone(own), secret=secret)

    @property
    def serves(self) -> bool:
        """Whether calls may be held here: of several gateways with a worker of their own each, one at a time, for
        nobody would meet anybody from another."""
        return not isinstance(self.workers, Own) or self.house.duties.mine()

    def open(self, hall: Hall) -> None:
        """Keep this hall's calls from now on."""
        self._place(hall)
        hall.listeners.append(lambda fresh: self._changed(hall, fresh))
        had = {call for worker in self.workers.all() for call in worker.calls}
        for call in had & {call_of(hall.id, room) for room in hall.state.rooms} if self._tasks else ():
            self.house.tasks.start(self._resettle(call), "opened")

    def leave(self, event: str) -> None:
        """Keep this event's calls no longer."""
        self._places = {call: place for call, place in self._places.items() if place.hall.id != event}

    def _place(self, hall: Hall) -> None:
        for room in hall.state.rooms:
            self._places[call_of(hall.id, room)] = Place(hall, room)

    def begin(self) -> None:
        """Look after the workers, until the house closes."""
        keep = self.house.tasks.keep
        for worker in self.workers.all():
            self._arrived(worker)
        if isinstance(self.workers, Found) and isinstance(self.places, Shared):
            self.workers.arrived.append(self._arrived)
            self._tasks = [
                keep(self.workers.look, "worker:addresses"),
                keep(self.workers.watch, "worker:watch"),
                keep(functools.partial(self._follow, self.places), "worker:places"),
            ]
        else:
            self._tasks = [keep(self._watch_own, "worker:watch")]

    def on_duty(self, event: str) -> None:
        """The work of this event is ours from now on, or can be done again: what may have been left undone."""
        for place in tuple(self._places.values()):
            if place.hall.id == event and self.places.known(call_of(event, place.room)) is not None:
                self.house.tasks.start(self._resettle(call_of(event, place.room)), "settle")

    def _arrived(self, worker: Worker) -> None:
        worker.listener = self.house.tasks.keep(lambda: self._listen(worker), "worker:events")

    async def _listen(self, worker: Worker) -> None:
        """Hear what happens in this worker, for ever."""
        await self._tell_keys(worker)
        async for line in worker.client.events():
            try:
                if not worker.twin:
                    await self._hear(worker, line)
            except (Refused, JournalError, ProviderError, WorkerError) as error:
                log.warning("worker_line_lost", kind=line.get("kind"), error=type(error).__name__)

    async def _watch_own(self) -> None:
        """Start our own worker again when it has died, for ever."""
        (worker,) = self.workers.all()
        while True:
            await asyncio.sleep(LOOK)
            try:
                await worker.client.status()
                self._try_again()
            except WorkerError:
                if self._secret and not self.house.draining.is_set():
                    log.warning("worker_restarts")
                    await self._restart()

    async def _follow(self, places: Shared) -> None:
        """Know where calls have moved, and move those that are ours to move, for ever."""
        for beat in itertools.count():
            await asyncio.sleep(BEAT)
            try:
                for call in await places.refresh(self._moves):
                    self.house.tasks.start(self._resettle(call), "moved")
                for worker in self.workers.all():
                    for call in await places.misplaced(worker) if self.workers.alive(worker) else ():
                        self.house.tasks.start(self._end_at(worker, call), "misplaced")
            except JournalError:
                pass  # calls go on where they are
            if beat % int(LOOK / BEAT) == 0:
                self._try_again()

    async def _end_at(self, worker: Worker, call: str) -> None:
        """Of a call that moved there is only one: what an old worker that came back still has of it is ended."""
        log.warning("call_ended_at_old_worker", call=call, worker=worker.name)
        with suppress(WorkerError):
            await worker.client.delete_call(call)

    def _moves(self, call: str) -> bool:
        place = self._places.get(call)
        return place is not None and self.house.duties.mine(place.hall.id)

    def _try_again(self) -> None:
        """Rooms that could not be brought to what their journals say when these changed: a person who was let out must
        not stay in because one request was lost."""
        for place in tuple(self._places.values()):
            if self._differs(place.hall, place.room):
                self.house.tasks.start(self._try_sync(place.hall, place.room), "sync")

    async def close(self) -> None:
        """Leave the workers, and the calls in them, running."""
        listening = [worker.listener for worker in self.workers.all() if worker.listener is not None]
        for task in (*self._tasks, *listening):
            task.cancel()
        await asyncio.gather(*self._tasks, *listening, return_exceptions=True)
        await self.workers.close()

    # --- signalling ------------------------------------------------------------------------------------------------

    async def offer(self, call: str, token: str, sdp: str, *, by: str) -> dict[str, Any]:
        """As the worker's, with a peer that ``restart`` and ``leave`` find again. WorkerError."""
        client = await self.places.worker(call)
        return self._named(client, await client.offer(call, token, sdp, by=by))

    async def echo(self, token: str, sdp: str, *, by: str) -> dict[str, Any]:
        """A connection test, at any worker. WorkerError."""
        client = self.places.any()
        return self._named(client, await client.echo(token, sdp, by=by))

    async def restart(self, call: str | None, peer: str, token: str, sdp: str, *, by: str) -> dict[str, Any]:
        """``call``: the one that the person may be in, None for a connection test. WorkerError; peer_unknown when the
        call has moved."""
        worker, known = self._worker_of(peer)
        if call is not None and self.places.known(call) not in (worker, None):
            raise WorkerRefused(404, UNKNOWN)
        return await worker.client.restart(known, token, sdp, by=by)

    async def end(self, peer: str, *, sub: str) -> None:
        """This person leaves with this peer. WorkerError."""
        worker, known = self._worker_of(peer)
        await worker.client.leave(known, sub=sub)

    def _named(self, client: WorkerClient, answer: dict[str, Any]) -> dict[str, Any]:
        worker = next(worker for worker in self.workers.all() if worker.client is client)
        return answer | {"peer": f"{worker.mark}{BETWEEN}{answer['peer']}"}

    def _worker_of(self, peer: str) -> tuple[Worker, str]:
        mark, _, known = peer.partition(BETWEEN)
        for worker in self.workers.all():
            if worker.mark == mark and self.workers.alive(worker):
                return worker, known
        raise WorkerRefused(404, UNKNOWN)

    # --- who may be in ---------------------------------------------------------------------------------------------

    async def sync(self, hall: Hall, room: str) -> None:
        """Bring the call of this room to what the journal says. ProviderError; errors of the journal."""
        call = call_of(hall.id, room)
        self._places.setdefault(call, Place(hall, room))
        async with self._locks.setdefault(call, asyncio.Lock()):
            known = dict(self._in.get(call, {}))  # whom another gateway lets in from here on is none of this
            await hall.present()
            wanted = self._wanted(hall, room, call)
            present = self._in.setdefault(call, {})
            for subject, person in known.items():
                if subject not in wanted or _older(person, wanted[subject]):
                    await self.provider.detach(_room(call, person), person, reason="removed")
                    if present.get(subject) == person:
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
        except (ProviderError, JournalError) as error:
            code = error.code if isinstance(error, ProviderError) else type(error).__name__
            log.warning("call_not_in_step", event_id=hall.id, room=room, code=code)

    # --- what happens there ----------------------------------------------------------------------------------------

    async def _hear(self, worker: Worker, line: Mapping[str, Any]) -> None:
        if line["kind"] == "snapshot":
            await self._snapshot(worker, line)
            return
        call = line.get("call", "")
        place = self._places.get(call)
        if line["kind"] == "let_in":
            worker.calls.add(call)
        elif line["kind"] == "closed":
            worker.calls.discard(call)
        if place is None or (self.places.known(call) or await self.places.find(call)) is not worker:
            return
        match line["kind"]:
            case "joined":
                place.hall.calls.joined(place.room, line["sub"], line["sub"])
                await self._note(worker, place, line, came=True)
            case "left":
                place.hall.calls.left(place.room, line["sub"])
                await self._note(worker, place, line, came=False)
            case "slots":
                place.hall.calls.seat(place.room, line["sub"], _slots(line["slots"]))
            case _:
                self._know(call, line)
                return
        self._tell_pages(place, line["sub"])

    def _know(self, call: str, line: Mapping[str, Any]) -> None:
        """Who may be in there by now."""
        match line["kind"]:
            case "let_in":
                self._keep(call, _as_person(line))
            case "let_out":
                self._in.get(call, {}).pop(line["sub"], None)
            case "closed":
                self._in.pop(call, None)
                self._panel.pop(call, None)

    def _keep(self, call: str, person: Person) -> None:
        """Whom the worker has, let in by this gateway or by another."""
        self._in.setdefault(call, {})[person.sub] = person
        if person.role in PANEL:
            self._panel.setdefault(call, {})[person.sub] = person

    async def _snapshot(self, worker: Worker, line: Mapping[str, Any]) -> None:
        """The worker's whole state: at the start, after we were away, and of a worker that was started anew."""
        if line["boot"] != worker.heard_boot:
            worker.heard_boot = line["boot"]
            await self._tell_keys(worker)
        states = {state["call"]: state for state in line["calls"]}
        worker.calls = set(states)
        for call, place in tuple(self._places.items()):
            known = self.places.known(call)
            if known is None and call in states:
                known = await self.places.find(call)
            if known is worker:
                await self._take_over(call, place, states.get(call, NOBODY))

    async def _resettle(self, call: str) -> None:
        """The call lives elsewhere from now on, or its work is ours: what its worker has of it."""
        place = self._places.get(call)
        for _ in range(TRIES):
            if place is None:
                return
            try:
                worker = self.places.known(call) or await self.places.find(call)
                living = worker is not None and self.workers.alive(worker)
                states = (await worker.client.calls())["calls"] if worker is not None and living else ()
            except WorkerError as error:
                log.warning("worker_not_read", error=type(error).__name__)
                await asyncio.sleep(BEAT)
            else:
                state = next((state for state in states if state["call"] == call), NOBODY)
                await self._take_over(call, place, state)
                return

    async def _take_over(self, call: str, place: Place, state: Mapping[str, Any]) -> None:
        self._in[call] = {}
        for person in state["people"]:
            self._keep(call, _as_person(person))
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
        mine = self.house.duties.mine(place.hall.id)
        for interview in place.hall.state.of_room(place.room):
            if interview.in_room:
                if mine:
                    await self._catch_up(place, interview, there)
                self._tell_pages(place, f"candidate:{interview.id}")

    async def _catch_up(self, place: Place, interview: Interview, there: frozenset[str]) -> None:
        known = {subject_in(interview, visit.person) for visit in noted(interview)}
        mine = {subject_in(interview, person) for person in interview.people()}
        for subject in mine & (there ^ known):
            line = {"sub": subject, "at": self.house.now(), "seq": len(interview.visits), "reason": "silent"}
            await self._note(None, place, line, came=subject in there)

    async def _note(self, worker: Worker | None, place: Place, line: Mapping[str, Any], *, came: bool) -> None:
        """Every gateway that hears of it says so under one id, and it is written once. ``worker`` None: missed."""
        role, _, name = line["sub"].partition(":")
        if role not in ("candidate", "companion"):
            return
        await place.hall.present()  # another gateway may have admitted them a moment ago
        interview = place.hall.state.interviews.get(name.partition(".")[0])
        if interview is None or not (came or is_there(interview, line["sub"])):
            return
        seen = joined(interview, line) if came else left(interview, line)
        boot = worker.heard_boot if worker is not None else f"missed:{'joined' if came else 'left'}"
        id_ = f"worker:{boot}:{line['seq']}:{line['sub']}"
        await place.hall.execute(seen, actor="reactor", command_id=id_)

    def _tell_pages(self, place: Place, subject: str) -> None:
        for listener in tuple(place.hall.presence.listeners):
            listener(subject)

    # --- the worker ------------------------------------------------------------------------------------------------

    async def _restart(self) -> None:
        media, run_dir = self.house.settings.media, self.house.settings.run_dir
        try:
            client = await ensure_worker(run_dir, media.host, media.port, media.advertise, self._secret)
        except (WorkerError, OSError) as error:
            log.critical("worker_not_started", error=type(error).__name__)
            return
        await client.close()

    async def _tell_keys(self, worker: Worker) -> None:
        keys = [key for key in jwks(self.house.keys, self.house.now())["keys"] if "genkan_use" not in key]
        try:
            await worker.client.put_keys(keys)
        except WorkerError as error:
            log.warning("keys_not_told", error=type(error).__name__)

    def _rotated(self, kind: str) -> None:
        if kind == "token":
            for worker in self.workers.all():
                self.house.tasks.start(self._tell_keys(worker), "keys")

    def _mint(self, claims: Mapping[str, Any]) -> str:
        return mint_room_token(self.house.keys, self.house.worker_now(), **claims)


NOBODY: Mapping[str, Any] = {"people": [], "peers": []}


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
