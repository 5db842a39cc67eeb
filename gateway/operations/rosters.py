"""The roster of an event: looked at, imported, and the links that go out."""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from gateway.attendance import room_names, zone_of
from gateway.cutoffs import dates_of
from gateway.earlier import absences, told
from gateway.eventfile import EventFile
from gateway.hall import Hall
from gateway.moments import local
from gateway.operations import rosterupdates
from gateway.operations.call import Call, event_file, new_id
from gateway.problems import Problem
from gateway.roster import Entrant, Preview, Taken, read_roster
from gateway.rosterdiff import Standing, sat_again
from gateway.rosterrules import bounded, judged
from gateway.sheet import sheet_html, sheet_text
from gateway.spreadsheet import MAX_BYTES, CannotEncode, write_table
from waiting_room.booking import standing
from waiting_room.commands import ImportRoster, IssueInvite, RecordExport, Slot
from waiting_room.entries import InviteIssued, Scheduled
from waiting_room.identity import fold_number
from waiting_room.journal.book import DocumentWrite, Written
from waiting_room.journal.port import Conflict
from waiting_room.punctuality import deadlines

NEVER = 2**62  # a version that no stream has: an append that only finds out whether the command is a repeat
INVITE_HEADER = {
    "ja": [
        "受験番号",
        "氏名",
        "宛先",
        "面接室",
        "開始時刻",
        "受付期限",
        "メールアドレス",
        "電話番号",
        "リンク",
        "返事の期限",
        "不着連絡の期限",
    ],
    "en": [
        "number",
        "name",
        "for",
        "room",
        "start",
        "arrive by",
        "email",
        "telephone",
        "link",
        "reply by",
        "report by",
    ],
}


async def import_roster(call: Call) -> dict[str, Any]:
    """``csv``: base64. ``dry_run``: only look. ``despite_rules``: what breaks the event's own rules is a warning.
    ``update``: over what is there, see ``rosterupdates``; else new interviews only. All or nothing: Problem
    ``roster_faults`` with every fault."""
    hall = call.hall()
    if call.command_id and (first := await _first_answer(call, hall)) is not None:
        imported = sum(isinstance(st.entry, Scheduled) for st in first.entries)
        answer = {"rows": imported, "columns": [], "faults": [], "warnings": [], "encoding": "", "imported": imported}
        return {**answer, **(rosterupdates.first_answer(first.entries) or {})}
    if call.flag("update"):
        return await rosterupdates.update(call, hall, csv_of(call))
    # On a thread: 5,000 lines take half a second, and a day may be under way.
    taken = _taken(hall)
    preview = await asyncio.to_thread(_looked, call, csv_of(call), event_file(hall), taken)
    before = absences(call.house.halls, hall, (one.number for one in preview.entrants))
    preview = replace(preview, warnings=bounded([*preview.warnings, *told(preview.entrants, before)]))
    answer = preview.to_json(call.language)
    if call.flag("dry_run"):
        return {**answer, "imported": 0}
    if preview.faults:
        raise Problem("roster_faults", field="/csv", extra=answer)
    slots, documents = _slots(preview, taken, before)
    await call.execute(hall, ImportRoster(slots), documents=documents)
    return {**answer, "imported": len(slots)}


async def invites(call: Call) -> dict[str, Any]:
    """Every personal link, as rows and as a file to mail from; journalled as an export."""
    hall = call.hall()
    rows = _invite_rows(call, hall)
    table = [INVITE_HEADER["ja" if call.language == "ja" else "en"], *(list(row.values())[2:] for row in rows)]
    file = encoded(call, table)
    await call.execute(hall, RecordExport("invites"))
    return {"event": hall.id, "invites": rows, "csv": base64.b64encode(file).decode()}


async def reissue(call: Call) -> dict[str, Any]:
    """``interview``, ``person?``: a new link; the one before is worthless from now on."""
    hall = call.hall()
    interview, person = call.text("interview"), call.optional("person") or "candidate"
    if interview not in hall.state.interviews:
        raise Problem("unknown_interview", field="/interview")
    done = await call.execute(hall, IssueInvite(interview, person))
    issued = [st.entry.issue for st in done.stamped if isinstance(st.entry, InviteIssued)]
    issue = issued[0] if issued else hall.state.interviews[interview].issue(person)
    return {"link": call.house.links.invite(hall.id, interview, person, issue), "issue": issue}


async def sheet(call: Call) -> dict[str, Any]:
    """The day on paper, as a page and as text; journalled as an export."""
    hall = call.hall()
    await call.execute(hall, RecordExport("sheet"))
    return {
        "event": hall.id,
        "html": sheet_html(hall.state, hall.people, call.language),
        "text": sheet_text(hall.state, hall.people, call.language),
    }


