"""Stays in a room's call: by which of its sessions an interview is in there, and what the worker's lines say of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from gateway.hall import Hall
from gateway.party import party_of, person_in
from gateway.sessions import sessions_of
from providers.base import Person
from providers.webrtc.adapter import NAME
from waiting_room.commands import SeeJoined, SeeLeft
from waiting_room.interview import Interview, Session, Visit

GENERATIONS = 10_000  # sessions that one interview may have: each is a switch of provider or a failure


def in_call(interview: Interview) -> Session | None:
    """The session by which this interview's people may be in their room's call: the current one where that is built
    in, else one that is being left, for as long as it stands."""
    if not interview.admitted:
        return None
    reached = [s for s in sessions_of(interview) if s.generation <= interview.generation and s.state == "open"]
    return next((s for s in reached if s.provider == NAME), None)


def stay(interview: Interview, session: Session) -> int:
    """The number under which the worker knows a stay in the call. It grows with each admission and, within one, with
    each session: coming back from another provider is a stay of its own, and tokens of the one before are dead."""
    return interview.admission * GENERATIONS + session.generation


def callers(hall: Hall, interview: Interview, session: Session) -> list[Person]:
    """The interview's people, as the worker is to know them."""
    return [replace(person, admission=stay(interview, session)) for person in party_of(hall, interview)]


def noted(interview: Interview) -> list[Visit]:
    """Stays in the call, of this admission, that nobody has seen the end of. What another provider told is its own."""
    return [
        v for v in interview.visits if v.clock == "worker" and v.admission == interview.admission and v.left_at is None
    ]


def joined(interview: Interview, line: Mapping[str, Any]) -> SeeJoined:
    session = in_call(interview)
    generation = session.generation if session is not None else 0
    person, side = person_in(line["sub"]), _side(line["sub"])
    return SeeJoined(interview.id, side, "worker", line["at"], interview.admission, person, generation)


def left(interview: Interview, line: Mapping[str, Any]) -> SeeLeft:
    """Of the stay that is known, whichever session is current by now."""
    person, side = person_in(line["sub"]), _side(line["sub"])
    stays = _open(interview, person)
    admission, generation = (stays[-1].admission, stays[-1].generation) if stays else (interview.admission, 0)
    reason = line.get("reason", "left")
    return SeeLeft(interview.id, side, "worker", line["at"], admission, reason, person, generation)


def is_there(interview: Interview, subject: str) -> bool:
    """As far as is known: who has been seen to leave does not leave twice, whoever tells it."""
    return bool(_open(interview, person_in(subject)))


def _open(interview: Interview, person: str) -> list[Visit]:
    return [v for v in interview.visits if v.clock == "worker" and v.person == person and v.left_at is None]


def _side(subject: str) -> Literal["candidate", "companion"]:
    return "companion" if subject.startswith("companion:") else "candidate"
