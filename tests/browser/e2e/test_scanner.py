"""A mail scanner opens every link, runs the pages and presses buttons: nothing moves, nobody is there, nothing is used
up."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.browser.e2e.people import PATIENCE, day_in
from tests.support.demo import Demo

pytestmark = [pytest.mark.browser, pytest.mark.process, pytest.mark.asyncio(loop_scope="session")]

# What a scanner's script presses: the first button of the page, or the first enabled control of its main part.
FIRST = "button, input[type=submit], input[type=button], [role=button]"
FIRST_OF_THE_MAIN_PART = ", ".join(f"main {one}:enabled" for one in ("button", "input[type=submit]", "[type=checkbox]"))


def links_of(demo: Demo) -> list[str]:
    found = [demo.links["admin"], demo.links["reception"]]
    found += [one["link"] for kind in ("consoles", "shared") for one in demo.links[kind]]
    for candidate in demo.links["candidates"]:
        found += [candidate["link"], *filter(None, [candidate.get("companion_link")])]
    return found


async def standing(demo: Demo) -> list[dict[str, Any]]:
    """Of the attendance record what somebody does: every phase, arrival and first attempt. What is still ahead, and
    what the rules say of who is not, goes on by itself."""
    done = ("id", "phase", "first_attempt_at", "arrived_at", "counts_at", "admitted_at", "ended_at", "identity")
    return [{key: row[key] for key in done} for row in (await demo.attendance()).values()]


async def scan(context: BrowserContext, link: str, press: str | None) -> None:
    page = await context.new_page()
    await page.goto(link)
    await settled(page)
    spoken = await page.locator("html").get_attribute("lang")
    if press is not None and await page.locator(press).count():
        await page.locator(press).first.click(force=True, no_wait_after=True)
        if press == FIRST:  # the switch of languages, which brings the page anew
            other = "en" if spoken == "ja" else "ja"
            await expect(page.locator("html")).to_have_attribute("lang", other, timeout=PATIENCE)
        await settled(page)
    await page.close()


async def settled(page: Page) -> None:
    """The page's scripts have run and shown what the link leads to."""
    await expect(page.locator("body[data-screen] main h1").first).to_be_attached(timeout=PATIENCE)


@pytest.mark.parametrize("press", [None, FIRST, FIRST_OF_THE_MAIN_PART], ids=["looks", "first", "first-of-main"])
async def test_a_scanner_moves_nothing(demo: Demo, browser: Browser, press: str | None) -> None:
    before = await standing(demo)
    candidates = [demo.of_room(room)[0] for room in ("r1", "r2", "r3")]
    companion = next(one["companion_link"] for one in demo.links["candidates"] if "companion_link" in one)
    async with aiohttp.ClientSession() as session:
        for link in links_of(demo):
            async with session.get(link) as response:
                assert response.status == 200
                await response.read()
    context = await browser.new_context()
    links = [one["link"] for one in candidates] + [companion, demo.links["shared"][0]["link"]]
    for start in range(0, len(links), 4):
        await asyncio.gather(*(scan(context, link, press) for link in links[start : start + 4]))
    await context.close()

    assert await standing(demo) == before
    async with day_in(browser) as day:
        reception = await day.console(demo.links["reception"])
        for one in candidates:
            row = reception.row(one["exam_number"])
            await expect(row).to_be_attached(timeout=PATIENCE)
            await expect(row.locator(".chip-good")).to_have_count(0)
        if press is None:
            await reception.shot("4-reception-after-scan")
        person = await day.candidate()
        await person.open(candidates[1]["link"])
        await person.screen("notice")
