"""The reply to a booking over HTTP and by the clock: asked, given, due, void, taken back, on the list and on record."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gateway.attendance import attendance, attendance_csv
from gateway.cutoffs import dates_of
from gateway.mail.facts import facts_of
from gateway.moments import local
from gateway.operations import run
from tests.support.day import EVENT, FILE, MINUTE, SECOND, Browser, Clock, Day, Entrant, day
from waiting_room.commands import QueueMail
from waiting_room.policy import Booking, Cutoff, Policy

MIO = Entrant("ivmmmmmmmmmmmm", "B-1", "木村 澪", due=3 * 24 * 60)


@pytest.fixture
async def booked(tmp_path: Path) -> AsyncIterator[Day]:
    """The reply is due in two hours, word of a missing link in one."""
    clock = Clock()
    here = local(clock(), ZoneInfo("Asia/Tokyo"))

    def cutoff(hours: int) -> dict[str, str]:
        at = here + timedelta(hours=hours)
        return {"date": f"{at:%Y-%m-%d}", "at": f"{at:%H:%M}"}

    rules = {"booking": {"confirmation": "reply", "reply_by": cutoff(2), "invite_report_by": cutoff(1)}}
    async with day(tmp_path, file=FILE | {"policy": rules}, entrants=(MIO,), clock=clock) as made:
        yield made


async def mailed(today: Day) -> None:
    command = QueueMail("m1", MIO.id, "invitation", by_office=True)
    await today.hall.execute(command, actor="cli", command_id="mailed")


async def pass_by(today: Day, hours: float) -> None:
    today.clock.shift(hours * 3600)
    today.gateway.agendas[EVENT].wake()
    await asyncio.sleep(0)


async def until(today: Day, true: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not true():
            await today.hall.watch(today.hall.state.head)


async def tasks(desk: Browser) -> list[tuple[str, str]]:
    found: list[Any] = (await desk.see())["tasks"]
    return [(task["code"], task["action"]) for task in found]


async def test_the_candidate_confirms_by_the_link_and_sees_that_it_stands(booked: Day) -> None:
    await mailed(booked)
    mio = await booked.candidate(MIO, seated=False)
    shown = (await mio.see())["booking"]
    assert (shown["state"], shown["at"]) == ("asked", None)
    assert 0 < shown["reply_by"] * 1000 - booked.clock() <= 2 * 3600 * SECOND
    await mio.must("confirm")
    assert (await mio.see())["booking"]["state"] == "confirmed"
    await pass_by(booked, 3)
    assert booked.hall.state.interviews[MIO.id].phase == "preparing"
    desk = await booked.staff("d", "reception")
    assert (await desk.see())["rows"][MIO.id]["booking"]["state"] == "confirmed"
    assert await tasks(desk) == []


async def test_without_a_reply_the_clock_makes_it_void_and_staff_may_take_it_back(booked: Day) -> None:
    await mailed(booked)
    desk = await booked.staff("d", "reception")
    await pass_by(booked, 3)
    await until(booked, lambda: booked.hall.state.interviews[MIO.id].phase == "cancelled")
    assert await tasks(desk) == [("booking_void", "contact")]
    hall = booked.hall
    rows = attendance(hall.state, hall.people)
    assert [(row.verdict, row.line.verdict.rule) for row in rows] == [("cancelled", "booking.void")]
    sheet = attendance_csv(rows, hall.people.settings, hall.state, "en").decode("utf-8-sig")
    assert "booking void, no reply" in sheet
    await desk.must("reopen", interview=MIO.id, reason="電話で確認")
    assert (await desk.see())["rows"][MIO.id]["booking"]["state"] == "confirmed"
    assert await tasks(desk) == []
    await pass_by(booked, 1)
    assert hall.state.interviews[MIO.id].phase == "expected"


async def test_whom_nobody_wrote_to_is_a_task_and_not_void(booked: Day) -> None:
    desk = await booked.staff("d", "reception")
    await pass_by(booked, 3)
    assert await tasks(desk) == [("unconfirmed", "confirm-booking")]
    row = (await desk.see())["rows"][MIO.id]
    assert (row["booking"]["state"], row["booking"]["held_back"]) == ("overdue", ["not_invited"])
    assert "confirm-booking" in row["can"]
    await desk.must("confirm-booking", interview=MIO.id, note="電話")
    assert await tasks(desk) == []


async def test_a_missing_link_may_be_reported_late_and_is_marked(booked: Day) -> None:
    desk = await booked.staff("d", "reception")
    await desk.must("invite-missing", interview=MIO.id)
    assert ("invite_missing", "contact") in await tasks(desk)
    assert (await desk.see())["rows"][MIO.id]["reported"]["late"] is False
    await pass_by(booked, 1.5)
    await desk.must("invite-missing", interview=MIO.id, note="まだ届かない")
    assert (await desk.see())["rows"][MIO.id]["reported"]["late"] is True
    await booked.candidate(MIO, seated=False)
    assert "invite_missing" not in [code for code, _ in await tasks(desk)]


async def test_the_letter_says_until_when_to_reply_and_no_more_after_it(booked: Day) -> None:
    hall, links = booked.hall, booked.gateway.house.links
    found = facts_of(hall, links, hall.state.interviews[MIO.id], "candidate", "en")
    assert found["reply_by"].endswith(tuple("0123456789"))
    mio = await booked.candidate(MIO, seated=False)
    await mio.must("confirm")
    assert facts_of(hall, links, hall.state.interviews[MIO.id], "candidate", "en")["reply_by"] == ""


async def test_the_file_for_the_offices_own_mail_says_both_cut_offs(booked: Day) -> None:
    answer = await run(booked.gateway.house, "invites", {"event": EVENT}, language="en")
    (row,) = answer["invites"]
    assert row["report_by"] < row["reply_by"]
    head, line = base64.b64decode(answer["csv"]).decode("utf-8-sig").splitlines()
    assert head.endswith("link,reply by,report by")
    assert line.endswith(f"{row['reply_by']},{row['report_by']}")
    mio = await booked.candidate(MIO, seated=False)
    await mio.must("confirm")
    (row,) = (await run(booked.gateway.house, "invites", {"event": EVENT}, language="en"))["invites"]
    assert row["reply_by"] == ""


def test_cut_offs_follow_the_offices_calendar() -> None:
    policy = Policy(booking=Booking(confirmation="reply", reply_by=Cutoff(2, "17:15"), invite_report_by=Cutoff(4)))
    tuesday = 1_795_500_000 * SECOND + 10 * MINUTE  # 2026-11-24, the day after a holiday
    found = dates_of(policy, tuesday, "Asia/Tokyo")
    assert found.reply_by is not None
    assert f"{local(found.reply_by, ZoneInfo('Asia/Tokyo')):%Y-%m-%d %H:%M}" == "2026-11-19 17:15"
    assert f"{local(found.day_begins, ZoneInfo('Asia/Tokyo')):%Y-%m-%d %H:%M}" == "2026-11-24 00:00"
    assert dates_of(Policy(booking=Booking(reply_by=Cutoff(2))), tuesday, "Asia/Tokyo").reply_by is None
