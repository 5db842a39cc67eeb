"""What the administrator sees: settings, counts, every interview's attendance, staff and the journal's state."""

from __future__ import annotations

from collections.abc import Sequence

from waiting_room.evidence import judged
from waiting_room.interview import Interview
from waiting_room.phases import PHASES
from waiting_room.punctuality import Verdict
from waiting_room.viewing.asking import booking_of
from waiting_room.viewing.mail import mail_counts, mails
from waiting_room.viewing.scene import Scene, View, ms, ms_or_none


def admin_view(scene: Scene, staff: str) -> View:
    """KeyError for one who is not on the staff."""
    me = scene.event.staff[staff]
    rooms = {room: scene.event.of_room(room) for room in scene.event.rooms}
    verdicts = {i.id: judged(scene.event, i, scene.now) for interviews in rooms.values() for i in interviews}
    return {
        "kind": "admin",
        "event": scene.heading(),
        "me": {"id": me.id, "name": scene.staff_name(me.id), "role": me.role},
        "settings": _settings(scene),
        "providers": _providers(scene),
        "switches": _switches(scene),
        "confirmations": _confirmations(scene),
        "coverage": _coverage(scene),
        "counts": {room: _counts(interviews, verdicts) for room, interviews in rooms.items()},
        "rows": {i.id: _row(scene, i, verdicts[i.id]) for interviews in rooms.values() for i in interviews},
        "mail": mail_counts(scene),
        "staff": [_staff(scene, member) for member in scene.event.staff],
        "journal": {
            "offset": scene.event.head,
            "sealed": scene.event.sealed,
            "record_key": scene.record_key,
        },
    }


def _settings(scene: Scene) -> View:
    links = scene.shared_links
    return {
        "provider": scene.event.provider_for(),
        "policy": scene.event.policy.to_document(),
        "notice": dict(scene.people.settings.get("notice") or {}),
        "rooms": [
            {"id": room, "name": scene.room_name(room), "shared_link": links.get(room)} for room in scene.event.rooms
        ],
    }


def _providers(scene: Scene) -> list[View]:
    """Those that may be chosen: the rehearsal's only where it is; in a rehearsal, none that is outside."""
    in_use = scene.event.provider_for()
    chosen = [switch.provider for switch in scene.event.providers.values()]
    if scene.event.rehearsal:
        offered = [name for name, info in scene.providers.items() if info.rehearsal or info.embedded]
    else:
        offered = [name for name, info in scene.providers.items() if not info.rehearsal or name in chosen]
    names = dict.fromkeys((in_use, *offered))
    return [{**scene.provider_for_staff(name), "in_use": name == in_use} for name in names if name]


def _switches(scene: Scene) -> list[View]:
    """What is chosen for the event, and for rooms and interviews otherwise."""
    return [
        {
            "scope": scope,
            "provider": switch.provider,
            "before": switch.before,
            "because": switch.because,
            "open_sessions": switch.open_sessions,
            "at": ms(switch.at),
            "by": scene.staff_name(switch.by.removeprefix("staff:")),
        }
        for scope, switch in scene.event.providers.items()
    ]


def _confirmations(scene: Scene) -> list[View]:
    """What a person looked at, which no program can see."""
    found: list[View] = []
    for (provider, check), said in scene.event.confirmations.items():
        words = scene.people.private(said.offset)
        name = scene.staff_name(said.by.removeprefix("staff:")) or str(words.get("name") or "")
        found.append({"provider": provider, "check": check, "at": ms(said.at), "by": name})
    return found


def _coverage(scene: Scene) -> View:
    """Of providers whose links are issued beforehand: how many interviews have one, how many have none."""
    ahead = [i for i in scene.event.interviews.values() if i.room and not i.over]
    issued = [name for name, info in scene.providers.items() if info.issued]
    held = {name: [dict(i.links).get(name) for i in ahead] for name in issued}
    return {
        name: {"total": len(ahead), "missing": found.count(None), "mailed": found.count(True)}
        for name, found in held.items()
    }


def _counts(interviews: Sequence[Interview], verdicts: dict[str, Verdict]) -> View:
    phases = [i.phase for i in interviews]
    codes = [verdicts[i.id].code for i in interviews]
    found = {code: codes.count(code) for code in ("late", "deemed_cancelled", "technical_difficulty")}
    return {"total": len(phases), **{phase: phases.count(phase) for phase in PHASES}, **found}


def _row(scene: Scene, i: Interview, found: Verdict) -> View:
    person = scene.roster(i.id)
    return {
        "id": i.id,
        "room": i.room,
        "starts_at": ms(i.starts_at),
        "number": person.get("number") or "",
        "name": person.get("name") or "",
        "phase": i.phase,
        "arrived_at": ms_or_none(i.arrival.counts if i.arrival is not None else None),
        "verdict": found.code,
        "minutes": found.minutes,
        "invite_issue": i.issue(),
        "booking": _booking(scene, i),
        "agreed_to": i.consent.notice if i.consent is not None else None,
        "mails": mails(scene, i),
    }


def _booking(scene: Scene, i: Interview) -> str | None:
    """``void``, or whether it is confirmed; None where nothing has to be."""
    if i.ended is not None and i.ended.because == "void":
        return "void"
    found = booking_of(scene, i)
    return None if found is None else str(found["state"])


def _staff(scene: Scene, staff: str) -> View:
    member = scene.event.staff[staff]
    return {
        "id": member.id,
        "name": scene.staff_name(member.id),
        "role": member.role,
        "rooms": list(member.rooms),
        "here": scene.presence.of(f"staff:{member.id}").state == "here",
        "revoked": member.revoked,
    }
