"""``POST /api/enter``: from a link, a room's code or six digits to a browser session.

It uses nothing up and moves no phase: mail scanners run pages and press buttons. A link that was opened is noted as
evidence, once for each browser session.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from aiohttp import web

from gateway.access import Caller, check
from gateway.keys import SECOND, SESSION_LIFE
from gateway.links import Target
from gateway.look import scene_of
from gateway.problems import Problem
from gateway.requests import (
    CALLER,
    MAX_COOKIES,
    address_of,
    body_of,
    check_origin,
    check_shape,
    cookie_name,
    house_of,
    language_of,
    request_schemas,
)
from gateway.shapes import Shape
from gateway.tokens import BadStatement, Statement, new_sid, read_statement, sign_statement
from gateway.validity import check_validity
from waiting_room.commands import OpenLink
from waiting_room.errors import Refused
from waiting_room.punctuality import deadlines

if TYPE_CHECKING:
    from gateway.house import House

LIFE_AFTER = 14 * 24 * 3600 * SECOND  # a link opens until two weeks after its event's last interview


def routes() -> list[web.RouteDef]:
    return [web.post("/api/enter", enter)]


@cache
def _key_to_enter() -> Shape:
    return Shape(request_schemas()["enter"])


async def enter(request: web.Request) -> web.Response:
    """See docs/protocol.md §2."""
    check_origin(request)
    body = await body_of(request)
    check_shape(_key_to_enter(), body)
    house, address = house_of(request), address_of(request)
    if "video" in body:
        _must_not_hurry(house, address, guesses=True)
    statement = _by_video(house, body["video"]) if "video" in body else await _by_known_link(house, body)
    if statement is None:
        _must_not_hurry(house, address, guesses=False)
        house.slowing.wrong(address, "", house.monotonic())
        raise Problem("code_unknown" if "video" in body else "link_unknown")
    kept = _kept(request, house, statement, str(body.get("sid", "")))
    caller = check(house, kept, language=language_of(request), address=address)
    request[CALLER] = caller
    await _note(caller)
    response = web.json_response(_entered(caller))
    _set_cookie(request, response, house, kept)
    return response


def _must_not_hurry(house: House, address: str, *, guesses: bool) -> None:
    """Whoever guesses is slowed: by address and generously, for a city hall may be behind one. A link that is right is
    never slowed (128 bits are not guessed, a room's code is no secret): somebody else's guessing behind the same
    address keeps nobody out. ``guesses``: six digits can be guessed, so they wait before they are looked at."""
    wait = house.slowing.wait(address, "", house.monotonic(), pairs=False)
    if guesses:
        wait = max(wait, house.guesses.wait(house.monotonic()))
    if wait > 0:
        raise Problem("slow_down", retry_after=wait)


async def _by_known_link(house: House, body: dict[str, Any]) -> Statement | None:
    """Of a link that another gateway has made a moment ago too."""
    target = house.index.find(body["link"] if "link" in body else body["code"])
    if target is None:
        await house.catch_up()
    else:
        await house.halls[target.event].present()
    return _by_link(house, body)


def _by_link(house: House, body: dict[str, Any]) -> Statement | None:
    target = house.index.find(body["link"] if "link" in body else body["code"])
    if target is None or (target.kind == "shared") != ("code" in body):
        return None
    if target.revoked:
        raise Problem("link_revoked")
    now = house.now()
    if now > _expires_at(house, target):
        raise Problem("link_expired")
    if target.kind != "staff":
        check_validity(house.halls[target.event].state, target, now)
    times = {"iat": now // SECOND, "exp": (now + SESSION_LIFE) // SECOND - 1}
    common: dict[str, Any] = {"sid": new_sid(), "event": target.event, "issue": target.issue, **times}
    match target.kind:
        case "shared":
            return Statement(kind="shared", room=target.id, **common)
        case "staff":
            return Statement(kind="staff", staff=target.id, **common)
        case "candidate" | "companion":
            return Statement(kind=target.kind, interview=target.id, person=target.person, **common)


def _expires_at(house: House, target: Target) -> int:
    ends = [interview.ends_at for interview in house.halls[target.event].state.interviews.values()]
    return max(ends) + LIFE_AFTER if ends else house.now()


def _by_video(house: House, code: str) -> Statement | None:
    now = house.now()
    parent = house.video.redeem(code, now)
    if parent is None:
        house.guesses.wrong(house.monotonic())
        return None
    sid = new_sid()
    hall = house.halls[parent.event]
    house.video.adopt(hall.named(sid), hall.named(parent.sid))
    return Statement(
        sid=sid,
        event=parent.event,
        kind="video",
        iat=now // SECOND,
        exp=parent.exp,
        interview=parent.interview or _seat_of(house, parent),
        staff=parent.staff,
        room=parent.room or house.video.room_of(hall.named(parent.sid)),
        person=parent.person,
        issue=_issue_of(house, parent),
    )


def _seat_of(house: House, parent: Statement) -> str | None:
    """A shared link's page has found its seat by now, or has no video."""
    hall = house.halls[parent.event]
    return hall.state.seats.get(hall.named(parent.sid)) if parent.kind == "shared" else None


def _issue_of(house: House, parent: Statement) -> int:
    """Of the personal link that a seat found by a shared link has by now; so reissuing it ends this session too."""
    seat = _seat_of(house, parent)
    return house.halls[parent.event].state.interviews[seat].issue(parent.person) if seat is not None else parent.issue


def _kept(request: web.Request, house: House, fresh: Statement, sid: str) -> Statement:
    """The session that this browser had by the same link, while its cookie is good; else the fresh one."""
    cookie = request.cookies.get(cookie_name(house, sid)) if sid else None
    if cookie is None or fresh.kind == "video":
        return fresh
    try:
        known = read_statement(house.keys, cookie, house.now())
    except BadStatement:
        return fresh
    same = ("event", "kind", "interview", "staff", "room", "person", "issue")
    if known.sid == sid and all(getattr(known, name) == getattr(fresh, name) for name in same):
        return known
    return fresh


async def _note(caller: Caller) -> None:
    if caller.statement.kind not in ("candidate", "companion") or caller.interview is None:
        return
    command = OpenLink(caller.interview.id, caller.sid, "personal", caller.statement.person)
    try:
        await caller.hall.execute(command, actor=caller.actor, command_id=f"{caller.sid}:open")
    except Refused:
        return  # evidence is kept where it can be; the person is let through either way


def _entered(caller: Caller) -> dict[str, Any]:
    """Event, time, office and notice; no person."""
    scene = scene_of(caller)
    event: dict[str, Any] = {**scene.heading(), "now": caller.house.now() // 1000, "notice": scene.notice(None)}
    if caller.interview is not None and caller.role in ("candidate", "companion"):
        due = deadlines(caller.interview, caller.hall.state.policy)
        event["schedule"] = {
            "starts_at": due.starts_at // 1000,
            "opens_at": due.opens_at // 1000,
            "room": scene.room_name(caller.interview.room),
        }
    answer: dict[str, Any] = {"sid": caller.statement.sid, "kind": caller.statement.kind, "event": event}
    if caller.statement.staff is not None:
        answer["role"] = caller.hall.state.staff[caller.statement.staff].role
    return answer


def _set_cookie(request: web.Request, response: web.Response, house: House, statement: Statement) -> None:
    now = house.now()
    # It was made at another gateway, maybe, whose time was a little ahead of ours.
    statement = replace(statement, exp=min(statement.exp, (now + SESSION_LIFE) // SECOND))
    response.set_cookie(
        cookie_name(house, statement.sid),
        sign_statement(house.keys, statement, now),
        max_age=max(1, statement.exp - now // SECOND),
        path="/",
        secure=house.settings.secure,
        httponly=True,
        samesite="Strict",
    )
    for name in _surplus(request, house, statement.sid):
        response.del_cookie(name, path="/", secure=house.settings.secure, httponly=True, samesite="Strict")


def _surplus(request: web.Request, house: House, sid: str) -> list[str]:
    """Sessions of this browser beyond what a request's header carries: the oldest and the unreadable go first."""
    prefix = cookie_name(house, "")
    ages: dict[str, int] = {}
    for name, value in request.cookies.items():
        if name.startswith(prefix) and name != cookie_name(house, sid):
            try:
                ages[name] = read_statement(house.keys, value, house.now()).iat
            except BadStatement:
                ages[name] = 0
    oldest_first = sorted(ages, key=lambda name: ages[name])
    return oldest_first[: max(0, len(ages) - MAX_COOKIES + 1)]
