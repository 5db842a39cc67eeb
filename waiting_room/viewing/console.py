"""What interviewers and reception see: their rooms' boards, claims and the list of things that need a person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from waiting_room import commands as c
from waiting_room.decide import decide
from waiting_room.errors import Refused
from waiting_room.event import Room, Staff
from waiting_room.identity import compare, fold_name, fold_number
from waiting_room.interview import Claim, Interview
from waiting_room.policy import SECOND
from waiting_room.punctuality import verdict
from waiting_room.viewing.scene import Scene, View, companions, ms, ms_or_none, subject_of

KNOCK_ESCALATES = 60 * SECOND  # an unanswered knock becomes a task for reception
MAX_CANDIDATES = 5  # seats that a claim is offered for; more is no help


def console_view(scene: Scene, staff: str) -> View:
    """The board of this member of staff. KeyError for one who is not on the staff."""
    me = scene.event.staff[staff]
    rooms = [room for room in scene.event.rooms.values() if me.sees(room.id)]
    rows = {row["id"]: row for room in rooms for row in _rows(scene, room)}
    return {
        "kind": "console",
        "event": scene.heading(),
        "me": {"id": me.id, "name": scene.staff_name(me.id), "role": me.role},
        "provider": scene.provider(scene.event.provider_for()),
        "rooms": {room.id: _room(scene, room, me) for room in rooms},
        "rows": rows,
        "claims": [claim for room in rooms for claim in _claims(scene, room)],
        "call": _call(scene, me, rooms),
        "tasks": sorted(
            (task for room in rooms for task in _tasks(scene, room)), key=lambda task: (task["since"], task["id"])
        ),
    }


# --- rooms -------------------------------------------------------------------------------------------------------


def _room(scene: Scene, room: Room, me: Staff) -> View:
    upcoming = scene.event.next_of(room.id)
    return {
        "id": room.id,
        "name": scene.room_name(room.id),
        "state": scene.room_state(room.id),
        "taken_by": room.taken_by,
        "next": upcoming.id if upcoming is not None else None,
        "behind_minutes": scene.behind_minutes(room.id),
        "panel": [_panelist(scene, staff, me) for staff in _panel(scene, room)],
        "shared_link": scene.shared_links.get(room.id),
    }


def _panel(scene: Scene, room: Room) -> list[Staff]:
    return [
        staff
        for staff in scene.event.staff.values()
        if staff.role == "interviewer" and not staff.revoked and staff.sees(room.id)
    ]


def _panelist(scene: Scene, staff: Staff, me: Staff) -> View:
    subject = f"staff:{staff.id}"
    return {
        "id": staff.id,
        "name": scene.staff_name(staff.id),
        "here": scene.presence.of(subject).state == "here",
        "in_call": subject in scene.in_call,
        "me": staff.id == me.id,
    }


def _call(scene: Scene, me: Staff, rooms: Sequence[Room]) -> View | None:
    """The call that this person is in. The slots say whom they see; names are those of the roster and the staff."""
    subject = f"staff:{me.id}"
    if subject not in scene.in_call:
        return None
    seated = scene.slots.get(subject, {})
    slots = [{"slot": slot, **_label(scene, other)} for slot, other in sorted(seated.items())]
    room = next((room.id for room in rooms if any(_is_in(room, other) for other in seated.values())), None)
    return {"room": room if room is not None or len(rooms) != 1 else rooms[0].id, "slots": slots}


def _is_in(room: Room, subject: str) -> bool:
    return room.taken_by is not None and subject.partition(":")[2].partition(".")[0] == room.taken_by


def _label(scene: Scene, subject: str) -> View:
    role, _, rest = subject.partition(":")
    if role == "staff":
        return {"role": "interviewer", "label": scene.staff_name(rest)}
    interview, _, number = rest.partition(".")
    if role == "candidate":
        return {"role": role, "label": str(scene.roster(interview).get("name", ""))}
    return {"role": role, "label": scene.companion_name(interview, int(number or 1))}


# --- rows --------------------------------------------------------------------------------------------------------


def _rows(scene: Scene, room: Room) -> Iterator[View]:
    places = {i.id: place for place, i in enumerate(scene.event.waiting(room.id), 1)}
    for order, interview in enumerate(scene.event.of_room(room.id), 1):
        yield {
            **_person(scene, interview),
            **_arrival(scene, interview),
            **_admission(scene, interview),
            "id": interview.id,
            "room": room.id,
            "order": order,
            "place": places.get(interview.id),
            "starts_at": ms(interview.starts_at),
            "ends_at": ms(interview.ends_at),
            "phase": interview.phase,
            "held": interview.held,
            "messages": _messages(scene, interview),
            "can": _can(scene, interview),
        }


def _person(scene: Scene, i: Interview) -> View:
    row = scene.roster(i.id)
    shown = {key: row.get(key) or "" for key in ("number", "name", "kana", "telephone", "note")}
    company = [{**found, "name": scene.companion_name(i.id, found["label"])} for found in companions(scene, i)]
    return {**shown, "companions": company, "typed": _typed(scene, i)}


def _typed(scene: Scene, i: Interview) -> View | None:
    """What was typed, beside the roster, with the places marked that differ."""
    typed, row = scene.typed(i), scene.roster(i.id)
    number, name = str(typed.get("number") or ""), str(typed.get("name") or "")
    if not number and not name:
        return None
    found = compare(number, name, str(row.get("number", "")), str(row.get("name", "")), str(row.get("kana", "")))
    spans = [list(span) for span in found.spans]
    return {"number": number, "name": name, "spans": spans, "explain": list(found.explain)}


def _arrival(scene: Scene, i: Interview) -> View:
    found = verdict(i, scene.event.policy, scene.event.gaps, scene.now)
    seen = scene.presence.of(subject_of(i))
    away = seen.state == "never" and i.away_since is not None
    return {
        "difference": None if i.difference == "none" else i.difference,
        "arrived_at": ms(i.arrival.counts) if i.arrival is not None else None,
        "verdict": found.code,
        "minutes": found.minutes,
        "attempts": sum(attempt.count for attempt in i.attempts),
        "first_attempt_at": ms_or_none(i.first_attempt_at),
        "presence": "away" if away else seen.state,
        "since": ms(i.away_since or 0) if away else ms(seen.since),
        "devices": _devices(i),
        "contacted_at": ms_or_none(i.contact_at),
        "late_notice": _late_notice(scene, i),
        "overdue": i.overdue_at is not None and i.arrival is None and not i.over,
        "held_back": list(i.held_back),
        "knock": _knock(i),
    }


def _devices(i: Interview) -> View | None:
    if i.devices is None:
        return None
    return {name: getattr(i.devices, name) for name in ("camera", "microphone", "speaker", "network")}


def _late_notice(scene: Scene, i: Interview) -> View | None:
    if i.notice is None:
        return None
    text = scene.people.private(i.notice.offset).get("text") or ""
    return {"code": i.notice.code, "minutes": i.notice.minutes, "text": text}


def _knock(i: Interview) -> View | None:
    """Since the seat was taken, until somebody of the staff has done something about this candidate."""
    if i.phase != "waiting" or i.arrival is None:
        return None
    answered = any(message.at >= i.arrival.at for message in i.messages)
    handled = answered or i.held or i.early != "none" or i.returned_at is not None
    return {"since": ms(i.arrival.at), "handled": handled}


def _admission(scene: Scene, i: Interview) -> View:
    present = i.present()
    return {
        "early": None if i.early == "none" else i.early,
        "admission": i.admission,
        "ready": i.admitted,
        "deadline": scene.lapses_at(i),
        "joined": [person for person in i.people() if person in present],
        "closing": ms_or_none(i.closing_until),
        "lapse": i.lapse,
        "identity": _identity(i),
        "end": _end(scene, i),
    }


def _identity(i: Interview) -> View | None:
    if i.identity is None:
        return None
    steps = i.identity.steps
    return {"number": "number" in steps, "name": "name" in steps, "confirmed": i.identity.confirmed}


def _end(scene: Scene, i: Interview) -> View | None:
    if i.ended is None or not i.over:
        return None
    reason = scene.people.private(i.ended.offset).get("reason") or ""
    return {"code": i.phase, "side": i.ended.side, "reason": reason}


def _messages(scene: Scene, i: Interview) -> list[View]:
    def sender(actor: str) -> str:
        return scene.staff_name(actor.removeprefix("staff:"))

    text = scene.people.private
    return [{"at": ms(m.at), "text": text(m.offset).get("text", ""), "by": sender(m.by)} for m in i.messages]


# --- what may be done --------------------------------------------------------------------------------------------


def offers(interview: str) -> dict[str, c.Command]:
    """What a console can offer for a row, by the wire's name: the command as it would be sent, without its texts."""
    return {
        "admit": c.Admit(interview),
        "hold": c.Hold(interview, on=True),
        "send-back": c.SendBack(interview),
        "finish": c.Finish(interview),
        "finish-undo": c.UndoFinish(interview),
        "message": c.SendMessage({}, interview=interview),
        "stop": c.BreakOff(interview, "staff"),
        "contact": c.RecordContact(interview),
        "no-show": c.ConfirmAbsence(interview),
        "withdraw-no-show": c.WithdrawAbsence(interview),
        "reopen": c.Reopen(interview),
        "same-person": c.SettleDifference(interview, same=True),
        "check-in-for": c.CheckInByStaff(interview, 0),
        "identity": c.TickIdentity(interview, (), confirmed=True),
        "incident": c.NoteIncident(interview, {}),
    }


