"""Views as they change, to every page that listens: one code for WebSocket and long-poll.

A change marks pages; a page that is marked gets its present view, made and checked at that moment. What happened in
between is never queued: the latest view wins, so a slow page costs one view and holds up nobody. The pages of the
interview that changed are told first; the others of its room, whose place in the queue may have moved, in a sweep.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import structlog

from gateway.access import STAFF, Caller, check
from gateway.agenda import Agenda
from gateway.hall import Hall
from gateway.look import View, id_of, view_of
from gateway.problems import Problem
from gateway.tokens import Statement
from waiting_room.entries import Called, Sealed, StaffAdmitted, Stamped

if TYPE_CHECKING:
    from gateway.house import House

log = structlog.get_logger("genkan.live")

PING = 15.0  # seconds; a page that hears nothing for 35 s connects anew
SWEEP_AFTER = 0.2  # seconds that changes of one room are collected before its queue is told
SWEEP_REST = 0.0006  # seconds of rest for each page of a sweep: ten times what its view costs
RESTS = 4.0  # a console rests this many times as long as its view took to make: at most a fifth of a core each
PATIENCE = 20.0  # seconds that one frame may take; then the line is cut, and the page comes back
CHUNK = 20  # pages of a sweep that are started before others get their turn: 2 ms of work
REST = 0.005  # seconds between them: a command that comes meanwhile waits for one such turn and not for all
MAX_PEERS = 20_000  # pages that listen to one process
PAGES_OF_SESSION = 8  # lines of one browser session: tabs; the oldest is cut

# What happens to one interview and concerns others of its room: the queue, how far the room is behind, or a claim that
# a page on the shared link made to a taken seat.
MOVES_QUEUE = frozenset(
    {
        "scheduled", "rescheduled", "moved", "cancelled", "lapsed", "reopened", "checked_in", "difference_settled",
        "held", "called", "admission_lapsed", "returned", "absence_confirmed", "absence_withdrawn", "finished",
        "broken_off", "claim_settled",
    }
)  # fmt: skip

STOP, COME_AGAIN = 4400, 4500  # close codes: bands of docs/protocol.md §4


class Sink(Protocol):
    """Where frames go: a WebSocket, or a poll that waits for one."""

    async def send(self, text: str) -> None: ...

    async def close(self, code: int, reason: str) -> None: ...


class Peer:
    """One page that listens. ``have``: id of the view that it is known to hold; it is told nothing before it has said
    that (``asked``)."""

    __slots__ = (
        "address",
        "asked",
        "called_at",
        "closed",
        "dirty",
        "have",
        "keys",
        "language",
        "number",
        "ping",
        "running",
        "since",
        "sink",
        "statement",
        "view",
    )

    def __init__(self, caller: Caller, sink: Sink, number: int) -> None:
        self.statement: Statement = caller.statement
        self.language, self.address, self.sink = caller.language, caller.address, sink
        self.number = number
        self.since = 0.0  # when it was first marked for what it has not been told, by perf_counter
        self.called_at = 0  # of an admission that it has not been told of; microseconds UTC, 0: none
        self.have = ""
        self.view: View | None = None  # of views with rows, for differences
        self.keys: frozenset[str] = frozenset()
        self.asked = self.dirty = self.running = self.ping = self.closed = False


class Live:
    """The pages that listen to one hall."""

    def __init__(self, house: House, hall: Hall, agenda: Agenda) -> None:
        self.house, self.hall = house, hall
        self._subscribed: dict[str, dict[int, Peer]] = {}
        self._peers: dict[int, Peer] = {}
        self._numbers = 0
        self._rooms: set[str] = set()  # to be swept
        self._sweep: asyncio.TimerHandle | None = None
        self._rested_at = 0.0  # by the loop's clock: no sweep before
        self._draining = False
        hall.listeners.append(self._changed)
        hall.presence.listeners.append(self._presence)
        hall.on_loss.append(self.tell_all)
        agenda.listeners.append(self._due)

    # --- pages -----------------------------------------------------------------------------------------------------

    def join(self, caller: Caller, sink: Sink) -> Peer:
        """A page listens from now on, and is told once it has ``ask``ed. Problem ``store`` when there are too many."""
        if len(self._peers) >= MAX_PEERS:
            raise Problem("store", retry_after=10)
        self._numbers += 1
        peer = Peer(caller, sink, self._numbers)
        self._peers[peer.number] = peer
        self._subscribe(peer, caller)
        self._bound_session(peer)
        return peer

    def ask(self, peer: Peer, have: str) -> None:
        """The page says which view it holds, and wants the present one if that is another."""
        if have != peer.have or not have:
            peer.have, peer.view = have, None
        peer.asked, peer.dirty = True, False
        self.mark([peer])

    def part(self, peer: Peer) -> None:
        """A page listens no longer. Idempotent."""
        peer.closed = True
        self._peers.pop(peer.number, None)
        self._unsubscribe(peer)

    def mark(self, peers: Iterable[Peer]) -> None:
        """These pages get their present view, if it is another than they have."""
        now = time.perf_counter()
        for peer in tuple(peers):
            if not peer.dirty:
                peer.since = now
            peer.dirty = True
            if peer.asked and not peer.running and not peer.closed:
                peer.running = True
                self.house.tasks.start(self._deliver(peer), "deliver")

    def tell(self, key: str) -> None:
        """Mark whoever listens to ``i:<interview>``, ``r:<room>``, ``s:<sid>`` or ``staff``."""
        self.mark(self._subscribed.get(key, {}).values())

    def tell_all(self) -> None:
        """Mark everybody, staff first, in turns."""
        self.tell("staff")
        self._sweep_soon(self.hall.state.rooms)

    async def keep_alive(self) -> None:
        """Ping every page once in ``PING``, for ever, a few at a time over half of it: a hall that is pinged at once is
        busy for half a second."""
        while True:
            peers = tuple(self._peers.values())
            chunks = [peers[start : start + CHUNK] for start in range(0, len(peers), CHUNK)]
            for chunk in chunks:
                for peer in chunk:
                    peer.ping = True
                self.mark(chunk)
                await asyncio.sleep(PING / 2 / len(chunks))
            await asyncio.sleep(PING / 2)

    async def drain(self) -> None:
        """Ask every page to come again."""
        self._draining = True
        if self._sweep is not None:
            self._sweep.cancel()
        await self.come_again()

    async def come_again(self) -> None:
        """Cut every line; each page's session is checked anew as it comes back."""
        peers = tuple(self._peers.values())
        await asyncio.gather(*(self._bye(peer, "draining", again=True) for peer in peers), return_exceptions=True)

    def __len__(self) -> int:
        return len(self._peers)

    # --- what changed ----------------------------------------------------------------------------------------------

    def _changed(self, fresh: Sequence[Stamped]) -> None:
        rooms: set[str] = set()
        for st in fresh:
            kind, _, name = st.stream.partition(":")
            sid = getattr(st.entry, "sid", None)
            if sid is not None:
                self.tell(f"s:{sid}")
            if kind == "i":
                if isinstance(st.entry, Called):
                    for peer in self._subscribed.get(st.stream, {}).values():
                        peer.called_at = st.at
                self.tell(st.stream)
                if getattr(st.entry, "kind", "") in MOVES_QUEUE:
                    rooms.add(self.hall.state.interviews[name].room)
            elif kind == "r":
                rooms.add(name)
            elif not isinstance(st.entry, Sealed | StaffAdmitted):
                rooms.update(self.hall.state.rooms)
        self.tell("staff")
        self._sweep_soon(rooms)

    def _presence(self, subject: str) -> None:
        role, _, name = subject.partition(":")
        self.tell("staff")
        if role in ("candidate", "companion"):
            self.tell(f"i:{name.partition('.')[0]}")

    def _due(self, due: Sequence[str], _now: int) -> None:
        for interview in due:
            self.tell(f"i:{interview}")
        self.tell("staff")
        self._sweep_soon(room for room in self.hall.state.rooms if self.hall.state.waiting(room))

    def _sweep_soon(self, rooms: Iterable[str]) -> None:
        self._rooms.update(rooms)
        if self._rooms and self._sweep is None and not self._draining:
            loop = asyncio.get_running_loop()
            self._sweep = loop.call_at(max(loop.time() + SWEEP_AFTER, self._rested_at), self._start_sweep)

    def _start_sweep(self) -> None:
        self._sweep = None
        rooms, self._rooms = self._rooms, set()
        pages = sum(len(self._subscribed.get(f"r:{room}", ())) for room in rooms)
        self._rested_at = asyncio.get_running_loop().time() + pages * SWEEP_REST
        self.house.tasks.start(self._sweep_rooms(rooms), "sweep")

    async def _sweep_rooms(self, rooms: set[str]) -> None:
        for room in rooms:
            peers = tuple(self._subscribed.get(f"r:{room}", {}).values())
            for start in range(0, len(peers), CHUNK):
                self.mark(peers[start : start + CHUNK])
                await asyncio.sleep(REST)

    # --- one page --------------------------------------------------------------------------------------------------

    async def _deliver(self, peer: Peer) -> None:
        """Send until there is nothing newer."""
        try:
            while peer.dirty and not peer.closed:
                peer.dirty = False
                took = await self._push(peer)
                if took and "staff" in peer.keys:
                    await asyncio.sleep(took * RESTS)
        except (ConnectionError, TimeoutError):
            self.part(peer)
            await peer.sink.close(COME_AGAIN, "slow")
        finally:
            peer.running = False

    async def _push(self, peer: Peer) -> float:
        """One frame, if there is anything to say. Seconds that the view took to make."""
        if self._draining:
            await self._bye(peer, "draining", again=True)
            return 0.0
        began, since = time.perf_counter(), peer.since
        try:
            caller = check(self.house, peer.statement, language=peer.language, address=peer.address)
            view = view_of(caller)
        except Problem as problem:
            await self._bye(peer, _bye_code(problem), again=False)
            return 0.0
        self._subscribe(peer, caller)
        frame = self._frame(peer, view)
        took = time.perf_counter() - began
        if frame is not None:
            async with asyncio.timeout(PATIENCE):
                await peer.sink.send(frame)
            self._told(peer, since)
        return took

    def _told(self, peer: Peer, since: float) -> None:
        self.house.metrics.told(time.perf_counter() - since)
        if peer.called_at:
            self.house.metrics.admitted(self.house.now() - peer.called_at)
            peer.called_at = 0

    def _frame(self, peer: Peer, view: View) -> str | None:
        id_ = id_of(view, self.hall)
        if id_ == peer.have:
            return self._nothing_new(peer)
        frame = frame_of(view, id_, self.house.now(), peer.have, peer.view)
        peer.ping = False
        peer.have, peer.view = id_, view if "rows" in view else None
        return frame

    def _nothing_new(self, peer: Peer) -> str | None:
        if not peer.ping:
            return None
        peer.ping = False
        return '{"t":"ping"}'

    async def _bye(self, peer: Peer, code: str, *, again: bool) -> None:
        self.part(peer)
        try:
            async with asyncio.timeout(PATIENCE):
                await peer.sink.send(json.dumps({"t": "bye", "code": code, "again": again}))
                await peer.sink.close(COME_AGAIN if again else STOP, code)
        except (ConnectionError, TimeoutError):
            log.debug("bye_unheard", code=code)

    # --- who listens to what ---------------------------------------------------------------------------------------

    def _subscribe(self, peer: Peer, caller: Caller) -> None:
        keys = keys_of(caller)
        if keys == peer.keys or peer.closed:
            return
        self._unsubscribe(peer)
        peer.keys = keys
        for key in keys:
            self._subscribed.setdefault(key, {})[peer.number] = peer

    def _unsubscribe(self, peer: Peer) -> None:
        for key in peer.keys:
            peers = self._subscribed.get(key)
            if peers is not None:
                peers.pop(peer.number, None)
                if not peers:
                    del self._subscribed[key]
        peer.keys = frozenset()

    def _bound_session(self, peer: Peer) -> None:
        lines = self._subscribed.get(f"s:{self.hall.named(peer.statement.sid)}", {})
        while len(lines) > PAGES_OF_SESSION:
            oldest = lines[min(lines)]
            self.part(oldest)
            self.house.tasks.start(oldest.sink.close(COME_AGAIN, "too_many"), "cut")


