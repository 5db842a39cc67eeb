"""Personal data on the administrator's page: how long it is kept, holds, one person's record, an early end."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.preview_staff import views
from tests.browser.preview_staff.administration import open_at
from tests.browser.preview_staff.desk import DESKTOP, PHONE, TALL, Desk, desk
from tests.browser.preview_staff.server import Preview, now_ms, serving
from tests.browser.test_console import picture

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
NOW = now_ms()
DAY = 24 * 3600_000


def kept(**changes: Any) -> dict[str, Any]:
    return {
        "event": "demo", "stage": "kept", "due_at": NOW + 30 * DAY, "days": 30, "last_at": NOW - 60_000, "over": True,
        "interviews": 24, "kept": [], "verdicts": {"時間内": 20, "欠席": 4}, "held": None, "people": [],
        "disclosures": [], **changes,
    }  # fmt: skip


def said(view: dict[str, Any], number: int = 0) -> dict[str, Any]:
    row = list(view["rows"].values())[number]
    named = {"interview": row["id"], "number": row["number"], "name": row["name"]}
    return {**named, "at": NOW - 3600_000, "by": "管理 花", "reason": "審査請求のため"}


@pytest_asyncio.fixture(loop_scope="session")
async def preview() -> AsyncIterator[Preview]:
    made = Preview(views.admin(NOW))
    made.reads["retention"] = kept()
    made.answers["disclose"] = (200, {"ok": True, "event": "demo", "html": "<p>山田</p>", "record": {"名": "山田"}})
    async with serving(made) as served:
        yield served


@pytest_asyncio.fixture(loop_scope="session", params=[DESKTOP, PHONE])
async def page(chromium: Browser, request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    made = await desk(chromium, (request.param[0], TALL))
    yield made
    await made.page.context.close()


async def test_it_says_how_long_what_is_left_who_is_held_and_what_was_disclosed(page: Desk, preview: Preview) -> None:
    preview.reads["retention"] = kept(
        held=said(preview.view), stage="held", people=[said(preview.view, 1)], disclosures=[said(preview.view, 2)]
    )
    for lang, words in (("ja", ("30日", "保全中です", "審査請求", "削除できません")), ("en", ("30 days", "On hold"))):
        await page.open(preview, "/admin", lang)
        await page.page.locator(".admin-pages [data-to=keeping]").click()
        for word in words:
            await expect(page.page.locator("#keeping")).to_contain_text(word)
        assert "admin." not in await page.page.locator("#keeping").inner_text()
        await expect(page.page.locator("#kept-purge")).to_have_count(0)
        assert await page.violations() == []
        assert await page.fits()
        await picture(page.page, f"admin-keeping-{lang}-{await page.page.evaluate('innerWidth')}")
    assert page.complaints == []


async def test_a_hold_has_a_reason_and_can_be_lifted(page: Desk, preview: Preview) -> None:
    await open_at(page, preview, "keeping")
    form = page.page.locator("#kept-event")
    await form.locator("button").click()
    assert preview.sent("legal-hold") == []  # the reason is missing
    await form.locator("[name=reason]").fill("開示請求")
    preview.reads["retention"] = kept(held=said(preview.view), stage="held")
    await form.locator("[name=reason]").press("Enter")
    (body,) = await preview.received("legal-hold")
    assert (body["on"], body["reason"], "interview" in body) == (True, "開示請求", False)
    await expect(page.page.locator("#kept-event button")).to_have_text("保全を解除する")


async def test_one_person_is_held_or_disclosed_by_the_button_that_was_pressed(page: Desk, preview: Preview) -> None:
    await open_at(page, preview, "keeping")
    row = next(iter(preview.view["rows"].values()))
    form = page.page.locator("#kept-one")
    await form.locator("[name=interview]").select_option(row["id"])
    await form.locator("[name=reason]").fill("本人の請求")
    await form.locator("[value=hold]").click()
    (body,) = await preview.received("legal-hold")
    assert (body["interview"], body["on"]) == (row["id"], True)
    await form.locator("[name=interview]").select_option(row["id"])
    await form.locator("[name=reason]").fill("本人の請求")
    await form.locator("[value=disclose]").click()
    await expect(page.page.locator("#kept-made")).to_be_focused()
    (body,) = await preview.received("disclose")
    assert (body["interview"], body["reason"]) == (row["id"], "本人の請求")
    files = {}
    for link in ("[download$='.html']", "[download$='.json']"):
        async with page.page.expect_download() as download:
            await page.page.locator(f"#kept-made {link}").click()
        found = await (await download.value).path()
        files[link] = Path(found).read_text("utf-8")  # noqa: ASYNC240 - a few bytes
    assert list(files.values())[0] == "<p>山田</p>"  # noqa: RUF015
    assert json.loads(list(files.values())[1]) == {"名": "山田"}
    assert page.complaints == []


async def test_it_is_deleted_only_when_the_events_name_was_typed_and_the_page_says_so(
    page: Desk, preview: Preview
) -> None:
    refusal: dict[str, Any] = {"status": 422, "code": "invalid", "title": "x", "detail": "入力内容に誤りがあります。"}
    preview.answers["purge-now"] = (422, refusal)
    await open_at(page, preview, "keeping")
    typed = page.page.locator("#kept-purge [name=typed]")
    await typed.fill("no")
    await typed.press("Enter")
    await expect(page.page.locator("#kept-purge [role=alert]")).to_have_text(refusal["detail"])
    assert await page.violations() == []
    preview.answers["purge-now"] = (200, {"ok": True, "stage": "purged", "kept": ["iv1"]})
    await typed.fill("demo")
    await typed.press("Enter")
    await expect(page.page.locator("#purged")).to_be_focused()
    assert [body["typed"] for body in preview.sent("purge-now")] == ["no", "demo"]
    await expect(page.page.locator("#arriving")).to_contain_text("1人")


async def test_before_the_last_interview_has_ended_nothing_can_be_deleted(page: Desk, preview: Preview) -> None:
    preview.reads["retention"] = kept(over=False)
    await open_at(page, preview, "keeping")
    await expect(page.page.locator(".kept-end")).to_contain_text("最後の面接が終わるまで")
    await expect(page.page.locator("#kept-purge")).to_have_count(0)
