"""Several gateways in this process on one Redis, each a ``Day`` of its own: who is at which is for the test to say.

    async with sisters(tmp_path, server, 3) as (a, b, c):
        candidate = await a.candidate(HANAKO)
        panel = await b.staff("Ito")

What processes that are killed or stopped do to each other is in ``fleet``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from gateway.app import Gateway, running
from gateway.config import Settings
from gateway.operations import run
from gateway.store import RedisSettings
from tests.support.day import DAY, FILE, Clock, Day, Entrant, bring_in
from tests.support.redis_server import RedisServer


@asynccontextmanager
async def sisters(
    folder: Path,
    server: RedisServer,
    count: int,
    *,
    entrants: tuple[Entrant, ...] = DAY,
    file: Mapping[str, Any] = FILE,
    providers: Mapping[str, Mapping[str, Any]] | None = None,
) -> AsyncIterator[Sequence[Day]]:
    """So many gateways with one event, one clock and the same keys. The first was there first: the work is its own."""
    clock = Clock()
    async with AsyncExitStack() as stack:
        made: list[Day] = []
        for number in range(count):
            plain = Settings.for_demo(folder / f"g{number}")
            settings = replace(
                plain,
                host="127.0.0.1",
                keys_dir=folder / "keys",
                log_level="warning",
                journal=RedisSettings(server.url),
                providers=providers or {},
            )
            gateway: Gateway = await stack.enter_async_context(
                running(settings, clock=clock, worker=False, sockets=False)
            )
            made.append(Day(gateway, clock))
            if number == 0:
                await run(gateway.house, "event-create", {"file": dict(file)})
                await bring_in(made[0], entrants)
        try:
            yield made
        finally:
            for day in made:
                for browser in day.browsers:
                    await browser.http.close()
