"""Links that a provider issued beforehand on its own pages: looked at, and imported."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from gateway import issued
from gateway.hall import Hall
from gateway.linksheet import Addressees, Sheet, read_links
from gateway.operations.call import Call, event_file
from gateway.operations.checking import still_to_be_held
from gateway.operations.providers import person_of, provider_of, running
from gateway.operations.rosters import csv_of
from gateway.problems import Problem
from gateway.roster import room_ids
from providers.harutaka.adapter import Harutaka
from waiting_room.commands import RegisterLinks
from waiting_room.identity import fold_number
from waiting_room.interview import Interview


async def import_links(call: Call) -> dict[str, Any]:
    """``provider``, ``csv``: base64, ``mailed``: whether candidates have these links already. ``dry_run``: only look.
    All or nothing: Problem ``links_faults`` with every fault. A link that was there is replaced. Problem ``not_issued``
    for a provider whose links are not imported."""
    hall, provider = call.hall(), provider_of(call)
    adapter = running(call.house, provider)
    if not isinstance(adapter, Harutaka):
        raise Problem("not_issued", field="/provider")
    data, mailed = csv_of(call), _mailed(call)
    async with hall.importing:  # what nobody else may have is the same until this is kept
        # On a thread: 5,000 links take a while to compare, and a day may be under way.
        taken = issued.taken(hall.people, provider)
        sheet = await asyncio.to_thread(read_links, data, _addressees(hall), taken, hosts=adapter.hosts)
        if call.flag("dry_run"):
            return {**_to_json(call, hall, provider, sheet), "imported": 0}
        if sheet.faults:
            raise Problem("links_faults", field="/csv", extra=_to_json(call, hall, provider, sheet))
        await _keep(call, hall, provider, sheet, mailed=mailed)
    return {**_to_json(call, hall, provider, sheet), "imported": len(sheet.pairs)}


async def _keep(call: Call, hall: Hall, provider: str, sheet: Sheet, *, mailed: bool) -> None:
    """The links and that they are there, in one batch: within its bounds by those of a file (``MAX_ROWS``, 4 MiB)."""
    documents = [issued.interview_document(hall.people, provider, one, pair) for one, pair in sheet.pairs.items()]
    documents += [issued.room_document(provider, room, evaluator) for room, evaluator in sheet.rooms.items()]
    held = frozenset(issued.holders(hall.people, provider)) - sheet.pairs.keys()
    again = tuple(i.id for i in still_to_be_held(hall) if i.id in held and i.room in sheet.rooms)
    command = RegisterLinks(provider, tuple(sheet.pairs), mailed, again)
    await call.execute(hall, command, documents=documents)


def _mailed(call: Call) -> bool:
    """Asked for: the one way a candidate's absence is never automatic, the other their link is a secret."""
    if "mailed" not in call.args:
        raise Problem("invalid", field="/mailed")
    return call.flag("mailed")


def _addressees(hall: Hall) -> Addressees:
    numbers: dict[str, list[str]] = defaultdict(list)
    ahead = {interview.id for interview in still_to_be_held(hall)}
    for interview, row in hall.people.roster.items():
        held = [interview] if interview in ahead else []
        numbers[fold_number(str(row.get("number") or ""))] += held
    return Addressees(dict(numbers), room_ids(event_file(hall).rooms))


def _to_json(call: Call, hall: Hall, provider: str, sheet: Sheet) -> dict[str, Any]:
    """``known`` and ``missing``: of those that are still to be held, with and without a link once this is imported."""
    have = {*issued.holders(hall.people, provider), *sheet.pairs}
    missing = [i for i in still_to_be_held(hall) if i.id not in have]
    return {
        "event": hall.id,
        "provider": provider,
        "rows": sheet.rows,
        "encoding": sheet.encoding,
        "known": sum(i.id in have for i in still_to_be_held(hall)),
        "missing": [person_of(hall, i) for i in _by_start(missing)],
        "faults": [one.to_json(call.language) for one in sheet.faults],
        "warnings": [one.to_json(call.language) for one in sheet.warnings],
    }


def _by_start(interviews: Iterable[Interview]) -> list[Interview]:
    return sorted(interviews, key=lambda i: (i.starts_at, i.id))
