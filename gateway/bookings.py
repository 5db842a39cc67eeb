"""Bookings that nobody confirmed in time: void by the rules, at the moment that the office's calendar names."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator

from gateway.cutoffs import dates_of
from gateway.hall import Hall
from gateway.plan import Step
from waiting_room import commands as c
from waiting_room.booking import lapses, standing
from waiting_room.interview import Interview

Ask = Callable[[c.Command, str], Awaitable[bool]]


def void_steps(hall: Hall, interview: Interview, now: int) -> Iterator[Step]:
    """The step that is due, or will be; none where a cause may be ours: then it is on the staff's list."""
    if hall.state.policy.booking.confirmation != "reply" or interview.over or not interview.room:
        return
    reply_by = _reply_by(hall, interview)
    if reply_by is None:
        return
    ahead = standing(interview, hall.state.policy, reply_by, now) == "asked"
    if ahead or lapses(hall.state, interview, reply_by, now):
        yield Step("void", interview.id, reply_by + 1)


async def void(ask: Ask, hall: Hall, interview: Interview) -> bool:
    """Whether it became so."""
    reply_by = _reply_by(hall, interview)
    if reply_by is None:
        return False
    name = f"void:{interview.id}:{hall.state.version(interview.stream)}"  # anew after a person took it back
    return await ask(c.LapseBooking(interview.id, reply_by), name)


def _reply_by(hall: Hall, interview: Interview) -> int | None:
    return dates_of(hall.state.policy, interview.starts_at, hall.people.zone).reply_by
