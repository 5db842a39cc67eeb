"""The simulator's web client in two browsers: an interviewer by the start link, a candidate without the app."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from providers.base import Redirect, Room
from providers.zoom.adapter import Zoom
from tests.browser.conftest import ARTIFACTS
from tests.providers.zoom.samples import CANDIDATE, DAYTIME, INTERVIEWER, spec
from tests.support.zoom_simulator import Clock, ZoomSimulator

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 800}


@dataclass
class Meeting:
    """One interview's meeting, and a page for each side, which have never met."""

    simulator: ZoomSimulator
    room: Room
    staff: Redirect
    candidate: Redirect
    at_desk: Page
    on_phone: Page


@pytest_asyncio.fixture(loop_scope="session")
async def meeting(chromium: Browser) -> AsyncIterator[Meeting]:
    clock = Clock(DAYTIME)
    async with ZoomSimulator(clock) as simulator:
        zoom = Zoom(simulator.account("host1"), now=clock, sleep=clock.sleep)
        room = await zoom.open_room(spec(), key="k")
        tickets = [await zoom.ticket(room, person) for person in (INTERVIEWER, CANDIDATE)]
        contexts = [await chromium.new_context(viewport=size) for size in (DESK, PHONE)]  # type: ignore[arg-type]
        pages = [await context.new_page() for context in contexts]
        staff, candidate = [ticket for ticket in tickets if isinstance(ticket, Redirect)]
        yield Meeting(simulator, room, staff, candidate, *pages)
        for context in contexts:
            await context.close()
        await zoom.close()


async def fits(page: Page) -> None:
    """Nothing has to be scrolled sideways."""
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_a_candidate_who_comes_early_goes_in_when_the_host_begins_and_both_see_each_other(
    meeting: Meeting,
) -> None:
    phone, desk = meeting.on_phone, meeting.at_desk
    await phone.goto(meeting.candidate.browser_url or "")
    await expect(phone.locator("#name")).to_have_text(CANDIDATE.shown_as)
    await fits(phone)
    await phone.click("#join")
    await expect(phone.locator("#refused")).to_contain_text("Please wait")
    await desk.goto(meeting.staff.url)
    await desk.click("#browser")
    await desk.click("#join")
    for page in (phone, desk):
        await expect(page.locator("#people li")).to_have_count(2)
        await expect(page.locator("#people")).to_contain_text(CANDIDATE.shown_as)
        await expect(page.locator("#people")).to_contain_text("ホスト / Host")
        await fits(page)
        await page.screenshot(path=ARTIFACTS / f"zoom-simulator-{'phone' if page is phone else 'desk'}.png")
    await desk.reload()
    await expect(desk.locator("#people li")).to_have_count(2)
    await phone.click("#leave")
    await expect(desk.locator("#people li")).to_have_count(1)


async def test_the_join_page_offers_the_app_that_nobody_has_and_the_browser(meeting: Meeting) -> None:
    phone = meeting.on_phone
    await phone.goto(meeting.candidate.url)
    await expect(phone.locator("#name")).to_have_text(CANDIDATE.shown_as)
    await expect(phone.locator("#no-app")).to_be_hidden()
    await phone.click("#app")
    await expect(phone.locator("#no-app")).to_be_visible()
    await fits(phone)
    await phone.screenshot(path=ARTIFACTS / "zoom-simulator-join.png")
    assert not meeting.simulator.world.meetings[int(meeting.room.id)].present
    await phone.click("#browser")
    assert phone.url == meeting.candidate.browser_url
    await expect(phone.locator("#join")).to_be_visible()


async def test_when_the_host_ends_the_meeting_every_page_says_so(meeting: Meeting) -> None:
    phone, desk = meeting.on_phone, meeting.at_desk
    await desk.goto(meeting.staff.url)
    await desk.click("#browser")
    await desk.click("#join")
    await phone.goto(meeting.candidate.browser_url or "")
    await phone.click("#join")
    await expect(phone.locator("#end")).to_have_count(0)
    await expect(desk.locator("#people li")).to_have_count(2)
    await desk.click("#end")
    for page in (phone, desk):
        await expect(page.locator("h1")).to_contain_text("This meeting has ended")
