"""What stands at providers: known again after a start, planned for, and swept of what nobody knows."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import structlog

from gateway.app import running
from gateway.plan import Step
from gateway.sessions import Place
from gateway.sweeping import MOST, Sweeping
from gateway.timetable import planned
from providers.base import Planned, Retry, Room, RoomSpec
from providers.zoom.adapter import Zoom
from tests.support.day import EVENT, HANAKO, JIRO, TARO, Day, day
from tests.support.outside import Named, named, of, ready, session_of, switch, until, zoom
from waiting_room.commands import Reschedule, SessionFell
from waiting_room.entries import SessionOpened
from waiting_room.journal.port import MAX_READ, Journal


class Planning(Named):
    """It is told what is to come, and what was."""

    def __init__(self, today: Day) -> None:
        super().__init__("planning", now=today.clock)
        self.timetable: Sequence[Planned] = ()
        self.remembered: list[tuple[Room, int]] = []

    def plan(self, timetable: Sequence[Planned]) -> None:
        self.timetable = timetable

    def remember(self, rooms: Iterable[tuple[Room, int]]) -> None:
        self.remembered += rooms


# --- known again -----------------------------------------------------------------------------------------------------


async def test_rooms_are_known_again_after_a_start(tmp_path: Path) -> None:
    """Those whose sessions are closed as well: a callback comes an hour late."""
    journal = str(tmp_path / "journal.sqlite")
    async with day(tmp_path, journal=journal) as before:
        panel = await before.staff("Ito", rooms=("r1",))
        hanako = await ready(before, HANAKO, "scripted")
        (room,) = before.gateway.house.providers["scripted"].rooms  # type: ignore[attr-defined]  # a scripted one
        await panel.must("admit", interview=HANAKO.id)
        await hanako.must("pressed")
        await panel.must("finish", interview=HANAKO.id, now=True)
        await until(before, lambda: session_of(before, HANAKO.id) == ("scripted", "closed"))
    async with day(tmp_path, journal=journal) as after:
        sessions = after.gateway.house.sessions
        assert await sessions.find("scripted", room) == Place(EVENT, HANAKO.id, 1)
        assert await sessions.find("scripted", "nobody's") is None
        assert await sessions.standing(after.gateway.house.halls) == frozenset()
        after.gateway.house.halls.close(EVENT)
        assert await sessions.find("scripted", room) is None


# --- planned ---------------------------------------------------------------------------------------------------------


async def test_a_provider_whose_means_are_limited_is_told_what_is_to_come(today: Day) -> None:
    planning = Planning(today)
    today.gateway.house.providers.add(planning)
    timetable = today.gateway.timetable
    timetable.plan()
    assert planning.timetable == []
    await switch(today, "planning", scope="r:r1")
    timetable.plan()
    assert [slot.interview for slot in planning.timetable] == [HANAKO.id, TARO.id]
    starts_at = of(today, TARO.id).starts_at
    move = Reschedule(TARO.id, starts_at - 3600_000_000, starts_at - 1800_000_000)
    await today.hall.execute(move, actor="cli", command_id="earlier")
    timetable.plan()
    assert [slot.interview for slot in planning.timetable] == [HANAKO.id]  # that time is over


async def test_a_change_of_the_timetable_is_told_by_itself(today: Day) -> None:
    planning = Planning(today)
    today.gateway.house.providers.add(planning)
    today.gateway.timetable._changed.clear()
    await switch(today, "planning")
    assert today.gateway.timetable._changed.is_set()
    today.gateway.timetable._changed.clear()
    await today.candidate(HANAKO)
    assert not today.gateway.timetable._changed.is_set()


async def test_what_was_opened_before_a_start_is_remembered(today: Day) -> None:
    planning = Planning(today)
    today.gateway.house.providers.add(planning)
    await switch(today, "planning")
    await ready(today, HANAKO, "planning")
    fresh = type(today.gateway.house.sessions)(today.gateway.house.book)
    await today.hall.load()
    fresh.open(today.hall)
    today.gateway.house.sessions = fresh
    await today.gateway.timetable.remember()
    ((room, at),) = planning.remembered
    assert room.id in planning.rooms
    assert 0 < at <= today.hall.state.at


async def test_who_is_over_or_with_another_is_not_planned_for(today: Day) -> None:
    assert {slot.interview for slot in planned(today.hall, "scripted", today.clock())} == {HANAKO.id, TARO.id, JIRO.id}
    await switch(today, "other", scope=f"i:{TARO.id}")
    today.clock.shift(25 * 60)
    assert list(planned(today.hall, "scripted", today.clock())) == []


# --- swept -----------------------------------------------------------------------------------------------------------


def lost(interview: str, generation: int = 1) -> tuple[RoomSpec, str]:
    return RoomSpec(EVENT, "r1", interview, generation, "", 1, 2), f"{EVENT}:{interview}:{generation}"


async def test_a_meeting_that_nobody_knows_is_deleted_by_its_id_and_no_other(today: Day) -> None:
    """An hour old, of an event of ours, its key neither recorded nor still to be opened."""
    async with zoom(today) as (adapter, far_side):
        await switch(today, "zoom")
        await ready(today, HANAKO, "zoom")
        (known,) = far_side.world.meetings
        spec, key = lost("ivgone")
        forgotten = await adapter.open_room(spec, key=key)
        elsewhere, far_key = lost("ivfar")
        foreign = await adapter.open_room(RoomSpec("elsewhere", *_rest(elsewhere)), key=far_key)
        sweeping = Sweeping(today.gateway.house)
        assert await sweeping.sweep("zoom") == 0
        today.clock.shift(2 * 3600)
        with structlog.testing.capture_logs() as logged:
            assert await sweeping.sweep("zoom") == 1
        assert far_side.world.deleted == [int(forgotten.id)]
        assert set(far_side.world.meetings) == {known, int(foreign.id)}
        (line,) = [entry for entry in logged if entry["event"] == "orphan_closed"]
        assert (line["provider"], line["room"]) == ("zoom", forgotten.id)
        assert "http" not in str(line)
        assert await sweeping.sweep("scripted") == 0


def _rest(spec: RoomSpec) -> tuple[str, str, int, str, int, int]:
    return spec.room, spec.interview, spec.generation, spec.title, spec.starts_at, spec.ends_at


class Littered(Named):
    """It lists what nobody has heard of."""

    left = 100

    async def orphans(self, standing: object, *, keys: object, events: object) -> Sequence[Room]:  # noqa: ARG002 - as Sweeps
        return [Room("littered", str(number), 0) for number in range(self.left)]


async def test_a_sweep_is_bounded_and_ends_at_the_first_failure(today: Day) -> None:
    littered = Littered("littered", now=today.clock)
    today.gateway.house.providers.add(littered)
    sweeping = Sweeping(today.gateway.house)
    assert await sweeping.sweep("littered") == MOST
    littered.script.fail("close_room", Retry("timeout"))
    assert await sweeping.sweep("littered") == 0


async def test_a_session_that_came_up_after_nobody_wanted_it_is_closed_at_once(today: Day) -> None:
    """Its answer was lost, another generation stands by then, and the other gateway's request is answered after all."""
    other = named(today, "other")
    other.script.fail("open_room", Retry("timeout"), after_work=True)
    await switch(today, "other")
    await today.candidate(HANAKO)
    await until(today, lambda: session_of(today, HANAKO.id) == ("other", "failed"))
    failed = of(today, HANAKO.id).session
    assert failed is not None
    today.clock.shift(31)
    today.gateway.agendas[EVENT].wake()
    await until(today, lambda: session_of(today, HANAKO.id) == ("other", "open"))
    first, second = other.rooms
    opening = today.gateway.reactors[EVENT]._opening
    await opening._take_time(Step("open", HANAKO.id, session=failed), of(today, HANAKO.id), failed)
    assert other.closed == {first}
    assert second in other.rooms


