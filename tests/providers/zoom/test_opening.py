"""Opening and closing: one meeting per key, whatever happens in between."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine

import pytest

from providers.base import AskAPerson, GiveUp, Planned, Retry, Room
from providers.zoom.adapter import Zoom
from providers.zoom.types import MINUTE, SECOND
from tests.providers.zoom.conftest import Make
from tests.providers.zoom.samples import CANDIDATE, INTERVIEWER, NINE, day, spec, token_of
from tests.support.faults import Kind
from tests.support.zoom_simulator import Clock, Gate, ZoomSimulator
from tests.support.zoom_simulator_rules import CAP, DAY


def standing(far_side: ZoomSimulator) -> list[str]:
    return [str(number) for number in far_side.world.meetings]


async def test_a_meeting_is_made_as_the_gate_needs_it(zoom: Zoom, far_side: ZoomSimulator) -> None:
    """Nothing recorded, no waiting room of Zoom's, nobody in before staff; the title without personal data."""
    room = await zoom.open_room(spec(), key="exam:iv1:1")
    made = far_side.world.meetings[int(room.id)]
    assert made.settings["auto_recording"] == "none"
    assert not any(
        made.settings[name]
        for name in (
            "waiting_room",
            "join_before_host",
            "meeting_authentication",
            "auto_start_meeting_summary",
            "auto_start_ai_companion_questions",
        )
    )
    assert (made.body["topic"], made.body["start_time"], made.body["duration"]) == ("面接", "2026-11-28T03:30:00Z", 20)
    assert "alarm" not in room.details
    assert room.details["host"] == made.host.email


@pytest.mark.parametrize(
    ("locked", "alarm"),
    [
        ({"auto_recording": "cloud"}, [{"setting": "auto_recording", "wanted": "none", "found": "cloud"}]),
        ({"waiting_room": True}, [{"setting": "waiting_room", "wanted": False, "found": True}]),
        (
            {"meeting_authentication": None},
            [{"setting": "meeting_authentication", "wanted": False, "found": "missing"}],
        ),
        ({"auto_start_meeting_summary": None}, None),
    ],
)
async def test_a_setting_that_the_tenant_locks_is_an_alarm(
    zoom: Zoom, far_side: ZoomSimulator, locked: dict[str, object], alarm: object
) -> None:
    """An account that has no summaries answers without that setting: no alarm."""
    far_side.world.locked = locked
    room = await zoom.open_room(spec(), key="k")
    assert room.details.get("alarm") == alarm


async def test_an_interview_that_should_have_begun_begins_now(
    zoom: Zoom, far_side: ZoomSimulator, clock: Clock
) -> None:
    """A failover in the middle of a slot: a start that has passed would put the meeting in the past."""
    clock.at = NINE + 15 * MINUTE
    room = await zoom.open_room(spec(), key="k")
    assert far_side.world.meetings[int(room.id)].body["start_time"] >= "2026-11-28T03:45:00Z"
    assert far_side.world.meetings[int(room.id)].body["duration"] == 5


# --- one meeting per key ---------------------------------------------------------------------------------------------


async def test_after_a_crash_between_call_and_record_another_gateway_adopts(
    make: Make, far_side: ZoomSimulator
) -> None:
    first = await make().open_room(spec(), key="k")
    assert await make().open_room(spec(), key="k") == first
    assert standing(far_side) == [first.id]


@pytest.mark.parametrize("kind", ["time_out_after", "dropped_after", "slow_body"])
async def test_a_create_whose_answer_is_lost_is_found_again(make: Make, far_side: ZoomSimulator, kind: Kind) -> None:
    far_side.faults.add("create", kind)
    zoom = make(patience=0.5)
    with pytest.raises(Retry):
        await zoom.open_room(spec(), key="k")
    room = await make().open_room(spec(), key="k")
    assert standing(far_side) == [room.id]
    assert len(far_side.world.created) == 1


@pytest.mark.parametrize("kind", ["500", "garbage", "endless"])
async def test_a_crash_after_the_create_and_before_the_second_look_leaves_one_meeting(
    make: Make, far_side: ZoomSimulator, kind: Kind
) -> None:
    """The first gateway never learns whether its meeting stands and is gone; another opens the same key."""
    far_side.faults.add("list", None)
    far_side.faults.add("list", kind)
    with pytest.raises(Retry):
        await make("host1").open_room(spec(), key="k")
    room = await make("host1").open_room(spec(), key="k")
    assert standing(far_side) == [room.id]
    assert len(far_side.world.created) == 1


