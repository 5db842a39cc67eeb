"""Several gateways on one Redis, nobody being sent to the same one twice; one of them is killed, or stopped."""

from __future__ import annotations

import asyncio
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gateway.duties import RENEW, WHAT
from tests.support.day import Entrant
from tests.support.fleet import AGAIN, Fleet, Ship, fleet
from tests.support.ports import HOST
from waiting_room.entries import (
    Admitted,
    Away,
    Called,
    CheckedIn,
    Finished,
    HandedOver,
    Overdue,
    SessionClosed,
    SessionOpened,
    SessionRequested,
    Stamped,
)
from waiting_room.journal.redis_rows import keys_of

pytestmark = [pytest.mark.process, pytest.mark.timeout(120)]

HANAKO = Entrant("ivaaaaaaaaaaaa", "A-1001", "青葉 花子", due=-1)
TARO = Entrant("ivbbbbbbbbbbbb", "A-1002", "渡邉 太郎", due=-1)
LATE = Entrant("ivdddddddddddd", "A-1004", "高橋 三郎", room="r2", due=-1)
SOON = Entrant("iveeeeeeeeeeee", "A-1005", "木村 四郎", room="r2", due=-9)  # overdue in a minute, not sooner
TAKEOVER = 5.0  # seconds after a kill


@pytest.fixture
async def three(tmp_path: Path) -> AsyncIterator[Fleet]:
    async with fleet(tmp_path, 3) as made:
        yield made


@dataclass
class Manned:
    """``at_work``: the gateway that has the work of the event, of three."""

    ships: Fleet
    links: dict[str, str]
    at_work: Ship


@pytest.fixture
async def manned(tmp_path: Path) -> AsyncIterator[Manned]:
    async with fleet(tmp_path, 1) as ships:
        links = await ships.event((HANAKO, LATE, TARO))
        leases = keys_of("exam").leases.decode()
        async with asyncio.timeout(TAKEOVER):
            while ships.server.ask("HGET", leases, WHAT).startswith(b"$-1"):  # noqa: ASYNC110 - another process
                await asyncio.sleep(AGAIN)
        for name in ("g2", "g3"):
            await ships.launch(ships.ship(name))
        yield Manned(ships, links, ships.ships[0])


def of(journal: list[Stamped], kind: type, interview: str) -> list[Stamped]:
    return [st for st in journal if isinstance(st.entry, kind) and st.stream == f"i:{interview}"]


async def test_a_day_whose_every_request_meets_another_gateway(three: Fleet) -> None:
    """Check-in, call, hand-over and finish of two candidates; consoles beside them; each request is answered as if
    there were one gateway that knows everything at once."""
    links = await three.event((HANAKO, TARO))
    console = three.browser()
    assert (await console.enter(link=await three.staff_link())).status == 200
    pages = {}
    for entrant in (HANAKO, TARO):
        page = pages[entrant.id] = three.browser()
        assert (await page.enter(link=links[entrant.id])).status == 200
        await page.must("consent", notice="n1")
        seated = await page.must("check-in", number=entrant.number, name=entrant.name)
        assert seated["result"] == "seated"
    for entrant in (HANAKO, TARO):
        page = pages[entrant.id]
        await console.must("admit", interview=entrant.id)
        await until(page, lambda view: view["phase"] == "admitting" and view["admission"]["ready"])
        await page.must("ticket")
        await page.must("pressed")
        await until(page, lambda view: view["phase"] == "in_session")
        await console.must("finish", interview=entrant.id, now=True)
        await until(page, lambda view: view["phase"] == "finished")
    journal, report = await settled(three, (HANAKO, TARO))
    assert report["ok"], report["fault"]
    for entrant in (HANAKO, TARO):
        for kind in (CheckedIn, Called, Admitted, HandedOver, Finished, SessionRequested, SessionOpened):
            assert len(of(journal, kind, entrant.id)) == 1, (entrant.id, kind)


async def settled(ships: Fleet, entrants: tuple[Entrant, ...]) -> tuple[list[Stamped], dict[str, Any]]:
    """The journal, once every session is closed."""
    async with asyncio.timeout(TAKEOVER * 2):
        while True:
            journal, report = await ships.journal()
            if all(of(journal, SessionClosed, entrant.id) for entrant in entrants):
                return journal, report


async def until(page: Any, wanted: Any, within: float = 10.0) -> Any:
    """By polls, each of which another gateway answers."""
    async with asyncio.timeout(within):
        while not wanted(view := await page.see()):  # noqa: ASYNC110 - another process
            await asyncio.sleep(AGAIN)
        return view


async def test_who_is_here_is_seen_at_every_gateway_and_decides_nothing(three: Fleet) -> None:
    links = await three.event((HANAKO,))
    page = three.browser(three.ships[0])
    assert (await page.enter(link=links[HANAKO.id])).status == 200
    await page.must("consent", notice="n1")
    await page.must("check-in", number=HANAKO.number, name=HANAKO.name)
    link = await three.staff_link()
    consoles = [three.browser(ship) for ship in three.ships]
    for console in consoles:
        assert (await console.enter(link=link)).status == 200
    async with page.http.ws_connect(f"{page.origin}/api/s/{page.sid}/live", headers={"Origin": three.origin}) as socket:
        for said, shown in (("here", "here"), ("asleep", "asleep"), ("here", "here")):
            await socket.send_json({"t": said})
            for console in consoles:
                await until(console, lambda view, shown=shown: row(view)["presence"] == shown)
    journal, _ = await three.journal()
    assert not of(journal, Away, HANAKO.id)


