"""Each verdict of the record, reached as people reach it: over HTTP, from link and console to the record."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.support.day import FILE, HANAKO, JIRO, MINUTE, SECOND, TARO, Browser, Day, Entrant, day
from waiting_room import commands as c
from waiting_room.errors import Refused

REASON = "調整のため"


@asynccontextmanager
async def ruled(folder: Path, **policy: Any) -> AsyncIterator[Day]:
    async with day(folder, file={**FILE, "policy": policy}) as made:
        yield made


async def recorded(today: Day, who: Entrant) -> Mapping[str, Any]:
    """What the record says of them, as an administrator reads it; the console has the same verdict."""
    chief = await today.staff("Chief", "administrator")
    rows = (await chief.get(f"/api/s/{chief.sid}/attendance")).body["rows"]
    found: Mapping[str, Any] = next(row for row in rows if row["id"] == who.id)
    board = (await (await today.staff("Ito", "reception")).see())["rows"][who.id]
    assert (board["verdict"], board["minutes"]) == (found["verdict"], found["minutes"])
    return found


async def desk(today: Day) -> Browser:
    return await today.staff("Ito", "reception")


async def called_in(today: Day, who: Entrant) -> tuple[Browser, Browser]:
    """Seated, called, and in the room."""
    person, panel = await today.candidate(who), await desk(today)
    await panel.must("admit", interview=who.id)
    await panel.must("arrived", interview=who.id)
    return person, panel


async def test_on_time(today: Day) -> None:
    await today.candidate(TARO)
    assert (await recorded(today, TARO))["verdict"] == "on_time"


async def test_after_arrive_by(today: Day) -> None:
    today.clock.shift(16 * 60)  # due in 19, to be here 5 before
    await today.candidate(TARO)
    found = await recorded(today, TARO)
    assert (found["verdict"], found["minutes"]) == ("after_arrive_by", 0)


async def test_late_by_minutes(today: Day) -> None:
    today.clock.shift(21 * 60 + 30)
    await today.candidate(TARO)
    found = await recorded(today, TARO)
    assert (found["verdict"], found["minutes"]) == ("late", 3)


async def test_arrived_but_refused(tmp_path: Path) -> None:
    async with ruled(tmp_path, late_entry="refuse", refuse_after=0) as today:
        late = await today.candidate(HANAKO, seated=False)
        answer = await late.do("check-in", number=HANAKO.number, name=HANAKO.name)
        assert answer.body["result"] == "too_late"
        assert (await recorded(today, HANAKO))["verdict"] == "arrived_refused"


async def test_checked_in_but_not_there_when_called(today: Day) -> None:
    await today.candidate(HANAKO)
    await (await desk(today)).must("no-show", interview=HANAKO.id, code="not_there_when_called", reason=REASON)
    assert (await recorded(today, HANAKO))["verdict"] == "not_there_when_called"


async def test_technical_difficulty_says_what_they_tried(today: Day) -> None:
    person = await today.candidate(HANAKO, seated=False)
    await person.do("check-in", number="Z-9999", name=HANAKO.name)
    await person.must("devices", camera="ok", microphone="fail", speaker="ok", network="ok")
    await person.must("help", reason="cannot_connect")
    await (await desk(today)).must("no-show", interview=HANAKO.id, reason=REASON)
    found = await recorded(today, HANAKO)
    assert (found["verdict"], found["line"]["verdict"]["stage"]) == ("technical_difficulty", "confirmed")
    tried = [name for name, _ in found["line"]["verdict"]["by"]]
    assert tried == ["tried_number", "tried_device", "tried_cannot_connect", "ended_at"]


async def test_absent_is_proposed_confirmed_and_withdrawn(today: Day) -> None:
    async def stage() -> tuple[str, str]:
        found = await recorded(today, HANAKO)
        return found["verdict"], found["line"]["verdict"]["stage"]

    board = await desk(today)
    await board.must("no-show", interview=HANAKO.id, reason=REASON)
    assert await stage() == ("absent", "confirmed")
    await board.must("withdraw-no-show", interview=HANAKO.id, reason=REASON)
    assert await stage() == ("not_arrived", "withdrawn")
    today.clock.shift(15 * 60)  # and when it is due, a person is asked again
    await today.hall.execute(c.ProposeAbsence(HANAKO.id), actor="reactor", command_id="propose")
    assert await stage() == ("not_arrived", "proposed")


async def test_what_a_person_took_back_is_not_confirmed_again_by_itself(tmp_path: Path) -> None:
    async with ruled(tmp_path, absence="automatic") as today:
        await (board := await desk(today)).must("no-show", interview=HANAKO.id, reason=REASON)
        await board.must("withdraw-no-show", interview=HANAKO.id, reason=REASON)
        today.clock.shift(15 * 60)
        await today.hall.execute(c.ProposeAbsence(HANAKO.id), actor="reactor", command_id="propose")
        with pytest.raises(Refused, match="needs_a_person"):
            await today.hall.execute(c.ConfirmAbsence(HANAKO.id), actor="reactor", command_id="confirm")


@pytest.mark.parametrize(("word", "verdict"), [(False, "deemed_cancelled"), (True, "absent")])
async def test_deemed_cancelled_without_contact(tmp_path: Path, word: bool, verdict: str) -> None:
    async with ruled(tmp_path, without_contact="deemed_cancelled") as today:
        board = await desk(today)
        if word:
            await board.must("contact", interview=HANAKO.id, note="電話あり")
        await board.must("no-show", interview=HANAKO.id, reason=REASON)
        assert (await recorded(today, HANAKO))["verdict"] == verdict


async def test_excused_by_a_gap_of_ours(today: Day) -> None:
    start = today.hall.state.interviews[HANAKO.id].starts_at
    gap = c.RecordGap(start - 6 * MINUTE, start + MINUTE // 2)
    await today.hall.execute(gap, actor="reactor", command_id="gap")
    await today.candidate(HANAKO)
    assert (await recorded(today, HANAKO))["verdict"] == "excused"


@pytest.mark.parametrize(
    ("because", "verdict", "side"),
    [
        ("candidate", "cancelled", "candidate"),
        ("office", "cancelled", "staff"),
        ("interviewers_absent", "interviewers_absent", "staff"),
        ("provider", "not_held", "provider"),
        ("gateway", "not_held", "gateway"),
    ],
)
async def test_called_off_from_the_console_says_on_whose_account(
    today: Day, because: str, verdict: str, side: str
) -> None:
    await today.candidate(HANAKO)
    await (await desk(today)).must("call-off", interview=HANAKO.id, because=because, reason=REASON)
    found = await recorded(today, HANAKO)
    assert (found["verdict"], found["end_side"], found["phase"]) == (verdict, side, "cancelled")


async def test_calling_off_wants_a_reason_of_the_list_and_not_one_who_is_in_the_room(today: Day) -> None:
    board = await desk(today)
    assert (await board.do("call-off", interview=HANAKO.id, because="rain", reason=REASON)).code == "invalid"
    assert (await board.do("call-off", interview=HANAKO.id, because="office")).code == "invalid"
    await called_in(today, HANAKO)
    assert (await board.do("call-off", interview=HANAKO.id, because="office", reason=REASON)).code == "in_room"
    assert "call-off" not in (await board.see())["rows"][HANAKO.id]["can"]


async def test_not_held_because_of_the_provider_says_from_when_until_when_it_was_down(today: Day) -> None:
    for number, code in enumerate(("unreachable", "")):
        report = c.ReportProvider("scripted", code)
        await today.hall.execute(report, actor="reactor", command_id=f"down{number}")
        today.clock.shift(60)
    await today.hall.execute(c.ReportProvider("zoom", "unreachable"), actor="reactor", command_id="other")
    await (await desk(today)).must("call-off", interview=HANAKO.id, because="provider", reason=REASON)
    found = (await recorded(today, HANAKO))["line"]["verdict"]
    (outage,) = [one for one in today.hall.state.outages if one.provider == "scripted"]
    assert found["by"][:2] == [["outage_from", outage.from_at], ["outage_to", outage.to_at]]
    assert {outage.offset, outage.ended} <= set(found["rests_on"])


@pytest.mark.parametrize("side", ["candidate", "staff", "provider", "gateway"])
async def test_broken_off_says_on_whose_side_and_keeps_the_punctuality(today: Day, side: str) -> None:
    _, board = await called_in(today, HANAKO)
    await board.must("stop", interview=HANAKO.id, side=side, reason=REASON)
    found = await recorded(today, HANAKO)
    assert (found["verdict"], found["end_side"]) == ("broken_off", side)
    assert found["line"]["verdict"]["arrival"] == "late"


# --- cases of peers, from the wire -------------------------------------------------------------------------------


async def test_a_no_show_is_not_fired_though_the_person_had_joined(today: Day) -> None:
    """cal.diy#18163"""
    _, board = await called_in(today, HANAKO)
    today.clock.shift(30 * 60)
    assert (await board.do("no-show", interview=HANAKO.id, reason=REASON)).code == "in_room"
    await board.must("finish", interview=HANAKO.id, now=True)
    assert (await recorded(today, HANAKO))["verdict"] == "late"


