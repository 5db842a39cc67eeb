"""One interview on Zoom from check-in to finish, by two pages that know nothing of gateways that die.

Each repeats a request with the same id until it is answered, at the gateways behind the front in turn, as our pages and
a load balancer do. What they were told, and what happened at Zoom meanwhile, is kept for the test to judge.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from yarl import URL

from tests.support.day import Answer
from tests.support.zoom_simulator import ZoomSimulator
from tests.support.zoom_simulator_rules import Refusal
from tests.support.zoom_simulator_world import SimMeeting

AGAIN = 0.02  # seconds between two attempts, and between two looks: pages wait longer
LATER = frozenset(
    {"draining", "store", "provider_busy", "provider", "not_admitted"}
)  # codes after which a page tries on
PATIENCE = aiohttp.ClientTimeout(total=8)


@dataclass(frozen=True)
class Front:
    """Where pages find a gateway: the first that answers."""

    origin: str
    ports: tuple[int, ...]


@dataclass
class Heard:
    """What was told to people, and what became of meetings: ``ended`` are those that were ended or deleted, each with
    whether somebody had asked for the interview's end by then."""

    handed: set[tuple[int, int]] = field(default_factory=set)  # generation, meeting
    arrivals: set[int] = field(default_factory=set)
    finishing: bool = False
    ended: list[tuple[int, bool]] = field(default_factory=list)

    def watch(self, zoom: ZoomSimulator) -> None:
        """Note what becomes of meetings from here on."""
        world = zoom.world

        def noting(act: Any) -> Any:
            def noted(meeting: SimMeeting) -> None:
                act(meeting)
                self.ended.append((meeting.id, self.finishing))

            return noted

        for name in ("delete", "end"):
            setattr(world, name, noting(getattr(world, name)))


class Page:
    """One browser with one page."""

    def __init__(self, front: Front, http: aiohttp.ClientSession) -> None:
        self.front, self._http, self._turn = front, http, 0
        self.sid = ""

    async def ask(self, method: str, path: str, body: Any = None) -> Answer:
        """Until it is answered. A redirect is an answer: its address."""
        while True:
            port = self.front.ports[self._turn % len(self.front.ports)]
            try:
                answer = await self._once(method, f"http://127.0.0.1:{port}{path}", body)
            except (aiohttp.ClientError, TimeoutError):
                self._turn += 1
            else:
                if answer.status < 500:
                    return answer
                assert answer.code in LATER, answer
            await asyncio.sleep(AGAIN)

    async def enter(self, link: str) -> None:
        answer = await self.ask("POST", "/api/enter", {"link": link})
        assert answer.status == 200, answer
        self.sid = answer.body["sid"]

    async def do(self, command: str, **body: Any) -> Answer:
        return await self.ask("POST", f"/api/s/{self.sid}/{command}", {"id": uuid.uuid4().hex, **body})

    async def must(self, command: str, **body: Any) -> Any:
        answer = await self.do(command, **body)
        assert answer.status == 200, (command, answer)
        return answer.body

    async def see(self) -> Any:
        answer = await self.ask("GET", f"/api/s/{self.sid}/view?have=&wait=0")
        assert answer.status == 200, answer
        return answer.body["view"]

    async def _once(self, method: str, url: str, body: Any) -> Answer:
        headers = {"Origin": self.front.origin}
        async with self._http.request(method, url, json=body, headers=headers, allow_redirects=False) as response:
            if response.status in (302, 303):
                return Answer(response.status, response.headers["Location"])
            found = await response.json(content_type=None) if "json" in response.content_type else {}
            return Answer(response.status, found)


@asynccontextmanager
async def pages(front: Front, number: int) -> AsyncIterator[list[Page]]:
    """So many browsers."""
    jars = [aiohttp.CookieJar(unsafe=True) for _ in range(number)]
    browsers = [aiohttp.ClientSession(cookie_jar=jar, timeout=PATIENCE) for jar in jars]
    try:
        yield [Page(front, browser) for browser in browsers]
    finally:
        for browser in browsers:
            await browser.close()


