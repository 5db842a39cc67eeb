"""Mail on the administrator's page: the letters, whom it would go to, sending, what was sent, one sent again."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from pathlib import Path

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
ON = {"configured": True, "rehearsal": False, "trouble": None}
ICS = b"BEGIN:VCALENDAR\r\n"
LETTER = {"subject": "面接のご案内", "text": "青葉 花子 様\n", "html": "<p>青葉 花子</p>"}
PLAN = {
    "ok": True, "recipients": [{"number": "1", "name": "a"}, {"number": "2", "name": "b"}], "already": 3,
    "without_address": [{"number": "9", "name": "山田"}], "refused": [{"number": "8", "name": "c", "code": "in_room"}],
}  # fmt: skip


@pytest_asyncio.fixture(loop_scope="session")
async def preview() -> AsyncIterator[Preview]:
    made = Preview(views.admin(NOW))
    first = next(iter(made.view["rows"].values()))
    first["mails"] = [
        {"what": "invitation", "person": "candidate", "state": "undelivered", "at": NOW - 60_000, "by": "管理 花"}
    ]
    made.answers["mail-status"] = (200, {"ok": True, **ON, "counts": {}, "rows": []})
    made.answers["mail-preview"] = (200, PLAN)
    made.answers["mail-send"] = (200, {"ok": True, "queued": 2})
    made.answers["mail-sample"] = (200, {"ok": True, **LETTER, "calendar": base64.b64encode(ICS).decode()})
    async with serving(made) as served:
        yield served


@pytest_asyncio.fixture(loop_scope="session", params=[DESKTOP, PHONE])
async def page(chromium: Browser, request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    made = await desk(chromium, (request.param[0], TALL))
    yield made
    await made.page.context.close()


async def test_a_letter_is_read_and_mail_is_sent_after_a_look_at_whom_it_goes_to(page: Desk, preview: Preview) -> None:
    await open_at(page, preview, "mail")
    sample, send = page.page.locator("[data-submit=mail-sample]"), page.page.locator("[data-submit=mail-look]")
    await sample.locator("[name=what]").select_option("invitation")
    await sample.locator("[name=language]").select_option("en")
    await sample.locator("button").click()
    await expect(page.page.locator("#mail-letter")).to_be_focused()
    await expect(page.page.locator("#mail-letter")).to_contain_text("青葉 花子 様")
    assert [(one["what"], one["language"]) for one in preview.sent("mail-sample")] == [("invitation", "en")]
    async with page.page.expect_download() as download:
        await page.page.locator("#mail-letter [download$='.ics']").click()
    found = await (await download.value).path()
    assert Path(found).read_bytes() == ICS  # noqa: ASYNC240 - a few bytes
    await send.locator("[name=what]").select_option("changed")
    await send.locator("[name=room]").select_option("r2")
    await send.locator("button").click()
    await expect(page.page.locator("#mail-plan")).to_be_focused()
    for words in ("宛先：2人", "アドレスがない方 (1)", "いまは送れない方 (1)"):
        await expect(page.page.locator("#mail-plan")).to_contain_text(words)
    assert preview.sent("mail-send") == []
    assert await page.violations() == []
    assert await page.fits()
    await picture(page.page, f"admin-mail-{await page.page.evaluate('innerWidth')}")
    await page.page.locator("[data-action=mail-go]").click()
    (body,) = await preview.received("mail-send")
    assert (body["what"], body["room"], "again" in body) == ("changed", "r2", False)
    await expect(page.page.locator("#mailing [role=status]")).to_have_text("2通を送信待ちにしました。")
    assert page.complaints == []


async def test_what_is_sent_is_what_was_looked_at(page: Desk, preview: Preview) -> None:
    await open_at(page, preview, "mail")
    await page.page.locator("[data-submit=mail-look] button").click()
    await expect(page.page.locator("[data-action=mail-go]")).to_be_visible()
    await page.page.locator("[data-submit=mail-look] [name=what]").select_option("ready")
    await expect(page.page.locator("[data-action=mail-go]")).to_have_count(0)


async def test_what_was_sent_is_listed_and_one_is_sent_again(page: Desk, preview: Preview) -> None:
    await open_at(page, preview, "mail")
    listed = page.page.locator("#mailing .kept-list li")
    await expect(listed).to_have_count(1)
    for words in ("案内", "未達", "管理 花"):
        await expect(listed).to_contain_text(words)
    await listed.locator("button").click()
    (body,) = await preview.received("mail-send")
    row = next(iter(preview.view["rows"].values()))
    assert (body["what"], body["interviews"], body["again"]) == ("invitation", [row["id"]], True)


async def test_without_a_mail_server_nothing_can_be_sent_and_the_list_for_mail_merge_is_there(
    page: Desk, preview: Preview
) -> None:
    preview.answers["mail-status"] = (200, {"ok": True, **ON, "configured": False})
    await page.open(preview, "/admin", "en")
    await page.page.locator(".admin-pages [data-to=mail]").click()
    await expect(page.page.locator("#mailing")).to_contain_text("No mail server is set")
    await page.page.locator("[data-submit=mail-look] button").click()
    await expect(page.page.locator("#mail-plan")).to_be_focused()
    await expect(page.page.locator("[data-action=mail-go]")).to_have_count(0)
    await expect(page.page.locator("#mailing [href$='invites.csv']")).to_be_visible()
    assert "admin." not in await page.page.locator("#mailing").inner_text()
    assert await page.violations() == []


async def test_trouble_that_begins_while_somebody_looks_is_shown_though_nothing_else_changes(
    page: Desk, preview: Preview
) -> None:
    """The journal does not move when a mail server goes away."""
    await page.page.clock.install()
    await open_at(page, preview, "mail")
    await expect(page.page.locator("#mailing [role=alert]")).to_have_count(0)
    await preview.received("mail-status")
    down = {**ON, "trouble": {"code": "unreachable", "since": NOW}}
    preview.answers["mail-status"] = (200, {"ok": True, **down, "counts": {}, "rows": []})
    await page.page.clock.fast_forward(21_000)
    await expect(page.page.locator("#mailing [role=alert]")).to_contain_text("unreachable")
