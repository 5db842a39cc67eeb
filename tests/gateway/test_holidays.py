"""Statutory holidays come from the library and business days rest on them."""

from __future__ import annotations

from datetime import date

from gateway.holidays import office_days, statutory_holidays
from waiting_room.calendar_days import business_day_before
from waiting_room.policy import Policy


def test_substitute_and_citizens_holidays_are_among_them() -> None:
    found = statutory_holidays(date(2026, 5, 1), date(2026, 9, 30))
    assert {date(2026, 5, 6), date(2026, 9, 21), date(2026, 9, 22), date(2026, 9, 23)} <= found
    assert date(2026, 12, 29) not in statutory_holidays(date(2026, 12, 1), date(2026, 12, 31))


def test_years_without_a_law_have_none() -> None:
    assert statutory_holidays(date(1900, 1, 1), date(1900, 12, 31)) == frozenset()
    assert statutory_holidays(date(2150, 1, 1), date(2150, 12, 31)) == frozenset()


def test_the_office_knows_holidays_before_its_days() -> None:
    office = office_days(Policy(closing_days=("2026-05-01",)), [date(2026, 5, 7)])
    assert business_day_before(date(2026, 5, 7), 1, office) == date(2026, 4, 30)
    assert office_days(Policy(), []).is_open(date(2026, 5, 4))
