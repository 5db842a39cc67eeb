"""One decision being made: what it reads becomes its guards, what it adds becomes its entries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from waiting_room import entries as e
from waiting_room.deadlines import Deadlines, deadlines
from waiting_room.entries import EVENT, Json, Known, NewEntry
from waiting_room.errors import Refused
from waiting_room.event import Event, Room
from waiting_room.interview import CANDIDATE, Interview
from waiting_room.policy import SECOND, Policy

Private = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Decision:
    """What to append, and the version of every stream that it rests on. No entries: accepted, nothing to do."""

    entries: tuple[NewEntry, ...] = ()
    guards: Mapping[str, int] = field(default_factory=dict)


class Case:
    """Reads of the event go through here, so that no guard is forgotten."""

    def __init__(self, event: Event, actor: str, now: int, *, guarded: bool = True) -> None:
        self.event, self.actor, self.now = event, actor, now
        self._guarded = guarded
        self._guards: dict[str, int] = {}
        self._entries: list[NewEntry] = []

    # --- reading -------------------------------------------------------------------------------------------------

    def reads(self, stream: str) -> None:
        self._guards[stream] = self.event.version(stream)

    def interview(self, interview: str) -> Interview:
        """Refused: ``no_such_interview``."""
        found = self.event.interviews.get(interview)
        if found is None or not found.room:
            raise Refused("no_such_interview", interview=interview)
        self.reads(found.stream)
        return found

    def standing(self, interview: str) -> Interview:
        """An interview that is not over. Refused: ``no_such_interview``, ``interview_over``."""
        found = self.interview(interview)
        if found.over:
            raise Refused("interview_over", phase=found.phase)
        return found

    def reachable(self, interview: str) -> Interview:
        """One that is not over, or that was closed as absent: who comes after all is heard. Refused:
        ``no_such_interview``, ``interview_over``."""
        found = self.interview(interview)
        if found.over and found.phase != "absent":
            raise Refused("interview_over", phase=found.phase)
        return found

    def room(self, room: str) -> Room:
        """Refused: ``no_such_room``."""
        found = self.event.rooms.get(room)
        if found is None:
            raise Refused("no_such_room", room=room)
        self.reads(found.stream)
        return found

    @property
    def policy(self) -> Policy:
        self.reads(EVENT)
        return self.event.policy

    def deadlines(self, interview: Interview) -> Deadlines:
        """With the pauses that the interview has had: those of the event and of its rooms."""
        for stay in interview.stays:
            self.reads(e.room_stream(stay.room))
        return deadlines(interview, self.policy, self.event.pauses_of(interview))

    def person(self, interview: Interview, person: str) -> str:
        """Refused: ``no_such_person``."""
        if person not in interview.people():
            raise Refused("no_such_person", person=person)
        return person

    def companion(self, interview: Interview, person: str) -> str:
        """Refused: ``no_such_person``."""
        if person == CANDIDATE:
            raise Refused("no_such_person", person=person)
        return self.person(interview, person)

    def must_be_open(self, interview: Interview) -> None:
        """Refused: ``too_early``, with when it opens."""
        opens_at = interview.starts_at - self.policy.opens_before * SECOND
        if self.now < opens_at:
            raise Refused("too_early", opens_at=opens_at)

    # --- adding --------------------------------------------------------------------------------------------------

    def add(self, stream: str, entry: Known, private: Private | None = None) -> None:
        self._entries.append(NewEntry(stream, entry, self.actor, private))

    def free_room(self, interview: Interview) -> None:
        """The room is no longer this interview's, in the same batch as what ended its stay."""
        room = self.room(interview.room)
        if room.taken_by == interview.id:
            self.add(room.stream, e.RoomFreed(interview.id))

    def decision(self) -> Decision:
        return Decision(tuple(self._entries), dict(self._guards) if self._guarded else {})
