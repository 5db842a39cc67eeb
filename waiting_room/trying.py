"""Who tried to come and did not get in: what was tried, in time, by whom a person will want to hear.

A no-show never touched anything. Somebody whose number was refused, whose check failed or who told us that they cannot
connect was there in their way; neither is a verdict on the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from waiting_room.deadlines import Deadlines
from waiting_room.interview import Interview

What = Literal["number", "device", "cannot_connect", "claim"]


@dataclass(frozen=True, slots=True)
class Tried:
    """One thing that did not work. ``offset``: of the entry that says so."""

    what: What
    at: int
    offset: int


def tried_in_vain(interview: Interview, due: Deadlines) -> tuple[Tried, ...]:
    """What failed from the opening of the door until the absence was due, in order; empty for one who checked in.
    A stranger's attempt is none of the candidate's."""
    if interview.arrival is not None:
        return ()
    last = due.late_after if due.absent_after is None else due.absent_after
    return tuple(tried for tried in _tried(interview) if due.opens_at <= tried.at <= last)


def _tried(interview: Interview) -> list[Tried]:
    own = [attempt for attempt in interview.attempts if attempt.sid not in interview.strangers]
    numbers = [attempt for attempt in own if attempt.code in ("number_differs", "number_malformed")]
    found = [Tried("number", attempt.first_at, attempt.first_offset) for attempt in numbers]
    found += [Tried("number", attempt.last_at, attempt.offset) for attempt in numbers if attempt.count > 1]
    found += [Tried(trouble.code, trouble.at, trouble.offset) for trouble in interview.troubles]
    found += [Tried("claim", claim.at, claim.offset) for claim in interview.claims if claim.code != "after_absence"]
    return sorted(found, key=lambda tried: tried.offset)
