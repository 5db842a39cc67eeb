"""A roster imported over the one that is there: every difference shown, all or nothing, as it was looked at."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.hall import Hall
from gateway.house import House
from gateway.operations import run
from gateway.problems import Problem
from tests.support.samples import HEADER, NOW, csv_bytes, encoded, open_house, roster_row, with_event
from waiting_room.commands import Amendment, CheckInByStaff, Place, Reschedule, UpdateRoster
from waiting_room.errors import Refused

EVENT = "test-2026"
ROWS = [
    roster_row("1001"),
    roster_row("1002", 開始時刻="10:20", 氏名="鈴木 一郎", 電話番号="000-111-3333", 同伴者="木村(通訳)、林(介助)"),
    roster_row("1003", 開始時刻="10:40", 氏名="髙橋 桜"),
]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path / "data") as made:
        await with_event(made, ROWS)
        yield made


async def update(house: House, rows: Sequence[dict[str, str]], **args: Any) -> dict[str, Any]:
    """Looked at, then applied as looked at, unless ``dry_run`` is asked for."""
    header = args.pop("header", HEADER)
    given = {"event": EVENT, "csv": encoded(csv_bytes(rows, header=header)), "update": True, **args}
    looks = {key: value for key, value in given.items() if key != "withdraw_missing"}
    seen = await run(house, "roster-import", {**looks, "dry_run": True})
    if args.get("dry_run"):
        return seen
    return await run(house, "roster-import", {"token": seen["changes"]["token"], **given})


async def refused(house: House, rows: Sequence[dict[str, str]], **args: Any) -> Problem:
    with pytest.raises(Problem) as caught:
        await update(house, rows, **args)
    return caught.value


def by_number(house: House) -> dict[str, Any]:
    hall = house.halls[EVENT]
    return {str(row["number"]): hall.state.interviews[key] for key, row in hall.people.roster.items()}


def kinds(answer: dict[str, Any]) -> dict[str, str]:
    return {row["number"]: row["kind"] for row in answer["changes"]["rows"]}


async def test_each_difference_is_shown_with_what_is_there_and_what_would_be(house: House) -> None:
    rows = [
        {**ROWS[0], "氏名": "山田 花"},
        {**ROWS[1], "開始時刻": "11:00", "面接室": "第2面接室", "電話番号": ""},
        roster_row("1004", 開始時刻="13:00"),
    ]
    before = house.halls[EVENT].state.head
    seen = await update(house, rows, dry_run=True)
    assert seen["changes"]["counts"] == {"added": 1, "moved": 1, "changed": 1, "missing": 1, "unchanged": 0}
    assert kinds(seen) == {"1001": "changed", "1002": "moved", "1003": "missing", "1004": "added"}
    fields = {
        row["number"]: [(f["column"], f["old"], f["new"]) for f in row["fields"]] for row in seen["changes"]["rows"]
    }
    assert fields["1001"] == [("name", "山田 花子", "山田 花")]
    assert fields["1002"] == [
        ("room", "第1面接室", "第2面接室"),
        ("start", "2026-11-28 10:20", "2026-11-28 11:00"),
        ("telephone", "000-111-3333", ""),
    ]
    assert house.halls[EVENT].state.head == before


async def test_applied_it_is_one_batch_and_rows_and_slots_are_what_the_file_says(house: House) -> None:
    known = by_number(house)
    rows = [
        {**ROWS[0], "氏名": "山田 花"},
        {**ROWS[1], "開始時刻": "11:00"},
        ROWS[2],
        roster_row("1004", 開始時刻="13:00"),
    ]
    answer = await update(house, rows)
    assert answer["applied"] == {"added": 1, "changed": 2, "withdrawn": 0}
    now, people = by_number(house), house.halls[EVENT].people
    assert people.roster[known["1001"].id]["name"] == "山田 花"
    assert now["1001"].id == known["1001"].id
    assert now["1002"].starts_at == known["1002"].starts_at + 40 * 60 * 1_000_000
    assert now["1003"] == known["1003"]
    assert "1004" in now
    entries = await house.book.read(EVENT, 0)
    assert [getattr(st.entry, "kind", "") for st in entries[-4:]] == [
        "scheduled", "amended", "rescheduled", "roster_imported",
    ]  # fmt: skip
    assert len({st.at for st in entries[-4:]}) == 1
    assert (await run(house, "verify", {"event": EVENT}))["ok"]


async def test_the_same_file_again_changes_nothing_and_is_no_entry(house: House) -> None:
    before = house.halls[EVENT].state.head
    answer = await update(house, [{**row, "受験番号": row["受験番号"]} for row in ROWS])
    assert answer["changes"]["counts"]["unchanged"] == 3
    assert house.halls[EVENT].state.head == before


async def test_a_number_typed_otherwise_is_the_same_person(house: House) -> None:
    seen = await update(house, [{**ROWS[0], "受験番号": "１００１"}, *ROWS[1:]], dry_run=True)
    assert kinds(seen) == {"１００１": "changed"}


async def test_a_column_that_the_file_does_not_have_says_nothing(house: House) -> None:
    header = ("受験番号", "氏名", "面接室", "開始時刻")
    seen = await update(house, ROWS, header=header, dry_run=True)
    assert seen["changes"]["counts"]["unchanged"] == 3


async def test_who_is_missing_stays_until_somebody_says_how_many_go(house: House) -> None:
    await update(house, ROWS[:2])
    assert by_number(house)["1003"].phase == "expected"
    problem = await refused(house, ROWS[:1], withdraw_missing=1)
    assert (problem.code, (problem.extra or {})["missing"]) == ("missing_differs", 2)
    answer = await update(house, ROWS[:2], withdraw_missing=1, withdraw_side="staff")
    assert answer["applied"]["withdrawn"] == 1
    gone = by_number(house)["1003"]
    assert gone.ended is not None
    assert (gone.phase, gone.ended.side) == ("cancelled", "staff")


async def test_nobody_who_has_checked_in_is_withdrawn_by_a_file(house: House) -> None:
    await check_in(house, "1003")
    seen = await update(house, ROWS[:2], dry_run=True)
    assert (seen["changes"]["counts"]["missing"], seen["changes"]["withdrawable"]) == (1, 0)
    assert (await refused(house, ROWS[:2], withdraw_missing=1)).code == "missing_differs"


async def test_the_slot_of_one_who_is_missing_is_free_only_when_they_are_withdrawn(house: House) -> None:
    rows = [*ROWS[:2], roster_row("1009", 開始時刻="10:40")]
    seen = await update(house, rows, dry_run=True)
    assert [(w["line"], w["code"]) for w in seen["warnings"] if w["code"] == "slot_of_missing"] == [
        (4, "slot_of_missing")
    ]
    problem = await refused(house, rows)
    assert [f["code"] for f in (problem.extra or {})["faults"]] == ["slot_taken"]
    assert (await update(house, rows, withdraw_missing=1))["applied"] == {"added": 1, "changed": 0, "withdrawn": 1}


async def test_what_is_over_or_in_the_room_is_not_moved_and_named(house: House) -> None:
    await update(house, ROWS[:2], withdraw_missing=1)
    rows = [*ROWS[:2], {**ROWS[2], "開始時刻": "15:00"}]
    problem = await refused(house, rows)
    assert [(f["line"], f["code"]) for f in (problem.extra or {})["faults"]] == [(4, "is_over")]
    seen = await update(house, ROWS, dry_run=True)
    assert (4, "stays_closed") in [(w["line"], w["code"]) for w in seen["warnings"]]


async def test_anything_that_changed_since_it_was_looked_at_is_refused(house: House) -> None:
    rows = [{**ROWS[0], "氏名": "山田 花"}, *ROWS[1:]]
    seen = await update(house, rows, dry_run=True)
    hall, known = house.halls[EVENT], by_number(house)["1001"]
    later = Reschedule(known.id, known.starts_at + 1, known.ends_at + 1)
    await hall.execute(later, actor="cli", command_id="moved-in-between")
    head = hall.state.head
    problem = await refused(house, rows, token=seen["changes"]["token"])
    assert problem.code == "moved_on"
    assert hall.state.head == head
    assert (await refused(house, rows, token="")).code == "invalid"


async def test_the_core_holds_it_also_between_the_look_and_the_append(house: House) -> None:
    hall, known = house.halls[EVENT], by_number(house)["1001"]
    was = Place(known.room, known.starts_at, known.ends_at)
    amended = Amendment(known.id, replace(was, starts_at=was.starts_at - 1), was, ("name",))
    assert await core_refuses(hall, UpdateRoster(amended=(amended,))) == "moved_on"
    assert await core_refuses(hall, UpdateRoster(amended=(replace(amended, was=was),), imported=5)) == "moved_on"
    await check_in(house, "1001")
    assert await core_refuses(hall, UpdateRoster(withdrawn=(known.id,))) == "moved_on"


async def test_a_repeated_update_gets_the_first_answer(house: House) -> None:
    rows = [*ROWS, roster_row("1004", 開始時刻="13:00")]
    args = {"event": EVENT, "csv": encoded(csv_bytes(rows)), "update": True}
    token = (await run(house, "roster-import", {**args, "dry_run": True}))["changes"]["token"]
    for _ in range(2):
        answer = await run(house, "roster-import", {**args, "token": token}, command_id="page-1:update")
        assert answer["applied"] == {"added": 1, "changed": 0, "withdrawn": 0}
    assert len(house.halls[EVENT].state.interviews) == 4


async def test_a_companions_link_never_opens_for_another_companion(house: House) -> None:
    links = {row["person"]: row for row in (await invites(house)) if row["number"] == "1002"}
    await update(house, [ROWS[0], {**ROWS[1], "同伴者": "佐野(通訳)、林(介助)"}, ROWS[2]])
    again = {row["person"]: row for row in (await invites(house)) if row["number"] == "1002"}
    assert again["companion.1"]["link"] != links["companion.1"]["link"]
    assert again["companion.2"]["link"] == links["companion.2"]["link"]
    await update(house, [ROWS[0], {**ROWS[1], "同伴者": ""}, ROWS[2]])
    assert [row["person"] for row in (await invites(house)) if row["number"] == "1002"] == ["candidate"]
    for old in (links["companion.1"], links["companion.2"], again["companion.1"]):
        target = house.index.find(old["link"].partition("#")[2])
        assert target is not None
        assert target.revoked


async def test_what_was_amended_is_there_after_a_restart_and_on_another_gateway(tmp_path: Path) -> None:
    async with open_house(tmp_path / "d") as house:
        await with_event(house, ROWS)
        await update(house, [{**ROWS[0], "氏名": "山田 花"}, *ROWS[1:]])
    async with open_house(tmp_path / "d") as house:
        assert house.halls[EVENT].people.roster[by_number(house)["1001"].id]["name"] == "山田 花"
        assert (await run(house, "verify", {"event": EVENT}))["ok"]


async def check_in(house: House, number: str) -> None:
    command = CheckInByStaff(by_number(house)[number].id, NOW)
    hall = house.halls[EVENT]
    opens = hall.state.interviews[command.interview].starts_at
    hall._clock = lambda: opens  # when the hall is open
    await hall.execute(command, actor="staff:st1", command_id=f"in-{number}")


async def core_refuses(hall: Hall, command: UpdateRoster) -> str:
    with pytest.raises(Refused) as caught:
        await hall.execute(command, actor="cli", command_id=f"core-{hash(command)}")
    return caught.value.code


async def invites(house: House) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = (await run(house, "invites", {"event": EVENT}))["invites"]
    return rows
