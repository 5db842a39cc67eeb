"""For how long a mailed link, or a room's code, leads in by the event's rules."""

from __future__ import annotations

from gateway.links import Target
from gateway.problems import Problem
from waiting_room.event import Event
from waiting_room.interview import Interview
from waiting_room.pauses import shifted
from waiting_room.policy import SECOND


def check_validity(event: Event, target: Target, now: int) -> None:
    """Problem ``link_not_yet``, ``link_expired``. Who is in the room, or being let in, is never locked out: they may
    have to load the page again."""
    mine = _interviews(event, target)
    if not mine or any(i.in_room for i in mine):
        return
    before, after = event.policy.invite_valid_before, event.policy.invite_valid_after
    if before is not None and now < min(i.starts_at for i in mine) - before * SECOND:
        raise Problem("link_not_yet")
    ends = [shifted(i.starts_at, event.pauses_of(i, until=now)) for i in mine]
    if after is not None and now > max(ends) + after * SECOND:
        raise Problem("link_expired")


def _interviews(event: Event, target: Target) -> list[Interview]:
    """Whom it leads to: one's own, or all of the room."""
    if target.kind == "shared":
        return list(event.of_room(target.id))
    found = event.interviews.get(target.id)
    return [] if found is None else [found]