async def call_back(zoom: ZoomSimulator, front: Front) -> None:
    """What Zoom has to tell, at the gateways in turn."""
    for port in front.ports:
        if zoom.webhooks.outbox or zoom.webhooks.failed:
            zoom.webhooks.url = f"http://127.0.0.1:{port}/hooks/zoom"
            await zoom.webhooks.try_again()


async def walk(
    front: Front, zoom: ZoomSimulator, heard: Heard, *, interview: str, links: tuple[str, str], typed: dict[str, str]
) -> None:
    """From the links (of candidate and interviewer) until the interview is over and its session closed."""
    async with pages(front, 2) as (phone, console), asyncio.TaskGroup() as both:
        both.create_task(_candidate(phone, zoom, heard, links[0], typed))
        both.create_task(_interviewer(console, zoom, heard, links[1], interview))


async def _candidate(page: Page, zoom: ZoomSimulator, heard: Heard, link: str, typed: dict[str, str]) -> None:
    await page.enter(link)
    terms = (await page.see())["terms"]
    agreed = {"terms": terms["version"]} if terms else {}
    await page.must("consent", notice="n1", **agreed)
    assert (await page.must("check-in", **typed))["result"] == "seated"
    inside = 0
    while (view := await page.see())["phase"] != "finished":
        heard.arrivals.add(view["seat"]["at"])
        admission = view["admission"] or {"ready": False, "generation": 0}
        if admission["ready"] and admission["generation"] > inside and await _goes_in(page, zoom, heard, admission):
            inside = admission["generation"]
        await asyncio.sleep(AGAIN)


async def _goes_in(page: Page, zoom: ZoomSimulator, heard: Heard, admission: dict[str, Any]) -> bool:
    """With a ticket to the meeting, past the join button, and in as soon as its host is there."""
    answer = await page.do("ticket")
    if answer.status != 200:
        assert answer.code in LATER, answer
        return False
    meeting, token = where(answer.body["ticket"]["url"])
    heard.handed.add((admission["generation"], meeting))
    assert (await page.do("pressed")).status == 200
    return await _in(zoom, meeting, token)


async def _in(zoom: ZoomSimulator, meeting: int, token: str) -> bool:
    """False: not yet. A link that is not good any more is an error of the test's subject."""
    try:
        zoom.world.enter(meeting, token)
    except Refusal as refusal:
        if refusal.status != 409:
            raise AssertionError(f"the link does not lead in: {refusal.message}") from refusal
        return False
    return True


async def _interviewer(page: Page, zoom: ZoomSimulator, heard: Heard, link: str, interview: str) -> None:
    await page.enter(link)
    while True:
        await call_back(zoom, page.front)
        row = (await page.see())["rows"][interview]
        if row["phase"] == "finished" and row["session"]["state"] == "closed":
            return
        if "admit" in row["can"]:
            answer = await page.do("admit", interview=interview)
            assert answer.status in (200, 409), answer
        elif row["phase"] in ("admitting", "in_session"):
            await _interviews(page, zoom, heard, row)
        await asyncio.sleep(AGAIN)


async def _interviews(page: Page, zoom: ZoomSimulator, heard: Heard, row: dict[str, Any]) -> None:
    """Starts the meeting, and ends the interview once the candidate is there."""
    present = [names for meeting in zoom.world.meetings.values() for names in meeting.present.values()]
    if row["ready"] and not any(name == "" for name in present):
        await _starts(page, zoom, row)
    elif any(name != "" for name in present) and row["phase"] == "in_session":
        heard.finishing = True
        answer = await page.do("finish", interview=row["id"], now=True)
        assert answer.status in (200, 409), answer


async def _starts(page: Page, zoom: ZoomSimulator, row: dict[str, Any]) -> None:
    """By the way of the console: an address of ours that leads to the host's link."""
    answer = await page.do("join", room=row["room"])
    assert answer.status == 200 or answer.code in LATER, answer
    if answer.status == 200:
        opened = await page.ask("GET", answer.body["ticket"]["url"])
        if opened.status == 303:
            assert await _in(zoom, *where(opened.body))


def where(url: str) -> tuple[int, str]:
    """Meeting and token of a link."""
    link = URL(url)
    return int(link.name), link.query.get("tk") or link.query["zak"]
