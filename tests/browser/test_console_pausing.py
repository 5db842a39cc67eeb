"""Pausing from the console: looked at first, by keyboard, and the counters stand still."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.preview_staff import views
from tests.browser.preview_staff.desk import PHONE, Desk, desk
from tests.browser.preview_staff.server import Preview, now_ms, serving
from tests.browser.test_console import picture

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
NOW = now_ms()
LATER = NOW + 10 * views.MINUTE
SHIFTS = [
    {"interview": f"ivr1000{n}", "room": "r1", "number": f"R8-100{n}", "name": name, "before": NOW, "after": LATER}
    for n, name in ((7, "グエン・ティ・フオン・アイン・マリア・テレーザ"), (8, "加藤 大輔"))
]  # fmt: skip


@pytest_asyncio.fixture(loop_scope="session")
async def preview() -> AsyncIterator[Preview]:
    made = Preview(views.reception(NOW))
    made.answers["pause-preview"] = (200, {"ok": True, "shifts": SHIFTS})
    async with serving(made) as served:
        yield served


@pytest_asyncio.fixture(loop_scope="session")
async def console(chromium: Browser) -> AsyncIterator[Desk]:
    made = await desk(chromium)
    yield made
    await made.page.context.close()


@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_all_rooms_are_paused_after_a_look_at_whom_it_shifts(console: Desk, preview: Preview, lang: str) -> None:
    await console.open(preview, "/console", lang)
    await console.page.locator("#pause-all").focus()
    await console.page.keyboard.press("Enter")
    await expect(console.page.locator("#pause-title")).to_be_focused()
    await expect(console.page.locator("#pause tbody tr")).to_have_count(2)
    assert preview.sent("pause") == []
    assert await console.violations() == []
    await picture(console.page, f"console-pause-{lang}")
    await console.page.locator("#pause select").select_option("30")
    assert [body["minutes"] for body in await preview.received("pause-preview", times=2)] == [10, 30]
    await console.page.locator("[data-action=pause-do]").click()
    assert [(body["on"], "room" in body) for body in await preview.received("pause")] == [(True, False)]
    await expect(console.page.locator("#pause")).to_be_hidden()


async def test_resuming_leaves_the_new_times_to_be_read_out(chromium: Browser, preview: Preview) -> None:
    made = await desk(chromium, PHONE)
    view = views.reception(NOW)
    stopped = {key: {**room, "state": "paused"} for key, room in view["rooms"].items()}
    rows = {key: {**row, "due_at": None} for key, row in view["rows"].items()}
    preview.view = {**view, "rooms": stopped, "rows": rows, "paused_at": NOW - 5 * views.MINUTE}
    await made.open(preview, "/console")
    await expect(made.page.locator("#stopped")).to_contain_text("時間は進みません")
    assert "未着" not in " ".join(await made.page.locator(".row .chip").all_inner_texts())
    await expect(made.page.locator(".bar-buttons [data-action=pause]")).to_have_count(0)
    await picture(made.page, "console-stopped-360")
    await made.page.locator("#pause-all").click()
    await expect(made.page.locator("#pause tbody tr")).to_have_count(2)
    await made.page.locator("[data-action=pause-do]").click()
    await expect(made.page.locator("#pause-title")).to_contain_text("再開しました")
    await expect(made.page.locator("[data-action=pause-do]")).to_have_count(0)
    assert await made.violations() == []
    assert await made.fits()
    await picture(made.page, "console-resumed-360")
    assert made.complaints == []
    await made.page.context.close()
