"""What interviewers and reception see: their rooms' boards, claims and the list of things that need a person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from waiting_room.booking import is_untested, standing
from waiting_room.deadlines import deadlines, lasting_since
from waiting_room.event import Room, Staff
from waiting_room.failover import Proposal, in_rooms, proposals
from waiting_room.identity import fold_name, fold_number
from waiting_room.interview import Claim, Interview
from waiting_room.mailing import unsettled
from waiting_room.policy import SECOND
from waiting_room.saying import spoken_since, told_since, unseen
from waiting_room.viewing.rows import grace_until, knock
from waiting_room.viewing.rows import rows as board_rows
from waiting_room.viewing.scene import Scene, View, coming_provider, ms, ms_or_none, session_provider
from waiting_room.viewing.timeup import over_time_since
from waiting_room.viewing.urgency import by_urgency
from waiting_room.visits import dropped_at

KNOCK_ESCALATES = 60 * SECOND  # an unanswered knock becomes a task for reception
MAX_CANDIDATES = 5  # seats that a claim is offered for; more is no help


def console_view(scene: Scene, staff: str) -> View:
    """The board of this member of staff. KeyError for one who is not on the staff."""
    me = scene.event.staff[staff]
    rooms = [room for room in scene.event.rooms.values() if me.sees(room.id)]
    rows = {row["id"]: row for room in rooms for row in board_rows(scene, room)}
    return {
        "kind": "console",
        "event": scene.heading(),
        "me": {"id": me.id, "name": scene.staff_name(me.id), "role": me.role},
        "provider": scene.provider(scene.event.provider_for()),
        "providers": {name: scene.provider_for_staff(name) for name in _in_sight(scene, rooms)},
        "failover": [_proposal(scene, proposal, rooms) for proposal in _proposals(scene, rooms)],
        "paused_at": ms_or_none(lasting_since(scene.event, None)),
        "rooms": {room.id: _room(scene, room, me) for room in rooms},
        "rows": rows,
        "claims": [claim for room in rooms for claim in _claims(scene, room)],
        "call": _call(scene, me, rooms),
        "tasks": by_urgency(task for room in rooms for task in _tasks(scene, room)),
    }


# --- providers ---------------------------------------------------------------------------------------------------


def _in_sight(scene: Scene, rooms: Sequence[Room]) -> list[str]:
    """Providers that a row, a room or a proposal of these rooms names."""
    event = scene.event
    names = [event.provider_for(), *(event.provider_for(room.stream) for room in rooms)]
    for interview in (i for room in rooms for i in event.of_room(room.id)):
        names += [coming_provider(scene, interview), session_provider(scene, interview)]
    for proposal in _proposals(scene, rooms):
        names += [proposal.provider, proposal.to]
    return [name for name in dict.fromkeys(names) if name]


def _proposals(scene: Scene, rooms: Sequence[Room]) -> list[Proposal]:
    """Those that concern one of the rooms."""
    found = proposals(scene.event, scene.order or tuple(scene.providers))
    return [proposal for proposal in found if in_rooms(scene.event, proposal, [room.id for room in rooms])]


def _proposal(scene: Scene, proposal: Proposal, rooms: Sequence[Room]) -> View:
    """``inside``: interviews in the room now with the provider that would be left; ``ahead``: those still to come."""
    here = [i for room in rooms for i in scene.event.of_room(room.id) if not i.over]
    mine = [i for i in here if session_provider(scene, i) == proposal.provider]
    return {
        "id": proposal.id,
        "kind": proposal.kind,
        "provider": proposal.provider,
        "to": proposal.to or None,
        "since": ms(proposal.since),
        "code": proposal.code,
        "declined": proposal.declined,
        "inside": sum(i.in_room for i in mine),
        "ahead": sum(not i.in_room for i in mine),
    }


# --- rooms -------------------------------------------------------------------------------------------------------


def _room(scene: Scene, room: Room, me: Staff) -> View:
    upcoming = scene.event.next_of(room.id)
    return {
        "id": room.id,
        "name": scene.room_name(room.id),
        "state": scene.room_state(room.id),
        "paused_at": ms_or_none(lasting_since(scene.event, room.id)),
        "taken_by": room.taken_by,
        "next": upcoming.id if upcoming is not None else None,
        "behind_minutes": scene.behind_minutes(room.id),
        "provider": scene.event.provider_for(room.stream),
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
    due = [i.starts_at for i in interviews if i.phase == "waiting" and i.starts_at <= scene.now and not _told(room, i)]
    panel = _panel(scene, room)
    if due and not any(scene.presence.of(f"staff:{staff.id}").state == "here" for staff in panel):
        yield _task("panel_missing", room, min(due), "message")


def _told(room: Room, i: Interview) -> bool:
    """Whether whoever waits past their time was told why: in person, or with everybody in the room."""
    return any(message.at >= i.starts_at for message in (*room.messages, *i.messages))


def _tasks_of(scene: Scene, i: Interview) -> Iterator[View]:
    heard = unseen(i)
    if heard is not None:
        code = "late_notice" if heard.code == "late" else heard.code
        yield _task(code, i, heard.at, "contact" if heard.code == "cannot_connect" else "acknowledge")
    yield from _booking_tasks_of(scene, i)
    if i.over:
        return
    knocking = knock(i)
    if i.overdue_at is not None and i.arrival is None and _still_due(scene, i):
        yield _task("overdue", i, i.overdue_at, "no-show")
    if knocking is not None and not knocking["handled"] and scene.now >= knocking["since"] * 1000 + KNOCK_ESCALATES:
        yield _task("knocking", i, knocking["since"] * 1000, "admit")
    if i.difference == "open" and i.arrival is not None:
        yield _task("difference", i, i.arrival.at, "same-person")
    failed = i.devices is not None and i.devices.fails(scene.event.policy.camera)
    if i.devices is not None and failed and not i.in_room and not spoken_since(i, i.devices.offset):
        yield _task("device", i, i.devices.at, "message")
    if (back := unsettled(i)) is not None:
        yield _task("mail_undelivered", i, back.at, "contact")
    for claim in i.claims:
        yield _task("claim", i, claim.at, "settle-claim", claim.id)
    yield from _room_tasks_of(scene, i)


def _booking_tasks_of(scene: Scene, i: Interview) -> Iterator[View]:
    """A booking that the rules made void, until somebody spoke to the candidate; one that is only held back from it; a
    link that was reported missing, until it was opened."""
    ended = i.ended
    if ended is not None and ended.because == "void" and not spoken_since(i, ended.offset):
        yield _task("booking_void", i, ended.at, "contact")
    dates = scene.dates(i)
    if standing(i, scene.event.policy, dates.reply_by, scene.now) == "overdue" and dates.reply_by is not None:
        yield _task("unconfirmed", i, dates.reply_by, "confirm-booking")
    if is_untested(i, scene.event.policy, dates, scene.now) and not told_since(i, dates.day_begins):
        yield _task("untested", i, dates.day_begins, "contact")
    if i.reported is not None and not i.over and not i.opened and not spoken_since(i, i.reported.offset):
        yield _task("invite_missing", i, i.reported.at, "contact")


def _still_due(scene: Scene, i: Interview) -> bool:
    """Word from the candidate may have moved the absence on, where the policy lets it."""
    due = deadlines(i, scene.event.policy, scene.event.pauses_of(i)).absent_after
    return due is not None and scene.now > due


def _room_tasks_of(scene: Scene, i: Interview) -> Iterator[View]:
    gone, until = dropped_at(i), grace_until(scene, i)
    if gone is not None and until is not None and scene.now > until * 1000:
        yield _task("not_back", i, until * 1000, "stop")
    elif gone is not None:
        yield _task("dropped", i, gone, "send-back")
    if i.session is not None and i.session.state == "failed":
        yield _task("provider", i, i.session.at, "switch-provider")
    asked_at = (i.handed_over_at or 0) + scene.event.policy.handover_wait * SECOND
    if i.phase == "in_session" and i.handed_over_at and i.confirmed_at is None and scene.now >= asked_at:
        yield _task("not_seen", i, asked_at, "arrived")
    if i.phase == "in_session" and i.ended_there_at is not None:
        yield _task("ended_there", i, i.ended_there_at, "finish")
    if (since := over_time_since(scene, i)) is not None:
        yield _task("over_time", i, since, "finish")
    for alarm in i.alarms:
        yield _task(f"alarm_{alarm.code}", i, alarm.at, "settle-alarm", f"{i.id}:{alarm.detail}")


def _task(code: str, about: Interview | Room, since: int, action: str, key: str | None = None) -> View:
    """``key``: what the task is about, where that is not the interview or room itself."""
    interview = about if isinstance(about, Interview) else None
    room = about.room if isinstance(about, Interview) else about.id
    task = {"id": f"{code}:{key or about.id}", "code": code, "room": room}
    return {**task, "interview": interview.id if interview else None, "since": ms(since), "action": action}
