"""Comings and goings in the room, as they are told: late, twice, or in another order."""

from __future__ import annotations

from dataclasses import replace

from waiting_room import entries as e
from waiting_room.interview import Interview, Visit


def dropped_at(interview: Interview) -> int | None:
    """When the candidate was last seen to leave the room that they should be in; None for one who is there."""
    mine = [v for v in interview.visits if v.admission == interview.admission and v.side == "candidate"]
    return mine[-1].left_at if interview.phase == "in_session" and mine else None


def left(visits: tuple[Visit, ...], x: e.Left) -> tuple[Visit, ...]:
    """The latest stay that had begun by then, by the same clock: a word that comes late ends no later stay."""
    for index in range(len(visits) - 1, -1, -1):
        visit = visits[index]
        here = (visit.person, visit.admission, visit.generation) == (x.person, x.admission, x.generation)
        later = visit.clock == x.clock and visit.joined_at > x.seen_at
        if here and visit.left_at is None and not later:
            gone = replace(visit, left_at=x.seen_at, code=x.code)
            return (*visits[:index], gone, *visits[index + 1 :])
    return visits
