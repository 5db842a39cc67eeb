"""A provider that is down, in a gateway: told to the events that may use it, and up again when it answers well."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import pytest

from gateway.breaker import STEADY, STREAK
from gateway.health import PROBE
from providers.base import Retry, Room
from tests.support.day import EVENT, HANAKO, SECOND, Clock, Day, day
from tests.support.outside import Named, fail, named, of, seated, session_of, switch, until
from waiting_room.entries import ProviderDown, ProviderUp
from waiting_room.journal.port import MAX_READ


async def told(today: Day) -> list[str]:
    found = await today.gateway.house.book.read(EVENT, 0, MAX_READ)
    return [type(st.entry).__name__ for st in found if isinstance(st.entry, ProviderDown | ProviderUp)]


async def test_it_is_down_once_and_up_when_it_has_answered_for_a_while(today: Day) -> None:
    """What waits is the probe: nobody asks it anything for the sake of asking."""
    other = named(today, "other")
    await switch(today, "other")
    await seated(today, HANAKO)
    await fail(today, other)
    assert today.hall.state.down["other"].code == "unavailable"
    other.script.faults.clear()
    today.clock.shift(31)
    today.gateway.agendas[EVENT].wake()
    await until(today, lambda: session_of(today, HANAKO.id) == ("other", "open"))
    health = today.gateway.house.health
    await health.look()
    assert "other" in today.hall.state.down
    today.clock.shift(STEADY / SECOND + 1)
    await health.look()
    await until(today, lambda: "other" not in today.hall.state.down)
    assert await told(today) == ["ProviderDown", "ProviderUp"]


async def test_what_the_journal_says_holds_after_a_start(tmp_path: Path) -> None:
    """And an absence is held back as long."""
    clock, journal = Clock(), str(tmp_path / "journal.sqlite")
    async with day(tmp_path, clock=clock, journal=journal) as before:
        health = before.gateway.house.health
        for _ in range(STREAK):
            with pytest.raises(Retry), health.asking("scripted", "open"):
                raise Retry("timeout")
        await until(before, lambda: "scripted" in before.hall.state.down)
    async with day(tmp_path, clock=clock, journal=journal) as after:
        fall = after.gateway.house.health.fall("scripted")
        assert fall is not None
        assert fall.code == "timeout"
        clock.shift(15 * 60)
        after.gateway.agendas[EVENT].wake()
        await until(after, lambda: of(after, HANAKO.id).overdue_at)
        assert "provider_down" in of(after, HANAKO.id).held_back
        with after.gateway.house.health.asking("scripted", "close"):
            pass
        clock.shift(STEADY / SECOND + 1)
        await after.gateway.house.health.look()
        await until(after, lambda: "scripted" not in after.hall.state.down)


class Listing(Named):
    """It can list its sessions."""

    asked_to_list = 0
    silent = True

    async def orphans(
        self, standing: Collection[str], *, keys: Collection[str], events: Collection[str]
    ) -> Sequence[Room]:
        assert (tuple(standing), tuple(keys), tuple(events)) == ((), (), ())
        self.asked_to_list += 1
        if self.silent:
            raise Retry("timeout")
        return []


async def test_where_nobody_asks_any_more_it_is_asked_for_its_list(today: Day) -> None:
    """Once a minute: everybody has moved away, and somebody has to find out that it is back."""
    listing = Listing("listing", now=today.clock)
    today.gateway.house.providers.add(listing)
    await switch(today, "listing")
    health = today.gateway.house.health
    for _ in range(STREAK):
        with pytest.raises(Retry), health.asking("listing", "open"):
            raise Retry("timeout")
    await health.look()
    assert listing.asked_to_list == 0
    for asked in (1, 2):
        today.clock.shift(PROBE / SECOND)
        await health.look()
        await health.look()
        assert listing.asked_to_list == asked
    assert health.fall("listing") is not None
    listing.silent = False
    for _ in range(12):
        today.clock.shift(PROBE / SECOND)
        await health.look()
    assert health.fall("listing") is None


async def test_an_event_that_may_not_use_it_hears_nothing(today: Day) -> None:
    named(today, "issued", issued=True)
    health = today.gateway.house.health
    for _ in range(STREAK):
        with pytest.raises(Retry), health.asking("issued", "open"):
            raise Retry("timeout")
    assert health.fall("issued") is not None
    await today.staff("Ito")
    assert not today.hall.state.down
