"""What the leases of every engine promise (``waiting_room/journal/leases.py``); the store keeps their fence."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

import pytest

from tests.support.redis_server import RedisServer
from waiting_room.journal.leases import EVERYWHERE, Fence, Lease, LocalLeases
from waiting_room.journal.port import Batch, Draft, Fenced, Journal
from waiting_room.journal.redis import RedisJournal
from waiting_room.journal.redis_rows import keys_of
from waiting_room.journal.sqlite import SqliteJournal

EVENT, WHAT = "kitahama-2027", "reactor"
TERM = 3.0  # seconds


class World(Protocol):
    """A store, and its time."""

    journal: Journal

    async def pass_time(self, seconds: float) -> None: ...


class InFile:
    def __init__(self, journal: SqliteJournal) -> None:
        self.journal: Journal = journal
        self.now = 0.0
        journal.leases = LocalLeases(lambda: self.now)

    async def pass_time(self, seconds: float) -> None:
        self.now += seconds


class InRedis:
    """Time that passes is taken off what is stored: the server's clock cannot be set."""

    def __init__(self, journal: RedisJournal, server: RedisServer) -> None:
        self.journal: Journal = journal
        self._server = server

    async def pass_time(self, seconds: float) -> None:
        for event in (EVENT, "other", EVERYWHERE):
            key = keys_of(event).leases.decode()
            for what in (WHAT, "post"):
                held = self._server.ask("HGET", key, what).partition(b"\r\n")[2].decode().removesuffix("\r\n")
                if held:
                    token, until, holder = held.split(" ")
                    moved = max(0, int(until) - int(seconds * 1_000_000))
                    self._server.ask("HSET", key, what, f"{token} {moved} {holder}")


@pytest.fixture(params=["sqlite", "redis"])
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    made: World
    if request.param == "sqlite":
        made = InFile(await SqliteJournal.open(tmp_path / "journal.db"))
    else:
        server: RedisServer = request.getfixturevalue("server")
        made = InRedis(await RedisJournal.open(server.url), server)
    yield made
    await made.journal.close()


async def take(world: World, holder: str, event: str = EVENT, what: str = WHAT) -> Lease | None:
    return (await world.journal.leases.take([event], what, holder, TERM)).get(event)


async def held(world: World, holder: str) -> Lease:
    lease = await take(world, holder)
    assert lease is not None
    return lease


async def write(world: World, epoch: str, command: str, fence: Fence) -> bool:
    """Whether it was new."""
    batch = Batch((Draft("i:1", f"{fence.token}".encode()),))
    done = await world.journal.append(EVENT, batch, guards={}, command_id=command, epoch=epoch, fence=fence)
    return not done.repeated


# --- who has it ----------------------------------------------------------------------------------------------------


async def test_one_has_it_until_its_time_is_over(world: World) -> None:
    first = await held(world, "a")
    await world.pass_time(TERM - 0.5)
    assert await take(world, "b") is None
    await world.pass_time(1)
    second = await held(world, "b")
    assert second.token > first.token
    assert await take(world, "a") is None


async def test_taking_it_again_renews_it_under_the_same_token(world: World) -> None:
    first = await held(world, "a")
    for _ in range(5):
        await world.pass_time(TERM - 1)
        assert await held(world, "a") == first
        assert await take(world, "b") is None


async def test_whoever_is_late_and_was_not_missed_goes_on_under_the_same_token(world: World) -> None:
    first = await held(world, "a")
    await world.pass_time(10 * TERM)
    assert await held(world, "a") == first


async def test_what_is_released_is_anybodys_at_once(world: World) -> None:
    first = await held(world, "a")
    await world.journal.leases.release(first)
    second = await held(world, "b")
    assert second.token > first.token
    await world.journal.leases.release(first)  # which is no longer
    assert await take(world, "a") is None


async def test_each_event_and_each_work_has_a_lease_of_its_own(world: World) -> None:
    await held(world, "a")
    for event, what in (("other", WHAT), (EVENT, "post"), (EVERYWHERE, WHAT)):
        assert await take(world, "b", event, what) is not None
        assert await take(world, "a", event, what) is None


async def test_several_are_taken_at_once_as_far_as_they_can_be_had(world: World) -> None:
    await held(world, "a")
    taken = await world.journal.leases.take([EVENT, "other", EVERYWHERE], WHAT, "b", TERM)
    assert set(taken) == {"other", EVERYWHERE}
    assert await world.journal.leases.take([], WHAT, "b", TERM) == {}


