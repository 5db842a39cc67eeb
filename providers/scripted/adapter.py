"""The provider that does as it is told, and the script that tells it.

It redirects to a page of nobody's (``.invalid``, RFC 2606) unless it is told of another. ``fail`` queues faults for the
next calls of a method; a fault may strike after the work was done, as a time-out does.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from providers.base import (
    Abilities,
    GiveUp,
    Observation,
    Person,
    ProviderError,
    Redirect,
    Room,
    RoomSpec,
    Support,
    Ticket,
)

Method = Literal["open_room", "ticket", "close_room"]

SIGNATURE = "X-Scripted-Signature"  # hex HMAC-SHA-256 of the body
MAX_CALLBACK = 64 * 2**10  # bytes; one observation is 200
MAX_OBSERVATIONS = 100  # in one callback

LABEL = {"ja": "リハーサル用の接続先", "en": "Rehearsal provider"}
ABILITIES = Abilities(
    label=LABEL,
    arrival="handed_over",
    embedded=False,
    revokes=True,
    ends=True,
    support=Support(
        "リハーサル窓口", telephone="000-0000-0000", hours="9:00-17:00", open_from="09:00", open_until="17:00"
    ),
)


@dataclass(slots=True)
class Fault:
    """What the next call of a method raises; ``after_work``: only when the work was done."""

    error: ProviderError
    after_work: bool = False


@dataclass(slots=True)
class Script:
    """What the provider was told, and what it was asked for."""

    faults: dict[Method, list[Fault]] = field(default_factory=dict)
    asked: list[tuple[Method, str]] = field(default_factory=list)  # method, key or room id

    def fail(self, method: Method, error: ProviderError, *, times: int = 1, after_work: bool = False) -> None:
        """Have the next ``times`` calls of ``method`` raise."""
        self.faults.setdefault(method, []).extend(Fault(error, after_work) for _ in range(times))

    def next_fault(self, method: Method) -> Fault | None:
        waiting = self.faults.get(method)
        return waiting.pop(0) if waiting else None


class Scripted:
    """See ``Provider``. Rooms are kept in memory; ids follow from the key, so that another process makes the same."""

    def __init__(
        self,
        *,
        base_url: str | Callable[[], str] = "https://rehearsal.invalid",
        secret: bytes = b"",
        abilities: Abilities = ABILITIES,
        script: Script | None = None,
    ) -> None:
        self._base_url, self._secret, self._abilities = base_url, secret, abilities
        self.script = script or Script()
        self.rooms: dict[str, Room] = {}
        self.closed: set[str] = set()

    @property
    def name(self) -> str:
        return "scripted"

    @property
    def abilities(self) -> Abilities:
        return self._abilities

    @property
    def _base(self) -> str:
        """Asked for late: a port may be found out only when it is listened on."""
        return self._base_url if isinstance(self._base_url, str) else self._base_url()

    async def open_room(self, spec: RoomSpec, *, key: str) -> Room:
        """A room whose id follows from ``key``."""
        id_ = hashlib.sha256(key.encode()).hexdigest()[:16]
        with _Scripted(self.script, "open_room", key):
            made = Room(self.name, id_, spec.generation, {"url": f"{self._base}/{id_}"})
            return self.rooms.setdefault(id_, made)

    async def ticket(self, room: Room, person: Person) -> Ticket:
        """A redirect that differs for each person and device epoch. GiveUp when the room is closed."""
        with _Scripted(self.script, "ticket", room.id):
            if room.id in self.closed:
                raise GiveUp("room_closed")
            mark = hashlib.sha256(f"{person.sub} {person.admission} {person.device_epoch}".encode()).hexdigest()[:16]
            return Redirect(f"{room.details['url']}?for={mark}")

    async def close_room(self, room: Room) -> None:
        """Idempotent, also for a room that another process opened."""
        with _Scripted(self.script, "close_room", room.id):
            self.rooms.pop(room.id, None)
            self.closed.add(room.id)

    def observe(self, headers: Mapping[str, str], body: bytes) -> Sequence[Observation]:
        """Observations in a signed list. GiveUp ``not_genuine`` or ``garbage``."""
        genuine = hmac.digest(self._secret, body, "sha256").hex()
        if len(body) > MAX_CALLBACK or not self._secret:
            raise GiveUp("not_genuine")
        if not hmac.compare_digest(genuine, headers.get(SIGNATURE, "").encode("ascii", "replace").decode()):
            raise GiveUp("not_genuine")
        try:
            return [Observation(**one) for one in json.loads(body)[:MAX_OBSERVATIONS]]
        except (ValueError, TypeError) as error:
            raise GiveUp("garbage") from error

    def sign(self, body: bytes) -> dict[str, str]:
        """The headers that make a callback of the script's genuine."""
        return {SIGNATURE: hmac.digest(self._secret, body, "sha256").hex()}


class _Scripted:
    """Raises the fault that is due, before or after the work."""

    def __init__(self, script: Script, method: Method, about: str) -> None:
        script.asked.append((method, about))
        self._fault = script.next_fault(method)

    def __enter__(self) -> None:
        if self._fault is not None and not self._fault.after_work:
            raise self._fault.error

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if error is None and self._fault is not None:
            raise self._fault.error
