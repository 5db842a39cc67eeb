"""The reactor: sessions with faults, absences, outages, seals."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from gateway.outages import Heartbeat, touches
from gateway.plan import steps
from providers.base import AskAPerson, GiveUp, Retry, Room, RoomSpec
from providers.scripted import Scripted
from tests.support.day import EVENT, HANAKO, JIRO, SECOND, TARO, Clock, Day, day
from waiting_room.commands import CloseSession, SessionCameUp, SwitchProvider
from waiting_room.event import Event
from waiting_room.interview import Interview, Session


def provider(today: Day) -> Scripted:
    found = today.gateway.house.providers["scripted"]
    assert isinstance(found, Scripted)
    return found


async def until(today: Day, true: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not true():
            await today.hall.watch(today.hall.state.head)


def of(today: Day, interview: str) -> Interview:
    return today.hall.state.interviews[interview]


def state(today: Day, interview: str) -> str:
    """Of the interview's session."""
    session = of(today, interview).session
    return session.state if session is not None else ""


async def test_the_head_of_the_queue_has_its_session_ready(today: Day) -> None:
    """So that an admission is one append: `called` and `admitted` in one."""
    panel = await today.staff("Ito", rooms=("r1",))
    await today.candidate(HANAKO)
    await until(today, lambda: state(today, HANAKO.id) == "open")
    head = today.hall.state.head
    await panel.must("admit", interview=HANAKO.id)
    assert of(today, HANAKO.id).admitted
    assert today.hall.state.head <= head + 4


async def test_who_is_not_due_has_no_session_yet(today: Day) -> None:
    await today.candidate(HANAKO)
    await today.candidate(TARO)
    await until(today, lambda: state(today, HANAKO.id) == "open")
    assert of(today, TARO.id).session is None


async def test_a_provider_that_fails_is_asked_again_with_a_growing_pause(today: Day) -> None:
    provider(today).script.fail("open_room", Retry("busy"), times=2)
    await today.candidate(HANAKO)
    for failures in (1, 2):
        await until(today, functools.partial(has_failed, today, failures))
        today.clock.shift(40)
        today.gateway.agendas[EVENT].wake()
    await until(today, lambda: state(today, HANAKO.id) == "open")
    assert len(asked(today)) == 3


def has_failed(today: Day, times: int) -> bool:
    return len(asked(today)) == times and state(today, HANAKO.id) == "failed"


def asked(today: Day) -> list[str]:
    return [key for method, key in provider(today).script.asked if method == "open_room"]


async def test_a_fault_after_the_work_leaves_one_room(today: Day) -> None:
    """The provider did it and the answer was lost: the key of each try is in the journal before it is used."""
    provider(today).script.fail("open_room", Retry("timeout"), after_work=True)
    await today.candidate(HANAKO)
    await until(today, lambda: state(today, HANAKO.id) == "failed")
    assert len(provider(today).rooms) == 1


class Held(Scripted):
    """Answers when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.let = asyncio.Event(), asyncio.Event()

    async def open_room(self, spec: RoomSpec, *, key: str) -> Room:
        self.asked.set()
        await self.let.wait()
        return await super().open_room(spec, key=key)


@pytest.mark.parametrize("over", [False, True])
async def test_a_gateway_that_opens_late_leaves_no_second_room_beside_the_recorded_one(today: Day, over: bool) -> None:
    """Another gateway's is recorded, and may have been closed again, while ours was still being opened."""
    held = Held()
    today.gateway.house.providers.add(held)
    await today.candidate(HANAKO)
    await held.asked.wait()
    session = of(today, HANAKO.id).session
    assert session is not None
    theirs = Room("scripted", "theirs", 1, {"url": "https://rehearsal.invalid/theirs"})
    up = SessionCameUp(HANAKO.id, "scripted", 1, {"room": asdict(theirs)})
    await today.hall.execute(up, actor="reactor", command_id=f"reactor:up:{session.key}")
    if over:
        closed = CloseSession(HANAKO.id, "scripted", 1)
        await today.hall.execute(closed, actor="reactor", command_id=f"reactor:close:{session.key}")
    held.let.set()
    await quiet()
    assert [room for room in held.rooms.values() if room.generation == 1] == []
    assert len(held.closed) == 1
    assert "theirs" not in held.closed
    if not over:
        assert (await today.gateway.house.sessions.room(today.hall, HANAKO.id, session)).id == "theirs"


async def quiet() -> None:
    """Nothing is under way at a provider."""
    while working := [task for task in asyncio.all_tasks() if task.get_name().startswith(("session:", "reactor"))]:
        await asyncio.wait(working)


@pytest.mark.parametrize("error", [GiveUp("no_such_tenant"), AskAPerson("quota")])
async def test_an_admission_that_the_provider_refuses_is_back_on_its_seat(today: Day, error: Exception) -> None:
    """With a reason that both can read, and a task for staff."""
    panel = await today.staff("Ito", rooms=("r1",))
    provider(today).script.fail("open_room", error, times=5)  # type: ignore[arg-type]  # one of ours
    hanako = await today.candidate(HANAKO)
    async with hanako.live() as line:
        await panel.do("admit", interview=HANAKO.id)
        await line.until(lambda v: v["phase"] == "waiting" and v["lapse"] == "provider_failed")
    assert "provider" in {task["code"] for task in (await panel.see())["tasks"]}


