"""Chromium for the tests, with made-up cameras and microphones."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, Playwright, async_playwright

from tests.support.chromium import chromium as path
from tests.support.chromium import flags

FRAMES = 8  # pictures a second: six pages that encode and decode share two cores with everything else
ARTIFACTS = Path(__file__).parents[2] / "artifacts"


async def _no_picture(*_: Any, **__: Any) -> bytes:
    return b""


# Pictures are for people to look at and hold nothing: where nobody looks (PICTURES=no, in .ci/run) 600 of them are a
# tenth of the processor time of all tests.
if os.environ.get("PICTURES") == "no":
    for shown in (Page, Locator):
        shown.screenshot = _no_picture  # type: ignore[method-assign]


class Kept:
    """One Chromium for all tests of a run, for starting one costs as much as a test; started again should it end."""

    def __init__(self, playwright: Playwright, args: list[str]) -> None:
        self._playwright, self._args = playwright, args
        self._browser: Browser | None = None

    async def lend(self) -> Browser:
        if self._browser is None or not self._browser.is_connected():
            self._browser = await self._playwright.chromium.launch(executable_path=path(), args=self._args)
        return self._browser

    async def close(self) -> None:
        if self._browser is not None:
            await self._browser.close()


@asynccontextmanager
async def lent(kept: Kept) -> AsyncIterator[Browser]:
    """Afterwards it is as it was: no page of one test goes on in another."""
    browser = await kept.lend()
    yield browser
    for context in browser.contexts:
        await context.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def playwright() -> AsyncIterator[Playwright]:
    async with async_playwright() as made:
        yield made


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def quiet_chromium(playwright: Playwright) -> AsyncIterator[Kept]:
    kept = Kept(playwright, flags())
    yield kept
    await kept.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def calling_chromium(playwright: Playwright) -> AsyncIterator[Kept]:
    """It can reach media over loopback."""
    kept = Kept(playwright, flags(calls=True, frames=FRAMES))
    yield kept
    await kept.close()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def chromium(quiet_chromium: Kept) -> AsyncIterator[Browser]:
    """Tests that use it share its loop: ``pytestmark = pytest.mark.asyncio(loop_scope="session")``."""
    async with lent(quiet_chromium) as browser:
        yield browser
