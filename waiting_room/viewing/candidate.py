"""What a candidate or a companion may see: their own, and of others only how many are before them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from waiting_room.deadlines import deadlines
from waiting_room.evidence import judged
from waiting_room.interview import CANDIDATE, Attempt, Interview, Message
from waiting_room.saying import said
from waiting_room.viewing.asking import booking_of, checklist, checklist_of, number_hint, pretest_of, texts, texts_of
from waiting_room.viewing.lateness import coming_late
from waiting_room.viewing.scene import (
    Scene,
    View,
    claim_state,
    coming_provider,
    companions,
    ms,
    ms_or_none,
    session_provider,
    subject_of,
)
from waiting_room.viewing.timeup import time_for_candidate

MAX_MESSAGES = 50
Fence = Literal["taken_over", "not_this_person"]


def candidate_view(scene: Scene, interview: str, sid: str) -> View:
    """The view of the page ``sid`` on this interview. KeyError when there is no such interview."""
    i = scene.event.interviews[interview]
    fence = fenced(i, sid)
    if fence is not None:
        return {"kind": "candidate", "fenced": fence, "event": scene.heading()}
    holds = i.holder == sid
    return {
        **_common(scene, i, CANDIDATE, inside=holds),
        "said": _said(scene, i, sid),
        "kind": "candidate",
        "phase": _phase(i, inside=holds),
        "you": _you(scene, i) if holds else None,
        "seat": _seat(scene, i) if holds else None,
        "declarations": checklist_of(scene, i),
        "booking": _booking(scene, i),
        "pretest": pretest_of(scene, i),
        "coming_late": coming_late(scene, i),
        "claim": None if holds else claim_state(i.claims, i.declined, sid),
        "tries": tries(scene, i.attempt(sid), sid),
        "early": i.early if holds and i.early != "none" else None,
    }


def companion_view(scene: Scene, interview: str, person: str, sid: str) -> View:
    """The same interview as its companion's page sees it. KeyError when there is no such interview."""
    i = scene.event.interviews[interview]
    me = i.companion(person)
    if me.sid is not None and me.sid != sid:
        return {"kind": "companion", "fenced": "taken_over", "event": scene.heading()}
    arrived = me.arrived_at is not None
    label = int(person.removeprefix("companion."))
    name = scene.companion_name(i.id, label)
    seat = {"at": ms(me.arrived_at), "verdict": None, "minutes": 0} if me.arrived_at is not None else None
    return {
        **_common(scene, i, person, inside=arrived),
        "said": _said(scene, i, sid),
        "kind": "companion",
        "phase": _phase(i, inside=arrived),
        "you": {"number": None, "name": name, "label": label} if arrived else None,
        "seat": None if seat is None else {**seat, **_place(scene, i)},
        "devices": None,
        "declarations": None,
        "booking": None,
        "claim": None,
        "tries": None,
        "early": None,
    }


def shared_view(scene: Scene, room: str, sid: str) -> View:
    """The page of a room's shared link while it has no seat."""
    state = scene.event.rooms[room]
    provider = scene.event.provider_for(state.stream)
    return {
        "kind": "shared",
        "phase": "arriving",
        "fenced": None,
        "event": scene.heading(),
        "notice": scene.notice(None),
        "terms": scene.terms(provider, ()),
        "number_hint": number_hint(scene),
        "camera": scene.event.policy.camera,
        "texts": texts(scene, ()),
        "declarations": checklist(scene, (), done=False),
        "schedule": None,
        "room": {"name": scene.room_name(room)},
        "claim": _claim_by_shared_link(scene, room, sid),
        "tries": tries(scene, None, sid),
        "provider": scene.provider(provider),
    }


def _claim_by_shared_link(scene: Scene, room: str, sid: str) -> View | None:
    """On the room, or on a taken seat: what was typed had led to that."""
    state = scene.event.rooms[room]
    seats = scene.event.of_room(room)
    claims = [*state.claims, *(claim for seat in seats for claim in seat.claims)]
    declined = [*state.declined, *(one for seat in seats for one in seat.declined)]
    return claim_state(claims, declined, sid)


def fenced(interview: Interview, sid: str) -> Fence | None:
    """Why this page may show nothing any more, None when it may."""
    if interview.holder == sid:
        return None
    if sid in interview.strangers:
        return "not_this_person"
    return "taken_over" if sid in interview.seated else None


def tries(scene: Scene, attempt: Attempt | None, sid: str) -> View | None:
    """Wrong numbers typed by this page, and how many seconds it has to wait."""
    wait = scene.retry_after.get(sid, 0)
    if attempt is None and not wait:
        return None
    return {"count": attempt.count if attempt is not None else 0, "retry_after": wait}


# --- parts -------------------------------------------------------------------------------------------------------


def _common(scene: Scene, i: Interview, person: str, *, inside: bool) -> View:
    """What candidate and companion have in common; ``inside``: this page has the place that it asks about."""
    provider, me = session_provider(scene, i), i if person == CANDIDATE else i.companion(person)
    agreed = me.consent.notice if me.consent is not None else None
    in_room = inside and i.in_room
    return {
        "fenced": None,
        "event": scene.heading(),
        "notice": scene.notice(agreed),
        "terms": scene.terms(coming_provider(scene, i), me.terms),
        "number_hint": number_hint(scene),
        "camera": scene.event.policy.camera,
        "texts": texts(scene, texts_of(me.consent)),
        "schedule": _schedule(scene, i),
        "devices": _devices(i),
        "room": {"state": _room_state(scene, i), "behind_minutes": scene.behind_minutes(i.room)},
        "admission": _admission(scene, i, provider, me.terms) if in_room else None,
        "lapse": i.lapse if inside and i.lapse in ("no_arrival", "provider_failed") else None,
        "closing": ms_or_none(i.closing_until) if in_room else None,
        "time": time_for_candidate(scene, i) if in_room else None,
        "companions": companions(scene, i),
        "call": _call(scene, i, person) if in_room and i.admitted else None,
        "messages": _messages(scene, i) if inside else [],
        "provider": scene.provider(provider),
    }


