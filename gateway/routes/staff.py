"""The commands of interviewers and reception. Each names an interview, a claim or a room, and only those of one's own
rooms may be named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal
from zoneinfo import ZoneInfo

from aiohttp import web

from gateway.access import OVERSEEING, STAFF, Caller
from gateway.calls import Answer, Body, Build, Call, Run, ask, words
from gateway.cutoffs import dates_of
from gateway.mirror import mirror
from gateway.moments import parse_day, parse_time, to_microseconds
from gateway.operations.call import new_id
from gateway.operations.reasons import reasons_of
from gateway.problems import Problem
from gateway.record.reasons import to_json
from gateway.requests import caller_of
from gateway.routes.pages import page
from waiting_room import commands as c
from waiting_room.commands import Command
from waiting_room.deadlines import Shift, lasting_since, preview
from waiting_room.entries import Side
from waiting_room.pauses import Span
from waiting_room.policy import SECOND

MINUTE, MILLISECOND = 60 * SECOND, 1000


def on_interview(build: Build) -> Run:
    """A command on ``interview``. Problem ``forbidden`` for one in a room that is not theirs."""

    async def run(caller: Caller, body: Body) -> Answer:
        must_see_interview(caller, body["interview"])
        await ask(caller, body, build(caller, body))
        return {}

    return run


def must_see_interview(caller: Caller, interview: str) -> None:
    """Problem ``no_such_interview``, ``forbidden``."""
    found = caller.hall.state.interviews.get(interview)
    if found is None:
        raise Problem("no_such_interview")
    if not caller.sees(found.room):
        raise Problem("forbidden")


def _must_see_room(caller: Caller, room: str) -> None:
    if room not in caller.hall.state.rooms:
        raise Problem("no_such_room")
    if not caller.sees(room):
        raise Problem("forbidden")


async def ready(caller: Caller, body: Body) -> Answer:
    _must_see_room(caller, body["room"])
    await ask(caller, body, c.SetReady(body["room"], body["ready"]))
    return {}


async def pause(caller: Caller, body: Body) -> Answer:
    if "room" in body:
        _must_see_room(caller, body["room"])
    await ask(caller, body, c.Pause(body.get("room"), body["on"]))
    return {}


async def preview_pause(caller: Caller, body: Body) -> Answer:
    """Whom it shifts, and by how much, if it ends in ``minutes`` from now: before it begins, or while it lasts."""
    if "room" in body:
        _must_see_room(caller, body["room"])
    hall, now = caller.hall, max(caller.house.now(), caller.hall.state.at)
    begun = now if body["on"] else lasting_since(hall.state, body.get("room"))
    if begun is None:
        return {"shifts": []}
    span = Span(begun, now + body["minutes"] * MINUTE)
    return {"shifts": [_shifted(caller, shift) for shift in preview(hall.state, body.get("room"), span)]}


def _shifted(caller: Caller, shift: Shift) -> Answer:
    row = caller.hall.people.roster.get(shift.interview, {})
    times = {"before": shift.before // MILLISECOND, "after": shift.after // MILLISECOND}
    room = caller.hall.state.interviews[shift.interview].room
    who = {key: str(row.get(key) or "") for key in ("number", "name")}
    return {"interview": shift.interview, "room": room, **who, **times}


async def message(caller: Caller, body: Body) -> Answer:
    """To one, or to all who wait in a room."""
    if ("interview" in body) == ("room" in body):
        raise Problem("bad_target")
    if "interview" in body:
        must_see_interview(caller, body["interview"])
    else:
        _must_see_room(caller, body["room"])
    await ask(caller, body, c.SendMessage({"text": body["text"]}, body.get("interview"), body.get("room")))
    return {}


async def settle_claim(caller: Caller, body: Body) -> Answer:
    stream = caller.hall.state.claims.get(body["claim"])
    if stream is None:
        raise Problem("no_such_claim")
    kind, _, name = stream.partition(":")
    if kind == "i":
        must_see_interview(caller, name)
    else:
        _must_see_room(caller, name)
    if "interview" in body:
        must_see_interview(caller, body["interview"])
        if kind == "i" and body["interview"] != name:
            raise Problem("bad_target", field="/interview")  # that page's link shows its own interview, whoever sits
    command = c.SettleClaim(
        body["claim"], body["accept"], body.get("interview"), body.get("count_from_first", False),
        words(body, "reason"),
    )  # fmt: skip
    await ask(caller, body, command)
    return {}


def _report_invite(caller: Caller, body: Body) -> Command:
    hall = caller.hall
    starts_at = hall.state.interviews[body["interview"]].starts_at
    until = dates_of(hall.state.policy, starts_at, hall.people.zone).report_by
    return c.ReportInvite(body["interview"], until, words(body, "note"))


def _check_in_for(caller: Caller, body: Body) -> Command:
    interview = caller.hall.state.interviews[body["interview"]]
    first = interview.first_attempt_at if body.get("count_from_first") else None
    if body.get("count_from_first") and first is None:
        raise Problem("no_such_attempt")
    via = body.get("via", "staff")  # "provider": staff saw them in the provider's own room already
    return c.CheckInByStaff(interview.id, caller.house.now(), first, words(body, "reason"), via)


def routes() -> list[web.RouteDef]:
    return [
        web.get("/api/s/{sid}/page/{interview}", candidates_page),
        web.get("/api/s/{sid}/why/{interview}", why),
    ]


async def why(request: web.Request) -> web.Response:
    """Why this interview's verdict is what it is: the rule with its figures, and the entries that it rests on."""
    caller = caller_of(request)
    if caller.role not in STAFF:
        raise Problem("forbidden")
    interview = request.match_info["interview"]
    must_see_interview(caller, interview)
    asked = [caller.hall.state.interviews[interview]]
    (told,) = await reasons_of(caller.house.book, caller.hall, asked, caller.language)
    return web.json_response(to_json(told), headers={"Cache-Control": "no-store"})


