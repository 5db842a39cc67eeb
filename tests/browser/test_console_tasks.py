"""Reception's list of tasks: in the gateway's order, counted by kind, worked off by keyboard."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.preview_staff import views
from tests.browser.preview_staff.desk import DESKTOP, PHONE, TALL, Desk, desk
from tests.browser.preview_staff.server import Preview, now_ms, serving
from tests.browser.test_console import picture
from waiting_room.viewing.urgency import by_urgency

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
NOW = now_ms()


def worklist() -> views.View:
    """One task of each kind that there is without an outside provider."""
    view = views.reception(NOW)
    said = {"code": "late", "minutes": 15, "text": "電車が止まっています", "at": NOW - views.MINUTE, "seen": False}
    lost = {**said, "code": "cannot_connect", "minutes": None, "text": "画面が真っ白です"}
    gone = {**said, "code": "cancelled", "minutes": None, "text": "都合により"}
    rows = {
        "ivr10006": {"late_notice": said, "can": ["acknowledge", "contact"]},
        "ivr20007": {"late_notice": lost, "can": ["acknowledge", "contact"]},
        "ivr30008": {"late_notice": gone, "phase": "cancelled", "can": ["acknowledge", "reopen"]},
    }
    changed = {key: {**view["rows"][key], **changes} for key, changes in rows.items()}
    added = [
        ("late_notice", "ivr10006", "acknowledge"),
        ("cannot_connect", "ivr20007", "contact"),
        ("cancelled", "ivr30008", "acknowledge"),
        ("device", "ivr10007", "message"),
    ]
    more = [
        {"id": f"{c}:{i}", "code": c, "room": i[2:4], "interview": i, "since": NOW - views.MINUTE, "action": a}
        for c, i, a in added
    ]
    return {**view, "rows": {**view["rows"], **changed}, "tasks": by_urgency([*view["tasks"], *more])}


@pytest_asyncio.fixture(loop_scope="session")
async def preview() -> AsyncIterator[Preview]:
    async with serving(Preview(worklist())) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def console(chromium: Browser) -> AsyncIterator[Desk]:
    made = await desk(chromium)
    yield made
    await made.page.context.close()


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE])
async def test_the_list_is_accessible_and_fits(
    chromium: Browser, preview: Preview, size: tuple[int, int], lang: str
) -> None:
    made = await desk(chromium, (size[0], TALL))
    await made.open(preview, "/console", lang)
    await expect(made.page.locator(".task")).to_have_count(10)
    assert await made.violations() == []
    assert await made.fits()
    assert made.complaints == []
    await made.page.set_viewport_size({"width": size[0], "height": size[1]})
    assert "console." not in await made.page.locator("#tasks").inner_text()
    await picture(made.page, f"console-tasks-{lang}-{size[0]}")
    await made.page.context.close()


async def test_it_is_worked_off_by_keyboard_in_the_order_of_urgency(console: Desk, preview: Preview) -> None:
    await console.open(preview, "/console")
    first = console.page.locator(".task").first
    await expect(first).to_contain_text("つながらないとの連絡")
    await expect(first).to_contain_text("いますぐ")
    await console.page.keyboard.press("t")
    await expect(first.locator("button")).to_be_focused()
    await console.page.keyboard.press("Enter")
    await expect(console.page.locator("#ask")).to_contain_text("連絡を記録する")
    await console.page.keyboard.press("Escape")
    await console.page.keyboard.press("t")
    await expect(console.page.locator(".task").nth(1).locator("button")).to_be_focused()


async def test_one_press_settles_a_notice_and_it_is_gone(console: Desk, preview: Preview) -> None:
    await console.open(preview, "/console")
    await console.page.locator('.task [data-command="acknowledge"]').first.click()
    assert [body["interview"] for body in await preview.received("acknowledge")] == ["ivr10006"]
    left = [task for task in preview.view["tasks"] if task["code"] != "late_notice"]
    await preview.show({**preview.view, "tasks": left})
    await expect(console.page.locator(".task")).to_have_count(9)


async def test_counts_by_kind_narrow_the_list_until_the_last_is_settled(console: Desk, preview: Preview) -> None:
    await console.open(preview, "/console")
    await expect(console.page.locator('[data-kind=""]')).to_contain_text("10")
    await console.page.locator('[data-kind="device"]').click()
    await expect(console.page.locator(".task")).to_have_count(2)
    await expect(console.page.locator('[data-kind="device"]')).to_have_attribute("aria-pressed", "true")
    left = [task for task in preview.view["tasks"] if task["code"] != "device"]
    await preview.show({**preview.view, "tasks": left})
    await expect(console.page.locator(".task")).to_have_count(8)


async def test_an_empty_list_says_so(console: Desk, preview: Preview) -> None:
    preview.view = {**worklist(), "tasks": []}
    await console.open(preview, "/console")
    await expect(console.page.locator("#tasks-none")).to_be_visible()
    await expect(console.page.locator("#task-kinds")).to_be_hidden()
    await picture(console.page, "console-tasks-none")


async def test_a_new_task_is_said_aloud(console: Desk, preview: Preview) -> None:
    before = worklist()
    preview.view = {**before, "tasks": [task for task in before["tasks"] if task["code"] != "difference"]}
    await console.open(preview, "/console")
    await preview.show(before)
    await expect(console.page.locator("#polite")).to_contain_text("対応が必要です")


async def test_checking_in_by_telephone_shows_what_to_ask_for(console: Desk, preview: Preview) -> None:
    await console.open(preview, "/console")
    await console.page.locator('.task [data-interview="ivr10005"]').first.focus()
    await console.page.evaluate("document.querySelector('.row[data-key=ivr10005] .row-who').click()")
    await console.page.locator('.row[data-key=ivr10005] [data-command="check-in-for"]').click()
    for words in ("R8-1006", "小林 陽菜", "コバヤシ ヒナ", "090-0000-0000", "最初に試みた時刻"):
        await expect(console.page.locator("#ask")).to_contain_text(words)
    assert await console.violations() == []
    await picture(console.page, "console-telephone")


async def test_what_the_candidate_sees_is_a_link_to_a_page_of_its_own(console: Desk, preview: Preview) -> None:
    await console.open(preview, "/console")
    await console.page.evaluate("document.querySelector('.row[data-key=ivr10005] .row-who').click()")
    link = console.page.locator(".row[data-key=ivr10005] .row-mirror a")
    await expect(link).to_have_attribute("href", "/api/s/one/page/ivr10005?lang=ja")
    await expect(link).to_have_attribute("target", "_blank")