def _booking(scene: Scene, i: Interview) -> View | None:
    """Where a reply is asked for, that only."""
    found = booking_of(scene, i)
    if found is None or not found["by_reply"] or i.arrival is not None:
        return None
    return {key: found[key] for key in ("state", "reply_by", "at")}


def _phase(i: Interview, *, inside: bool) -> str:
    """A page that has not got the seat is still arriving, whatever another page of the same interview sees."""
    if inside or i.over or i.arrival is None:
        return i.phase
    return "preparing"


def _said(scene: Scene, i: Interview, sid: str) -> View | None:
    """What was told the office last, and whether anybody has read it. The words themselves are shown where they were
    written and on the page that has the seat: before, the link may be in other hands."""
    found = said(i)
    if found is None:
        return None
    words = scene.people.private(found.offset) if sid in (i.holder, found.sid) else {}
    return {
        "code": found.code,
        "minutes": found.minutes,
        "text": words.get("text") or "",
        "at": ms(found.at),
        "seen_at": ms_or_none(found.seen_at),
        "withdrawn": found.withdrawn,
    }


def _schedule(scene: Scene, i: Interview) -> View:
    due = deadlines(i, scene.event.policy, scene.event.pauses_of(i, until=0))
    return {
        "starts_at": ms(i.starts_at),
        "ends_at": ms(i.ends_at),
        "shifted_to": None if due.starts_at == i.starts_at else ms(due.starts_at),
        "opens_at": ms(due.opens_at),
        "arrive_by": ms(due.arrive_by),
        "late_after": ms(due.late_after),
        "room": scene.room_name(i.room),
        "open": scene.now >= due.opens_at,
        "cancel_by": None if i.over or i.in_room else ms_or_none(scene.cancel_until(i)),
    }


def _devices(i: Interview) -> View | None:
    found = i.devices
    if found is None:
        return None
    parts = {name: getattr(found, name) for name in ("camera", "microphone", "speaker", "network")}
    return {"at": ms(found.at), **parts, "rtt_ms": found.rtt_ms}


def _you(scene: Scene, i: Interview) -> View:
    """As typed, and as the roster has it only where staff said that it is this person."""
    typed = scene.typed(i)
    row = typed if typed.get("number") else scene.roster(i.id)
    return {"number": row.get("number"), "name": row.get("name"), "label": None}


def _seat(scene: Scene, i: Interview) -> View | None:
    if i.arrival is None:
        return None
    found = judged(scene.event, i, scene.now)
    return {
        "at": ms(i.arrival.counts),
        "verdict": found.arrival or found.code,
        "minutes": found.minutes,
        **_place(scene, i),
    }


def _place(scene: Scene, i: Interview) -> View:
    """The place in the queue is the console's own."""
    place = scene.event.place(i)
    return {"place": place, "ahead": None if place is None else place - 1, "held": i.held}


def _room_state(scene: Scene, i: Interview) -> str:
    """As the console has it; ``busy`` where the panel is ready and somebody else is with them: that one is, not who."""
    state = scene.room_state(i.room)
    room = scene.event.rooms.get(i.room)
    taken = room is not None and room.taken_by not in (None, i.id)
    return "busy" if state == "ready" and taken else state


def _admission(scene: Scene, i: Interview, provider: str, agreed: Collection[tuple[str, str]]) -> View:
    """Never a ticket: that is asked for, once ``ready``, and anew where the ``generation`` is another. ``moving``: the
    provider is being changed; "preparing": go on where you are, "open": the way to the other one."""
    return {
        "number": i.admission,
        "generation": i.generation,
        "ready": i.admitted,
        "embedded": scene.embedded(provider),
        "provider": scene.provider_in_full(provider),
        "deadline": scene.lapses_at(i),
        "pressed": i.handed_over_at is not None,
        "there": i.confirmed_at is not None,
        "moving": i.moving,
        "terms_needed": scene.terms_needed(provider, agreed),
    }


def _call(scene: Scene, i: Interview, person: str) -> View:
    """Who is in which slot, by role and number only."""
    me = subject_of(i, person)
    panel: dict[str, int] = {}
    slots: list[View] = []
    for slot, subject in sorted(scene.slots.get(me, {}).items()):
        role = subject.partition(":")[0]
        if role == "staff":
            number = panel.setdefault(subject, len(panel) + 1)
            slots.append({"slot": slot, "role": "interviewer", "label": str(number)})
        elif subject in {subject_of(i, other) for other in i.people()}:
            label = subject.rpartition(".")[2] if role == "companion" else ""
            slots.append({"slot": slot, "role": role, "label": label})
    return {"slots": slots, "video_elsewhere": me in scene.elsewhere}


def _messages(scene: Scene, i: Interview) -> list[View]:
    """To this interview, and to all who waited in its room since this one took the seat."""
    since = i.arrival.at if i.arrival is not None else scene.now
    room = scene.event.rooms.get(i.room)
    to_all: tuple[Message, ...] = tuple(m for m in room.messages if m.at >= since) if room is not None else ()
    newest = sorted((*i.messages, *to_all), key=lambda m: m.offset)[-MAX_MESSAGES:]
    return [{"at": ms(m.at), "text": scene.people.private(m.offset).get("text", "")} for m in newest]
