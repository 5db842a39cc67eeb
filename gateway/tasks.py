"""Tasks have an owner that ends them.

An ``asyncio.TaskGroup`` wants to be left by the task that entered it, which an aiohttp application's start and
clean-up are not always. ``Tasks`` makes the same promise without that: whatever it started has ended when ``close``
returns, and a task that fails is heard of.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextvars import Context
from typing import Any

import structlog

log = structlog.get_logger("genkan.tasks")

FIRST_PAUSE = 0.2  # seconds until a keeper that failed is started again; doubles up to
ASK_AGAIN = 2.0  # seconds that a task has to end until it is cancelled once more
LONGEST_PAUSE = 10.0  # so that a lasting fault neither spins nor stays away for long after it is mended


class Tasks:
    """Owner of tasks. Nothing loop-bound is made before the first ``start``."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()
        self._closed = False

    def start(self, work: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        """Run ``work`` until it ends or the owner closes. Its failure is logged, without its words: they may hold
        personal data."""
        if self._closed:
            work.close()
            raise RuntimeError("the owner of these tasks has closed")
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    def keep(self, work: Callable[[], Awaitable[None]], name: str) -> asyncio.Task[Any]:
        """Run ``work()`` and, when it fails, again after a growing pause. It ends when it returns."""
        return Context().run(self.start, _kept(work, name), name)  # what goes on for ever is no request's

    def end_of(self, event: str) -> None:
        """Cancel what runs for this event, by the name that it was started with (``what:event``), but for the task that
        asks."""
        asking = asyncio.current_task()
        for task in tuple(self._running):
            if task is not asking and task.get_name().partition(":")[2] == event:
                task.cancel()

    async def close(self) -> None:
        """Cancel everything and wait for it: again after a while, for in Python 3.11 ``asyncio.wait_for``, which
        libraries use, may swallow the one request that there is (python/cpython#86296). Idempotent."""
        self._closed = True
        running = {task for task in self._running if task is not asyncio.current_task()}
        while running:
            for task in running:
                task.cancel()
            _, running = await asyncio.wait(running, timeout=ASK_AGAIN)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("task_failed", task=task.get_name(), error=type(error).__name__)


async def _kept(work: Callable[[], Awaitable[None]], name: str) -> None:
    pause = FIRST_PAUSE
    loop = asyncio.get_running_loop()
    while True:
        began = loop.time()
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - a keeper outlives whatever its work raises
            log.warning("keeper_failed", task=name, error=type(error).__name__, where=where(error))
        else:
            return
        pause = FIRST_PAUSE if loop.time() - began > LONGEST_PAUSE else min(pause * 2, LONGEST_PAUSE)
        await asyncio.sleep(pause)


def where(error: BaseException) -> str:
    """Module and line of the fault, no values."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}" if trace is not None else "?"
