"""A gateway for a test: everything real but the clock, the store's file and the provider."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.day import Day, day


@pytest.fixture
async def today(tmp_path: Path) -> AsyncIterator[Day]:
    """Two rooms, three candidates, the scripted provider."""
    async with day(tmp_path) as made:
        yield made
