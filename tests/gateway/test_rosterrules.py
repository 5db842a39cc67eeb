"""What the event's own rules say of a roster's slots: named by line, faults told from warnings."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from gateway.eventfile import EventFile
from gateway.roster import Preview, read_roster
from gateway.rosterrules import judged
from tests.support.samples import HEADER, csv_bytes, event_document, roster_row

HOURS = [{"weekday": day, "opens": "09:00", "closes": "17:00"} for day in ("mon", "tue", "wed", "thu", "fri")]
MONDAY = "2026-11-16"
TODAY = date(2026, 11, 2)


def looked(*rows: dict[str, str], today: date = TODAY, despite: bool = False, **policy: Any) -> Preview:
    """By an event whose rules are these."""
    event = EventFile.parse(event_document(date=MONDAY, policy=policy))
    header = (*HEADER, "面接日", "時間(分)", "面接官")
    preview = read_roster(csv_bytes(rows, header=header), event)
    return judged(preview, event, preview.entrants, today, despite_rules=despite)


def codes(found: Preview, *, warnings: bool = False) -> list[tuple[int, str, str]]:
    return [(one.line, one.column, one.code) for one in (found.warnings if warnings else found.faults)]


@pytest.mark.parametrize("start", ["8:59", "16:50", "2026-11-21 10:00", "2026-12-29 10:00"])
def test_a_slot_outside_the_opening_hours_is_a_fault(start: str) -> None:
    found = looked(roster_row("1"), roster_row("2", 開始時刻=start), opening_hours=HOURS)
    assert codes(found) == [(3, "start", "outside_hours")]
    assert found.entrants == ()


@pytest.mark.parametrize("start", ["9:00", "16:40"])
def test_a_slot_that_touches_the_opening_hours_is_none(start: str) -> None:
    assert codes(looked(roster_row("1", 開始時刻=start), opening_hours=HOURS)) == []


def test_a_closing_day_that_the_rules_name_is_a_fault() -> None:
    assert codes(looked(roster_row("1"), closing_days=[MONDAY])) == [(2, "start", "closing_day")]


@pytest.mark.parametrize("day", ["2026-11-21", "2026-11-23", "2026-12-30"])
def test_a_weekend_a_holiday_and_the_years_end_are_worth_a_word_once_a_day(day: str) -> None:
    rows = [roster_row(str(n), 面接日=day, 開始時刻=f"{9 + n}:00") for n in range(3)]
    found = looked(*rows)
    assert codes(found) == []
    assert codes(found, warnings=True) == [(2, "start", "not_a_business_day")]
    assert found.warnings[0].details == {"lines": 3}


def test_the_day_that_the_events_file_names_is_meant() -> None:
    event = EventFile.parse(event_document(date="2026-11-28"))
    preview = read_roster(csv_bytes([roster_row("1")]), event)
    assert judged(preview, event, preview.entrants, TODAY).warnings == ()


def test_a_holiday_within_the_weekdays_hours_is_a_warning() -> None:
    found = looked(roster_row("1", 面接日="2026-11-23"), opening_hours=HOURS)
    assert (codes(found), codes(found, warnings=True)) == ([], [(2, "start", "not_a_business_day")])


def test_a_slot_that_is_longer_than_the_rules_allow_is_a_fault() -> None:
    found = looked(
        roster_row("1", **{"時間(分)": "30"}), roster_row("2", 開始時刻="11:00", **{"時間(分)": "31分"}), max_minutes=30
    )
    assert codes(found) == [(3, "minutes", "longer_than_rules")]
    assert [
        (e.ends_at - e.starts_at) // 60_000_000 for e in looked(roster_row("1", **{"時間(分)": "３０"})).entrants
    ] == [30]


@pytest.mark.parametrize("cell", ["0", "-5", "1.5", "半時間", "481"])
def test_a_length_that_is_none_is_named(cell: str) -> None:
    assert codes(looked(roster_row("1", **{"時間(分)": cell}))) == [(2, "minutes", "bad_minutes")]


@pytest.mark.parametrize(("today", "short"), [(date(2026, 11, 12), False), (date(2026, 11, 13), True)])
def test_a_lead_in_business_days_that_has_passed_is_a_warning(today: date, *, short: bool) -> None:
    """Two business days ahead of a Monday is by Thursday."""
    found = looked(roster_row("1"), today=today, booking={"lead_days": 2})
    assert codes(found, warnings=True) == ([(2, "start", "lead_too_short")] if short else [])


def test_an_interviewer_in_two_rooms_at_once_is_a_warning() -> None:
    found = looked(
        roster_row("1", 面接官="青木 恵子、林"),
        roster_row("2", 面接室="第2面接室", 開始時刻="10:10", 面接官="青木恵子"),
        roster_row("3", 面接室="第2面接室", 開始時刻="10:30", 面接官="青木恵子"),
        roster_row("4", 開始時刻="10:20", 面接官="林"),
    )
    assert codes(found, warnings=True) == [(3, "interviewers", "interviewer_twice")]
    assert found.warnings[0].details == {"other": 2}
    assert found.entrants[0].document()["interviewers"] == ["青木 恵子", "林"]


def test_rules_may_be_broken_on_purpose_and_faults_may_not() -> None:
    rows = [roster_row("1", 開始時刻="6:00"), roster_row("2", 開始時刻="7:00")]
    found = looked(*rows, opening_hours=HOURS, despite=True)
    assert (codes(found), len(found.entrants)) == ([], 2)
    assert [code for _, _, code in codes(found, warnings=True)] == ["outside_hours", "outside_hours"]
    assert [one["rule"] for one in found.to_json("ja")["warnings"]] == [True, True]
    twice = looked(roster_row("1"), roster_row("1", 開始時刻="6:00"), opening_hours=HOURS, despite=True)
    assert codes(twice) == [(3, "number", "duplicate_number")]
