"""Who is interviewed where and when: rosters imported, imported again over what is there; single interviews moved."""

from __future__ import annotations

from waiting_room import commands as c
from waiting_room import entries as e
from waiting_room.deciding.case import Case
from waiting_room.entries import EVENT
from waiting_room.errors import Refused
from waiting_room.interview import Interview

WITHDRAWABLE = ("expected", "preparing")  # whoever has checked in is cancelled by a person, never by a file


def import_roster(case: Case, command: c.ImportRoster) -> None:
    """New interviews only."""
    case.reads(EVENT)
    _schedule(case, command.slots)


def update_roster(case: Case, command: c.UpdateRoster) -> None:
    """New interviews, changes of known ones, and those that are withdrawn. Nothing to do is no entry and no error."""
    case.reads(EVENT)
    if case.event.imported != command.imported:
        raise Refused("moved_on")
    _schedule(case, command.added)
    for amendment in command.amended:
        _amend(case, amendment)
    for interview in command.withdrawn:
        _withdraw(case, interview, command.side)
    counts = len(command.added), len(command.amended), len(command.withdrawn)
    if any(counts):
        case.add(EVENT, e.RosterImported(*counts))


def reschedule(case: Case, command: c.Reschedule) -> None:
    """Refused: ``interview_over``, ``in_room``, ``bad_times``, ``no_such_room``."""
    interview = case.standing(command.interview)
    place = c.Place(command.room or interview.room, command.starts_at, command.ends_at)
    _move(case, interview, place)


def _schedule(case: Case, slots: tuple[c.Slot, ...]) -> None:
    seen: set[str] = set()
    resat: set[str] = set()
    for slot in slots:
        stream = e.interview_stream(slot.interview)
        if slot.interview in seen or case.event.version(stream):
            raise Refused("already_scheduled", interview=slot.interview)
        if slot.room not in case.event.rooms:
            raise Refused("no_such_room", room=slot.room, interview=slot.interview)
        if slot.ends_at <= slot.starts_at:
            raise Refused("bad_times", interview=slot.interview)
        if slot.resits is not None and not case.interview(slot.resits).over:
            raise Refused("not_over", interview=slot.resits)
        if slot.resits in case.event.resits or slot.resits in resat:
            raise Refused("resat")
        resat.add(slot.resits or "")
        seen.add(slot.interview)
        case.reads(stream)
        entry = e.Scheduled(
            slot.room, slot.starts_at, slot.ends_at, slot.companions, slot.resits, slot.earlier_absences
        )
        case.add(stream, entry, slot.private)


def _amend(case: Case, amendment: c.Amendment) -> None:
    """A row may be corrected at any time, for the record's sake; a place only before the room."""
    interview = case.interview(amendment.interview)
    if amendment.was != c.Place(interview.room, interview.starts_at, interview.ends_at):
        raise Refused("moved_on", interview=interview.id)
    if amendment.now != amendment.was:
        _move(case, case.standing(interview.id), amendment.now)
    if amendment.fields:
        case.add(interview.stream, e.Amended(amendment.fields, amendment.companions), amendment.private)
    for person in amendment.reissue:
        case.add(interview.stream, e.InviteIssued(person, interview.issue(person) + 1))


def _withdraw(case: Case, interview: str, side: e.Side) -> None:
    found = case.standing(interview)
    if found.phase not in WITHDRAWABLE:
        raise Refused("moved_on", interview=interview)
    case.add(found.stream, e.Cancelled(side))


def _move(case: Case, interview: Interview, place: c.Place) -> None:
    if interview.in_room:
        raise Refused("in_room", phase=interview.phase, interview=interview.id)
    if place.ends_at <= place.starts_at:
        raise Refused("bad_times", interview=interview.id)
    if place.room != interview.room:
        case.add(interview.stream, e.Moved(case.room(place.room).id))
    if (place.starts_at, place.ends_at) != (interview.starts_at, interview.ends_at):
        case.add(interview.stream, e.Rescheduled(place.starts_at, place.ends_at))
