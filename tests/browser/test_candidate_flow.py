"""What a candidate's page does: only what the person asked for, by keyboard alone, through breaks and reloads."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser.preview.hand import at, open_at, tab_to
from tests.browser.preview.server import Preview, preview, serving
from tests.browser.preview.views import View, candidate, seated, states

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
LINE_LOST = 15_000  # ms: two failed tries and their pauses


@pytest_asyncio.fixture(loop_scope="session")
async def stand_in() -> AsyncIterator[Preview]:
    async with serving(preview()) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def page(chromium: Browser) -> AsyncIterator[Page]:
    context = await chromium.new_context(permissions=["camera", "microphone"])
    yield await context.new_page()
    await context.close()


async def test_a_scanner_that_presses_the_first_button_changes_nothing(stand_in: Preview, page: Page) -> None:
    for state in ("notice", "number", "waiting", "early", "redirect"):
        await page.goto("about:blank")
        await open_at(page, stand_in, state) if state in {"notice", "redirect"} else await page.goto(
            stand_in.address(state)
        )
        await page.locator("button").first.click()
        await expect(page.locator("html")).to_have_attribute("lang", "en")
        await expect(page.locator("body")).to_have_attribute("data-screen", re.compile("."))
    assert set(stand_in.posts) <= {"enter", "ticket"}


async def test_nobody_is_present_who_has_not_agreed(stand_in: Preview, page: Page) -> None:
    await open_at(page, stand_in, "notice")
    await page.locator("button").first.click()
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    await at(page, "notice")
    assert "here" not in stand_in.presence
    async with page.expect_request("**/consent"):
        await page.locator("input[name=notice]").check()
        await page.locator("form button").click()


async def test_the_whole_way_to_the_seat_by_keyboard(stand_in: Preview, page: Page) -> None:
    async def follow(sid: str, name: str, _: View) -> None:
        if name == "consent":
            await stand_in.show(sid, candidate("preparing"))
        elif name == "check-in":
            await stand_in.show(sid, seated())

    stand_in.on_command = follow
    stand_in.answers["check-in"] = (200, {"ok": True, "result": "seated"})
    await open_at(page, stand_in, "notice")
    await tab_to(page, "form button[type=submit]")
    await page.keyboard.press("Enter")
    await expect(page.locator("#agree-fault")).to_be_visible()
    await expect(page.locator("input[name=notice]")).to_be_focused()
    await page.keyboard.press("Space")
    await tab_to(page, "form button[type=submit]")
    await page.keyboard.press("Enter")
    await at(page, "check")
    await expect(page.locator("#heading")).to_be_focused()
    await tab_to(page, "[data-action=done]")
    await page.keyboard.press("Enter")
    await at(page, "number")
    await tab_to(page, "#number")
    await page.keyboard.type("１０２３")
    await page.keyboard.press("Enter")
    await expect(page.locator("#name")).to_be_focused()
    await page.keyboard.type("髙橋　さくら")
    await page.keyboard.press("Enter")
    await at(page, "waiting")
    await expect(page.locator("#heading")).to_be_focused()
    sent = {name: {key: value for key, value in body.items() if key != "id"} for name, body in stand_in.commands}
    assert sent["consent"] == {"notice": "1"}
    assert sent["check-in"] == {"number": "１０２３", "name": "髙橋　さくら"}
    assert sent["devices"]["camera"] == "skipped"


async def test_a_wrong_number_waits_kindly_and_keeps_what_was_typed(stand_in: Preview, page: Page) -> None:
    stand_in.answers["check-in"] = (200, {"ok": True, "result": "refused", "tries": 1, "retry_after": 30})
    await page.add_init_script("if (location.protocol === 'http:') localStorage.setItem('genkan:checked:number', '1')")
    await open_at(page, stand_in, "number")
    await page.locator("#number").fill("9999")
    await page.locator("#name").fill("髙橋")
    await page.locator("form button[type=submit]").first.click()
    await expect(page.locator("#refused")).to_be_focused()
    await expect(page.locator("#refused")).to_contain_text("012-345-6789")
    await expect(page.locator("main")).to_contain_text("秒で、もう一度")
    assert await page.locator("#number").input_value() == "9999"
    await page.locator("#name").press("Enter")
    assert [name for name, _ in stand_in.commands].count("check-in") == 1


async def test_a_call_is_announced_and_opens_the_room_by_itself(stand_in: Preview, page: Page) -> None:
    await open_at(page, stand_in, "waiting")
    await stand_in.show("waiting", states()["called"][1])
    await at(page, "called")
    await expect(page.locator("#assertive")).to_have_text("あなたの順番です")
    await expect(page.locator("#heading")).to_be_focused()
    assert "【順番です】" in await page.title()
    await page.locator("[data-action=enter]").click()
    await page.locator("genkan-call .call-connecting").wait_for()
    mic = page.locator("genkan-call [data-action=audio]")
    await expect(mic).to_have_attribute("aria-pressed", "true")
    await page.keyboard.press("Alt+KeyA")
    await expect(mic).to_have_attribute("aria-pressed", "false")
    await stand_in.show("waiting", seated(lapse="no_arrival"))
    await at(page, "waiting")
    await expect(page.locator("main")).to_contain_text("順番はそのままです")


async def test_early_or_not_are_two_equal_answers(stand_in: Preview, page: Page) -> None:
    await open_at(page, stand_in, "early")
    yes, no = page.locator("[data-action=early-yes]"), page.locator("[data-action=early-no]")
    assert await yes.get_attribute("class") == await no.get_attribute("class")
    async with page.expect_request("**/early"):
        await no.click()
    assert [body["accept"] for name, body in stand_in.commands if name == "early"] == [False]


async def test_a_page_that_was_taken_over_says_so_and_is_silent(stand_in: Preview, page: Page) -> None:
    await open_at(page, stand_in, "waiting")
    await stand_in.show("waiting", states()["takenover"][1])
    await at(page, "fenced-taken_over")
    stand_in.presence.clear()
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    async with page.expect_request("**/take-over"):
        await page.locator("[data-action=take-over]").click()
    assert stand_in.presence == []


async def test_a_broken_line_is_said_and_mends_itself(stand_in: Preview, page: Page) -> None:
    await open_at(page, stand_in, "waiting")
    await stand_in.cut()
    await expect(page.locator("#line")).to_contain_text("通信が切れています", timeout=LINE_LOST)
    stand_in.views["waiting"] = seated(room={"state": "ready", "behind_minutes": 7})
    stand_in.accepting = True
    await expect(page.locator("main")).to_contain_text("約 7 分遅れています", timeout=LINE_LOST)
    await expect(page.locator("#line")).to_be_hidden()


async def test_where_no_websocket_stands_the_page_polls(stand_in: Preview, page: Page) -> None:
    stand_in.sockets = False
    async with page.expect_request("**/seen", timeout=LINE_LOST):
        await page.goto(stand_in.address("waiting"))
    await at(page, "waiting")


async def test_failed_devices_are_told_and_block_nobody(stand_in: Preview, page: Page) -> None:
    stand_in.answers["echo"] = (409, {"status": 409, "code": "media_full", "title": "満室"})
    await open_at(page, stand_in, "check")
    await page.locator("[data-action=start]").click()
    for part in ("camera", "microphone"):
        await expect(page.locator(f".check-list [data-key={part}] .tag")).to_have_text("よい", timeout=10_000)
    await expect(page.locator(".check-list [data-key=network] .tag")).to_have_text("使えません")
    await page.locator("[data-action=play]").click()
    await page.locator("[data-action=heard]").click()
    await page.locator("[data-action=done]").click()
    await at(page, "number")
    [found] = [body for name, body in stand_in.commands if name == "devices"]
    words = {part: found[part] for part in ("camera", "microphone", "speaker", "network")}
    assert words == {"camera": "ok", "microphone": "ok", "speaker": "ok", "network": "fail"}


async def test_an_in_app_browser_is_told_how_to_get_out(stand_in: Preview, chromium: Browser) -> None:
    agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Safari Line/14.0.0"
    context = await chromium.new_context(user_agent=agent)
    page = await context.new_page()
    await page.goto(stand_in.address("check"))
    await expect(page.locator("genkan-check")).to_contain_text("LINE の中で開いています")
    await context.close()


async def test_a_denied_camera_gets_help_for_this_browser(stand_in: Preview, page: Page) -> None:
    deny = """() => {
        navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("no", "NotAllowedError"));
    }"""
    stand_in.answers["echo"] = (409, {"status": 409, "code": "media_full", "title": "満室"})
    await open_at(page, stand_in, "check")
    await page.evaluate(deny)
    await page.locator("[data-action=start]").click()
    await expect(page.locator("genkan-check")).to_contain_text("カメラとマイクを許可するには")


async def test_what_staff_write_is_text_and_never_markup(stand_in: Preview, page: Page) -> None:
    await open_at(page, stand_in, "waiting")
    text = "<img src=x onerror=alert(1)><b>太字</b>"
    await stand_in.show("waiting", seated(messages=[{"at": 1, "text": text}]))
    await expect(page.locator(".messages")).to_contain_text(text)
    assert await page.locator(".messages img, .messages b").count() == 0


async def test_the_video_code_is_shown_as_digits_and_as_a_code_to_scan(stand_in: Preview, page: Page) -> None:
    answer: dict[str, Any] = {"ok": True, "code": "123456", "url": f"{stand_in.origin}/v#123456", "expires_at": 9e12}
    stand_in.answers["video-code"] = (200, answer)
    await open_at(page, stand_in, "waiting")
    await page.locator("#elsewhere summary").click()
    await page.locator("[data-action=video-code]").click()
    await expect(page.locator(".code")).to_have_text("123 456")
    await expect(page.locator("svg.qr")).to_be_visible()


async def test_a_code_that_was_told_by_telephone_leads_to_its_room(stand_in: Preview, page: Page) -> None:
    await page.goto(stand_in.origin + "/")
    await page.locator("#code").fill("ab1")
    await page.keyboard.press("Enter")
    await expect(page.locator("#code-fault")).to_be_visible()
    await page.locator("#code").fill(" ＡＢＣ-234 ")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/r/abc234**")
    await at(page, "notice")
