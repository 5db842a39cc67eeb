"""The knock in a browser whose clock the test turns: it repeats until handled, escalates, and can be muted."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser.preview_staff import views
from tests.browser.preview_staff.desk import Desk, desk
from tests.browser.preview_staff.server import Preview, now_ms, serving

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
TAP, URGENT = 2, 6  # tones of the two sounds


def knocking(now: int, *, handled: bool = False) -> views.View:
    return views.console(now, [views.waiting(1, now, knock={"since": now, "handled": handled})])


@pytest_asyncio.fixture(loop_scope="session")
async def preview() -> AsyncIterator[Preview]:
    async with serving(Preview(views.console(now_ms(), []))) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def console(chromium: Browser, preview: Preview) -> AsyncIterator[Desk]:
    """With sound enabled by the one click that it needs, and nobody there yet."""
    made = await desk(chromium)
    await made.page.clock.install()
    await made.open(preview, "/console")
    await made.page.locator("#sound").click()
    await expect(made.page.locator("#sound")).to_have_attribute("aria-pressed", "true")
    await made.page.evaluate("globalThis.tones = 0")
    yield made
    await made.page.context.close()


async def tones(page: Page) -> int:
    found: int = await page.evaluate("globalThis.tones")
    return found


async def pass_time(console: Desk, preview: Preview, seconds: int) -> None:
    """In steps that keep the line alive: a page that hears nothing for 35 s connects anew."""
    for _ in range(seconds // 10):
        await preview.ping()
        await console.page.clock.run_for(10_000)


async def test_a_knock_is_heard_and_seen_and_repeats_until_it_is_handled(console: Desk, preview: Preview) -> None:
    now = now_ms()
    await preview.show(knocking(now))
    await expect(console.page).to_have_title("(1) ノック 第1面接室")
    assert await tones(console.page) == TAP
    await pass_time(console, preview, 10)
    assert await tones(console.page) == TAP
    await pass_time(console, preview, 20)
    assert await tones(console.page) == 2 * TAP
    await preview.show(knocking(now, handled=True))
    await expect(console.page).to_have_title("第1面接室")
    await pass_time(console, preview, 60)
    assert await tones(console.page) == 2 * TAP


async def test_after_a_minute_the_knock_is_urgent(console: Desk, preview: Preview) -> None:
    await preview.show(knocking(now_ms()))
    await expect(console.page.locator(".knocks")).to_have_count(1)
    await pass_time(console, preview, 80)
    await expect(console.page).to_have_title("【至急 1】ノック 第1面接室")
    assert await tones(console.page) >= 3 * TAP + URGENT


async def test_a_person_can_be_muted_and_still_counts_as_knocking(console: Desk, preview: Preview) -> None:
    await preview.show(knocking(now_ms()))
    await console.page.locator("[data-action=mute]").click()
    heard = await tones(console.page)
    await pass_time(console, preview, 60)
    assert await tones(console.page) == heard
    await expect(console.page).to_have_title("(1) ノック 第1面接室")
    assert preview.commands == []


async def test_a_screen_reader_is_told_once_and_a_crowd_is_a_number(console: Desk, preview: Preview) -> None:
    now = now_ms()
    rows = [views.waiting(i, now, knock={"since": now, "handled": False}) for i in range(1, 9)]
    await preview.show(views.console(now, rows))
    await expect(console.page.locator(".knocks")).to_have_count(8)
    await console.page.clock.run_for(2000)
    await expect(console.page.locator("#polite")).to_have_text("8件の知らせがあります。")
