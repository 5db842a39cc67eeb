"""The administrator's pages in a browser: their addresses, import with preview, links, attendance."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, FilePayload, expect

from tests.browser.conftest import ARTIFACTS
from tests.browser.preview_staff.administration import administration, day, open_at
from tests.browser.preview_staff.desk import DESKTOP, PHONE, Desk, desk
from tests.browser.preview_staff.server import LINK, Preview, now_ms, serving

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
NOW = now_ms()
PAGES = ("overview", "roster", "provider", "mail", "attendance", "keeping", "staff", "rehearsal")
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


@pytest_asyncio.fixture(loop_scope="session")
async def preview() -> AsyncIterator[Preview]:
    async with serving(administration(day(NOW, 24))) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def admin(chromium: Browser) -> AsyncIterator[Desk]:
    made = await desk(chromium)
    yield made
    await made.page.context.close()


@pytest.mark.parametrize("count", [0, 24, 300])
@pytest.mark.parametrize("size", [DESKTOP, PHONE])
async def test_the_pages_fit_and_break_no_rule_of_accessibility(
    chromium: Browser, preview: Preview, size: tuple[int, int], count: int
) -> None:
    made = await desk(chromium, size)
    preview.view = day(NOW, count)
    ARTIFACTS.mkdir(exist_ok=True)
    for name in PAGES:
        await open_at(made, preview, name)
        assert await made.fits(), name
        assert await made.violations() == [], name
        await made.page.screenshot(path=ARTIFACTS / f"admin-{name}-{count}-{size[0]}.png", full_page=True)
    assert made.complaints == []
    await made.page.context.close()


async def test_the_pages_are_links_and_the_way_back_leads_back(admin: Desk, preview: Preview) -> None:
    await admin.open(preview, "/admin")
    page = admin.page
    await expect(page.locator("#page-overview")).to_be_visible()
    await page.locator(".admin-pages [data-to=staff]").click()
    await expect(page.locator("#page-staff")).to_be_visible()
    await expect(page.locator("#page-overview")).to_be_hidden()
    await expect(page.locator("#page-staff h1")).to_be_focused()
    await expect(page).to_have_title("係員 - 管理")
    await expect(page.locator("[aria-current=page]")).to_have_text(["係員"])
    assert page.url.endswith(f"#{LINK}/staff")
    await page.go_back()
    await expect(page.locator("#page-overview")).to_be_visible()
    await page.go_forward()
    await page.reload()
    await expect(page.locator("#page-staff")).to_be_visible()


async def test_a_link_names_a_section_inside_a_page_and_an_unknown_one_leads_to_the_first(
    admin: Desk, preview: Preview
) -> None:
    await open_at(admin, preview, "preflight")
    await expect(admin.page.locator("#page-provider")).to_be_visible()
    await expect(admin.page.locator("#preflight")).to_be_in_viewport()
    await expect(admin.page.locator("#preflight")).to_be_focused()
    await open_at(admin, preview, "nowhere")
    await expect(admin.page.locator("#page-overview")).to_be_visible()


async def test_another_link_in_the_address_is_another_person(admin: Desk, preview: Preview) -> None:
    await admin.open(preview, "/admin")
    async with admin.page.expect_navigation():
        await admin.page.evaluate("location.hash = 'zyxwvutsrqponmlkjihgfe/staff'")
    await admin.page.wait_for_selector("#desk:not([hidden])")
    await expect(admin.page.locator("#page-staff")).to_be_visible()


async def test_a_bad_file_names_line_and_column_and_cannot_be_imported(admin: Desk, preview: Preview) -> None:
    preview.answers["roster-preview"] = (200, {**GOOD, "faults": [FAULT]})
    await open_at(admin, preview, "roster")
    await admin.page.set_input_files("#csv", ROSTER)
    row = admin.page.locator(".faults tbody tr")
    await expect(row).to_have_text(["3面接室この面接室はイベントにありません。"])
    await expect(admin.page.locator("[data-action=import]")).to_have_count(0)
    assert base64.b64decode(preview.sent("roster-preview")[0]["csv"]) == CSV
    await admin.page.screenshot(path=ARTIFACTS / "admin-faults.png")


async def test_a_good_file_is_imported_by_a_second_decision(admin: Desk, preview: Preview) -> None:
    preview.answers |= {"roster-preview": (200, GOOD), "roster-import": (200, {**GOOD, "imported": 24})}
    await open_at(admin, preview, "roster")
    await admin.page.set_input_files("#csv", ROSTER)
    button = admin.page.locator("[data-action=import]")
    await expect(button).to_have_text("24人を取り込む")
    assert preview.sent("roster-import") == []
    await button.click()
    await expect(admin.page.locator("#import-result")).to_contain_text("24人を取り込みました")
    assert len(preview.sent("roster-import")) == 1


def difference(kind: str, number: str, name: str, *fields: tuple[str, str, str]) -> dict[str, object]:
    shown = [{"column": column, "title": column, "old": old, "new": new} for column, old, new in fields]
    return {"kind": kind, "line": 2, "interview": "iv1", "number": number, "name": name, "room": "第1面接室",
            "starts_at": NOW, "phase": "expected", "withdrawable": kind == "missing", "fields": shown}  # fmt: skip


CHANGES = {
    "counts": {"added": 1, "moved": 1, "changed": 1, "missing": 2, "unchanged": 19},
    "withdrawable": 2,
    "rows": [
        difference("moved", "R8-1001", "佐藤 さくら", ("start", "2026-11-28 10:00", "2026-11-28 11:00")),
        difference("changed", "R8-1002", "髙橋 結衣", ("telephone", "000-111-2222", "")),
        difference("missing", "R8-1003", "渡邉 美咲"),
        difference("added", "R8-1100", "小林 葵"),
    ],
    "more": 0,
    "token": "0" * 32,
}
WARNING = {
    **FAULT,
    "column": "start",
    "code": "lead_too_short",
    "sentence": "規則では 2 営業日前までに予約を決めます。",
}


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_differences_are_shown_and_whoever_is_missing_goes_by_a_decision_of_its_own(
    chromium: Browser, preview: Preview, size: tuple[int, int], lang: str
) -> None:
    admin = await desk(chromium, size)
    looked = {**GOOD, "warnings": [WARNING], "changes": CHANGES}
    applied = {**looked, "applied": {"added": 1, "changed": 2, "withdrawn": 2}}
    preview.answers |= {"roster-preview": (200, looked), "roster-import": (200, applied)}
    await open_at(admin, preview, "roster", lang)
    await admin.page.set_input_files("#csv", ROSTER)
    rows = admin.page.locator(".differences tbody tr")
    await expect(rows).to_have_count(4)
    await expect(rows.nth(0).locator("del")).to_have_text("2026-11-28 10:00")
    await expect(rows.nth(0).locator("ins")).to_have_text("2026-11-28 11:00")
    await expect(admin.page.locator("#import-result .banner-warn li")).to_have_count(1)
    await admin.page.check("[name=withdraw]")
    await admin.page.select_option("#import-result [name=side]", "staff")
    assert await admin.fits()
    assert await admin.violations() == []
    await admin.page.screenshot(path=ARTIFACTS / f"admin-differences-{lang}-{size[0]}.png", full_page=True)
    await admin.page.click("[data-action=import]")
    await expect(admin.page.locator("#import-result .banner-ok")).to_contain_text("2")
    sent = preview.sent("roster-import")[-1]
    assert {key: sent[key] for key in ("update", "token", "withdraw_missing", "withdraw_side")} == {
        "update": True, "token": "0" * 32, "withdraw_missing": 2, "withdraw_side": "staff",
    }  # fmt: skip
    assert admin.complaints == []
    await admin.page.context.close()


async def test_nobody_is_withdrawn_without_the_tick_and_rules_are_broken_by_a_second_click(
    admin: Desk, preview: Preview
) -> None:
    rule = {**FAULT, "code": "outside_hours", "rule": True}
    preview.answers |= {"roster-preview": (200, {**GOOD, "faults": [rule]}), "roster-import": (200, GOOD)}
    await open_at(admin, preview, "roster")
    await admin.page.set_input_files("#csv", ROSTER)
    await expect(admin.page.locator("[data-action=import-despite]")).to_be_visible()
    await expect(admin.page.locator("[data-action=import]")).to_have_count(0)
    preview.answers["roster-preview"] = (200, {**GOOD, "changes": CHANGES})
    await admin.page.click("[data-action=import-despite]")
    await admin.page.click("[data-action=import]")
    await expect(admin.page.locator("#import-result .banner-ok")).to_be_visible()
    assert preview.sent("roster-preview")[-1]["despite_rules"] is True
    sent = preview.sent("roster-import")[-1]
    assert sent["despite_rules"] is True
    assert "withdraw_missing" not in sent


async def test_a_staff_link_is_shown_once_to_be_copied(admin: Desk, preview: Preview) -> None:
    preview.answers["staff-link"] = (200, {"ok": True, "link": "https://genkan.example/console#abc"})
    await open_at(admin, preview, "staff")
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
    await open_at(admin, preview, "roster")
    await admin.page.locator("[data-action=reissue]").first.click()
    await admin.page.locator("#confirm [type=submit]").click()
    await expect(admin.page.locator("#confirm [role=alert]")).to_have_text("この面接は終わっています。")


async def test_a_search_folds_what_was_typed(admin: Desk, preview: Preview) -> None:
    await open_at(admin, preview, "roster")
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
    svg = '<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="r1"><rect width="9" height="9"/></svg>'
    cells = [["番号", "判定"], ["R8-1001", "定刻"]]
    picture = {"room": "r1", "title": "第1面接室 2026-11-28", "svg": svg, "cells": cells}
    later = row | {"id": "iv2", "arrived_at": None, "counts_at": None, "verdict": "not_arrived", "ahead": True}
    preview.reads["attendance"] = {"rows": [row, later], "pictures": [picture]}
    await open_at(admin, preview, "attendance")
    await expect(admin.page.locator("#attendance-table tbody tr")).to_have_count(0)
    await admin.page.locator("#attendance [data-action=attendance]").click()
    await expect(admin.page.locator("#attendance-table tbody tr")).to_contain_text(["時間内", "これから"])
    await expect(admin.page.locator("#attendance-pictures svg rect")).to_be_visible()
    await admin.page.locator("#attendance-pictures summary").click()
    await expect(admin.page.locator("#attendance-pictures td")).to_have_text(["R8-1001", "定刻"])
    assert await admin.violations() == []
