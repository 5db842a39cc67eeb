"""The attendance record: every interview exactly once, with a verdict that follows from the journal and the policy.

The same journal and roster give the same bytes: no clock, no order of a mapping, no locale is in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal, Protocol
from zoneinfo import ZoneInfo

from gateway.eventfile import say
from gateway.record.lines import Line, line, to_json
from gateway.record.sheet import Wording, header, label_of, table
from gateway.record.words import PHASES, RULE_WORDS, VERDICTS, word
from gateway.spreadsheet import write_table
from waiting_room.codec import canonical_json
from waiting_room.event import Event
from waiting_room.interview import Interview


class PeopleOf(Protocol):
    """What is personal of an event, opened. Rows are absent once the event was purged."""

    @property
    def roster(self) -> Mapping[str, Mapping[str, Any]]: ...
    @property
    def staff(self) -> Mapping[str, Mapping[str, Any]]: ...
    @property
    def settings(self) -> Mapping[str, Any]: ...

    def private(self, offset: int | None) -> Mapping[str, Any]:
        """What was written beside the entry at this offset."""


@dataclass(frozen=True, slots=True)
class AttendanceRow:
    """One interview. Times: microseconds UTC, None for what has not happened. ``arrived_at``: the check-in by the
    store's clock; ``counts_at``: what the verdict rests on, which a person may have set to an earlier attempt.
    ``line``: all that follows from the journal; beside it are the names. ``resits``, ``resat_by``: by number.
    ``stated``: what whoever ended it wrote as the reason, in their words."""

    id: str
    number: str
    name: str
    room: str
    starts_at: int
    first_attempt_at: int | None
    arrived_at: int | None
    counts_at: int | None
    verdict: str
    minutes: int
    admitted_at: int | None
    ended_at: int | None
    phase: str
    end_side: str | None
    identity: bool | None
    companions: str
    staff: str
    line: Line
    companion_names: tuple[str, ...]
    host_names: tuple[str, ...]
    resits: str
    resat_by: str
    stated: str


def attendance(event: Event, people: PeopleOf, room: str | None = None) -> list[AttendanceRow]:
    """Every interview once (of one ``room``, if given), by room in the event's order, then start. The present time
    decides nothing: what is still ahead is so as of the journal's last entry."""
    names = room_names(people.settings, event, "ja")
    order = {room: place for place, room in enumerate(names)}
    known = [i for i in event.interviews.values() if room in (None, i.room)]
    interviews = sorted(known, key=lambda i: (order.get(i.room, len(order)), i.starts_at, i.id))
    return [_row(event, people, interview) for interview in interviews]


def attendance_csv(
    rows: Sequence[AttendanceRow],
    settings: Mapping[str, Any],
    event: Event,
    language: str = "ja",
    encoding: Literal["utf-8-sig", "cp932"] = "utf-8-sig",
) -> bytes:
    """The record as a spreadsheet file. CannotEncode for cp932."""
    return write_table([header(language), *table(rows, wording_of(settings, event, language))], encoding)


def wording_of(settings: Mapping[str, Any], event: Event, language: str) -> Wording:
    """How this event's record is written down in a language."""
    return Wording(zone_of(settings), room_names(settings, event, language), language)


