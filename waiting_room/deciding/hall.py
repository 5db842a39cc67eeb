"""The event, its rooms and its timetable: what administrators, reception and the gateway itself ask for."""

from __future__ import annotations

from typing import assert_never

from waiting_room import commands as c
from waiting_room import entries as e
from waiting_room.deciding import timetable
from waiting_room.deciding.case import Case
from waiting_room.entries import EVENT
from waiting_room.errors import Refused
from waiting_room.event import MAX_POLICIES, Staff
from waiting_room.pauses import MAX_PAUSES
from waiting_room.policy import Policy

Hall = (
    c.CreateEvent | c.ChangePolicy | c.ImportRoster | c.UpdateRoster | c.AdmitStaff | c.RecordGap | c.RecordExport
    | c.Seal | c.SetReady | c.Pause | c.SendMessage | c.Reschedule | c.IssueInvite
)  # fmt: skip


def decide(case: Case, command: Hall) -> None:  # noqa: C901, PLR0912 - a line a command
    if not isinstance(command, c.CreateEvent) and not case.event.created:
        raise Refused("no_such_event")
    match command:
        case c.CreateEvent():
            _create_event(case, command)
        case c.ChangePolicy():
            _change_policy(case, command)
        case c.ImportRoster():
            timetable.import_roster(case, command)
        case c.UpdateRoster():
            timetable.update_roster(case, command)
        case c.AdmitStaff():
            _admit_staff(case, command)
        case c.RecordGap():
            _record_gap(case, command)
        case c.RecordExport():
            case.reads(EVENT)
            case.add(EVENT, e.Exported(command.what))
        case c.Seal():
            _seal(case, command)
        case c.SetReady():
            _set_ready(case, command)
        case c.Pause():
            _pause(case, command)
        case c.SendMessage():
            _send_message(case, command)
        case c.Reschedule():
            timetable.reschedule(case, command)
        case c.IssueInvite():
            interview = case.interview(command.interview)
            person = case.person(interview, command.person)
            case.add(interview.stream, e.InviteIssued(person, interview.issue(person) + 1))
        case _:
            assert_never(command)


def _create_event(case: Case, command: c.CreateEvent) -> None:
    case.reads(EVENT)
    if case.event.created:
        raise Refused("already_created")
    if not command.rooms or len(set(command.rooms)) != len(command.rooms):
        raise Refused("bad_rooms")
    entry = e.EventCreated(command.rooms, command.provider, dict(command.policy), command.rehearsal, command.rehearses)
    case.add(EVENT, entry, command.private)


def _change_policy(case: Case, command: c.ChangePolicy) -> None:
    if Policy.from_document(command.policy) == case.policy:
        return
    if len(case.event.rules) >= MAX_POLICIES:
        raise Refused("too_many_changes")
    case.add(EVENT, e.PolicyChanged(dict(command.policy)), command.private)


def _admit_staff(case: Case, command: c.AdmitStaff) -> None:
    case.reads(EVENT)
    unknown = [room for room in command.rooms if room not in case.event.rooms]
    if unknown:
        raise Refused("no_such_room", room=unknown[0])
    wanted = Staff(command.staff, command.role, command.rooms, command.issue, command.revoked)
    if case.event.staff.get(command.staff) != wanted:
        entry = e.StaffAdmitted(command.staff, command.role, command.rooms, command.issue, command.revoked)
        case.add(EVENT, entry)


def _record_gap(case: Case, command: c.RecordGap) -> None:
    case.reads(EVENT)
    if command.to_at <= command.from_at:
        raise Refused("bad_times")
    if all((gap.from_at, gap.to_at) != (command.from_at, command.to_at) for gap in case.event.gaps):
        case.add(EVENT, e.ServiceGap(command.from_at, command.to_at))


def _seal(case: Case, command: c.Seal) -> None:
    """Guarded on the event's stream only: guards on every stream would keep a busy event from ever being sealed, and
    a seal states its own offset."""
    case.reads(EVENT)
    if case.event.sealed and case.event.sealed == case.event.head:
        raise Refused("nothing_to_seal")
    if command.offset != case.event.head:
        raise Refused("moved_on", head=case.event.head)
    case.add(EVENT, e.Sealed(command.offset, command.chain, command.kid, command.signature))


def _set_ready(case: Case, command: c.SetReady) -> None:
    room = case.room(command.room)
    if room.ready != command.ready:
        case.add(room.stream, e.RoomReady() if command.ready else e.RoomPreparing())


def _pause(case: Case, command: c.Pause) -> None:
    if command.room is None:
        case.reads(EVENT)
        stream, paused, before = EVENT, case.event.paused, case.event.pauses
    else:
        room = case.room(command.room)
        stream, paused, before = room.stream, room.paused, room.pauses
    if command.on and not paused and len(before) >= MAX_PAUSES:
        raise Refused("too_many_pauses")
    if paused != command.on:
        case.add(stream, e.RoomPaused() if command.on else e.RoomResumed())


def _send_message(case: Case, command: c.SendMessage) -> None:
    if command.interview is not None and command.room is None:
        stream = case.standing(command.interview).stream
    elif command.room is not None and command.interview is None:
        stream = case.room(command.room).stream
    else:
        raise Refused("bad_target")
    case.add(stream, e.MessageSent(), command.private)
