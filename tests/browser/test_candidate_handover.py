"""The door of a provider that has its own pages: the button, what comes after it, whom to ask, and coming back."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Route, expect

from tests.browser.preview.hand import at, open_at, tab_to
from tests.browser.preview.server import Preview, link_of, preview, serving
from tests.browser.preview.views import OUTSIDE, admission, companion_outside, harutaka, outside, seated, states

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
BUTTON = "a.button-huge"


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


async def test_the_button_is_a_plain_link_and_the_page_stays_and_says_where_they_are(
    stand_in: Preview, page: Page
) -> None:
    await open_at(page, stand_in, "redirect")
    await tab_to(page, BUTTON)
    async with page.context.expect_page() as opened:
        await page.keyboard.press("Enter")
    assert (await opened.value).url == "https://zoom.example.com/join"
    await expect(page.locator("h1")).to_have_text("Zoom に進んでください")
    await expect(page.locator("#polite")).to_contain_text("Zoom を開きました")
    await expect(page.locator("main")).to_contain_text("メールのリンクを開くと、ここに戻れます")
    await expect(page.locator(BUTTON)).to_have_text("もう一度 Zoom を開く（新しいタブで開きます）")
    assert stand_in.posts.count("pressed") == 1


async def test_zoom_is_joined_without_the_app_by_a_second_link(stand_in: Preview, page: Page) -> None:
    await open_at(page, stand_in, "redirect")
    way = page.get_by_role("link", name="アプリを使わずに、ブラウザーで入る")
    async with page.context.expect_page() as opened:
        await way.click()
    assert (await opened.value).url == "https://zoom.example.com/join?web=1"
    await expect(page.locator("h1")).to_have_text("Zoom に進んでください")
    assert stand_in.posts.count("pressed") == 1


async def test_a_provider_with_no_such_way_offers_none(stand_in: Preview, page: Page) -> None:
    await open_at(page, stand_in, "again")
    await page.locator(BUTTON).wait_for()
    assert await page.locator(".join-quiet").count() == 0


async def test_who_is_seen_in_the_room_reads_and_hears_that(stand_in: Preview, page: Page) -> None:
    await open_at(page, stand_in, "pressed")
    await stand_in.show("pressed", states()["there"][1])
    await expect(page.locator("h1")).to_have_text("面接中です")
    await expect(page.locator("#polite")).to_contain_text("面接室に入ったことが確認されました")


async def test_a_provider_that_waits_again_is_explained_as_no_lateness(stand_in: Preview, page: Page) -> None:
    await open_at(page, stand_in, "again")
    card = page.locator("[data-key=again]")
    await expect(card).to_contain_text("時間どおり終わっています")
    await expect(card.locator("li")).to_have_count(4)
    late = outside("admitting", harutaka(opens_in=-1))
    await stand_in.show("again", {**late, "seat": {**late["seat"], "verdict": "late", "minutes": 3}})
    await expect(card).to_contain_text("受付はもう終わっています")
    await expect(card).not_to_contain_text("時間どおり")


async def test_a_desk_outside_its_hours_is_shown_and_not_offered(stand_in: Preview, page: Page) -> None:
    for state, opens_in, numbers in (("again", -1, 1), ("again", 2, 0)):
        stand_in.views[state] = outside("admitting", harutaka(opens_in=opens_in))
        await page.goto("about:blank")
        await open_at(page, stand_in, state)
        await page.locator("#unopened summary").click()
        desk = page.locator("[data-key=desk]")
        await expect(desk).to_contain_text("03-0000-5678")
        await expect(desk.locator("a[href^='tel:']")).to_have_count(numbers)
        await expect(desk.get_by_text("いまは受付時間の外です")).to_have_count(1 - numbers)


async def test_what_does_not_open_leads_to_steps_a_test_the_office_and_staff_by_keyboard(
    stand_in: Preview, page: Page
) -> None:
    await open_at(page, stand_in, "redirect")
    await tab_to(page, "#unopened summary")
    await page.keyboard.press("Enter")
    for goal in (
        "a[href='tel:0123456789']",
        "a[href='https://support.example.com/']",
        "a[href='https://test.example.com/']",
    ):
        await tab_to(page, goal)
    await tab_to(page, "[data-action=unopened]")
    await page.keyboard.press("Enter")
    await expect(page.locator("#unopened [role=status]")).to_have_text("係の者に伝えました。")
    assert [body["reason"] for name, body in stand_in.commands if name == "help"] == ["cannot_connect"]


async def test_called_to_a_room_that_is_still_made_says_whose(stand_in: Preview, page: Page) -> None:
    await open_at(page, stand_in, "preparingzoom")
    await expect(page.locator("main")).to_contain_text("Zoom の面接室を準備しています")
    assert "ticket" not in stand_in.posts


async def test_a_link_that_is_not_to_be_had_is_asked_for_again_by_itself(stand_in: Preview, page: Page) -> None:
    good = stand_in.answers["redirect/ticket"]
    busy = {"status": 409, "code": "provider_busy", "title": "混み合っています。", "detail": ""}
    stand_in.answers["redirect/ticket"] = (409, busy)
    await page.clock.install()
    await open_at(page, stand_in, "redirect")
    await expect(page.locator("main [role=alert]")).to_contain_text("混み合っています")
    stand_in.answers["redirect/ticket"] = good
    await page.clock.run_for(7000)
    await expect(page.locator(BUTTON)).to_have_attribute("href", "https://zoom.example.com/join")
    await expect(page.locator("main [role=alert]")).to_have_count(0)


async def test_a_page_that_slept_gets_a_fresh_link_and_shows_what_is(stand_in: Preview, page: Page) -> None:
    await page.clock.install()
    await open_at(page, stand_in, "pressed")
    await page.locator(BUTTON).wait_for()
    stand_in.answers["pressed/ticket"] = (200, {"ok": True, "ticket": link_of("zoom", "later")})
    await page.clock.fast_forward(10 * 60_000)
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await expect(page.locator(BUTTON)).to_have_attribute("href", "https://zoom.example.com/later")


async def test_reopened_after_the_button_it_is_the_same_place(stand_in: Preview, page: Page) -> None:
    stand_in.answers["redirect/ticket"] = (200, {"ok": True, "ticket": link_of("zoom")})
    await open_at(page, stand_in, "redirect")
    await page.locator(BUTTON).click()
    stand_in.views["redirect"] = outside(pressed=True)
    context = page.context
    await page.close()
    again = await context.new_page()
    await open_at(again, stand_in, "redirect")
    await expect(again.locator("h1")).to_have_text("Zoom に進んでください")
    await expect(again.locator(BUTTON)).to_have_text("もう一度 Zoom を開く（新しいタブで開きます）")


async def test_a_companion_goes_through_the_door_for_themselves(stand_in: Preview, page: Page) -> None:
    """The candidate has pressed; the companion has not, and their press says nothing about the candidate."""
    await open_at(page, stand_in, "companionoutside")
    await expect(page.locator("h1")).to_have_text("面接室に入ってください")
    await page.locator(BUTTON).click()
    await expect(page.locator("h1")).to_have_text("Zoom に進んでください")
    await stand_in.show("companionoutside", companion_outside(pressed=True, there=True))
    await expect(page.locator("[data-key=pressed]")).to_be_visible()
    assert "pressed" not in stand_in.posts


async def test_a_new_admission_is_a_new_door(stand_in: Preview, page: Page) -> None:
    await open_at(page, stand_in, "redirect")
    await page.locator(BUTTON).click()
    stand_in.answers["redirect/ticket"] = (200, {"ok": True, "ticket": link_of("zoom", "two")})
    await stand_in.show("redirect", seated())
    await at(page, "waiting")
    await stand_in.show("redirect", seated("admitting", admission=admission(provider=OUTSIDE, number=2)))
    await expect(page.locator(BUTTON)).to_have_attribute("href", "https://zoom.example.com/two")
    await expect(page.locator("h1")).to_have_text("面接室に入ってください")
