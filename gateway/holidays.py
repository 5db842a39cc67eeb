"""Japan's statutory holidays, for the core's business days. A library knows them: they change by law."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import jpholiday

from waiting_room.calendar_days import FARTHEST, OfficeDays
from waiting_room.policy import Policy

FIRST, LAST = date(1948, 7, 20), date(2099, 12, 31)  # the law's beginning; equinoxes are computed up to then


def statutory_holidays(first: date, last: date) -> frozenset[date]:
    """Those from ``first`` to ``last``, both included, substitute holidays among them. None outside FIRST to LAST."""
    begins, ends = max(first, FIRST), min(last, LAST)
    if begins > ends:
        return frozenset()
    return frozenset(day for day, _ in jpholiday.between(begins, ends))


def office_days(policy: Policy, days: Iterable[date]) -> OfficeDays:
    """The office's business days as far as any cut-off of interviews on these days can reach."""
    known = sorted(days)
    if not known:
        return OfficeDays.of(policy, ())
    reach = timedelta(days=FARTHEST)
    first = known[0] - reach if known[0] - date.min > reach else date.min
    return OfficeDays.of(policy, statutory_holidays(first, known[-1]))
