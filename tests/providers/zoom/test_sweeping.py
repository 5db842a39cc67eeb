"""Meetings that nobody knows any more: which are found, and whose are left alone."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from providers.zoom import preflight
from providers.zoom.adapter import Zoom
from providers.zoom.types import MINUTE
from tests.providers.zoom.conftest import Make
from tests.providers.zoom.samples import NINE, spec
from tests.support.zoom_simulator import Clock, ZoomSimulator

HOUR = 60 * MINUTE


async def swept(
    zoom: Zoom, standing: Collection[str] = (), keys: Collection[str] = (), events: Collection[str] = ("exam",)
) -> list[str]:
    return [room.id for room in await zoom.orphans(standing, keys=keys, events=events)]


async def test_an_orphan_is_of_our_events_old_and_in_no_journal(
    zoom: Zoom, far_side: ZoomSimulator, clock: Clock
) -> None:
    kept = await zoom.open_room(spec(), key="k1")
    lost = await zoom.open_room(spec("iv2"), key="k2")
    wanted = await zoom.open_room(spec("iv3"), key="k3")
    far_side.world.create(far_side.world.user("host1"), {"topic": "Team"})
    assert await swept(zoom, {kept.id}, {"k3"}) == []
    clock.at += HOUR + MINUTE
    assert await swept(zoom, {kept.id}, {"k3"}) == [lost.id]
    assert await swept(zoom, {kept.id, lost.id}) == [wanted.id]


async def test_what_is_found_can_be_closed_by_its_id(zoom: Zoom, far_side: ZoomSimulator, clock: Clock) -> None:
    lost = await zoom.open_room(spec(), key="k")
    clock.at += HOUR + MINUTE
    for room in await zoom.orphans((), keys=(), events={"exam"}):
        await zoom.close_room(room)
    assert far_side.world.deleted == [int(lost.id)]


async def test_a_duplicate_of_a_recorded_meeting_is_an_orphan(
    zoom: Zoom, far_side: ZoomSimulator, clock: Clock
) -> None:
    """A gateway that lost a race died before it could delete its own."""
    kept = await zoom.open_room(spec(), key="k")
    one = far_side.world.meetings[int(kept.id)]
    double = far_side.world.create(one.host, one.body)
    clock.at += HOUR + MINUTE
    assert await swept(zoom, {kept.id}) == [str(double.id)]


async def test_another_genkans_meetings_are_nobodys_orphans(make: Make, clock: Clock) -> None:
    """By its events, or, where an office chose the same ids twice, by the name of the deployment."""
    ours, rehearsal = make(), make(deployment="rehearsal")
    here = await ours.open_room(spec(), key="k")
    there = await rehearsal.open_room(spec(), key="k")
    assert here.id != there.id
    clock.at += HOUR + MINUTE
    assert await swept(ours, events={"another-event"}) == []
    assert await swept(ours) == [here.id]
    assert await swept(rehearsal) == [there.id]


async def test_an_event_is_matched_as_a_whole(zoom: Zoom, clock: Clock) -> None:
    await zoom.open_room(spec(), key="k")
    clock.at += HOUR + MINUTE
    assert await swept(zoom, events={"ex", "exam-2", "exam/r1"}) == []


@pytest.mark.parametrize("ahead", [-2 * HOUR, 2 * HOUR])
async def test_how_old_a_meeting_is_is_told_by_zooms_clock(far_side: ZoomSimulator, clock: Clock, ahead: int) -> None:
    """Ours may be off: nobody's meeting of five minutes ago is an orphan for that."""
    zoom = Zoom(far_side.account("host1"), now=lambda: clock() + ahead, sleep=clock.sleep)
    lost = await zoom.open_room(spec(starts_at=NINE + 12 * HOUR), key="k")
    clock.at += 5 * MINUTE
    assert await swept(zoom) == []
    clock.at += HOUR
    assert await swept(zoom) == [lost.id]
    await zoom.close()


async def test_a_meeting_that_does_not_say_how_old_it_is_is_left(
    zoom: Zoom, far_side: ZoomSimulator, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await zoom.open_room(spec(), key="k")
    listed = far_side.world.listed
    monkeypatch.setattr(far_side.world, "listed", lambda one: {**listed(one), "created_at": None})
    clock.at += HOUR + MINUTE
    assert await swept(zoom) == []


async def test_a_trial_meeting_that_could_not_be_deleted_is_deleted_by_the_next_look(
    zoom: Zoom, far_side: ZoomSimulator, clock: Clock
) -> None:
    """It is of no event, so no sweep finds it. One of a moment ago may be another gateway's look, under way."""
    far_side.faults.add("delete", "500")
    await zoom.preflight([])
    (left,) = far_side.world.meetings
    await zoom.preflight([])
    assert list(far_side.world.meetings) == [left]
    clock.at += preflight.LEFT_BEHIND + MINUTE
    await zoom.preflight([])
    assert far_side.world.meetings == {}