async def test_a_finished_interviews_session_is_closed(today: Day) -> None:
    panel = await today.staff("Ito", rooms=("r1",))
    hanako = await today.candidate(HANAKO)
    async with hanako.live() as line:
        await panel.must("admit", interview=HANAKO.id)
        await line.until(lambda v: v["phase"] == "admitting" and v["admission"]["ready"])
    await hanako.must("pressed")
    await panel.must("finish", interview=HANAKO.id, now=True)
    await until(today, lambda: state(today, HANAKO.id) == "closed")
    assert len(provider(today).closed) == 1


async def test_an_absence_is_proposed_and_held_back_while_the_cause_may_be_ours(today: Day) -> None:
    """Nobody of the panel was there: the proposal says so; confirming stays a person's decision."""
    today.clock.shift(10 * 60)
    today.gateway.agendas[EVENT].wake()
    await until(today, lambda: of(today, HANAKO.id).overdue_at)
    assert of(today, HANAKO.id).phase == "expected"
    assert "interviewers_absent" in of(today, HANAKO.id).held_back


async def test_what_held_an_absence_back_may_pass(today: Day) -> None:
    """The panel came after the deadline: within a minute the proposal stands without a cause of ours."""
    today.clock.shift(10 * 60)
    today.gateway.agendas[EVENT].wake()
    await until(today, lambda: of(today, HANAKO.id).held_back)
    panel = await today.staff("Ito", rooms=("r1",))
    today.clock.shift(60)
    await panel.must("seen")
    today.gateway.agendas[EVENT].wake()
    await until(today, lambda: not of(today, HANAKO.id).held_back)
    assert of(today, HANAKO.id).overdue_at


async def test_a_switch_of_provider_makes_a_new_generation(today: Day) -> None:
    """Sessions that nobody is in follow at once."""
    other = Scripted(base_url="https://other.invalid")
    other.__class__ = type("Other", (Scripted,), {"name": "other"})
    today.gateway.house.providers.add(other)
    await today.candidate(HANAKO)
    await until(today, lambda: state(today, HANAKO.id) == "open")
    await today.hall.execute(SwitchProvider("other"), actor="cli", command_id="switch")
    await until(today, lambda: of(today, HANAKO.id).session.provider == "other")  # type: ignore[union-attr]
    await until(today, lambda: state(today, HANAKO.id) == "open")
    await until(today, lambda: not of(today, HANAKO.id).superseded)
    assert of(today, HANAKO.id).session.generation == 2  # type: ignore[union-attr]


async def test_an_outage_over_a_deadline_is_recorded_and_excuses(tmp_path: Path) -> None:
    """The heartbeat of before the outage and the start after it make the gap."""
    clock, journal = Clock(), str(tmp_path / "journal.sqlite")
    async with day(tmp_path, clock=clock, journal=journal) as before:
        Heartbeat(before.gateway.house).beat()
    clock.shift(15 * 60)
    async with day(tmp_path, clock=clock, journal=journal) as after:
        (gap,) = after.hall.state.gaps
        assert gap.to_at - gap.from_at > 14 * 60 * SECOND
        hanako = await after.candidate(HANAKO)
        assert (await hanako.see())["seat"]["verdict"] == "late"
        taro = await after.candidate(TARO)
        assert (await taro.see())["seat"]["verdict"] == "excused"


async def test_a_short_restart_is_no_gap(tmp_path: Path) -> None:
    clock, journal = Clock(), str(tmp_path / "journal.sqlite")
    async with day(tmp_path, clock=clock, journal=journal) as before:
        Heartbeat(before.gateway.house).beat()
    clock.shift(15)
    async with day(tmp_path, clock=clock, journal=journal) as after:
        assert after.hall.state.gaps == ()


async def test_a_gap_at_night_touches_no_event(today: Day) -> None:
    starts = of(today, HANAKO.id).starts_at
    assert not touches(today.hall, starts - 40 * 3600 * SECOND, starts - 30 * 3600 * SECOND)
    assert touches(today.hall, starts - 10 * SECOND, starts + 10 * SECOND)


async def test_the_end_of_a_gateway_seals_and_the_journal_verifies(tmp_path: Path) -> None:
    """Everything is there after a restart: seat, arrival time, presence worth keeping, a seal that verifies."""
    journal = str(tmp_path / "journal.sqlite")
    async with day(tmp_path, journal=journal) as before:
        await before.candidate(HANAKO)
        arrival = of(before, HANAKO.id).arrival
    async with day(tmp_path, journal=journal) as after:
        assert of(after, HANAKO.id).arrival == arrival
        house = after.gateway.house
        report = await house.book.verify(EVENT, house.keys.record)
        assert report.ok
        assert after.hall.state.sealed > 0
        phone = await after.candidate(JIRO)
        assert (await phone.see())["phase"] == "waiting"


def test_the_plan_of_an_interview_that_is_over_closes_what_is_open() -> None:
    event, over = Event(), Interview("iv1", room="r1", phase="finished")
    event.interviews["iv1"] = over
    open_ = Session("scripted", 1, "k", "open", 0, offset=5)
    assert [s.what for s in steps(event, replace(over, session=open_), 10, 0)] == ["close"]
    asked_for = replace(open_, state="requested")
    assert [s.what for s in steps(event, replace(over, session=asked_for), 10, 0)] == ["open"]
    assert not list(steps(event, replace(over, session=replace(open_, state="closed")), 10, 0))
