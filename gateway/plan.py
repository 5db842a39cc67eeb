"""What is to be done for an interview now, decided from its state alone: no I/O, no memory, safe to ask at any time.

Whoever does it asks again afterwards, until nothing is left. After a crash the same question gets the same answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from waiting_room.deadlines import Deadlines, deadlines
from waiting_room.deciding.ends import BOUND_PASSED
from waiting_room.event import Event
from waiting_room.interview import Interview, Session
from waiting_room.mailing import is_unreached
from waiting_room.pauses import FOREVER
from waiting_room.policy import SECOND

RETRY_FIRST = 1 * SECOND  # after a failure that may pass; doubles with each up to
RETRY_LONGEST = 30 * SECOND
MOVE_GRACE = 120 * SECOND  # the older session stays this long for one who has not come over: they are told aloud there

What = Literal["request", "open", "close", "drop", "lapse", "finish", "propose", "void"]
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
    """Everything that is due or will be. ``failures``: sessions in a row that the provider
    in use did not bring up."""
    yield from _sessions(event, interview, now, failures)
    if interview.phase == "admitting":
        yield _lapse(event, interview)
    if interview.closing_until is not None and interview.phase == "in_session":
        yield Step("finish", interview.id, interview.closing_until)
    after = _due(event, interview).absent_after if _may_be_absent(interview) else None
    if after is not None and after < FOREVER:  # while a pause lasts, nothing is due
        yield Step("propose", interview.id, after + 1)


def _sessions(event: Event, interview: Interview, now: int, failures: int) -> Iterator[Step]:
    """The session that is wanted goes before those that are not: a provider that does not answer is one of these."""
    session = interview.session
    if session is not None and (interview.over or _is_called_off(event, interview, session)):
        if session.state in STANDING:
            yield _ending(interview, session)
        elif session.state == "failed" and not interview.over:
            yield Step("drop", interview.id, session=session)
    elif _wants_session(event, interview, now):
        yield Step("request", interview.id, _again_at(event, interview, failures))
    elif session is not None and session.state == "requested":
        yield Step("open", interview.id, session=session)
    for old in interview.superseded:
        if (at := _ends_at(event, interview, old)) is not None:
            yield _ending(interview, old, at)


def _ending(interview: Interview, session: Session, at: int = 0) -> Step:
    """What was asked for may stand at the provider: it has to be found before it can be closed."""
    return Step("open" if session.state == "requested" else "close", interview.id, at, session)


def _ends_at(event: Event, interview: Interview, old: Session) -> int | None:
    """When an older session is closed; None: not now. The one that people are in stays until the next has come up, and
    then until they have come over or had time to, also where a third is being prepared meanwhile."""
    if old.state not in STANDING or (interview.in_room and old.generation == interview.generation):
        return None
    return (interview.moved_at or 0) + MOVE_GRACE if _is_left_behind(event, interview, old) else 0


def _is_left_behind(event: Event, interview: Interview, old: Session) -> bool:
    """Whether the candidate's side may still be in this older session, on its way to the one whose door is open."""
    under_way = interview.admitted and interview.moved_at is not None and interview.arrived < interview.generation
    stands = old.state == "open" and old.provider not in event.down
    return under_way and stands and old.generation < interview.generation


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
        return session is not None and switch.open_sessions == "move" and not _is_there(interview, switch.provider)
    if interview.phase == "admitting":
        return True
    soon = now >= interview.starts_at - event.policy.session_before * SECOND
    upcoming = event.next_of(interview.room)
    return interview.phase == "waiting" and (soon or (upcoming is not None and upcoming.id == interview.id))


def _is_there(interview: Interview, provider: str) -> bool:
    """Whether the session that people are in is one of this provider's. The latest session does not tell: it may be of
    a move that was called off."""
    current = interview.current
    return current is not None and current.state in STANDING and current.provider == provider


def brings_over(event: Event, interview: Interview) -> bool:
    """Whether whoever is in the room is on the way to another session than the one they are in, or will be."""
    session, current = interview.session, interview.current
    if not interview.admitted or session is None:
        return False
    next_stands = current is not None and session.generation > current.generation and session.state in STANDING
    under_way = next_stands and not _is_called_off(event, interview, session)
    return under_way or _wants_session(event, interview, interview.starts_at)


def _again_at(event: Event, interview: Interview, failures: int) -> int:
    """Another provider has failed nobody yet."""
    session = interview.session
    if session is None or session.state != "failed" or session.provider != event.provider_for(interview.stream):
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


def _due(event: Event, interview: Interview) -> Deadlines:
    return deadlines(interview, event.policy, event.pauses_of(interview))


def held_back(event: Event, interview: Interview, now: int, *, panel_here: bool) -> tuple[str, ...]:
    """Causes of an absence that may be ours; with them, once the policy lets them hold it back no longer,
    ``bound_passed``."""
    codes: list[str] = []
    due = _due(event, interview)
    if event.provider_for(interview.stream) in event.down:
        codes.append("provider_down")
    after = due.starts_at if due.absent_after is None else due.absent_after
    if any(gap.from_at <= after and gap.to_at >= due.opens_at for gap in event.gaps):
        codes.append("service_gap")
    room = event.rooms.get(interview.room)
    if not panel_here and (room is None or not room.ready):
        codes.append("interviewers_absent")
    if is_unreached(interview):
        codes.append("invite_undelivered")
    longest = event.policy.hold_back_for
    if codes and longest is not None and now > after + longest * SECOND:
        codes.append(BOUND_PASSED)
    return tuple(codes)
