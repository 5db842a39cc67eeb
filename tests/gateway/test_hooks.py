"""What providers call back: verified, written once, and deciding nothing. By Zoom's simulator."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from gateway.calls import Calls
from gateway.openapi import openapi
from providers.zoom.adapter import Zoom
from tests.support.day import HANAKO, SECOND, Browser, Day
from tests.support.outside import of, ready, settled, switch, until, zoom
from tests.support.zoom_simulator import ZoomSimulator
from waiting_room.entries import AlarmRaised, Joined, Left, SessionObserved
from waiting_room.interview import Interview
from waiting_room.journal.port import MAX_READ

COMPARED = ("phase", "arrival", "arrived", "admission", "admitted_at", "entered_at", "generation", "handed_over_at")


@pytest.fixture
async def far_side(today: Day) -> AsyncIterator[ZoomSimulator]:
    async with zoom(today) as (_, made):
        await switch(today, "zoom")
        yield made


async def admitted(today: Day) -> tuple[Browser, Browser, str]:
    """Hanako has her link: her page, the panel's, and the link."""
    panel = await today.staff("Ito", rooms=("r1",))
    hanako = await ready(today, HANAKO, "zoom")
    await settled(today)
    await panel.must("admit", interview=HANAKO.id)
    return hanako, panel, (await hanako.must("ticket"))["ticket"]["url"]


async def entries(today: Day, kind: type[Any]) -> list[Any]:
    found = await today.gateway.house.book.read(today.hall.id, 0, MAX_READ)
    return [st.entry for st in found if isinstance(st.entry, kind)]


def meeting(far_side: ZoomSimulator) -> int:
    (found,) = far_side.world.meetings
    return found


def token(url: str) -> str:
    return url.partition("tk=")[2]


def stays(interview: Interview) -> dict[str, Any]:
    return {name: getattr(interview, name) for name in COMPARED}


async def test_the_address_answers_for_itself(far_side: ZoomSimulator) -> None:
    assert await far_side.webhooks.validate()


async def test_a_callback_corroborates_an_arrival_and_decides_no_phase(today: Day, far_side: ZoomSimulator) -> None:
    """The button that was pressed is the acknowledgement; that Zoom saw the person is beside it, for staff."""
    hanako, panel, url = await admitted(today)
    far_side.world.start(far_side.world.meetings[meeting(far_side)])
    who = far_side.world.enter(meeting(far_side), token(url))
    assert set(await far_side.webhooks.deliver()) == {200}
    assert of(today, HANAKO.id).phase == "admitting"
    await hanako.must("pressed")
    row = (await panel.see())["rows"][HANAKO.id]
    assert row["phase"] == "in_session"
    assert row["joined"] == ["candidate"]
    far_side.world.leave(meeting(far_side), who, "Network connection error.")
    assert set(await far_side.webhooks.deliver()) == {200}
    assert (await panel.see())["rows"][HANAKO.id]["joined"] == []
    assert of(today, HANAKO.id).phase == "in_session"
    (came,), (went,) = await entries(today, Joined), await entries(today, Left)
    assert (came.clock, came.side, came.generation, came.admission) == ("provider", "candidate", 1, 1)
    assert went.code == "Network connection error."


async def test_a_gateway_that_did_not_make_the_link_knows_the_person_by_the_name_that_was_to_be_shown(
    today: Day, far_side: ZoomSimulator
) -> None:
    """Another one's callback, or one after a start: nothing is remembered of who was given which link."""
    hanako, panel, url = await admitted(today)
    await hanako.must("pressed")
    adapter = today.gateway.house.providers["zoom"]
    assert isinstance(adapter, Zoom)
    adapter._given.clear()
    far_side.world.start(far_side.world.meetings[meeting(far_side)])
    far_side.world.enter(meeting(far_side), token(url))
    assert set(await far_side.webhooks.deliver()) == {200}
    assert (await panel.see())["rows"][HANAKO.id]["joined"] == ["candidate"]


async def test_each_delivery_is_written_once(today: Day, far_side: ZoomSimulator) -> None:
    _, _, url = await admitted(today)
    far_side.world.start(far_side.world.meetings[meeting(far_side)])
    far_side.world.enter(meeting(far_side), token(url))
    await far_side.webhooks.deliver(times=4)
    assert len(await entries(today, Joined)) == 1
    assert Counter(seen.what for seen in await entries(today, SessionObserved)) == {"opened": 1}


async def test_no_order_and_no_repeat_decides_a_phase_or_lateness(today: Day, far_side: ZoomSimulator) -> None:
    """All orders of what was said, each twice: what the journal has decided is the same throughout."""
    hanako, panel, url = await admitted(today)
    world, id_ = far_side.world, meeting(far_side)
    world.start(world.meetings[id_])
    who = world.enter(id_, token(url))
    world.leave(id_, who)
    world.end(world.meetings[id_])
    said = list(far_side.webhooks.outbox)
    assert len(said) == 4
    before = stays(of(today, HANAKO.id))
    for order in itertools.permutations(said):
        far_side.webhooks.outbox = list(order)
        assert set(await far_side.webhooks.deliver(times=2)) == {200}
        assert stays(of(today, HANAKO.id)) == before
    assert (await panel.see())["rows"][HANAKO.id]["verdict"] == "late"
    assert (await hanako.see())["phase"] == "admitting"
    assert len(await entries(today, Joined)) == 1


