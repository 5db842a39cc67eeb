"""How long what is personal is kept: purges that are due, holds that stop them, and what is held on one person."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from gateway.attendance import zone_of
from gateway.belongings import Belongings, belongings
from gateway.closed import Closed
from gateway.disclosure import disclosed, page
from gateway.hall import Hall
from gateway.operations.call import Call
from gateway.problems import Problem
from gateway.record.words import VERDICTS, word
from gateway.retention import Outlook
from waiting_room.commands import RecordDisclosure, SetHold

MAX_REASON = 500  # characters, as for every reason


async def run_retention(call: Call) -> dict[str, Any]:
    """Purge every event whose time is over, and finish what was interrupted. ``dry_run``: only say what would be.
    Rehearsals go too, and are not among what is counted."""
    retention = call.house.retention
    found = await (retention.look() if call.flag("dry_run") else retention.run(actor=call.actor))
    return {"events": [_to_json(one, call.language) for one in found if not one.rehearsal]}


async def set_hold(call: Call) -> dict[str, Any]:
    """``event``, ``interview?``, ``on``, ``reason``: keep what is personal until it is lifted. The reason is private.
    Of a person who was kept when the rest was purged it is not kept when the hold is lifted: their key is the next to
    go. Problem ``purged`` where there is nothing left to hold."""
    reason, on = call.text("reason", longest=MAX_REASON), call.flag("on")
    interview = call.optional("interview")
    hall, closed = await _found(call)
    if interview is not None and interview not in (hall or closed).state.interviews:
        raise Problem("unknown_interview", field="/interview")
    if hall is not None:
        await call.execute(hall, SetHold(on, interview, {"reason": reason, "by": call.actor}))
    else:
        await closed.execute(SetHold(on, interview), actor=call.actor, now=call.house.clock())
        await closed.seal(call.house.keys.record)
    return {"event": call.text("event"), "interview": interview, "on": on}


async def disclose(call: Call) -> dict[str, Any]:
    """``event``, ``interview``, ``reason``: everything that is held on one person, as JSON and as a page; journalled
    before it leaves. Problem ``purged`` where nothing is held any more."""
    reason, interview = call.text("reason", longest=MAX_REASON), call.text("interview")
    hall, closed = await _found(call)
    if interview not in closed.state.interviews:
        raise Problem("unknown_interview", field="/interview")
    held = await _held(call, hall, closed, interview)
    if hall is not None:
        await call.execute(hall, RecordDisclosure(interview, {"reason": reason}))
    else:
        await closed.execute(RecordDisclosure(interview), actor=call.actor, now=call.house.clock())
        await closed.seal(call.house.keys.record)
    zone = zone_of(hall.people.settings if hall is not None else {})
    record = disclosed(closed.state, closed.entries, interview, held, zone=zone, language=call.language)
    return {"event": closed.id, "record": record, "html": page(record, call.language)}


async def _found(call: Call) -> tuple[Hall | None, Closed]:
    """The open hall, if there is one, and the journal as it is. Problem ``unknown_event``."""
    event = call.text("event")
    if event not in await call.house.book.events():
        raise Problem("unknown_event", field="/event")
    return call.house.halls.get(event), await Closed.read(event, call.house.book)


async def _held(call: Call, hall: Hall | None, closed: Closed, interview: str) -> Belongings:
    if hall is not None:
        return await belongings(call.house.book, closed.id, closed.entries, interview)
    kept = (await call.house.book.kept(closed.id)).get(interview)
    if kept is None:
        raise Problem("purged")
    return kept


def _to_json(one: Outlook, language: str) -> dict[str, Any]:
    said = {key: value for key, value in asdict(one).items() if key != "rehearsal"}
    wire = {**said, "due_at": None if one.due_at is None else one.due_at // 1000}
    return wire | {"verdict_labels": {code: word(VERDICTS, code, language) for code in one.verdicts}}
