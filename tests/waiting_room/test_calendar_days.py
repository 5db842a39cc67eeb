"""Business days: weekends, holidays, the year's end, closing days, and what "two business days ahead" means."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waiting_room.calendar_days import (
    FARTHEST,
    OfficeDays,
    business_day_before,
    business_days_ahead,
    cutoff_of,
    is_far_enough,
    is_within_hours,
)
from waiting_room.policy import Booking, Cutoff, OpeningHours, Policy

OFFICE = OfficeDays(holidays=frozenset({date(2026, 11, 23)}), closing=frozenset({date(2026, 11, 27)}))
THURSDAY = date(2026, 11, 26)
TWO_AHEAD = Policy(booking=Booking(lead_days=2))


@pytest.mark.parametrize(
    ("day", "is_open"),
    [
        (date(2026, 11, 20), True),  # a Friday
        (date(2026, 11, 21), False),
        (date(2026, 11, 22), False),
        (date(2026, 11, 23), False),  # a holiday
        (date(2026, 11, 27), False),  # the office's own closing day
        (date(2026, 12, 28), True),
        (date(2026, 12, 29), False),  # closed though no statutory holiday
        (date(2027, 1, 3), False),
        (date(2027, 1, 4), True),
    ],
)
def test_open_days(day: date, is_open: bool) -> None:
    assert OFFICE.is_open(day) is is_open


@pytest.mark.parametrize(
    ("booked_on", "kept"),
    [
        (date(2026, 11, 23), True),  # a holiday counts as the next open day, the Tuesday
        (date(2026, 11, 24), True),
        (date(2026, 11, 25), False),
        (THURSDAY, False),
    ],
)
def test_two_business_days_ahead_of_a_thursday_is_by_tuesday(booked_on: date, kept: bool) -> None:
    assert is_far_enough(booked_on, THURSDAY, TWO_AHEAD, OFFICE) is kept
    assert is_far_enough(booked_on, THURSDAY, Policy(), OFFICE)


def test_the_lead_crosses_weekend_holiday_and_years_end() -> None:
    assert business_day_before(date(2026, 11, 24), 2, OFFICE) == date(2026, 11, 19)
    assert business_day_before(date(2027, 1, 5), 2, OfficeDays()) == date(2026, 12, 28)
    assert business_day_before(THURSDAY, 0, OFFICE) == THURSDAY


def test_a_cut_off_is_by_days_or_on_one_day_for_all() -> None:
    assert cutoff_of(Cutoff(2, "17:15"), THURSDAY, OFFICE) == (date(2026, 11, 24), time(17, 15))
    assert cutoff_of(Cutoff(0, "08:30"), THURSDAY, OFFICE) == (THURSDAY, time(8, 30))
    assert cutoff_of(Cutoff(at="12:00", date="2026-06-11"), THURSDAY, OFFICE) == (date(2026, 6, 11), time(12))


def test_an_office_that_never_opens_has_no_business_day() -> None:
    closed = OfficeDays(weekdays=frozenset())
    assert business_day_before(THURSDAY, 1, closed) is None
    assert cutoff_of(Cutoff(1), THURSDAY, closed) is None
    assert business_day_before(date.min, 1, OFFICE) is None


def test_slots_lie_within_the_hours_of_an_open_day() -> None:
    policy = Policy(opening_hours=(OpeningHours("thu", "08:30", "12:00"), OpeningHours("thu", "13:00", "17:15")))
    office = OfficeDays.of(policy, ())
    assert is_within_hours(policy, office, THURSDAY, time(8, 30), time(9))
    assert is_within_hours(policy, office, THURSDAY, time(16, 45), time(17, 15))
    assert not is_within_hours(policy, office, THURSDAY, time(11, 45), time(12, 15))
    assert not is_within_hours(policy, office, THURSDAY - timedelta(days=1), time(9), time(9, 30))
    assert is_within_hours(Policy(), OFFICE, THURSDAY, time(3), time(4))


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.integers(0, 30))
def test_the_day_before_and_the_days_ahead_agree(day: date, count: int) -> None:
    last = business_day_before(day, count, OFFICE)
    assert last is not None
    assert business_days_ahead(last, day, OFFICE) >= count
    assert business_days_ahead(last + timedelta(days=1), day, OFFICE) < max(count, 1)
    assert (day - last).days < FARTHEST