async def test_of_many_who_ask_at_once_one_gets_it(world: World) -> None:
    asked = [take(world, f"holder-{n}") for n in range(20)]
    assert len([lease for lease in await asyncio.gather(*asked) if lease is not None]) == 1


# --- what the store refuses ----------------------------------------------------------------------------------------


async def test_whoever_wakes_up_after_another_took_over_writes_nothing(world: World) -> None:
    epoch = (await world.journal.create(EVENT)).epoch
    old = await held(world, "a")
    assert await write(world, epoch, "c1", old.fence)
    await world.pass_time(TERM + 1)
    new = await held(world, "b")
    with pytest.raises(Fenced):
        await write(world, epoch, "c2", old.fence)
    assert (await world.journal.head(EVENT)).position.offset == 1
    assert await write(world, epoch, "c2", new.fence)


async def test_time_alone_refuses_nothing_while_nobody_else_has_acted(world: World) -> None:
    epoch = (await world.journal.create(EVENT)).epoch
    lease = await held(world, "a")
    await world.pass_time(10 * TERM)
    assert await write(world, epoch, "c1", lease.fence)


async def test_a_repeat_gets_its_first_answer_also_from_whom_it_was_taken(world: World) -> None:
    epoch = (await world.journal.create(EVENT)).epoch
    old = await held(world, "a")
    await write(world, epoch, "c1", old.fence)
    await world.pass_time(TERM + 1)
    await held(world, "b")
    assert not await write(world, epoch, "c1", old.fence)


@pytest.mark.parametrize("fence", [Fence(WHAT, 1), Fence("post", 1)])
async def test_a_lease_that_nobody_was_given_is_no_ground_to_write_on(world: World, fence: Fence) -> None:
    epoch = (await world.journal.create(EVENT)).epoch
    with pytest.raises(Fenced):
        await write(world, epoch, "c1", fence)
    assert (await world.journal.head(EVENT)).position.offset == 0


@pytest.mark.parametrize("seed", range(12))
async def test_whatever_happens_what_is_written_is_written_by_one_after_the_other(world: World, seed: int) -> None:
    """Holders that take, are late, let go and write as it falls, each believing in the lease that it had last: the
    tokens in the journal never go down, and of two who were just told that they have it one is wrong."""
    chance = random.Random(seed)
    epoch = (await world.journal.create(EVENT)).epoch
    believed: dict[str, Lease] = {}
    owner, ends, now, fenced = "", 0.0, 0.0, 0
    for turn in range(300):
        holder = chance.choice("abc")
        match chance.choice(("take", "take", "write", "write", "write", "pass", "release")):
            case "take":
                lease = await take(world, holder)
                free = owner in ("", holder) or ends <= now
                assert (lease is not None) == free
                if lease is not None:
                    believed[holder], owner, ends = lease, holder, now + TERM
            case "pass":
                step = chance.choice((1.0, 5.0))
                await world.pass_time(step)
                now += step
            case "release" if holder in believed:
                await world.journal.leases.release(believed.pop(holder))
                owner = "" if owner == holder else owner
            case "write" if holder in believed:
                try:
                    await write(world, epoch, f"c{turn}", believed[holder].fence)
                except Fenced:
                    fenced += 1
    tokens = [int(row.body) for row in await world.journal.read(EVENT, 0)]
    assert tokens == sorted(tokens)
    assert len(set(tokens)) > 1
    assert fenced


# --- Redis alone ---------------------------------------------------------------------------------------------------


async def test_the_servers_clock_ends_it(server: RedisServer) -> None:
    journal = await RedisJournal.open(server.url)
    began = time.monotonic()
    assert await journal.leases.take([EVENT], WHAT, "a", 0.1)
    while not await journal.leases.take([EVENT], WHAT, "b", 0.1):  # noqa: ASYNC110 - it has no bell
        await asyncio.sleep(0.01)
    assert 0.1 <= time.monotonic() - began < 2
    await journal.close()


async def test_a_token_grows_also_over_a_redis_that_was_emptied(server: RedisServer) -> None:
    journal = await RedisJournal.open(server.url)
    before = (await journal.leases.take([EVENT], WHAT, "a", TERM))[EVENT]
    server.ask("FLUSHALL")
    after = (await journal.leases.take([EVENT], WHAT, "b", TERM))[EVENT]
    assert after.token > before.token
    await journal.close()
