"""The stage for harutaka in two browsers: a candidate on a phone, an evaluator at a desk, as the notice has it."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import ARTIFACTS
from tests.support.harutaka_stage import HarutakaStage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

NAME = "青葉 花子"


async def fits(page: Page) -> None:
    """Nothing has to be scrolled sideways."""
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def to_the_door(phone: Page, url: str) -> None:
    await phone.goto(url)
    for press in ("#begin", "#next"):
        await phone.click(press)
    await phone.check("#agreed")
    await fits(phone)
    await phone.click("#enter")
    await phone.fill("#name", NAME)
    await phone.click("#enter")


async def test_a_candidate_is_let_in_and_both_see_it_without_a_reload(chromium: Browser) -> None:
    async with HarutakaStage() as stage:
        links = stage.issue("1001")
        phone = await chromium.new_page(viewport={"width": 360, "height": 740})
        desk = await chromium.new_page(viewport={"width": 1280, "height": 800})
        await desk.goto(links.evaluator)
        await desk.click("#start")
        await to_the_door(phone, links.candidate)
        await expect(phone.locator("#asked")).to_contain_text("許可")
        await fits(phone)
        await phone.screenshot(path=ARTIFACTS / "harutaka-stage-asking.png")
        await expect(desk.locator("#asking li")).to_contain_text(NAME)
        await desk.screenshot(path=ARTIFACTS / "harutaka-stage-panel.png")
        await desk.click("#admit-v1")
        await expect(phone.locator("#people li")).to_have_text(NAME)
        await expect(desk.locator("#people li")).to_have_text(NAME)
        assert stage.where(links) == {NAME: "in"}
        await phone.reload()
        await expect(phone.locator("#people li")).to_have_text(NAME)
        await desk.click("#end")
        await expect(phone.locator("h1")).to_contain_text("The live interview is over")
        for page in (phone, desk):
            await page.close()


async def test_who_is_refused_reads_it(chromium: Browser) -> None:
    async with HarutakaStage() as stage:
        links = stage.issue("1001")
        phone, desk = await chromium.new_page(), await chromium.new_page()
        await desk.goto(links.evaluator)
        await desk.click("#start")
        await to_the_door(phone, links.candidate)
        await desk.click("#refuse-v1")
        await expect(phone.locator("h1")).to_contain_text("You were not let in")
        for page in (phone, desk):
            await page.close()
