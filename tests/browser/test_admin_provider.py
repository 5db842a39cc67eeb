"""The administrator's page on who carries the video: what is in use, and a switch with its dry run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.conftest import ARTIFACTS
from tests.browser.preview_staff.administration import (
    Administration,
    administration,
    alone,
    choice,
    day,
    dry_run,
    open_at,
)
from tests.browser.preview_staff.desk import DESKTOP, PHONE, Desk, desk
from tests.browser.preview_staff.server import now_ms, serving

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
NOW = now_ms()
LOOK, APPLY = "#switch-form [type=submit]", "#switch-preview .apply [type=submit]"
OPEN_ALL = "found => found.forEach(one => { one.open = true; })"
REASON = "回線の障害のため"


@pytest_asyncio.fixture(loop_scope="session")
async def preview() -> AsyncIterator[Administration]:
    made = administration(day(NOW))
    async with serving(made):
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def admin(chromium: Browser) -> AsyncIterator[Desk]:
    made = await desk(chromium)
    yield made
    await made.page.context.close()


async def looked(admin: Desk, preview: Administration, to: str = "zoom") -> None:
    """The dry run of switching the whole event."""
    await open_at(admin, preview, "provider")
    await admin.page.check(f"[name=provider][value={to}]")
    await admin.page.click(LOOK)
    await expect(admin.page.locator("#preview-title")).to_be_focused()


@pytest.mark.parametrize("count", [1, 30, 300])
@pytest.mark.parametrize("size", [DESKTOP, PHONE])
@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_a_dry_run_fits_and_breaks_no_rule_of_accessibility(
    chromium: Browser, preview: Administration, size: tuple[int, int], count: int, lang: str
) -> None:
    made = await desk(chromium, size)
    preview.view = day(NOW, count, in_use="harutaka")
    await open_at(made, preview, "provider", lang)
    await made.page.check("[name=provider][value=zoom]")
    await made.page.check("[name=open][value=move]")
    await made.page.click(LOOK)
    await expect(made.page.locator("#preview-title")).to_be_focused()
    assert await made.fits()
    await made.page.screenshot(path=ARTIFACTS / f"switch-{lang}-{count}-{size[0]}.png", full_page=True)
    await made.page.locator("#switch-preview details").evaluate_all(
        "found => found.forEach(one => { one.open = true; })"
    )
    assert await made.fits()
    assert await made.violations() == []
    assert made.complaints == []
    if count == 30:
        await made.page.locator("#switch-preview").screenshot(path=ARTIFACTS / f"switch-open-{lang}-{size[0]}.png")
    await made.page.context.close()


async def test_what_is_in_use_is_said_with_who_chose_it_and_who_differs(admin: Desk, preview: Administration) -> None:
    await open_at(admin, preview, "provider")
    now = admin.page.locator("#provider-now")
    await expect(now.locator(".now")).to_contain_text("内蔵の面接室")
    await expect(now.locator(".choices li")).to_have_count(2)
    room = now.locator("[data-key='r:r2']")
    await expect(room).to_contain_text("第2面接室 → Zoom")
    await expect(room).to_contain_text("「内蔵の面接室」の障害のため切り替え （鈴木 花子 さん）")
    harutaka = admin.page.locator("#provider-list [data-key=harutaka]")
    await expect(harutaka).to_contain_text("渡したリンクは取り消せません。")
    await expect(harutaka).to_contain_text("もう一度「許可」します。")


async def test_a_provider_that_is_down_is_said_on_every_page(admin: Desk, preview: Administration) -> None:
    preview.view = day(NOW, in_use="zoom", down={"since": NOW - 240_000, "code": "unavailable"})
    await open_at(admin, preview, "staff")
    await expect(admin.page.locator(".admin-pages [data-to=provider]")).to_contain_text("応答なし")
    await open_at(admin, preview, "provider")
    await expect(admin.page.locator("#provider-now .banner")).to_contain_text("Zoom が応答していません")
    await expect(admin.page.locator("#provider-now .banner")).to_contain_text("接続先のサーバーが答えません。")
    await admin.page.screenshot(path=ARTIFACTS / "provider-down.png")
    assert await admin.violations() == []


async def test_nothing_is_applied_before_it_was_looked_at_and_given_a_reason(
    admin: Desk, preview: Administration
) -> None:
    await open_at(admin, preview, "provider")
    await admin.page.click(LOOK)
    await expect(admin.page.locator("#switch-said [role=alert]")).to_have_text("✕ 接続先を選んでください。")
    await expect(admin.page.locator(APPLY)).to_have_count(0)
    await looked(admin, preview)
    await admin.page.click(APPLY)
    assert preview.sent("switch-provider") == []
    await admin.page.fill("#switch-reason", REASON)
    await admin.page.click(APPLY)
    await expect(admin.page.locator("#switch-done")).to_be_focused()
    await expect(admin.page.locator("#switch-done")).to_contain_text("イベント全体を Zoom に切り替えました")
    await expect(admin.page.locator("#polite")).to_contain_text("イベント全体を Zoom に切り替えました")
    asked, applied = preview.sent("switch-preview")[-1], preview.sent("switch-provider")[-1]
    kept = {"provider": "zoom", "scope": "event", "open": "stay", "with_narrower": False}
    assert {key: asked[key] for key in kept} == kept
    assert {key: applied[key] for key in applied if key != "id"} == {**kept, "reason": REASON, "expects": "webrtc"}
    await expect(admin.page.locator("#switch-preview")).to_be_empty()


@pytest.mark.parametrize(
    "change",
    ["[name=provider][value=harutaka]", "[name=kind][value=room]", "[name=open][value=move]", "[name=narrower]"],
)
async def test_another_choice_drops_the_preview_and_says_so(admin: Desk, preview: Administration, change: str) -> None:
    await looked(admin, preview)
    await admin.page.check(change)
    await expect(admin.page.locator(APPLY)).to_have_count(0)
    await expect(admin.page.locator("#switch-said [role=alert]")).to_contain_text("前の確認結果は消しました")


async def test_an_answer_for_a_choice_of_before_is_not_shown(admin: Desk, preview: Administration) -> None:
    preview.gates["switch-preview"] = asyncio.Event()
    await open_at(admin, preview, "provider")
    await admin.page.check("[name=provider][value=zoom]")
    await admin.page.click(LOOK)
    await expect(admin.page.locator(LOOK)).to_have_attribute("aria-busy", "true")
    await preview.received("switch-preview")
    await admin.page.check("[name=provider][value=harutaka]")
    async with admin.page.expect_response("**/switch-preview"):
        preview.gates["switch-preview"].set()
    await expect(admin.page.locator(LOOK)).to_have_attribute("aria-busy", "false")
    await expect(admin.page.locator("#switch-preview")).to_be_empty()


async def test_what_somebody_else_changed_meanwhile_is_shown_anew_and_not_applied(
    admin: Desk, preview: Administration
) -> None:
    await looked(admin, preview)
    await admin.page.fill("#switch-reason", REASON)
    changed = day(NOW, in_use="harutaka")
    preview.computed["switch-preview"] = lambda body: (200, dry_run(changed, body))
    preview.answers["switch-provider"] = (409, {"code": "changed_meanwhile", "detail": "…", "status": 409})
    await admin.page.click(APPLY)
    await expect(admin.page.locator("#switch-said [role=alert]")).to_contain_text("ほかの人が接続先を変えました")
    await expect(admin.page.locator(".preview-way")).to_contain_text("harutaka → Zoom")
    preview.answers["switch-provider"] = (200, {"ok": True})
    await admin.page.fill("#switch-reason", REASON)
    await admin.page.click(APPLY)
    await expect(admin.page.locator("#switch-done")).to_be_visible()
    assert [body["expects"] for body in preview.sent("switch-provider")] == ["webrtc", "harutaka"]


async def test_a_switch_from_another_tab_makes_the_preview_stale(admin: Desk, preview: Administration) -> None:
    await looked(admin, preview)
    await admin.page.fill("#switch-reason", REASON)
    await preview.show(day(NOW, in_use="harutaka"))
    await expect(admin.page.locator("#switch-preview [role=alert]")).to_contain_text("この内容では切り替えられません")
    await expect(admin.page.locator(APPLY)).to_have_count(0)
    await admin.page.click("#switch-preview [data-action=look-again] >> nth=-1")
    await expect(admin.page.locator(".preview-way")).to_contain_text("harutaka → Zoom")
    await expect(admin.page.locator(APPLY)).to_be_visible()


async def test_a_lost_answer_leaves_the_outcome_open_and_the_same_command_can_be_sent_again(
    admin: Desk, preview: Administration
) -> None:
    await looked(admin, preview)
    await admin.page.fill("#switch-reason", REASON)
    preview.answers["switch-provider"] = (500, {"code": "internal", "detail": "こちらの不具合です。", "status": 500})
    await admin.page.click(APPLY)
    await expect(admin.page.locator("#switch-preview .apply [role=alert]")).to_have_text("こちらの不具合です。")
    await expect(admin.page.locator("#switch-reason")).to_have_value(REASON)
    await admin.page.context.set_offline(True)
    await admin.page.click(APPLY)
    await expect(admin.page.locator("#switch-preview .apply [role=alert]")).to_contain_text(
        "切り替わったかもしれません", timeout=20_000
    )
    await admin.page.context.set_offline(False)
    preview.answers["switch-provider"] = (200, {"ok": True})
    await admin.page.click(APPLY)
    await expect(admin.page.locator("#switch-done")).to_be_visible()
    first, last = preview.sent("switch-provider")
    assert first["id"] == last["id"]


async def test_links_that_cannot_be_revoked_are_said_plainly(admin: Desk, preview: Administration) -> None:
    preview.view = day(NOW, in_use="harutaka")
    await looked(admin, preview)
    cares = admin.page.locator("#switch-preview .cares")
    await expect(cares).to_contain_text("渡した harutaka のURLを取り消せません。切り替えたあとも開けてしまいます。")
    await expect(cares).to_contain_text("Zoom の利用規約をまだ見ていません")


async def test_a_hindrance_is_named_above_and_beside_the_button(admin: Desk, preview: Administration) -> None:
    await looked(admin, preview, "harutaka")
    await expect(admin.page.locator(".care-fail")).to_contain_text("harutaka のURLがなく、このままでは面接できません。")
    await expect(admin.page.locator(".apply .refusal")).to_contain_text("このままでは面接できない")
    await admin.page.click(".care-fail [data-to=links]")
    await expect(admin.page.locator("#links")).to_be_focused()
    await expect(admin.page.locator("#links")).to_be_in_viewport()


async def test_three_hundred_rows_are_folded_and_found_by_a_search(admin: Desk, preview: Administration) -> None:
    preview.view = day(NOW, 300)
    await looked(admin, preview)
    page = admin.page
    await expect(page.locator("#switch-preview details[open]")).to_have_count(0)
    follow = page.locator("[data-key=effect-follows]")
    total = preview.answers["switch-preview"][1]["counts"]["follows"]
    await expect(follow.locator(".group-count")).to_have_text(f"{total}件")
    await page.fill("[name=effect-words]", "Ｒ８－１００３")
    await expect(page.locator("#switch-preview .stack [role=rowheader]:visible")).to_have_text(["R8-1003 渡邉 美咲"])
    await page.fill("[name=effect-words]", "")
    await page.check("[data-change=effect-care]")
    care = sum(bool(row["terms_to_see"] or row["hindrance"]) for row in preview.answers["switch-preview"][1]["rows"])
    await expect(page.locator("#switch-preview .stack [role=rowheader]:visible")).to_have_count(care)


async def test_a_room_and_an_interview_can_be_switched_alone(admin: Desk, preview: Administration) -> None:
    await open_at(admin, preview, "switch")
    page = admin.page
    await page.check("[name=provider][value=zoom]")
    await page.check("[name=kind][value=room]")
    await page.click(LOOK)
    await expect(page.locator("#switch-said [role=alert]")).to_contain_text("面接室または面接を選んでください。")
    await page.select_option("#switch-form [name=room]", "r3")
    await page.click(LOOK)
    await expect(page.locator("#preview-title")).to_have_text("影響の確認：第3面接室")
    await page.check("[name=kind][value=interview]")
    await page.fill("#switch-form [name=words]", "R8-1007")
    await expect(page.locator("[name=interview] option")).to_have_count(2)
    await page.select_option("[name=interview]", "iv0006")
    await page.click(LOOK)
    await expect(page.locator("#preview-title")).to_contain_text("R8-1007")
    assert [body["scope"] for body in preview.sent("switch-preview")] == ["r:r3", "i:iv0006"]


async def test_a_choice_of_its_own_is_given_up_by_a_preview_like_any_other(
    admin: Desk, preview: Administration
) -> None:
    await open_at(admin, preview, "provider")
    await admin.page.click("[data-key='r:r2'] [data-action=follow-wider]")
    await expect(admin.page.locator("#preview-title")).to_have_text("影響の確認：第2面接室")
    await expect(admin.page.locator("[name=provider][value='']")).to_be_checked()
    await expect(admin.page.locator("#switch-form [name=room]")).to_have_value("r2")
    body = preview.sent("switch-preview")[0]
    assert (body["provider"], body["scope"]) == ("", "r:r2")


async def test_narrower_choices_can_be_switched_along(admin: Desk, preview: Administration) -> None:
    await looked(admin, preview)
    await expect(admin.page.locator("[data-key=effect-own]")).to_be_visible()
    await admin.page.check("[name=narrower]")
    await admin.page.click(LOOK)
    await expect(admin.page.locator(".preview-way")).to_contain_text("面接室・面接ごとの選択もやめる")
    await expect(admin.page.locator("[data-key=effect-own]")).to_have_count(0)
    await preview.show({**preview.view, "switches": [choice("event", "webrtc", NOW)]})
    await expect(admin.page.locator("[name=narrower]")).to_have_count(0)


async def test_a_switch_is_made_by_keyboard_alone(admin: Desk, preview: Administration) -> None:
    await open_at(admin, preview, "switch")
    keyboard, page = admin.page.keyboard, admin.page
    await expect(page.locator("#switch")).to_be_focused()
    await keyboard.press("Tab")
    await keyboard.press("ArrowDown")
    await expect(page.locator("[name=provider][value=zoom]")).to_be_checked()
    for _ in range(4):  # scope, open sessions, narrower, the button
        await keyboard.press("Tab")
    await expect(page.locator(LOOK)).to_be_focused()
    await keyboard.press("Enter")
    await expect(page.locator("#preview-title")).to_be_focused()
    for _ in range(12):
        await keyboard.press("Tab")
        if await page.locator("#switch-reason").evaluate("field => field === document.activeElement"):
            break
    await keyboard.type("keyboard")
    await keyboard.press("Tab")
    await keyboard.press("Enter")
    await expect(page.locator("#switch-done")).to_be_focused()
    assert preview.sent("switch-provider")[0]["reason"] == "keyboard"


async def test_one_provider_alone_is_told_how_to_have_another(admin: Desk, preview: Administration) -> None:
    preview.view = alone(NOW)
    await open_at(admin, preview, "provider")
    await expect(admin.page.locator("#switch-form")).to_contain_text("genkan.toml")
    await expect(admin.page.locator("#switch-form")).to_contain_text("[providers.zoom]")
    await expect(admin.page.locator(LOOK)).to_have_count(0)
    await expect(admin.page.locator("#links")).to_be_hidden()
    assert await admin.violations() == []
    await admin.page.screenshot(path=ARTIFACTS / "provider-alone.png", full_page=True)


async def test_an_event_without_a_roster_can_be_switched(admin: Desk, preview: Administration) -> None:
    preview.view = day(NOW, 0)
    await looked(admin, preview)
    await expect(admin.page.locator("#switch-preview .empty")).to_contain_text("まだ面接がありません")
    await expect(admin.page.locator("#links-body .empty")).to_contain_text("名簿がまだありません")


async def test_a_change_of_somebodys_state_after_the_preview_is_said(admin: Desk, preview: Administration) -> None:
    await looked(admin, preview)
    row = preview.view["rows"]["iv0001"]
    await preview.change(iv0001={**row, "phase": "cancelled"})
    await expect(admin.page.locator(".cares")).to_contain_text("確認のあとに、1件の状態が変わりました。")
    await expect(admin.page.locator(APPLY)).to_be_visible()


async def test_leaving_a_preview_keeps_the_choice_and_a_reload_asks_anew(admin: Desk, preview: Administration) -> None:
    await looked(admin, preview)
    await admin.page.click("#switch-preview [data-action=drop-preview]")
    await expect(admin.page.locator("#switch-preview")).to_be_empty()
    await expect(admin.page.locator("#switch-said")).to_be_empty()
    await expect(admin.page.locator("[name=provider][value=zoom]")).to_be_checked()
    await expect(admin.page.locator("#switch")).to_be_focused()
    await admin.page.reload()
    await expect(admin.page.locator("#page-provider")).to_be_visible()
    await expect(admin.page.locator("[name=provider]:checked")).to_have_count(0)
    assert preview.sent("switch-provider") == []


async def test_the_page_keeps_what_is_typed_while_views_come(admin: Desk, preview: Administration) -> None:
    await looked(admin, preview)
    await admin.page.fill("#switch-reason", REASON)
    await preview.change(iv0002={**preview.view["rows"]["iv0002"], "phase": "finished"})
    await expect(admin.page.locator(".cares")).to_contain_text("1件の状態が変わりました")
    await expect(admin.page.locator("#switch-reason")).to_have_value(REASON)
    await expect(admin.page.locator("#switch-reason")).to_be_focused()
