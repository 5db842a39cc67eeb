"""An event as an office writes it (``waiting_room/schema/event.json``), checked as a whole.

Durations are minutes in the file and seconds in the policy. A text is a string, or one string per language.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from gateway.faults import Fault, Faulty, nearest, schema_faults
from gateway.policyfile import complete, policy_faults, policy_of, policy_schema
from waiting_room.codec import parse_json
from waiting_room.errors import Malformed
from waiting_room.policy import Policy

MAX_EVENT_BYTES = 512 * 2**10  # two notices of 20,000 characters in two languages, and room names
DEFAULTS: Mapping[str, Any] = {
    "zone": "Asia/Tokyo",
    "languages": ["ja", "en"],
    "opens_before": 30,
    "arrive_by": 5,
    "late_after": 0,
    "absent_after": 10,
    "absent_automatic": False,
    "early_allowed": True,
    "provider": "webrtc",
    "handover_before": 0,
    "handover_wait": 2,
    "shown_name": "both",
    "provider_terms": "agree",
    "provider_order": [],
    "slot_minutes": 20,
}

Text = str | Mapping[str, str]


@dataclass(frozen=True, slots=True)
class EventFile:
    """A valid event. ``document`` is the file's content with every default written out: what is kept as the event's
    settings. ``id`` is None where the file leaves it to us; ``date`` is the day for rosters that hold times only."""

    id: str | None
    zone: ZoneInfo
    date: date | None
    rooms: Mapping[str, Text]
    provider: str
    slot_minutes: int
    policy: Policy
    document: Mapping[str, Any]

    @classmethod
    def read(cls, data: bytes) -> EventFile:
        """The event in a JSON file. Faulty."""
        try:
            document = parse_json(data.removeprefix(b"\xef\xbb\xbf"), max_bytes=MAX_EVENT_BYTES)
        except Malformed as error:
            fault = Fault("", "malformed", f"this is no event: {error.sentence}", f"読み取れません: {error.sentence}")
            raise Faulty([fault]) from error
        return cls.parse(document)

    @classmethod
    def parse(cls, document: Any) -> EventFile:
        """The event that a JSON value says. Faulty, with every fault at once."""
        faults = schema_faults(event_schema(), document)
        if not faults:
            faults = [*policy_faults(document), *_semantic_faults(_in_full(document))]
        if faults:
            raise Faulty(faults)
        return _build(_in_full(document))


def provider_faults(event: EventFile, configured: Sequence[str]) -> list[Fault]:
    """Every provider that the event names and that is not among the ``configured`` ones: those of this gateway."""
    named = [("provider", event.provider)]
    named += [(f"provider_order[{n}]", name) for n, name in enumerate(event.policy.provider_order)]
    return [_unconfigured(path, name, configured) for path, name in named if name not in configured]


def say(text: Text, language: str) -> str:
    """A text in the language, or in the one that it has."""
    if isinstance(text, str):
        return text
    return text.get(language) or next(iter(text.values()), "")


@cache
def event_schema() -> Mapping[str, Any]:
    """The JSON schema of an event file, with that of its policy inside."""
    schema: dict[str, Any] = json.loads((files("waiting_room") / "schema" / "event.json").read_text("utf-8"))
    return schema | {"$defs": schema["$defs"] | {"policy": policy_schema()}}


def _in_full(document: Mapping[str, Any]) -> dict[str, Any]:
    """With every default written out."""
    return {**DEFAULTS, **complete(document)}


def _build(document: Mapping[str, Any]) -> EventFile:
    day = document.get("date")
    return EventFile(
        id=document.get("id"),
        zone=ZoneInfo(document["zone"]),
        date=date.fromisoformat(day) if day else None,
        rooms={room["id"]: room["name"] for room in document["rooms"]},
        provider=document["provider"],
        slot_minutes=document["slot_minutes"],
        policy=policy_of(document),
        document=dict(document),
    )


def _semantic_faults(document: Mapping[str, Any]) -> Iterator[Fault]:
    yield from _room_faults(document["rooms"])
    yield from _zone_faults(document["zone"])
    yield from _order_faults(document)
    yield from _language_faults(document, document["languages"])
    if "date" in document and not _is_date(document["date"]):
        yield Fault("date", "bad_date", "is no day of the calendar", "暦にない日付です")


def _room_faults(rooms: Sequence[Mapping[str, Any]]) -> Iterator[Fault]:
    ids: set[str] = set()
    names: set[str] = set()
    for position, room in enumerate(rooms):
        if room["id"] in ids:
            yield Fault(f"rooms[{position}].id", "duplicate", "is used twice", "同じ id が二度あります")
        name = say(room["name"], "ja")
        if name in names:
            yield Fault(f"rooms[{position}].name", "duplicate", "is used twice", "同じ名前が二度あります")
        ids.add(room["id"])
        names.add(name)


def _zone_faults(zone: str) -> Iterator[Fault]:
    known = available_timezones()
    if zone not in known:
        guess = nearest(zone, sorted(known))
        en, ja = "is no time zone", "知らない時間帯です"
        if guess:
            en, ja = f'{en}; did you mean "{guess}"?', f"{ja}。「{guess}」のことですか"
        yield Fault("zone", "bad_zone", en, ja)


def _unconfigured(path: str, name: str, configured: Sequence[str]) -> Fault:
    guess, all_ = nearest(name, configured), ", ".join(configured)
    if guess:
        en, ja = f'did you mean "{guess}"?', f"「{guess}」のことですか"
    else:
        en, ja = f"there is: {all_}", f"使えるもの: {all_}"
    return Fault(
        path,
        "unknown_provider",
        f"is not set up in this gateway; {en}",
        f"このゲートウェイでは設定されていません。{ja}",
    )


def _order_faults(document: Mapping[str, Any]) -> Iterator[Fault]:
    if document["opens_before"] < (document["arrive_by"] or 0):
        yield Fault(
            "opens_before",
            "bad_order",
            "must not be less than arrive_by: nobody could be on time",
            "arrive_by 以上でなければなりません(誰も間に合いません)",
        )
    absent = document["absent_after"]
    if absent is not None and absent < document["late_after"]:
        yield Fault(
            "absent_after",
            "bad_order",
            "must not be less than late_after",
            "late_after 以上でなければなりません",
        )
    if absent is None and document["absent_automatic"]:
        yield Fault("absent_automatic", "bad_order", "needs absent_after", "absent_after が必要です")


def _language_faults(value: Any, languages: Sequence[str], path: str = "") -> Iterator[Fault]:
    """Every text that says one language has to say all languages of the event."""
    if isinstance(value, Mapping):
        if value and value.keys() <= {"ja", "en"}:
            for language in languages:
                if language not in value:
                    yield Fault(f"{path}.{language}", "missing", "is required by languages", "この言語の文が必要です")
            return
        for key, inner in value.items():
            yield from _language_faults(inner, languages, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from _language_faults(inner, languages, f"{path}[{position}]")


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