async def test_two_gateways_that_open_the_same_key_at_once_end_with_one_meeting(
    make: Make, far_side: ZoomSimulator
) -> None:
    """Neither has seen the other's meeting when it asks for its own."""
    far_side.gates["create"] = asyncio.Barrier(2)
    rooms = await asyncio.gather(*(make().open_room(spec(), key="k") for _ in range(2)))
    assert rooms[0] == rooms[1]
    assert standing(far_side) == [rooms[0].id]
    assert len(far_side.world.created) == 2


async def test_a_gateway_that_comes_late_never_deletes_the_winners_meeting(make: Make, far_side: ZoomSimulator) -> None:
    """It had looked before the winner made its meeting, and makes its own after the winner has returned."""
    gate = far_side.gates["create"] = Gate()
    async with asyncio.TaskGroup() as late:
        second = late.create_task(make().open_room(spec(), key="k"))
        await gate.arrived.wait()
        del far_side.gates["create"]
        first = await make().open_room(spec(), key="k")
        gate.opened.set()
    assert second.result() == first
    assert standing(far_side) == [first.id]
    assert len(far_side.world.created) == 2


async def test_the_same_key_twice_at_once_in_one_gateway_makes_one(zoom: Zoom, far_side: ZoomSimulator) -> None:
    rooms = await asyncio.gather(*(zoom.open_room(spec(), key="k") for _ in range(5)))
    assert len({room.id for room in rooms}) == 1
    assert len(far_side.world.created) == 1


async def test_the_elder_meeting_stands_whatever_its_number(make: Make, far_side: ZoomSimulator, clock: Clock) -> None:
    """Ids fall in the simulator. The one that was there first may be recorded already: it is never the one deleted."""
    first = await make().open_room(spec(), key="k")
    elder = far_side.world.meetings[int(first.id)]
    clock.at += SECOND
    younger = far_side.world.create(elder.host, elder.body)
    assert younger.id < elder.id
    assert await make().open_room(spec(), key="k") == first
    assert far_side.world.deleted == [younger.id]


async def test_of_two_made_in_the_same_second_everybody_keeps_the_same(
    make: Make, far_side: ZoomSimulator, clock: Clock
) -> None:
    """``created_at`` has whole seconds: who looks before the second is over looks once more."""
    first = await make().open_room(spec(), key="k")
    one = far_side.world.meetings[int(first.id)]
    one.created_at = clock()
    other = far_side.world.create(one.host, one.body)
    other.created_at = one.created_at
    rooms = await asyncio.gather(*(make().open_room(spec(), key="k") for _ in range(2)))
    assert {room.id for room in rooms} == {str(min(one.id, other.id))}


async def test_who_adopts_a_meeting_of_this_second_waits_for_one_that_may_still_come(
    far_side: ZoomSimulator, clock: Clock
) -> None:
    """Another gateway's meeting of the same second stands before it, and is made while we wait."""
    account = far_side.account("host1")
    host = far_side.world.user("host1")
    ours = {"agenda": "genkan1 exam/r1 k", "start_time": "2026-11-28T03:30:00Z"}
    first = far_side.world.create(host, ours)

    async def sleep(seconds: float) -> None:
        far_side.world.create(host, ours).created_at = first.created_at
        await clock.sleep(seconds)

    zoom = Zoom(account, now=clock, sleep=sleep)
    room = await zoom.open_room(spec(), key="k")
    await zoom.close()
    assert room.id == str(far_side.world.created[1])
    assert far_side.world.deleted == [first.id]


async def test_a_list_that_is_behind_does_not_hide_what_was_made(zoom: Zoom, far_side: ZoomSimulator) -> None:
    far_side.world.unlisted = Everything()
    room = await zoom.open_room(spec(), key="k")
    assert standing(far_side) == [room.id]


class Everything(set[int]):
    def __contains__(self, _: object) -> bool:
        return True


async def test_a_key_that_a_list_would_cut_is_refused(zoom: Zoom, far_side: ZoomSimulator) -> None:
    with pytest.raises(GiveUp, match="key_too_long"):
        await zoom.open_room(spec(), key="k" * 240)
    assert far_side.world.created == []


# --- hosts -----------------------------------------------------------------------------------------------------------


async def test_rooms_at_the_same_time_are_on_different_hosts(zoom: Zoom, far_side: ZoomSimulator) -> None:
    specs = [spec(interview=f"iv{n}", room=f"r{n}") for n in range(3)]
    rooms = await asyncio.gather(*(zoom.open_room(one, key=one.interview) for one in specs))
    assert len({room.details["host"] for room in rooms}) == 3
    for room in rooms:
        far_side.world.start(far_side.world.meetings[int(room.id)])


