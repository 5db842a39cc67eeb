"""Into the room and out of it again on the same seat: the admission handshake, sessions, what is seen there."""

from __future__ import annotations

from typing import Literal, assert_never

from waiting_room import commands as c
from waiting_room import entries as e
from waiting_room.deciding.case import Case
from waiting_room.errors import Refused
from waiting_room.event import Room
from waiting_room.interview import Interview, Session
from waiting_room.policy import SECOND

Admitting = (
    c.Admit | c.AnswerEarly | c.OpenSession | c.SessionCameUp | c.SessionFell | c.CloseSession | c.PressJoin
    | c.ConfirmArrival
    | c.SeeJoined | c.SeeLeft | c.LapseAdmission | c.SendBack | c.TickIdentity | c.NoteIncident
)  # fmt: skip
Clock = Literal["gateway", "worker", "provider", "staff"]


def decide(case: Case, command: Admitting) -> None:  # noqa: C901, PLR0912 - a line a command
    match command:
        case c.Admit():
            _admit(case, command)
        case c.AnswerEarly():
            _answer_early(case, command)
        case c.OpenSession():
            _open_session(case, command)
        case c.SessionCameUp():
            _session_came_up(case, command)
        case c.SessionFell():
            _session_fell(case, command)
        case c.CloseSession():
            _close_session(case, command)
        case c.PressJoin():
            _press_join(case, command)
        case c.ConfirmArrival():
            _confirm_arrival(case, command)
        case c.SeeJoined():
            _see_joined(case, command)
        case c.SeeLeft():
            _see_left(case, command)
        case c.LapseAdmission():
            _lapse_admission(case, command)
        case c.SendBack():
            _send_back(case, command)
        case c.TickIdentity():
            _tick_identity(case, command)
        case c.NoteIncident():
            interview = case.interview(command.interview)
            case.add(interview.stream, e.IncidentNoted(), command.private)
        case _:
            assert_never(command)


# --- letting in --------------------------------------------------------------------------------------------------


def _admit(case: Case, command: c.Admit) -> None:
    interview = case.standing(command.interview)
    room = case.room(interview.room)
    _must_be_callable(case, interview, room)
    former = _occupant(case, room)
    if former is not None and former.closing_until is None:
        raise Refused("room_occupied")
    early = case.now < interview.starts_at - case.policy.handover_before * SECOND and interview.early != "agreed"
    if early:
        _must_be_askable(case, interview)
    if former is not None:
        case.add(former.stream, e.Finished())
    if room.taken_by is not None:
        case.add(room.stream, e.RoomFreed(room.taken_by))
    if not room.ready:
        case.add(room.stream, e.RoomReady())
    if early:
        case.add(interview.stream, e.EarlyAsked())
    else:
        _call(case, interview, room)


def _must_be_callable(case: Case, interview: Interview, room: Room) -> None:
    if interview.phase != "waiting":
        raise Refused("not_waiting", phase=interview.phase)
    if interview.held:
        raise Refused("on_hold")
    if interview.difference == "open":
        raise Refused("difference_open")
    case.reads(e.EVENT)
    if case.event.is_paused(room.id):
        raise Refused("room_paused")


def _must_be_askable(case: Case, interview: Interview) -> None:
    if not case.policy.early_allowed:
        raise Refused("early_not_allowed", starts_at=interview.starts_at)
    if interview.early == "asked":
        raise Refused("already_asked")


def _occupant(case: Case, room: Room) -> Interview | None:
    """Who is in the room, None when nobody is."""
    occupant = case.event.interviews.get(room.taken_by or "")
    if occupant is None or not occupant.in_room:
        return None
    return case.interview(occupant.id)


def _call(case: Case, interview: Interview, room: Room) -> None:
    """Guarded on interview and room. With a session that stands already, the ticket may be had at once."""
    admission = interview.admission + 1
    case.add(interview.stream, e.Called(admission))
    case.add(room.stream, e.RoomTaken(interview.id))
    session = interview.session
    case.reads(e.EVENT)  # a switch of provider must not race with this
    if (
        session is not None
        and session.state == "open"
        and session.provider == case.event.provider_for(interview.stream)
    ):
        case.add(interview.stream, e.Admitted(admission, session.generation, session.provider))


def _answer_early(case: Case, command: c.AnswerEarly) -> None:
    interview = case.standing(command.interview)
    if interview.holder != command.sid:
        raise Refused("not_holder")
    if interview.early != "asked":
        raise Refused("not_asked")
    case.add(interview.stream, e.EarlyAnswered(command.accepted))
    if command.accepted and _may_come_at_once(case, interview):
        _call(case, interview, case.room(interview.room))


def _may_come_at_once(case: Case, interview: Interview) -> bool:
    room = case.room(interview.room)
    case.reads(e.EVENT)
    free = room.taken_by is None and room.ready and not case.event.is_paused(room.id)
    return free and interview.phase == "waiting" and not interview.held and interview.difference != "open"


