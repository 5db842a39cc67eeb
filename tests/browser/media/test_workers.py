"""A killed media worker, seen from real Chromium: two gateways, each request meets the other one, and two workers."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright

from tests.support.chromium import chromium, flags
from tests.support.day import FILE, Entrant
from tests.support.fleet import Fleet, fleet

pytestmark = [pytest.mark.browser, pytest.mark.process, pytest.mark.timeout(120)]

HANAKO = Entrant("ivaaaaaaaaaaaa", "A-1001", "青葉 花子", due=-1)

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
FLOWING = """async () => {
  const total = async () => (await call.stats()).slots.reduce((sum, slot) => sum + slot.framesDecoded, 0);
  globalThis.before ??= await total();
  return await total() > before + 5;
}"""


@pytest.fixture
async def ships(tmp_path: Path) -> AsyncIterator[Fleet]:
    async with fleet(tmp_path, 2, workers=2) as made:
        yield made


async def page_of(context: Any, ships: Fleet, link: str) -> Page:
    page: Page = await context.new_page()
    await page.goto(f"{ships.origin}/j")
    await page.evaluate(ENTER, link)
    return page


async def flowing(page: Page) -> None:
    await page.evaluate("() => { globalThis.before = undefined; }")
    await page.wait_for_function(FLOWING, polling=100, timeout=30_000)


async def test_both_pages_come_back_on_another_worker_without_a_click(ships: Fleet) -> None:
    links = await ships.event((HANAKO,), {**FILE, "provider": "webrtc"})
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=flags(calls=True))
        candidate = await page_of(await browser.new_context(), ships, links[HANAKO.id])
        console = await page_of(await browser.new_context(), ships, await ships.staff_link())
        await candidate.evaluate(COMMAND, ["consent", {"notice": "n1"}])
        await candidate.evaluate(COMMAND, ["check-in", {"number": HANAKO.number, "name": HANAKO.name}])
        await console.evaluate(JOIN, {"name": "join", "body": {"room": "r1"}})
        await console.evaluate(COMMAND, ["admit", {"interview": HANAKO.id}])
        await candidate.wait_for_function(
            "async () => (await session.read('view?have=&wait=0')).view.admission?.ready", polling=100
        )
        await candidate.evaluate(JOIN, {"name": "ticket"})
        pages = (candidate, console)
        for page in pages:
            await flowing(page)
        (worker,) = [one for one in ships.workers if (await one.status())["calls"]]
        worker.signal(signal.SIGKILL)
        for page in pages:
            await page.wait_for_function(BACK, timeout=40_000)
            await flowing(page)
            assert await page.evaluate("states") == ["connecting", "connected", "interrupted", "connected"]
        (other,) = [one for one in ships.workers if one is not worker]
        assert (await other.status())["peers"] == 2
        await browser.close()
