"""What staff see and do about who carries the video: handed over and seen, alarms, moves, rooms that open elsewhere."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.conftest import ARTIFACTS
from tests.browser.preview_staff import views
from tests.browser.preview_staff.desk import TALL, Desk, desk
from tests.browser.preview_staff.server import Preview, now_ms, serving

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
NOW = now_ms()
OPEN = {"provider": "zoom", "state": "open", "code": None}


@pytest_asyncio.fixture(loop_scope="session")
async def preview() -> AsyncIterator[Preview]:
    async with serving(Preview(views.on_zoom(NOW, views.zoom_day(NOW)))) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def console(chromium: Browser) -> AsyncIterator[Desk]:
    made = await desk(chromium)
    yield made
    await made.page.context.close()


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("who", ["interviewer", "reception"])
async def test_it_is_accessible_and_fits(chromium: Browser, preview: Preview, who: str, width: int, lang: str) -> None:
    if who == "reception":
        preview.view = views.zoom_reception(NOW)
    made = await desk(chromium, (width, TALL))
    await made.open(preview, "/console", lang)
    await made.page.keyboard.press("J")
    await expect(made.page.locator(".row-detail")).to_have_count(1)
    assert await made.violations() == []
    assert await made.fits()
    assert "console." not in await made.page.locator("body").inner_text()
    assert made.complaints == []
    ARTIFACTS.mkdir(exist_ok=True)
    await made.page.screenshot(path=ARTIFACTS / f"console-zoom-{who}-{lang}-{width}.png")
    await made.page.context.close()


async def test_a_row_says_who_carries_it_what_is_to_see_and_what_failed(console: Desk, preview: Preview) -> None:
    await console.open(preview, "/console")

    def row(index: int) -> str:
        return f'.row[data-key="ivr1000{index}"] .row-state'

    for index, words in ((2, "規約 未同意"), (3, "Zoom の部屋を用意できません"), (4, "内蔵の面接室"), (5, "harutaka")):
        await expect(console.page.locator(row(index))).to_contain_text(words)
    await expect(console.page.locator(row(2))).not_to_contain_text("Zoom")
    await expect(console.page.locator(row(7))).not_to_contain_text("規約")  # nobody has asked them yet


async def test_a_room_with_a_choice_of_its_own_says_so_and_its_rows_only_what_differs_from_it(
    console: Desk, preview: Preview
) -> None:
    view = views.on_zoom(NOW, [views.waiting(2, NOW, provider="webrtc"), views.waiting(3, NOW, provider="zoom")])
    view["rooms"]["r1"]["provider"] = "webrtc"
    preview.view = view
    await console.open(preview, "/console")
    await expect(console.page.locator(".bar-facts")).to_contain_text("内蔵の面接室")
    await expect(console.page.locator('.row[data-key="ivr10002"] .row-state')).not_to_contain_text("内蔵の面接室")
    await expect(console.page.locator('.row[data-key="ivr10003"] .row-state')).to_contain_text("Zoom")


async def test_an_arrival_that_nobody_told_is_confirmed_with_one_key(console: Desk, preview: Preview) -> None:
    preview.view = views.on_zoom(NOW, [views.outside(1, NOW)])
    await console.open(preview, "/console")
    await expect(console.page.locator("#stage .notice")).to_contain_text("Zoom へ案内しました。入室はまだ確認できて")
    await console.page.keyboard.press("i")
    assert [body["interview"] for body in await preview.received("arrived")] == ["ivr10001"]
    await preview.show(views.on_zoom(NOW, [views.outside(1, NOW, there_at=NOW, can=["finish"])]))
    await expect(console.page.locator("#stage .notice")).to_have_count(0)
    await expect(console.page.locator("#stage")).to_contain_text("入室を確認")
    await expect(console.page.locator("#polite")).to_contain_text("入室を確認しました")


async def test_what_waits_once_more_tells_the_interviewer_what_comes_next(console: Desk, preview: Preview) -> None:
    preview.view = views.console(NOW, [views.outside(1, NOW, name="harutaka")])
    await console.open(preview, "/console")
    await expect(console.page.locator("#stage .notice")).to_contain_text("harutaka の画面で「許可」を押してください")


async def test_the_room_of_this_and_of_the_next_candidate_opens_with_one_key(console: Desk, preview: Preview) -> None:
    following = views.waiting(2, NOW, provider="zoom", session=OPEN)
    preview.view = views.on_zoom(NOW, [views.outside(1, NOW), following])
    await console.open(preview, "/console")
    for interview in ("ivr10001", "ivr10002"):
        link = console.page.locator("#call-head a[data-outside]")
        await expect(link).to_have_attribute("href", f"/api/s/one/open/{interview}")
        async with console.page.context.expect_page() as opened:
            await console.page.keyboard.press("o")
        page = await opened.value
        assert page.url == f"{preview.origin}/api/s/one/open/{interview}"
        assert await page.evaluate("window.opener") is None
        await page.close()
        await preview.show(views.on_zoom(NOW, [following]))
    assert preview.sent("join") == []


async def test_a_room_that_is_not_made_yet_is_not_offered(console: Desk, preview: Preview) -> None:
    asked = {**OPEN, "state": "requested"}
    preview.view = views.on_zoom(NOW, [views.waiting(2, NOW, provider="zoom", session=asked)])
    await console.open(preview, "/console")
    await expect(console.page.locator("#call-head")).to_contain_text("まだ用意できていません")
    await console.page.keyboard.press("o")
    await expect(console.page.locator("#refusal-text")).to_contain_text("いま開ける部屋はありません")


async def test_a_room_that_turns_out_to_be_elsewhere_opens_from_the_same_press(console: Desk, preview: Preview) -> None:
    ticket = {"kind": "redirect", "url": "/api/s/one/open/ivr10002", "interview": "ivr10002"}
    preview.answers["join"] = (200, {"ok": True, "ticket": ticket})
    preview.view = views.console(NOW, [views.waiting(2, NOW)])
    await console.open(preview, "/console")
    async with console.page.context.expect_page() as opened:
        await console.page.locator("[data-action=join]").click()
    assert (await opened.value).url.endswith("/open/ivr10002")
    await expect(console.page.locator("#call-head a[data-outside]")).to_be_visible()


async def test_an_admission_that_waits_for_a_vendor_says_for_whom(console: Desk, preview: Preview) -> None:
    waits: views.View = {"phase": "admitting", "ready": False, "handed_over_at": None, "deadline": NOW + 60_000}
    preview.view = views.on_zoom(NOW, [views.outside(1, NOW, **waits, session={**OPEN, "state": "requested"})])
    await console.open(preview, "/console")
    await expect(console.page.locator(".stage-step")).to_contain_text("Zoom の部屋を用意しています")
    await preview.change(ivr10001=views.outside(1, NOW, **waits, session={**OPEN, "state": "failed"}))
    await expect(console.page.locator(".stage-step")).to_contain_text("Zoom の部屋を用意できません")
    await preview.change(ivr10001=views.outside(1, NOW, **{**waits, "ready": True}))
    await expect(console.page.locator(".stage-step")).to_contain_text("Zoom への入室ボタンを押すのを待っています")


async def test_whose_page_cannot_show_the_move_is_told_aloud(console: Desk, preview: Preview) -> None:
    moves: views.View = {"moving": "open", "coming": "webrtc", "handed_over_at": None}
    preview.view = views.console(NOW, [views.outside(1, NOW, **moves)])
    await console.open(preview, "/console")
    notice = console.page.locator("#stage .notice")
    await expect(notice).to_contain_text("メールのリンクを、もう一度開いてください")
    await expect(notice.locator("a")).to_have_attribute("href", "tel:09000000000")
    await preview.change(ivr10001=views.outside(1, NOW, **moves, presence="here"))
    await expect(notice).to_contain_text("受験者の画面に入口が出ています")
    await expect(notice).not_to_contain_text("受験者の画面が開いていません")
    await expect(notice).to_contain_text("受付をしたページに戻ってください")


async def test_one_who_is_inside_is_moved_after_a_question(console: Desk, preview: Preview) -> None:
    preview.view = views.console(NOW, [views.outside(1, NOW, can=["move"])])
    await console.open(preview, "/console")
    await console.page.locator('#stage [data-command="move"]').click()
    await expect(console.page.locator("#ask")).to_contain_text("いま Zoom にいる人を")
    assert preview.commands == []
    await console.page.locator("#ask [type=submit]").click()
    assert [body["interview"] for body in await preview.received("move")] == ["ivr10001"]


async def test_an_end_at_the_provider_asks_for_an_end_or_a_return(console: Desk, preview: Preview) -> None:
    preview.view = views.on_zoom(NOW, [views.outside(1, NOW)])
    await console.open(preview, "/console")
    await preview.change(ivr10001=views.outside(1, NOW, ended_there_at=NOW))
    notice = console.page.locator("#stage [data-key=ended]")
    await expect(notice).to_contain_text("Zoom 側で終了しました")
    await expect(notice.locator("button")).to_have_count(2)
    await expect(console.page.locator("#polite")).to_contain_text("外部サービス側で終了しました")


async def test_each_alarm_is_settled_by_itself_with_a_note(console: Desk, preview: Preview) -> None:
    await console.open(preview, "/console")
    for code in ("recording", "settings"):
        await console.page.locator(f'#stage [data-command="settle-alarm"][data-code="{code}"]').click()
        await console.page.locator("#ask .preset").first.click()
        await console.page.locator("#ask [type=submit]").click()
        await expect(console.page.locator("#ask")).to_be_hidden()
    sent = [(body["interview"], body["code"], body["note"]) for body in await preview.received("settle-alarm", 2)]
    assert sent == [("ivr10001", code, "録画を止めました。") for code in ("recording", "settings")]


async def test_who_is_already_there_is_checked_in_with_a_reason_that_stands_ready(
    console: Desk, preview: Preview
) -> None:
    await console.open(preview, "/console")
    unmailed = console.page.locator('.row[data-key="ivr10006"]')
    await unmailed.locator(".row-who").click()
    await expect(unmailed.locator(".row-detail")).to_contain_text("未送付")
    await expect(unmailed.locator('[data-command="already-there"]')).to_have_count(0)
    mailed = console.page.locator('.row[data-key="ivr10005"]')
    await mailed.locator(".row-who").click()
    await mailed.locator('[data-command="already-there"]').click()
    await expect(console.page.locator("#ask h2")).to_have_text("すでに harutaka にいる")
    await console.page.locator("#ask [type=submit]").click()
    [body] = await preview.received("check-in-for")
    assert (body["interview"], body["via"]) == ("ivr10005", "provider")
    assert body["reason"] == "harutaka に入っているのを見たため"


async def test_the_list_of_tasks_has_one_action_for_each(console: Desk, preview: Preview) -> None:
    preview.view = views.zoom_reception(NOW)
    await console.open(preview, "/console")
    await expect(console.page.locator(".task")).to_have_count(5)
    await console.page.locator('.task[data-key^="not_seen"] button').click()
    await preview.received("arrived")
    await console.page.locator('.task[data-key^="ended_there"] button').click()
    await preview.received("finish")
    await console.page.locator('.task[data-key^="alarm_settings"] button').click()
    await console.page.locator("#ask [type=submit]").click()
    assert [body["code"] for body in await preview.received("settle-alarm")] == ["settings"]
    await console.page.locator('.task[data-key^="provider"] button').click()
    await expect(console.page.locator(".failover h2")).to_be_focused()


async def test_the_help_names_every_key_that_acts(console: Desk, preview: Preview) -> None:
    await console.open(preview, "/console")
    await console.page.keyboard.press("?")
    keys = await console.page.locator("#help kbd").all_inner_texts()
    assert {"I", "O", "P"} <= set(keys)
    assert len(keys) == len(set(keys))
