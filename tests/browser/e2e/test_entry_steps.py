"""What both presets ask of a candidate before the seat, on a real gateway: reply, notice, checklist, check, number."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from tests.browser.e2e.people import ARTIFACTS
from tests.support.day import EVENT, FILE, Day, Entrant, day

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(300)]
SOON = Entrant("ivssssssssssss", "A-1001", "青葉 花子", "アオバ ハナコ", due=20)
LATER = Entrant("ivllllllllllll", "A-1002", "渡邉 太郎", "ワタナベ タロウ", due=9 * 24 * 60)
WIDTHS = (1280, 360)
SERIOUS = {"serious", "critical"}


@asynccontextmanager
async def preset_day(folder: Path, preset: str) -> AsyncIterator[Day]:
    """An event of the preset with the preset's own notice: somebody comes soon, and somebody in nine days."""
    rules: dict[str, Any] = {key: value for key, value in FILE.items() if key != "notice"}
    rules["policy"] = {"preset": preset, "number_pattern": "[A-Z]-[0-9]{4}", "opening_hours": []}
    rules["policy"]["number_hint"] = {"ja": "英字と数字4けた", "en": "a letter and four digits"}
    async with day(folder, file=rules, entrants=(SOON, LATER)) as made:
        yield made


async def open_page(browser: Browser, today: Day, entrant: Entrant, lang: str) -> Page:
    context = await browser.new_context(viewport={"width": 1280, "height": 900})
    page = await context.new_page()
    await page.goto(f"{today.origin}/j?lang={lang}#{today.link(entrant.id)}")
    return page


async def at(page: Page, screen: str, name: str) -> None:
    """On this screen, which fits, is accessible, and has all its words; a picture of it in two widths is kept."""
    await expect(page.locator("body")).to_have_attribute("data-screen", screen)
    words = await page.locator("body").inner_text()
    assert "candidate." not in words
    assert "common." not in words
    found = await Axe().run(page)
    assert [one["id"] for one in found.response["violations"] if one["impact"] in SERIOUS] == []
    ARTIFACTS.mkdir(exist_ok=True)
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 900})
        assert await page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        await page.screenshot(path=ARTIFACTS / f"entry-{name}-{screen}-{width}.png", full_page=True)
    await page.set_viewport_size({"width": 1280, "height": 900})


async def agree(page: Page) -> None:
    await expect(page.locator("form[data-submit=agree]")).to_be_visible()
    for box in await page.locator("form[data-submit=agree] input").all():
        await box.check()
    await page.locator("form[data-submit=agree] button").click()


async def tick_and_check_in(page: Page, name: str) -> None:
    """From the checklist to the seat: nothing goes on before what is required is ticked, and a reload loses nothing."""
    await at(page, "declare", name)
    await page.locator("form[data-submit=declare] button").click()
    await expect(page.locator("#declare-fault")).to_be_visible()
    for box in await page.locator("input[data-required=yes]").all():
        await box.check()
    await page.locator("form[data-submit=declare] button").click()
    await at(page, "check", name)
    await page.reload()
    await expect(page.locator("body")).to_have_attribute("data-screen", "check")
    await page.locator("[data-action=done]").click()
    await at(page, "number", name)
    await page.locator("#number").fill("1001")
    await page.locator("#name").fill(SOON.name)
    await page.locator("form[data-submit=check-in] button").click()
    await expect(page.locator("#number-fault")).to_be_visible()
    await page.locator("#number").fill("Ａ−１００１")
    await page.locator("form[data-submit=check-in] button").click()
    await at(page, "waiting", name)


@pytest.mark.parametrize(("preset", "lang"), [("exam-interview", "ja"), ("job-consultation", "en")])
async def test_a_preset_leads_from_the_link_over_every_step_to_the_seat(
    browser: Browser, short_folder: Path, preset: str, lang: str
) -> None:
    async with preset_day(short_folder, preset) as today:
        page = await open_page(browser, today, SOON, lang)
        await at(page, "notice", preset)
        await agree(page)
        await tick_and_check_in(page, preset)
        found = today.hall.state.interviews[SOON.id]
        assert found.declared is not None
        required = [line.id for line in today.hall.state.policy.declarations if line.required]
        assert list(found.declared.items) == required
        assert [attempt.code for attempt in found.attempts] == ["number_malformed"]
        await page.context.close()


async def test_a_consultation_is_confirmed_days_before_and_the_checklist_waits_for_the_day(
    browser: Browser, short_folder: Path
) -> None:
    async with preset_day(short_folder, "job-consultation") as today:
        page = await open_page(browser, today, LATER, "ja")
        await agree(page)
        await at(page, "confirm", "booking")
        await page.locator("[data-action=later]").click()
        await at(page, "check", "booking")
        await page.locator("[data-action=done]").click()
        await at(page, "early_days", "booking")
        await page.locator("[data-action=sooner]").click()
        await page.locator("[data-action=confirm]").click()
        await expect(page.locator("[data-key=replied]")).to_be_visible()
        await at(page, "early_days", "booked")
        state = today.gateway.house.halls[EVENT].state.interviews[LATER.id]
        assert state.confirmed is not None
        assert state.confirmed.by == f"candidate:{LATER.id}"
        await page.context.close()
