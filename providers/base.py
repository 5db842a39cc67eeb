"""What a provider of video is to the gateway, and nothing more.

A provider knows no storage, no template, no request. It opens one session per interview, hands out one ticket per
person, closes the session by the session's own id, and turns what the far side tells us into observations.

Errors::

    ProviderError
     ├─ Retry       the far side may answer later (``after``: seconds, None when it did not say)
     ├─ GiveUp      it will not answer differently: wrong arguments, no such room
     └─ AskAPerson  only a person can mend it: credentials, quota, a setting in the tenant
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

Side = Literal["candidate", "staff", "companion"]
Verdict = Literal["ok", "warning", "failed", "ask"]
Role = Literal["candidate", "companion", "interviewer", "reception", "administrator"]


class ProviderError(Exception):
    """The provider could not do what was asked. ``code`` is stable and holds no personal data."""

    def __init__(self, code: str, sentence: str = "") -> None:
        super().__init__(sentence or code)
        self.code = code


class Retry(ProviderError):
    """The far side may answer later."""

    def __init__(self, code: str, sentence: str = "", *, after: float | None = None) -> None:
        super().__init__(code, sentence)
        self.after = after


class GiveUp(ProviderError):
    """The far side will not answer differently."""


class AskAPerson(ProviderError):
    """Only a person can mend this."""


@dataclass(frozen=True, slots=True)
class Support:
    """The provider's own support desk, shown when its page does not open.

    ``hours`` is prose, as the desk prints it. ``open_from`` and ``open_until`` say the same to a page that greys the
    desk while it is closed: "HH:MM" in Japanese time (UTC+9), the second later than the first and not in it; both or
    neither. Days on which the desk is closed are only in the prose. Without them nobody is told that it is closed."""

    name: str
    telephone: str | None = None
    hours: str | None = None
    url: str | None = None
    open_from: str | None = None
    open_until: str | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """Terms of the provider that a candidate has to see before being handed over."""

    title: str
    url: str
    version: str


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a provider can do. ``arrival``: whether it tells that a person has *joined*, or we know only that the
    person was *handed over*. ``embedded``: the session is on our own page. ``revokes``: an issued ticket can be made
    worthless. ``ends``: a running session can be ended. ``waits_again``: it has a waiting room of its own, where
    whoever was handed over waits once more until staff let them in there. ``issued``: its links were issued
    beforehand, on its own pages, and are imported; an interview without one cannot be held with it."""

    label: Mapping[str, str]  # language -> the name that every screen shows
    arrival: Literal["joined", "handed_over"]
    embedded: bool
    revokes: bool
    ends: bool
    support: Support | None = None
    test_page: str | None = None
    terms: Terms | None = None
    waits_again: bool = False
    issued: bool = False


@dataclass(frozen=True, slots=True)
class RoomSpec:
    """One interview's session to be. Ids are opaque; ``title`` holds no personal data. Times: microseconds UTC.
    ``generation`` grows at each switch of provider, from 1."""

    event: str
    room: str
    interview: str
    generation: int
    title: str
    starts_at: int
    ends_at: int


@dataclass(frozen=True, slots=True)
class Room:
    """An opened session. ``id`` is the provider's own; ``details`` is what the adapter needs later, JSON values only,
    journalled privately (it may hold links)."""

    provider: str
    id: str
    generation: int
    details: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Person:
    """``sub`` is opaque (``candidate:<interview>``, ``companion:<interview>.<n>``, ``staff:<id>``); ``shown_as`` is the
    name to show at the far side, by the event's policy. ``admission`` counts an interview's admissions from 1 (0 for
    staff); ``device_epoch`` grows at each takeover."""

    sub: str
    role: Role
    shown_as: str
    admission: int
    device_epoch: int


@dataclass(frozen=True, slots=True)
class Redirect:
    """Go to ``url``. It is a secret until the person is admitted. ``browser_url``: the same place without an app that
    has to be installed, where the provider has such a way."""

    url: str
    expires_at: int | None = None
    browser_url: str | None = None


