"""Late, cannot connect, cancelling: by keyboard, at 360 px, heard by whoever cannot see, sent by no first press."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser.preview.hand import open_at, tab_to
from tests.browser.preview.server import Preview, preview, serving
from tests.browser.preview.views import OFFICE, View, cancellable, candidate, now_ms, said, states
from tests.browser.test_candidate_screens import CHECKED, listen, look, violations

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(loop_scope="session")
async def stand_in() -> AsyncIterator[Preview]:
    async with serving(preview()) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def page(chromium: Browser) -> AsyncIterator[Page]:
    context = await chromium.new_context(permissions=["camera", "microphone"])
    await context.add_init_script(CHECKED % list(states()))
    yield await context.new_page()
    await context.close()


async def choose(page: Page, choice: str) -> None:
    """Two presses lead to a form, and none of them sends anything."""
    await page.locator("#help > summary").click()
    await page.locator(f"[data-choice={choice}]").click()
    await expect(page.locator(f"[data-choice={choice}]")).to_have_attribute("aria-expanded", "true")


def sent(stand_in: Preview, command: str) -> list[View]:
    return [body for name, body in stand_in.commands if name == command]


async def test_i_will_be_late_by_keyboard_before_the_door_opens(stand_in: Preview, page: Page) -> None:
    async def told(sid: str, name: str, _: View) -> None:
        if name == "help":
            await stand_in.show(sid, {**stand_in.views["notopen"], "said": said()})

    stand_in.on_command = told
    complaints = listen(page)
    await open_at(page, stand_in, "notopen")
    for target in ("#help > summary", "[data-choice=late]"):
        await tab_to(page, target)
        await page.keyboard.press("Enter")
    await tab_to(page, "form[data-submit=late] button")
    await page.keyboard.press("Enter")
    await expect(page.locator("#minutes-fault")).to_be_visible()
    await expect(page.locator("input[name=minutes]").first).to_be_focused()
    assert sent(stand_in, "help") == []
    await page.keyboard.press("ArrowDown")
    await tab_to(page, "#words-late")
    await page.keyboard.type("電車が止まっています。")
    assert await violations(page) == []
    await look(page, "voice-late-ja")
    await tab_to(page, "form[data-submit=late] button")
    await page.keyboard.press("Enter")
    await expect(page.locator("#said")).to_contain_text("10分くらい遅れます")
    await expect(page.locator("#said")).to_contain_text("まだ確認していません")
    (body,) = sent(stand_in, "help")
    assert (body["reason"], body["minutes"], body["text"]) == ("late", 10, "電車が止まっています。")
    await look(page, "voice-said-ja")
    assert complaints == []


async def test_that_staff_have_seen_it_is_said_aloud(stand_in: Preview, page: Page) -> None:
    await open_at(page, stand_in, "said")
    await stand_in.show("said", cancellable(said=said(seen_at=now_ms())))
    await expect(page.locator("#said")).to_contain_text("係の者が確認しました")
    await expect(
        page.locator("[role=status], [aria-live]").filter(has_text="係の者が確認しました").first
    ).to_be_attached()


async def test_whoever_cannot_connect_sees_the_number_to_call_first(stand_in: Preview, page: Page) -> None:
    await open_at(page, stand_in, "number")
    await choose(page, "cannot_connect")
    number = page.locator(".huge-telephone a")
    await expect(number).to_have_text(str(OFFICE["telephone"]))
    size = await number.evaluate("element => parseFloat(getComputedStyle(element).fontSize)")
    assert size >= 30
    assert await violations(page) == []
    await look(page, "voice-cannot-ja")
    await page.locator("form[data-submit=cannot-connect] button").click()
    await expect(page.locator(".huge-telephone")).to_have_count(0)
    assert sent(stand_in, "help")[0]["reason"] == "cannot_connect"


async def test_a_notice_is_withdrawn_with_one_press(stand_in: Preview, page: Page) -> None:
    await open_at(page, stand_in, "said")
    await page.locator("[data-action=withdraw-notice]").click()
    await expect(page.locator("[data-action=withdraw-notice]")).not_to_have_attribute("aria-disabled", "true")
    assert len(sent(stand_in, "withdraw-notice")) == 1


@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_cancelling_asks_for_the_number_and_once_more(stand_in: Preview, page: Page, lang: str) -> None:
    async def gone(sid: str, name: str, _: View) -> None:
        if name == "cancel":
            await stand_in.show(sid, candidate("cancelled", said=said("cancelled", text="")))

    stand_in.on_command = gone
    await open_at(page, stand_in, "said", lang)
    await choose(page, "cancel")
    await page.locator("form[data-submit=cancel] button").click()
    await expect(page.locator("#cancel-number")).to_be_focused()
    await page.locator("#cancel-number").fill("1023")
    assert await violations(page) == []
    await look(page, f"voice-cancel-{lang}")
    await page.locator("form[data-submit=cancel] button").click()
    await expect(page.locator("#sure-title")).to_be_focused()
    assert sent(stand_in, "cancel") == []
    assert await violations(page) == []
    await look(page, f"voice-sure-{lang}")
    await page.locator("[data-action=cancel-sure]").click()
    await page.wait_for_function("() => document.body.dataset.screen === 'end-cancelled'")
    assert [body["number"] for body in sent(stand_in, "cancel")] == ["1023"]


async def test_a_refused_number_is_said_where_it_is_typed(stand_in: Preview, page: Page) -> None:
    problem = {"status": 409, "code": "number_differs", "title": "x", "detail": "番号を確認できませんでした。"}
    stand_in.answers["cancel"] = (409, problem)
    await open_at(page, stand_in, "said")
    await choose(page, "cancel")
    await page.locator("#cancel-number").fill("1")
    await page.locator("form[data-submit=cancel] button").click()
    await page.locator("[data-action=cancel-sure]").click()
    await expect(page.locator(".voice [role=alert]").filter(has_text="番号")).to_be_visible()
    await expect(page.locator("#cancel-number")).to_be_focused()


async def test_who_may_not_cancel_here_is_told_to_call(stand_in: Preview, page: Page) -> None:
    await open_at(page, stand_in, "number")
    await page.locator("#help > summary").click()
    await expect(page.locator("[data-choice=cancel]")).to_have_count(0)
    await expect(page.locator("[data-key=cancel-call]")).to_contain_text(str(OFFICE["telephone"]))
