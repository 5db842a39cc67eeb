"""A demo in a process of its own, and a Chromium that can reach its media over loopback: one of each for a module."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from tests.browser.e2e.people import ARTIFACTS
from tests.conftest import chromium_path
from tests.support.demo import Demo, demo_running

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Few pictures a second: six pages that encode and decode share two cores with everything else.
    "--use-fake-device-for-media-stream=fps=8",
    "--use-fake-ui-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--autoplay-policy=no-user-gesture-required",
    # Many people in one browser: none of their tabs is in the foreground, all of them are somebody's day.
    "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows",
    "--disable-background-timer-throttling",
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def demo(request: pytest.FixtureRequest) -> AsyncIterator[Demo]:
    """Its log is kept beside the screenshots."""
    with tempfile.TemporaryDirectory(prefix="genkan-", ignore_cleanup_errors=True) as name:
        async with demo_running(Path(name)) as running:
            yield running
        ARTIFACTS.mkdir(exist_ok=True)
        shutil.copy(running.log, ARTIFACTS / f"e2e-{request.node.path.stem}.log")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    path = chromium_path()
    assert path is not None, "Chromium is missing"
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=str(path), args=FLAGS)
        yield started
        await started.close()
