"""Two gateways whose Redis dies, or stops answering, under open pages: everybody is told at once, nothing is accepted
that cannot be recorded, and all is well again by itself."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from gateway.store import PATIENCE
from tests.support.day import Browser, Entrant, Line
from tests.support.fleet import AGAIN, Fleet, Ship, fleet
from tests.support.ports import HOST
from waiting_room.entries import CheckedIn, HandedOver

pytestmark = [pytest.mark.process, pytest.mark.timeout(120)]

HANAKO = Entrant("ivaaaaaaaaaaaa", "A-1001", "青葉 花子", due=-1)
TARO = Entrant("ivbbbbbbbbbbbb", "A-1002", "渡邉 太郎", due=-1)
AT_ONCE = 5.0  # seconds from a cut until the last page has been told, on a busy machine; 0.3 on a free one


@dataclass
class Pages:
    """A candidate at one gateway, a console at the other, each with an open line; and one who polls."""

    ships: Fleet
    candidate: Browser
    console: Browser
    poller: Browser
    lines: tuple[Line, Line]

    async def all_see(self, wanted: Callable[[Any], bool], within: float) -> None:
        async with asyncio.timeout(within), asyncio.TaskGroup() as tasks:
            for line in self.lines:
                tasks.create_task(line.until(wanted, within=within))
            tasks.create_task(self._polled(wanted))

    async def _polled(self, wanted: Callable[[Any], bool]) -> None:
        have = ""
        while True:
            frame = await self.poller.view(have, wait=5)
            if frame["t"] == "view":
                have = frame["id"]
                if wanted(frame["view"]):
                    return


@pytest.fixture
async def pages(tmp_path: Path) -> AsyncIterator[Pages]:
    async with fleet(tmp_path, 2) as ships, AsyncExitStack() as stack:
        links = await ships.event((HANAKO, TARO))
        candidate, console, poller = (ships.browser(ships.ships[n]) for n in (0, 1, 1))
        for page, entrant in ((candidate, HANAKO), (poller, TARO)):
            assert (await page.enter(link=links[entrant.id])).status == 200
            await page.must("consent", notice="n1")
        await candidate.must("check-in", number=HANAKO.number, name=HANAKO.name)
        assert (await console.enter(link=await ships.staff_link())).status == 200
        opened = []
        for page in (candidate, console):
            socket = await stack.enter_async_context(
                page.http.ws_connect(f"{page.origin}/api/s/{page.sid}/live", headers={"Origin": ships.origin})
            )
            await socket.send_json({"t": "have", "id": ""})
            opened.append(Line(page, socket))
        yield Pages(ships, candidate, console, poller, (opened[0], opened[1]))


def is_lost(view: Any) -> bool:
    return bool(view.get("store") == "lost")


def is_well(view: Any) -> bool:
    return "store" not in view


async def state_of(ship: Ship, path: str) -> tuple[int, Any]:
    async with aiohttp.ClientSession() as http, http.get(f"http://{HOST}:{ship.port}{path}") as answer:
        return answer.status, await answer.json()


async def both_ready(ships: Fleet) -> None:
    async with asyncio.timeout(30):
        for ship in ships.ships:
            while (await state_of(ship, "/readyz"))[0] != 200:  # noqa: ASYNC110 - another process
                await asyncio.sleep(AGAIN)


@pytest.mark.parametrize("how", ["killed", "stopped"])
async def test_every_page_is_told_and_what_is_asked_is_refused_until_it_can_be_recorded(pages: Pages, how: str) -> None:
    ships, server = pages.ships, pages.ships.server
    await pages.all_see(is_well, 5)
    began = time.monotonic()
    if how == "killed":
        server.kill()
    else:
        server.signal(signal.SIGSTOP)
    await pages.all_see(is_lost, AT_ONCE + (0 if how == "killed" else 2 * PATIENCE))
    print(f"{how}: the last page was told after {time.monotonic() - began:.2f} s")  # noqa: T201 - a figure
    for ship in ships.ships:
        assert await state_of(ship, "/readyz") == (503, {"ok": False, "why": "store_lost"})
        assert (await state_of(ship, "/healthz"))[0] == 200
    began = time.monotonic()
    refused = await pages.poller.do("check-in", id="once" * 8, number=TARO.number, name=TARO.name)
    assert (refused.status, refused.code, refused.body["retry_after"]) == (503, "store", 2)
    assert time.monotonic() - began < PATIENCE, "it is known already"
    if how == "killed":
        await asyncio.to_thread(server.start)
    else:
        server.signal(signal.SIGCONT)
    await pages.all_see(is_well, 10)
    await both_ready(ships)
    seated = await pages.poller.do("check-in", id="once" * 8, number=TARO.number, name=TARO.name)
    assert seated.body.get("result") == "seated", seated
    await pages.console.must("admit", interview=HANAKO.id)
    await pages.lines[0].until(lambda view: view["phase"] == "admitting" and view["admission"]["ready"], within=10)
    await pages.candidate.must("ticket")
    await pages.candidate.must("pressed")
    journal, report = await ships.journal()
    assert report["ok"], report["fault"]
    assert len([st for st in journal if isinstance(st.entry, CheckedIn)]) == 2
    assert len([st for st in journal if isinstance(st.entry, HandedOver)]) == 1
