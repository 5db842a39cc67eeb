from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.gateway.mail.world import World, world
from tests.support.post_office import PostOffice, post_office


@pytest.fixture
async def office() -> AsyncIterator[PostOffice]:
    async with post_office() as made:
        yield made


@pytest.fixture
async def here(tmp_path: Path, office: PostOffice) -> AsyncIterator[World]:
    async with world(tmp_path / "data", office) as made:
        yield made