@dataclass(frozen=True, slots=True)
class Embedded:
    """Enter the call ``call`` on our own page with a room token, which authorises one offer or ICE restart."""

    call: str
    token: str
    expires_at: int
    ice_servers: Sequence[Mapping[str, object]] = ()


Ticket = Redirect | Embedded


@dataclass(frozen=True, slots=True)
class Observation:
    """What the far side says happened. Facts by its clock (``at``, microseconds UTC): they corroborate, they never
    decide lateness. ``waiting``: at the far side's own door, not in yet; ``recording``: an alarm here. ``shown``: what
    somebody whom the adapter does not know is called there, for whoever knows the people of that session; it is never
    written down."""

    kind: Literal["joined", "left", "opened", "ended", "recording", "checked", "waiting"]
    room_id: str
    at: int
    sub: str | None = None
    side: Side | None = None
    reason: str | None = None
    shown: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Planned:
    """One slot of a timetable. Times: microseconds UTC."""

    event: str
    room: str
    interview: str
    starts_at: int
    ends_at: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a preflight. ``check`` is stable; ``text`` (language -> sentence) holds no secret and no name.
    ``ask``: only a person can confirm it. ``interview``: the slot that it is about, None when it is about them all."""

    check: str
    verdict: Verdict
    text: Mapping[str, str]
    interview: str | None = None


@runtime_checkable
class Provider(Protocol):
    """All four methods may raise ProviderError; the first three do I/O."""

    @property
    def name(self) -> str: ...

    @property
    def abilities(self) -> Abilities: ...

    async def open_room(self, spec: RoomSpec, *, key: str) -> Room:
        """Idempotent on ``key``, also across a crash between the call and the record of it."""

    async def ticket(self, room: Room, person: Person) -> Ticket:
        """What this person needs to enter. The gateway may ask ahead for the head of the queue; it gives it out at
        admission, never before."""

    async def close_room(self, room: Room) -> None:
        """End the session by its own id. Idempotent: one that is gone is closed."""

    def observe(self, headers: Mapping[str, str], body: bytes) -> Sequence[Observation]:
        """Verify, then parse a callback; no I/O. GiveUp when it is not genuine."""


@runtime_checkable
class Attends(Protocol):
    """Optional ability: a provider that lets single persons in and out of an opened session (the built-in room)."""

    async def attach(self, room: Room, person: Person) -> None: ...

    async def detach(self, room: Room, person: Person, *, reason: str) -> None: ...


@runtime_checkable
class Preflight(Protocol):
    """Optional ability: a provider that can tell beforehand whether a timetable will work."""

    async def preflight(self, timetable: Sequence[Planned]) -> Sequence[Finding]:
        """Everything that was looked at, what is well included. A far side that does not answer is a finding, too:
        it does not raise."""


@runtime_checkable
class Plans(Protocol):
    """Optional ability: a provider whose means are limited, and that is told what is to come."""

    def plan(self, timetable: Sequence[Planned]) -> None:
        """Every slot that is still to be held with this provider, of all events; in place of the one before."""

    def remember(self, rooms: Iterable[tuple[Room, int]]) -> None:
        """Sessions that were opened before a start, each with when (microseconds UTC)."""


@runtime_checkable
class Sweeps(Protocol):
    """Optional ability: a provider that can list sessions of ours which nobody knows any more."""

    async def orphans(
        self, standing: Collection[str], *, keys: Collection[str], events: Collection[str]
    ) -> Sequence[Room]:
        """Sessions that were opened for one of the ``events``, long enough ago to have been recorded, whose id is not
        among the ``standing`` and whose key not among the ``keys`` that are still to be opened."""


@runtime_checkable
class Calls(Protocol):
    """Optional ability: a provider that calls us back. ``observe`` reads what it says."""

    def validation(self, headers: Mapping[str, str], body: bytes) -> Mapping[str, str] | None:
        """The JSON to answer when the far side asks whether the address is ours; None for any other callback.
        GiveUp as ``observe``."""

    def delivery_id(self, body: bytes) -> str:
        """The same for each delivery of one callback. GiveUp ``garbage``."""


@runtime_checkable
class Closes(Protocol):
    """Optional ability: a provider that holds connections."""

    async def close(self) -> None: ...
