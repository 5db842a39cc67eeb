"""One Chromium for a module of tests, with made-up cameras and microphones."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from tests.support.chromium import chromium as path
from tests.support.chromium import flags

ARTIFACTS = Path(__file__).parents[2] / "artifacts"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    """Tests that use it share their module's loop: ``pytestmark = pytest.mark.asyncio(loop_scope="module")``."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path(), args=flags())
        yield browser
        await browser.close()
