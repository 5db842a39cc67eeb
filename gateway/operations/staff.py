"""Named links for the people who work at an event."""

from __future__ import annotations

from typing import Any, Literal, cast, get_args

from gateway.operations.call import Call, new_id
from gateway.problems import Problem
from waiting_room.commands import AdmitStaff
from waiting_room.entries import StaffAdmitted

Role = Literal["interviewer", "reception", "administrator"]
MAX_STAFF = 1_000  # links of one event; a large exam has some two hundred people


async def link(call: Call) -> dict[str, Any]:
    """``name``, ``role``, ``rooms?`` (ids; an interviewer's, empty means all). Answers ``staff`` and ``link``."""
    hall = call.hall()
    name, role = call.text("name", longest=100).strip(), call.text("role")
    if role not in get_args(Role):
        raise Problem("unknown_role", field="/role")
    rooms = call.texts("rooms")
    if unknown := [room for room in rooms if room not in hall.state.rooms]:
        raise Problem("unknown_room", field=f"/rooms/{rooms.index(unknown[0])}")
    if len(hall.state.staff) >= MAX_STAFF:
        raise Problem("too_many_staff")
    staff = new_id("st", 8)
    command = AdmitStaff(staff, cast("Role", role), rooms)
    done = await call.execute(hall, command, documents=[("staff", staff, {"name": name})])
    if done.repeated:
        staff = next((st.entry.staff for st in done.stamped if isinstance(st.entry, StaffAdmitted)), staff)
    return {"staff": staff, "role": role, "link": call.house.links.staff(hall.id, staff, role)}


async def listing(call: Call) -> dict[str, Any]:
    """Everybody who has a link, and whether it is good."""
    hall = call.hall()
    people = [
        {
            "staff": member.id,
            "name": hall.people.staff.get(member.id, {}).get("name", ""),
            "role": member.role,
            "rooms": list(member.rooms),
            "revoked": member.revoked,
        }
        for member in hall.state.staff.values()
    ]
    return {"event": hall.id, "staff": people}


async def revoke(call: Call) -> dict[str, Any]:
    """``staff``: the link, and every page that was opened with it, is worthless from now on."""
    hall = call.hall()
    member = hall.state.staff.get(call.text("staff"))
    if member is None:
        raise Problem("unknown_staff", field="/staff")
    if f"staff:{member.id}" == call.actor:
        raise Problem("forbidden", field="/staff")
    role = cast("Role", member.role)
    await call.execute(hall, AdmitStaff(member.id, role, member.rooms, member.issue, revoked=True))
    return {"staff": member.id, "revoked": True}
