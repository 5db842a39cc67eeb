"""A line to Redis that is bad: what came over it is never taken for something else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from tests.support.ports import HOST
from tests.support.redis_server import RedisServer
from tests.support.wire import Wire, wire
from waiting_room.journal.port import Appended, Batch, Draft, Unavailable
from waiting_room.journal.redis import RedisJournal

EVENT = "kitahama-2027"
TIMES = 20


async def persist(journal: RedisJournal, epoch: str, command: str) -> Appended:
    """As a gateway does: until there is an answer, always with the same command id."""
    while True:
        with suppress(Unavailable):
            batch = Batch((Draft("i:1", command.encode()),))
            return await journal.append(EVENT, batch, guards={}, command_id=command, epoch=epoch)
        await asyncio.sleep(0)


@asynccontextmanager
async def over(server: RedisServer) -> AsyncIterator[tuple[Wire, RedisJournal, str]]:
    """A line, a journal at its other end, and the epoch of the event in it; afterwards each command is there once."""
    async with wire(lambda: asyncio.open_unix_connection(str(server.socket))) as line:
        journal = await RedisJournal.open(f"redis://{HOST}:{line.port}")
        yield line, journal, (await journal.create(EVENT)).epoch
        assert [row.body for row in await journal.read(EVENT, 0)] == [f"c{n}".encode() for n in range(TIMES)]
        await journal.close()


async def test_an_answer_that_arrives_twice_is_never_taken_for_that_of_another_command(server: RedisServer) -> None:
    """Whatever is doubled, requests or answers: what is acknowledged is there, once, and nothing else is."""
    async with over(server) as (line, journal, epoch):
        for n in range(TIMES):
            line.stammer()
            done = await persist(journal, epoch, f"c{n}")
            assert [row.body for row in done.rows] == [f"c{n}".encode()]
            line.stammer()
            assert (await journal.head(EVENT)).position == done.position


async def test_what_was_torn_on_the_way_is_asked_again_and_done_once(server: RedisServer) -> None:
    async with over(server) as (line, journal, epoch):
        for n in range(TIMES):
            line.tear()
            assert [row.body for row in (await persist(journal, epoch, f"c{n}")).rows] == [f"c{n}".encode()]
