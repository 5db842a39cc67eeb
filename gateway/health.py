"""Whether the providers are well: heard from every request to them, told to every event that may use them.

Several gateways know the same: what one of them hears that matters, it says to the others (``neighbours``), and what
the journals say last holds for all. Whoever finds out first writes it; the others find it written.

What is wanted of a provider is asked of it also while it is down, and is the probe. Where nothing is wanted any more,
because everybody has moved away, a provider that can list its sessions is asked for that list.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import structlog

from gateway.breaker import Breaker, Fall, Kind, means_down
from gateway.hall import Hall
from providers.base import Provider, ProviderError, Sweeps
from waiting_room import commands as c
from waiting_room.entries import ProviderDown, ProviderUp, Stamped
from waiting_room.errors import Refused
from waiting_room.journal.port import JournalError
from waiting_room.policy import SECOND

if TYPE_CHECKING:
    from gateway.house import House

log = structlog.get_logger("genkan.health")

LOOK = 5.0  # seconds between two looks at a provider that is down
REHEARSAL = "scripted"  # carries nobody: it steps in for no real provider
PROBE = 60 * SECOND  # without a word of a provider that is down until it is asked for its list


class Health:
    """Of all providers of this gateway. Nothing loop-bound is made before the first failure."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._breakers: dict[str, Breaker] = {}
        self._heard: dict[str, int] = {}  # provider -> when it last answered or failed

    @contextmanager
    def asking(self, provider: str, kind: Kind) -> Iterator[None]:
        """Around each request: its outcome is what is known of the provider's health."""
        began, metrics = time.perf_counter(), self._house.metrics
        try:
            yield
        except ProviderError as error:
            metrics.asked(provider, kind, error.code, time.perf_counter() - began)
            if means_down(error):
                self._house.neighbours.asked(provider, kind, error.code)
                self._failed(provider, kind, error.code)
            raise
        metrics.asked(provider, kind, "ok", time.perf_counter() - began)
        self.answered(provider, kind)

    def answered(self, provider: str, kind: Kind) -> None:
        """It was heard from. A callback shows that it lives, not that it answers, so it puts off no probe."""
        if self._breaker(provider).waits_for(kind):
            self._house.neighbours.asked(provider, kind, "")
        self._answered(provider, kind)

    def overheard(self, provider: str, kind: Kind, code: str) -> None:
        """What another gateway heard: a failure that ``means_down``, or an answer, where the code is empty."""
        if provider not in self._house.providers:
            return
        if code:
            self._failed(provider, kind, code)
        else:
            self._answered(provider, kind)

    def fall(self, provider: str) -> Fall | None:
        """Since when it is down and why; None: it is not, as far as this gateway has seen."""
        return self._breaker(provider).fall

    def open(self, hall: Hall) -> None:
        """What this hall's journal says of the providers holds until they answer."""
        self._read(hall, ())
        for provider, breaker in self._breakers.items():
            if breaker.fall is not None and provider not in hall.state.down:
                self._house.tasks.start(self._report(hall, provider, breaker.fall.code), "health")
        hall.listeners.append(lambda fresh: self._read(hall, fresh))

    async def watch(self) -> None:
        """Look after those that are down, for ever."""
        while True:
            await asyncio.sleep(LOOK)
            await self.look()

    async def look(self) -> None:
        """Whether one is up by now, and a question to each that nobody else asks anything."""
        now = self._house.now()
        for provider, breaker in tuple(self._breakers.items()):
            if breaker.settled(now):
                self._tell(provider, "")
            elif self._may_probe(breaker, self._heard.get(provider, 0), now):
                await self._probe(provider)
        for hall in self._house.halls:
            if self._house.duties.mine(hall.id):
                self._catch_up(hall)

    # --- parts -----------------------------------------------------------------------------------------------------

    def _may_probe(self, breaker: Breaker, heard_at: int, now: int) -> bool:
        return breaker.fall is not None and now - heard_at >= PROBE and self._house.duties.mine()

    async def _probe(self, name: str) -> None:
        """By what the sweep asks too; what it finds is left to the sweep."""
        self._heard[name] = self._house.now()
        try:
            provider = self._house.providers[name]
            if isinstance(provider, Sweeps):
                with self.asking(name, "sweep"):
                    await provider.orphans((), keys=(), events=())
        except ProviderError as error:
            log.info("provider_still_down", provider=name, code=error.code)

    def _failed(self, provider: str, kind: Kind, code: str) -> None:
        now = self._heard[provider] = self._house.now()
        if self._breaker(provider).failed(kind, code, now):
            self._tell(provider, code)

    def _answered(self, provider: str, kind: Kind) -> None:
        now = self._house.now()
        if kind != "callback":
            self._heard[provider] = now
        if self._breaker(provider).answered(kind, now):
            self._tell(provider, "")

    def _read(self, hall: Hall, fresh: Sequence[Stamped]) -> None:
        """What any gateway has written down, or, where nothing is ``fresh``, everything that the journal says."""
        if not fresh:
            for provider, down in hall.state.down.items():
                self._fell(provider, Fall(down.at, down.code))
        for st in fresh:
            if isinstance(st.entry, ProviderDown):
                self._fell(st.entry.provider, Fall(st.at, st.entry.code))
            elif isinstance(st.entry, ProviderUp):
                self._breaker(st.entry.provider).rose()

    def _fell(self, provider: str, fall: Fall) -> None:
        if self._breaker(provider).fall is None:
            self._breaker(provider).fell(fall)

    def _catch_up(self, hall: Hall) -> None:
        """Write what could not be written when it was found out, or whose finder has died over it."""
        for provider, breaker in tuple(self._breakers.items()):
            down = provider in hall.state.down
            if breaker.fall is None and down:
                self._house.tasks.start(self._report(hall, provider, ""), "health")
            elif breaker.fall is not None and not down and provider in usable(self._house, hall):
                self._house.tasks.start(self._report(hall, provider, breaker.fall.code), "health")

    def _breaker(self, provider: str) -> Breaker:
        return self._breakers.setdefault(provider, Breaker())

    def _tell(self, provider: str, code: str) -> None:
        log.warning("provider_down" if code else "provider_up", provider=provider, code=code)
        for hall in self._house.halls:
            if (provider in hall.state.down) if not code else provider in usable(self._house, hall):
                self._house.tasks.start(self._report(hall, provider, code), "health")

    async def _report(self, hall: Hall, provider: str, code: str) -> None:
        """In the order in which it was found out: the latest word wins."""
        command_id = f"reactor:provider:{provider}:{code}:{self._house.now()}"
        try:
            await hall.execute(c.ReportProvider(provider, code), actor="reactor", command_id=command_id)
        except (Refused, JournalError) as error:
            log.warning("health_not_recorded", event_id=hall.id, provider=provider, error=type(error).__name__)


def usable(house: House, hall: Hall) -> Sequence[str]:
    """The providers that may carry this event's sessions, in the gateway's order: one whose links are issued
    beforehand only where some were imported, the rehearsal's only where it is in use or the policy names it."""
    return tuple(name for name in house.providers if _may_carry(hall, house.providers[name]))


def _may_carry(hall: Hall, provider: Provider) -> bool:
    state, name = hall.state, provider.name
    if state.rehearsal and name != REHEARSAL and not provider.abilities.embedded:
        return False  # whatever fails, nothing is asked of a service outside for practice
    if any(switch.provider == name for switch in state.providers.values()):
        return True
    if name == REHEARSAL:
        return name in state.policy.provider_order
    issued = provider.abilities.issued
    return not issued or any(held == name for i in state.interviews.values() for held, _ in i.links)