def encoded(call: Call, table: list[list[str]]) -> bytes:
    """The table in the encoding that was asked for. Problem ``cannot_encode`` naming the cells, not their content."""
    wanted = call.args.get("encoding", "utf-8-sig")
    if wanted not in ("utf-8-sig", "cp932"):
        raise Problem("invalid", field="/encoding")
    try:
        return write_table(table, wanted)
    except CannotEncode as error:
        cells = [{"row": row, "column": column} for row, column in error.cells]
        raise Problem("cannot_encode", field="/encoding", extra={"cells": cells}) from None


async def _first_answer(call: Call, hall: Hall) -> Written | None:
    """What this command was answered before, None when it is new."""
    try:
        return await call.house.book.append(
            hall.id, (), guards={"event": NEVER}, command_id=call.command_id, epoch=hall.epoch
        )
    except Conflict:
        return None


def csv_of(call: Call) -> bytes:
    """The file in ``csv``. Problem ``invalid``."""
    text = call.args.get("csv")
    if not isinstance(text, str) or len(text) > MAX_BYTES * 2:
        raise Problem("invalid", field="/csv")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Problem("invalid", field="/csv") from error


def _taken(hall: Hall) -> Taken:
    slots: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for interview in hall.state.interviews.values():
        if interview.phase not in ("cancelled", "absent"):
            slots[interview.room].append((interview.starts_at, interview.ends_at))
    numbers = frozenset(fold_number(str(row.get("number", ""))) for row in hall.people.roster.values())
    return Taken(numbers, slots, sat_again(Standing(tuple(hall.state.interviews.values()), hall.people.roster)))


def _looked(call: Call, data: bytes, event: EventFile, taken: Taken) -> Preview:
    day = rosterupdates.today(call, event)
    preview = read_roster(data, event, taken, today=day)
    return judged(preview, event, preview.entrants, day, despite_rules=call.flag("despite_rules"))


def _slots(preview: Preview, taken: Taken, before: Mapping[str, int]) -> tuple[tuple[Slot, ...], list[DocumentWrite]]:
    slots: list[Slot] = []
    documents: list[DocumentWrite] = []
    for entrant in preview.entrants:
        interview = new_id("iv", 12)
        resits = taken.over.get(fold_number(entrant.resits)) if entrant.resits else None
        earlier = before.get(fold_number(entrant.number), 0)
        slots.append(_slot(interview, entrant, resits, earlier))
        documents.append(("roster", interview, entrant.document()))
    return tuple(slots), documents


def _slot(interview: str, entrant: Entrant, resits: str | None, earlier_absences: int) -> Slot:
    return Slot(
        interview,
        entrant.room,
        entrant.starts_at,
        entrant.ends_at,
        companions=len(entrant.companions),
        private=entrant.document(),
        resits=resits,
        earlier_absences=earlier_absences,
    )


def _invite_rows(call: Call, hall: Hall) -> list[dict[str, str]]:
    settings = hall.people.settings
    names, zone = room_names(settings, hall.state, call.language), zone_of(settings)
    rows: list[dict[str, str]] = []
    for room in names:
        for interview in hall.state.of_room(room):
            row = hall.people.roster.get(interview.id, {})
            arrive_by = deadlines(interview, hall.state.policy).arrive_by
            dates = dates_of(hall.state.policy, interview.starts_at, hall.people.zone)
            asked = standing(interview, hall.state.policy, dates.reply_by, hall.state.at) == "asked"
            for person in interview.people():
                link = call.house.links.invite(hall.id, interview.id, person, interview.issue(person))
                rows.append(
                    {
                        "interview": interview.id,
                        "person": person,
                        "number": str(row.get("number", "")),
                        "name": str(row.get("name", "")),
                        "for": _for(row, person),
                        "room": names[room],
                        "start": local(interview.starts_at, zone).strftime("%Y-%m-%d %H:%M"),
                        "arrive_by": local(arrive_by, zone).strftime("%Y-%m-%d %H:%M"),
                        "email": str(row.get("email", "")),
                        "telephone": str(row.get("telephone", "")),
                        "link": link,
                        "reply_by": _minute(dates.reply_by if asked and person == "candidate" else None, zone),
                        "report_by": _minute(dates.report_by, zone),
                    }
                )
    return rows


def _minute(at: int | None, zone: ZoneInfo) -> str:
    return "" if at is None else local(at, zone).strftime("%Y-%m-%d %H:%M")


def _for(row: Any, person: str) -> str:
    if person == "candidate":
        return str(row.get("name", ""))
    companions = row.get("companions", ())
    place = int(person.removeprefix("companion.")) - 1
    return str(companions[place].get("name", "")) if place < len(companions) else person
