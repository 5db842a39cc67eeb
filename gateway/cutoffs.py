"""When a cut-off of the policy is for one interview: the core knows the office's days, this the clock on its wall."""

from __future__ import annotations

from datetime import date, time
from functools import lru_cache
from zoneinfo import ZoneInfo

from gateway.holidays import office_days
from gateway.moments import local, to_microseconds
from waiting_room.booking import Dates
from waiting_room.calendar_days import cutoff_of
from waiting_room.policy import Cutoff, Policy

DAYS = 256  # days of interviews whose cut-offs are remembered: an event has a handful, and each view asks


class Cutoffs:
    """Of an event's interviews, each worked out once as long as the rules stay: a board asks for hundreds at every
    change."""

    def __init__(self) -> None:
        self._rules: tuple[Policy | None, str] = (None, "")
        self._known: dict[int, Dates] = {}

    def at(self, policy: Policy, starts_at: int, zone: str) -> Dates:
        """``dates_of``."""
        if self._rules[0] is not policy or self._rules[1] != zone:
            self._rules, self._known = (policy, zone), {}
        if (found := self._known.get(starts_at)) is None:
            found = self._known[starts_at] = dates_of(policy, starts_at, zone)
        return found


def dates_of(policy: Policy, starts_at: int, zone: str) -> Dates:
    """Every cut-off of an interview that begins then."""
    day = local(starts_at, ZoneInfo(zone)).date()
    calendar = Policy(closing_days=policy.closing_days, opening_hours=policy.opening_hours)

    def moment(cutoff: Cutoff | None) -> int | None:
        return None if cutoff is None else _moment(cutoff, calendar, day, zone)

    return Dates(
        reply_by=moment(policy.booking.reply_by) if policy.booking.confirmation == "reply" else None,
        report_by=moment(policy.booking.invite_report_by),
        cancel_until=may_cancel_until(policy, starts_at, zone),
        day_begins=to_microseconds(day, time(), ZoneInfo(zone)) or 0,
    )


def may_cancel_until(policy: Policy, starts_at: int, zone: str) -> int | None:
    """The last moment (microseconds UTC) at which the candidate may cancel by themselves; None: they have to call."""
    cutoff = policy.booking.cancel_by
    if cutoff is None:
        return None
    calendar = Policy(closing_days=policy.closing_days, opening_hours=policy.opening_hours)
    until = _moment(cutoff, calendar, local(starts_at, ZoneInfo(zone)).date(), zone)
    return None if until is None else min(until, starts_at)


@lru_cache(maxsize=DAYS)
def _moment(cutoff: Cutoff, calendar: Policy, day: date, zone: str) -> int | None:
    found = cutoff_of(cutoff, day, office_days(calendar, [day]))
    return None if found is None else to_microseconds(*found, ZoneInfo(zone))
