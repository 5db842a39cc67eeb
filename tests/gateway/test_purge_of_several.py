"""A purge with several gateways on one Redis, and by the timer: on its day, late, or not at all while a hold is on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from gateway.config import Settings
from gateway.house import House
from gateway.operations import run
from gateway.retention import BETWEEN_LOOKS, FIRST_LOOK, SOON, Retention
from tests.gateway.test_retention import (
    AFTER,
    DAY,
    EVENT,
    NAMES,
    REASON,
    WORDS,
    Clock,
    a_day,
    at,
    disclose,
    found_in,
    needles,
    purge,
)  # fmt: skip
from tests.support.redis_server import RedisServer, redis_server
from waiting_room import commands as c
from waiting_room.journal.port import Unavailable
from waiting_room.journal.redis import RedisJournal
from waiting_room.journal.vault import NoKey

SECOND = 1_000_000


@asynccontextmanager
async def gateway_on(server: RedisServer, directory: Path, clock: Clock) -> AsyncIterator[House]:
    """One of several: they share Redis and the keys."""
    journal = await RedisJournal.open(server.url)
    async with House.open(Settings.for_demo(directory), clock=clock, journal=journal) as house:
        yield house


@asynccontextmanager
async def two_gateways(directory: Path, clock: Clock) -> AsyncIterator[tuple[RedisServer, House, House]]:
    with redis_server(save="3600 1") as server:
        async with gateway_on(server, directory, clock) as first:
            await a_day(first)
            async with gateway_on(server, directory, clock) as second:
                yield server, first, second


async def caught_up(house: House, upto: int) -> None:
    async with asyncio.timeout(20):
        await house.halls[EVENT].watch(upto - 1)


async def closed(house: House) -> None:
    """The gateway has heard that the event is purged."""
    ended = asyncio.Event()
    house.closed.append(lambda _: ended.set())
    if house.halls.get(EVENT) is not None:
        async with asyncio.timeout(20):
            await ended.wait()


@pytest.mark.parametrize("held", [False, True])
async def test_two_gateways_that_purge_at_once_leave_nothing_but_the_whole_of_who_is_held(
    tmp_path: Path, held: bool
) -> None:
    clock = Clock()
    async with two_gateways(tmp_path, clock) as (server, first, second):
        people = first.halls[EVENT].people.roster
        person = next(key for key, row in people.items() if row["number"] == "1001")
        if held:
            await run(first, "hold", {"event": EVENT, "interview": person, "on": True, "reason": REASON})
        await asyncio.to_thread(server.ask, "SAVE")
        wanted = await needles(first, first.settings.keys_dir)
        before = await run(first, "verify", {"event": EVENT})
        whole = (await disclose(first, person))["record"]
        await caught_up(second, first.halls[EVENT].state.head)
        places = (tmp_path, server.directory)
        assert len(await asyncio.to_thread(found_in, server.directory, wanted)) > 10  # the search does find
        clock.now = AFTER
        await asyncio.gather(*(run(house, "retention-run", {}) for house in (first, second)))
        for house in (first, second):
            done = await purge(house)  # what a gateway could not do beside the other is finished by then
            assert (done["stage"], done["kept"]) == ("purged", (person,) if held else ())
            await closed(house)
            assert house.book._keys.get(EVENT) is None
            after = await run(house, "verify", {"event": EVENT})
            assert (after["ok"], after["verdicts"]) == (True, before["verdicts"])
        for place in places:
            assert await asyncio.to_thread(found_in, place, wanted) == [], place
        if held:
            kept = (await disclose(second, person))["record"]
            assert kept["person"] == whole["person"]
            assert WORDS in str(kept)
            assert len(kept["entries"]) >= len(whole["entries"])


async def test_what_a_gateway_wrote_that_had_not_heard_of_the_purge_goes_at_the_next_look(tmp_path: Path) -> None:
    clock = Clock()
    async with two_gateways(tmp_path, clock) as (server, first, deaf):
        await caught_up(deaf, first.halls[EVENT].state.head)
        hall = deaf.halls[EVENT]
        assert hall.follower is not None
        hall.follower.cancel()
        key = deaf.book._key(EVENT)
        clock.now = AFTER
        assert (await purge(first))["stage"] == "purged"
        deaf.book._keys._held[EVENT] = key  # type: ignore[attr-defined]  # as it had it in memory
        said = c.GiveNotice(next(iter(hall.state.interviews)), "late", 10, {"text": NAMES[0]})
        await hall.execute(said, actor="candidate:x", command_id="too-late")
        offsets = range(1, (await first.book.head(EVENT)).position.offset + 1)
        left = [body[:24] for body in (await first.book.journal.private(EVENT, offsets)).values()]
        assert len(left) == 1
        assert (await run(first, "retention-run", {"dry_run": True}))["events"][0]["stage"] == "interrupted"
        assert (await purge(first))["stage"] == "purged"
        assert await asyncio.to_thread(found_in, server.directory, left) == []
        assert (await run(first, "verify", {"event": EVENT}))["ok"]


async def test_whoever_is_purged_by_another_gateway_keeps_no_key_in_memory(tmp_path: Path) -> None:
    clock = Clock()
    async with two_gateways(tmp_path, clock) as (_, first, second):
        clock.now = AFTER
        assert (await purge(first))["stage"] == "purged"
        await closed(second)
        assert second.book._keys._held == {}  # type: ignore[attr-defined]
        with pytest.raises(NoKey):
            await second.halls.open(EVENT)


# --- the timer -------------------------------------------------------------------------------------------------------


class Time:
    """Sleeps of the timer, in no time: the clock moves as far, and ``at`` is called first."""

    def __init__(self, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock, self.slept = clock, list[float]()
        self.looks = 0
        monkeypatch.setattr("gateway.retention.asyncio.sleep", self._sleep)

    async def _sleep(self, seconds: float) -> None:
        if len(self.slept) >= self.looks:
            raise asyncio.CancelledError
        self.slept.append(seconds)
        self.clock.now += int(seconds * SECOND)

    async def pass_by(self, house: House, looks: int) -> list[float]:
        """So many looks of the daily run of a gateway that has just started; what it slept before each."""
        self.slept, self.looks = [], looks
        await house.duties.start()
        with pytest.raises(asyncio.CancelledError):
            await Retention(house).watch()
        return self.slept


def purged(house: House) -> bool:
    return house.halls.get(EVENT) is None


async def test_the_daily_run_purges_within_a_day_of_the_end_and_not_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    async with at(tmp_path, clock) as house:
        await a_day(house)
        due = (await house.retention.look())[0].due_at
        assert due is not None
        clock.now = due - int((FIRST_LOOK + BETWEEN_LOOKS) * SECOND) - 1
        time = Time(clock, monkeypatch)
        assert await time.pass_by(house, 2) == [FIRST_LOOK, BETWEEN_LOOKS]
        assert clock.now == due - 1
        assert not purged(house)
        clock.now = due - int(FIRST_LOOK * SECOND)
        assert await time.pass_by(house, 1) == [FIRST_LOOK]
        assert purged(house)


async def test_a_gateway_that_was_down_at_the_time_makes_up_for_it_within_a_minute_of_its_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    async with at(tmp_path, clock) as house:
        await a_day(house)
    clock.now = AFTER + 90 * DAY
    async with at(tmp_path, clock) as house:
        assert not purged(house)
        assert sum(await Time(clock, monkeypatch).pass_by(house, 1)) == FIRST_LOOK
        assert purged(house)


async def test_the_daily_run_waits_for_a_hold_and_purges_at_the_next_look_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    async with at(tmp_path, clock) as house:
        await a_day(house)
        await run(house, "hold", {"event": EVENT, "on": True, "reason": REASON})
        clock.now = AFTER
        time = Time(clock, monkeypatch)
        await time.pass_by(house, 5)
        assert not purged(house)
        await run(house, "hold", {"event": EVENT, "on": False, "reason": "終了"})
        await time.pass_by(house, 1)
        assert purged(house)


async def test_what_failed_is_tried_again_within_the_hour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    async with at(tmp_path, clock) as house:
        await a_day(house)
        clock.now = AFTER
        whole: Any = house.book.purge
        tries: list[int] = []

        async def once(*args: Any, **how: Any) -> None:
            tries.append(clock.now)
            if len(tries) == 1:
                raise Unavailable("the disk is full")
            await whole(*args, **how)

        monkeypatch.setattr(house.book, "purge", once)
        assert await Time(clock, monkeypatch).pass_by(house, 2) == [FIRST_LOOK, SOON]
        assert len(tries) == 2
        assert (await house.retention.look())[0].stage == "purged"
