"""The administrator's page in a browser: import with preview, links, provider, attendance."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, FilePayload, expect

from tests.browser.conftest import ARTIFACTS
from tests.browser.preview_staff import views
from tests.browser.preview_staff.desk import DESKTOP, PHONE, Desk, desk
from tests.browser.preview_staff.server import Preview, now_ms, serving

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
NOW = now_ms()
CSV = "受験番号,氏名\r\nR8-1,佐藤\r\n".encode("cp932")
ROSTER: FilePayload = {"name": "名簿.csv", "mimeType": "text/csv", "buffer": CSV}
GOOD = {"ok": True, "rows": 24, "columns": ["受験番号*", "氏名*"], "faults": [], "encoding": "cp932", "imported": 0}
FAULT = {
    "line": 3,
    "column": "room",
    "code": "unknown_room",
    "value_hidden": True,
    "sentence": "この面接室はイベントにありません。",
}


@pytest_asyncio.fixture(loop_scope="module")
async def preview() -> AsyncIterator[Preview]:
    async with serving(Preview(views.admin(NOW))) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def admin(chromium: Browser) -> AsyncIterator[Desk]:
    made = await desk(chromium)
    yield made
    await made.page.context.close()


@pytest.mark.parametrize("count", [0, 24, 300])
@pytest.mark.parametrize("size", [DESKTOP, PHONE])
async def test_the_page_fits_and_breaks_no_rule_of_accessibility(
    chromium: Browser, preview: Preview, size: tuple[int, int], count: int
) -> None:
    made = await desk(chromium, size)
    preview.view = views.admin(NOW, count)
    await made.open(preview, "/admin")
    assert await made.fits()
    assert await made.violations() == []
    assert made.complaints == []
    ARTIFACTS.mkdir(exist_ok=True)
    await made.page.screenshot(path=ARTIFACTS / f"admin-{count}-{size[0]}.png", full_page=True)
    await made.page.context.close()


async def test_a_bad_file_names_line_and_column_and_cannot_be_imported(admin: Desk, preview: Preview) -> None:
    preview.answers["roster-preview"] = (200, {**GOOD, "faults": [FAULT]})
    await admin.open(preview, "/admin")
    await admin.page.set_input_files("#csv", ROSTER)
    row = admin.page.locator(".faults tbody tr")
    await expect(row).to_have_text(["3面接室この面接室はイベントにありません。"])
    await expect(admin.page.locator("[data-action=import]")).to_have_count(0)
    assert base64.b64decode(preview.sent("roster-preview")[0]["csv"]) == CSV
    await admin.page.screenshot(path=ARTIFACTS / "admin-faults.png")


async def test_a_good_file_is_imported_by_a_second_decision(admin: Desk, preview: Preview) -> None:
    preview.answers |= {"roster-preview": (200, GOOD), "roster-import": (200, {**GOOD, "imported": 24})}
    await admin.open(preview, "/admin")
    await admin.page.set_input_files("#csv", ROSTER)
    button = admin.page.locator("[data-action=import]")
    await expect(button).to_have_text("24人を取り込む")
    assert preview.sent("roster-import") == []
    await button.click()
    await expect(admin.page.locator("#import-result")).to_contain_text("24人を取り込みました")
    assert len(preview.sent("roster-import")) == 1


async def test_switching_the_provider_needs_a_reason(admin: Desk, preview: Preview) -> None:
    await admin.open(preview, "/admin")
    await admin.page.locator("[data-action=switch]").click()
    await admin.page.locator("#confirm [type=submit]").click()
    assert preview.commands == []
    await admin.page.locator("#confirm textarea").fill("リハーサルのため")
    await admin.page.locator("#confirm [type=submit]").click()
    await expect(admin.page.locator("#confirm")).to_be_hidden()
    sent = preview.sent("switch-provider")
    assert [(body["provider"], body["reason"]) for body in sent] == [("scripted", "リハーサルのため")]


async def test_a_staff_link_is_shown_once_to_be_copied(admin: Desk, preview: Preview) -> None:
    preview.answers["staff-link"] = (200, {"ok": True, "link": "https://genkan.example/console#abc"})
    await admin.open(preview, "/admin")
    await admin.page.locator("#staff [name=name]").fill("長谷川 京")
    await admin.page.locator("#staff [name=rooms]").nth(1).check()
    await admin.page.locator("#staff form button").click()
    await expect(admin.page.locator("#the-link")).to_have_text("https://genkan.example/console#abc")
    await admin.page.keyboard.press("Escape")
    await expect(admin.page.locator("#confirm")).to_be_hidden()
    assert preview.sent("staff-link")[0]["rooms"] == ["r2"]


async def test_a_refusal_is_said_where_the_person_looks(admin: Desk, preview: Preview) -> None:
    preview.answers["invite-reissue"] = (
        409,
        {"code": "interview_over", "detail": "この面接は終わっています。", "status": 409},
    )
    await admin.open(preview, "/admin")
    await admin.page.locator("[data-action=reissue]").first.click()
    await admin.page.locator("#confirm [type=submit]").click()
    await expect(admin.page.locator("#confirm [role=alert]")).to_have_text("この面接は終わっています。")


async def test_a_search_folds_what_was_typed(admin: Desk, preview: Preview) -> None:
    await admin.open(preview, "/admin")
    await admin.page.locator("[name=words]").fill("Ｒ８－１００３")
    await expect(admin.page.locator("#candidates tbody tr")).to_have_count(1)
    await expect(admin.page.locator("#candidates tbody th")).to_have_text("渡邉 美咲")


async def test_the_attendance_is_asked_for_by_a_click(admin: Desk, preview: Preview) -> None:
    row = {
        "id": "iv1",
        "number": "R8-1001",
        "name": "佐藤 さくら",
        "room": "r1",
        "starts_at": NOW,
        "arrived_at": NOW - 60_000,
        "counts_at": NOW - 60_000,
        "verdict": "on_time",
        "minutes": 0,
        "admitted_at": None,
        "ended_at": None,
        "phase": "waiting",
    }
    preview.reads["attendance"] = {"rows": [row]}
    await admin.open(preview, "/admin")
    await expect(admin.page.locator("#attendance-table tbody tr")).to_have_count(0)
    await admin.page.locator("#attendance [data-action=attendance]").click()
    await expect(admin.page.locator("#attendance-table tbody tr")).to_contain_text("時間内")
