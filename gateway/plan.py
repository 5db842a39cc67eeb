"""What is to be done for an interview now, decided from its state alone: no I/O, no memory, safe to ask at any time.

Whoever does it asks again afterwards, until nothing is left. After a crash the same question gets the same answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from waiting_room.event import Event
from waiting_room.interview import Interview, Session
from waiting_room.mailing import is_unreached
from waiting_room.policy import SECOND

RETRY_FIRST = 1 * SECOND  # after a failure that may pass; doubles with each up to
RETRY_LONGEST = 30 * SECOND
MOVE_GRACE = 120 * SECOND  # the older session stays this long for one who has not come over: they are told aloud there

What = Literal["request", "open", "close", "drop", "lapse", "finish", "propose"]
STANDING = frozenset({"requested", "open"})


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do. ``at``: not before this moment (microseconds UTC)."""

    what: What
    interview: str
    at: int = 0
    session: Session | None = None
    code: Literal["no_arrival", "provider_failed"] = "no_arrival"


def steps(event: Event, interview: Interview, now: int, failures: int) -> Iterator[Step]:
    """Everything that is due or will be. ``failures``: sessions in a row that did not come up."""
    yield from _sessions(event, interview, now, failures)
    if interview.phase == "admitting":
        yield _lapse(event, interview)
    if interview.closing_until is not None and interview.phase == "in_session":
        yield Step("finish", interview.id, interview.closing_until)
    after = event.policy.absent_after
    if after is not None and _may_be_absent(interview):
        yield Step("propose", interview.id, interview.starts_at + after * SECOND + 1)


def _sessions(event: Event, interview: Interview, now: int, failures: int) -> Iterator[Step]:
    session = interview.session
    for old in interview.superseded:
        if (at := _ends_at(event, interview, old)) is not None:
            yield _ending(interview, old, at)
    if session is not None and (interview.over or _is_called_off(event, interview, session)):
        if session.state in STANDING:
            yield _ending(interview, session)
        elif session.state == "failed" and not interview.over:
            yield Step("drop", interview.id, session=session)
    elif _wants_session(event, interview, now):
        yield Step("request", interview.id, _again_at(session, failures))
    elif session is not None and session.state == "requested":
        yield Step("open", interview.id, session=session)


def _ending(interview: Interview, session: Session, at: int = 0) -> Step:
    """What was asked for may stand at the provider: it has to be found before it can be closed."""
    return Step("open" if session.state == "requested" else "close", interview.id, at, session)


def _ends_at(event: Event, interview: Interview, old: Session) -> int | None:
    """When an older session is closed; None: not now. The one that people are in stays until the next has come up, and
    then until they have come over or had time to."""
    in_use = interview.in_room and old.generation == interview.generation
    if old.state not in STANDING or in_use:
        return None
    left = interview.moving == "open" and old.state == "open" and old.provider not in event.down
    return (interview.moved_at or 0) + MOVE_GRACE if left else 0


def _is_called_off(event: Event, interview: Interview, session: Session) -> bool:
    """A move that nobody wants any more."""
    current, switch = interview.current, event.switch_for(interview.stream)
    if current is None or session.generation <= current.generation:
        return False
    return switch.provider == current.provider or (
        switch.open_sessions == "stay" and switch.provider != session.provider
    )


def _wants_session(event: Event, interview: Interview, now: int) -> bool:
    """Whoever waits and may be let in soon, whoever is being let in, and whoever is to be moved. Sessions that nobody
    is in yet follow a switch at once."""
    session, switch = interview.session, event.switch_for(interview.stream)
    if interview.over:
        return False
    if session is not None and session.state in STANDING and session.provider == switch.provider:
        return False
    if interview.admitted:
        return session is not None and session.state != "closed" and switch.open_sessions == "move"
    if interview.phase == "admitting":
        return True
    soon = now >= interview.starts_at - event.policy.session_before * SECOND
    upcoming = event.next_of(interview.room)
    return interview.phase == "waiting" and (soon or (upcoming is not None and upcoming.id == interview.id))


def _again_at(session: Session | None, failures: int) -> int:
    if session is None or session.state != "failed":
        return 0
    if not session.retry:
        return session.at + RETRY_LONGEST  # a person may have mended it meanwhile
    return session.at + min(RETRY_LONGEST, RETRY_FIRST << min(failures, 10))


def _lapse(event: Event, interview: Interview) -> Step:
    session = interview.session
    if interview.admitted_at is None and session is not None and session.state == "failed" and not session.retry:
        return Step("lapse", interview.id, code="provider_failed")
    began = interview.admitted_at or interview.called_at or 0
    return Step("lapse", interview.id, began + event.policy.arrival_wait * SECOND)


def _may_be_absent(interview: Interview) -> bool:
    early = interview.phase in ("expected", "preparing")
    return early and interview.arrival is None and (interview.overdue_at is None or bool(interview.held_back))


def held_back(event: Event, interview: Interview, *, panel_here: bool) -> tuple[str, ...]:
    """Causes of an absence that may be ours."""
    codes: list[str] = []
    if event.provider_for(interview.stream) in event.down:
        codes.append("provider_down")
    opens = interview.starts_at - event.policy.opens_before * SECOND
    after = interview.starts_at + (event.policy.absent_after or 0) * SECOND
    if any(gap.from_at <= after and gap.to_at >= opens for gap in event.gaps):
        codes.append("service_gap")
    room = event.rooms.get(interview.room)
    if not panel_here and (room is None or not room.ready):
        codes.append("interviewers_absent")
    if is_unreached(interview):
        codes.append("invite_undelivered")
    return tuple(codes)
