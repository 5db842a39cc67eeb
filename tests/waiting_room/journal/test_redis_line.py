"""A line to Redis that is bad: what came over it is never taken for something else."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from tests.support.ports import HOST
from tests.support.redis_server import redis_server
from tests.support.wire import wire
from waiting_room.journal.port import Appended, Batch, Draft, Unavailable
from waiting_room.journal.redis import RedisJournal

EVENT = "kitahama-2027"


async def persist(journal: RedisJournal, epoch: str, command: str) -> Appended:
    """As a gateway does: until there is an answer, always with the same command id."""
    while True:
        with suppress(Unavailable):
            batch = Batch((Draft("i:1", command.encode()),))
            return await journal.append(EVENT, batch, guards={}, command_id=command, epoch=epoch)
        await asyncio.sleep(0)


async def test_an_answer_that_arrives_twice_is_never_taken_for_that_of_another_command() -> None:
    """Whatever is doubled, requests or answers: what is acknowledged is there, once, and nothing else is."""
    with redis_server() as server:
        async with wire(lambda: asyncio.open_unix_connection(str(server.socket))) as line:
            journal = await RedisJournal.open(f"redis://{HOST}:{line.port}")
            epoch = (await journal.create(EVENT)).epoch
            for n in range(20):
                line.stammer()
                done = await persist(journal, epoch, f"c{n}")
                assert [row.body for row in done.rows] == [f"c{n}".encode()]
                line.stammer()
                assert (await journal.head(EVENT)).position == done.position
            assert [row.body for row in await journal.read(EVENT, 0)] == [f"c{n}".encode() for n in range(20)]
            await journal.close()


async def test_what_was_torn_on_the_way_is_asked_again_and_done_once() -> None:
    with redis_server() as server:
        async with wire(lambda: asyncio.open_unix_connection(str(server.socket))) as line:
            journal = await RedisJournal.open(f"redis://{HOST}:{line.port}")
            epoch = (await journal.create(EVENT)).epoch
            for n in range(20):
                line.tear()
                assert [row.body for row in (await persist(journal, epoch, f"c{n}")).rows] == [f"c{n}".encode()]
            assert [row.body for row in await journal.read(EVENT, 0)] == [f"c{n}".encode() for n in range(20)]
            await journal.close()
