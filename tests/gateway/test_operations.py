"""What administrators have done, by whichever door: all or nothing, checked, journalled, repeatable."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from gateway.config import Settings
from gateway.house import House
from gateway.links import Target
from gateway.operations import OPERATIONS, run
from gateway.problems import Problem
from gateway.routes.ops import serve_ops
from tests.support.samples import (
    csv_bytes,
    encoded,
    event_document,
    open_house,
    roster_row,
    sample_event,
    sample_roster,
    with_event,
)
from waiting_room.codec import parse_json


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path / "data") as made:
        yield made


async def refused(house: House, name: str, args: dict[str, Any]) -> Problem:
    with pytest.raises(Problem) as caught:
        await run(house, name, args)
    return caught.value


def token(link: str) -> str:
    return link.partition("#")[2]


async def test_an_event_is_made_from_its_file_and_shown(house: House) -> None:
    made = await run(house, "event-create", {"file": parse_json(sample_event())})
    assert made["event"] == "shiomi-2026"
    await run(house, "roster-import", {"event": made["event"], "csv": encoded(sample_roster())})
    shown = await run(house, "event-show", {"event": made["event"]}, language="en")
    assert [room["phases"] for room in shown["rooms"]] == [{"expected": 8}] * 3
    assert shown["title"].startswith("Shiomi")
    listed = await run(house, "event-list", {})
    assert [(e["event"], e["interviews"]) for e in listed["events"]] == [("shiomi-2026", 24)]


async def test_a_faulty_event_makes_nothing(house: House) -> None:
    problem = await refused(house, "event-create", {"file": event_document(zone="Mars")})
    assert problem.code == "invalid"
    assert [fault["path"] for fault in (problem.extra or {})["faults"]] == ["zone"]
    assert await house.book.events() == []


async def test_an_event_is_made_once(house: House) -> None:
    await with_event(house, [roster_row()])
    assert (await refused(house, "event-create", {"file": event_document(provider="scripted")})).code == "event_exists"
    assert len(house.halls["test-2026"].state.interviews) == 1


async def test_a_journal_that_a_crash_left_empty_is_used(house: House) -> None:
    await house.book.create("test-2026")
    await with_event(house, [roster_row()])
    assert house.halls["test-2026"].state.created


async def test_a_roster_is_imported_in_one_batch_with_a_link_for_everybody(house: House) -> None:
    event = await with_event(house)
    before = house.halls[event].state.head
    rows = [roster_row("1", 同伴者="木村 理恵(通訳)"), roster_row("2", 開始時刻="11:00")]
    answer = await run(house, "roster-import", {"event": event, "csv": encoded(csv_bytes(rows))})
    assert (answer["imported"], answer["faults"]) == (2, [])
    hall = house.halls[event]
    assert hall.state.head == before + 2
    first, second = hall.state.of_room("r1")
    assert hall.people.roster[first.id]["companions"] == [{"name": "木村 理恵", "role": "通訳"}]
    links = await run(house, "invites", {"event": event})
    assert [row["person"] for row in links["invites"]] == ["candidate", "companion.1", "candidate"]
    assert house.index.find(token(links["invites"][1]["link"])) == Target("companion", event, first.id, "companion.1")
    assert house.index.find(token(links["invites"][2]["link"])) == Target("candidate", event, second.id)


async def test_one_bad_line_imports_nothing(house: House) -> None:
    event = await with_event(house)
    head = house.halls[event].state.head
    rows = [roster_row("1"), roster_row("2", 面接室="どこか")]
    problem = await refused(house, "roster-import", {"event": event, "csv": encoded(csv_bytes(rows))})
    assert problem.code == "roster_faults"
    assert [(f["line"], f["column"]) for f in (problem.extra or {})["faults"]] == [(3, "room")]
    assert house.halls[event].state.head == head
    assert house.halls[event].people.roster == {}


async def test_a_dry_run_changes_nothing(house: House) -> None:
    event = await with_event(house)
    head = house.halls[event].state.head
    args = {"event": event, "csv": encoded(csv_bytes([roster_row()])), "dry_run": True}
    answer = await run(house, "roster-import", args)
    assert (answer["rows"], answer["imported"], answer["faults"]) == (1, 0, [])
    assert house.halls[event].state.head == head


async def test_a_repeated_import_gets_the_first_answer_and_imports_once(house: House) -> None:
    event = await with_event(house)
    args = {"event": event, "csv": encoded(csv_bytes([roster_row()]))}
    for _ in range(3):
        assert (await run(house, "roster-import", args, command_id="page-1:import"))["imported"] == 1
    assert len(house.halls[event].state.interviews) == 1
    assert (await refused(house, "roster-import", args)).code == "roster_faults"


async def test_a_second_file_adds_to_the_first(house: House) -> None:
    event = await with_event(house, [roster_row("1")])
    more = csv_bytes([roster_row("2", 開始時刻="10:20")])
    assert (await run(house, "roster-import", {"event": event, "csv": encoded(more)}))["imported"] == 1


async def test_a_reissued_link_makes_the_old_one_worthless(house: House) -> None:
    event = await with_event(house, [roster_row()])
    old = (await run(house, "invites", {"event": event}))["invites"][0]
    new = await run(house, "invite-reissue", {"event": event, "interview": old["interview"]})
    found = house.index.find(token(old["link"]))
    assert found is not None
    assert found.revoked
    assert house.index.find(token(new["link"])) == Target("candidate", event, old["interview"], issue=2)


async def test_staff_are_linked_listed_and_revoked(house: House) -> None:
    event = await with_event(house)
    args = {"event": event, "name": "青木 恵子", "role": "interviewer", "rooms": ["r1"]}
    made = await run(house, "staff-link", args)
    assert house.index.find(token(made["link"])) == Target("staff", event, made["staff"])
    listed = (await run(house, "staff-list", {"event": event}))["staff"]
    assert [(s["name"], s["rooms"], s["revoked"]) for s in listed] == [("青木 恵子", ["r1"], False)]
    await run(house, "staff-revoke", {"event": event, "staff": made["staff"]})
    found = house.index.find(token(made["link"]))
    assert found is not None
    assert found.revoked


@pytest.mark.parametrize(
    ("name", "args", "code", "field"),
    [
        ("no-such", {}, "unknown_operation", None),
        ("event-show", {}, "invalid", "/event"),
        ("event-show", {"event": "nope"}, "unknown_event", "/event"),
        ("roster-import", {"event": "test-2026", "csv": "%%"}, "invalid", "/csv"),
        ("roster-import", {"event": "test-2026", "csv": 5}, "invalid", "/csv"),
        ("roster-import", {"event": "test-2026", "csv": "", "dry_run": "yes"}, "invalid", "/dry_run"),
        ("staff-link", {"event": "test-2026", "name": " ", "role": "reception"}, "invalid", "/name"),
        ("staff-link", {"event": "test-2026", "name": "a", "role": "king"}, "unknown_role", "/role"),
        ("staff-link", {"event": "test-2026", "name": "a", "role": "reception", "rooms": "r1"}, "invalid", "/rooms"),
        (
            "staff-link",
            {"event": "test-2026", "name": "a", "role": "reception", "rooms": ["r1", "r9"]},
            "unknown_room",
            "/rooms/1",
        ),
        ("staff-revoke", {"event": "test-2026", "staff": "stnobody"}, "unknown_staff", "/staff"),
        ("invite-reissue", {"event": "test-2026", "interview": "ivnobody"}, "unknown_interview", "/interview"),
        (
            "provider-switch",
            {"event": "test-2026", "provider": "skype", "reason": "x"},
            "unknown_provider",
            "/provider",
        ),
        ("invites", {"event": "test-2026", "encoding": "utf-7"}, "invalid", "/encoding"),
        ("keys-rotate", {"kind": "door"}, "invalid", "/kind"),
        ("keys-rotate", {"kind": "record", "drop_old": True}, "invalid", "/drop_old"),
        ("verify", {"event": "nope"}, "unknown_event", "/event"),
    ],
)
async def test_bad_arguments_are_named_and_change_nothing(
    house: House, name: str, args: dict[str, Any], code: str, field: str | None
) -> None:
    event = await with_event(house)
    head = house.halls[event].state.head
    problem = await refused(house, name, args)
    assert (problem.code, problem.field) == (code, field)
    assert house.halls[event].state.head == head


async def test_a_switch_of_provider_is_journalled_with_its_reason_kept_private(house: House) -> None:
    event = await with_event(house)
    await run(house, "provider-switch", {"event": event, "provider": "scripted", "reason": "回線の不調"})
    assert house.halls[event].state.provider_for() == "scripted"
    rows = await house.book.journal.read(event, 0)
    assert "回線".encode() not in b"".join(row.body for row in rows)


async def test_an_export_is_journalled_and_sealed(house: House) -> None:
    event = await with_event(house, [roster_row()])
    await run(house, "attendance", {"event": event})
    kinds = [getattr(st.entry, "kind", "") for st in await house.book.read(event, 0)]
    assert kinds[-2:] == ["exported", "sealed"]


async def test_cells_that_cp932_cannot_hold_are_named(house: House) -> None:
    event = await with_event(house, [roster_row(氏名="𠮷田 花子")])
    problem = await refused(house, "attendance", {"event": event, "encoding": "cp932"})
    assert (problem.code, (problem.extra or {})["cells"]) == ("cannot_encode", [{"row": 2, "column": 2}])


async def test_rotating_the_link_key_keeps_mailed_links_until_it_is_dropped(house: House) -> None:
    event = await with_event(house, [roster_row()])
    mailed = token((await run(house, "invites", {"event": event}))["invites"][0]["link"])
    await run(house, "keys-rotate", {"kind": "link"})
    printed = token((await run(house, "invites", {"event": event}))["invites"][0]["link"])
    assert printed != mailed
    assert house.index.find(mailed) == house.index.find(printed) is not None
    await run(house, "keys-rotate", {"kind": "link", "drop_old": True})
    assert house.index.find(mailed) is house.index.find(printed) is None


async def test_keys_are_shown_without_their_secrets(house: House) -> None:
    shown = await run(house, "keys-show", {})
    assert {key["kind"] for key in shown["keys"]} == {"link", "session", "token", "record"}
    assert all("secret" not in key for key in shown["keys"])


async def test_verification_re_derives_states_and_verdicts(house: House) -> None:
    event = await with_event(house, [roster_row("1"), roster_row("2", 開始時刻="11:00")])
    exported = await run(house, "attendance", {"event": event})
    report = await run(house, "verify", {"event": event})
    assert report["ok"]
    assert (report["verdicts"], report["attendance"]) == ({"not_arrived": 2}, exported["digest"])


async def test_verification_notices_memory_that_its_journal_does_not_explain(house: House) -> None:
    event = await with_event(house, [roster_row()])
    interviews = house.halls[event].state.interviews
    interview = next(iter(interviews))
    del interviews[interview]
    report = await run(house, "verify", {"event": event})
    assert (report["ok"], report["fault"]["code"]) == (False, "state")


async def test_the_socket_does_the_same_and_is_its_owners_alone(tmp_path: Path) -> None:
    async with open_house(tmp_path / "d") as house, serve_ops(house) as path:
        assert path.stat().st_mode & 0o777 == 0o600
        async with aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(path))) as session:
            async with session.post("http://g/ops/event-create", json={"file": event_document()}) as response:
                assert (response.status, (await response.json())["event"]) == (200, "test-2026")
            async with session.post("http://g/ops/event-create", json={"file": event_document()}) as response:
                assert response.content_type == "application/problem+json"
                assert (response.status, (await response.json())["code"]) == (409, "event_exists")
            async with session.post("http://g/ops/event-create", data=b"{" * 100) as response:
                assert response.status == 415
            async with session.post("http://g/ops/nothing", json={}) as response:
                assert response.status == 404
    assert not path.exists()


async def test_a_house_that_comes_back_has_it_all(tmp_path: Path) -> None:
    async with open_house(tmp_path / "d") as house:
        event = await with_event(house, [roster_row()])
        links = await run(house, "invites", {"event": event})
    async with open_house(tmp_path / "d") as house:
        again = await run(house, "invites", {"event": event})
        assert again["invites"] == links["invites"]
        assert base64.b64decode(again["csv"]) == base64.b64decode(links["csv"])
        assert Settings.for_demo(tmp_path / "d").journal_path.is_file()


def test_every_operation_says_what_it_promises() -> None:
    assert all((operation.__doc__ or "").strip() for operation in OPERATIONS.values())
