"""An adapter and its far side, over HTTP, by one clock."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from providers.zoom.adapter import Zoom
from tests.providers.zoom.samples import DAYTIME
from tests.support.zoom_simulator import Clock, ZoomSimulator

HOSTS = ("host1", "host2", "host3")
Make = Callable[..., Zoom]


@pytest.fixture
def clock() -> Clock:
    return Clock(DAYTIME)


@pytest.fixture
async def far_side(clock: Clock) -> AsyncIterator[ZoomSimulator]:
    async with ZoomSimulator(clock) as simulator:
        yield simulator


@pytest.fixture
async def make(far_side: ZoomSimulator, clock: Clock) -> AsyncIterator[Make]:
    """Makes adapters: ``make(*hosts, patience=..., **account)``, each a gateway of its own."""
    async with AsyncExitStack() as made:

        def one(*hosts: str, patience: float = 10.0, **account: Any) -> Zoom:
            told = far_side.account(*(hosts or HOSTS), **account)
            adapter = Zoom(told, now=clock, sleep=clock.sleep, patience=patience)
            made.push_async_callback(adapter.close)
            return adapter

        yield one


@pytest.fixture
def zoom(make: Make) -> Zoom:
    return make()
