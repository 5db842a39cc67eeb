"""Every state of the candidate's pages, in both languages, on a desktop and on a narrow phone."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, ConsoleMessage, Page, ViewportSize, expect

from tests.browser.conftest import ARTIFACTS
from tests.browser.preview.server import Preview, preview, serving
from tests.browser.preview.views import states

# Thirty pages a test; a shared core may take two minutes for them.
pytestmark = [pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="session")]
WIDTHS: dict[str, ViewportSize] = {"wide": {"width": 1280, "height": 800}, "phone": {"width": 360, "height": 800}}
CHECKED = "if (location.protocol === 'http:') for (const s of %r) localStorage.setItem(`genkan:checked:${s}`, '1')"
FRESH = itertools.count()
SERIOUS = {"serious", "critical"}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stand_in() -> AsyncIterator[Preview]:
    async with serving(preview()) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def page(chromium: Browser) -> AsyncIterator[Page]:
    context = await chromium.new_context(viewport={"width": 1280, "height": 900}, permissions=["camera", "microphone"])
    await context.add_init_script(
        CHECKED % [name for name in states() if name not in {"check", "checksound", "shared"}]
    )
    yield await context.new_page()
    await context.close()


def listen(page: Page) -> list[str]:
    """What the page complains about."""
    complaints: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(message.text)

    page.on("console", heard)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return complaints


async def visit(page: Page, address: str, screen: str) -> None:
    """A fresh load: the same path with another fragment alone would be no load."""
    path, _, link = address.partition("#")
    await page.goto(f"{path}{'&' if '?' in path else '?'}fresh={next(FRESH)}#{link}")
    await page.wait_for_function("screen => document.body.dataset.screen === screen", arg=screen)


async def fits(page: Page) -> bool:
    return bool(await page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


async def violations(page: Page) -> list[str]:
    found = await Axe().run(page)
    return [
        f"{one['id']}: {[node['html'] for node in one['nodes']]}"
        for one in found.response["violations"]
        if one["impact"] in SERIOUS
    ]


async def look(page: Page, name: str, *sizes: str) -> None:
    """Nothing sticks out sideways; a picture is kept. The size stays as it was last: a change costs time."""
    ARTIFACTS.mkdir(exist_ok=True)
    for size in sizes or WIDTHS:
        if page.viewport_size != WIDTHS[size]:
            await page.set_viewport_size(WIDTHS[size])
        assert await fits(page), f"{name} {size}"
        await page.screenshot(path=ARTIFACTS / f"candidate-{name}-{size}.png", full_page=True)


async def test_every_state_in_japanese_is_shown_accessible_and_narrow_enough(stand_in: Preview, page: Page) -> None:
    complaints = listen(page)
    sizes = list(WIDTHS)
    for state, (screen, _) in states().items():
        await visit(page, stand_in.address(state), screen)
        assert await violations(page) == [], state
        assert "012-345-6789" in await page.locator("#office").inner_text(), state
        await look(page, f"{state}-ja", *sizes)
        sizes.reverse()  # the next is looked at first as this one was last
    assert complaints == []


async def test_every_state_in_english_has_all_its_words_and_no_japanese_of_ours(stand_in: Preview, page: Page) -> None:
    complaints = listen(page)
    for state, (screen, _) in states().items():
        await visit(page, stand_in.address(state, "en"), screen)
        words = await page.locator("body").inner_text()
        assert "candidate." not in words, state
        assert "common." not in words, state
        assert await page.locator("h1").count() == 1, state
        await look(page, f"{state}-en", "phone")
    assert complaints == []


async def test_pages_without_a_session_tell_where_to_call(stand_in: Preview, page: Page) -> None:
    for name, path in (("landing", "/?lang=ja"), ("video", "/v?lang=ja"), ("nokey", "/j?lang=ja")):
        await page.goto(stand_in.origin + path)
        await page.locator("h1").wait_for()
        assert await violations(page) == [], name
        assert "電話" in await page.locator("#office").inner_text(), name
        await look(page, f"{name}-ja")
    await page.goto("about:blank")
    await page.goto(stand_in.address("gone"))
    await page.wait_for_function("() => document.body.dataset.screen === 'problem-link_expired'")
    assert "012-345-6789" in await page.locator("main").inner_text()
    assert await violations(page) == []
    await look(page, "expired-ja")


async def test_while_nothing_can_be_recorded_a_candidate_is_told_and_of_what_is_lost_nothing_is_promised(
    stand_in: Preview, page: Page
) -> None:
    """A store that is out of reach keeps what it has; one that was set back may not. Afterwards the bar is gone."""
    screen, view = states()["waiting"]
    for lang, safe, again in (
        ("ja", "これまでの受付の記録や順番は消えません", "もう一度受付をお願いするときは"),
        ("en", "your place are safe", "Should you have to check in again"),
    ):
        await stand_in.show("waiting", {**view, "store": "lost"})
        await visit(page, stand_in.address("waiting", lang), screen)
        await expect(page.locator("#line")).to_contain_text(safe)
        assert await violations(page) == []
        await look(page, f"unrecorded-{lang}", "phone")
        await stand_in.show("waiting", {**view, "store": "lost", "missing": True})
        await expect(page.locator("#line")).to_contain_text(again)
        assert safe not in await page.locator("#line").inner_text()
        await look(page, f"missing-{lang}")
        await stand_in.show("waiting", view)
        await expect(page.locator("#line")).to_be_hidden()


@pytest.mark.parametrize("state", ["waiting", "room", "finished", "cancelled"])
async def test_the_receipt_is_at_hand_from_the_seat_to_the_end(stand_in: Preview, page: Page, state: str) -> None:
    screen, view = states()[state]
    await visit(page, stand_in.address(state), screen)
    assert await page.locator('[data-action="receipt"]').count() == (1 if view["seat"] else 0)
    assert view["seat"] or state == "cancelled"


@pytest.mark.parametrize(
    ("state", "words"), [("time-almost-up", "まもなく終わりの時間です"), ("time-up", "予定の時間になりました")]
)
async def test_in_the_room_it_is_said_that_time_is_almost_up_and_up(
    page: Page, stand_in: Preview, state: str, words: str
) -> None:
    await visit(page, stand_in.address(state), "room")
    assert words in await page.locator("#app").inner_text()
