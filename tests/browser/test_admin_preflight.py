"""The administrator's page on who carries the video: preflights with what people confirm, links issued beforehand."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, FilePayload, expect

from tests.browser.conftest import ARTIFACTS
from tests.browser.preview_staff.administration import Administration, administration, day, findings, links, open_at
from tests.browser.preview_staff.desk import DESKTOP, PHONE, Desk, desk
from tests.browser.preview_staff.server import now_ms, serving

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
NOW = now_ms()
CHECK = "#preflight [data-submit=check] [type=submit]"
CSV = "受験番号,候補者URL,評価者URL\r\nR8-1001,https://x.example.invalid/a,https://x.example.invalid/b\r\n".encode()
FILE: FilePayload = {"name": "ライブURL.csv", "mimeType": "text/csv", "buffer": CSV}
FAULT = {"line": 7, "column": "candidate_url", "code": "host", "value_hidden": True}


@pytest_asyncio.fixture(loop_scope="session")
async def preview() -> AsyncIterator[Administration]:
    made = administration(day(NOW, in_use="zoom"))
    async with serving(made):
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def admin(chromium: Browser) -> AsyncIterator[Desk]:
    made = await desk(chromium)
    yield made
    await made.page.context.close()


@pytest.mark.parametrize("short", [2, 40])
@pytest.mark.parametrize("size", [DESKTOP, PHONE])
async def test_findings_and_links_fit_and_break_no_rule_of_accessibility(
    chromium: Browser, preview: Administration, size: tuple[int, int], short: int
) -> None:
    made = await desk(chromium, size)
    preview.view = day(NOW, 60, in_use="zoom")
    preview.computed["provider-check"] = lambda body: (
        200,
        {"provider": body["provider"], "findings": findings(preview.view, short)},
    )
    await open_at(made, preview, "preflight")
    await made.page.click(CHECK)
    await expect(made.page.locator(".found-failed")).to_be_visible()
    await made.page.check("[name=mailed][value=yes]")
    await made.page.set_input_files("#links-csv", FILE)
    await expect(made.page.locator("[data-action=links-import]")).to_be_visible()
    assert await made.fits()
    assert await made.violations() == []
    assert made.complaints == []
    for part in ("preflight", "links"):
        await made.page.locator(f"#{part}").screenshot(path=ARTIFACTS / f"{part}-{short}-{size[0]}.png")
    await made.page.context.close()


async def test_findings_stand_in_the_order_in_which_a_person_works_them_off(
    admin: Desk, preview: Administration
) -> None:
    await open_at(admin, preview, "preflight")
    page = admin.page
    await expect(page.locator("#preflight .admin-tools")).to_contain_text("まだ点検していません")
    await page.click(CHECK)
    headings = page.locator("#preflight .found h3, #preflight .found-ok summary")
    await expect(headings).to_have_text(["✕ 直すこと 3件", "？ 人が確かめること 2件", "！ 注意 1件", "✓ 問題なし 3件"])
    await expect(page.locator("#polite")).to_contain_text("点検が終わりました。不合格3件")
    await expect(page.locator("#preflight .admin-tools")).to_contain_text("この画面での最後の点検")
    first = page.locator(".found-failed .slots li").first
    await expect(first).to_contain_text("R8-1001")
    await expect(first).to_contain_text("佐藤 さくら")
    await expect(first).to_contain_text("この枠でホストが 1 人足りません。")
    await expect(first.locator("time")).to_have_count(1)
    assert preview.sent("provider-check")[0]["provider"] == "zoom"


async def test_a_check_that_runs_is_shown_to_run_and_is_not_run_twice(admin: Desk, preview: Administration) -> None:
    preview.gates["provider-check"] = asyncio.Event()
    await open_at(admin, preview, "preflight")
    await admin.page.click(CHECK)
    await preview.received("provider-check")
    await expect(admin.page.locator("#preflight [role=status]")).to_contain_text("Zoom に問い合わせています")
    await expect(admin.page.locator(CHECK)).to_have_attribute("aria-busy", "true")
    await admin.page.click(CHECK)
    preview.gates["provider-check"].set()
    await expect(admin.page.locator(".found-failed")).to_be_visible()
    await expect(admin.page.locator("#preflight [role=status]")).to_have_count(0)
    assert len(preview.sent("provider-check")) == 1


async def test_a_provider_that_does_not_answer_is_said_and_what_was_found_before_stays(
    admin: Desk, preview: Administration
) -> None:
    await open_at(admin, preview, "preflight")
    await admin.page.click(CHECK)
    await expect(admin.page.locator(".found-failed")).to_be_visible()
    detail = "Zoom が時間内に答えません。"
    preview.computed["provider-check"] = lambda _: (502, {"code": "provider", "detail": detail, "status": 502})
    await admin.page.click(CHECK)
    await expect(admin.page.locator("#preflight [role=alert]")).to_contain_text("Zoom を点検できませんでした")
    await expect(admin.page.locator("#preflight [role=alert]")).to_contain_text(detail)
    await expect(admin.page.locator(".found-failed")).to_be_visible()
    await admin.page.context.set_offline(True)
    await admin.page.click(CHECK)
    await expect(admin.page.locator("#preflight [role=alert]")).to_contain_text("答えがありません。")
    await admin.page.context.set_offline(False)


async def test_what_a_person_confirms_is_kept_with_name_and_day(admin: Desk, preview: Administration) -> None:
    await open_at(admin, preview, "preflight")
    await admin.page.click(CHECK)
    item = admin.page.locator("[data-key=ask-zoom-waiting_room]")
    await expect(item).to_contain_text("まだだれも確かめていません")
    await item.locator("[name=note]").fill("設定画面で見た")
    await item.locator("button").click()
    await expect(item).to_contain_text("確認済み （管理 花 さん）")
    await expect(item).to_contain_text("もう一度確認しました")
    await expect(admin.page.locator("#polite")).to_have_text("確認を記録しました。")
    body = preview.sent("provider-confirm")[0]
    assert {key: body[key] for key in body if key != "id"} == {
        "provider": "zoom",
        "check": "waiting_room",
        "note": "設定画面で見た",
    }
    said = {"provider": "zoom", "check": "waiting_room", "at": NOW, "by": "鈴木 花子"}
    await preview.show({**preview.view, "confirmations": [*preview.view["confirmations"], said]})
    await expect(item).to_contain_text("確認済み （鈴木 花子 さん）")


async def test_what_was_confirmed_before_is_shown_without_asking_the_provider(
    admin: Desk, preview: Administration
) -> None:
    await open_at(admin, preview, "preflight")
    before = admin.page.locator("#preflight [data-key=before]")
    await expect(before).to_contain_text("録画・要約などが無効であること")
    await expect(before).to_contain_text("確認済み （管理 花 さん）")
    await admin.page.select_option("#preflight [name=provider]", "webrtc")
    await expect(before).to_have_count(0)
    assert preview.sent("provider-check") == []


async def test_a_provider_can_be_checked_from_where_it_is_described(admin: Desk, preview: Administration) -> None:
    await open_at(admin, preview, "provider")
    await admin.page.click("#provider-list [data-key=harutaka] [data-action=check-provider]")
    await expect(admin.page.locator(".found-failed")).to_be_visible()
    await expect(admin.page.locator("#preflight [name=provider]")).to_have_value("harutaka")
    assert preview.sent("provider-check")[0]["provider"] == "harutaka"


async def test_whether_links_were_mailed_is_asked_before_a_file_is_looked_at(
    admin: Desk, preview: Administration
) -> None:
    await open_at(admin, preview, "links")
    page = admin.page
    await expect(page.locator("[name=mailed]:checked")).to_have_count(0)
    await page.set_input_files("#links-csv", FILE)
    await expect(page.locator("#links-result [role=alert]")).to_contain_text("URLをもう送ったかどうかを選んでください")
    assert preview.sent("links-preview") == []
    await page.check("[name=mailed][value=no]")
    await expect(page.locator("#links-result .banner-ok")).to_contain_text("まだ送っていないURLとして取り込みます。")
    await page.check("[name=mailed][value=yes]")
    await expect(page.locator("#links-result .banner-ok")).to_contain_text("もう送ったURLとして取り込みます。")
    sent = preview.sent("links-preview")
    assert [(body["provider"], body["mailed"]) for body in sent] == [("harutaka", False), ("harutaka", True)]
    assert base64.b64decode(sent[0]["csv"]) == CSV


async def test_links_are_imported_by_a_second_decision_and_what_is_left_is_named(
    admin: Desk, preview: Administration
) -> None:
    await open_at(admin, preview, "links")
    page = admin.page
    await expect(page.locator(".coverage")).to_contain_text("30件のうち28件にURLがあります。あと2件足りません。")
    await expect(page.locator("#links a[download]")).to_have_attribute("href", "/api/s/one/links-template.csv")
    await page.check("[name=mailed][value=yes]")
    await page.set_input_files("#links-csv", FILE)
    await expect(page.locator("[data-key=missing]")).to_contain_text("URLのない面接が2件残ります")
    await expect(page.locator("[data-key=missing] .slots")).to_contain_text("R8-1030")
    assert preview.sent("links-import") == []
    await page.click("[data-action=links-import]")
    await expect(page.locator("#links-result .banner-ok")).to_contain_text("28行のURLを取り込みました。")
    await expect(page.locator("#polite")).to_have_text("28行のURLを取り込みました。")
    body = preview.sent("links-import")[0]
    assert (body["provider"], body["mailed"], base64.b64decode(body["csv"])) == ("harutaka", True, CSV)


async def test_a_file_with_faults_names_line_and_column_and_cannot_be_imported(
    admin: Desk, preview: Administration
) -> None:
    faults = [{**FAULT, "sentence": "harutaka のURLではありません。"}]
    preview.computed["links-preview"] = lambda _: (200, links(preview.view, faults))
    await open_at(admin, preview, "links")
    await admin.page.check("[name=mailed][value=no]")
    await admin.page.set_input_files("#links-csv", FILE)
    row = admin.page.locator("#links .faults tbody tr")
    await expect(row).to_have_text(["7受験者のURLharutaka のURLではありません。"])
    await expect(admin.page.locator("[data-action=links-import]")).to_have_count(0)
    await admin.page.set_input_files("#links-csv", FILE)
    await preview.received("links-preview", 2)


async def test_the_question_and_the_file_are_reached_by_keyboard(admin: Desk, preview: Administration) -> None:
    await open_at(admin, preview, "links")
    page = admin.page
    await expect(page.locator("#links")).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(page.locator("#links a[download]")).to_be_focused()
    await page.keyboard.press("Tab")
    await page.keyboard.press("ArrowDown")
    await expect(page.locator("[name=mailed][value=yes]")).to_be_checked()
    await page.keyboard.press("Tab")
    await expect(page.locator("#links-csv")).to_be_focused()