def row(view: Any) -> Any:
    return view["rows"][HANAKO.id]


async def test_gateways_whose_clocks_differ_agree_on_what_is_due(tmp_path: Path) -> None:
    """By the store's clock: nobody is overdue because a gateway's own is minutes ahead, and a browser's session that
    one of them made is good at the other."""
    async with fleet(tmp_path, 0) as ships:
        links = await ships.event((HANAKO, SOON))
        for name, skew in (("ahead", 170.0), ("behind", -170.0)):
            ship = ships.ship(name)
            ship.skew = skew
            await ships.launch(ship)
        page = ships.browser(ships.ships[0])
        answers = []
        for ship in (*ships.ships, *ships.ships):
            page.origin = f"http://{HOST}:{ship.port}"
            answers.append(await page.enter(link=links[SOON.id], **({"sid": page.sid} if page.sid else {})))
        assert [answer.status for answer in answers] == [200] * 4, answers
        assert len({answer.body["sid"] for answer in answers}) == 1
        times = [answer.body["event"]["now"] for answer in answers]
        assert max(times) - min(times) < 10_000
        await seat(ships, HANAKO, links[HANAKO.id])
        await opened(ships, HANAKO)  # whoever has the work is at it
        assert not of((await ships.journal())[0], Overdue, SOON.id)


async def seat(ships: Fleet, entrant: Entrant, link: str) -> None:
    """Somebody checks in at the second gateway; a session is opened for them by whoever has the work."""
    page = ships.browser(ships.ships[1])
    assert (await page.enter(link=link)).status == 200
    await page.must("consent", notice="n1")
    await page.must("check-in", number=entrant.number, name=entrant.name)


async def opened(ships: Fleet, entrant: Entrant) -> None:
    """The reactor, whosever it is, has opened a session for this interview."""
    async with asyncio.timeout(TAKEOVER * 2):
        while not of((await ships.journal())[0], SessionOpened, entrant.id):  # noqa: ASYNC110 - as above
            await asyncio.sleep(AGAIN)


async def test_the_work_of_a_killed_gateway_is_taken_over_within_five_seconds(manned: Manned) -> None:
    ships, links = manned.ships, manned.links
    began = time.monotonic()
    await seat(ships, HANAKO, links[HANAKO.id])
    await opened(ships, HANAKO)
    usual = time.monotonic() - began  # the same, now and on this machine, with everybody alive
    manned.at_work.signal(signal.SIGKILL)
    killed_at = time.monotonic()
    await seat(ships, LATE, links[LATE.id])
    await opened(ships, LATE)
    took = time.monotonic() - killed_at
    print(f"taken over {took:.1f} s after the kill; {usual:.1f} s without one")  # noqa: T201 - a figure of the issue
    assert 0.5 < took < TAKEOVER + usual
    await once_each(ships, HANAKO, LATE)


async def test_a_gateway_that_was_stopped_does_nothing_twice_when_it_wakes_up(manned: Manned) -> None:
    """Stopped, it does not know that its time is over; what it wakes up to has been done by another."""
    ships, links = manned.ships, manned.links
    await seat(ships, HANAKO, links[HANAKO.id])
    await opened(ships, HANAKO)
    manned.at_work.signal(signal.SIGSTOP)
    await seat(ships, LATE, links[LATE.id])
    await opened(ships, LATE)
    manned.at_work.signal(signal.SIGCONT)
    console = ships.browser(manned.at_work)
    assert (await console.enter(link=await ships.staff_link())).status == 200
    await console.must("admit", interview=HANAKO.id)  # it serves again
    await seat(ships, TARO, links[TARO.id])
    await opened(ships, TARO)
    await once_each(ships, HANAKO, LATE, TARO)


async def test_a_gateway_that_ends_hands_its_work_over_at_once(manned: Manned) -> None:
    ships, links = manned.ships, manned.links
    began = time.monotonic()
    await seat(ships, LATE, links[LATE.id])
    await opened(ships, LATE)
    usual = time.monotonic() - began
    manned.at_work.signal(signal.SIGTERM)
    assert await manned.at_work.ended() == 0
    ended_at = time.monotonic()
    await seat(ships, HANAKO, links[HANAKO.id])
    await opened(ships, HANAKO)
    assert time.monotonic() - ended_at < RENEW + 1 + 2 * usual


async def once_each(ships: Fleet, *entrants: Entrant) -> None:
    journal, report = await ships.journal()
    assert report["ok"], report["fault"]
    counted = Counter((type(st.entry), st.stream) for st in journal)
    for entrant in entrants:
        for kind in (CheckedIn, SessionRequested, SessionOpened):
            assert counted[kind, f"i:{entrant.id}"] == 1, (entrant.id, kind)
