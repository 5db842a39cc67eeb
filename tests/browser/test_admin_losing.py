"""What the store has lost, on the administrator's page: what it is, the two ways out, and the decision."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.preview_staff import views
from tests.browser.preview_staff.administration import open_at
from tests.browser.preview_staff.desk import DESKTOP, PHONE, TALL, Desk, desk
from tests.browser.preview_staff.server import Preview, View, now_ms, serving
from tests.browser.test_console import picture

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
NOW = now_ms()
SIZES = ((DESKTOP[0], 1400), (PHONE[0], 2600))  # the whole of what is missing is in sight
LOSS: View = {
    "offset": 118, "at": NOW - 60_000, "kept": 100, "kept_at": NOW - 900_000, "missing": 18, "gone": False,
}  # fmt: skip
GONE: View = {**LOSS, "kept": 0, "kept_at": None, "missing": 118, "gone": True}


def lost(view: View, loss: View = LOSS) -> View:
    """The view of an event whose store was set back."""
    return {**view, "store": "lost", "loss": loss}


def missing(view: View) -> View:
    """Of three people, each with another change; and what no person's is."""
    changes = (("waiting", "expected", 9), ("preparing", "preparing", 2), ("expected", None, 1))
    found = [
        {
            **{key: row[key] for key in ("number", "name", "room", "starts_at")},
            "interview": row["id"], "before": before, "now": now, "entries": entries,
        }
        for row, (before, now, entries) in zip(view["rows"].values(), changes, strict=False)
    ]  # fmt: skip
    return {"event": 1, "rooms": 3, "interviews": found, "unknown": 2}


@pytest_asyncio.fixture(loop_scope="session")
async def preview() -> AsyncIterator[Preview]:
    view = views.admin(NOW)
    made = Preview(lost(view))
    made.answers["loss-show"] = (200, {"ok": True, "event": "demo", "loss": LOSS, "missing": missing(view)})
    async with serving(made) as served:
        yield served


@pytest_asyncio.fixture(loop_scope="session")
async def page(chromium: Browser) -> AsyncIterator[Desk]:
    made = await desk(chromium, SIZES[0])
    yield made
    await made.page.context.close()


async def test_it_says_what_is_missing_and_whose_and_the_two_ways_out(page: Desk, preview: Preview) -> None:
    """On whatever page of it somebody is."""
    words = {
        "ja": (
            "18件",
            "101番から118番",
            "だれの記録か",
            "待機中 → いまの記録では",
            "よりよい控えから",
            "内容の分からない",
        ),
        "en": ("18", "number 101 to 118", "Whose they are", "by what is there", "restore a better copy", "of unknown"),
    }
    for (lang, said), (width, height) in itertools.product(words.items(), SIZES):
        await page.page.set_viewport_size({"width": width, "height": height})
        await open_at(page, preview, "staff", lang)
        place = page.page.locator("#loss")
        for word in said:
            await expect(place).to_contain_text(word, ignore_case=True)
        assert "admin." not in await page.page.locator("main").inner_text()
        assert await page.violations() == []
        assert await page.fits()
        await picture(page.page, f"admin-loss-{lang}-{width}")
    assert page.complaints == []
    assert preview.sent("loss-accept") == []