def _press_join(case: Case, command: c.PressJoin) -> None:
    interview = case.standing(command.interview)
    if interview.holder != command.sid:
        raise Refused("not_holder")
    if not interview.admitted:
        raise Refused("not_admitted")
    if interview.arrived < interview.generation:
        case.add(interview.stream, e.HandedOver(interview.admission, interview.generation))


def _confirm_arrival(case: Case, command: c.ConfirmArrival) -> None:
    """By staff, where the provider cannot tell or has not told yet."""
    interview = case.standing(command.interview)
    if not interview.admitted:
        raise Refused("not_admitted")
    if interview.confirmed_at is None:
        seen = e.Joined("candidate", "staff", case.now, interview.admission, generation=interview.generation)
        case.add(interview.stream, seen)


# --- and out again -----------------------------------------------------------------------------------------------


def _lapse_admission(case: Case, command: c.LapseAdmission) -> None:
    interview = case.standing(command.interview)
    if interview.phase != "admitting" or interview.admission != command.admission:
        raise Refused("not_admitting", phase=interview.phase)
    failed = interview.session is not None and interview.session.state == "failed"
    if not (command.code == "provider_failed" and failed) and case.now < lapses_at(case, interview):
        raise Refused("not_due")
    case.add(interview.stream, e.AdmissionLapsed(interview.admission, command.code))
    case.free_room(interview)


def lapses_at(case: Case, interview: Interview) -> int:
    """When an admission that nobody followed lapses: ``arrival_wait`` after the ticket could be had, or after the call
    where it never could."""
    began = interview.admitted_at or interview.called_at or 0
    return began + case.policy.arrival_wait * SECOND


def _send_back(case: Case, command: c.SendBack) -> None:
    interview = case.standing(command.interview)
    if not interview.in_room:
        raise Refused("not_in_session", phase=interview.phase)
    case.add(interview.stream, e.Returned(), command.private)
    case.free_room(interview)


# --- sessions ----------------------------------------------------------------------------------------------------


def _open_session(case: Case, command: c.OpenSession) -> None:
    interview = case.standing(command.interview)
    session = interview.session
    if session is not None and session.key == command.key:
        return
    if session is not None and session.provider == command.provider and session.state in ("requested", "open"):
        raise Refused("session_exists")
    generation = 1 if session is None else session.generation + 1
    case.add(interview.stream, e.SessionRequested(command.provider, generation, command.key))


def _known_session(interview: Interview, provider: str, generation: int) -> Session:
    for session in (interview.session, *interview.superseded):
        if session is not None and (session.provider, session.generation) == (provider, generation):
            return session
    raise Refused("no_such_session")


def _session_came_up(case: Case, command: c.SessionCameUp) -> None:
    """Also for one whose interview is over or whose generation is superseded: it is known then, and gets closed."""
    interview = case.interview(command.interview)
    session = _known_session(interview, command.provider, command.generation)
    if session.state in ("open", "closed"):
        return
    case.add(interview.stream, e.SessionOpened(command.provider, command.generation), command.private)
    if session is not interview.session or not interview.in_room:
        return
    case.reads(e.EVENT)  # whether it is still wanted
    if interview.admitted_at is None:
        case.add(interview.stream, e.Admitted(interview.admission, command.generation, command.provider))
    elif case.event.provider_for(interview.stream) == command.provider:
        case.add(interview.stream, e.SessionMoved(interview.admission, command.generation, command.provider))


def _session_fell(case: Case, command: c.SessionFell) -> None:
    """One that came up for another gateway meanwhile stays up."""
    interview = case.interview(command.interview)
    session = _known_session(interview, command.provider, command.generation)
    if session.state == "requested":
        failed = e.SessionFailed(command.provider, command.generation, command.code, command.retry)
        case.add(interview.stream, failed)


def _close_session(case: Case, command: c.CloseSession) -> None:
    interview = case.interview(command.interview)
    session = _known_session(interview, command.provider, command.generation)
    if session.state != "closed":
        case.add(interview.stream, e.SessionClosed(command.provider, command.generation))


# --- what is seen there ------------------------------------------------------------------------------------------


def _see_joined(case: Case, command: c.SeeJoined) -> None:
    interview = case.interview(command.interview)
    entry = e.Joined(
        command.side, command.source, command.seen_at, command.admission, command.person, command.generation
    )
    case.add(interview.stream, entry)


def _see_left(case: Case, command: c.SeeLeft) -> None:
    interview = case.interview(command.interview)
    entry = e.Left(
        command.side, command.source, command.seen_at, command.admission, command.code, command.person,
        command.generation,
    )  # fmt: skip
    case.add(interview.stream, entry)


def _tick_identity(case: Case, command: c.TickIdentity) -> None:
    interview = case.standing(command.interview)
    if not interview.in_room:
        raise Refused("not_in_session", phase=interview.phase)
    if command.confirmed:
        case.add(interview.stream, e.IdentityConfirmed(command.steps), command.private)
    else:
        case.add(interview.stream, e.IdentityDoubted(), command.private)
