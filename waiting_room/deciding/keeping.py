"""What is kept of an event: holds, the purge that they stop, and a store that has kept less than it was given."""

from __future__ import annotations

from typing import assert_never

from waiting_room import commands as c
from waiting_room import entries as e
from waiting_room.deciding.case import Case
from waiting_room.entries import EVENT
from waiting_room.errors import Refused
from waiting_room.retention import due_at, is_over, on_hold

Keeping = c.SetHold | c.RecordDisclosure | c.BeginPurge | c.EndPurge | c.AcceptLoss


def decide(case: Case, command: Keeping) -> None:
    if not case.event.created:
        raise Refused("no_such_event")
    case.reads(EVENT)
    match command:
        case c.SetHold():
            _set_hold(case, command)
        case c.RecordDisclosure():
            case.add(case.interview(command.interview).stream, e.Disclosed(), command.private)
        case c.BeginPurge():
            _begin(case, early=command.early)
        case c.EndPurge():
            _end(case, command)
        case c.AcceptLoss():
            case.add(EVENT, e.ServiceGap(command.kept_at, case.now))
            case.add(
                EVENT, e.LossAccepted(command.kept, command.kept_at, command.offset, command.lost_at), command.private
            )
        case _:
            assert_never(command)


def _set_hold(case: Case, command: c.SetHold) -> None:
    stream = EVENT if command.interview is None else case.interview(command.interview).stream
    if (stream in case.event.holds) == command.on:
        return
    if command.on and case.event.purge:
        raise Refused("purged")
    case.add(stream, e.HoldSet() if command.on else e.HoldLifted(), command.private)


def _begin(case: Case, *, early: bool) -> None:
    if case.event.purge:
        return
    for interview in case.event.interviews.values():  # a hold or a new time in between is seen
        case.reads(interview.stream)
    if EVENT in case.event.holds:
        raise Refused("held")
    due = due_at(case.event)
    if case.event.rehearsal or (due is not None and case.now >= due):  # nobody is kept waiting for invented people
        case.add(EVENT, e.PurgeBegun())
        return
    if not early:
        raise Refused("not_due", due_at=due)
    if not is_over(case.event, case.now):
        raise Refused("event_not_over", due_at=due)
    case.add(EVENT, e.PurgeBegun(early=True))


def _end(case: Case, command: c.EndPurge) -> None:
    if not case.event.purge:
        raise Refused("purge_not_begun")
    unknown = set(command.kept) - set(on_hold(case.event))
    if unknown:
        raise Refused("no_such_interview", interview=min(unknown))
    if case.event.purge == "begun" or case.event.kept != command.kept:
        case.add(EVENT, e.Purged(command.kept))
