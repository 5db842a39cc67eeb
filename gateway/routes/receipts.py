"""The receipt of a check-in: for the candidate who has the seat, and its check for anybody.

``POST /api/receipt`` stores nothing and notes nothing; without a signature that holds it looks nothing up.
"""

from __future__ import annotations

import asyncio
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import segno
from aiohttp import web

from gateway.access import Caller
from gateway.attendance import zone_of
from gateway.hall import Hall
from gateway.problems import Problem
from gateway.receipt import MAX_CHARS, BadReceipt, Read, Receipt, read, receipt_of
from gateway.requests import body_of, caller_of, house_of
from waiting_room.entries import CheckedIn

if TYPE_CHECKING:
    from gateway.house import House

MAX_BODY = 2 * MAX_CHARS  # bytes: the receipt in JSON
KEPT_CODES = 200  # QR codes that are remembered, some 40 KB each: those who look at theirs just now
QUIET = 4  # modules of white around a QR code (ISO/IEC 18004)


def routes() -> list[web.RouteDef]:
    return [web.get("/api/s/{sid}/receipt", _mine), web.post("/api/receipt", _check)]


async def _mine(request: web.Request) -> web.Response:
    """The candidate's own. Problem ``forbidden``, ``no_seat``."""
    caller = caller_of(request)
    if caller.role != "candidate" or caller.interview is None:
        raise Problem("forbidden")
    text = receipt_of(caller.hall, caller.interview, caller.house.keys) if _holds(caller) else None
    if text is None:
        raise Problem("no_seat")
    return web.json_response(
        {"receipt": text, "url": _address(caller.house, text), "qr": await _qr(caller.house, text)}
    )


def _holds(caller: Caller) -> bool:
    return caller.interview is not None and caller.interview.holder == caller.sid


async def _check(request: web.Request) -> web.Response:
    """``signature``: ``holds``, ``unknown_key`` (it holds, by a key that is not ours) or ``broken``. ``journal``:
    ``stands``, ``void`` (staff found that it was not this person), ``differs``, or null where the event is not here."""
    house = house_of(request)
    text = (await body_of(request, MAX_BODY)).get("receipt")
    if not isinstance(text, str):
        raise Problem("invalid", field="/receipt")
    try:
        found = read(text)
    except BadReceipt:
        return web.json_response({"signature": "broken"})
    ours = found.fingerprint in {one.fingerprint for one in house.keys.describe() if one.kind == "record"}
    if not ours:
        return web.json_response({"signature": "unknown_key", **_told(found)})
    hall = house.halls.get(found.receipt.event)
    journal = None if hall is None else await _journal(house, hall, found.receipt)
    told = {
        **_told(found),
        "journal": journal,
        "event": _event(hall),
        "qr": await _qr(house, text.strip().rpartition("#")[2]),
    }
    return web.json_response({"signature": "holds", **told})


def _told(found: Read) -> dict[str, Any]:
    one = found.receipt
    said = {"event": one.event, "number": one.number, "at": one.at // 1000, "offset": one.offset}
    said |= {"rehearsal": True} if one.rehearsal else {}
    return {"receipt": said, "fingerprint": found.fingerprint}


async def _journal(house: House, hall: Hall, receipt: Receipt) -> str:
    """What has become of the check-in since."""
    (entry,) = await house.book.read(hall.id, receipt.offset - 1, 1) or (None,)
    if entry is None or entry.at != receipt.at or not isinstance(entry.entry, CheckedIn):
        return "differs"
    interview = hall.state.interviews.get(entry.stream.removeprefix("i:"))
    arrival = interview.arrival if interview is not None else None
    return "stands" if arrival is not None and arrival.offset == receipt.offset else "void"


def _event(hall: Hall | None) -> dict[str, Any] | None:
    """The office, whom to ask; nothing of it once the event was purged."""
    if hall is None or not hall.people.settings:
        return None
    settings = hall.people.settings
    return {"title": settings["title"], "office": settings["office"], "timezone": zone_of(settings).key}


def _address(house: House, text: str) -> str:
    return f"{house.settings.public_origin}/receipt#{text}"


async def _qr(house: House, text: str) -> dict[str, Any]:
    """On a thread: laying one out takes 40 ms."""
    return await asyncio.to_thread(_modules, _address(house, text))


@lru_cache(KEPT_CODES)
def _modules(address: str) -> dict[str, Any]:
    """An address as modules: one path in a square of ``size``, the quiet zone included."""
    rows = segno.make(address, error="m", micro=False).matrix
    path = "".join(
        f"M{x + QUIET} {y + QUIET}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark
    )
    return {"size": len(rows) + 2 * QUIET, "path": path}
