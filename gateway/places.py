"""Where each room's call lives, agreed between all gateways of one store.

A call is placed when it is first needed, and stays there for as long as its worker lives. The place is a key beside the
journals: of all gateways that choose at once, one choice holds. Only the gateway that has the work of the event moves a
call, from a worker that is dead or that drains and is empty of it; the others follow within a second. A gateway that
has lost its store keeps to the places that it knew.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

import structlog

from gateway.placement import Offer, choose
from gateway.workers import Found, Own, Worker
from providers.webrtc.adapter import CAPACITY
from providers.webrtc.client import WorkerClient, WorkerError, WorkerGone, WorkerRefused
from waiting_room.journal.beside import Beside
from waiting_room.journal.port import JournalError

log = structlog.get_logger("genkan.places")

KEPT = 24 * 3600.0  # seconds that a place is kept without a word from anybody
SETTLE = 30.0  # seconds after which a call that was placed, and is not open, takes no seats
RENEW = 3600.0  # seconds between two such words
FULL = {"code": "calls_full"}
MOVING = {"code": "call_moving"}


class Where(Protocol):
    """The places, as ``Calling`` uses them. It is also the adapter's ``Places``."""

    async def worker(self, call: str) -> WorkerClient: ...
    async def elsewhere(self, call: str, refused: WorkerRefused) -> WorkerClient: ...
    def known(self, call: str) -> Worker | None:
        """Where it is as far as we know, without asking anybody."""

    async def find(self, call: str) -> Worker | None:
        """Where it is, placed nowhere anew. WorkerGone while the store is away."""

    def any(self) -> WorkerClient:
        """One for a connection test. WorkerError."""


class Alone:
    """Everything is on the gateway's own worker."""

    def __init__(self, own: Own) -> None:
        self._worker = own.worker

    async def worker(self, call: str) -> WorkerClient:  # noqa: ARG002 - all calls are there
        return self._worker.client

    async def elsewhere(self, call: str, refused: WorkerRefused) -> WorkerClient:  # noqa: ARG002
        raise refused

    def known(self, call: str) -> Worker | None:  # noqa: ARG002
        return self._worker

    async def find(self, call: str) -> Worker | None:  # noqa: ARG002
        return self._worker

    def any(self) -> WorkerClient:
        return self._worker.client


