"""A demo in a process of its own, for a module, and a Chromium that can reach its media over loopback."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.conftest import Kept, lent
from tests.browser.e2e.people import ARTIFACTS
from tests.support.demo import Demo, demo_running


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def demo(request: pytest.FixtureRequest) -> AsyncIterator[Demo]:
    """Its log is kept beside the screenshots."""
    with tempfile.TemporaryDirectory(prefix="genkan-", ignore_cleanup_errors=True) as name:
        async with demo_running(Path(name)) as running:
            yield running
        ARTIFACTS.mkdir(exist_ok=True)
        shutil.copy(running.log, ARTIFACTS / f"e2e-{request.node.path.stem}.log")


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """For a gateway in the test's process: a unix socket's path has at most 107 bytes, pytest's folders have more."""
    with tempfile.TemporaryDirectory(prefix="genkan-", ignore_cleanup_errors=True) as name:
        yield Path(name)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def browser(calling_chromium: Kept) -> AsyncIterator[Browser]:
    async with lent(calling_chromium) as started:
        yield started
