"""The end of a bounded interview on the console: seen in time, heard, and one key to finish."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.preview_staff import views
from tests.browser.preview_staff.desk import PHONE, Desk, desk
from tests.browser.preview_staff.server import Preview, now_ms, serving
from tests.browser.test_console import picture

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


def inside(state: str, left: float, *, finish: bool = True, **changes: Any) -> dict[str, Any]:
    """``left``: minutes to the end."""
    now = now_ms()
    ends = None if state == "stopped" else now + int(left * views.MINUTE)
    bound = {"state": state, "ends_at": ends, "finish": finish}
    return views.console(now, [views.in_session(1, now, time=bound, **changes), views.waiting(2, now, place=1)])


@pytest_asyncio.fixture(loop_scope="session")
async def preview() -> AsyncIterator[Preview]:
    async with serving(Preview(inside("running", 20))) as served:
        yield served


@pytest_asyncio.fixture(loop_scope="session")
async def console(chromium: Browser) -> AsyncIterator[Desk]:
    made = await desk(chromium)
    yield made
    await made.page.context.close()


@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_the_end_comes_into_sight_and_one_key_finishes(console: Desk, preview: Preview, lang: str) -> None:
    almost, up = {"ja": ("まもなく時間です", "時間になりました"), "en": ("Time is almost up", "Time is up")}[lang]
    preview.view = inside("running", 20)
    await console.open(preview, "/console", lang)
    bar, stage = console.page.locator(".bar-top"), console.page.locator("#stage")
    await expect(bar).to_contain_text("20")
    await expect(stage.locator("[data-key=ending]")).to_have_count(0)
    await picture(console.page, f"console-time-1-running-{lang}")
    await preview.show(inside("almost_up", 5))
    await expect(stage.locator("[data-key=ending]")).to_contain_text(almost)
    await expect(bar).to_contain_text(almost)
    await expect(
        console.page.locator("#polite, #assertive").filter(has_text="R8" if lang == "x" else "")
    ).not_to_have_count(0)
    await picture(console.page, f"console-time-2-almost-{lang}")
    assert await console.violations() == []
    await preview.show(inside("up", -1))
    await expect(stage.locator("[data-key=ending]")).to_contain_text(up)
    await expect(stage.locator("[data-command=finish]")).to_have_count(1)
    await expect(stage.locator("[data-command=finish]")).to_have_class("button button-primary")
    assert await console.violations() == []
    await picture(console.page, f"console-time-3-up-{lang}")
    assert preview.sent("finish") == []  # nothing by itself
    await console.page.keyboard.press("f")
    assert [body["interview"] for body in await preview.received("finish")] == ["ivr10001"]
    assert console.complaints == []


async def test_what_changes_is_said_to_a_screen_reader(console: Desk, preview: Preview) -> None:
    preview.view = inside("running", 20)
    await console.open(preview, "/console")
    for state, left, words in (("almost_up", 5, "まもなく時間です"), ("up", 0, "時間になりました")):
        await preview.show(inside(state, left))
        await expect(console.page.locator("#polite")).to_contain_text(words)


async def test_told_only_is_told_without_pressing_anybody(console: Desk, preview: Preview) -> None:
    preview.view = inside("up", -2, finish=False)
    await console.open(preview, "/console")
    ending = console.page.locator("#stage [data-key=ending]")
    await expect(ending).to_contain_text("自動では終わりません")
    await expect(ending).not_to_contain_text("終了してください")
    await expect(ending.locator("[data-command=finish]")).to_have_class("button ")


async def test_while_it_is_paused_no_minutes_run(console: Desk, preview: Preview) -> None:
    preview.view = inside("stopped", 0)
    await console.open(preview, "/console")
    await expect(console.page.locator(".bar-top")).to_contain_text("時間を止めています")
    await expect(console.page.locator("#stage .row-state [data-until]")).to_have_count(0)


async def test_on_a_telephone_it_fits(chromium: Browser, preview: Preview) -> None:
    made = await desk(chromium, PHONE)
    preview.view = inside("up", -3)
    await made.open(preview, "/console")
    await expect(made.page.locator("[data-key=ending]").first).to_be_visible()
    assert await made.fits()
    await picture(made.page, "console-time-4-up-phone")
    await made.page.context.close()


async def test_reception_sees_it_on_a_board_of_several_rooms_and_as_a_task(console: Desk, preview: Preview) -> None:
    now = now_ms()
    bound = {"state": "up", "ends_at": now - 3 * views.MINUTE, "finish": True}
    rows = [views.in_session(1, now, time=bound), views.waiting(2, now, place=1), views.waiting(3, now, "r2", place=1)]
    task = {
        "id": "over_time:ivr10001", "code": "over_time", "room": "r1", "interview": "ivr10001",
        "since": now - 3 * views.MINUTE, "action": "finish", "urgency": "soon",
    }  # fmt: skip
    preview.view = views.console(now, rows, role="reception", rooms=2, tasks=[task])
    await console.open(preview, "/console")
    await expect(console.page.locator("#tasks")).to_contain_text("時間を過ぎ、次の人が待っています")
    await expect(console.page.locator("[data-board=r1] [data-key=ending]")).to_be_visible()
    assert await console.violations() == []
    await picture(console.page, "console-time-5-reception")
    await console.page.locator("#tasks [data-command=finish]").click()
    assert [body["interview"] for body in await preview.received("finish")] == ["ivr10001"]
