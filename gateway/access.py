"""Who asks, and what they may do: decided anew at every request and for every view that is pushed.

A browser session is a signed statement of ids (``tokens.Statement``); what it is worth follows from the event's state
now: an invite that was reissued, a member of staff who was revoked, a role that was changed take effect at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from gateway.hall import Hall
from gateway.keys import SECOND
from gateway.problems import Problem
from gateway.tokens import Statement
from waiting_room.event import Event
from waiting_room.interview import Interview

if TYPE_CHECKING:
    from gateway.house import House

Role = Literal["candidate", "companion", "shared", "video", "interviewer", "reception", "administrator"]

CANDIDATE = frozenset({"candidate"})
SEATED = frozenset({"candidate", "companion"})
ARRIVING = frozenset({"candidate", "companion", "shared"})
STAFF = frozenset({"interviewer", "reception", "administrator"})
OVERSEEING = frozenset({"reception", "administrator"})
ADMINISTRATOR = frozenset({"administrator"})
IN_CALL = frozenset({"candidate", "companion", "video", *STAFF})
EVERYONE = frozenset({*ARRIVING, *STAFF, "video"})


@dataclass(frozen=True, slots=True)
class Caller:
    """A browser session that was checked just now. ``sid``: its name in this event (``Hall.named``), the only one that
    is written or compared; what the browser itself goes by is ``statement.sid``, in its cookie's name and in addresses.
    ``interview``: whose seat it is about, for everybody but staff."""

    house: House
    hall: Hall
    statement: Statement
    sid: str
    role: Role
    language: str = "ja"
    address: str = ""
    interview: Interview | None = None

    @property
    def actor(self) -> str:
        """Opaque id, as it stands in the journal."""
        s = self.statement
        if s.staff is not None:
            return f"staff:{s.staff}"
        if self.interview is None:
            return f"shared:{s.room}"
        if s.person == "candidate":
            return f"candidate:{self.interview.id}"
        return f"companion:{self.interview.id}.{s.person.removeprefix('companion.')}"

    @property
    def staff(self) -> str:
        """The member of staff. Problem ``forbidden`` for anybody else."""
        if self.statement.staff is None:
            raise Problem("forbidden")
        return self.statement.staff

    @property
    def own(self) -> Interview:
        """The interview that this person has a seat in. Problem ``no_seat``."""
        if self.interview is None:
            raise Problem("no_seat")
        return self.interview

    def holds_seat(self) -> bool:
        """Whether this page, and no other, speaks for its person now."""
        if self.role == "video":
            return self.house.video.parent(self.sid) == _holder(self)
        return self.statement.staff is not None or self.sid == _holder(self)

    def sees(self, room: str) -> bool:
        """Whether this member of staff works in that room."""
        member = self.hall.state.staff.get(self.statement.staff or "")
        return member is not None and (self.role in OVERSEEING or member.sees(room))

    def office(self) -> Mapping[str, Any] | None:
        """Whom to call, for problems; None for staff, who are the office themselves."""
        if self.statement.staff is not None:
            return None
        office = self.hall.people.settings.get("office")
        return office if isinstance(office, Mapping) else None


def check(house: House, statement: Statement, *, language: str = "ja", address: str = "") -> Caller:
    """What this session is worth now. Problem ``session_expired``, ``link_revoked``, ``forbidden``,
    ``newer_release`` for an event that this release cannot read."""
    hall = house.halls.get(statement.event)
    if hall is None or statement.exp * SECOND <= house.now():
        raise Problem("session_expired")
    if not hall.state.readable:  # a gateway of that release serves it; a load balancer finds it at the next try
        raise Problem("newer_release", retry_after=2)
    sid = hall.named(statement.sid)
    interview = _interview(hall.state, statement, sid)
    role = _role(house, hall.state, statement, sid, interview)
    return Caller(house, hall, statement, sid, role, language, address, interview)


def _interview(state: Event, statement: Statement, sid: str) -> Interview | None:
    if statement.staff is not None:
        return None
    if statement.kind == "shared":
        return state.interviews.get(state.seats.get(sid, ""))
    interview = state.interviews.get(statement.interview or "")
    if interview is None:
        raise Problem("session_expired")
    if interview.issue(statement.person) != statement.issue:
        raise Problem("link_revoked")
    return interview


def _role(house: House, state: Event, statement: Statement, sid: str, interview: Interview | None) -> Role:
    if statement.staff is not None:
        role = _staff_role(state, statement)
        return "video" if statement.kind == "video" else role
    if statement.kind == "video" and house.video.parent(sid) is None:
        raise Problem("session_expired")
    if statement.kind == "shared" and interview is not None:
        return "candidate"
    if statement.kind == "staff":  # a statement without a person
        raise Problem("forbidden")
    return statement.kind


def _staff_role(state: Event, statement: Statement) -> Role:
    member = state.staff.get(statement.staff or "")
    if member is None or member.revoked or member.issue != statement.issue:
        raise Problem("link_revoked")
    if member.role == "interviewer":
        return "interviewer"
    return "reception" if member.role == "reception" else "administrator"


def _holder(caller: Caller) -> str | None:
    person = caller.statement.person
    if caller.statement.staff is not None:
        return caller.house.video.parent(caller.sid)
    interview = caller.own
    return interview.holder if person == "candidate" else interview.companion(person).sid
