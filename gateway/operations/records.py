"""What can be proven: attendance, the journal's wholeness, and the keys."""

from __future__ import annotations

import asyncio
import base64
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from gateway.attendance import attendance, attendance_csv, attendance_json, digest, wording_of
from gateway.hall import Hall
from gateway.keys import KINDS, Keys
from gateway.operations.call import Call
from gateway.problems import Problem
from gateway.record.timeline import pictures
from gateway.spreadsheet import CannotEncode
from waiting_room.commands import RecordExport
from waiting_room.event import Event
from waiting_room.journal.book import Book

SEAL_TRIES = 100  # a second in all: then the export goes out unsealed, and the reactor's seal covers it
SEAL_PAUSE = 0.01  # seconds


@dataclass(frozen=True, slots=True)
class _Nobody:
    """No names: verdicts do not rest on any."""

    roster: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    staff: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)

    @staticmethod
    def private(_offset: int | None) -> Mapping[str, Any]:
        return {}


NOBODY = _Nobody()


async def show_attendance(call: Call) -> dict[str, Any]:
    """The record as rows and as a file; sealed and journalled as an export before it leaves."""
    hall = call.hall()
    await call.execute(hall, RecordExport("attendance"))
    await seal_now(call, hall)
    rows = attendance(hall.state, hall.people, room_asked_for(call, hall))
    settings = hall.people.settings
    wording = wording_of(settings, hall.state, call.language)
    wanted = call.args.get("encoding", "utf-8-sig")
    if wanted not in ("utf-8-sig", "cp932"):
        raise Problem("invalid", field="/encoding")
    try:
        file = attendance_csv(rows, settings, hall.state, call.language, wanted)
    except CannotEncode as error:
        cells = [{"row": row, "column": column} for row, column in error.cells]
        raise Problem("cannot_encode", field="/encoding", extra={"cells": cells}) from None
    return {
        "event": hall.id,
        "rows": [attendance_json(row, call.language) for row in rows],
        "csv": base64.b64encode(file).decode(),
        "pictures": [asdict(one) for one in pictures(hall.state, rows, wording)],
        "digest": digest(rows),
        "sealed": hall.state.sealed,
        "record_key": call.house.keys.record_fingerprint(),
    }


def room_asked_for(call: Call, hall: Hall) -> str | None:
    """``room``, or None for the whole event. Problem ``unknown_room``."""
    room = call.optional("room")
    if room is not None and room not in hall.state.rooms:
        raise Problem("unknown_room", field="/room")
    return room


async def verify(call: Call) -> dict[str, Any]:
    """Chain, seals and private payloads, then every interview's state and verdict from nothing but the journal.
    ``ok`` false names the first fault; the answer itself is no error."""
    event = call.text("event")
    return await verify_event(call.house.book, call.house.keys, event, call.house.halls.get(event))


async def verify_event(book: Book, keys: Keys, event: str, hall: Hall | None = None) -> dict[str, Any]:
    """The same without a house, for a journal that no hall can be opened of; with ``hall``, what it has in memory is
    compared too. Problem ``unknown_event``."""
    if event not in await book.events():
        raise Problem("unknown_event", field="/event")
    report = await book.verify(event, keys.record)
    answer = {**asdict(report), "ok": report.ok, "record_key": keys.record_fingerprint()}
    if not report.ok:
        return answer
    derived = await _derive(book, event, report.entries, hall)
    rows = attendance(derived, NOBODY)
    answer |= {
        "phases": dict(sorted(Counter(row.phase for row in rows).items())),
        "verdicts": dict(sorted(Counter(row.verdict for row in rows).items())),
        "attendance": digest(rows),
    }
    if hall is not None and (differing := _differing(derived, hall)) is not None:
        sentence = f"the running gateway's state of {differing} is not what its entries say"
        answer |= {"ok": False, "fault": {"offset": derived.head, "code": "state", "sentence": sentence}}
    return answer


async def rotate_keys(call: Call) -> dict[str, Any]:
    """``kind``: link, session, token or record; ``drop_old``: make everything older worthless (link, session)."""
    kind = call.text("kind")
    if kind not in KINDS:
        raise Problem("invalid", field="/kind")
    try:
        made = call.house.keys.rotate(kind, call.house.clock(), drop_old=call.flag("drop_old"))
    except ValueError as error:
        raise Problem("invalid", field="/drop_old") from error
    return {"rotated": asdict(made)}


async def show_keys(call: Call) -> dict[str, Any]:
    """Every key by id, age and fingerprint; no secret."""
    return {"keys": [asdict(one) for one in call.house.keys.describe()]}


async def seal_now(call: Call, hall: Hall) -> None:
    """Seal what is there. The hall's chain follows its state by a moment; the reactor seals what this does not."""
    for _ in range(SEAL_TRIES):
        if await hall.seal(call.house.keys.record) or hall.state.sealed == hall.state.head:
            return
        await asyncio.sleep(SEAL_PAUSE)


async def _derive(book: Book, event: str, upto: int, hall: Hall | None) -> Event:
    derived = Event()
    while derived.head < upto and (entries := await book.read(event, derived.head)):
        for entry in entries[: upto - derived.head]:
            derived.apply(entry if hall is None else hall.renamed(entry))
    return derived


def _differing(derived: Event, hall: Hall) -> str | None:
    """An interview or room whose state in memory is another one; None also when the hall has moved on meanwhile."""
    if hall.state.head != derived.head:
        return None
    ours = {**hall.state.interviews, **{f"r:{key}": room for key, room in hall.state.rooms.items()}}
    theirs = {**derived.interviews, **{f"r:{key}": room for key, room in derived.rooms.items()}}
    return next((key for key in sorted(ours.keys() | theirs.keys()) if ours.get(key) != theirs.get(key)), None)
