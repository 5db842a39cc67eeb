"""Zoom as a provider. One meeting per interview: a link kept from before never opens another's.

Zoom knows no idempotency key, so ours is in the agenda, and the list of the hosts' meetings is asked before a meeting
is made and after: of several with our key the eldest stands, the others are deleted by their ids. That choice is the
same for everybody who makes it: ``created_at`` has whole seconds, so it is made when the second is over, and
nothing can come that is elder.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from providers.base import (
    Abilities,
    Finding,
    GiveUp,
    Observation,
    Person,
    Planned,
    ProviderError,
    Redirect,
    Room,
    RoomSpec,
    Support,
    Terms,
    Ticket,
)
from providers.zoom import preflight, webhooks
from providers.zoom.client import Client, gone, link
from providers.zoom.config import Account
from providers.zoom.hosts import Booking, place_of
from providers.zoom.links import in_browser, shown_name
from providers.zoom.marks import Marks
from providers.zoom.pool import HOST_CODES, Held, Pool, Snapshot
from providers.zoom.settings import differences, request, span
from providers.zoom.transport import PATIENCE
from providers.zoom.types import SECOND, Meeting

NAME = "zoom"
SETTLE = 1.1  # seconds after which the second of a creation is over
FRESH = 2 * SECOND  # a meeting younger than that may still get an elder
START_LIFE = 7200 * SECOND  # a start link's, Zoom, "Get a meeting"
REMEMBERED = 2000  # people given a link, to know them again in callbacks: the people of a large day
YOUNG = 3600 * SECOND  # a meeting younger than that may still be recorded by another gateway

TERMS_TITLE = "Zoom サービス規約 / Zoom Terms of Service"
TERMS_URL = "https://www.zoom.com/ja/trust/terms/"
ABILITIES = Abilities(
    label={"ja": "Zoom", "en": "Zoom"},
    arrival="joined",
    embedded=False,
    revokes=False,  # a link given out stays good until it expires or the meeting ends
    ends=True,
    support=Support("Zoom サポート / Zoom Support", url="https://support.zoom.com/hc/ja"),
    test_page="https://zoom.us/test",
)


def microseconds() -> int:
    return time.time_ns() // 1000


class Zoom:
    """See ``Provider``, ``Preflight``, ``Plans``, ``Sweeps``, ``Calls`` and ``Closes``. Use from one event loop."""

    def __init__(
        self,
        account: Account,
        *,
        now: Callable[[], int] = microseconds,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        patience: float = PATIENCE,
        abilities: Abilities = ABILITIES,
    ) -> None:
        self._account, self._now, self._sleep = account, now, sleep
        self._abilities = replace(abilities, terms=Terms(TERMS_TITLE, TERMS_URL, account.terms_version))
        self._client = Client(account, now, patience)
        self._pool = Pool(account.hosts, self._client, now, Marks(account.deployment))
        self._opening: dict[str, asyncio.Lock] = {}
        self._given: OrderedDict[tuple[str, str], str | None] = OrderedDict()  # meeting, name -> subject

    @property
    def name(self) -> str:
        return NAME

    @property
    def abilities(self) -> Abilities:
        return self._abilities

    async def close(self) -> None:
        await self._client.close()

    # --- the timetable ---------------------------------------------------------------------------------------------

    def plan(self, timetable: Sequence[Planned]) -> None:
        """Allot the hosts to the slots of all events together. Without it each session takes a host that is free."""
        self._pool.plan(timetable)

    def remember(self, rooms: Iterable[tuple[Room, int]]) -> None:
        """Count meetings that were made before a start, each with when (microseconds UTC): the cap is by the day."""
        for room, at in rooms:
            self._pool.ledger.recall(str(room.details.get("host", "")), at)

    async def preflight(self, timetable: Sequence[Planned]) -> Sequence[Finding]:
        """See ``Preflight``. It makes and deletes one meeting, which counts for the first host's day."""
        return await preflight.look(self._client, self._pool, timetable, self._now)

    async def orphans(
        self, standing: Collection[str], *, keys: Collection[str], events: Collection[str]
    ) -> Sequence[Room]:
        """See ``Sweeps``: older than an hour, by Zoom's clock. Another deployment's meetings are never among them."""
        snapshot = await self._pool.look()
        now = snapshot.date if snapshot.date is not None else self._now()
        return [
            Room(NAME, held.meeting.id, 0, {"host": held.host})
            for held in snapshot.held
            if held.mark is not None
            and held.mark.event in events
            and held.mark.key not in keys
            and held.meeting.id not in standing
            and held.meeting.made_before(now - YOUNG)
        ]

    # --- opening ---------------------------------------------------------------------------------------------------

    async def open_room(self, spec: RoomSpec, *, key: str) -> Room:
        """AskAPerson ``daily_cap`` or ``no_free_host`` when no host is left; ``details["alarm"]`` lists the settings
        that Zoom has not taken."""
        async with self._one_at_a_time(key):
            snapshot = await self._pool.look()
            standing = await self._standing(key, snapshot) or await self._make(spec, key, snapshot)
        whole = await self._client.meeting(standing.meeting.id)
        details: dict[str, object] = {"host": standing.host}
        if alarm := differences(whole):
            details["alarm"] = alarm
        return Room(NAME, whole.id, spec.generation, details)

    def _one_at_a_time(self, key: str) -> asyncio.Lock:
        for old in [name for name, lock in self._opening.items() if not lock.locked() and name != key]:
            del self._opening[old]
        return self._opening.setdefault(key, asyncio.Lock())

    async def _standing(self, key: str, snapshot: Snapshot) -> Held | None:
        """The meeting that stands for this key, None when there is none. Its duplicates are deleted."""
        found = snapshot.of(key)
        if found and _young(found[0].meeting, snapshot):
            await self._sleep(SETTLE)
            found = (await self._pool.look()).of(key)
        return await self._eldest(found) if found else None

    async def _make(self, spec: RoomSpec, key: str, snapshot: Snapshot) -> Held:
        made, booking = await self._create(spec, key, snapshot)
        try:
            await self._sleep(SETTLE)
            found = (await self._pool.look()).of(key)
        finally:
            self._pool.forget(booking)
        if made.meeting.id not in {held.meeting.id for held in found}:
            found = sorted([made, *found], key=lambda held: held.meeting.seniority)
        return await self._eldest(found)

    async def _eldest(self, found: Sequence[Held]) -> Held:
        for duplicate in found[1:]:
            await self._remove(duplicate.meeting.id)
        return found[0]

    async def _create(self, spec: RoomSpec, key: str, snapshot: Snapshot) -> tuple[Held, Booking]:
        """On the best host that takes it. Each refusal takes a host out of the choice, so this ends."""
        agenda, place = self._pool.marks.agenda(spec, key), place_of(spec.event, spec.room)
        while True:
            meanwhile = span(spec, self._now())
            host = self._pool.candidates(spec, meanwhile, snapshot)[0]
            booking = self._pool.mean(host, place, meanwhile)
            try:
                made = await self._client.create(host, request(spec, agenda, self._now()))
                return self._pool.held(host, made), booking
            except ProviderError as error:
                self._pool.forget(booking)
                self._leave_out(host, error)
            except BaseException:
                self._pool.forget(booking)
                raise
            snapshot = await self._pool.look()

    def _leave_out(self, host: str, error: ProviderError) -> None:
        """What is not the host's fault is raised."""
        if error.code == "daily_cap":
            self._pool.spent_up(host)
        elif error.code in HOST_CODES:
            self._pool.leave_alone(host)
        else:
            raise error

    # --- people ----------------------------------------------------------------------------------------------------

    async def ticket(self, room: Room, person: Person) -> Ticket:
        """Staff start the meeting as its host, by a link that is read anew; everybody else gets a link of their own,
        which shows their name. GiveUp ``no_such_meeting`` when it was closed."""
        if person.role not in ("candidate", "companion"):
            found = await self._client.meeting(room.id)
            return Redirect(link(found.start_url), self._now() + START_LIFE)
        shown = shown_name(person.shown_as)
        expires_at = self._now() + self._account.link_ttl * SECOND
        url = await self._client.invite(room.id, shown, self._account.link_ttl)
        self._keep(room.id, shown, person.sub)
        return Redirect(url, expires_at, in_browser(url))

    def _keep(self, room_id: str, shown: str, sub: str) -> None:
        """Two people of the same name cannot be told apart afterwards."""
        name = (room_id, shown)
        self._given[name] = sub if self._given.get(name, sub) == sub else None
        while len(self._given) > REMEMBERED:
            self._given.popitem(last=False)

    # --- closing ---------------------------------------------------------------------------------------------------

    async def close_room(self, room: Room) -> None:
        """Whoever is in it is put out, and its links die with it."""
        await self._remove(room.id)

    async def _remove(self, id_: str) -> None:
        with suppress(GiveUp):  # one that has not begun cannot be ended; whether it is gone, the next answer tells
            await self._client.end(id_)
        try:
            await self._client.delete(id_)
        except GiveUp as error:
            if not gone(error):
                raise

    # --- callbacks -------------------------------------------------------------------------------------------------

    def observe(self, headers: Mapping[str, str], body: bytes) -> Sequence[Observation]:
        """GiveUp ``not_genuine``, ``stale`` or ``garbage``. A genuine callback about nothing of ours is empty."""
        message = webhooks.verified(headers, body, self._account.webhook_secret, self._now())
        return webhooks.observations(message, lambda room, name: self._given.get((room, name)))

    def validation(self, headers: Mapping[str, str], body: bytes) -> Mapping[str, str] | None:
        """The JSON to answer, within 3 seconds, when Zoom asks whether the address is ours; None for any other
        callback. GiveUp as ``observe``."""
        message = webhooks.verified(headers, body, self._account.webhook_secret, self._now())
        return webhooks.validation(message, self._account.webhook_secret)

    @staticmethod
    def delivery_id(body: bytes) -> str:
        """The same for each delivery of a callback."""
        return webhooks.delivery_id(body)


def _young(meeting: Meeting, snapshot: Snapshot) -> bool:
    return snapshot.date is None or snapshot.date - meeting.created_at < FRESH