_ALWAYS = frozenset({"contact", "incident"})
_OVER = _ALWAYS | {"reopen", "withdraw-no-show"}
_BEFORE = _ALWAYS | {"admit", "hold", "message", "no-show", "same-person", "check-in-for"}
_INSIDE = _ALWAYS | {"send-back", "finish", "finish-undo", "message", "stop", "identity"}


def _can(scene: Scene, i: Interview) -> list[str]:
    """What ``decide`` would accept now, asked of ``decide`` itself for what the phase may allow at all: a board of
    hundreds of rows is made at every change."""
    possible = _OVER if i.over else _INSIDE if i.in_room else _BEFORE
    return [name for name, command in offers(i.id).items() if name in possible and _accepted(scene, command)]


def _accepted(scene: Scene, command: c.Command) -> bool:
    try:
        decide(scene.event, command, "staff:", scene.now)
    except Refused:
        return False
    return True


# --- claims and tasks --------------------------------------------------------------------------------------------


def _claims(scene: Scene, room: Room) -> Iterator[View]:
    interviews = scene.event.of_room(room.id)
    for claim in room.claims:
        yield {**_claim(scene, claim, room, None), "candidates": _candidates(scene, claim, interviews)}
    for interview in interviews:
        for claim in interview.claims:
            yield {**_claim(scene, claim, room, interview), "candidates": [interview.id]}


