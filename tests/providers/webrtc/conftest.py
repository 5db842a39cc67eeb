from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.media import Worker, worker


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Worker]:
    """A worker in its own process that trusts the test's key."""
    async with worker(tmp_path) as started:
        yield started