# --- two gateways ----------------------------------------------------------------------------------------------------


class Shared:
    """A journal that two gateways have: it is closed by the first alone."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def __getattr__(self, name: str) -> Any:
        return getattr(self._journal, name)

    async def close(self) -> None:
        pass


async def test_two_gateways_on_one_journal_open_one_session(today: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both believe that it is their work, and ask Zoom, with the same key and at the same moment: one meeting stands,
    it is the one that is recorded, and nobody closes it."""
    house = today.gateway.house
    shared: Any = Shared(house.book.journal)
    settings = replace(house.settings, port=0)
    async with (
        zoom(today) as (_, far_side),
        running(settings, clock=today.clock, journal=shared, worker=False, sockets=False) as second,
    ):
        monkeypatch.setattr(second.house.duties, "mine", lambda *_: True)
        second.house.halls[EVENT].fence = None
        beside = Zoom(far_side.account("host1", "host2"), now=today.clock, sleep=asyncio.sleep)
        second.house.providers.add(beside)
        far_side.gates["create"] = asyncio.Barrier(2)
        await switch(today, "zoom")
        await ready(today, HANAKO, "zoom")
        for gateway in (second, today.gateway):
            await asyncio.gather(*gateway.reactors[EVENT]._opening._under_way.values())
        session = of(today, HANAKO.id).session
        assert session is not None
        room = await house.sessions.room(today.hall, HANAKO.id, session)
        assert list(far_side.world.meetings) == [int(room.id)]
        assert len(far_side.world.created) == 2
        assert (session.generation, session.state) == (1, "open")
        found = await house.book.read(EVENT, 0, MAX_READ)
        assert [st.entry.generation for st in found if isinstance(st.entry, SessionOpened)] == [1]
        assert await second.house.sessions.find("zoom", room.id) == Place(EVENT, HANAKO.id, 1)
        await beside.close()


async def test_what_fell_for_one_gateway_and_came_up_for_the_other_stays_up(today: Day) -> None:
    """The slower one's failure is no news by then."""
    await ready(today, HANAKO, "scripted")
    late = SessionFell(HANAKO.id, "scripted", 1, "timeout", retry=True)
    done = await today.hall.execute(late, actor="reactor", command_id="reactor:fell:late")
    assert not done.stamped
    assert session_of(today, HANAKO.id) == ("scripted", "open")
