"""The page of a receipt, opened by anybody: what it says, that it holds, and that a changed one does not."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.browser.conftest import ARTIFACTS
from tests.browser.preview_staff.desk import PHONE, desk
from tests.support.day import HANAKO, day

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_a_receipt_is_checked_and_can_be_printed(chromium: Browser, tmp_path: Path) -> None:
    async with day(tmp_path) as today:
        candidate = await today.candidate(HANAKO)
        address = (await candidate.get(f"/api/s/{candidate.sid}/receipt")).body["url"]
        made = await desk(chromium, PHONE)
        await made.page.goto(address)
        await expect(made.page.locator("#receipt .banner-ok")).to_contain_text("本物です")
        await expect(made.page.locator("#receipt")).to_contain_text("この受付は、今の記録でも有効です。")
        await expect(made.page.locator("#receipt dd", has_text=HANAKO.number)).to_be_visible()
        await expect(made.page.locator("#receipt .receipt-qr")).to_be_visible()
        assert HANAKO.name not in await made.page.content()
        assert await made.fits()
        assert await made.violations() == []
        ARTIFACTS.mkdir(exist_ok=True)
        await made.page.screenshot(path=ARTIFACTS / "receipt.png", full_page=True)
        await made.page.goto("about:blank")  # to another fragment alone the page would not be opened anew
        await made.page.goto(address[:-4])
        await expect(made.page.locator("#receipt .banner-warn")).to_contain_text("正しくありません")
        assert made.complaints == []
        await made.page.context.close()