async def test_it_is_accepted_by_keyboard_after_a_reason_and_a_look_at_the_number(page: Desk, preview: Preview) -> None:
    await open_at(page, preview, "overview")
    reason = page.page.locator("#loss-form [name=reason]")
    await reason.fill("  ")
    await reason.press("Enter")
    await expect(page.page.locator("#confirm")).not_to_be_visible()
    await reason.fill("停電のあとバックアップから戻した")
    await reason.press("Enter")
    dialog = page.page.locator("#confirm")
    await expect(dialog).to_contain_text("18件の記録がないまま続けますか")
    await expect(dialog).to_contain_text("停電のあとバックアップから戻した")
    assert await page.violations() == []
    await picture(page.page, f"admin-loss-confirm-{DESKTOP[0]}")
    await page.page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    assert await page.fits()
    await picture(page.page, f"admin-loss-confirm-{PHONE[0]}")
    await page.page.keyboard.press("Escape")
    assert preview.sent("loss-accept") == []
    await expect(reason).to_be_focused()
    await reason.press("Enter")
    await dialog.locator("button[type=submit]").focus()
    await page.page.keyboard.press("Enter")
    (body,) = await preview.received("loss-accept")
    assert (body["offset"], body["reason"]) == (118, "停電のあとバックアップから戻した")
    await expect(dialog).not_to_be_visible()
    await preview.show({key: value for key, value in preview.view.items() if key not in ("store", "loss")})
    await expect(page.page.locator("#loss")).to_contain_text("記録を再開しました")
    await expect(page.page.locator("#loss-title")).to_be_focused()
    await expect(page.page.locator("#line")).to_be_hidden()
    assert await page.violations() == []
    assert page.complaints == []


async def test_where_more_is_missing_by_then_it_is_asked_anew(page: Desk, preview: Preview) -> None:
    """Another gateway knew one entry more."""
    preview.answers["loss-accept"] = (409, {"status": 409, "code": "moved_on", "title": "x", "detail": "y"})
    await open_at(page, preview, "overview")
    await page.page.locator("#loss-form [name=reason]").fill("x")
    await page.page.locator("#loss-form button").click()
    await page.page.locator("#confirm button[type=submit]").click()
    await expect(page.page.locator("#loss [role=alert]")).to_contain_text("数が変わりました")
    await preview.show(lost(preview.view, {**LOSS, "offset": 119, "missing": 19}))
    preview.answers["loss-accept"] = (200, {"ok": True})
    await page.page.locator("#loss-form button").click()
    await expect(page.page.locator("#confirm")).to_contain_text("19件")
    await page.page.locator("#confirm button[type=submit]").click()
    assert [body["offset"] for body in await preview.received("loss-accept", 2)] == [118, 119]


async def test_where_nothing_is_left_there_is_nothing_to_accept(page: Desk, preview: Preview) -> None:
    preview.view = lost(preview.view, GONE)
    await open_at(page, preview, "overview")
    await expect(page.page.locator("#loss")).to_contain_text("この方法は選べません")
    await expect(page.page.locator("#loss-form")).to_have_count(0)
    await picture(page.page, "admin-loss-gone")


async def test_a_store_that_cannot_be_reached_and_is_then_found_set_back_says_so(page: Desk, preview: Preview) -> None:
    """The line is the same, and what it says is not."""
    plain = {key: value for key, value in preview.view.items() if key not in ("store", "loss")}
    preview.view = {**plain, "store": "lost"}
    await open_at(page, preview, "overview")
    await expect(page.page.locator("#line")).to_contain_text("データベースに届かない")
    await expect(page.page.locator("#loss")).to_be_hidden()
    for width, _ in SIZES:
        await page.page.set_viewport_size({"width": width, "height": 740})
        assert await page.fits()
        await picture(page.page, f"admin-store-lost-{width}")
    await preview.show(lost(plain))
    await expect(page.page.locator("#line")).to_contain_text("失われた記録")
    await expect(page.page.locator("#loss")).to_be_visible()


@pytest.mark.parametrize("state", ["lost", "missing"])
async def test_a_console_says_what_is_not_recorded(page: Desk, preview: Preview, state: str) -> None:
    board: dict[str, Any] = views.crowd(NOW, 3)
    preview.view = {**board, "store": "lost", **({"loss": LOSS} if state == "missing" else {})}
    for lang, said, width in (("ja", "通話はそのまま続きます", PHONE[0]), ("en", "calls go on", DESKTOP[0])):
        await page.page.set_viewport_size({"width": width, "height": TALL})
        await page.open(preview, "/console", lang)
        await expect(page.page.locator("#line")).to_contain_text(said)
        await expect(page.page.locator("#line")).to_contain_text("18" if state == "missing" else "")
        assert await page.violations() == []
        assert await page.fits()
        await page.page.set_viewport_size({"width": width, "height": 740})
        await picture(page.page, f"console-store-{state}-{width}")
