"""The rows of a console's board: one per interview, the same for everybody who sees its room.

A board of hundreds of rows is made at every change, and a change is one of one or two rows. So a row that was drawn is
kept with everything that it was made from, and drawn again only when some of that is another.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from waiting_room import commands as c
from waiting_room.booking import standing
from waiting_room.decide import decide
from waiting_room.errors import Refused
from waiting_room.event import Room
from waiting_room.evidence import judged
from waiting_room.identity import compare
from waiting_room.interview import Interview
from waiting_room.pauses import FOREVER, shifted
from waiting_room.policy import SECOND
from waiting_room.saying import said
from waiting_room.viewing.asking import booking_of, declared, pretest_of
from waiting_room.viewing.mail import mails
from waiting_room.viewing.scene import (
    Scene,
    View,
    coming_provider,
    companions,
    ms,
    ms_or_none,
    session_provider,
    subject_of,
)
from waiting_room.viewing.timeup import time_left, time_state
from waiting_room.visits import dropped_at


def rows(scene: Scene, room: Room) -> Iterator[View]:
    """The room's rows, in the order of its queue. They are shared: whoever gets one leaves it as it is."""
    places = {i.id: place for place, i in enumerate(scene.event.waiting(room.id), 1)}
    occupant = scene.event.interviews.get(room.taken_by or "")
    event = scene.event
    around = (
        room, occupant, event.rules, event.gaps, event.pauses, event.paused, event.open, event.created, event.readable,
        tuple(event.providers.items()), tuple(event.down.items()),
    )  # fmt: skip
    for order, i in enumerate(event.of_room(room.id), 1):
        place = places.get(i.id)
        made_from = (i, order, place, _moment(scene, i), _own(scene, i), around)
        known = scene.drawn.get(i.id)
        if known is None or known[0] != made_from:
            known = scene.drawn[i.id] = (made_from, _row(scene, room, i, order, place))
        yield known[1]


def _moment(scene: Scene, i: Interview) -> tuple[bool | str | None, ...]:
    """All that the time has to do with a row: what may be done changes when the door opens, and at the start, as it was
    planned and as pauses have moved it; and how its time in the room stands."""
    start = shifted(i.starts_at, scene.event.pauses_of(i))
    return (
        scene.now >= i.starts_at - scene.event.policy.opens_before * SECOND,
        scene.now >= i.starts_at,
        scene.now >= start,
        time_state(scene, i),
    )


def _own(scene: Scene, i: Interview) -> tuple[Any, ...]:
    """What a row shows that is not in the journal's entries: the roster, texts, names, and who is here."""
    seen, text = scene.presence.of(subject_of(i)), scene.people.private
    said = tuple((text(m.offset), scene.staff_name(m.by.removeprefix("staff:"))) for m in i.messages)
    notice = text(i.notice.offset) if i.notice is not None else None
    reason = text(i.ended.offset) if i.ended is not None else None
    company = companions(scene, i) if i.companions else None
    others = [scene.roster(other) for other in (i.resits, scene.event.resits.get(i.id)) if other is not None]
    others.append({"booking": standing(i, scene.event.policy, scene.dates(i).reply_by, scene.now)})
    return scene.roster(i.id), scene.typed(i), seen.state, seen.since, said, notice, reason, company, others


def _row(scene: Scene, room: Room, interview: Interview, order: int, place: int | None) -> View:
    return {
        **_person(scene, interview),
        **_arrival(scene, interview),
        **_admission(scene, interview),
        **_provision(scene, interview),
        **_before_and_again(scene, interview),
        "id": interview.id,
        "room": room.id,
        "order": order,
        "place": place,
        "starts_at": ms(interview.starts_at),
        "ends_at": ms(interview.ends_at),
        "due_at": _due_at(scene, interview),
        "phase": interview.phase,
        "held": interview.held,
        "messages": _messages(scene, interview),
        "mails": mails(scene, interview),
        "can": _can(scene, interview),
    }


def _due_at(scene: Scene, i: Interview) -> int | None:
    """The start with the pauses that came before it; None while one lasts: nobody's minutes run then."""
    start = shifted(i.starts_at, scene.event.pauses_of(i))
    return None if start >= FOREVER else ms(start)


def _person(scene: Scene, i: Interview) -> View:
    row = scene.roster(i.id)
    shown = {key: row.get(key) or "" for key in ("number", "name", "kana", "telephone", "birth", "note")}
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
    found = judged(scene.event, i, scene.now)
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
        "declared": declared(scene, i),
        "booking": booking_of(scene, i),
        "pretest": pretest_of(scene, i),
        "report_by": None if i.opened or i.arrival is not None else ms_or_none(scene.dates(i).report_by),
        "reported": None if i.reported is None else {"at": ms(i.reported.at), "late": i.reported.late},
        "contacted_at": ms_or_none(i.contact_at),
        "late_notice": _late_notice(scene, i),
        "overdue": i.overdue_at is not None and i.arrival is None and not i.over,
        "held_back": list(i.held_back),
        "knock": knock(i),
    }


def _devices(i: Interview) -> View | None:
    if i.devices is None:
        return None
    return {name: getattr(i.devices, name) for name in ("camera", "microphone", "speaker", "network")}


def _late_notice(scene: Scene, i: Interview) -> View | None:
    """What the candidate said of their own accord and stands by; ``seen``: somebody has read it."""
    found = said(i)
    if found is None or found.withdrawn:
        return None
    words = scene.people.private(found.offset)
    text = words.get("text") or words.get("reason") or ""
    return {"code": found.code, "minutes": found.minutes, "text": text, "at": ms(found.at), "seen": not found.needs}


