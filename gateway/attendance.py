"""The attendance record: every interview exactly once, with a verdict that follows from the journal and the policy.

The same journal and roster give the same bytes: no clock, no order of a mapping, no locale is in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal, Protocol
from zoneinfo import ZoneInfo

from gateway.eventfile import say
from gateway.moments import local
from gateway.record.words import PHASES, SIDES, VERDICTS, pick, word
from gateway.spreadsheet import write_table
from waiting_room.codec import canonical_json
from waiting_room.event import Event
from waiting_room.evidence import judged
from waiting_room.interview import Interview


class PeopleOf(Protocol):
    """What is personal of an event, opened. Rows are absent once the event was purged."""

    @property
    def roster(self) -> Mapping[str, Mapping[str, Any]]: ...
    @property
    def staff(self) -> Mapping[str, Mapping[str, Any]]: ...
    @property
    def settings(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class AttendanceRow:
    """One interview. Times: microseconds UTC, None for what has not happened. ``arrived_at``: the check-in by the
    store's clock; ``counts_at``: what the verdict rests on, which a person may have set to an earlier attempt."""

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


HEADER: Sequence[tuple[str, str]] = (
    ("受験番号", "number"),
    ("氏名", "name"),
    ("面接室", "room"),
    ("開始時刻", "start"),
    ("最初の試み", "first attempt"),
    ("受付時刻", "checked in"),
    ("判定に用いた時刻", "time that counts"),
    ("判定", "verdict"),
    ("遅刻(分)", "minutes late"),
    ("入室時刻", "entered"),
    ("終了時刻", "ended"),
    ("状態", "state"),
    ("終了の事由側", "ended by side"),
    ("本人確認", "identity"),
    ("同伴者", "companions"),
    ("担当", "staff"),
)


def attendance(event: Event, people: PeopleOf, now: int) -> list[AttendanceRow]:
    """Every interview once, by room in the event's order, then start. ``now`` (microseconds) decides nothing that is
    in a row: an interview without arrival is "not arrived" until a person says absent."""
    names = room_names(people.settings, event, "ja")
    order = {room: place for place, room in enumerate(names)}
    interviews = sorted(event.interviews.values(), key=lambda i: (order.get(i.room, len(order)), i.starts_at, i.id))
    return [_row(event, people, interview, now) for interview in interviews]


def attendance_csv(
    rows: Sequence[AttendanceRow],
    settings: Mapping[str, Any],
    event: Event,
    language: str = "ja",
    encoding: Literal["utf-8-sig", "cp932"] = "utf-8-sig",
) -> bytes:
    """The record as a spreadsheet file. CannotEncode for cp932."""
    zone = zone_of(settings)
    names = room_names(settings, event, language)
    header = [pick(title, language) for title in HEADER]
    return write_table([header, *(_cells(row, zone, names, language) for row in rows)], encoding)


def attendance_json(row: AttendanceRow, language: str = "ja") -> dict[str, Any]:
    """A row on the wire: times in milliseconds UTC, with the verdict's label."""
    wire = {
        key: value // 1000 if key.endswith("_at") and value is not None else value for key, value in asdict(row).items()
    }
    return wire | {"label": word(VERDICTS, row.verdict, language), "state": word(PHASES, row.phase, language)}


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


def zone_of(settings: Mapping[str, Any]) -> ZoneInfo:
    return ZoneInfo(settings.get("zone", "Asia/Tokyo"))


def _row(event: Event, people: PeopleOf, interview: Interview, now: int) -> AttendanceRow:
    person = people.roster.get(interview.id, {})
    found = judged(event, interview, now)
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
    )


def _companions(person: Mapping[str, Any], interview: Interview) -> str:
    here = {company.person for company in interview.company if company.arrived_at is not None}
    listed = person.get("companions", ())
    names = [f"{c.get('name', '')}({c['role']})" if c.get("role") else c.get("name", "") for c in listed]
    marked = [f"{name}○" if f"companion.{n}" in here else name for n, name in enumerate(names, 1)]
    return "、".join(marked)


def _staff(people: PeopleOf, interview: Interview) -> str:
    """Who confirmed the identity and who ended it: the people that an appeal would ask."""
    actors = [interview.identity.by if interview.identity else "", interview.ended.by if interview.ended else ""]
    ids = dict.fromkeys(actor.removeprefix("staff:") for actor in actors if actor.startswith("staff:"))
    return "、".join(str(people.staff.get(staff, {}).get("name", staff)) for staff in ids)


def _cells(row: AttendanceRow, zone: ZoneInfo, rooms: Mapping[str, str], language: str) -> list[str]:
    identity = (
        {True: ("済", "confirmed"), False: ("疑義", "doubted")}.get(row.identity) if row.identity is not None else None
    )
    return [
        row.number,
        row.name,
        rooms.get(row.room, row.room),
        local(row.starts_at, zone).strftime("%Y-%m-%d %H:%M"),
        _clock(row.first_attempt_at, zone),
        _clock(row.arrived_at, zone),
        _clock(row.counts_at, zone),
        word(VERDICTS, row.verdict, language),
        str(row.minutes) if row.minutes else "",
        _clock(row.admitted_at, zone),
        _clock(row.ended_at, zone),
        word(PHASES, row.phase, language),
        word(SIDES, row.end_side, language) if row.phase in ("broken_off", "cancelled") else "",
        pick(identity, language) if identity else "",
        row.companions,
        row.staff,
    ]


def _clock(at: int | None, zone: ZoneInfo) -> str:
    """To the second, cut off, never rounded up into the next minute."""
    moment: datetime | None = local(at, zone) if at is not None else None
    return moment.strftime("%Y-%m-%d %H:%M:%S") if moment else ""
