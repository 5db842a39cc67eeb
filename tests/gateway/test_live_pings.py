"""Pings of those who wait."""

from __future__ import annotations

import asyncio

import pytest

from gateway import live
from tests.support.day import HANAKO, TARO, Day


async def test_every_page_hears_a_ping_again_and_again(today: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where there are more pages than are told at a time, so that a round has several turns."""
    monkeypatch.setattr(live, "PING", 0.02)
    monkeypatch.setattr(live, "CHUNK", 1)
    first, second = await today.candidate(HANAKO), await today.candidate(TARO)
    async with first.live() as one, second.live() as other, asyncio.TaskGroup() as tasks:
        for line in (one, other):
            await line.until(lambda view: view["phase"] == "waiting")
        pings = tasks.create_task(today.gateway.lives[today.hall.id].keep_alive())
        for line in (one, other, one, other):
            while (await line.frame())["t"] != "ping":
                pass
        pings.cancel()