async def test_a_room_too_many_needs_a_person(zoom: Zoom) -> None:
    for n in range(3):
        await zoom.open_room(spec(interview=f"iv{n}", room=f"r{n}"), key=f"k{n}")
    with pytest.raises(AskAPerson, match="no_free_host"):
        await zoom.open_room(spec(interview="iv9", room="r9"), key="k9")


async def test_somebody_elses_meeting_takes_its_host_away(make: Make, far_side: ZoomSimulator) -> None:
    zoom = make("host1", "host2")
    body = {"topic": "Team", "start_time": "2026-11-28T03:40:00Z", "duration": 30}
    far_side.world.create(far_side.world.user("host1"), body)
    rooms = [await zoom.open_room(spec(interview=f"iv{n}", room="r1"), key=f"k{n}") for n in range(2)]
    assert [room.details["host"] for room in rooms] == ["host2", "host2"]


async def test_the_timetable_says_who_serves(make: Make) -> None:
    """Two gateways with the same timetable choose the same hosts, without asking each other."""
    timetable = [Planned("exam", f"r{n}", f"iv{n}", NINE, NINE + 20 * MINUTE) for n in range(3)]
    chosen = []
    for _ in range(2):
        zoom = make()
        zoom.plan(timetable)
        rooms = [await zoom.open_room(spec(interview=f"iv{n}", room=f"r{n}"), key=f"k{n}") for n in range(3)]
        chosen.append([room.details["host"] for room in rooms])
        for room in rooms:
            await zoom.close_room(room)
    assert chosen[0] == chosen[1] == ["host1", "host2", "host3"]


@pytest.mark.parametrize("state", ["allowed", "active"])
async def test_a_suspended_host_is_replaced(make: Make, far_side: ZoomSimulator, state: str) -> None:
    zoom = make("host1", "host2")
    zoom.plan([Planned("exam", "r1", "iv1", NINE, NINE + 20 * MINUTE)])
    setattr(far_side.world.user("host1"), state, False)
    room = await zoom.open_room(spec(), key="k")
    assert room.details["host"] == "host2"


async def test_no_host_at_all_needs_a_person(make: Make, far_side: ZoomSimulator) -> None:
    zoom = make("host1")
    far_side.world.user("host1").allowed = False
    with pytest.raises(AskAPerson, match="no_free_host"):
        await zoom.open_room(spec(), key="k")


