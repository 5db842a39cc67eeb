"""Business days of an office in Japan: what is open, how far ahead a booking is, and which moment a cut-off is.

The statutory holidays change by law, so they are an argument. The year's end is closed though it is no statutory
holiday (行政機関の休日に関する法律, article 1: 29 December to 3 January). Days and times are the office's own; whoever
needs a moment in UTC knows its time zone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, time, timedelta

from waiting_room.policy import Cutoff, Policy
from waiting_room.policy.parts import WEEKDAYS

DAY = timedelta(days=1)
FARTHEST = 400  # days that are looked through for an open one; an office that is closed for longer has none
MONDAY_TO_FRIDAY = frozenset(range(5))


@dataclass(frozen=True, slots=True)
class OfficeDays:
    """When an office is open. ``weekdays``: 0 is Monday."""

    holidays: frozenset[date] = field(default_factory=frozenset)
    closing: frozenset[date] = field(default_factory=frozenset)
    weekdays: frozenset[int] = MONDAY_TO_FRIDAY

    @classmethod
    def of(cls, policy: Policy, holidays: Iterable[date]) -> OfficeDays:
        """By the policy's closing days and opening hours; without hours, Monday to Friday."""
        named = frozenset(WEEKDAYS.index(hours.weekday) for hours in policy.opening_hours)
        closing = frozenset(date.fromisoformat(day) for day in policy.closing_days)
        return cls(frozenset(holidays), closing, named or MONDAY_TO_FRIDAY)

    def is_open(self, day: date) -> bool:
        ordinary = day.weekday() in self.weekdays and not is_years_end(day)
        return ordinary and day not in self.holidays and day not in self.closing


def is_years_end(day: date) -> bool:
    return (day.month, day.day) >= (12, 29) or (day.month, day.day) <= (1, 3)


def business_day_before(day: date, count: int, office: OfficeDays) -> date | None:
    """The open day that is ``count`` open days before ``day``, which itself may be closed; ``day`` for 0. None where
    there is none within FARTHEST days."""
    found = day
    for _ in range(FARTHEST):
        if count <= 0:
            return found
        if found == date.min:
            return None
        found -= DAY
        count -= office.is_open(found)
    return found if count <= 0 else None


def business_days_ahead(booked_on: date, day: date, office: OfficeDays) -> int:
    """How many business days ahead of ``day`` a booking of ``booked_on`` is: open days from ``booked_on`` on that come
    before ``day``. What is booked on a closed day is as good as booked on the next open one. At most FARTHEST."""
    span = min(FARTHEST, max(0, (day - booked_on).days))
    return sum(office.is_open(booked_on + n * DAY) for n in range(span))


def is_far_enough(booked_on: date, day: date, policy: Policy, office: OfficeDays) -> bool:
    """Whether a booking keeps the policy's lead. "Two business days ahead" of a Thursday is by Tuesday."""
    lead = policy.booking.lead_days
    return lead is None or business_days_ahead(booked_on, day, office) >= lead


def cutoff_of(cutoff: Cutoff, day: date, office: OfficeDays) -> tuple[date, time] | None:
    """When a cut-off is for an interview on ``day``, by the office's clock. None where no such day is to be found."""
    found = business_day_before(day, cutoff.days_before, office)
    if cutoff.date is not None:
        found = date.fromisoformat(cutoff.date)
    return None if found is None else (found, time.fromisoformat(cutoff.at))


def is_within_hours(policy: Policy, office: OfficeDays, day: date, begins: time, ends: time) -> bool:
    """Whether a slot lies within the opening hours of an open day. Without hours any time of an open day will do."""
    if not office.is_open(day):
        return False
    hours = [one for one in policy.opening_hours if WEEKDAYS.index(one.weekday) == day.weekday()]
    spans = [(time.fromisoformat(one.opens), time.fromisoformat(one.closes)) for one in hours]
    return not policy.opening_hours or any(opens <= begins and ends <= closes for opens, closes in spans)