async def test_substitute_interviewers_are_not_counted_as_absent(today: Day) -> None:
    """cal.diy#21195: whoever of the staff holds it, it is held."""
    await today.candidate(JIRO)
    other = await today.staff("Mori", rooms=("r2",))
    await other.must("admit", interview=JIRO.id)
    await other.must("arrived", interview=JIRO.id)
    await other.must("finish", interview=JIRO.id, now=True)
    found = await recorded(today, JIRO)
    assert (found["verdict"], found["phase"]) == ("late", "finished")
    assert [host["staff"] for host in found["line"]["hosts"]] == ["stMori"]


async def test_host_and_guest_absence_are_different_things(today: Day) -> None:
    """cal.diy#13677"""
    await today.candidate(HANAKO)
    board = await desk(today)
    await board.must("call-off", interview=HANAKO.id, because="interviewers_absent", reason=REASON)
    await board.must("no-show", interview=JIRO.id, reason=REASON)
    assert [(await recorded(today, who))["verdict"] for who in (HANAKO, JIRO)] == ["interviewers_absent", "absent"]


async def test_a_rejoin_does_not_overwrite_the_earlier_report(today: Day) -> None:
    """microsoft-graph-docs-contrib#3414"""
    person, _ = await called_in(today, HANAKO)
    before = await recorded(today, HANAKO)
    again = today.browser()
    await again.enter(link=today.link(HANAKO.id))
    await again.must("consent", notice="n1")
    await again.do("check-in", number=HANAKO.number, name=HANAKO.name)
    after = await recorded(today, HANAKO)
    assert (after["arrived_at"], after["verdict"]) == (before["arrived_at"], before["verdict"])
    assert person.sid


