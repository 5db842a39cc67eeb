"""When what is personal of an event has been kept for long enough, by the event's own rules."""

from __future__ import annotations

from waiting_room.entries import interview_stream
from waiting_room.event import Event
from waiting_room.policy import SECOND

DAY = 24 * 3600 * SECOND  # microseconds


def due_at(event: Event) -> int | None:
    """``retention_days`` after the last thing that it was kept for: an interview's planned or actual end, or the
    closing of the hall. Microseconds UTC; None where the rules name no time, or nothing was ever planned."""
    days = event.policy.retention_days
    last = last_of(event)
    return None if days is None or last is None else last + days * DAY


def last_of(event: Event) -> int | None:
    """The end of the last interview, or the closing of the hall when that was later."""
    ends = [interview.ends_at for interview in event.interviews.values()]
    ends += [interview.ended.at for interview in event.interviews.values() if interview.ended is not None]
    if not ends:
        return event.closed_at
    return max(*ends, event.closed_at or 0, 0)


def is_over(event: Event, now: int) -> bool:
    """Whether the last interview has ended, by its plan and in fact."""
    last = last_of(event)
    return last is not None and now >= last and not any(one.in_room for one in event.interviews.values())


def on_hold(event: Event) -> tuple[str, ...]:
    """Interviews whose person is on hold, sorted."""
    return tuple(sorted(key for key in event.interviews if interview_stream(key) in event.holds))