def attendance_json(row: AttendanceRow, language: str = "ja") -> dict[str, Any]:
    """A row on the wire: times in milliseconds UTC, with the verdict's label. ``line`` is as in a bundle, in
    microseconds: what is proven there is what is read here."""
    plain = {field.name: getattr(row, field.name) for field in fields(row) if field.name != "line"}
    wire = {key: value // 1000 if key.endswith("_at") and value is not None else value for key, value in plain.items()}
    words = {
        "label": word(VERDICTS, label_of(row.line), language),
        "state": word(PHASES, row.phase, language),
        "rule": word(RULE_WORDS, row.line.verdict.rule, language),
    }
    return wire | words | {"ahead": row.line.ahead, "line": to_json(row.line)}


def digest(rows: Sequence[AttendanceRow]) -> str:
    """SHA-256 over ids, times and verdicts, no names: two re-derivations agree exactly when these do."""
    ordered = sorted(rows, key=lambda r: r.id)
    judged = [
        [r.id, r.room, r.starts_at, r.arrived_at, r.counts_at, r.verdict, r.minutes, r.phase, r.ended_at]
        for r in ordered
    ]
    return hashlib.sha256(canonical_json(judged)).hexdigest()


def room_names(settings: Mapping[str, Any], event: Event, language: str) -> dict[str, str]:
    """Room id -> name, in the event file's order; rooms that only the journal knows have their id."""
    named = {room["id"]: say(room["name"], language) for room in settings.get("rooms", ())}
    return named | {room: room for room in event.rooms if room not in named}


def numbers_of(people: PeopleOf) -> dict[str, str]:
    """Interview -> its candidate's number, where the roster still has one."""
    return {id_: str(row["number"]) for id_, row in people.roster.items() if row.get("number")}


def zone_of(settings: Mapping[str, Any]) -> ZoneInfo:
    return ZoneInfo(settings.get("zone", "Asia/Tokyo"))


def _row(event: Event, people: PeopleOf, interview: Interview) -> AttendanceRow:
    person = people.roster.get(interview.id, {})
    told = line(event, interview)
    found = told.verdict
    arrival, ended = interview.arrival, interview.ended
    return AttendanceRow(
        id=interview.id,
        number=str(person.get("number", "")),
        name=str(person.get("name", "")),
        room=interview.room,
        starts_at=interview.starts_at,
        first_attempt_at=interview.first_attempt_at,
        arrived_at=arrival.at if arrival else None,
        counts_at=arrival.counts if arrival else None,
        verdict=found.code,
        minutes=found.minutes,
        admitted_at=interview.entered_at,
        ended_at=ended.at if ended else None,
        phase=interview.phase,
        end_side=ended.side if ended else None,
        identity=interview.identity.confirmed if interview.identity else None,
        companions=_companions(person, interview),
        staff=_staff(people, interview),
        line=told,
        companion_names=tuple(_companion(person, n) for n in range(len(told.companions))),
        host_names=tuple(_member(people, host.staff) for host in told.hosts),
        resits=_number(people, told.resits),
        resat_by=_number(people, told.resat_by),
        stated=str(people.private(ended.offset if ended else None).get("reason") or ""),
    )


def _companions(person: Mapping[str, Any], interview: Interview) -> str:
    here = {company.person for company in interview.company if company.arrived_at is not None}
    names = [_companion(person, n) for n in range(len(person.get("companions", ())))]
    marked = [f"{name}○" if f"companion.{n}" in here else name for n, name in enumerate(names, 1)]
    return "、".join(marked)


def _companion(person: Mapping[str, Any], place: int) -> str:
    """Name and role of the companion at this place of the roster's cell, from 0; empty for one who is not named."""
    listed = person.get("companions", ())
    found = listed[place] if place < len(listed) else {}
    name = str(found.get("name", ""))
    return f"{name}({found['role']})" if found.get("role") else name


def _number(people: PeopleOf, interview: str | None) -> str:
    """The linked interview, by its candidate's number, or by its id once the event was purged."""
    return "" if interview is None else str(people.roster.get(interview, {}).get("number") or interview)


def _member(people: PeopleOf, staff: str) -> str:
    return str(people.staff.get(staff, {}).get("name", staff))


def _staff(people: PeopleOf, interview: Interview) -> str:
    """Who confirmed the identity and who ended it: the people that an appeal would ask."""
    actors = [interview.identity.by if interview.identity else "", interview.ended.by if interview.ended else ""]
    ids = dict.fromkeys(actor.removeprefix("staff:") for actor in actors if actor.startswith("staff:"))
    return "、".join(_member(people, staff) for staff in ids)