async def test_provider_events_an_hour_late_and_out_of_order_change_no_verdict(today: Day) -> None:
    """ha-zoom-automation#57"""
    await called_in(today, HANAKO)
    before = await recorded(today, HANAKO)
    at = today.clock() - 60 * MINUTE
    for number, what in enumerate(("ended", "waiting", "opened")):
        seen = c.ObserveSession(HANAKO.id, "scripted", 1, what, at - number)  # type: ignore[arg-type]  # its words
        await today.hall.execute(seen, actor="reactor", command_id=f"late{number}")
    left = c.SeeLeft(HANAKO.id, "candidate", "provider", at, 1)
    await today.hall.execute(left, actor="reactor", command_id="left")
    after = await recorded(today, HANAKO)
    assert (after["verdict"], after["minutes"], after["phase"]) == (
        before["verdict"],
        before["minutes"],
        before["phase"],
    )


# --- the re-sit --------------------------------------------------------------------------------------------------


def in_minutes(today: Day, minutes: int) -> str:
    """As a browser's field has it, by the office's clock."""
    return datetime.fromtimestamp(today.clock() // SECOND + minutes * 60, ZoneInfo("Asia/Tokyo")).strftime(
        "%Y-%m-%dT%H:%M"
    )


async def test_what_was_broken_off_is_sat_again_from_the_console(today: Day) -> None:
    _, board = await called_in(today, HANAKO)
    assert "resit" not in (await board.see())["rows"][HANAKO.id]["can"]
    await board.must("stop", interview=HANAKO.id, side="provider", reason=REASON)
    assert "resit" in (await board.see())["rows"][HANAKO.id]["can"]
    start = in_minutes(today, 120)
    made = await board.must("resit", id="command-0001", interview=HANAKO.id, start=start)
    assert (await board.must("resit", id="command-0001", interview=HANAKO.id, start=start)) == made
    rows = (await board.see())["rows"]
    again = rows[made["interview"]]
    assert (again["number"], again["name"], again["room"], again["phase"]) == (
        HANAKO.number, HANAKO.name, HANAKO.room, "expected",
    )  # fmt: skip
    assert (again["resits"]["id"], rows[HANAKO.id]["resat_by"]["id"]) == (HANAKO.id, again["id"])
    assert again["ends_at"] - again["starts_at"] == 20 * 60_000
    assert (await recorded(today, HANAKO))["resat_by"] == HANAKO.number
    assert "resit" not in rows[HANAKO.id]["can"]
    assert (await board.do("resit", interview=HANAKO.id, start=in_minutes(today, 240))).code == "resat"
    person = today.browser()  # and they can come by its own link
    assert (await person.enter(link=today.link(made["interview"]))).status == 200


async def test_a_re_sit_wants_what_is_over_a_time_to_come_and_a_room_that_is_free(today: Day) -> None:
    board, panel = await desk(today), await today.staff("Panel", rooms=("r1",))
    later = in_minutes(today, 120)
    assert (await board.do("resit", interview=TARO.id, start=later)).code == "not_over"
    await board.must("call-off", interview=HANAKO.id, because="office", reason=REASON)
    assert (await panel.do("resit", interview=HANAKO.id, start=later)).code == "forbidden"
    assert (await board.do("resit", interview=HANAKO.id, start=in_minutes(today, -120))).code == "bad_times"
    assert (await board.do("resit", interview=HANAKO.id, start=in_minutes(today, 25))).code == "slot_taken"  # Taro's
    assert (await board.do("resit", interview=HANAKO.id, start=later, room="r9")).code == "no_such_room"
    assert (await board.do("resit", interview=HANAKO.id, start="tomorrow")).code == "invalid"
