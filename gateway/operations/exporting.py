"""An event in one file that proves itself elsewhere."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

from gateway.bundle.making import COLLECTIONS, UNTOLD, Material, People, make
from gateway.hall import Hall
from gateway.operations.call import Call
from gateway.operations.records import seal_now
from gateway.policyfile import TEXTS
from gateway.problems import Problem
from waiting_room.commands import RecordExport
from waiting_room.journal.book import Book, stamped
from waiting_room.journal.port import Row


async def export(call: Call) -> dict[str, Any]:
    """The file inside the answer, for whoever is in this process. On a wire it is streamed, see ``made``."""
    answer, content = await made(call)
    return {**answer, "bundle": base64.b64encode(content).decode()}


async def made(call: Call) -> tuple[dict[str, Any], bytes]:
    """``people``: with what is personal. Journalled first and sealed, and the file ends in that seal, so it says itself
    that it was taken out, by whom, and what was in it. Problem ``conflict`` when the event is too busy to be sealed
    now."""
    hall, people = call.hall(), call.flag("people")
    await call.execute(hall, RecordExport("bundle_with_people" if people else "bundle"))
    journalled = hall.state.head
    await seal_now(call, hall)
    if hall.state.sealed < journalled:
        raise Problem("conflict")
    material = await _material(call, hall, hall.state.sealed, people=people)
    keys = call.house.keys
    # On a thread: seconds for a large event.
    content = await asyncio.to_thread(make, material, keys.record, list(keys.record_public()))
    answer = {
        "event": hall.id,
        "people": people,
        "entries": len(material.rows),
        "record_key": keys.record_fingerprint(),
    }
    return answer, content


async def _material(call: Call, hall: Hall, upto: int, *, people: bool) -> Material:
    rows = await _rows(call.house.book, hall.id, upto)
    told = await _people(call.house.book, hall.id, rows) if people else None
    texts = await call.house.book.documents(hall.id, TEXTS)
    return Material(hall.id, hall.epoch, rows, dict(hall.people.settings), told, dict(texts))


async def _rows(book: Book, event: str, upto: int) -> list[Row]:
    rows: list[Row] = []
    while len(rows) < upto and (page := await book.journal.read(event, len(rows))):
        rows += page[: upto - len(rows)]
    return rows


async def _people(book: Book, event: str, rows: list[Row]) -> People:
    entries = [stamped(row) for row in rows]
    told = {
        st.offset: st.private_digest
        for st in entries
        if st.private_digest is not None and getattr(st.entry, "kind", "") not in UNTOLD
    }
    documents = {collection: await book.documents(event, collection) for collection in COLLECTIONS}
    return People(await book.salted(event, told), documents)
