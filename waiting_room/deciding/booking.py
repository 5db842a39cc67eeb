"""A booking that is confirmed, becomes void by the rules, or whose link has not come."""

from __future__ import annotations

from typing import assert_never

from waiting_room import booking
from waiting_room import commands as c
from waiting_room import entries as e
from waiting_room.deciding.case import Case
from waiting_room.errors import Refused

Booking = c.ConfirmBooking | c.LapseBooking | c.ReportInvite


def decide(case: Case, command: Booking) -> None:
    match command:
        case c.ConfirmBooking():
            _confirm(case, command)
        case c.LapseBooking():
            _lapse(case, command)
        case c.ReportInvite():
            _report(case, command)
        case _:
            assert_never(command)


def _confirm(case: Case, command: c.ConfirmBooking) -> None:
    interview = case.standing(command.interview)
    settled = interview.confirmed is not None or interview.arrival is not None
    if settled or case.policy.booking.confirmation != "reply":
        raise Refused("nothing_to_confirm")
    case.add(interview.stream, e.Confirmed(), command.private)


def _lapse(case: Case, command: c.LapseBooking) -> None:
    interview = case.standing(command.interview)
    case.reads(e.EVENT)  # the rules, and our own outages
    stands = booking.standing(interview, case.policy, command.reply_by, case.now)
    if stands != "overdue" or interview.in_room:
        raise Refused("not_due", reply_by=command.reply_by)
    if booking.held_back(case.event, interview, command.reply_by):
        raise Refused("needs_a_person")
    case.add(interview.stream, e.Lapsed())


def _report(case: Case, command: c.ReportInvite) -> None:
    interview = case.standing(command.interview)
    if interview.arrival is not None:
        raise Refused("seated")
    late = command.until is not None and case.now > command.until
    case.add(interview.stream, e.InviteReported(late), command.private)