def grace_until(scene: Scene, i: Interview) -> int | None:
    """Up to when one who dropped out is waited for, by the rules; None for who is there, and where staff decide."""
    gone, grace = dropped_at(i), scene.event.policy.reconnect_grace
    return None if gone is None or grace is None else ms(gone + grace * SECOND)


def knock(i: Interview) -> View | None:
    """Since the seat was taken, until somebody of the staff has done something about this candidate. One whom the
    policy put on hold for coming late is still to be seen to."""
    if i.phase != "waiting" or i.arrival is None:
        return None
    answered = any(message.at >= i.arrival.at for message in i.messages)
    handled = answered or (i.held and not i.held_because) or i.early != "none" or i.returned_at is not None
    return {"since": ms(i.arrival.at), "handled": handled}


def _admission(scene: Scene, i: Interview) -> View:
    present = i.present()
    return {
        "early": None if i.early == "none" else i.early,
        "admission": i.admission,
        "ready": i.admitted,
        "deadline": scene.lapses_at(i),
        "grace_until": grace_until(scene, i),
        "joined": [person for person in i.people() if person in present],
        "closing": ms_or_none(i.closing_until),
        "time": time_left(scene, i),
        "lapse": i.lapse,
        "identity": _identity(i),
        "steps": list(scene.event.policy.identity),
        "end": _end(scene, i),
    }


def _provision(scene: Scene, i: Interview) -> View:
    """Who carries it: the provider in use for this interview, its session, what the candidate has still to see, and
    where they are on the way."""
    session, wanted = i.session, coming_provider(scene, i)
    asked = None if session is None else {"provider": session.provider, "state": session.state, "code": session.code}
    terms = scene.terms(wanted, i.terms)
    return {
        "provider": session_provider(scene, i),
        "coming": wanted,
        "session": asked,
        "moving": i.moving,
        "handed_over_at": ms_or_none(i.handed_over_at),
        "there_at": ms_or_none(i.confirmed_at),
        "ended_there_at": ms_or_none(i.ended_there_at) if i.in_room else None,
        "terms": None if terms is None else "agreed" if terms["agreed"] else "to_see",
        "mailed": dict(i.links).get(wanted),
        "alarms": [{"code": a.code, "provider": a.provider, "at": ms(a.at), "detail": a.detail} for a in i.alarms],
    }


def _before_and_again(scene: Scene, i: Interview) -> View:
    """Absences of before, where the rules let them be shown, and the other side of a re-sit."""
    return {
        "earlier_absences": i.earlier_absences,
        "resits": _linked(scene, i.resits),
        "resat_by": _linked(scene, scene.event.resits.get(i.id)),
    }


def _linked(scene: Scene, interview: str | None) -> View | None:
    other = scene.event.interviews.get(interview or "")
    if other is None:
        return None
    return {
        "id": other.id,
        "number": str(scene.roster(other.id).get("number") or ""),
        "starts_at": ms(other.starts_at),
    }


def _identity(i: Interview) -> View | None:
    if i.identity is None:
        return None
    steps = i.identity.steps
    return {"ticked": list(steps), "confirmed": i.identity.confirmed}


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


def offers(i: Interview) -> dict[str, c.Command]:
    """What a console can offer for a row, by the wire's name: the command as it would be sent, without its texts."""
    interview = i.id
    return {
        "admit": c.Admit(interview),
        "hold": c.Hold(interview, on=True),
        "send-back": c.SendBack(interview),
        "finish": c.Finish(interview),
        "finish-undo": c.UndoFinish(interview),
        "message": c.SendMessage({}, interview=interview),
        "stop": c.BreakOff(interview, "staff"),
        "call-off": c.CancelInterview(interview, "staff"),
        "acknowledge": c.SeeNotice(interview),
        "contact": c.RecordContact(interview),
        "no-show": c.ConfirmAbsence(interview, "absent" if i.arrival is None else "not_there_when_called"),
        "withdraw-no-show": c.WithdrawAbsence(interview),
        "reopen": c.Reopen(interview),
        "confirm-booking": c.ConfirmBooking(interview),
        "invite-missing": c.ReportInvite(interview),
        "same-person": c.SettleDifference(interview, same=True),
        "check-in-for": c.CheckInByStaff(interview, 0),
        "arrived": c.ConfirmArrival(interview),
        "move": c.MoveSession(interview),
        "settle-alarm": c.SettleAlarm(interview, i.alarms[0].code if i.alarms else "settings"),
        "identity": c.TickIdentity(interview, (), confirmed=True),
        "incident": c.NoteIncident(interview, {}),
    }


_ALWAYS = frozenset({"acknowledge", "contact", "incident", "settle-alarm"})
_OVER = _ALWAYS | {"reopen", "withdraw-no-show"}
_BEFORE = _ALWAYS | {
    "admit",
    "hold",
    "message",
    "no-show",
    "same-person",
    "check-in-for",
    "confirm-booking",
    "invite-missing",
    "call-off",
}
_INSIDE = _ALWAYS | {"send-back", "finish", "finish-undo", "message", "stop", "identity", "arrived", "move"}


def _can(scene: Scene, i: Interview) -> list[str]:
    """What ``decide`` would accept now, asked of ``decide`` itself for what the phase may allow at all: a board of
    hundreds of rows is made at every change."""
    possible = _OVER if i.over else _INSIDE if i.in_room else _BEFORE
    return [name for name, command in offers(i).items() if name in possible and _accepted(scene, command)]


def _accepted(scene: Scene, command: c.Command) -> bool:
    try:
        decide(scene.event, command, "staff:", scene.now)
    except Refused:
        return False
    return True
