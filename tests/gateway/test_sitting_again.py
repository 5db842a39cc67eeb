"""A re-sit names the interview that it re-sits; an earlier absence is shown at the next booking of the same person."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from gateway.config import Settings
from gateway.house import House
from gateway.operations import run
from gateway.problems import Problem
from tests.support.samples import (
    HEADER,
    NOW,
    SECOND,
    csv_bytes,
    encoded,
    event_document,
    open_house,
    roster_row,
    with_event,
)
from waiting_room import commands as c
from waiting_room.interview import Interview

EVENT = "test-2026"
AGAIN = (*HEADER, "再面接の元")
FIRST = roster_row("1001", 開始時刻="07:00")
RESIT = {**roster_row("1001", 開始時刻="13:00"), "再面接の元": "１００１"}
OTHER = roster_row("1002", 開始時刻="07:20")
JUST_NOW = roster_row("1003", 開始時刻="07:45")  # it is 07:53


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path / "data") as made:
        await with_event(made, [FIRST, OTHER])
        yield made


async def bring(house: House, rows: list[dict[str, str]], event: str = EVENT, **args: Any) -> Any:
    given = {"event": event, "csv": encoded(csv_bytes(rows, header=AGAIN)), "despite_rules": True, **args}
    if not args.get("update"):
        return await run(house, "roster-import", given, language="en")
    seen = await run(house, "roster-import", {**given, "dry_run": True}, language="en")
    return seen, await run(house, "roster-import", {**given, "token": seen["changes"]["token"]}, language="en")


async def codes(house: House, rows: list[dict[str, str]], **args: Any) -> list[tuple[str, str]]:
    with pytest.raises(Problem) as caught:
        await bring(house, rows, **args)
    return [(fault["column"], fault["code"]) for fault in (caught.value.extra or {})["faults"]]


def of(house: House, number: str, event: str = EVENT) -> list[Interview]:
    hall = house.halls[event]
    found = [hall.state.interviews[key] for key, row in hall.people.roster.items() if row["number"] == number]
    return sorted(found, key=lambda interview: interview.starts_at)


async def absent(house: House, number: str, event: str = EVENT) -> None:
    (interview, *_) = of(house, number, event)
    hall = house.halls[event]
    await hall.execute(c.ConfirmAbsence(interview.id), actor="staff:st1", command_id=f"absent-{interview.id}")


async def attended(house: House) -> list[Mapping[str, Any]]:
    rows: list[Mapping[str, Any]] = (await run(house, "attendance", {"event": EVENT}))["rows"]
    return rows


# --- a re-sit ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("update", [False, True])
async def test_the_record_of_both_sides_names_the_other(house: House, update: bool) -> None:
    await absent(house, "1001")
    rows = [FIRST, OTHER, RESIT] if update else [RESIT]
    await bring(house, rows, update=update)
    first, second = of(house, "1001")
    assert (second.resits, house.halls[EVENT].state.resits) == (first.id, {first.id: second.id})
    told = {row["id"]: (row["resits"], row["resat_by"]) for row in await attended(house)}
    assert told[first.id] == ("", "1001")
    assert told[second.id] == ("1001", "")
    (one, two) = (await run(house, "why", {"event": EVENT, "of": "1001"}))["why"]
    assert (one["resat_by"], two["resits"]) == ("1001", "1001")


async def test_a_file_with_both_lines_imported_again_changes_nothing(house: House) -> None:
    await absent(house, "1001")
    await bring(house, [FIRST, OTHER, RESIT], update=True)
    seen, _ = await bring(house, [FIRST, OTHER, RESIT], update=True)
    assert seen["changes"]["counts"] == {"added": 0, "moved": 0, "changed": 0, "missing": 0, "unchanged": 3}
    moved = {**RESIT, "開始時刻": "14:00"}
    seen, _ = await bring(house, [FIRST, OTHER, moved], update=True)
    assert seen["changes"]["counts"]["moved"] == 1
    assert len(of(house, "1001")) == 2


async def test_a_re_sit_may_have_a_number_of_its_own(house: House) -> None:
    await absent(house, "1001")
    await bring(house, [{**RESIT, "受験番号": "2001"}])
    (first,), (second,) = of(house, "1001"), of(house, "2001")
    assert second.resits == first.id


async def test_only_what_is_over_and_not_sat_again_yet_can_be_re_sat(house: House) -> None:
    before = house.halls[EVENT].state.head
    assert await codes(house, [RESIT]) == [("resits", "resits_unknown")]
    assert await codes(house, [{**RESIT, "再面接の元": "9999"}]) == [("resits", "resits_unknown")]
    assert house.halls[EVENT].state.head == before
    await absent(house, "1001")
    await bring(house, [RESIT])
    assert await codes(house, [{**RESIT, "開始時刻": "15:00"}]) == [("resits", "resits_unknown")]
    assert await codes(house, [RESIT, {**RESIT, "開始時刻": "15:00"}], update=True) == [("number", "duplicate_number")]


# --- earlier absences --------------------------------------------------------------------------------------------

SHOWN = {"booking": {"show_repeat_absence": True}}


async def another(house: House, **changes: Any) -> str:
    """A later event, with its roster's numbers 1001 and 1002 to be booked."""
    document = event_document(id="later", series="consultations", policy=SHOWN) | changes
    return str((await run(house, "event-create", {"file": document}))["event"])


