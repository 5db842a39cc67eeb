"""What only one of several gateways does at a time: which events' work is this one's now, by leases of the store.

The work of an event is its reactor, its seals, its silence and its mail; EVERYWHERE stands for what is done once for
all events (probes, sweeps, retention). Where the journal is this process's alone, everything is its own from the start.
"""

from __future__ import annotations

import asyncio
import math
import secrets
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import structlog

from waiting_room.journal.leases import EVERYWHERE, Fence, Lease
from waiting_room.journal.port import Fenced, Journal, JournalError, Unavailable

log = structlog.get_logger("genkan.duties")

TERM = 3.0  # seconds that a lease lasts: with a look each second, another takes over within 4 s of a kill
RENEW = 1.0  # seconds between two rounds
WHAT = "work"  # one lease for all work of an event: what is decided from one state is done by one gateway
MICRO = 1_000_000

Gap = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class _Held:
    lease: Lease
    until: float  # by this process's own clock, counted from before it was asked for


class Duties:
    """One for a house. ``taken``: called with each event whose work is this gateway's from now on. ``gaps``: called
    with an event and two times of the store's (microseconds UTC) between which no gateway was there to do it."""

    def __init__(self, journal: Journal, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.taken: list[Callable[[str], None]] = []
        self.gaps: list[Gap] = []
        self._leases, self._shared, self._monotonic = journal.leases, journal.shared, monotonic
        self._holder = secrets.token_hex(8)
        self._held: dict[str, _Held] = {}
        self._events: dict[str, None] = {EVERYWHERE: None}
        self._heard_at: float | None = None  # when the store last said who has what
        self._begun = self._over = False

    def mine(self, event: str = EVERYWHERE) -> bool:
        """Whether this gateway does the work of this event now."""
        held = self._held.get(event)
        return held is not None and self._monotonic() < held.until and not self._over

    def fence(self, event: str = EVERYWHERE) -> Fence:
        """What an append in the course of that work rests on. Fenced where it is not ours."""
        held = self._held.get(event)
        if held is None:
            raise Fenced(event)
        return held.lease.fence

    async def start(self) -> None:
        """Look for work: a house of the command line never does. Errors of the journal."""
        self._begun = True
        await self._take(tuple(self._events))

    async def begin(self, event: str) -> None:
        """Do the work of this event too, once we have started and as soon as nobody else does. A store that does not
        answer now is asked again by the next round."""
        self._events[event] = None
        if self._begun:
            with suppress(Unavailable):
                await self._take([event])

    def end(self, event: str) -> None:
        """This event is served no longer."""
        self._events.pop(event, None)
        self._held.pop(event, None)

    async def give_up(self, event: str) -> None:
        """Leave the work of this event to others, for good: this release cannot read it."""
        self._events.pop(event, None)
        held = self._held.pop(event, None)
        if held is not None and self._shared:
            with suppress(JournalError):
                await self._leases.release(held.lease)

    def lost(self, event: str) -> None:
        """The store has refused what rested on it."""
        if self._held.pop(event, None) is not None:
            log.warning("duty_lost", event_id=event)

    async def keep(self) -> None:
        """Renew what is ours and take what nobody has, for ever."""
        while self._shared and not self._over:
            try:
                await self._take(tuple(self._events))
            except JournalError as error:
                log.warning("duties_not_renewed", error=type(error).__name__)
            await asyncio.sleep(RENEW)

    async def hand_over(self) -> None:
        """Let go of everything, so that another gateway need not wait. Idempotent."""
        self._over = True
        held, self._held = self._held, {}
        if self._shared:
            with suppress(JournalError):
                await asyncio.gather(*(self._leases.release(one.lease) for one in held.values()))

    async def _take(self, events: Sequence[str]) -> None:
        term = TERM if self._shared else math.inf
        asked_at = self._monotonic()
        taken = await self._leases.take(events, WHAT, self._holder, TERM)
        fresh = []
        for event in events:
            if event in taken and event in self._events:
                if not self.mine(event):
                    fresh.append(taken[event])
                self._held[event] = _Held(taken[event], asked_at + term)
            elif event in self._held:
                self.lost(event)
        heard_at, self._heard_at = self._heard_at, asked_at
        for lease in fresh:
            self._began(lease, asked_at - heard_at if heard_at is not None else math.inf)

    def _began(self, lease: Lease, alone: float) -> None:
        """``alone``: seconds since the store was last heard of. Whoever had the lease was there until its last renewal
        at least; whoever stood by with the store in reach was there too, only not at work."""
        log.info("duty_taken", event_id=lease.event)
        for listener in tuple(self.taken):
            listener(lease.event)
        missing = min(alone, (lease.at - lease.last_at) / MICRO + TERM) if lease.last_at else 0.0
        if missing > TERM:
            for gap in tuple(self.gaps):
                gap(lease.event, lease.at - int(missing * MICRO), lease.at)
