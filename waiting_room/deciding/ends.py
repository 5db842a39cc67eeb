"""How an interview ends, and how an end by mistake is taken back."""

from __future__ import annotations

from typing import assert_never

from waiting_room import commands as c
from waiting_room import entries as e
from waiting_room.deciding.case import Case
from waiting_room.errors import Refused
from waiting_room.interview import Interview
from waiting_room.policy import SECOND
from waiting_room.trying import tried_in_vain

REACTOR = "reactor"
BOUND_PASSED = "bound_passed"  # beside the causes that hold an absence back: no longer, it is for staff now

Ending = (
    c.Finish | c.UndoFinish | c.BreakOff | c.ProposeAbsence | c.ConfirmAbsence | c.WithdrawAbsence
    | c.CancelInterview | c.CancelOwn | c.Reopen
)  # fmt: skip


def decide(case: Case, command: Ending) -> None:
    match command:
        case c.Finish():
            _finish(case, command)
        case c.UndoFinish():
            _undo_finish(case, command)
        case c.BreakOff():
            interview = _in_session(case, command.interview)
            case.add(interview.stream, e.BrokenOff(command.side), command.private)
            case.free_room(interview)
        case c.ProposeAbsence():
            _propose_absence(case, command)
        case c.ConfirmAbsence():
            _confirm_absence(case, command)
        case c.WithdrawAbsence():
            _withdraw_absence(case, command)
        case c.CancelInterview():
            interview = _before_the_room(case, command.interview)
            case.add(interview.stream, e.Cancelled(command.side, command.because), command.private)
        case c.CancelOwn():
            _cancel_own(case, command)
        case c.Reopen():
            _reopen(case, command)
        case _:
            assert_never(command)


def _in_session(case: Case, interview: str) -> Interview:
    found = case.standing(interview)
    if found.phase != "in_session":
        raise Refused("not_in_session", phase=found.phase)
    return found


def _before_the_room(case: Case, interview: str) -> Interview:
    found = case.standing(interview)
    if found.in_room:
        raise Refused("in_room", phase=found.phase)
    return found


def _finish(case: Case, command: c.Finish) -> None:
    interview = _in_session(case, command.interview)
    closing = interview.closing_until
    if case.actor == REACTOR and (closing is None or case.now < closing):
        raise Refused("not_due")
    if closing is None and not command.now:
        case.add(interview.stream, e.FinishBegun(case.now + case.policy.finish_undo * SECOND))
        return
    case.add(interview.stream, e.Finished())
    case.free_room(interview)


def _undo_finish(case: Case, command: c.UndoFinish) -> None:
    interview = _in_session(case, command.interview)
    if interview.closing_until is None:
        raise Refused("not_closing")
    case.add(interview.stream, e.FinishUndone())


def _propose_absence(case: Case, command: c.ProposeAbsence) -> None:
    interview = _before_the_room(case, command.interview)
    if interview.arrival is not None:
        raise Refused("seated")
    after = case.deadlines(interview).absent_after
    if after is None or case.now <= after:
        raise Refused("not_due")
    held_back = _held_back(case, command, after)
    if interview.overdue_at is None or interview.held_back != held_back:
        case.add(interview.stream, e.Overdue(held_back))


def _held_back(case: Case, command: c.ProposeAbsence, after: int) -> tuple[str, ...]:
    """Causes that may be ours, and that they have held the absence back for as long as the policy lets them."""
    causes = tuple(cause for cause in command.held_back if cause != BOUND_PASSED)
    longest = case.policy.hold_back_for
    passed = bool(causes) and longest is not None and case.now > after + longest * SECOND
    return (*causes, BOUND_PASSED) if passed else causes


def _confirm_absence(case: Case, command: c.ConfirmAbsence) -> None:
    interview = _before_the_room(case, command.interview)
    due = case.deadlines(interview)
    if case.now < due.starts_at:
        raise Refused("not_due", starts_at=due.starts_at)
    called_in_vain = interview.lapse == "no_arrival" or command.code == "not_there_when_called"
    if interview.arrival is not None and not called_in_vain:
        raise Refused("seated")
    automatic = case.actor == REACTOR
    if automatic and not _may_be_automatic(case, interview):
        raise Refused("needs_a_person")
    case.add(interview.stream, e.AbsenceConfirmed(automatic), command.private)


def _may_be_automatic(case: Case, interview: Interview) -> bool:
    """Only where the policy says so, for one who never came nor tried to, while no cause may be ours and no word from
    them stops it, and not for one who was mailed a link past us, nor against a person who took an absence back."""
    due = case.deadlines(interview)
    taken_back = interview.withdrawn is not None and interview.withdrawn.offset > _timed(interview)
    if taken_back:
        return False
    if due.absent_after is None or case.now <= due.absent_after or tried_in_vain(interview, due):
        return False
    proposed = interview.overdue_at is not None and not interview.held_back
    case.reads(e.EVENT)
    past_us = dict(interview.links).get(case.event.provider_for(interview.stream), False)
    return case.policy.absent_automatic and proposed and interview.arrival is None and not past_us


def _timed(interview: Interview) -> int:
    """The entry that set the present time."""
    return interview.timed.offset if interview.timed is not None else 0


def _withdraw_absence(case: Case, command: c.WithdrawAbsence) -> None:
    interview = case.interview(command.interview)
    if interview.phase != "absent":
        raise Refused("not_absent", phase=interview.phase)
    case.add(interview.stream, e.AbsenceWithdrawn(), command.private)


def _cancel_own(case: Case, command: c.CancelOwn) -> None:
    interview = _before_the_room(case, command.interview)
    if command.until is None or case.now > command.until:
        raise Refused("cancel_closed")
    if not command.number_matches:
        raise Refused("number_differs")
    case.add(interview.stream, e.Cancelled("candidate"), command.private)


def _reopen(case: Case, command: c.Reopen) -> None:
    interview = case.interview(command.interview)
    if not interview.over:
        raise Refused("not_over", phase=interview.phase)
    case.add(interview.stream, e.Reopened(), command.private)
