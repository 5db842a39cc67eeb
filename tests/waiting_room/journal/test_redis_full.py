"""A disk that is full under Redis: with ``appendfsync always`` it ends rather than acknowledge what it could
not keep."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress

import pytest

from tests.support.redis_server import redis_server
from waiting_room.journal.port import Batch, Draft, Position, Unavailable
from waiting_room.journal.redis import RedisJournal

EVENT = "kitahama-2027"
BODY = b"x" * 300
LEFT = 20_000  # bytes on the disk: some thirty appends


@pytest.mark.process
async def test_on_a_full_disk_nothing_is_acknowledged_that_is_not_there_once_there_is_room_again() -> None:
    """Whoever tails waits, and then reads on: each entry once."""
    with redis_server() as server:
        journal = await RedisJournal.open(server.url, patience=2)
        try:
            start = await journal.create(EVENT)
            heard: list[bytes] = []
            listening = asyncio.get_running_loop().create_task(hear(journal, start, heard))
            server.fill_disk(LEFT)
            acknowledged = await until_refused(journal, start)
            assert len(acknowledged) > 10
            assert is_lost(journal)
            assert await asyncio.to_thread(server.ended) == 1
            await asyncio.to_thread(server.start)
            again = await append(journal, start, len(acknowledged))
            if again not in acknowledged:  # it may have been written, and only its answer lost
                acknowledged.append(again)
            acknowledged.append(await append(journal, start, len(acknowledged)))
            assert not is_lost(journal)
            wanted = [b"%d %b" % (number, BODY) for number in range(len(acknowledged))]
            assert [row.body for row in await journal.read(EVENT, 0)] == wanted
            assert acknowledged == list(range(1, len(acknowledged) + 1))
            async with asyncio.timeout(10):
                while len(heard) < len(wanted):  # noqa: ASYNC110 - the tail is a task of its own
                    await asyncio.sleep(0.01)
            assert heard == wanted
            listening.cancel()
        finally:
            await journal.close()


async def until_refused(journal: RedisJournal, start: Position) -> list[int]:
    """What was acknowledged before the disk was full."""
    found: list[int] = []
    with suppress(Unavailable):
        while True:
            found.append(await append(journal, start, len(found)))
    return found


def is_lost(journal: RedisJournal) -> bool:
    return journal.contact.lost


async def append(journal: RedisJournal, start: Position, number: int) -> int:
    """The entry's offset. A repeat of the same number is the same command."""
    batch = Batch((Draft("i:1", b"%d %b" % (number, BODY), None),), ())
    done = await journal.append(EVENT, batch, guards={}, command_id=f"command-{number}", epoch=start.epoch)
    return done.rows[-1].offset


async def hear(journal: RedisJournal, start: Position, heard: list[bytes]) -> None:
    async with aclosing(journal.tail(EVENT, start)) as pages:  # type: ignore[type-var]
        async for rows in pages:
            heard.extend(row.body for row in rows)
