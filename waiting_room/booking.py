"""Whether a booking stands: confirmed in time, still to be confirmed, or void by the rules.

When a cut-off is, the office's calendar says, which the core does not know: the gateway brings it along (``Dates``).
What the rules make void nobody has decided, so it is held back where the cause may be ours, and a person may take it
back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from waiting_room import entries as e
from waiting_room.interview import Interview, Reply, Test
from waiting_room.mailing import REACHED, is_unreached
from waiting_room.policy import SECOND, Policy

if TYPE_CHECKING:
    from waiting_room.event import Event

Standing = Literal["none", "asked", "confirmed", "overdue"]
DAY = 24 * 3600 * SECOND
LAST_HOUR = 3600 * SECOND  # an outage of ours in the last hour before the cut-off may be why nobody replied


@dataclass(frozen=True, slots=True)
class Dates:
    """Cut-offs of one interview, microseconds UTC; None where the rules have none. ``day_begins``: midnight before the
    interview, by the office's clock."""

    reply_by: int | None = None
    report_by: int | None = None
    cancel_until: int | None = None
    day_begins: int = 0


def standing(interview: Interview, policy: Policy, reply_by: int | None, now: int) -> Standing:
    """``none``: nothing has to be confirmed, because the rules ask for nothing, or because the time was fixed after the
    cut-off, when no reply could be in time any more. Whoever came has confirmed by coming."""
    if policy.booking.confirmation == "none" or interview.over:
        return "none"
    if interview.confirmed is not None or interview.arrival is not None:
        return "confirmed"
    if policy.booking.confirmation == "on_sending":
        return "confirmed" if _was_sent(interview) else "asked"
    if reply_by is None:
        return "asked"
    fixed_at = interview.timed.at if interview.timed is not None else 0
    if fixed_at >= reply_by:
        return "none"
    return "overdue" if now > reply_by else "asked"


def held_back(event: Event, interview: Interview, reply_by: int) -> tuple[str, ...]:
    """Why an overdue booking is no void one yet: causes that may be ours. Staff decide then."""
    codes: list[str] = []
    if is_unreached(interview):
        codes.append("invite_undelivered")
    elif not _was_sent(interview) and not any(one.person == "candidate" for one in interview.opened):
        codes.append("not_invited")
    if any(gap.from_at <= reply_by and gap.to_at >= reply_by - LAST_HOUR for gap in event.gaps):
        codes.append("service_gap")
    return tuple(codes)


def lapses(event: Event, interview: Interview, reply_by: int | None, now: int) -> bool:
    """Whether the rules make it void now."""
    overdue = standing(interview, event.policy, reply_by, now) == "overdue"
    return overdue and reply_by is not None and not interview.in_room and not held_back(event, interview, reply_by)


def _was_sent(interview: Interview) -> bool:
    """Whether the candidate was mailed their link, by us or by the office itself."""
    return any(mail.person == "candidate" and mail.what == "invitation" and mail.state in REACHED
               for mail in interview.mails)  # fmt: skip


def pretested(interview: Interview, policy: Policy, dates: Dates) -> Test | None:
    """The latest connection test on an earlier day that the rules count; None where there is none."""
    valid = policy.pretest_valid_days
    since = 0 if valid is None else dates.day_begins - valid * DAY
    return next((test for test in reversed(interview.tests) if since <= test.at < dates.day_begins), None)


def is_untested(interview: Interview, policy: Policy, dates: Dates, now: int) -> bool:
    """Whether it is the day, the rules want a test before it, and there was none. Nobody is refused for that; a check
    on the day that went well is good enough for staff."""
    if policy.pretest != "required" or now < dates.day_begins or interview.arrival is not None or interview.over:
        return False
    today = any(test.ok and test.at >= dates.day_begins for test in interview.tests)
    return not today and pretested(interview, policy, dates) is None


# --- the fold ----------------------------------------------------------------------------------------------------


def confirmed(s: Interview, st: e.Stamped) -> Interview:
    """The first reply counts."""
    return s if s.confirmed is not None else replace(s, confirmed=Reply(st.at, st.actor, st.offset))


def reopened(before: Interview, after: Interview, st: e.Stamped) -> Interview:
    """A person who takes a void booking back has confirmed it: the cut-off would make it void again at once."""
    void = before.ended is not None and before.ended.because == "void" and after.ended is None
    return confirmed(after, st) if void else after


def reported(s: Interview, x: e.InviteReported, st: e.Stamped) -> Interview:
    return replace(s, reported=Reply(st.at, st.actor, st.offset, late=x.late))
