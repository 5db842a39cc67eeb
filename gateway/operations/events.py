"""Events: made from a file, listed, shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from gateway.eventfile import EventFile, provider_faults, say
from gateway.faults import Fault, Faulty
from gateway.hall import Hall
from gateway.links import room_code
from gateway.operations.call import Call, new_id
from gateway.operations.providers import choosable
from gateway.problems import Problem
from waiting_room.commands import CreateEvent
from waiting_room.journal.port import JournalExists


async def create(call: Call) -> dict[str, Any]:
    """``file``: the event's JSON value. Answers ``event``. Problem ``invalid`` with every fault; ``event_exists``."""
    try:
        made = EventFile.parse(call.args.get("file"))
    except Faulty as error:
        raise faults_problem(error.faults, call.language) from error
    return await make(call, made, made.id or new_id("ev", 8))


async def make(
    call: Call, made: EventFile, event: str, *, rehearses: str = "", private: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The event of this file under this id. ``rehearses``: the event that it is a rehearsal of, ``private``: who began
    it. Problem ``invalid``, ``event_exists``."""
    rehearsal = bool(made.document.get("rehearsal", False))
    if faults := provider_faults(made, tuple(choosable(call.house, rehearsal=rehearsal))):
        raise faults_problem(tuple(faults), call.language)
    _codes_must_be_free(call, event, made)
    hall = await _open_empty(call, event)
    rules = made.policy.to_document()
    await call.execute(
        hall,
        CreateEvent(tuple(made.rooms), made.provider, rules, rehearsal, rehearses, private),
        documents=[("settings", "event", {**made.document, "id": event})],
    )
    return {"event": event, "title": say(made.document["title"], call.language), "rooms": list(made.rooms)}


async def listing(call: Call) -> dict[str, Any]:
    """Every event that this gateway serves; ``rehearsals`` apart: they are none."""
    halls = sorted((hall for hall in call.house.halls if hall.state.created), key=lambda hall: hall.id)
    lines = {rehearsal: [hall for hall in halls if hall.state.rehearsal == rehearsal] for rehearsal in (False, True)}
    return {
        "events": [_line(hall, call.language) for hall in lines[False]],
        "rehearsals": [{**_line(hall, call.language), "of": hall.state.rehearses} for hall in lines[True]],
    }


async def show(call: Call) -> dict[str, Any]:
    """One event: settings, rooms with their shared links, counts by phase."""
    hall = call.hall()
    state, links = hall.state, call.house.links
    names = {room["id"]: room["name"] for room in hall.people.settings.get("rooms", ())}
    return {
        **_line(hall, call.language),
        "rehearsal": state.rehearsal,
        "provider": state.provider_for(),
        "policy": state.policy.to_document(),
        "office": hall.people.settings.get("office", {}),
        "rooms": [
            {
                "id": room,
                "name": say(names.get(room, room), call.language),
                "shared_link": links.shared(hall.id, room),
                "phases": dict(sorted(Counter(i.phase for i in state.of_room(room)).items())),
            }
            for room in state.rooms
        ],
        "journal": {"offset": state.head, "sealed": state.sealed},
    }


def faults_problem(faults: tuple[Fault, ...], language: str) -> Problem:
    """Every fault, each with its place and its sentence."""
    named = [{"path": one.path, "code": one.code, "sentence": one.sentence(language)} for one in faults]
    return Problem("invalid", field=f"/{faults[0].path}" if faults else None, extra={"faults": named})


async def _open_empty(call: Call, event: str) -> Hall:
    """The hall of a journal without entries; one that a crash left empty is used."""
    try:
        await call.house.book.create(event)
    except JournalExists:
        if (await call.house.book.head(event)).position.offset:
            raise Problem("event_exists", field="/file/id") from None
    return await call.house.halls.open(event)


def _codes_must_be_free(call: Call, event: str, made: EventFile) -> None:
    """Six characters can meet another event's by chance (1 in 900 million a pair): then this id will not do."""
    codes = [room_code(secret, event, room) for secret in call.house.keys.link_secrets() for room in made.rooms]
    if len(set(codes)) < len(codes) or any(_taken(call, event, code) for code in codes):
        raise Problem("event_exists", field="/file/id")


def _taken(call: Call, event: str, code: str) -> bool:
    found = call.house.index.find(code)
    return found is not None and found.event != event


def _line(hall: Hall, language: str) -> dict[str, Any]:
    starts = [interview.starts_at for interview in hall.state.interviews.values()]
    return {
        "event": hall.id,
        "title": say(hall.people.settings.get("title", ""), language),
        "zone": str(hall.people.settings.get("zone", "Asia/Tokyo")),
        "interviews": len(starts),
        "first_starts_at": min(starts) // 1000 if starts else None,
        "last_starts_at": max(starts) // 1000 if starts else None,
    }
