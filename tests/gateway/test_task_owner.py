"""The owner of tasks: whatever it started has ended when it has closed."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from gateway import tasks


async def test_a_task_that_swallowed_its_cancellation_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """As ``asyncio.wait_for`` does where what it waits for ends at the same moment."""
    monkeypatch.setattr(tasks, "ASK_AGAIN", 0.01)
    owner, asked = tasks.Tasks(), 0

    async def stubborn() -> None:
        nonlocal asked
        with suppress(asyncio.CancelledError):
            await asyncio.get_running_loop().create_future()
        asked += 1
        await asyncio.get_running_loop().create_future()

    task = owner.start(stubborn(), "stubborn")
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await owner.close()
    assert (asked, task.cancelled()) == (1, True)
