"""The attendance record as a page to print."""

from __future__ import annotations

from typing import Any

from gateway.attendance import attendance, digest, wording_of
from gateway.operations.call import Call
from gateway.operations.reasons import reasons_of
from gateway.operations.records import room_asked_for, seal_now
from gateway.record.page import Proof, page
from gateway.record.timeline import pictures
from waiting_room.commands import RecordExport


async def show_page(call: Call) -> dict[str, Any]:
    """``room``: that one only. Journalled as an export and sealed before it leaves."""
    hall = call.hall()
    room = room_asked_for(call, hall)
    await call.execute(hall, RecordExport("attendance"))
    await seal_now(call, hall)
    state, settings = hall.state, hall.people.settings
    rows = attendance(state, hall.people, room)
    wording = wording_of(settings, state, call.language)
    asked = [state.interviews[row.id] for row in rows]
    told = {one.interview: one for one in await reasons_of(call.house.book, hall, asked, call.language)}
    proof = Proof(state.sealed, state.at, digest(rows), call.house.keys.record_fingerprint())
    drawn = pictures(state, rows, wording)
    return {"event": hall.id, "html": page(rows, drawn, settings, proof, wording, told=told)}
