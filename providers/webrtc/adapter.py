"""The built-in room as a provider.

One call per event and room: the panel stays in it and can deliberate; a candidate is attached at admission and
detached first at finish. An interview's session is therefore a share in its room's call.

Interviews count their generations from 1 each; a call's own is none of these and stays, for raising it puts everybody
out, and the next interview's session is opened while somebody else is talking. Who may no longer be in is detached.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from providers.base import (
    Abilities,
    AskAPerson,
    Embedded,
    GiveUp,
    Observation,
    Person,
    Retry,
    Room,
    RoomSpec,
    Ticket,
)

from .client import WorkerClient, WorkerError, WorkerRefused

NAME = "webrtc"
TOKEN_LIFE = 60_000_000  # µs
# Two of the panel, a candidate and a companion. A page lays out one slot fewer than this.
CAPACITY = 4
FIRST_GENERATION = 1
WORKERS = 64  # that are asked one after the other whether they have room

Mint = Callable[[Mapping[str, Any]], str]
IceServers = Callable[[str], Sequence[Mapping[str, object]]]


class Places(Protocol):
    """Which worker a room's call lives on. WorkerError where there is none."""

    async def worker(self, call: str) -> WorkerClient:
        """The one where it lives, or is to live from now on."""

    async def elsewhere(self, call: str, refused: WorkerRefused) -> WorkerClient:
        """Another for a call that its worker has no room for. ``refused`` where there is none."""


class Alone:
    """The places of a gateway with one worker."""

    def __init__(self, worker: WorkerClient) -> None:
        self._worker = worker

    async def worker(self, call: str) -> WorkerClient:  # noqa: ARG002 - all calls are there
        return self._worker

    async def elsewhere(self, call: str, refused: WorkerRefused) -> WorkerClient:  # noqa: ARG002
        raise refused


def _wall_us() -> int:
    return time.time_ns() // 1000


def _no_ice_servers(_sub: str) -> Sequence[Mapping[str, object]]:
    return ()


def call_of(event: str, room: str) -> str:
    """The id of a room's call: opaque, the same for all its interviews."""
    return "call-" + hashlib.sha256(f"{event}\0{room}".encode()).hexdigest()[:24]


