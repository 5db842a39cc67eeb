from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from providers.base import Provider
from tests.contract.providers.far_side import FarSide
from tests.contract.providers.far_sides import FAR_SIDES


@pytest.fixture(params=FAR_SIDES)
async def far_side(request: pytest.FixtureRequest) -> AsyncIterator[FarSide]:
    """Each provider's far side; a test may name one instead."""
    async with FAR_SIDES[request.param]() as made:
        yield made


@pytest.fixture
def provider(far_side: FarSide) -> Provider:
    """One gateway's adapter on it."""
    return far_side.provider()
