"""One Chromium for a module of tests, with made-up cameras and microphones."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, async_playwright

from tests.support.chromium import chromium as path
from tests.support.chromium import flags

ARTIFACTS = Path(__file__).parents[2] / "artifacts"


async def _no_picture(*_: Any, **__: Any) -> bytes:
    return b""


# Pictures are for people to look at and hold nothing: where nobody looks (PICTURES=no, in .ci/run) 600 of them are a
# tenth of the processor time of all tests.
if os.environ.get("PICTURES") == "no":
    for shown in (Page, Locator):
        shown.screenshot = _no_picture  # type: ignore[method-assign]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    """Tests that use it share their module's loop: ``pytestmark = pytest.mark.asyncio(loop_scope="module")``."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path(), args=flags())
        yield browser
        await browser.close()
