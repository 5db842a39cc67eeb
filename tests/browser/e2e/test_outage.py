"""The gateway's process is killed: seats, arrival times and calls outlive it, and the pages come back untouched."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Browser, expect

from tests.browser.e2e.people import PATIENCE, Console, day_in
from tests.support.demo import Demo

pytestmark = [
    pytest.mark.browser,
    pytest.mark.process,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(300),  # three deaths and three starts, with video on two cores
]


async def test_a_killed_gateway_loses_no_seat_and_admits_once(demo: Demo, browser: Browser) -> None:
    """After check-in, in the middle of an admission, during a call."""
    due = demo.of_room("r1")[1]
    number = due["exam_number"]
    async with day_in(browser) as day:
        panel = [await day.console(link) for link in demo.consoles("r1")]
        console = panel[0]
        await console.ready()
        candidate = await day.candidate()
        await candidate.arrive(due["link"], number, due["name"])
        await console.zone(number, "waiting")
        arrived = await arrival_of(demo, number)

        await demo.kill()
        await expect(console.page.locator("#line")).to_be_visible(timeout=PATIENCE)
        await console.shot("6-console-line-down")
        await demo.start()
        await comes_back(console)
        await expect(candidate.page.locator("#line")).to_be_hidden(timeout=PATIENCE)
        assert await candidate.now_on() == "waiting"
        await console.zone(number, "waiting")
        assert await arrival_of(demo, number) == arrived

        await console.join()
        await panel[1].join()
        await console.press("a")
        await candidate.screen("called")
        await demo.kill()
        await demo.start()
        await candidate.screen("room")
        await comes_back(console)
        await asyncio.gather(*(person.sees_and_hears(2) for person in (candidate, *panel)))

        await demo.kill()
        await asyncio.gather(*(person.sees_and_hears(2, frames=20) for person in (candidate, *panel)))
        await candidate.shot("6-call-while-dead")
        await demo.start()
        await asyncio.gather(*(comes_back(each) for each in panel))
        await asyncio.gather(*(person.sees_and_hears(2) for person in (candidate, *panel)))

        await console.press("f")
        await console.press("f")
        await candidate.screen("end-finished")
        row = (await demo.attendance())[number]
        kinds = demo.kinds(row["id"])
        assert [kinds.count(kind) for kind in ("checked_in", "called", "admitted", "finished")] == [1, 1, 1, 1]
        assert row["arrived_at"] == arrived


async def arrival_of(demo: Demo, number: str) -> int:
    """Milliseconds UTC, by the attendance record."""
    return int((await demo.attendance())[number]["arrived_at"])


async def comes_back(console: Console) -> None:
    """The page says that what it shows is present."""
    await expect(console.page.locator("#line")).to_be_hidden(timeout=PATIENCE)
