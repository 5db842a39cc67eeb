"""Outside providers in a day: scripted ones by any name, and Zoom by its simulator; and what a test waits for."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from providers.base import Abilities, Person, Redirect, Retry, Room, Ticket
from providers.scripted import ABILITIES, Scripted
from providers.zoom.adapter import Zoom
from tests.support.day import Browser, Day, Entrant
from tests.support.zoom_simulator import ZoomSimulator
from waiting_room.commands import SwitchProvider
from waiting_room.interview import Interview

PATIENCE = 20.0  # seconds for what takes milliseconds, on a busy machine


class Named(Scripted):
    """A scripted provider by a name of its own, that remembers for whom it was asked. ``life``: microseconds that a
    ticket lives, None: for ever."""

    def __init__(self, name: str, *, now: Callable[[], int], life: int | None = None, **abilities: Any) -> None:
        super().__init__(base_url=f"https://{name}.invalid", abilities=replace(ABILITIES, **abilities))
        self._name, self._now, self._life = name, now, life
        self.asked_for: list[Person] = []

    @property
    def name(self) -> str:
        return self._name

    @property
    def abilities(self) -> Abilities:
        return self._abilities

    async def ticket(self, room: Room, person: Person) -> Ticket:
        self.asked_for.append(person)
        made = await super().ticket(room, person)
        assert isinstance(made, Redirect)
        return made if self._life is None else replace(made, expires_at=self._now() + self._life)


def named(today: Day, name: str, *, life: int | None = None, **abilities: Any) -> Named:
    """One more provider of this gateway."""
    made = Named(name, now=today.clock, life=life, **abilities)
    today.gateway.house.providers.add(made)
    return made


async def switch(today: Day, provider: str, *, open_sessions: Any = "stay", scope: str = "event") -> None:
    command = SwitchProvider(provider, scope, open_sessions)
    await today.hall.execute(command, actor="cli", command_id=uuid.uuid4().hex)


async def until(today: Day, true: Callable[[], object]) -> None:
    """Until the journal has brought what makes this true."""
    async with asyncio.timeout(PATIENCE):
        while not true():
            await today.hall.watch(today.hall.state.head)


def of(today: Day, interview: str) -> Interview:
    return today.hall.state.interviews[interview]


def session_of(today: Day, interview: str) -> tuple[str, str]:
    """Provider and state of the latest session."""
    session = of(today, interview).session
    return (session.provider, session.state) if session is not None else ("", "")


async def seated(today: Day, entrant: Entrant) -> Browser:
    """Somebody who agreed to all that their page shows, and checked in."""
    browser = today.browser()
    assert (await browser.enter(link=today.link(entrant.id))).status == 200
    await agree(browser)
    answer = await browser.must("check-in", number=entrant.number, name=entrant.name)
    assert answer["result"] == "seated"
    return browser


async def agree(browser: Browser) -> None:
    """To the notice and the terms that the page shows."""
    terms = (await browser.see())["terms"]
    await browser.must("consent", notice="n1", **({"terms": terms["version"]} if terms else {}))


async def ready(today: Day, entrant: Entrant, provider: str) -> Browser:
    """Somebody who waits and whose session stands."""
    browser = await seated(today, entrant)
    await until(today, lambda: session_of(today, entrant.id) == (provider, "open"))
    return browser


async def settled(today: Day) -> None:
    """Until no ticket is being asked for."""
    async with asyncio.timeout(PATIENCE):
        tickets = today.gateway.tickets[today.hall.id]
        while tickets._asking:
            await asyncio.gather(*tickets._asking.values())
            await asyncio.sleep(0)


async def fail(today: Day, provider: Named) -> None:
    """It answers nobody who has a session opened from now on, and somebody waits: until the journal says it is down."""
    provider.script.fail("open_room", Retry("unavailable"), times=1_000)
    while provider.name not in today.hall.state.down:
        asked = len(provider.script.asked)
        today.clock.shift(31)
        today.gateway.agendas[today.hall.id].wake()
        await until(today, lambda asked=asked: len(provider.script.asked) > asked)  # type: ignore[misc]  # bound now
        await asyncio.sleep(0)


@asynccontextmanager
async def zoom(today: Day, *hosts: str, **changed: Any) -> AsyncIterator[tuple[Zoom, ZoomSimulator]]:
    """Zoom as one more provider, with its simulator; its pauses take no time. Its callbacks wait in the outbox."""

    async def sleep(seconds: float) -> None:
        today.clock.shift(seconds)
        await asyncio.sleep(0)

    async with ZoomSimulator(today.clock) as far_side:
        account = far_side.account(*(hosts or ("host1", "host2")), **changed)
        adapter = Zoom(account, now=today.clock, sleep=sleep)
        today.gateway.house.providers.add(adapter)
        far_side.webhooks.url = f"{today.origin}/hooks/zoom"
        try:
            yield adapter, far_side
        finally:
            await adapter.close()