def keys_of(caller: Caller) -> frozenset[str]:
    """What this page listens to."""
    session = f"s:{caller.sid}"
    if caller.role in STAFF or caller.statement.staff is not None:
        return frozenset({session, "staff"})
    if caller.interview is None:
        return frozenset({session, f"r:{caller.statement.room}"})
    return frozenset({session, f"i:{caller.interview.id}", f"r:{caller.interview.room}"})


def frame_of(view: View, id_: str, now: int, base: str, before: View | None) -> str:
    """The whole view, or what differs in its rows from the view ``before`` that the page is known to hold."""
    if before is not None and "rows" in view and base:
        old, new = before["rows"], view["rows"]
        put = {key: row for key, row in new.items() if (known := old.get(key)) is not row and known != row}
        drop = [key for key in old if key not in new]
        if list(new)[: len(old) - len(drop)] == [key for key in old if key in new]:
            head = {key: value for key, value in view.items() if key != "rows"}
            frame: dict[str, Any] = {"t": "rows", "base": base, "id": id_, "now": now // 1000, "head": head}
            return _dumps({**frame, "put": put, "drop": drop})
    return _dumps({"t": "view", "id": id_, "now": now // 1000, "view": view})


def _dumps(frame: Any) -> str:
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"), check_circular=False)


def _bye_code(problem: Problem) -> str:
    return "expired" if problem.code == "session_expired" else "forbidden"
