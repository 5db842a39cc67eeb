"""How fast mail may go out: so many a minute in all, and so many to one domain.

Evenly spaced, not in bursts: what a receiving server counts is often seconds.
"""

from __future__ import annotations

MINUTE = 60_000_000  # microseconds
MAX_DOMAINS = 10_000  # remembered; more than the addresses of an exam have


class Turns:
    """One turn after another."""

    def __init__(self, per_minute: int) -> None:
        self._every, self._next = 60.0 / per_minute, 0.0

    def wait(self, now: float) -> float:
        """Seconds until the turn that is hereby taken. ``now``: seconds by a clock that never jumps."""
        at = max(now, self._next)
        self._next = at + self._every
        return at - now


class Domains:
    """Each mail is given its turn at its domain once, so that thousands to one domain are looked at once each."""

    def __init__(self, per_minute: int) -> None:
        self._every = MINUTE // per_minute
        self._next: dict[str, int] = {}

    def reserve(self, domain: str, now: int) -> int:
        """When the mail's turn is, microseconds UTC, ``now`` at the earliest."""
        if len(self._next) > MAX_DOMAINS:
            self._next = {name: at for name, at in self._next.items() if at > now}
        at = max(now, self._next.get(domain, 0))
        self._next[domain] = at + self._every
        return at
