"""A day at an office with a journal that enforces guards as the real one does, and with a clock that is set by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from waiting_room import commands as c
from waiting_room import entries as e
from waiting_room.decide import Decision, decide
from waiting_room.errors import REFUSALS, Refused
from waiting_room.event import Event
from waiting_room.interview import Interview
from waiting_room.policy import SECOND

MINUTE = 60 * SECOND
NINE = 9 * 3600 * SECOND
PROVIDER = "scripted"


class Moved(Exception):
    """A guarded stream has moved on."""


@dataclass
class Day:
    """``event`` is the live state, ``journal`` what it is the fold of."""

    rooms: tuple[str, ...] = ("r1", "r2")
    policy: dict[str, Any] = field(default_factory=dict)
    now: int = NINE
    event: Event = field(default_factory=Event)
    journal: list[e.Stamped] = field(default_factory=list)
    private: dict[int, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.do(c.CreateEvent(self.rooms, PROVIDER, self.policy), "cli")

    def schedule(self, *interviews: str, room: str = "r1", start: int = NINE, companions: int = 0) -> None:
        slots = (
            c.Slot(i, room, start + n * 20 * MINUTE, start + (n + 1) * 20 * MINUTE, companions)
            for n, i in enumerate(interviews)
        )
        self.do(c.ImportRoster(tuple(slots)), "cli")

    def decide(self, command: c.Command, actor: str = "staff:s") -> Decision:
        return decide(self.event, command, actor, self.now)

    def append(self, decision: Decision) -> list[str]:
        for stream, version in decision.guards.items():
            if self.event.version(stream) != version:
                raise Moved(stream)
        for new in decision.entries:
            offset = len(self.journal) + 1
            version = self.event.version(new.stream) + 1
            stamped = e.Stamped(offset, new.stream, version, self.now, new.actor, new.entry)
            self.journal.append(stamped)
            self.private[offset] = dict(new.private or {})
            self.event.apply(stamped)
        return [new.entry.kind for new in decision.entries]

    def do(self, command: c.Command, actor: str = "staff:s") -> list[str]:
        """The kinds that were appended."""
        return self.append(self.decide(command, actor))

    def refusal(self, command: c.Command, actor: str = "staff:s") -> str | None:
        """The code that the command is refused with; nothing is appended."""
        try:
            self.decide(command, actor)
        except Refused as refused:
            return documented(refused)
        return None

    def see(self, interview: str) -> Interview:
        return self.event.interviews[interview]

    def seat(self, interview: str, sid: str = "sid", **how: Any) -> list[str]:
        """Consent and check-in by personal link with the right number."""
        self.do(c.Consent(interview, sid, "1"), f"candidate:{interview}")
        return self.check_in(interview, sid, **how)

    def check_in(self, interview: str, sid: str = "sid", **how: Any) -> list[str]:
        how = {"via": "personal", "number_matches": True, "claim": f"claim-{interview}-{sid}", **how}
        return self.do(c.CheckIn(interview, sid, received_at=self.now, **how), f"candidate:{interview}")

    def open_session(self, interview: str) -> None:
        self.do(c.OpenSession(interview, f"key-{len(self.journal)}", PROVIDER), "reactor")
        session = self.see(interview).session
        assert session is not None
        self.do(c.SessionCameUp(interview, PROVIDER, session.generation), "reactor")

    def enter(self, interview: str) -> None:
        """From the seat into the room."""
        if self.see(interview).session is None:
            self.open_session(interview)
        self.now = max(self.now, self.see(interview).starts_at)
        self.do(c.Admit(interview))
        self.arrive(interview)

    def arrive(self, interview: str) -> None:
        admission = self.see(interview).admission
        self.do(c.SeeJoined(interview, "candidate", "worker", self.now, admission), "reactor")


def documented(refused: Refused) -> str:
    """The code, which has to be one that is written down."""
    assert refused.code in REFUSALS
    return refused.code
