"""Tickets and the built-in room's signalling. The gateway relays offers; the worker itself checks each token.

A token is made for a person who is admitted, or on the panel, at the moment of asking, and only once the worker has
been told to let that person in and everybody else out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Mapping
from dataclasses import asdict, replace
from typing import Any

from gateway.access import ARRIVING, EVERYONE, IN_CALL, STAFF, Caller
from gateway.calling import Calling
from gateway.calls import Answer, Body, Call
from gateway.keys import TOKEN_LIFE
from gateway.look import scene_of
from gateway.party import person_of, staff_of
from gateway.problems import Problem
from gateway.stays import in_call, stay
from gateway.tickets import Tickets, session_ahead
from gateway.tokens import BadToken, RoomClaims, mint_room_token, verify_room_token
from providers.base import Embedded, Role, Room, Ticket
from providers.webrtc.adapter import CAPACITY, call_of
from providers.webrtc.client import WorkerGone, WorkerRefused
from waiting_room.entries import room_stream
from waiting_room.interview import CANDIDATE, Interview, Session


class Media:
    """The commands that need a provider or the worker. ``calling`` None: this gateway runs no built-in room."""

    def __init__(self, tickets: Mapping[str, Tickets], calling: Calling | None) -> None:
        self._tickets, self._calling = tickets, calling

    def calls(self) -> tuple[Call, ...]:
        return (
            Call("ticket", frozenset({"candidate", "companion", "video"}), self.ticket, kept=False),
            Call("join", STAFF, self.join, kept=False),
            Call("offer", IN_CALL, self.offer, kept=False),
            Call("restart", frozenset({*ARRIVING, *IN_CALL}), self.restart, kept=False),
            Call("leave", EVERYONE, self.leave, kept=False),
            Call("echo", frozenset({*ARRIVING, *STAFF}), self.echo, kept=False),
            Call("video-code", IN_CALL - {"video"}, self.video_code, kept=False),
        )

    # --- tickets ---------------------------------------------------------------------------------------------------

    async def ticket(self, caller: Caller, body: Body) -> Answer:  # noqa: ARG002 - a command's signature
        """For an admitted person, by the page that holds the seat, or its other device. Problem ``not_admitted``."""
        if caller.statement.staff is not None:
            return await self._staff_ticket(caller, caller.statement.room or "")
        interview, session = _admitted(caller)
        _must_have_agreed(caller, interview, session)
        if caller.house.providers[session.provider].abilities.embedded:
            made = await self._embedded(caller, interview, session)
        else:
            made = await self._tickets[caller.hall.id].of(interview, session, caller.statement.person)
        if _admitted(caller)[1] != session:  # a finish or a move came while the provider was asked
            raise Problem("not_admitted")
        return {"ticket": _wire(made, session.generation)}

    async def _embedded(self, caller: Caller, interview: Interview, session: Session) -> Ticket:
        room = await caller.house.sessions.room(caller.hall, interview.id, session)
        person = person_of(caller.hall, interview, caller.statement.person)
        await self._worker().sync(caller.hall, interview.room)
        with caller.house.health.asking(session.provider, "ticket"):
            provider = caller.house.providers[session.provider]
            return await provider.ticket(room, replace(person, admission=stay(interview, session)))

    async def join(self, caller: Caller, body: Body) -> Answer:
        """The panel's way in: a ticket for its room's call or, where the provider is another, our own address that
        leads there. Problem ``no_such_session`` where none stands yet."""
        room = body["room"]
        _must_work_in(caller, room)
        hall, state = caller.hall, caller.hall.state
        about = state.interviews.get(state.rooms[room].taken_by or "") or state.next_of(room)
        session = session_ahead(hall, about) if about is not None else None
        provider = session.provider if session is not None else state.provider_for(room_stream(room))
        if caller.house.providers[provider].abilities.embedded:
            return await self._staff_ticket(caller, room)
        if about is None or session is None:
            raise Problem("no_such_session")
        url = f"/api/s/{caller.statement.sid}/open/{about.id}"
        return {"ticket": {"kind": "redirect", "url": url, "interview": about.id}}

    async def _staff_ticket(self, caller: Caller, room: str) -> Answer:
        _must_work_in(caller, room)
        _must_leave_room(caller, room)
        role: Role = _staff_role(caller)
        calling = self._worker()
        opened: Room = await calling.join_panel(caller.hall, room, caller.staff, role)
        person = staff_of(caller.hall, caller.staff, role)
        caller.house.video.went_to(caller.sid, room)
        return {"ticket": _wire(await calling.provider.ticket(opened, person), opened.generation)}

    # --- signalling ------------------------------------------------------------------------------------------------

    async def offer(self, caller: Caller, body: Body) -> Answer:
        """The worker checks the token; we check that it is asked from a session that may be in that call."""
        call = self._call_of(caller, _own(caller, body["token"]))
        return await _relayed(self._worker().offer(call, body["token"], body["sdp"], by=_mark(caller)))

    async def restart(self, caller: Caller, body: Body) -> Answer:
        said = _own(caller, body["token"])
        call = said.sid if said is not None else None
        asked = self._worker().restart(call, body["peer"], body["token"], body["sdp"], by=_mark(caller))
        return await _relayed(asked)

    async def leave(self, caller: Caller, body: Body) -> Answer:
        """One's own peer only, in the call or of the connection test."""
        subject = caller.actor if caller.role != "shared" else _echo_subject(caller)
        try:
            await _relayed(self._worker().end(body["peer"], sub=subject))
        except Problem as problem:
            if problem.code != "peer_unknown":
                raise
            await _relayed(self._worker().end(body["peer"], sub=_echo_subject(caller)))
        return {}

    async def echo(self, caller: Caller, body: Body) -> Answer:
        """The connection test: the token is made here, for nobody has a use for it but this request."""
        token = mint_room_token(
            caller.house.keys, caller.house.worker_now(), sub=_echo_subject(caller), call="echo", generation=1,
            admission=0, device_epoch=0, role="candidate", audience="echo", life=TOKEN_LIFE // 2,
        )  # fmt: skip
        return await _relayed(self._worker().echo(token, body["sdp"], by=_mark(caller)))

    # --- video on another device -----------------------------------------------------------------------------------

    async def video_code(self, caller: Caller, body: Body) -> Answer:  # noqa: ARG002 - a command's signature
        """Six digits for two minutes. Problem ``not_holder`` from a page without the seat."""
        if caller.statement.staff is None and not caller.holds_seat():
            raise Problem("not_holder")
        shown = caller.house.video.show(caller.statement, caller.house.now())
        url = f"{caller.house.settings.public_origin}/v#{shown.code}"
        return {"code": shown.code, "url": url, "expires_at": shown.expires_at // 1000}

    # --- parts -----------------------------------------------------------------------------------------------------

    def _worker(self) -> Calling:
        if self._calling is None:
            raise Problem("not_embedded")
        if not self._calling.serves:
            raise Problem("media_not_shared")
        return self._calling

    def _call_of(self, caller: Caller, said: RoomClaims | None) -> str:
        """The call that this session may be in. Staff may be in several: the one that their token is for, which another
        gateway may have made."""
        if caller.statement.staff is not None:
            asked = said.sid if said is not None else ""
            room = next((room for room in caller.hall.state.rooms if call_of(caller.hall.id, room) == asked), None)
            room = room or caller.house.video.room_of(caller.sid) or caller.statement.room
            if room is None or not _works_in(caller, room):
                raise Problem("not_admitted")
            return call_of(caller.hall.id, room)
        if not caller.holds_seat():
            raise Problem("not_holder")
        interview = caller.hall.state.interviews[caller.own.id]
        if in_call(interview) is None:  # also while they are leaving it for another provider
            raise Problem("not_admitted")
        return call_of(caller.hall.id, interview.room)


def _must_leave_room(caller: Caller, room: str) -> None:
    """A call is fixed in size: one more of the staff may look in only while the candidate who is there, or comes next,
    and their companions still fit. Problem ``call_full``."""
    hall, state = caller.hall, caller.hall.state
    expected = state.interviews.get(state.rooms[room].taken_by or "") or state.next_of(room)
    reserved = 1 + (expected.companions if expected is not None else 0)
    there = hall.calls.in_room(room) - {caller.actor}
    if sum(subject.startswith("staff:") for subject in there) >= CAPACITY - reserved:
        raise Problem("call_full")


def _own(caller: Caller, token: str) -> RoomClaims | None:
    """What the token says. A genuine token of somebody else, found or given away, is worth nothing from this session.
    None: it is not genuine, which is for the worker to refuse. Problem ``forbidden``."""
    public, now = caller.house.keys.token_public(caller.house.now()), caller.house.worker_now()
    try:
        said = verify_room_token(public, token, now)
    except BadToken:
        return None
    if said.sub != caller.actor:
        raise Problem("forbidden")
    return said


def _admitted(caller: Caller) -> tuple[Interview, Session]:
    """The interview as it is now, and the session that this person is to be in. Problem ``not_holder``,
    ``not_admitted``."""
    interview = caller.hall.state.interviews[caller.own.id]
    if not caller.holds_seat():
        raise Problem("not_holder")
    session = interview.current
    if not interview.admitted or session is None or session.state != "open":
        raise Problem("not_admitted")
    return interview, session


def _must_have_agreed(caller: Caller, interview: Interview, session: Session) -> None:
    """Nobody is sent to a provider whose terms they have not been shown. Problem ``terms_needed``."""
    person = caller.statement.person
    agreed = interview.terms if person == CANDIDATE else interview.companion(person).terms
    if scene_of(caller).terms_needed(session.provider, agreed):
        raise Problem("terms_needed")


def _must_work_in(caller: Caller, room: str) -> None:
    """Problem ``no_such_room``, ``forbidden``."""
    if room not in caller.hall.state.rooms:
        raise Problem("no_such_room")
    if not _works_in(caller, room):
        raise Problem("forbidden")


def _works_in(caller: Caller, room: str) -> bool:
    member = caller.hall.state.staff.get(caller.staff)
    return member is not None and not member.revoked and (member.role != "interviewer" or member.sees(room))


def _staff_role(caller: Caller) -> Role:
    role = caller.hall.state.staff[caller.staff].role
    return "interviewer" if role == "interviewer" else "reception" if role == "reception" else "administrator"


async def _relayed(request: Awaitable[Mapping[str, Any] | None]) -> Answer:
    """The worker's answer; its refusals keep their codes and statuses."""
    try:
        return dict(await request or {})
    except WorkerRefused as refused:
        raise Problem(refused.code) from refused
    except WorkerGone as gone:
        raise Problem("provider_busy", retry_after=2) from gone


def _wire(ticket: Ticket, generation: int) -> dict[str, Any]:
    if isinstance(ticket, Embedded):
        made = asdict(ticket)
        return {
            "kind": "embedded",
            **made,
            "expires_at": ticket.expires_at // 1000,
            "ice_servers": list(ticket.ice_servers),
        }
    return {"kind": "redirect", "url": ticket.url, "browser_url": ticket.browser_url, "generation": generation}


def _mark(caller: Caller) -> str:
    """An opaque key of who asks, so that the worker can slow an address down without knowing it."""
    return hashlib.blake2s(caller.address.encode(), digest_size=8, key=caller.house.video.salt).hexdigest()


def _echo_subject(caller: Caller) -> str:
    return f"echo:{caller.sid}"
