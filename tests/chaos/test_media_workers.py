"""Media workers as processes of their own, two gateways, real packets: who is at one gateway meets who is at the other,
and a worker's end is nobody's loss."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, async_playwright

from providers.webrtc.adapter import call_of
from providers.webrtc.client import WorkerError
from tests.support.call_client import CallClient
from tests.support.chromium import chromium, flags
from tests.support.day import FILE, Browser, Entrant
from tests.support.fleet import AGAIN, Fleet, MediaWorker, fleet
from waiting_room.entries import Joined, Left

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]

HANAKO = Entrant("ivaaaaaaaaaaaa", "A-1001", "青葉 花子", due=-1)
JIRO = Entrant("ivcccccccccccc", "A-1003", "髙橋 次郎", room="r2", due=-1)
EVENT = {**FILE, "provider": "webrtc"}
NOTICED = 10.0  # seconds after a worker's death, on a busy machine: three on a free one (tests/gateway/test_workers.py)
SPOKEN = b"do you hear me"


@dataclass
class Seat:
    """A page in the call: it comes back as pages do, by a fresh ticket and a new offer, again and again."""

    browser: Browser
    command: str = "ticket"
    body: Mapping[str, str] = field(default_factory=dict)
    client: CallClient | None = None

    async def join(self, within: float = 20.0) -> int:
        """The port of the worker that it is at now."""
        if self.client is not None:
            self.client.transport.close()
        async with asyncio.timeout(within):
            while True:
                self.client = CallClient()
                answer = await self.client.join(self.browser, self.command, **self.body)
                if answer.status == 200:
                    return self.client.worker[1]
                assert answer.code in ("provider_busy", "call_moving", "call_unknown", "person_unknown"), answer
                await asyncio.sleep(AGAIN)


@dataclass
class Office:
    ships: Fleet
    links: Mapping[str, str]
    candidate: Seat
    panel: Seat

    async def whole(self) -> tuple[MediaWorker, MediaWorker]:
        """Both workers live: the one that the people are at, and the other."""
        await self.relaunch()
        assert self.panel.client is not None
        at = await self.worker_at(self.panel.client.worker[1])
        (other,) = [worker for worker in self.ships.workers if worker is not at]
        await self.hear_each_other()
        return at, other

    async def relaunch(self) -> None:
        for worker in self.ships.workers:
            if worker.child is None or worker.child.ended.done():
                await self.ships.launch_worker(worker)

    async def worker_at(self, port: int) -> MediaWorker:
        for worker in self.ships.workers:
            with suppress(WorkerError):
                if (await worker.status())["udp"][0].endswith(f":{port}"):
                    return worker
        raise AssertionError(port)

    async def both_rejoin(self) -> MediaWorker:
        ports = await asyncio.gather(self.candidate.join(), self.panel.join())
        assert len(set(ports)) == 1, "everybody of a room is on one worker"
        return await self.worker_at(ports[0])

    async def hear_each_other(self) -> None:
        first, second = self.candidate.client, self.panel.client
        assert first is not None
        assert second is not None
        for speaker, listener in ((first, second), (second, first)):
            async with asyncio.timeout(10):
                number = 0
                while not any(SPOKEN in packet for packet in listener.rtp):
                    number += 1
                    speaker.say(number, SPOKEN)
                    await asyncio.sleep(AGAIN)


async def shown(page: Browser, true: Callable[[Any], bool]) -> None:
    async with asyncio.timeout(20):
        while not true(await page.see()):  # noqa: ASYNC110 - another process
            await asyncio.sleep(AGAIN)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    """A candidate who was admitted and came through one gateway, the panel through the other."""
    async with fleet(tmp_path_factory.mktemp("office"), 2, workers=2) as ships:
        links = await ships.event((HANAKO, JIRO), EVENT)
        candidate, console = (ships.browser(ship) for ship in ships.ships)
        assert (await console.enter(link=await ships.staff_link())).status == 200
        assert (await candidate.enter(link=links[HANAKO.id])).status == 200
        made = Office(ships, links, Seat(candidate), Seat(console, "join", {"room": "r1"}))
        await made.panel.join()
        await candidate.must("consent", notice="n1")
        await candidate.must("check-in", number=HANAKO.number, name=HANAKO.name)
        await console.must("admit", interview=HANAKO.id)
        await shown(candidate, lambda view: view["phase"] == "admitting" and view["admission"]["ready"])
        await made.candidate.join()
        await shown(candidate, lambda view: view["phase"] == "in_session")
        yield made
        for seat in (made.candidate, made.panel):
            if seat.client is not None:
                seat.client.transport.close()


async def told(office: Office) -> list[type]:
    journal, report = await office.ships.journal()
    assert report["ok"], report["fault"]
    return [type(st.entry) for st in journal if isinstance(st.entry, Joined | Left) and st.stream == f"i:{HANAKO.id}"]


async def test_two_gateways_one_call_and_a_killed_worker_s_room_comes_back_on_the_other(office: Office) -> None:
    """There is a call for them again before long; both come back without a click, hear each other, and the journal has
    it once."""
    first, second = await office.whole()
    assert (await second.status())["calls"] == 0
    before = await told(office)
    first.signal(signal.SIGKILL)
    killed_at = time.monotonic()
    await second.until(lambda status: status["calls"] == 1, within=NOTICED)
    noticed = time.monotonic() - killed_at
    assert await office.both_rejoin() is second
    await office.hear_each_other()
    print(f"noticed after {noticed:.2f} s, everybody rejoined after {time.monotonic() - killed_at:.2f} s")  # noqa: T201
    async with asyncio.timeout(10):
        while len(now := await told(office)) < len(before) + 2:  # noqa: ASYNC110 - another process
            await asyncio.sleep(AGAIN)
    assert now == [*before, Left, Joined]


async def test_a_worker_that_stood_still_finds_its_room_gone_and_one_that_drains_ends_with_its_last_call(
    office: Office,
) -> None:
    """SIGSTOP is a death; after SIGCONT there is one copy of the call. SIGTERM: calls go on, and the rooms that come
    later are elsewhere."""
    first, second = await office.whole()
    first.signal(signal.SIGSTOP)
    await second.until(lambda status: status["calls"] == 1, within=NOTICED)
    assert await office.both_rejoin() is second
    first.signal(signal.SIGCONT)
    await first.until(lambda status: status["calls"] == status["peers"] == 0)
    await office.hear_each_other()

    second.signal(signal.SIGTERM)
    await second.until(lambda status: status["draining"])
    other = office.ships.browser(office.ships.ships[0])
    assert (await other.enter(link=await office.ships.staff_link(rooms=("r2",)))).status == 200
    late = Seat(other, "join", {"room": "r2"})
    await late.join()
    assert (await first.status())["calls"] == 1
    await office.hear_each_other()
    assert second.child is not None
    assert not second.child.ended.done()
    for seat in (office.candidate, office.panel):
        assert seat.client is not None
        await seat.browser.must("leave", peer=seat.client.peer)
    async with asyncio.timeout(20):
        assert await second.child.ended == 0
    assert late.client is not None
    late.client.transport.close()


# --- real browsers -------------------------------------------------------------------------------------------------

ENTER = """async (link) => {
  const { enter, Session } = await import("/static/api.js");
  globalThis.session = new Session((await enter({ link })).sid);
}"""
COMMAND = "([name, body]) => session.command(name, body)"
JOIN = """async (joining) => {
  const { Call } = await import("/static/media/call.js");
  globalThis.states = [];
  globalThis.call = new Call({ signal: session.signal(joining) });
  call.addEventListener("state", () => states.push(call.state));
  await call.join(await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 320, height: 240 } }));
}"""
BACK = "() => states.filter((state) => state === 'connected').length === 2"
READY = "async () => (await session.read('view?have=&wait=0')).view.admission?.ready"
FLOWING = """async () => {
  const total = async () => (await call.stats()).slots.reduce((sum, slot) => sum + slot.framesDecoded, 0);
  globalThis.before ??= await total();
  return await total() > before + 5;
}"""


async def page_of(context: Any, ships: Fleet, link: str) -> Page:
    page: Page = await context.new_page()
    await page.goto(f"{ships.origin}/j")
    await page.evaluate(ENTER, link)
    return page


async def flowing(page: Page) -> None:
    await page.evaluate("() => { globalThis.before = undefined; }")
    await page.wait_for_function(FLOWING, polling=100, timeout=30_000)


@pytest.mark.browser
async def test_both_pages_come_back_on_another_worker_without_a_click(office: Office) -> None:
    """In Chromium, each request of which meets another gateway."""
    await office.relaunch()
    ships, call = office.ships, call_of("exam", "r2")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=flags(calls=True))
        candidate = await page_of(await browser.new_context(), ships, office.links[JIRO.id])
        console = await page_of(await browser.new_context(), ships, await ships.staff_link(rooms=("r2",)))
        await candidate.evaluate(COMMAND, ["consent", {"notice": "n1"}])
        await candidate.evaluate(COMMAND, ["check-in", {"number": JIRO.number, "name": JIRO.name}])
        await console.evaluate(JOIN, {"name": "join", "body": {"room": "r2"}})
        await console.evaluate(COMMAND, ["admit", {"interview": JIRO.id}])
        await candidate.wait_for_function(READY, polling=100)
        await candidate.evaluate(JOIN, {"name": "ticket"})
        pages = (candidate, console)
        for page in pages:
            await flowing(page)
        (worker,) = [one for one in ships.workers if call in (await one.status())["busy"]]
        worker.signal(signal.SIGKILL)
        for page in pages:
            await page.wait_for_function(BACK, timeout=40_000)
            await flowing(page)
            assert await page.evaluate("states") == ["connecting", "connected", "interrupted", "connected"]
        await browser.close()
