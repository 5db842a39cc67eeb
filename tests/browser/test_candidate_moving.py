"""The provider is changed under somebody: terms to see without losing the place, the way from one room to the next."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Route, expect

from tests.browser.preview.hand import at, open_at, tab_to
from tests.browser.preview.server import Preview, link_of, preview, serving
from tests.browser.preview.views import OUTSIDE, View, admission, outside, seated, states, terms

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
BUTTON = "a.button-huge"
COUNTDOWN = 7000  # ms that surely hold the five seconds
ZOOM = {"id": "zoom", "label": OUTSIDE["label"]}
MARK = "globalThis.old = document.querySelector('genkan-call'); globalThis.old.mark = 0;"
COUNT_MOVES = """
const element = customElements.get("genkan-call").prototype;
const leave = element.disconnectedCallback;
element.disconnectedCallback = function () { this.mark += 1; return leave.call(this); };
"""


@pytest_asyncio.fixture(loop_scope="session")
async def stand_in() -> AsyncIterator[Preview]:
    async with serving(preview()) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def page(chromium: Browser) -> AsyncIterator[Page]:
    async def far_side(route: Route) -> None:
        await route.fulfill(body="a room")

    context = await chromium.new_context(permissions=["camera", "microphone"])
    await context.route("https://*.example.com/**", far_side)
    yield await context.new_page()
    await context.close()


def in_call(generation: int = 1, **parts: Any) -> View:
    call = {"slots": [{"slot": 0, "role": "interviewer", "label": "1"}], "video_elsewhere": False}
    door = {key: parts.pop(key) for key in ("moving", "terms_needed") if key in parts}
    return seated("in_session", admission=admission(generation=generation, **door), call=call, **parts)


async def agree_by_keyboard(page: Page) -> None:
    await tab_to(page, "#terms a")
    await tab_to(page, "#terms input")
    await page.keyboard.press("Space")
    await tab_to(page, "#terms button")
    await page.keyboard.press("Enter")


# --- terms ---------------------------------------------------------------------------------------------------------


async def test_who_waits_is_asked_early_and_keeps_the_place(stand_in: Preview, page: Page) -> None:
    await open_at(page, stand_in, "waiting")
    await stand_in.show("waiting", seated(terms=terms(), provider=ZOOM))
    await expect(page.locator("#polite")).to_contain_text("使うビデオ通話が Zoom に変わりました")
    await at(page, "waiting")
    await expect(page.locator("main")).to_contain_text("あなたの前に 2 人います")
    await agree_by_keyboard(page)
    await expect(page.locator("#terms")).to_have_count(0)
    sent = [body for name, body in stand_in.commands if name == "consent"]
    assert [(body["notice"], body["terms"]) for body in sent] == [("1", "3")]


async def test_who_has_terms_to_see_is_still_there(stand_in: Preview, page: Page) -> None:
    await open_at(page, stand_in, "waitingterms")
    stand_in.presence.clear()
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await stand_in.show("waitingterms", seated())
    await expect(page.locator("#terms")).to_have_count(0)
    assert "here" in stand_in.presence


async def test_a_box_that_is_not_ticked_is_asked_for(stand_in: Preview, page: Page) -> None:
    await open_at(page, stand_in, "waitingterms")
    await page.locator("#terms button").click()
    await expect(page.locator("#terms [role=alert]")).to_have_text("進むには、印をつけてください。")
    await expect(page.locator("#terms input")).to_be_focused()
    assert "consent" not in stand_in.posts


async def test_needed_terms_come_before_the_button_and_no_link_is_asked_for(stand_in: Preview, page: Page) -> None:
    async def follow(sid: str, name: str, _: View) -> None:
        if name == "consent":
            await stand_in.show(
                sid, seated("admitting", admission=admission(provider=OUTSIDE), terms=terms(agreed=True))
            )

    stand_in.on_command = follow
    stand_in.answers["waiting/ticket"] = (200, {"ok": True, "ticket": link_of("zoom")})
    await open_at(page, stand_in, "waiting")
    await stand_in.show("waiting", states()["calledterms"][1])
    await at(page, "terms")
    await expect(page.locator("#assertive")).to_contain_text("利用規約を読み、同意してください")
    await expect(page.locator("#heading")).to_be_focused()
    assert "ticket" not in stand_in.posts
    await agree_by_keyboard(page)
    await expect(page.locator(BUTTON)).to_have_attribute("href", "https://zoom.example.com/join")
    assert stand_in.posts.index("consent") < stand_in.posts.index("ticket")


async def test_the_countdown_rests_while_terms_are_needed(stand_in: Preview, page: Page) -> None:
    await page.clock.install()
    asks = seated("admitting", admission=admission(terms_needed=True), terms=terms("webrtc"))
    await open_at(page, stand_in, "waiting")
    await stand_in.show("waiting", asks)
    await at(page, "terms")
    await page.clock.run_for(3 * COUNTDOWN)
    await at(page, "terms")
    assert "ticket" not in stand_in.posts
    await agree_by_keyboard(page)
    await at(page, "called")
    await expect(page.locator(".countdown-words")).to_contain_text("あと 5 秒")
    await page.clock.run_for(COUNTDOWN)
    await at(page, "room")


async def test_a_ticket_that_is_refused_for_the_terms_leads_to_them(stand_in: Preview, page: Page) -> None:
    refusal = {"status": 409, "code": "terms_needed", "title": "接続先の利用規約に同意してから入室してください。"}
    stand_in.answers["redirect/ticket"] = (409, refusal)
    stand_in.views["redirect"] = {**outside("admitting"), "terms": terms()}
    await page.goto(stand_in.address("redirect"))
    await at(page, "terms")
    stand_in.answers["redirect/ticket"] = (200, {"ok": True, "ticket": link_of("zoom")})
    await agree_by_keyboard(page)
    await expect(page.locator(BUTTON)).to_have_attribute("href", "https://zoom.example.com/join")


async def test_a_call_that_is_refused_for_the_terms_leads_to_them_and_no_camera_stays_on(
    stand_in: Preview, page: Page
) -> None:
    stand_in.answers["room/ticket"] = (409, {"status": 409, "code": "terms_needed", "title": "同意してください。"})
    stand_in.views["room"] = in_call(terms=terms("webrtc"))
    await page.goto(stand_in.address("room"))
    await at(page, "terms")
    await expect(page.locator("genkan-call")).to_have_count(0)


async def test_terms_that_are_only_shown_block_nobody(stand_in: Preview, page: Page) -> None:
    stand_in.views["redirect"] = {**outside("admitting"), "terms": terms()}
    await open_at(page, stand_in, "redirect")
    await expect(page.locator("#terms a")).to_have_attribute("href", "https://terms.example.com/zoom")
    await expect(page.locator(BUTTON)).to_be_visible()


# --- moving --------------------------------------------------------------------------------------------------------


async def test_from_the_call_to_a_provider_of_its_own_pages(stand_in: Preview, page: Page) -> None:
    """The call stays where it is, untouched, until the new door is gone through."""
    await open_at(page, stand_in, "room")
    await page.locator("genkan-call .call-connecting").wait_for()
    await page.evaluate(COUNT_MOVES + MARK)
    await stand_in.show("room", in_call(moving="preparing"))
    await expect(page.locator("#polite")).to_contain_text("使うビデオ通話を切りかえています")
    await expect(page.locator("[data-key=moving]")).to_contain_text("いまの画面で、そのまま続けてください")
    stand_in.answers["room/ticket"] = (200, {"ok": True, "ticket": link_of("zoom")})
    await stand_in.show("room", {**outside(generation=2, moving="open"), "call": in_call()["call"]})
    await at(page, "redirect-moved")
    await expect(page.locator("#assertive")).to_contain_text("面接室が変わりました")
    await page.locator(BUTTON).wait_for()
    assert await page.evaluate("globalThis.old.isConnected && globalThis.old.mark === 0")
    await page.locator(BUTTON).click()
    await at(page, "redirect")
    await expect(page.locator("genkan-call")).to_have_count(0)
    assert await page.evaluate("globalThis.old.stream === null")
    assert stand_in.posts.count("pressed") == 1


async def test_from_outside_into_the_built_in_room_by_itself(stand_in: Preview, page: Page) -> None:
    await page.clock.install()
    await open_at(page, stand_in, "movingout")
    await expect(page.locator("main")).to_contain_text("使うビデオ通話を切りかえています")
    del stand_in.answers["movingout/ticket"]  # the next one is for the built-in room
    await stand_in.show("movingout", in_call(2, moving="open"))
    await at(page, "moved")
    await expect(page.locator(".countdown-words")).to_contain_text("あと 5 秒")
    assert await page.locator(BUTTON).count() == 0
    await page.clock.run_for(COUNTDOWN)
    await at(page, "room")
    await page.locator("genkan-call .call-connecting").wait_for()


async def test_from_call_to_call_the_old_one_is_left_when_the_new_one_is_entered(stand_in: Preview, page: Page) -> None:
    await open_at(page, stand_in, "room")
    await page.locator("genkan-call .call-connecting").wait_for()
    await page.evaluate(COUNT_MOVES + MARK)
    await stand_in.show("room", in_call(2, moving="open"))
    await at(page, "moved")
    assert await page.evaluate("globalThis.old.isConnected && globalThis.old.mark === 0")
    await page.locator("[data-action=enter]").click()
    await at(page, "room")
    await expect(page.locator("genkan-call")).to_have_count(1)
    assert await page.evaluate("!globalThis.old.isConnected")


async def test_another_generation_drops_the_old_link(stand_in: Preview, page: Page) -> None:
    await open_at(page, stand_in, "pressed")
    await page.locator(BUTTON).wait_for()
    stand_in.answers["pressed/ticket"] = (200, {"ok": True, "ticket": link_of("zoom", "two")})
    await stand_in.show("pressed", outside(generation=2, moving="open"))
    await expect(page.locator(BUTTON)).to_have_attribute("href", "https://zoom.example.com/two")
    await at(page, "redirect-moved")


@pytest.mark.parametrize("way", ["frozen", "discarded"])
async def test_a_tab_that_was_away_in_the_middle_comes_to_the_same_place(
    stand_in: Preview, page: Page, way: str
) -> None:
    await open_at(page, stand_in, "room")
    await page.locator("genkan-call .call-connecting").wait_for()
    stand_in.answers["room/ticket"] = (200, {"ok": True, "ticket": link_of("zoom")})
    after = outside(generation=2, moving="open")
    if way == "frozen":
        chrome = await page.context.new_cdp_session(page)
        await chrome.send("Page.setWebLifecycleState", {"state": "frozen"})
        await stand_in.show("room", after)
        await chrome.send("Page.setWebLifecycleState", {"state": "active"})
        back = page
    else:
        context = page.context
        await page.close()
        stand_in.views["room"] = after
        back = await context.new_page()
        await back.goto(stand_in.address("room"))
    await at(back, "redirect-moved")
    await expect(back.locator(BUTTON)).to_have_attribute("href", "https://zoom.example.com/join")


async def test_reopened_while_the_next_is_prepared_it_is_the_call_of_before(stand_in: Preview, page: Page) -> None:
    stand_in.views["room"] = in_call(moving="preparing")
    await open_at(page, stand_in, "room")
    await page.locator("genkan-call .call-connecting").wait_for()
    await expect(page.locator("[data-key=moving]")).to_be_visible()


async def test_a_companion_comes_along_even_when_the_candidate_was_quicker(stand_in: Preview, page: Page) -> None:
    """The candidate has arrived at the new door, so nothing moves any more; the companion's page still has to."""
    await page.clock.install()
    stand_in.views["room"] = {**in_call(), "kind": "companion"}
    await open_at(page, stand_in, "room")
    await stand_in.show("room", {**in_call(2), "kind": "companion"})
    await at(page, "moved")
    await page.clock.run_for(COUNTDOWN)
    await at(page, "room")
    await expect(page.locator("h1")).to_have_text("面接に付きそっています")


async def test_the_device_with_the_picture_says_where_the_interview_has_gone(stand_in: Preview, page: Page) -> None:
    parts = ("fenced", "event", "phase", "admission", "closing", "call", "provider")
    moved = outside(generation=2, moving="open")
    stand_in.views["video"] = {"kind": "video", "of": "candidate", **{part: in_call()[part] for part in parts}}
    await page.goto(f"{stand_in.origin}/v?lang=ja#123456")
    await page.locator("[data-action=start]").click()
    await at(page, "call")
    await stand_in.show("video", {"kind": "video", "of": "candidate", **{part: moved[part] for part in parts}})
    await at(page, "outside")
    await expect(page.locator("#app [role=status]")).to_contain_text(
        "Zoom に変わりました。もう一つの画面を見てください"
    )
    await expect(page.locator("genkan-call")).to_have_count(0)
