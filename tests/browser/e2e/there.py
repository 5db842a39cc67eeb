"""What people do on a provider's own pages, each in a tab that the gateway's page led to."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Locator, Page, expect

from tests.browser.e2e.people import ARTIFACTS, PATIENCE

HOST = "ホスト / Host"


async def shot(page: Page, name: str) -> Path:
    return Path(ARTIFACTS / f"e2e-{name}.png") if await _taken(page, name) else Path()


async def _taken(page: Page, name: str) -> bool:
    ARTIFACTS.mkdir(exist_ok=True)
    await page.screenshot(path=ARTIFACTS / f"e2e-{name}.png")
    return True


async def join_zoom(tab: Page) -> None:
    """Without the app, up to the meeting or the sentence that its host has yet to come."""
    await tab.click("#browser")
    await tab.click("#join")


def in_meeting(tab: Page) -> Locator:
    return tab.locator("#people li")


async def sees(tab: Page, *names: str) -> None:
    """All of these are in the meeting, and nobody else."""
    await expect(in_meeting(tab)).to_have_count(len(names), timeout=PATIENCE)
    for name in names:
        await expect(tab.locator("#people")).to_contain_text(name, timeout=PATIENCE)


async def is_over(tab: Page) -> None:
    await expect(tab.locator("h1")).to_contain_text("This meeting has ended", timeout=PATIENCE)


async def ask_to_enter_harutaka(tab: Page, name: str) -> None:
    """Device check, terms, name: up to the live room, or its own waiting room."""
    for press in ("#begin", "#next"):
        await tab.click(press)
    await tab.check("#agreed")
    await tab.click("#enter")
    await tab.fill("#name", name)
    await tab.click("#enter")
