"""Whose work an event is: by leases, of gateways that stop, are late, or lose the store."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from gateway.duties import TERM, Duties
from waiting_room.journal.leases import EVERYWHERE, LocalLeases
from waiting_room.journal.port import Fenced, Unavailable
from waiting_room.journal.sqlite import SqliteJournal

EVENT = "exam"
MICRO = 1_000_000


class Leases(LocalLeases):
    """Those of a store that others have too. ``away``: it does not answer."""

    def __init__(self, world: World) -> None:
        super().__init__(lambda: world.now)
        self._world = world
        self._until: dict[tuple[str, str], int] = {}

    async def take(self, events: Any, what: str, holder: str, seconds: float) -> Any:
        if self._world.away:
            raise Unavailable("away")
        taken = await super().take(events, what, holder, seconds)
        now = int(self._world.now * MICRO)
        stamped = {}
        for event, lease in taken.items():
            last_at = min(now, self._until.get((event, what), 0))
            stamped[event] = type(lease)(event, what, lease.token, now, last_at)
            self._until[event, what] = now + int(seconds * MICRO)
        return stamped


class World:
    def __init__(self) -> None:
        self.now, self.away = 1000.0, False
        self.journal = cast("Any", SimpleNamespace(leases=Leases(self), shared=True))


@dataclass
class Gateway:
    duties: Duties
    taken: list[str]
    gaps: list[tuple[float, float]]

    async def look(self) -> None:
        """One round of ``keep``."""
        try:
            await self.duties._take(tuple(self.duties._events))
        except Unavailable:
            return


async def gateway(world: World) -> Gateway:
    made = Gateway(Duties(world.journal, monotonic=lambda: world.now), [], [])
    made.duties.taken.append(made.taken.append)

    def note(event: str, since: int, until: int) -> None:
        if event == EVENT:
            made.gaps.append((since / MICRO, until / MICRO))

    made.duties.gaps.append(note)
    await made.duties.begin(EVENT)
    await made.duties.start()
    return made


@pytest.fixture
def world() -> World:
    return World()


async def test_a_journal_of_our_own_leaves_all_work_to_us_for_ever(tmp_path: Path) -> None:
    now = 0.0
    journal = await SqliteJournal.open(tmp_path / "journal.db")
    duties = Duties(journal, monotonic=lambda: now)
    await duties.begin(EVENT)
    assert not duties.mine(EVENT), "a command line looks for no work"
    await duties.start()
    now = 1e9
    assert duties.mine(EVENT)
    assert duties.mine(EVERYWHERE)
    assert duties.fence(EVENT).token == 1
    await journal.close()


async def test_one_has_the_work_and_another_takes_over_when_it_is_silent(world: World) -> None:
    first, second = await gateway(world), await gateway(world)
    for _ in range(5):
        world.now += 1
        await first.look()
        await second.look()
        assert (first.duties.mine(EVENT), second.duties.mine(EVENT)) == (True, False)
    for _ in range(3):
        world.now += 1
        await second.look()
    assert second.duties.mine(EVENT)
    assert second.taken == [EVERYWHERE, EVENT]
    assert second.duties.fence(EVENT).token > first.duties.fence(EVENT).token


async def test_a_gateway_that_was_stopped_knows_by_its_own_clock(world: World) -> None:
    first = await gateway(world)
    world.now += TERM + 1
    assert not first.duties.mine(EVENT)
    second = await gateway(world)
    assert second.duties.mine(EVENT)
    await first.look()
    with pytest.raises(Fenced):
        first.duties.fence(EVENT)


async def test_what_is_handed_over_need_not_be_waited_for(world: World) -> None:
    first, second = await gateway(world), await gateway(world)
    await first.duties.hand_over()
    await second.look()
    assert second.duties.mine(EVENT)
    assert not first.duties.mine(EVENT)


async def test_nobody_was_missing_while_one_stood_by(world: World) -> None:
    await gateway(world)
    second = await gateway(world)
    for _ in range(6):
        world.now += 1
        await second.look()
    assert second.duties.mine(EVENT)
    assert second.gaps == []


async def test_between_two_gateways_of_which_none_was_there_is_a_gap(world: World) -> None:
    await gateway(world)
    world.now += 600
    second = await gateway(world)
    assert second.gaps == [(1000.0, 1600.0)]


async def test_while_the_store_is_away_nobody_is_there(world: World) -> None:
    first, second = await gateway(world), await gateway(world)
    world.now += 1
    await first.look()
    await second.look()
    world.away = True
    for _ in range(60):
        world.now += 1
        await first.look()
        await second.look()
    assert not first.duties.mine(EVENT)
    world.away = False
    await second.look()
    await first.look()
    assert second.duties.mine(EVENT)
    assert (first.gaps, second.gaps) == ([], [(1001.0, 1061.0)])