async def test_after_a_refusal_the_hosts_are_looked_at_again(make: Make, far_side: ZoomSimulator, clock: Clock) -> None:
    """Another gateway took the last host while the first was being refused."""
    far_side.limits.days["host1", clock.at // DAY] = CAP
    zoom, other = make("host1", "host2"), make("host1", "host2")
    zoom.plan([Planned("exam", "r1", "iv1", NINE, NINE + 20 * MINUTE)])
    other.plan([Planned("exam", "r0", "a", NINE, NINE + MINUTE), Planned("exam", "r2", "iv2", NINE, NINE + MINUTE)])
    gate = far_side.gates["create"] = Gate()
    async with asyncio.TaskGroup() as late:
        first = late.create_task(_outcome(zoom.open_room(spec(), key="k1")))
        await gate.arrived.wait()
        del far_side.gates["create"]
        taken = await other.open_room(spec("iv2", "r2"), key="k2")
        gate.opened.set()
    assert taken.details["host"] == "host2"
    assert first.result() == "daily_cap"  # the host that is free has nothing left


async def _outcome(opening: Coroutine[object, object, Room]) -> str:
    try:
        return (await opening).id
    except AskAPerson as error:
        return error.code


# --- the cap ---------------------------------------------------------------------------------------------------------


async def test_a_host_at_its_cap_is_replaced_and_left_alone_until_midnight(
    make: Make, far_side: ZoomSimulator, clock: Clock
) -> None:
    """The shape without Retry-After: only the message tells. It is met once, not at every session."""
    zoom = make("host1", "host2")
    zoom.plan(day(1, 3))
    far_side.limits.days["host1", clock.at // DAY] = CAP
    for number, planned in enumerate(day(1, 3)):
        room = await zoom.open_room(spec(planned.interview, "r0", planned.starts_at), key=f"k{number}")
        assert room.details["host"] == "host2"
    assert far_side.limits.beyond == 1
    clock.at = (clock.at // DAY + 1) * DAY
    morning = clock.at + 30 * MINUTE
    zoom.plan([Planned("exam", "r1", "next", morning, morning + MINUTE)])
    room = await zoom.open_room(spec("next", "r1", morning), key="next")
    assert room.details["host"] == "host1"


async def test_all_hosts_at_their_cap_need_a_person(make: Make, far_side: ZoomSimulator, clock: Clock) -> None:
    zoom = make("host1")
    far_side.limits.days["host1", clock.at // DAY] = CAP
    with pytest.raises(AskAPerson, match="daily_cap"):
        await zoom.open_room(spec(), key="k")


async def test_no_create_is_sent_beyond_what_was_counted(make: Make, far_side: ZoomSimulator, clock: Clock) -> None:
    """Also after a start: the sessions of the day are in the journal."""
    zoom = make("host1")
    zoom.remember((Room("zoom", str(n), 1, {"host": "host1"}), clock.at) for n in range(CAP))
    with pytest.raises(AskAPerson, match="daily_cap"):
        await zoom.open_room(spec(), key="k")
    assert far_side.limits.beyond == 0
    assert far_side.world.created == []


async def test_a_morning_of_three_rooms_stays_within_every_hosts_cap(make: Make, far_side: ZoomSimulator) -> None:
    """3 rooms x 40 interviews on 3 hosts, opened in the order of their starts and closed: no create is refused, no
    meeting is left."""
    zoom = make()
    timetable = sorted(day(3, 40), key=lambda one: one.starts_at)
    zoom.plan(timetable)
    for planned in timetable:
        room = await zoom.open_room(
            spec(planned.interview, planned.room, planned.starts_at), key=f"exam:{planned.interview}:1"
        )
        await zoom.close_room(room)
    assert len(far_side.world.created) == 120
    assert far_side.limits.beyond == 0
    assert far_side.world.meetings == {}


# --- closing ---------------------------------------------------------------------------------------------------------


async def test_closing_puts_everybody_out_and_kills_the_links(zoom: Zoom, far_side: ZoomSimulator) -> None:
    room = await zoom.open_room(spec(), key="k")
    ticket = await zoom.ticket(room, CANDIDATE)
    far_side.world.start(far_side.world.meetings[int(room.id)])
    await zoom.close_room(room)
    assert far_side.world.meetings == {}
    with pytest.raises(GiveUp):
        await zoom.ticket(room, CANDIDATE)
    token = ticket.url.partition("tk=")[2]  # type: ignore[union-attr]
    with pytest.raises(Exception, match="invalid"):
        far_side.world.link(token, int(room.id))


async def test_closing_one_never_closes_anothers(zoom: Zoom, far_side: ZoomSimulator) -> None:
    first = await zoom.open_room(spec(), key="k1")
    second = await zoom.open_room(spec("iv2"), key="k2")
    await zoom.close_room(first)
    await zoom.close_room(first)
    assert standing(far_side) == [second.id]


async def test_a_close_that_fails_half_way_is_done_by_the_next(make: Make, far_side: ZoomSimulator) -> None:
    zoom = make()
    room = await zoom.open_room(spec(), key="k")
    far_side.world.start(far_side.world.meetings[int(room.id)])
    far_side.faults.add("delete", "500")
    with pytest.raises(Retry):
        await zoom.close_room(room)
    await make().close_room(room)
    assert far_side.world.meetings == {}


async def test_a_meeting_that_is_still_ending_is_deleted_by_the_next_attempt(
    zoom: Zoom, far_side: ZoomSimulator, clock: Clock
) -> None:
    """Zoom takes a moment to put everybody out; until then it deletes nothing."""
    room = await zoom.open_room(spec(), key="k")
    far_side.world.start(far_side.world.meetings[int(room.id)])
    far_side.world.lingering = 5 * SECOND
    with pytest.raises(Retry, match="3002") as caught:
        await zoom.close_room(room)
    assert caught.value.code == "in_progress"
    clock.at += 5 * SECOND
    await zoom.close_room(room)
    assert far_side.world.meetings == {}


async def test_a_meeting_that_its_host_ends_in_mid_call_can_be_entered_again_and_closed(
    make: Make, far_side: ZoomSimulator
) -> None:
    """Somebody presses *end for all* by mistake: the links still lead there, and no second meeting is made."""
    zoom = make()
    room = await zoom.open_room(spec(), key="k")
    for person in (INTERVIEWER, CANDIDATE):
        far_side.world.enter(int(room.id), token_of(await zoom.ticket(room, person)))
    far_side.world.end(far_side.world.meetings[int(room.id)])
    seen = [seen.kind for raw in far_side.webhooks.outbox for seen in zoom.observe(far_side.webhooks.headers(raw), raw)]
    assert seen[-3:] == ["left", "left", "ended"]
    assert await make().open_room(spec(), key="k") == room
    for person in (INTERVIEWER, CANDIDATE):
        far_side.world.enter(int(room.id), token_of(await zoom.ticket(room, person)))
    await zoom.close_room(room)
    assert far_side.world.meetings == {}
    assert len(far_side.world.created) == 1
