"""A rehearsal: laid out by one click, marked everywhere, counted nowhere, and removed."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from pathlib import Path
from typing import Any

import pytest

from gateway.bundle.checking import check
from gateway.operations import run
from gateway.problems import Problem
from gateway.receipt import read
from gateway.sheet import sheet_html, sheet_text
from tests.gateway.test_cli import Terminal, terminal
from tests.support.day import DAY, EVENT, FILE, HANAKO, SECOND, Browser, Day, day, row_of
from tests.support.outside import named
from waiting_room.commands import SetHold
from waiting_room.entries import EventCreated
from waiting_room.errors import Refused

__all__ = ["terminal"]  # a fixture


async def rehearse(today: Day, **more: Any) -> dict[str, Any]:
    return await run(today.gateway.house, "rehearse", {"event": EVENT, **more})


async def as_whom(today: Day, link: str) -> Browser:
    browser = today.browser()
    assert (await browser.enter(link=link.rpartition("#")[2])).status == 200
    return browser


async def seated(today: Day, candidate: dict[str, Any]) -> Browser:
    browser = await as_whom(today, candidate["link"])
    await browser.must("consent", notice="n1")
    answer = await browser.must("check-in", number=candidate["exam_number"], name=candidate["name"])
    assert answer["result"] == "seated"
    return browser


async def test_one_click_copies_rules_and_shape_and_nobody(today: Day) -> None:
    made = await rehearse(today)
    hall = today.gateway.house.halls[made["event"]]
    assert made["fresh"]
    assert sorted(hall.state.rooms) == sorted(today.hall.state.rooms)
    assert sorted((i.room, i.companions) for i in hall.state.interviews.values()) == sorted(
        (one.room, one.companions) for one in DAY
    )
    assert hall.state.provider_for() == "scripted"
    told = json.dumps([dict(hall.people.roster), dict(hall.people.staff), made], ensure_ascii=False)
    for entrant in DAY:
        row = row_of(entrant)
        for key in ("number", "name", "kana", "email", "telephone", "note"):
            assert not row[key] or str(row[key]) not in told, key
    assert all(row["name"].startswith("練習") for row in hall.people.roster.values())
    assert not any(row["email"] or row["telephone"] for row in hall.people.roster.values())


async def test_two_clicks_make_one_and_a_third_may_begin_anew(today: Day) -> None:
    first, second = await asyncio.gather(rehearse(today), rehearse(today))
    assert (first["event"], first["fresh"], second["fresh"]) == (second["event"], True, False)
    anew = await rehearse(today, replace=True)
    assert anew["event"] != first["event"]
    events = [hall.id for hall in today.gateway.house.halls if hall.state.rehearsal]
    assert events == [anew["event"]]
    gone = today.browser()
    assert (await gone.enter(link=first["candidates"][0]["link"].rpartition("#")[2])).code == "link_unknown"


async def test_one_that_a_crash_left_unfinished_is_replaced(today: Day) -> None:
    house = today.gateway.house
    await run(house, "event-create", {"file": {**FILE, "id": "half", "rehearsal": True}})
    house.halls["half"].state.rehearses = EVENT  # as a crash between the event and its roster leaves it
    made = await rehearse(today)
    assert made["fresh"]
    assert house.halls.get("half") is None


async def test_who_began_it_is_in_its_own_journal_and_in_no_other(today: Day) -> None:
    before = today.hall.state.head
    admin = await today.staff("kanri", "administrator")
    before = today.hall.state.head
    made = await admin.must("rehearse")
    hall = today.gateway.house.halls[made["event"]]
    (entry,) = await today.gateway.house.book.read(hall.id, 0, 1)
    assert isinstance(entry.entry, EventCreated)
    assert (entry.entry.rehearsal, entry.entry.rehearses, entry.actor) == (True, EVENT, "staff:stkanri")
    assert hall.people.private(1) == {"by": "staff:stkanri", "name": "kanri"}
    assert today.hall.state.head == before


async def test_only_an_administrator_may_see_or_make_one(today: Day) -> None:
    for role in ("interviewer", "reception"):
        other = await today.staff(f"x{role}", role)
        assert (await other.get(f"/api/s/{other.sid}/rehearsal")).status == 403
        for command in ("rehearse", "rehearse-remove"):
            assert (await other.do(command)).code == "forbidden"
    candidate = await today.candidate(HANAKO)
    assert (await candidate.do("rehearse")).code == "forbidden"
    assert (await candidate.get(f"/api/s/{candidate.sid}/rehearsal")).status == 403
    assert not any(hall.state.rehearsal for hall in today.gateway.house.halls)


async def test_the_page_says_what_it_would_be_and_then_who_may_be_played(today: Day) -> None:
    admin = await today.staff("kanri", "administrator")
    seen = (await admin.get(f"/api/s/{admin.sid}/rehearsal")).body
    assert seen["rehearsal"] is None
    assert seen["plan"] == {
        "interviews": 3, "invented": 3, "minutes": 8, "slot": {"from": 20, "to": 4}, "given_up": [],
    }  # fmt: skip
    made = await admin.must("rehearse")
    there = (await admin.get(f"/api/s/{admin.sid}/rehearsal")).body["rehearsal"]
    assert (there["event"], there["candidates"]) == (made["event"], made["candidates"])
    own = await as_whom(today, made["admin"])
    mine = (await own.get(f"/api/s/{own.sid}/rehearsal")).body
    assert mine == {"event": made["event"], "of": EVENT, "plan": None, "rehearsal": None}
    assert (await own.do("rehearse")).code == "rehearsal_of_rehearsal"


async def test_a_real_provider_that_is_given_up_is_named(tmp_path: Path) -> None:
    async with day(tmp_path, file={**FILE, "provider": "webrtc"}) as today:
        assert [one["provider"] for one in (await rehearse(today))["given_up"]] == ["webrtc"]


async def test_a_candidate_is_late_absent_or_finished_within_minutes_by_the_one_clock(today: Day) -> None:
    made = await rehearse(today)
    hall = today.gateway.house.halls[made["event"]]
    first, second = (one for one in made["candidates"] if one["room"] == "r1")
    panel = await as_whom(today, made["consoles"][0]["link"])
    browser = await seated(today, first)
    assert (await browser.see())["seat"]["verdict"] == "on_time"
    await panel.must("ready", room="r1", ready=True)
    rows = {row["number"]: id_ for id_, row in (await panel.see())["rows"].items()}
    interview = rows[first["exam_number"]]
    async with panel.live() as line:
        await line.until(lambda view: (view["rows"][interview]["session"] or {}).get("state") == "open")
    today.clock.shift((hall.state.interviews[interview].starts_at - today.clock()) / SECOND)
    await panel.must("admit", interview=interview)
    async with browser.live() as line:
        await line.until(lambda view: view["admission"] and view["admission"]["ready"])
    ticket = (await browser.must("ticket"))["ticket"]
    assert ticket["url"].startswith(f"{today.origin}/rehearsal/")
    page = await browser.get(ticket["url"].removeprefix(today.origin))
    assert page.status == 200
    assert "練習" in page.body
    await browser.must("pressed")
    await panel.must("finish", interview=interview)
    other = rows[second["exam_number"]]
    starts = hall.state.interviews[other].starts_at
    today.clock.shift((starts - today.clock()) / SECOND + 200)
    today.gateway.agendas[hall.id].wake()
    async with panel.live() as line:
        await line.until(lambda view: view["rows"][other]["overdue"] or view["rows"][other]["held_back"])
    assert hall.state.interviews[interview].phase == "finished"


async def test_every_view_and_paper_of_it_says_so_and_no_real_one_does(today: Day) -> None:
    made = await rehearse(today)
    hall = today.gateway.house.halls[made["event"]]
    candidate = await seated(today, made["candidates"][0])
    links = [made["admin"], made["reception"], made["consoles"][0]["link"]]
    for browser in [candidate, *[await as_whom(today, link) for link in links]]:
        assert (await browser.see())["event"]["rehearsal"] is True
    shared = today.browser()
    code = made["shared"][0]["link"].rpartition("/")[2]
    assert (await shared.enter(code=code)).body["event"]["rehearsal"] is True
    admin = await as_whom(today, made["admin"])
    record = (await admin.get(f"/api/s/{admin.sid}/attendance.html")).body
    assert record.count('class="rehearsal"') == 1 + len(hall.state.rooms)
    assert sheet_html(hall.state, hall.people).count('class="rehearsal"') == 1 + len(hall.state.rooms)
    assert "練習" in sheet_text(hall.state, hall.people)
    panel = await as_whom(today, made["consoles"][0]["link"])
    (first,) = [id_ for id_, row in hall.people.roster.items() if row["number"] == made["candidates"][0]["exam_number"]]
    assert "rehearsal-bar" in (await panel.get(f"/api/s/{panel.sid}/page/{first}")).body
    real = await today.staff("kanri", "administrator")
    assert (await real.see())["event"]["rehearsal"] is False
    assert 'class="rehearsal"' not in (await real.get(f"/api/s/{real.sid}/attendance.html")).body
    assert 'class="rehearsal"' not in sheet_html(today.hall.state, today.hall.people)


async def test_its_receipt_says_so_under_the_signature(today: Day) -> None:
    made = await rehearse(today)
    for browser, practice in (
        (await seated(today, made["candidates"][0]), True),
        (await today.candidate(HANAKO), False),
    ):
        text = (await browser.get(f"/api/s/{browser.sid}/receipt")).body["receipt"]
        assert read(text).receipt.rehearsal is practice
        said = (await today.browser().post("/api/receipt", {"receipt": text})).body
        assert (said["signature"], said["receipt"].get("rehearsal", False)) == ("holds", practice)


async def test_whoever_verifies_its_bundle_years_later_is_told(today: Day) -> None:
    made, house = await rehearse(today), today.gateway.house
    for event, practice in ((made["event"], True), (EVENT, False)):
        answer = await run(house, "export", {"event": event})
        found = await check(base64.b64decode(answer["bundle"]), [])
        assert (found.ok, found.rehearsal) == (True, practice)


async def test_it_is_counted_nowhere(today: Day) -> None:
    made, house = await rehearse(today), today.gateway.house
    listed = await run(house, "event-list", {})
    assert [one["event"] for one in listed["events"]] == [EVENT]
    assert [(one["event"], one["of"]) for one in listed["rehearsals"]] == [(made["event"], EVENT)]
    using = {one["provider"]: one["events"] for one in (await run(house, "provider-list", {}))["providers"]}
    assert using["scripted"] == [EVENT]
    for dry in (True, False):
        found = await run(house, "retention-run", {"dry_run": dry})
        assert [one["event"] for one in found["events"]] == [EVENT]


async def test_nobody_is_written_to_and_nothing_is_asked_of_a_service_outside(today: Day) -> None:
    made, house = await rehearse(today), today.gateway.house
    with pytest.raises(Problem) as caught:
        await run(house, "mail-send", {"event": made["event"], "what": "invitation", "all": True})
    assert caught.value.code in ("mail_off", "mail_rehearsal")
    named(today, "far")
    with pytest.raises(Problem) as caught:
        await run(house, "provider-switch", {"event": made["event"], "provider": "far", "reason": "x"})
    assert caught.value.code == "rehearsal_outside"
    admin = await as_whom(today, made["admin"])
    assert "far" not in [one["id"] for one in (await admin.see())["providers"]]


async def test_it_never_becomes_a_real_event(today: Day) -> None:
    made, house = await rehearse(today), today.gateway.house
    hall = house.halls[made["event"]]
    policy = {**hall.people.settings["policy"], "late_after": 1}
    await run(house, "policy-set", {"event": hall.id, "file": policy})
    assert (hall.state.rehearsal, hall.people.settings["rehearsal"]) == (True, True)
    with pytest.raises(Problem) as caught:
        await run(house, "event-create", {"file": {**FILE, "id": hall.id}})
    assert caught.value.code == "event_exists"


async def test_removed_it_is_served_no_more_and_goes_with_the_daily_run(today: Day) -> None:
    admin, house = await today.staff("kanri", "administrator"), today.gateway.house
    assert (await admin.do("rehearse-remove")).code == "no_rehearsal"
    made = await admin.must("rehearse")
    open_page = await seated(today, made["candidates"][0])
    assert (await admin.must("rehearse-remove"))["removed"] == made["event"]
    assert house.halls.get(made["event"]) is None
    assert (await open_page.get(f"/api/s/{open_page.sid}/view")).status in (401, 403, 404, 410)
    assert (await admin.get(f"/api/s/{admin.sid}/rehearsal")).body["rehearsal"] is None
    assert house.book.holds_key(made["event"])
    await house.retention.run(actor="reactor")
    assert not house.book.holds_key(made["event"])
    assert house.book.holds_key(EVENT)
    report = await house.book.verify(made["event"], house.keys.record)
    assert report.ok


async def test_a_real_event_is_never_removed_so_nor_one_on_hold(today: Day) -> None:
    retention = today.gateway.house.retention
    with pytest.raises(Refused, match="not_due"):
        await retention.remove(EVENT, actor="cli", command_id="remove-real")
    made = await rehearse(today)
    hall = today.gateway.house.halls[made["event"]]
    await hall.execute(SetHold(on=True), actor="cli", command_id="hold-0001")
    with pytest.raises(Refused, match="held"):
        await run(today.gateway.house, "rehearse-remove", {"event": EVENT})
    assert today.gateway.house.halls.get(made["event"]) is hall


async def test_left_alone_it_goes_by_itself_after_a_day(today: Day) -> None:
    made, house = await rehearse(today), today.gateway.house
    today.clock.shift(26 * 3600)
    await house.retention.run(actor="reactor")
    assert not house.book.holds_key(made["event"])


def test_the_command_line_lays_one_out_and_removes_it(terminal: Terminal) -> None:
    terminal.ok("event", "create", "event.json")
    terminal.ok("roster", "import", "test-2026", "roster.csv")
    said = terminal.ok("rehearse", "test-2026")
    assert "in the place of" in said
    assert len(re.findall(r"/j#", said)) == 2
    assert len(re.findall(r"/console#", said)) == 2  # one room is used; and reception
    again = terminal.json("rehearse", "test-2026")
    assert (again["fresh"], again["of"], again["event"] in said) == (False, "test-2026", True)
    assert again["event"] in terminal.ok("event", "list")
    assert "A rehearsal" in terminal.ok("event", "show", again["event"])
    anew = terminal.json("rehearse", "test-2026", "--replace")
    assert (anew["fresh"], anew["event"] != again["event"]) == (True, True)
    code, _, err = terminal.type("rehearse", "test-2026", "--replace", "--remove")
    assert (code, "exclude" in err) == (2, True)
    assert anew["event"] in terminal.ok("rehearse", "test-2026", "--remove")
    code, _, err = terminal.type("rehearse", "test-2026", "--remove")
    assert (code, "[no_rehearsal]" in err) == (1, True)
    assert json.loads(terminal.ok("event", "list", "--json").splitlines()[-1])["rehearsals"] == []
