"""Links ready to be pressed, of an event that is played: the demo's and a rehearsal's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from gateway.moments import local

if TYPE_CHECKING:
    from gateway.house import House


def ready_links(house: House, event: str) -> dict[str, Any]:
    """Of everybody whose link is good: staff by role, candidates by room and start, and each room's shared link."""
    hall, links = house.halls[event], house.links
    people = {
        member.id: (member, hall.people.staff.get(member.id, {}).get("name", ""))
        for member in hall.state.staff.values()
        if not member.revoked
    }
    url = {staff: links.staff(event, staff, member.role, member.issue) for staff, (member, _) in people.items()}
    consoles = [
        {"room": member.rooms[0], "link": url[staff], "name": name}
        for staff, (member, name) in people.items()
        if member.role == "interviewer" and member.rooms
    ]
    of_role = {member.role: url[staff] for staff, (member, _) in people.items() if member.role != "interviewer"}
    return {
        "url": house.settings.public_origin,
        "event": event,
        "admin": of_role.get("administrator", ""),
        "reception": of_role.get("reception", ""),
        "consoles": consoles,
        "candidates": _candidates(house, event),
        "shared": [{"room": room, "link": links.shared(event, room)} for room in hall.state.rooms],
    }


def _candidates(house: House, event: str) -> list[dict[str, str]]:
    hall = house.halls[event]
    zone = ZoneInfo(hall.people.settings["zone"])
    found: list[dict[str, str]] = []
    for room in hall.state.rooms:
        for interview in hall.state.of_room(room):
            row = hall.people.roster.get(interview.id, {})
            link = {
                person: house.links.invite(event, interview.id, person, interview.issue(person))
                for person in interview.people()
            }
            candidate = {
                "link": link["candidate"],
                "exam_number": row.get("number", ""),
                "name": row.get("name", ""),
                "room": room,
                "start": local(interview.starts_at, zone).isoformat(),
            }
            if "companion.1" in link:
                candidate["companion_link"] = link["companion.1"]
            found.append(candidate)
    return found