@pytest.fixture
async def series(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path / "data") as made:
        await with_event(made, [FIRST, OTHER, JUST_NOW], series="consultations")
        yield made


@pytest.mark.parametrize("update", [False, True])
async def test_it_is_shown_at_the_next_booking_of_the_same_person(series: House, update: bool) -> None:
    await absent(series, "1001")
    event = await another(series)
    rows = [roster_row("１００１"), roster_row("1002", 開始時刻="10:20")]
    if update:
        seen, _ = await bring(series, rows, event, update=True)
    else:
        seen = await bring(series, rows, event, dry_run=True)
    warned = [(one["line"], one["code"], one["sentence"]) for one in seen["warnings"] if one["code"] == "absent_before"]
    assert warned == [(2, "absent_before", "This person did not come 1 times before.")]
    if not update:
        await bring(series, rows, event)
    (one,), (two,) = of(series, "１００１", event), of(series, "1002", event)
    assert (one.earlier_absences, two.earlier_absences) == (1, 0)


@pytest.mark.parametrize("changes", [{"series": "another"}, {"policy": {}}], ids=["another series", "not by the rules"])
async def test_it_is_nobodys_business_elsewhere(series: House, changes: dict[str, Any]) -> None:
    await absent(series, "1001")
    event = await another(series, **changes)
    await bring(series, [roster_row("1001")], event)
    assert [one.earlier_absences for one in of(series, "1001", event)] == [0]


async def test_who_tried_and_could_not_get_in_has_not_stayed_away(series: House) -> None:
    (interview,) = of(series, "1003")
    hall = series.halls[EVENT]
    notice = c.GiveNotice(interview.id, "cannot_connect")
    await hall.execute(notice, actor=f"candidate:{interview.id}", command_id="notice-1")
    await absent(series, "1003")
    event = await another(series)
    await bring(series, [roster_row("1003")], event)
    assert [one.earlier_absences for one in of(series, "1003", event)] == [0]


async def test_after_the_purge_of_the_earlier_event_nothing_is_known(tmp_path: Path) -> None:
    now = [NOW]
    async with House.open(Settings.for_demo(tmp_path / "data"), clock=lambda: now[0]) as house:
        await with_event(house, [FIRST], series="consultations", policy={"retention_days": 30})
        await absent(house, "1001")
        now[0] += 32 * 86_400 * SECOND
        await run(house, "retention-run", {})
        event = await another(house)
        await bring(house, [roster_row("1001")], event)
        assert [one.earlier_absences for one in of(house, "1001", event)] == [0]


async def test_the_journal_has_a_count_and_no_mark_of_a_person(series: House) -> None:
    await absent(series, "1001")
    event = await another(series)
    await bring(series, [roster_row("1001")], event)
    (one,) = of(series, "1001", event)
    entries = await series.book.read(event, 0)
    (scheduled,) = [st.entry for st in entries if st.stream == f"i:{one.id}"]
    plain = {name: getattr(scheduled, name) for name in ("room", "companions", "resits", "earlier_absences")}
    assert plain == {"room": "r1", "companions": 0, "resits": None, "earlier_absences": 1}
