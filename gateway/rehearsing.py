"""An event laid out anew for practice: its rules and its timetable's shape, with a day of minutes and invented people.

A gateway has one clock, and verdicts follow from policy and entries alone, so what is made fast is the day itself: its
durations and its slots are compressed by one factor, and everything that judges them stays as it is (ADR 0015).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from gateway.eventfile import EventFile, say
from gateway.health import REHEARSAL
from gateway.moments import local
from gateway.policyfile import IN_MINUTES, SHORT, short_rules, written
from gateway.roster import BY_KEY
from waiting_room.identity import fold_name, fold_number
from waiting_room.interview import Interview
from waiting_room.policy import SECOND, Policy

MINUTE = 60 * SECOND  # microseconds
SLOT = 4  # minutes that a usual interview lasts in a rehearsal: lateness and absence are seen within as many
SPARE = 3  # minutes, less one at most, from the click to the last moment at which the first candidate is on time
LONGEST_GAP = 10  # minutes between two starts: a lunch or a night is not worth more of a rehearsal
MOST = 120  # interviews: two hours with a room, which nobody sits through
MADE_UP = 3  # interviews in each room of an event that has no roster yet
ROOM = 170  # characters of a title, so that the mark fits before it: the schema has 200
RETENTION_DAYS = 1  # a rehearsal that nobody removes goes by itself

TITLE = {"ja": "【練習】", "en": "[Rehearsal] "}
FAMILY, FAMILY_KANA = "練習", "レンシュウ"  # "practice": nobody takes the name for somebody's
GIVEN: Sequence[tuple[str, str]] = (
    ("一郎", "イチロウ"), ("花子", "ハナコ"), ("次郎", "ジロウ"), ("桜", "サクラ"),
    ("健太", "ケンタ"), ("美咲", "ミサキ"),
    ("三郎", "サブロウ"), ("由美", "ユミ"), ("大輔", "ダイスケ"),
    ("真理", "マリ"), ("拓也", "タクヤ"), ("陽子", "ヨウコ"),
)  # fmt: skip
NUMBER = "R{:03}"
# Rules that count days, or name somebody's list of numbers: in a day of minutes they say nothing.
LEFT_OUT: Mapping[str, Any] = MappingProxyType(
    {
        "number_pattern": None,
        "pretest": "off",
        "invite_valid_before": None,
        "opening_hours": [],
        "closing_days": [],
        "retention_days": RETENTION_DAYS,
        "provider_order": [],
        "booking": {
            "lead_days": None, "cancel_by": None, "confirmation": "none", "reply_by": None, "invite_expected_by": None,
            "invite_report_by": None, "show_repeat_absence": False,
        },
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """One interview of the shape. ``start``, ``length``: minutes, the start from that of the first."""

    room: str
    start: int
    length: int
    companions: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """A rehearsal before it is made. ``given_up``: providers of the event that the scripted one stands in for;
    ``interviews``: of the event, of which as many as there are ``places`` come along; ``slot``: minutes of a usual
    interview, there and here."""

    file: Mapping[str, Any]
    places: tuple[Place, ...]
    given_up: tuple[str, ...]
    interviews: int
    slot: tuple[int, int]


def plan(event: EventFile, interviews: Iterable[Interview], in_use: Collection[str]) -> Plan:
    """What a rehearsal of this event is. ``in_use``: providers that it is held with now. The id is left to whoever
    makes it."""
    shape = shape_of(event, interviews)
    usual = _usual(shape) or event.slot_minutes
    factor = min(Fraction(1), Fraction(SLOT, usual))
    chosen = sorted(shape, key=lambda place: (place.start, place.room))[:MOST]
    rules, slot = compressed(rules_of(event.document), factor, usual)
    return Plan(
        file=_file(event, rules, slot),
        places=fast(chosen, factor),
        given_up=tuple(sorted(set(in_use) - {REHEARSAL})),
        interviews=len(shape),
        slot=(usual, slot),
    )


# --- the rules ---------------------------------------------------------------------------------------------------


def rules_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """Every rule of an event's complete file, in minutes, as its ``policy`` says it."""
    said = {key: value for key, value in document.get("policy", {}).items() if key != "preset"}
    return {**written(Policy()), **short_rules(document), **said}


def compressed(rules: Mapping[str, Any], factor: Fraction, usual: int) -> tuple[dict[str, Any], int]:
    """The same rules with their minutes made few, and the minutes of a ``usual`` interview.

    All durations go through one table that keeps their order, zero included, so no deadline overtakes another and no
    two that differ fall together; none grows. Seconds that a person needs to react stay."""
    found = {key: rules[key] for key in IN_MINUTES if rules[key] is not None and key not in LEFT_OUT}
    table = order_keeping([*found.values(), usual], factor)
    return {**rules, **{key: table[minutes] for key, minutes in found.items()}, **LEFT_OUT}, table[usual]