class BuiltInRoom:
    """A Provider that also Attends.

    ``mint`` signs a room token from ``sub, call, generation, admission, device_epoch, role, audience, grants``
    (the keyword arguments of the gateway's minting). ``ice_servers``: by the person's ``sub``, TURN with credentials
    where it is needed. ``now``: µs UTC."""

    name = NAME
    abilities = Abilities(
        label={"ja": "内蔵ビデオ通話", "en": "Built-in video room"},
        arrival="joined",
        embedded=True,
        revokes=True,
        ends=True,
    )

    def __init__(
        self,
        places: Places,
        mint: Mint,
        *,
        capacity: int = CAPACITY,
        ice_servers: IceServers = _no_ice_servers,
        now: Callable[[], int] = _wall_us,
    ) -> None:
        self._places = places
        self._mint = mint
        self._capacity = capacity
        self._ice_servers = ice_servers
        self._now = now
        self._attached: dict[tuple[str, str], set[str]] = {}

    async def open_room(self, spec: RoomSpec, *, key: str) -> Room:  # noqa: ARG002 - one call per room: its id is the key
        """The room's call, made if it is not there. Idempotent whatever the key."""
        call = call_of(spec.event, spec.room)
        await self._keep_call(call)
        return Room(NAME, f"{call}/{spec.interview}", spec.generation, {"call": call, "interview": spec.interview})

    async def open_panel(self, event: str, room: str) -> Room:
        """The same call for the panel, which is in it between interviews too."""
        call = call_of(event, room)
        await self._keep_call(call)
        return Room(NAME, call, FIRST_GENERATION, {"call": call})

    async def ticket(self, room: Room, person: Person) -> Ticket:
        """A token for one offer. The person must have been attached."""
        call = _call(room)
        claims = {
            "sub": person.sub,
            "call": call,
            "generation": await self._generation(call),
            "admission": person.admission,
            "device_epoch": person.device_epoch,
            "role": person.role,
            "audience": "call",
            "grants": ("publish", "subscribe"),
        }
        return Embedded(call, self._mint(claims), self._now() + TOKEN_LIFE, self._ice_servers(person.sub))

    async def attach(self, room: Room, person: Person) -> None:
        """Let the person in; a higher device epoch puts out their older device. Makes the call anew in a worker that
        does not know it any more."""
        call = _call(room)
        try:
            await self._put_person(call, person)
        except WorkerError as error:
            if not isinstance(error, WorkerRefused) or error.code != "call_unknown":
                raise _translated(error) from error
            await self._keep_call(call)
            await self._tell(self._put_person(call, person))
        if person.admission > 0:
            self._attached.setdefault((call, _interview(room)), set()).add(person.sub)

    async def detach(self, room: Room, person: Person, *, reason: str) -> None:
        """Put the person out; their packets stop before this returns. Idempotent."""
        await self._put_out(_call(room), person.sub, reason, person.admission or None)
        self._attached.get((_call(room), _interview(room)), set()).discard(person.sub)

    async def close_room(self, room: Room) -> None:
        """Put out the interview's candidate and companions; the panel's call stays. Idempotent."""
        call, interview = _call(room), _interview(room)
        for sub in sorted(await self._of_interview(call, interview)):
            await self._put_out(call, sub, "closed")
        self._attached.pop((call, interview), None)

    async def end_call(self, event: str, room: str) -> None:
        """Put out everybody, the panel too: at the end of the day. Idempotent."""
        call = call_of(event, room)
        await self._tell((await self._worker(call)).delete_call(call))

    def observe(self, headers: Mapping[str, str], body: bytes) -> Sequence[Observation]:  # noqa: ARG002
        """The worker is listened to, it calls nobody back."""
        raise GiveUp("no_callbacks", "the built-in room sends no callbacks")

    async def _of_interview(self, call: str, interview: str) -> set[str]:
        """Who is in by this interview: by our own book, and by the worker's, which also knows whom an earlier
        gateway attached."""
        known = set(self._attached.get((call, interview), ()))
        worker = await self._worker(call)
        for state in (await self._tell(worker.calls()))["calls"]:
            if state["call"] == call:
                known |= {person["sub"] for person in state["people"] if belongs(person["sub"], interview)}
        return known

    async def _put_out(self, call: str, sub: str, reason: str, admission: int | None = None) -> None:
        worker = await self._worker(call)
        try:
            await self._tell(worker.delete_person(call, sub, reason=reason, admission=admission))
        except GiveUp as gone:
            if gone.code != "call_unknown":
                raise

    async def _put_person(self, call: str, person: Person) -> None:
        worker = await self._places.worker(call)
        await worker.put_person(
            call, person.sub, role=person.role, epoch=person.device_epoch, admission=person.admission
        )

    async def _keep_call(self, call: str) -> None:
        worker = await self._worker(call)
        for _ in range(WORKERS):
            present = await self._generation(call, worker)
            try:
                await worker.put_call(call, generation=present, capacity=self._capacity)
            except WorkerRefused as refused:
                if refused.code != "calls_full":
                    raise _translated(refused) from refused
                worker = await self._tell(self._places.elsewhere(call, refused))
            except WorkerError as error:
                raise _translated(error) from error
            else:
                return
        raise Retry("calls_full")

    async def _worker(self, call: str) -> WorkerClient:
        worker: WorkerClient = await self._tell(self._places.worker(call))
        return worker

    async def _generation(self, call: str, worker: WorkerClient | None = None) -> int:
        """The call's, by the worker that has it; the first one if it has none."""
        asked = worker or await self._worker(call)
        states = (await self._tell(asked.calls()))["calls"]
        return next((int(state["generation"]) for state in states if state["call"] == call), FIRST_GENERATION)

    async def _tell(self, request: Any) -> Any:
        try:
            return await request
        except WorkerError as error:
            raise _translated(error) from error


def belongs(sub: str, interview: str) -> bool:
    """Whether ``sub`` is the candidate or a companion of ``interview`` (providers.base.Person)."""
    return sub == f"candidate:{interview}" or sub.startswith(f"companion:{interview}.")


def observation(line: Mapping[str, Any]) -> Observation | None:
    """The observation in a line of the worker's events, if it is one: ``room_id`` is the call's id."""
    if line.get("kind") not in {"joined", "left"}:
        return None
    return Observation(
        kind=line["kind"], room_id=line["call"], at=line["at"], sub=line["sub"],
        side=_side(line["sub"]), reason=line.get("reason"),
    )  # fmt: skip


def _side(sub: str) -> Any:
    return {"candidate": "candidate", "companion": "companion"}.get(sub.partition(":")[0], "staff")


def _call(room: Room) -> str:
    return str(room.details["call"])


def _interview(room: Room) -> str:
    return str(room.details.get("interview", ""))


def _translated(error: WorkerError) -> Exception:
    if not isinstance(error, WorkerRefused):
        return Retry("worker_gone", "the media worker does not answer")
    if error.status == 429:
        return Retry(error.code)
    if error.status >= 500:
        return Retry("worker_failed")
    return AskAPerson(error.code) if error.code == "secret_wrong" else GiveUp(error.code)
