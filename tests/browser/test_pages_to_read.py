"""What staff read and can do nothing on: a candidate's page as it is now, and the record with its "Why?"."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect
from yarl import URL

from tests.browser.preview_staff.desk import DESKTOP, PHONE, Desk, desk
from tests.browser.test_console import picture
from tests.support.day import HANAKO, TARO, Day, day
from tests.support.day import Browser as Person

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180), pytest.mark.asyncio(loop_scope="session")]
SIZES = (DESKTOP, PHONE)


async def opened(chromium: Browser, today: Day, person: Person, path: str, size: tuple[int, int]) -> Desk:
    """In the session that this person has."""
    made = await desk(chromium, size)
    cookies = person.http.cookie_jar.filter_cookies(URL(today.origin))
    held = [{"name": name, "value": cookie.value, "url": today.origin} for name, cookie in cookies.items()]
    await made.page.context.add_cookies(held)  # type: ignore[arg-type]  # its own kind of mapping
    await made.page.goto(f"{today.origin}/api/s/{person.sid}/{path}")
    return made


@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_a_candidates_page_can_be_read_by_everybody(chromium: Browser, tmp_path: Path, lang: str) -> None:
    async with day(tmp_path) as today:
        reception = await today.staff("Ito", "reception")
        await today.candidate(HANAKO)
        await reception.must("message", interview=HANAKO.id, text="もうすぐご案内します。")
        await reception.must("pause", on=True)
        for size in SIZES:
            made = await opened(chromium, today, reception, f"page/{HANAKO.id}?lang={lang}", size)
            await expect(made.page.locator("body.mirror h1")).to_contain_text(HANAKO.number)
            assert await made.violations() == []
            assert await made.fits()
            assert made.complaints == []
            assert await made.page.locator("button, input, script").count() == 0
            await picture(made.page, f"mirror-{lang}-{size[0]}")
            await made.page.context.close()


@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_the_records_why_opens_by_keyboard(chromium: Browser, tmp_path: Path, lang: str) -> None:
    async with day(tmp_path) as today:
        chief, reception = await today.staff("Chief", "administrator"), await today.staff("Ito", "reception")
        await today.candidate(HANAKO)
        tried = await today.candidate(TARO, seated=False)
        await tried.must("help", reason="cannot_connect")
        await reception.must("call-off", interview=TARO.id, because="provider", reason="障害のため")
        for size in SIZES:
            made = await opened(chromium, today, chief, f"attendance.html?lang={lang}", size)
            first = made.page.locator("details").first
            await first.locator("summary").focus()
            await made.page.keyboard.press("Enter")
            await expect(first.locator("li").last).to_be_visible()
            await expect(first).to_contain_text("#")
            assert await made.violations() == []
            assert await made.fits()
            assert made.complaints == []
            await picture(made.page, f"record-why-{lang}-{size[0]}")
            await made.page.context.close()