async def candidates_page(request: web.Request) -> web.Response:
    """What the candidate's page shows now, to read. It changes nothing and nothing can be done on it."""
    caller = caller_of(request)
    if caller.role not in STAFF:
        raise Problem("forbidden")
    interview = request.match_info["interview"]
    must_see_interview(caller, interview)
    return page(request, "mirror.html", mirror=mirror(caller, caller.hall.state.interviews[interview]))


# why an interview is not held: on whose account, and what the core calls it
CALLED_OFF: Mapping[str, tuple[Side, Literal["", "interviewers_absent"]]] = {
    "candidate": ("candidate", ""),
    "office": ("staff", ""),
    "interviewers_absent": ("staff", "interviewers_absent"),
    "provider": ("provider", ""),
    "gateway": ("gateway", ""),
}


def _call_off(_: Caller, body: Body) -> Command:
    side, because = CALLED_OFF[body["because"]]
    return c.CancelInterview(body["interview"], side, words(body, "reason"), because)


async def resit(caller: Caller, body: Body) -> Answer:
    """Plan the interview again for the same person: at ``start``, by the office's clock, as long as it was to last, in
    ``room`` or the same one. It has a link of its own."""
    must_see_interview(caller, body["interview"])
    hall = caller.hall
    before = hall.state.interviews[body["interview"]]
    if "room" in body:
        _must_see_room(caller, body["room"])
    starts_at = moment(body["start"], ZoneInfo(hall.people.zone))
    if starts_at is None or starts_at < caller.house.now():
        raise Problem("bad_times", field="/start")
    room, ends_at = body.get("room", before.room), starts_at + before.ends_at - before.starts_at
    if any(i.starts_at < ends_at and starts_at < i.ends_at and not i.over for i in hall.state.of_room(room)):
        raise Problem("slot_taken", field="/start")
    row = dict(hall.people.roster.get(before.id, {}))
    again = new_id("iv", 12)
    slot = c.Slot(again, room, starts_at, ends_at, before.companions, row, before.id)
    await ask(caller, body, c.ImportRoster((slot,)), documents=[("roster", again, row)])
    return {"interview": hall.state.resits.get(before.id, again)}


def moment(text: str, zone: ZoneInfo) -> int | None:
    """``2026-11-28T10:00``, as a browser's field has it, in microseconds UTC."""
    day, _, clock = text.partition("T")
    found, at = parse_day(day), parse_time(clock)
    return None if found is None or at is None else to_microseconds(found, at, zone)


CALLS = (
    Call("ready", STAFF, ready),
    Call("pause", OVERSEEING, pause),
    Call("pause-preview", OVERSEEING, preview_pause, kept=False),
    Call("message", STAFF, message),
    Call("settle-claim", STAFF, settle_claim),
    Call("admit", STAFF, on_interview(lambda _, b: c.Admit(b["interview"]))),
    Call("hold", STAFF, on_interview(lambda _, b: c.Hold(b["interview"], b["on"]))),
    Call("send-back", STAFF, on_interview(lambda _, b: c.SendBack(b["interview"], words(b, "reason")))),
    Call("finish", STAFF, on_interview(lambda _, b: c.Finish(b["interview"], b.get("now", False)))),
    Call("finish-undo", STAFF, on_interview(lambda _, b: c.UndoFinish(b["interview"]))),
    Call("stop", STAFF, on_interview(lambda _, b: c.BreakOff(b["interview"], b["side"], words(b, "reason")))),
    Call("call-off", STAFF, on_interview(_call_off)),
    Call("resit", OVERSEEING, resit),
    Call("contact", STAFF, on_interview(lambda _, b: c.RecordContact(b["interview"], words(b, "note")))),
    Call("acknowledge", STAFF, on_interview(lambda _, b: c.SeeNotice(b["interview"]))),
    Call(
        "no-show",
        STAFF,
        on_interview(lambda _, b: c.ConfirmAbsence(b["interview"], b.get("code", "absent"), words(b, "reason"))),
    ),
    Call("withdraw-no-show", STAFF, on_interview(lambda _, b: c.WithdrawAbsence(b["interview"], words(b, "reason")))),
    Call(
        "confirm-booking",
        STAFF,
        on_interview(lambda _, b: c.ConfirmBooking(b["interview"], words(b, "note"))),
    ),
    Call("invite-missing", STAFF, on_interview(_report_invite)),
    Call("reopen", STAFF, on_interview(lambda _, b: c.Reopen(b["interview"], words(b, "reason")))),
    Call(
        "same-person",
        STAFF,
        on_interview(lambda _, b: c.SettleDifference(b["interview"], b["same"], words(b, "reason"))),
    ),
    Call("check-in-for", STAFF, on_interview(_check_in_for)),
    Call(
        "identity",
        STAFF,
        on_interview(
            lambda _, b: c.TickIdentity(b["interview"], tuple(b["steps"]), b["confirmed"], words(b, "reason"))
        ),
    ),
    Call("incident", STAFF, on_interview(lambda _, b: c.NoteIncident(b["interview"], {"note": b["note"]}))),
)
