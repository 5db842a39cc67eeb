"""A day in fast-forward, seen from the adapter: three rooms of forty interviews, and everything that goes wrong."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

from providers.base import Planned, Redirect, Retry, Room
from providers.zoom.adapter import Zoom
from providers.zoom.types import MINUTE, SECOND
from tests.providers.zoom.conftest import Make
from tests.providers.zoom.samples import CANDIDATE, INTERVIEWER, day, spec
from tests.support.zoom_simulator import Clock, ZoomSimulator
from tests.support.zoom_simulator_rules import CAP, DAY

HOSTS = ("host1", "host2", "host3", "host4", "host5")  # enough when one is suspended and two are half spent
PATIENT = 20  # times that one step is tried before the day is lost
USED = 75  # creations that somebody else asked of the first two hosts before we began
About = TypeVar("About")
Done = TypeVar("Done")
Trouble = Callable[[ZoomSimulator, Clock], None]


def cap(far_side: ZoomSimulator, clock: Clock) -> None:
    """Two hosts reach their cap in the course of the day."""
    for name in HOSTS[:2]:
        for _ in range(USED):
            far_side.world.create(far_side.world.user(name), {"topic": "Team", "type": 3})
        far_side.limits.days[name, clock.at // DAY] = USED


def outage(far_side: ZoomSimulator, clock: Clock) -> None:
    far_side.down_until = clock.at + 4 * MINUTE


def suspension(far_side: ZoomSimulator, _: Clock) -> None:
    far_side.world.user("host3").allowed = False


def lost_answers(far_side: ZoomSimulator, _: Clock) -> None:
    for operation in ("create", "invite_links", "delete"):
        far_side.faults.add(operation, "dropped_after", times=3)


ALONE: list[dict[int, Trouble]] = [{0: cap}, {30: outage}, {60: suspension}, {90: lost_answers}]
TOGETHER: dict[int, Trouble] = {0: cap, 30: outage, 60: suspension, 90: lost_answers}


@pytest.mark.parametrize("troubles", [*ALONE, TOGETHER], ids=["cap", "outage", "suspension", "lost", "all"])
async def test_every_interview_is_held_no_meeting_is_left_and_no_create_is_beyond_the_cap(
    make: Make, far_side: ZoomSimulator, clock: Clock, troubles: dict[int, Trouble]
) -> None:
    """Rooms side by side, each interview's meeting opened, entered by both and closed before the room's next."""
    zoom = make(*HOSTS)
    slots = sorted(day(3, 40, clock.at + MINUTE), key=lambda one: (one.starts_at, one.room))
    zoom.plan(slots)
    running: dict[str, Room] = {}
    others = 2 * USED if cap in troubles.values() else 0
    for number, slot in enumerate(slots):
        if number in troubles:
            troubles[number](far_side, clock)
        if (before := running.pop(slot.room, None)) is not None:
            await tried(clock, zoom.close_room, before)
        clock.at = max(clock.at, slot.starts_at)
        running[slot.room] = await held(zoom, far_side, clock, slot)
    for room in running.values():
        await tried(clock, zoom.close_room, room)
    assert len(far_side.world.meetings) == others
    assert far_side.limits.beyond == 0
    assert max(far_side.limits.days.values()) <= CAP


async def held(zoom: Zoom, far_side: ZoomSimulator, clock: Clock, slot: Planned) -> Room:
    """Both are in the meeting, which only starts where its host has no other."""

    async def opened(_: None) -> Room:
        return await zoom.open_room(spec(slot.interview, slot.room, slot.starts_at), key=f"exam:{slot.interview}:1")

    room = await tried(clock, opened, None)
    for person in (INTERVIEWER, CANDIDATE):
        ticket = await tried(clock, lambda who: zoom.ticket(room, who), person)
        assert isinstance(ticket, Redirect)
        far_side.world.enter(int(room.id), ticket.url.rpartition("=")[2])
    return room


async def tried(clock: Clock, step: Callable[[About], Awaitable[Done]], about: About) -> Done:
    """As the reactor does: what may be tried again is, after a pause."""
    for _ in range(PATIENT):
        try:
            return await step(about)
        except Retry as error:
            clock.at += round((error.after or 30) * SECOND)
    raise AssertionError("tried too often")