class Shared:
    """``seats``: that each call takes."""

    def __init__(
        self,
        workers: Found,
        beside: Beside,
        *,
        seats: int = CAPACITY,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._workers, self._beside, self._seats = workers, beside, seats
        self._monotonic = monotonic
        self._at: dict[str, str] = {}  # call -> the worker's name
        self._renewed: dict[str, float] = {}
        self._placed_at: dict[str, float] = {}
        self._homeless: set[str] = set()  # calls that were to be moved, and no worker has room
        self._full: dict[str, object] = {}  # name -> the status after which it said that it is full

    async def worker(self, call: str) -> WorkerClient:
        """The one where the call lives; a call that lives nowhere is placed. WorkerRefused ``call_moving`` while that
        is dead and the call not moved yet, ``calls_full`` where no other has room; WorkerGone where no other lives."""
        name = self._at.get(call) or await self._place(call)
        worker = self._named(name)
        if worker is None or not self._workers.alive(worker):
            raise self._no_room() if self._choose(call) is None else WorkerRefused(429, MOVING)
        return worker.client

    async def elsewhere(self, call: str, refused: WorkerRefused) -> WorkerClient:
        """Its worker had less room than we knew: another, if the call is still placed there."""
        name = self._at.get(call, "")
        if (worker := self._named(name)) is not None:
            self._full[name] = worker.status
        chosen = self._choose(call)
        if chosen is None:
            raise refused
        try:
            await self._swap(call, name, chosen)
            self._at.pop(call, None)
        except JournalError as error:
            raise WorkerGone("the store is away") from error
        return await self.worker(call)

    def known(self, call: str) -> Worker | None:
        return self._named(self._at.get(call, ""))

    async def find(self, call: str) -> Worker | None:
        try:
            found = await self._beside.get(_key(call))
        except JournalError as error:
            raise WorkerGone("the store is away") from error
        if found is not None:
            self._settle(call, found.decode())
        elif self._having(call):
            await self._place(call)
        return self.known(call)

    def any(self) -> WorkerClient:
        name = choose(self._offers(), 1)
        worker = self._named(name) if name is not None else None
        if worker is None:
            raise self._no_room()
        return worker.client

    async def refresh(self, ours: Callable[[str], bool]) -> Sequence[str]:
        """Follow what others have moved, move what is ``ours`` to move; the calls that live elsewhere from now on.
        Errors of the journal."""
        moved = await self._follow(tuple(self._at))
        for call in tuple(self._at):
            if self._must_move(call) and ours(call):
                chosen = self._choose(call)
                if chosen is None:
                    self._stuck(call)
                elif await self._swap(call, self._at[call], chosen):
                    log.warning("call_moved", call=call, worker=self._at[call], to=chosen)
                    self._settle(call, chosen)
                    moved.append(call)
        return moved

    def forget(self, call: str) -> None:
        """It is looked up anew when it is next needed."""
        for kept in (self._at, self._renewed, self._placed_at):
            kept.pop(call, None)

    async def misplaced(self, worker: Worker) -> Sequence[str]:
        """Calls that this worker has and that live elsewhere, by what the store says now. Errors of the journal."""
        suspected = [call for call in worker.calls if self._at.get(call, worker.name) != worker.name]
        places = await self._beside.get_all([_key(call) for call in suspected])
        return [
            call
            for call, place in zip(suspected, places, strict=True)
            if place is not None and place.decode() != worker.name
        ]

    # --- parts -----------------------------------------------------------------------------------------------------

    async def _place(self, call: str) -> str:
        try:
            found = await self._beside.get(_key(call))
            if found is None:
                chosen = next(iter(self._having(call)), None) or self._choose(call)
                if chosen is None:
                    raise self._no_room()
                found = await self._beside.agree(_key(call), chosen.encode(), KEPT)
                log.info("call_placed", call=call, worker=found.decode())
        except JournalError as error:
            raise WorkerGone("the store is away") from error
        self._settle(call, found.decode())
        return found.decode()

    def _settle(self, call: str, name: str) -> None:
        self._at[call], self._placed_at[call] = name, self._monotonic()
        self._homeless.discard(call)

    async def _follow(self, calls: Sequence[str]) -> list[str]:
        """A key that is gone, from a store that was emptied, is said again while its call is there."""
        moved = []
        now = self._monotonic()
        places = await self._beside.get_all([_key(call) for call in calls])
        for call, found in zip(calls, places, strict=True):
            here = self._at.get(call, "").encode()
            place = found
            if place is None and self._having(call):
                place = await self._beside.agree(_key(call), here, KEPT)
            if place is None:
                self.forget(call)
            elif place != here:
                self._settle(call, place.decode())
                moved.append(call)
            elif now - self._renewed.setdefault(call, now) > RENEW:
                self._renewed[call] = now
                await self._beside.swap(_key(call), place, place, KEPT)
        return moved

    def _must_move(self, call: str) -> bool:
        worker = self._named(self._at[call])
        if worker is None:
            return self._workers.watched
        if not self._workers.alive(worker):
            return True
        return worker.draining and call not in worker.status.get("busy", ())

    async def _swap(self, call: str, old: str, new: str) -> bool:
        return await self._beside.swap(_key(call), old.encode(), new.encode(), KEPT)

    def _choose(self, call: str) -> str | None:
        here = self._at.get(call)
        return choose((offer for offer in self._offers() if offer.name != here), self._seats)

    def _stuck(self, call: str) -> None:
        if call not in self._homeless:
            self._homeless.add(call)
            log.critical("no_room_for_call", call=call, worker=self._at[call])

    def _no_room(self) -> WorkerError:
        return WorkerRefused(429, FULL) if self._offers() else WorkerGone("no media worker answers")

    def _offers(self) -> list[Offer]:
        return [self._offer(worker) for worker in self._living()]

    def _offer(self, worker: Worker) -> Offer:
        """What is only placed there counts too: ten rooms that are placed at once are not ten on one worker."""
        status, since = worker.status, self._monotonic() - SETTLE
        placed = {call for call, name in self._at.items() if name == worker.name and self._placed_at[call] > since}
        taken = status["seats"] + self._seats * len(placed - worker.calls)
        if self._full.get(worker.name) is status:
            taken = status["capacity"]
        return Offer(worker.name, status["capacity"], taken, worker.draining)

    def _living(self) -> Iterable[Worker]:
        return [worker for worker in self._workers.all() if self._workers.alive(worker)]

    def _having(self, call: str) -> list[str]:
        return [worker.name for worker in self._living() if call in worker.calls]

    def _named(self, name: str) -> Worker | None:
        """The one that lives, where a dead one had the same name."""
        found = [worker for worker in self._workers.all() if worker.name == name]
        return next((worker for worker in found if self._workers.alive(worker)), found[0] if found else None)


def _key(call: str) -> str:
    return f"media:{call}"
