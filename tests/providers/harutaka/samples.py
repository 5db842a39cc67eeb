"""Links as harutaka might issue them, and a timetable. The tokens are invented."""

from __future__ import annotations

from providers.base import Planned
from providers.harutaka.urls import Pair, Row

MINUTE = 60 * 1_000_000  # µs
NINE = 1_795_824_000_000_000  # 2026-11-28 09:00 in Japan, µs UTC
ROOMS = "https://company.harutaka.jp/live"
PAIR = Pair(f"{ROOMS}/c-token-1", f"{ROOMS}/e-token-1")


def row(line: int, number: str, candidate: str = "", evaluator: str = "", *, room: str = "") -> Row:
    """The line of a candidate, whose link is made from the number unless it is told."""
    return Row(line, number, room, candidate or f"{ROOMS}/c-token-{number}", evaluator)


def room_row(line: int, room: str, evaluator: str, candidate: str = "") -> Row:
    return Row(line, "", room, candidate, evaluator)


def slot(number: int, room: str = "r1") -> Planned:
    starts_at = NINE + number * 20 * MINUTE
    return Planned("exam", room, f"iv{room}-{number}", starts_at, starts_at + 15 * MINUTE)


def pair(number: int) -> Pair:
    return Pair(f"{ROOMS}/c-token-{number}", f"{ROOMS}/e-token-{number}")
