"""Leases: which of several gateways does something for an event, and a number that fences off the one before it.

A lease is taken for some seconds and renewed by taking it again. Its number (``token``) grows whenever the holder
changes and never goes back. An append that names a lease (``Fence``) is refused by the store once anybody else has
taken it: a gateway that was stopped in the middle of its work, and wakes up after its time, writes nothing. That the
time of a lease is over alone refuses nothing, for nobody else has acted on it yet.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

MAX_HOLDER = 64  # characters: a random id of one process
EVERYWHERE = ""  # in place of an event: what is done once for all of them


@dataclass(frozen=True, slots=True)
class Fence:
    """The lease that an append rests on, of the event that is appended to."""

    what: str
    token: int


@dataclass(frozen=True, slots=True)
class Lease:
    """``event``: what it is about, or EVERYWHERE. ``what``: what its holder does there. ``at``: when it was taken or
    renewed, ``last_at``: until when it was anybody's before that, 0 where it never was or that is not known;
    microseconds UTC by the store's clock."""

    event: str
    what: str
    token: int
    at: int = field(default=0, compare=False)
    last_at: int = field(default=0, compare=False)

    @property
    def fence(self) -> Fence:
        return Fence(self.what, self.token)


class Leases(Protocol):
    """Every engine of the journal has them (``Journal.leases``). All methods may raise Unavailable."""

    async def take(self, events: Sequence[str], what: str, holder: str, seconds: float) -> Mapping[str, Lease]:
        """Take, or renew, for so many seconds; by event those that are the holder's now, the others being somebody
        else's. A holder who comes back before anybody else has taken it gets the same token, however late."""

    async def release(self, lease: Lease) -> None:
        """Anybody may take it at once. Nothing happens when somebody else has it by now."""


@dataclass(frozen=True, slots=True)
class _Held:
    token: int
    holder: str
    until: float


class LocalLeases:
    """Of one process, which owns its journal's file: whoever takes them is in here. ``clock``: seconds that never go
    back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._held: dict[tuple[str, str], _Held] = {}

    async def take(self, events: Sequence[str], what: str, holder: str, seconds: float) -> Mapping[str, Lease]:
        now = self._clock()
        taken = {}
        for event in events:
            known = self._held.get((event, what), _Held(0, "", 0.0))
            if known.holder != holder and known.until > now:
                continue
            token = known.token if known.holder == holder else known.token + 1
            self._held[event, what] = _Held(token, holder, now + seconds)
            taken[event] = Lease(event, what, token)
        return taken

    async def release(self, lease: Lease) -> None:
        known = self._held.get((lease.event, lease.what))
        if known is not None and known.token == lease.token:
            self._held[lease.event, lease.what] = _Held(lease.token, "", 0.0)

    def stands(self, event: str, fence: Fence) -> bool:
        """Whether nobody else has taken it since. Any thread may ask."""
        known = self._held.get((event, fence.what))
        return known is not None and known.token == fence.token
