"""What the tests of a candidate's pages do to a page: open it at a state, wait for a screen, go by keyboard."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.browser.preview.server import Preview
from tests.browser.preview.views import states

TABS = 40  # stops of the keyboard that a page has at most


async def at(page: Page, screen: str) -> None:
    await expect(page.locator("body")).to_have_attribute("data-screen", screen)


async def open_at(page: Page, stand_in: Preview, state: str, lang: str = "ja") -> None:
    await page.goto(stand_in.address(state, lang))
    await at(page, states()[state][0])


async def tab_to(page: Page, selector: str) -> None:
    """By keyboard alone, as far as it takes."""
    for _ in range(TABS):
        await page.keyboard.press("Tab")
        if await page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(selector)
