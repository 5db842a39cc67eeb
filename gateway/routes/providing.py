"""Staff and the providers: who has arrived there, who moves, what is failed over; and staff's own way in."""

from __future__ import annotations

from aiohttp import web

from gateway.access import OVERSEEING, STAFF, Caller
from gateway.calls import Answer, Body, Call, ask, words
from gateway.health import usable
from gateway.opening import room_now
from gateway.party import staff_of
from gateway.problems import Problem, from_error, kind_of
from gateway.requests import caller_of
from gateway.routes.pages import error_page
from gateway.routes.staff import must_see_interview, on_interview
from gateway.tickets import session_ahead
from providers.base import Redirect, Role
from waiting_room import commands as c


async def failover(caller: Caller, body: Body) -> Answer:
    """As proposed. An interviewer answers for their own rooms, whoever oversees for all of them."""
    rooms = tuple(room for room in caller.hall.state.rooms if caller.sees(room))
    command = c.AcceptFailover(
        body["provider"], body["to"], body["open"], tuple(usable(caller.house, caller.hall)),
        None if caller.role in OVERSEEING else rooms,
    )  # fmt: skip
    await ask(caller, body, command)
    return {}


async def decline(caller: Caller, body: Body) -> Answer:
    await ask(caller, body, c.DeclineFailover(body["provider"]))
    return {}


CALLS = (
    Call("arrived", STAFF, on_interview(lambda _, b: c.ConfirmArrival(b["interview"]))),
    Call("move", STAFF, on_interview(lambda _, b: c.MoveSession(b["interview"]))),
    Call(
        "settle-alarm",
        STAFF,
        on_interview(lambda _, b: c.SettleAlarm(b["interview"], b["code"], words(b, "note"))),
    ),
    Call("failover", STAFF, failover),
    Call("failover-decline", OVERSEEING, decline),
)


# --- staff's own way in --------------------------------------------------------------------------------------------


def routes() -> list[web.RouteDef]:
    return [web.get("/api/s/{sid}/open/{interview}", open_provider)]


async def open_provider(request: web.Request) -> web.Response:
    """To the provider's page for staff, by a link that is asked for now and kept nowhere. For a person, so what goes
    wrong is a page with a way back."""
    try:
        url = await _link_for(caller_of(request), request.match_info["interview"])
    except Exception as error:  # noqa: BLE001 - a border, like the one around every request
        problem = from_error(error)
        return error_page(request, kind_of(problem.code), status=problem.status, back="/console")
    headers = {"Location": url, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return web.Response(status=303, headers=headers)


async def _link_for(caller: Caller, interview: str) -> str:
    """Problem ``forbidden``, ``no_such_interview``, ``no_such_session``, ``not_embedded``; ProviderError."""
    if caller.role not in STAFF:
        raise Problem("forbidden")
    must_see_interview(caller, interview)
    house, hall = caller.house, caller.hall
    found = hall.state.interviews[interview]
    session = session_ahead(hall, found)
    if session is None:
        raise Problem("no_such_session")
    room = await room_now(house, hall, found, session)
    with house.health.asking(session.provider, "ticket"):
        made = await house.providers[session.provider].ticket(room, staff_of(hall, caller.staff, _role(caller)))
    if not isinstance(made, Redirect):
        raise Problem("not_redirecting")
    return made.url


def _role(caller: Caller) -> Role:
    return (
        "interviewer"
        if caller.role == "interviewer"
        else "reception"
        if caller.role == "reception"
        else "administrator"
    )
