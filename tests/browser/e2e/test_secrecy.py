"""A candidate's whole day, every byte of it: no ticket or token before the admission, and never anything of others."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field

import pytest
from playwright.async_api import Browser, Page, Response, WebSocket

from tests.browser.e2e.people import Candidate, day_in
from tests.support.demo import Demo

pytestmark = [pytest.mark.browser, pytest.mark.process, pytest.mark.asyncio(loop_scope="session")]

TOKEN = re.compile(r"eyJ[A-Za-z0-9_-]{8,}|ice-ufrag|\"ticket\"|zoom\.us|harutaka")
TICKETS = re.compile(r"/(ticket|offer|restart)$")
ECHO = re.compile(r"/(echo|leave)$")  # the connection test's own path; it leads to no room


@dataclass
class Tap:
    """Everything that reached one page: bodies of answers, frames of the live channel, and what the page said."""

    heard: list[tuple[str, str]] = field(default_factory=list)
    reading: int = 0
    idle: asyncio.Event = field(default_factory=asyncio.Event)

    def on(self, page: Page) -> None:
        page.on("response", self._response)
        page.on("websocket", self._socket)

    def _socket(self, socket: WebSocket) -> None:
        socket.on("framereceived", lambda data: self.heard.append(("live", str(data))))

    async def _response(self, response: Response) -> None:
        if "/static/" in response.url:
            return
        self.reading += 1
        self.idle.clear()
        try:
            await self._read(response)
        finally:
            self.reading -= 1
            if self.reading == 0:
                self.idle.set()

    async def _read(self, response: Response) -> None:
        headers = await response.all_headers()
        headers.pop("set-cookie", None)  # the session of this browser, which no script can read
        head = f"{response.url} {headers}"
        body = await response.body() if response.status == 200 else b""
        self.heard.append((response.url, head + body.decode("utf-8", "replace")))

    async def so_far(self) -> list[tuple[str, str]]:
        await self.idle.wait()
        return list(self.heard)


async def test_a_candidate_never_hears_of_others(demo: Demo, browser: Browser) -> None:
    mine = demo.of_room("r1")[1]
    neighbour = demo.of_room("r1")[0]
    async with day_in(browser) as day:
        panel = await day.console(demo.consoles("r1")[0])
        await panel.ready()
        await panel.join()
        other = await day.candidate()
        await other.arrive(neighbour["link"], neighbour["exam_number"], neighbour["name"])

        me = await day.candidate()
        tap = Tap()
        tap.on(me.page)
        await me.open(mine["link"])
        said = [await words(me)]
        await me.agree()
        await me.check_devices()
        said.append(await words(me))
        await me.go_on()
        await me.type_in(mine["exam_number"], mine["name"])
        await me.screen("waiting")
        said.append(await words(me))
        await panel.zone(mine["exam_number"], "waiting")
        await panel.do(mine["exam_number"], "message")
        await panel.fill_dialog(text="まもなくお呼びします。")
        await me.until("document.body.innerText.includes('まもなくお呼びします')")
        await me.page.reload()
        await me.screen("waiting")
        said.append(await words(me))
        early = await tap.so_far()

        await panel.press("a")
        await me.screen("room")
        await me.sees_and_hears(1)
        said.append(await words(me))
        await panel.press("f")
        await panel.press("f")
        await me.screen("end-finished")
        said.append(await words(me))
        whole = await tap.so_far()

    waiting = [text for url, text in early if not ECHO.search(url)]
    assert not [text[:300] for text in waiting if TOKEN.search(text)]
    assert not [url for url, _ in early if TICKETS.search(url)]
    assert any(TICKETS.search(url) for url, _ in whole), "the tap hears tickets when there are any"
    everything = "\n".join([*(text for _, text in whole), *said])
    assert mine["name"] in everything, "the tap hears names where there are any"
    assert not [one for one in await secrets_of_others(demo, mine["exam_number"]) if stands(one, everything)]


def stands(secret: str, text: str) -> bool:
    """By itself: a number of four digits stands inside many a time and many a port."""
    return re.search(rf"(?<![\w.:-]){re.escape(secret)}(?![\w:-])", text) is not None


async def words(candidate: Candidate) -> str:
    """The page with its markup, and its title."""
    return await candidate.page.content() + await candidate.page.title()


async def secrets_of_others(demo: Demo, number: str) -> list[str]:
    """Names, numbers, ids, links, addresses and telephone numbers of everybody else, staff included."""
    found: list[str] = []
    own: set[str] = set()
    for one in (await demo.operate("invites"))["invites"]:
        mine = one["number"] == number
        facts = {one["name"], one["number"], one["interview"], one["email"], one["telephone"], one["link"][-22:]} - {""}
        own |= facts if mine else set()
        found += [] if mine else sorted(facts)
    for member in (await demo.operate("staff-list"))["staff"]:
        found += [member["name"], member["staff"]]
    return [one for one in found if one not in own and len(one) > 3]


async def test_the_log_names_nobody(demo: Demo) -> None:
    """After the day above: no name, number, token, link or message is in what the gateway and its worker wrote."""
    log = demo.log.read_text("utf-8")
    assert "serving" in log, "it is the log"
    secrets = await secrets_of_others(demo, "") + ["まもなくお呼びします", "eyJ"]
    assert not [one for one in secrets if stands(one, log)]
