"""What a provider says happened, written down as evidence. It decides no phase and no lateness: its word may come an
hour late, twice, and in any order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import structlog

from gateway.hall import Hall
from gateway.party import party_of, person_in
from gateway.sessions import Place
from providers.base import Observation
from waiting_room import commands as c
from waiting_room.errors import Refused
from waiting_room.interview import CANDIDATE, Interview
from waiting_room.policy import SECOND

if TYPE_CHECKING:
    from gateway.house import House

log = structlog.get_logger("genkan.observing")

ACTOR = "reactor"
SKEW = 60 * SECOND  # that a provider's clock may be behind ours; preflight says when it is more
DOOR = frozenset({"waiting_room", "before_host"})  # reasons of a ``left`` that is about the provider's own door
SURELY = 30  # characters of a name that was cut: no two people share so much of one
LONGEST_CODE = 120  # characters of a provider's reason


class Observing:
    """Of one provider."""

    def __init__(self, house: House, provider: str) -> None:
        self._house, self._provider = house, provider

    async def take(self, found: Sequence[Observation], delivery: str) -> None:
        """Write down all that are about sessions of ours. ``delivery``: the same for each delivery of one callback.
        Errors of the journal."""
        for number, seen in enumerate(found):
            place = await self._house.sessions.find(self._provider, seen.room_id)
            if place is None:
                await self._house.catch_up()
                place = await self._house.sessions.find(self._provider, seen.room_id)
            hall = self._house.halls.get(place.event) if place is not None else None
            if place is None or hall is None or place.interview not in hall.state.interviews:
                continue
            command = self._command(hall, place, seen)
            if command is None:
                continue
            try:
                id_ = f"hook:{self._provider}:{delivery}:{number}"
                await hall.execute(command, actor=ACTOR, command_id=id_)
            except Refused as refused:
                log.warning("observation_refused", provider=self._provider, code=refused.code)

    def _command(self, hall: Hall, place: Place, seen: Observation) -> c.Command | None:
        interview = hall.state.interviews[place.interview]
        match seen.kind:
            case "recording":
                return c.RaiseAlarm(interview.id, self._provider, place.generation, "recording")
            case "joined" | "left" if seen.reason not in DOOR:
                return _presence(interview, place.generation, _known(hall, interview, seen))
            case "joined" | "left" | "waiting":
                return self._observed(interview, place, seen, "waiting")
            case "opened" | "ended" | "checked":
                return self._observed(interview, place, seen, seen.kind)

    def _observed(
        self,
        interview: Interview,
        place: Place,
        seen: Observation,
        what: Literal["opened", "ended", "waiting", "checked"],
    ) -> c.ObserveSession:
        code = (seen.reason or "")[:LONGEST_CODE]
        if seen.kind == "left":  # they are at the door no longer
            code = f"left:{code}"
        return c.ObserveSession(interview.id, self._provider, place.generation, what, seen.at, code)


def _known(hall: Hall, interview: Interview, seen: Observation) -> Observation:
    """Whose link it was is known where it was made; another gateway, or this one after a start, tells by the name that
    was to be shown. Two of one name stay unknown."""
    if seen.side is not None or not seen.shown:
        return seen
    called = [who for who in party_of(hall, interview) if _is_called(who.shown_as, seen.shown)]
    if len(called) != 1:
        return seen
    return replace(seen, sub=called[0].sub, side="candidate" if called[0].role == "candidate" else "companion")


def _is_called(name: str, shown: str) -> bool:
    """Providers put a name on one line, and cut a long one."""
    one_line = " ".join(name.split())
    return shown == one_line or (len(shown) >= SURELY and one_line.startswith(shown))


def _presence(interview: Interview, generation: int, seen: Observation) -> c.Command | None:
    """Nobody's coming where it is not known whose: a guest whose name was given to two people, or to none."""
    if seen.side is None:
        return None
    known = person_in(seen.sub) if seen.sub is not None else CANDIDATE
    person = "staff" if seen.side == "staff" else known
    admission = _admission(interview, seen.at)
    if seen.kind == "joined":
        return c.SeeJoined(interview.id, seen.side, "provider", seen.at, admission, person, generation)
    code = (seen.reason or "left")[:LONGEST_CODE]
    return c.SeeLeft(interview.id, seen.side, "provider", seen.at, admission, code, person, generation)


def _admission(interview: Interview, at: int) -> int:
    """The admission that was under way then, as far as can be told: what is older than the last call belongs to the
    one before it."""
    began = interview.called_at
    earlier = began is not None and at < began - SKEW and interview.admission > 0
    return interview.admission - 1 if earlier else interview.admission
