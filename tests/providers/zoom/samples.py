"""A day's interviews, invented."""

from __future__ import annotations

from providers.base import Person, Planned, Redirect, RoomSpec, Ticket
from providers.zoom.types import MINUTE

DAYTIME = 1_795_833_000 * 1_000_000  # 2026-11-28 02:30:00 UTC, 11:30 in Japan
NINE = DAYTIME + 60 * MINUTE

CANDIDATE = Person("candidate:iv1", "candidate", "1001 青葉 花子", admission=1, device_epoch=1)
COMPANION = Person("companion:iv1.1", "companion", "同伴 一", admission=1, device_epoch=0)
INTERVIEWER = Person("staff:st1", "interviewer", "面接官 甲", admission=0, device_epoch=0)


def spec(interview: str = "iv1", room: str = "r1", starts_at: int = NINE, minutes: int = 20) -> RoomSpec:
    return RoomSpec("exam", room, interview, 1, "面接", starts_at, starts_at + minutes * MINUTE)


def token_of(ticket: Ticket) -> str:
    """What the simulator knows the link by."""
    assert isinstance(ticket, Redirect)
    return ticket.url.rpartition("=")[2]


def slot(number: int, room: str = "r1", starts_at: int = NINE, minutes: int = 20) -> Planned:
    return Planned("exam", room, f"iv{room}-{number}", starts_at, starts_at + minutes * MINUTE)


def day(rooms: int, interviews: int, starts_at: int = NINE) -> list[Planned]:
    """``rooms`` rooms side by side with ``interviews`` slots of 20 minutes each."""
    return [
        slot(number, f"r{room}", starts_at + number * 20 * MINUTE)
        for room in range(rooms)
        for number in range(interviews)
    ]