def order_keeping(minutes: Iterable[int], factor: Fraction) -> dict[int, int]:
    """Each number of minutes times the ``factor`` (at most 1), rounded, at least 1 where it is not 0 and at least one
    more than the next smaller one. Never more than it was."""
    table: dict[int, int] = {}
    before = -1
    for one in sorted(set(minutes)):
        table[one] = before = max(_rounded(one * factor), before + 1, min(one, 1))
    return table


def _rounded(exact: Fraction) -> int:
    return int(exact + Fraction(1, 2))


def _file(event: EventFile, rules: Mapping[str, Any], slot: int) -> dict[str, Any]:
    """The event's file for practice. What is mailed is left out, for nothing is, and so are words about a provider."""
    away = {"id", "date", "mail", "terms", "policy", "absent_automatic", *SHORT}
    kept = {key: value for key, value in event.document.items() if key not in away}
    said = {"rehearsal": True, "provider": REHEARSAL, "slot_minutes": slot, "policy": dict(rules)}
    return {**kept, "title": _title(event.document["title"]), **said}


def _title(title: Any) -> dict[str, str]:
    return {language: f"{mark}{say(title, language)[:ROOM]}" for language, mark in TITLE.items()}


# --- the timetable -----------------------------------------------------------------------------------------------


def shape_of(event: EventFile, interviews: Iterable[Interview]) -> tuple[Place, ...]:
    """Where the event's interviews stand on its day, with nothing of whose they are. One that was cancelled before has
    no place. An event without a roster gets a few in each room."""
    held = [i for i in interviews if i.room and i.phase != "cancelled"]
    if not held:
        slot, rooms = event.slot_minutes, event.rooms
        return tuple(Place(room, n * slot, slot) for room in rooms for n in range(MADE_UP))
    first = min(i.starts_at for i in held)
    return tuple(
        Place(i.room, (i.starts_at - first) // MINUTE, max(1, (i.ends_at - i.starts_at) // MINUTE), i.companions)
        for i in held
    )


def fast(shape: Sequence[Place], factor: Fraction) -> tuple[Place, ...]:
    """The same order of starts, minutes apart. Who begins together does so still; in a room nobody begins before the
    one before is over."""
    starts = _starts(sorted({place.start for place in shape}), factor)
    free: dict[str, int] = {}
    found: list[Place] = []
    for place in sorted(shape, key=lambda place: (place.start, place.room)):
        start = max(starts[place.start], free.get(place.room, 0))
        length = max(1, _rounded(place.length * factor))
        free[place.room] = start + length
        found.append(Place(place.room, start, length, place.companions))
    return tuple(found)


def _starts(distinct: Sequence[int], factor: Fraction) -> dict[int, int]:
    """Rounded from the sum, not each gap by itself: rooms that begin a minute apart do not stretch the day."""
    table: dict[int, int] = {}
    exact, before = Fraction(0), distinct[0] if distinct else 0
    for start in distinct:
        exact += min(Fraction(LONGEST_GAP), (start - before) * factor)
        table[start], before = _rounded(exact), start
    return table


def _usual(shape: Sequence[Place]) -> int:
    """Minutes: the length in the middle."""
    lengths = sorted(place.length for place in shape)
    return lengths[len(lengths) // 2] if lengths else 0


# --- the people --------------------------------------------------------------------------------------------------


def roster(event: EventFile, places: Sequence[Place], now: int, taken: Iterable[Mapping[str, Any]]) -> list[list[str]]:
    """The rehearsal's roster, heading first, as a spreadsheet has it. By the rules of ``event``, the rehearsal's, the
    door is open for the first and there is time left to be on time. No number and no name is one of those ``taken``."""
    columns = ("number", "name", "kana", "room", "date", "start", "minutes", "companions")
    people = invented(taken)
    arrive_by = event.policy.arrive_by or 0
    ahead = min(arrive_by + SPARE * 60, event.policy.opens_before)  # seconds
    first = local(now + ahead * SECOND, event.zone).replace(second=0, microsecond=0)
    lines = [[BY_KEY[column].ja for column in columns]]
    for place in places:
        number, name, kana = next(people)
        begins = first + timedelta(minutes=place.start)
        company = "、".join(f"{FAMILY} 同伴{n}" for n in range(1, place.companions + 1))
        day, clock = begins.strftime("%Y/%m/%d"), begins.strftime("%H:%M")
        room = say(event.rooms[place.room], "ja")
        lines.append([number, name, kana, room, day, clock, str(place.length), company])
    return lines


def invented(taken: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str, str]]:
    """Number, name and reading of people who do not exist, none like a row of ``taken``, for ever."""
    rows = tuple(taken)
    numbers = {fold_number(str(row.get("number", ""))) for row in rows}
    names = {fold_name(str(row.get("name", ""))) for row in rows}
    at = 0
    while True:
        at += 1
        given, kana = GIVEN[(at - 1) % len(GIVEN)]
        again = (at - 1) // len(GIVEN)
        number, name = NUMBER.format(at), f"{FAMILY} {given}{again + 1 if again else ''}"
        if fold_number(number) not in numbers and fold_name(name) not in names:
            yield number, name, f"{FAMILY_KANA} {kana}"