def _claim(scene: Scene, claim: Claim, room: Room, interview: Interview | None) -> View:
    typed = scene.people.private(claim.offset)
    tried = interview.attempt(claim.sid) if interview is not None else None
    return {
        "id": claim.id,
        "room": room.id,
        "interview": interview.id if interview is not None else None,
        "code": claim.code,
        "at": ms(claim.at),
        "first_attempt_at": ms(min(claim.at, tried.first_at) if tried is not None else claim.at),
        "number": typed.get("number") or "",
        "name": typed.get("name") or "",
    }


def _candidates(scene: Scene, claim: Claim, interviews: Sequence[Interview]) -> list[str]:
    """Seats that the claim may be about: number or name is the same."""
    typed = scene.people.private(claim.offset)
    number, name = fold_number(str(typed.get("number") or "")), fold_name(str(typed.get("name") or ""))

    def fits(i: Interview) -> bool:
        row = scene.roster(i.id)
        names = {fold_name(str(row.get(key) or "")) for key in ("name", "kana")}
        return bool((number and number == fold_number(str(row.get("number") or ""))) or (name and name in names))

    return [i.id for i in interviews if not i.over and fits(i)][:MAX_CANDIDATES]


def _tasks(scene: Scene, room: Room) -> Iterator[View]:
    interviews = scene.event.of_room(room.id)
    for interview in interviews:
        yield from _tasks_of(scene, interview)
    for claim in room.claims:
        yield _task("claim", room, claim.at, "settle-claim", claim.id)
    due = [i.starts_at for i in interviews if i.phase == "waiting" and i.starts_at <= scene.now]
    panel = _panel(scene, room)
    if due and not any(scene.presence.of(f"staff:{staff.id}").state == "here" for staff in panel):
        yield _task("panel_missing", room, min(due), "message")


def _tasks_of(scene: Scene, i: Interview) -> Iterator[View]:
    if i.over:
        return
    knock = _knock(i)
    if i.overdue_at is not None and i.arrival is None:
        yield _task("overdue", i, i.overdue_at, "no-show")
    if knock is not None and not knock["handled"] and scene.now >= knock["since"] * 1000 + KNOCK_ESCALATES:
        yield _task("knocking", i, knock["since"] * 1000, "admit")
    if i.difference == "open" and i.arrival is not None:
        yield _task("difference", i, i.arrival.at, "same-person")
    if i.devices is not None and not i.devices.ok:
        yield _task("device", i, i.devices.at, "message")
    for claim in i.claims:
        yield _task("claim", i, claim.at, "settle-claim", claim.id)
    yield from _room_tasks_of(i)


def _room_tasks_of(i: Interview) -> Iterator[View]:
    mine = [v for v in i.visits if v.admission == i.admission and v.side == "candidate"]
    if i.phase == "in_session" and mine and mine[-1].left_at is not None:
        yield _task("dropped", i, mine[-1].left_at, "send-back")
    if i.session is not None and i.session.state == "failed":
        yield _task("provider", i, i.session.at, "switch-provider")


def _task(code: str, about: Interview | Room, since: int, action: str, key: str | None = None) -> View:
    """``key``: what the task is about, where that is not the interview or room itself."""
    interview = about if isinstance(about, Interview) else None
    room = about.room if isinstance(about, Interview) else about.id
    task = {"id": f"{code}:{key or about.id}", "code": code, "room": room}
    return {**task, "interview": interview.id if interview else None, "since": ms(since), "action": action}
