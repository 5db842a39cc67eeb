"""What lies beside the journals of every engine (``waiting_room/journal/beside.py``)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

import pytest

from tests.support.redis_server import RedisServer, redis_server
from waiting_room.journal.beside import MAX_KEY, MAX_VALUE, Beside, LocalBeside
from waiting_room.journal.redis import RedisJournal
from waiting_room.journal.sqlite import SqliteJournal

WITHIN = 30.0  # seconds, on a busy machine


class World(Protocol):
    beside: Beside

    async def end_of(self, key: str) -> None:
        """The time of this key is over."""


class InProcess:
    def __init__(self, journal: SqliteJournal) -> None:
        self.now = 0.0
        journal.beside = LocalBeside(lambda: self.now)
        self.beside: Beside = journal.beside

    async def end_of(self, key: str) -> None:
        assert key
        self.now += 60


class InRedis:
    def __init__(self, journal: RedisJournal, server: RedisServer) -> None:
        self.beside: Beside = journal.beside
        self._server = server

    async def end_of(self, key: str) -> None:
        self._server.ask("PEXPIRE", f"genkan:beside:{key}", "0")


@pytest.fixture(params=["sqlite", "redis"])
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    journal: SqliteJournal | RedisJournal
    made: World
    if request.param == "sqlite":
        journal = await SqliteJournal.open(tmp_path / "journal.db")
        made = InProcess(journal)
    else:
        server: RedisServer = request.getfixturevalue("server")
        journal = await RedisJournal.open(server.url)
        made = InRedis(journal, server)
    yield made
    await journal.close()


async def test_a_value_is_there_until_its_time_is_over(world: World) -> None:
    assert await world.beside.get("k:1") is None
    await world.beside.put("k:1", b"\x00v\xff", 30)
    assert await world.beside.get("k:1") == b"\x00v\xff"
    assert await world.beside.get("k:2") is None
    await world.end_of("k:1")
    assert await world.beside.get("k:1") is None


async def test_a_value_is_replaced_and_its_time_begins_anew(world: World) -> None:
    await world.beside.put("k", b"1", 30)
    await world.end_of("k")
    await world.beside.put("k", b"2", 30)
    assert await world.beside.get("k") == b"2"


async def test_of_many_who_take_a_value_one_gets_it(world: World) -> None:
    await world.beside.put("k", b"v", 30)
    taken = await asyncio.gather(*(world.beside.take("k") for _ in range(20)))
    assert sorted(one for one in taken if one is not None) == [b"v"]
    assert await world.beside.get("k") is None


async def test_what_is_over_is_not_taken(world: World) -> None:
    await world.beside.put("k", b"v", 30)
    await world.end_of("k")
    assert await world.beside.take("k") is None


async def test_of_many_values_each_stands_in_its_place(world: World) -> None:
    await world.beside.put("k:1", b"1", 30)
    await world.beside.put("k:3", b"3", 30)
    assert await world.beside.get_all(["k:1", "k:2", "k:3"]) == [b"1", None, b"3"]
    assert await world.beside.get_all([]) == []


async def test_all_who_ask_at_once_agree_on_one_value_until_its_time_is_over(world: World) -> None:
    agreed = await asyncio.gather(*(world.beside.agree("k", bytes([n]), 30) for n in range(20)))
    assert len(set(agreed)) == 1
    assert await world.beside.get("k") == agreed[0]
    await world.end_of("k")
    assert await world.beside.agree("k", b"another", 30) == b"another"


async def test_of_many_who_swap_the_same_value_one_does(world: World) -> None:
    assert not await world.beside.swap("k", b"old", b"new", 30)
    await world.beside.put("k", b"old", 30)
    swapped = await asyncio.gather(*(world.beside.swap("k", b"old", bytes([n]), 30) for n in range(20)))
    assert swapped.count(True) == 1
    assert await world.beside.get("k") == bytes([swapped.index(True)])
    assert not await world.beside.swap("k", b"old", b"late", 30)
    await world.end_of("k")
    assert await world.beside.get("k") is None


async def test_what_exceeds_a_bound_is_refused(world: World) -> None:
    await world.beside.put("k" * MAX_KEY, bytes(MAX_VALUE), 30)
    for key, value in (("k" * (MAX_KEY + 1), b""), ("k", bytes(MAX_VALUE + 1))):
        with pytest.raises(ValueError, match="more than"):
            await world.beside.put(key, value, 30)
    with pytest.raises(ValueError, match="more than"):
        world.beside.say(bytes(MAX_VALUE + 1))


async def test_nobody_hears_their_own_words(world: World) -> None:
    heard: list[bytes] = []
    world.beside.hear(heard.append)
    world.beside.say(b"1")
    await world.beside.put("k", b"v", 30)
    assert heard == []


# --- Redis alone ---------------------------------------------------------------------------------------------------


@pytest.mark.process
async def test_every_other_gateway_hears_it_also_after_a_restart() -> None:
    with redis_server() as server:
        journals = [await RedisJournal.open(server.url) for _ in range(3)]
        heard: list[asyncio.Queue[bytes]] = [asyncio.Queue() for _ in journals]
        for journal, queue in zip(journals, heard, strict=True):
            journal.beside.hear(queue.put_nowait)

        async def all_hear(words: bytes) -> None:
            """Said again until the others have it: what was said before they listened is lost."""
            async with asyncio.timeout(WITHIN):
                for queue in heard[1:]:
                    got = b""
                    while got != words:
                        journals[0].beside.say(words)
                        try:
                            async with asyncio.timeout(0.05):
                                got = await queue.get()
                        except TimeoutError:
                            continue

        await all_hear(b"before")
        server.kill()
        journals[0].beside.say(b"while it is away")
        await asyncio.to_thread(server.start)
        await all_hear(b"after")
        assert heard[0].empty()
        for journal in journals:
            await journal.close()
