"""Video on another device: six digits, valid two minutes, that stand for a page's person and for nothing else.

Codes and the sessions that came of them live in memory: after a restart the other device asks for a new code, while the
call itself goes on.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from dataclasses import dataclass

from gateway.limits import CODE_WINDOW, CODES
from gateway.problems import Problem
from gateway.tokens import Statement

DIGITS = 6


@dataclass(frozen=True, slots=True)
class Code:
    """``expires_at``: microseconds UTC."""

    code: str
    expires_at: int
    statement: Statement


class VideoCodes:
    """Codes that are shown now, and which page each video session belongs to; pages by their names in the event."""

    def __init__(self) -> None:
        self._codes: OrderedDict[str, Code] = OrderedDict()
        self._parents: OrderedDict[str, str] = OrderedDict()
        self._rooms: OrderedDict[str, str] = OrderedDict()
        self.salt = secrets.token_bytes(16)  # for keys of addresses that leave this process

    def show(self, statement: Statement, now: int) -> Code:
        """A fresh code for this page; the page's earlier one is worthless. Problem ``slow_down`` when there are too
        many."""
        self._expire(now)
        for known in [c for c in self._codes.values() if c.statement.sid == statement.sid]:
            del self._codes[known.code]
        if len(self._codes) >= CODES:
            raise Problem("slow_down", retry_after=CODE_WINDOW)
        code = self._unused()
        self._codes[code] = Code(code, now + int(CODE_WINDOW * 1_000_000), statement)
        return self._codes[code]

    def redeem(self, code: str, now: int) -> Statement | None:
        """Whose page it is. A code is used up by the device that typed it."""
        self._expire(now)
        found = self._codes.pop(code, None)
        return found.statement if found is not None else None

    def adopt(self, sid: str, parent: str) -> None:
        """The video session ``sid`` speaks for the page ``parent``."""
        self._parents[sid] = parent
        while len(self._parents) > 10 * CODES:
            self._parents.popitem(last=False)

    def parent(self, sid: str) -> str | None:
        """The page that this video session belongs to."""
        return self._parents.get(sid)

    def went_to(self, sid: str, room: str) -> None:
        """A member of staff's page joined this room's call; its other device is for that room too."""
        self._rooms.pop(sid, None)
        self._rooms[sid] = room
        while len(self._rooms) > 10 * CODES:
            self._rooms.popitem(last=False)

    def room_of(self, sid: str) -> str | None:
        """The room whose call this page joined last."""
        return self._rooms.get(sid)

    def has_elsewhere(self, parent: str) -> bool:
        """Whether a page's video runs, or ran, on another device."""
        return parent in self._parents.values()

    def _unused(self) -> str:
        while True:
            code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
            if code not in self._codes:
                return code

    def _expire(self, now: int) -> None:
        for code in [c.code for c in self._codes.values() if c.expires_at <= now]:
            del self._codes[code]
