"""A rehearsal from the administrator's click to the end of an interview, each page saying what it is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from tests.browser.e2e.people import DESK, PATIENCE, Candidate, Person, day_in
from tests.support.brokering import Brokering, brokering

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(180)]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


@pytest_asyncio.fixture(loop_scope="session")
async def office(short_folder: Path) -> AsyncIterator[Brokering]:
    async with brokering(short_folder, "zoom", worker=False) as made:
        yield made


async def marked(page: Page) -> None:
    """In words that can be read, on paper too, and that a screen reader says."""
    bar = page.get_by_role("note").filter(has_text="練習です")
    await expect(bar).to_be_visible(timeout=PATIENCE)
    await expect(bar).to_contain_text("Rehearsal")
    assert "練習" in await page.title()
    await page.emulate_media(media="print")
    await expect(bar).to_be_visible()
    await page.emulate_media(media="screen")
    found = await Axe().run(page, options=RULES)
    assert found.violations_count == 0, found.generate_report()


async def test_a_click_a_candidate_an_interview(office: Brokering, browser: Browser) -> None:
    house = office.gateway.house
    async with day_in(browser) as day:
        admin = await day.admin(office.links["admin"])
        await expect(admin.page.locator("#rehearsal-bar")).to_be_hidden()
        await admin.go("rehearsal")
        what = admin.page.locator("#rehearsal-body")
        await expect(what).to_contain_text("Zoom", timeout=PATIENCE)
        await admin.shots("rehearsal-1-admin-before")
        await admin.page.get_by_role("button", name="練習を始める").click()
        await expect(admin.page.locator("#rehearsal-there")).to_be_focused(timeout=PATIENCE)
        await admin.shots("rehearsal-2-admin-links")
        await expect(admin.page.locator("#rehearsal-bar")).to_be_hidden()
        found = await Axe().run(admin.page, options=RULES)
        assert found.violations_count == 0, found.generate_report()

        (hall,) = [one for one in house.halls if one.state.rehearsal]
        room = next(iter(hall.state.rooms))
        panel = await day.console(
            await what.get_by_role("link", name="面接官 第1面接室").get_attribute("href") or "", await day.context(DESK)
        )
        await marked(panel.page)
        line = what.locator("table").first.locator("tbody tr").first
        number = await line.locator("td[translate=no]").inner_text()
        name = await line.locator("th").inner_text()
        candidate = await day.candidate()
        await candidate.open(await line.get_by_role("link").first.get_attribute("href") or "")
        await marked(candidate.page)
        await candidate.shots("rehearsal-3-candidate-notice")
        await arrive(candidate, number, name)
        await panel.zone(number, "waiting")
        await panel.shots("rehearsal-4-console")

        starts = min(i.starts_at for i in hall.state.of_room(room))
        office.clock.shift(max(0, starts - office.clock()) / 1_000_000)
        office.gateway.agendas[hall.id].wake()
        await panel.ready()
        await panel.press("a")
        await candidate.screen("redirect")
        await candidate.shots("rehearsal-5-called")
        tab = await candidate.go_through()
        await marked(tab)
        await expect(tab.locator("h1")).to_have_text("接続先の代わりの画面")
        stand_in = Person(tab).watch()
        await stand_in.shots("rehearsal-6-stand-in")
        await panel.zone(number, "now")
        await panel.do(number, "arrived")
        await panel.do(number, "finish")
        await candidate.screen("end-finished")
        await candidate.shots("rehearsal-7-finished")

        record = await day.admin(await what.get_by_role("link", name="管理者").get_attribute("href") or "")
        await marked(record.page)
        await record.go("attendance")
        paper = await record.opens(record.page.locator("#get-record-page").click)
        await expect(paper.locator("p.rehearsal").first).to_contain_text("練習")
        await Person(paper).shot("rehearsal-8-record")

        await admin.page.get_by_role("button", name="練習を消す").click()
        await expect(admin.page.get_by_role("button", name="練習を始める")).to_be_visible(timeout=PATIENCE)
        assert house.halls.get(hall.id) is None
        sessions = [i.session.provider for i in hall.state.interviews.values() if i.session is not None]
        assert set(sessions) == {"scripted"}  # nothing was asked of the real one for it


async def arrive(candidate: Candidate, number: str, name: str) -> None:
    await candidate.agree()
    await candidate.skip_check()
    await candidate.type_in(number, name)
    await candidate.screen("waiting")
    await candidate.page.locator("[data-action=receipt]").click()
    receipt = await candidate.opens(candidate.page.locator("a[href*='/receipt#']").click)
    await marked(receipt)
    await expect(receipt.locator("#receipt")).to_contain_text("練習の受付票")
    await Person(receipt).shots("rehearsal-9-receipt")
    await receipt.close()
