"""Rehearsals of an event: what one would be, laid out from now, and removed."""

from __future__ import annotations

import base64
import csv
import io
from typing import TYPE_CHECKING, Any

from gateway.eventfile import EventFile, say
from gateway.faults import Faulty
from gateway.hall import Hall
from gateway.handout import ready_links
from gateway.operations import events, rosters, staff
from gateway.operations.call import Call, event_file, new_id
from gateway.operations.events import faults_problem
from gateway.operations.providers import known
from gateway.problems import Problem
from gateway.rehearsing import Plan, plan, roster
from waiting_room.event import Event

if TYPE_CHECKING:
    from gateway.house import House

PEOPLE = {
    "administrator": {"ja": "練習の管理者", "en": "Rehearsal administrator"},
    "reception": {"ja": "練習の受付", "en": "Rehearsal reception"},
    "interviewer": {"ja": "練習の面接官({room})", "en": "Rehearsal interviewer ({room})"},
}


async def show(call: Call) -> dict[str, Any]:
    """What a rehearsal of this event would be (``plan``; null for one that is a rehearsal), and the one that there is
    (``rehearsal``; null): its links, to be pressed."""
    hall = call.hall()
    if hall.state.rehearsal:
        return {"event": hall.id, "of": hall.state.rehearses, "plan": None, "rehearsal": None}
    there = found(call.house, hall.id)
    made = _planned(hall)
    return {
        "event": hall.id,
        "of": "",
        "plan": {
            "interviews": made.interviews,
            "invented": len(made.places),
            "minutes": max(place.start + place.length for place in made.places),
            "slot": {"from": made.slot[0], "to": made.slot[1]},
            "given_up": _labels(call, made),
        },
        "rehearsal": None if there is None else _made(call.house, there, made, call),
    }


async def rehearse(call: Call) -> dict[str, Any]:
    """``replace?``: instead of the one that there is, which is what is answered otherwise, so that two clicks make one.
    One that a crash left unfinished is replaced. Problem ``rehearsal_of_rehearsal``."""
    hall = call.hall()
    if hall.state.rehearsal:
        raise Problem("rehearsal_of_rehearsal")
    async with hall.importing:
        there = found(call.house, hall.id)
        if there is not None and (call.flag("replace") or not _is_whole(there.state)):
            await _destroy(call, there)
            there = None
        made = _planned(hall)
        fresh = there is None
        if there is None:
            there = await _lay_out(call, hall, made)
    return {**_made(call.house, there, made, call), "fresh": fresh}


async def remove(call: Call) -> dict[str, Any]:
    """The rehearsal of this event, or this one. What is left of it is a journal without names. Problem
    ``no_rehearsal``."""
    hall = call.hall()
    there = hall if hall.state.rehearsal else found(call.house, hall.id)
    if there is None:
        raise Problem("no_rehearsal")
    await _destroy(call, there)
    return {"event": hall.id, "removed": there.id}


def found(house: House, event: str) -> Hall | None:
    """The rehearsal of this event, if there is one."""
    return next((hall for hall in house.halls if hall.state.rehearses == event and not hall.state.purge), None)


def _planned(hall: Hall) -> Plan:
    in_use = [switch.provider for switch in hall.state.providers.values() if switch.provider]
    return plan(event_file(hall), hall.state.interviews.values(), in_use)


async def _lay_out(call: Call, of: Hall, made: Plan) -> Hall:
    """Event, roster, staff, in this order: whoever finds staff of every kind finds it whole."""
    try:
        file = EventFile.parse(dict(made.file))
    except Faulty as error:
        raise faults_problem(error.faults, call.language) from error
    event, house = new_id("rehearsal-", 8), call.house
    who = of.people.staff.get(call.actor.removeprefix("staff:"), {}).get("name")
    private = {"by": call.actor, "name": who} if who else None
    await events.make(_step(call, "event"), file, event, rehearses=of.id, private=private)
    sheet = io.StringIO(newline="")
    csv.writer(sheet).writerows(roster(file, made.places, house.now(), of.people.roster.values()))
    lines = base64.b64encode(sheet.getvalue().encode()).decode()
    await rosters.import_roster(_step(call, "roster", event=event, csv=lines, despite_rules=True))
    used = {place.room for place in made.places}
    for room in (room for room in file.rooms if room in used):
        await _admit(call, event, "interviewer", room, say(file.rooms[room], call.language))
    await _admit(call, event, "reception")
    await _admit(call, event, "administrator")
    return house.halls[event]


async def _admit(call: Call, event: str, role: str, room: str = "", name: str = "") -> None:
    words = say(PEOPLE[role], call.language).format(room=name)[:100]
    rooms = [room] if room else []
    await staff.link(_step(call, f"{role}{room}", event=event, name=words, role=role, rooms=rooms))


def _step(call: Call, step: str, **args: Any) -> Call:
    """A part of the call, as one of its own: in the same name, and repeated with it."""
    command_id = f"{call.command_id}:{step}" if call.command_id else ""
    return Call(call.house, args, call.actor, call.language, command_id)


def _is_whole(state: Event) -> bool:
    return any(member.role == "administrator" for member in state.staff.values())


async def _destroy(call: Call, hall: Hall) -> None:
    await call.house.retention.remove(hall.id, actor=call.actor, command_id=call.command("remove"))


def _made(house: House, hall: Hall, made: Plan, call: Call) -> dict[str, Any]:
    """The links of whoever plays a part, and what of the event is not in it."""
    names = {room: say(name, call.language) for room, name in event_file(hall).rooms.items()}
    links = ready_links(house, hall.id)
    return {
        **links,
        "of": hall.state.rehearses,
        "title": say(hall.people.settings["title"], call.language),
        "rooms": {room: names[room] for room in hall.state.rooms},
        "starts_at": min((i.starts_at for i in hall.state.interviews.values()), default=0) // 1000,
        "ends_at": max((i.ends_at for i in hall.state.interviews.values()), default=0) // 1000,
        "given_up": _labels(call, made),
    }


def _labels(call: Call, made: Plan) -> list[dict[str, Any]]:
    """Providers of the event that the scripted one stands in for."""
    there = known(call.house)
    return [{"provider": name, "label": dict(there[name].label)} for name in made.given_up if name in there]