async def test_an_hour_late_it_is_of_the_admission_that_was_then(today: Day, far_side: ZoomSimulator) -> None:
    """Sent back and let in again: what comes late confirms nobody's arrival now."""
    _, panel, url = await admitted(today)
    far_side.world.start(far_side.world.meetings[meeting(far_side)])
    far_side.world.enter(meeting(far_side), token(url))
    late, far_side.webhooks.outbox = far_side.webhooks.outbox, []
    await panel.must("send-back", interview=HANAKO.id)
    today.clock.shift(3600)
    await panel.must("admit", interview=HANAKO.id)
    far_side.webhooks.outbox = late
    assert set(await far_side.webhooks.deliver()) == {200}
    (came,) = await entries(today, Joined)
    assert came.admission == 1
    assert of(today, HANAKO.id).admission == 2
    assert of(today, HANAKO.id).confirmed_at is None


async def test_a_leaving_that_is_told_late_ends_no_later_stay(today: Day, far_side: ZoomSimulator) -> None:
    """Dropped and back; Zoom's word of the drop comes after that of the return."""
    hanako, panel, url = await admitted(today)
    await hanako.must("pressed")
    world, id_ = far_side.world, meeting(far_side)
    world.start(world.meetings[id_])
    who = world.enter(id_, token(url))
    await far_side.webhooks.deliver()
    today.clock.shift(60)
    world.leave(id_, who)
    today.clock.shift(60)
    world.enter(id_, token(url))
    await far_side.webhooks.deliver(reverse=True)
    assert (await panel.see())["rows"][HANAKO.id]["joined"] == ["candidate"]
    assert [visit.left_at is None for visit in of(today, HANAKO.id).visits] == [False, True]


async def test_a_recording_is_an_alarm_until_staff_have_seen_to_it(today: Day, far_side: ZoomSimulator) -> None:
    _, panel, _ = await admitted(today)
    far_side.world.record(meeting(far_side))
    far_side.world.record(meeting(far_side))
    await far_side.webhooks.deliver()
    assert [alarm.code for alarm in await entries(today, AlarmRaised)] == ["recording"]
    view = await panel.see()
    assert view["rows"][HANAKO.id]["alarms"][0]["code"] == "recording"
    assert "alarm_recording" in {task["code"] for task in view["tasks"]}
    await panel.must("settle-alarm", interview=HANAKO.id, code="recording", note="停止を確認")
    assert (await panel.see())["rows"][HANAKO.id]["alarms"] == []
    assert (await panel.do("settle-alarm", interview=HANAKO.id, code="recording")).code == "no_such_alarm"


async def test_settings_that_were_not_taken_are_an_alarm_at_opening(today: Day, far_side: ZoomSimulator) -> None:
    far_side.world.locked = {"auto_recording": "cloud"}
    await ready(today, HANAKO, "zoom")
    assert [(alarm.code, alarm.detail) for alarm in of(today, HANAKO.id).alarms] == [("settings", "auto_recording")]


async def test_about_nothing_of_ours_it_is_answered_and_forgotten(today: Day, far_side: ZoomSimulator) -> None:
    await admitted(today)
    found = far_side.world.meetings[meeting(far_side)]
    head, found.id = today.hall.state.head, 1234
    far_side.webhooks.tell("meeting.started", found, None)
    assert await far_side.webhooks.deliver() == [200]
    assert today.hall.state.head == head


async def test_what_is_not_genuine_stale_or_unreadable_is_refused(today: Day, far_side: ZoomSimulator) -> None:
    body = json.dumps({"event": "meeting.started", "event_ts": 1, "payload": {}}).encode()
    good = far_side.webhooks.headers(body)
    stale = far_side.webhooks.headers(body, at=today.clock() - 3600 * SECOND)
    garbage = b"[1]"
    cases = [
        (good | {"x-zm-signature": "v0=00"}, body, 401),
        ({}, body, 401),
        (stale, body, 401),
        (far_side.webhooks.headers(garbage), garbage, 400),
        (good, b"x" * 70_000, 413),
    ]
    async with aiohttp.ClientSession() as http:
        for headers, sent, status in cases:
            async with http.post(f"{today.origin}/hooks/zoom", data=sent, headers=headers) as answer:
                assert answer.status == status
        for name in ("scripted", "nobody"):
            async with http.post(f"{today.origin}/hooks/{name}", data=body, headers=good) as answer:
                assert answer.status == 404


async def test_a_journal_that_is_slow_costs_a_delivery_and_no_fact(
    today: Day, far_side: ZoomSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not answered in time, it comes again; the first is written by then, and once."""
    _, _, url = await admitted(today)
    far_side.world.start(far_side.world.meetings[meeting(far_side)])
    far_side.webhooks.outbox.clear()
    far_side.world.enter(meeting(far_side), token(url))
    gate, append = asyncio.Event(), today.gateway.house.book.append

    async def slowly(*args: Any, **more: Any) -> Any:
        await gate.wait()
        return await append(*args, **more)

    monkeypatch.setattr("gateway.routes.hooks.ANSWER_WITHIN", 0.0)
    monkeypatch.setattr(today.gateway.house.book, "append", slowly)
    assert await far_side.webhooks.deliver() == [503]
    gate.set()
    await until(today, lambda: of(today, HANAKO.id).visits)
    monkeypatch.undo()
    assert await far_side.webhooks.try_again() == [200]
    assert len(await entries(today, Joined)) == 1


def test_the_address_is_described() -> None:
    assert "post" in openapi(Calls())["paths"]["/hooks/{provider}"]
