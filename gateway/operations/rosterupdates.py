"""A roster imported over the one that is there: looked at with its differences, then applied as it was looked at."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from gateway.earlier import absences, told
from gateway.eventfile import EventFile
from gateway.hall import Hall
from gateway.moments import local
from gateway.operations.call import Call, event_file, new_id
from gateway.problems import Problem
from gateway.roster import Preview, Taken, read_roster
from gateway.rosterdiff import (
    Difference,
    Standing,
    amendments,
    at_new_times,
    differences,
    sat_again,
    standing_faults,
    to_json,
)
from gateway.rosterfaults import fault
from gateway.rosterrules import bounded, judged
from waiting_room.commands import Slot, UpdateRoster
from waiting_room.entries import RosterImported, Stamped
from waiting_room.identity import fold_number
from waiting_room.journal.book import DocumentWrite
from waiting_room.journal.port import MAX_BATCH_ENTRIES

SIDES = ("candidate", "staff")


async def update(call: Call, hall: Hall, data: bytes) -> dict[str, Any]:
    """``dry_run``: only look; the answer's ``changes`` hold a ``token``, which applying repeats. ``withdraw_missing``:
    cancel those who are missing from the file, if they are exactly so many, on ``withdraw_side``. Problem
    ``roster_faults`` with every fault; ``moved_on`` where anything has changed since; ``missing_differs``."""
    async with hall.importing:
        seen = hall.state.imported
        event = event_file(hall)
        standing = Standing(tuple(hall.state.interviews.values()), dict(hall.people.roster))
        # On a thread: 5,000 lines take half a second, and a day may be under way.
        preview, found = await asyncio.to_thread(_looked, call, standing, event, data)
        preview, found = _with_absences(call, hall, preview, found)
        changes = to_json(found, event, data, call.language)
        answer = {**preview.to_json(call.language), "changes": changes, "imported": 0}
        if call.flag("dry_run"):
            return answer
        if preview.faults:
            raise Problem("roster_faults", field="/csv", extra=preview.to_json(call.language))
        if call.text("token") != changes["token"]:
            raise Problem("moved_on", field="/token")
        command, documents = _command(found, _withdrawn(call, found), _side(call), seen)
        await call.execute(hall, command, documents=documents)
    return {**answer, **_applied(len(command.added), len(command.amended), len(command.withdrawn))}


def first_answer(stamped: Sequence[Stamped]) -> dict[str, Any] | None:
    """What a repeat of an update is answered; None when it was none, or had nothing to do."""
    for st in stamped:
        if isinstance(st.entry, RosterImported):
            return _applied(st.entry.added, st.entry.changed, st.entry.withdrawn)
    return None


def today(call: Call, event: EventFile) -> Any:
    """By the office's clock."""
    return local(call.house.clock(), event.zone).date()


def _looked(call: Call, standing: Standing, event: EventFile, data: bytes) -> tuple[Preview, tuple[Difference, ...]]:
    day = today(call, event)
    preview = read_roster(data, event, Taken(over=sat_again(standing, also_resat=True)), today=day)
    found = differences(preview, event, standing) if not preview.faults else ()
    going = True if call.args.get("withdraw_missing") else None if call.flag("dry_run") else False
    faults, warnings = standing_faults(found, standing, withdrawing=going)
    faults += [fault(0, "", "too_many_at_once")] if _entries(found) > MAX_BATCH_ENTRIES else []
    preview = replace(preview, faults=bounded([*preview.faults, *faults]), warnings=bounded(warnings))
    slots = at_new_times(found)
    return judged(preview, event, slots, day, despite_rules=call.flag("despite_rules")), found


def _with_absences(
    call: Call, hall: Hall, preview: Preview, found: Sequence[Difference]
) -> tuple[Preview, tuple[Difference, ...]]:
    """With how often those who are new did not come before, where the rules let it be shown."""
    new = [one.entrant for one in found if one.kind == "added" and one.entrant is not None]
    before = absences(call.house.halls, hall, (one.number for one in new))
    numbered = (
        replace(one, earlier_absences=before.get(fold_number(one.entrant.number), 0))
        if one.kind == "added" and one.entrant is not None
        else one
        for one in found
    )
    return replace(preview, warnings=bounded([*preview.warnings, *told(new, before)])), tuple(numbered)


def _entries(found: Sequence[Difference]) -> int:
    """At most so many entries come of it: one batch of the journal has to hold them."""
    most = {"added": 1, "moved": 3, "changed": 1, "missing": 1, "unchanged": 0}
    reissued = sum(one.interview.companions for one in found if one.interview is not None and one.fields)
    return 1 + reissued + sum(most[one.kind] for one in found)


def _withdrawn(call: Call, found: Sequence[Difference]) -> tuple[str, ...]:
    said = call.args.get("withdraw_missing")
    if said is None:
        return ()
    if not isinstance(said, int) or isinstance(said, bool) or said < 0:
        raise Problem("invalid", field="/withdraw_missing")
    missing = tuple(one.interview.id for one in found if one.withdrawable and one.interview is not None)
    if len(missing) != said:
        raise Problem("missing_differs", field="/withdraw_missing", extra={"missing": len(missing)})
    return missing


def _side(call: Call) -> Any:
    side = call.args.get("withdraw_side", "candidate")
    if side not in SIDES:
        raise Problem("invalid", field="/withdraw_side")
    return side


def _command(
    found: Sequence[Difference], withdrawn: tuple[str, ...], side: Any, seen: int
) -> tuple[UpdateRoster, list[DocumentWrite]]:
    amended = tuple(amendments(found))
    rows = {one.interview.id: one.row for one in found if one.interview is not None}
    documents: list[DocumentWrite] = [("roster", one.interview, rows[one.interview]) for one in amended if one.fields]
    added: list[Slot] = []
    for one in found:
        if one.kind == "added" and (place := one.place) is not None:
            interview = new_id("iv", 12)
            companions = len(one.row.get("companions", ()))
            slot = Slot(interview, place.room, place.starts_at, place.ends_at, companions, one.row)
            added.append(replace(slot, resits=one.resits, earlier_absences=one.earlier_absences))
            documents.append(("roster", interview, one.row))
    return UpdateRoster(tuple(added), amended, withdrawn, side, seen), documents


def _applied(added: int, changed: int, withdrawn: int) -> dict[str, Any]:
    return {"imported": added, "applied": {"added": added, "changed": changed, "withdrawn": withdrawn}}
