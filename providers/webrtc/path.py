"""Where a peer is on the network. No I/O.

A connectivity check makes an address a candidate; only an authenticated DTLS or SRTP packet makes it the one that we
send to, so a check that somebody recorded and sends again moves nothing. Consent (RFC 7675): who is silent for
CONSENT seconds is sent nothing, until heard again.
"""

from __future__ import annotations

from collections import deque

Address = tuple[str, int] | tuple[str, int, int, int]

CANDIDATES = 8  # a phone has Wi-Fi, mobile and a relay, in two families, twice during a change
TRANSACTIONS = 64  # two minutes of checks
CONSENT = 6.0  # seconds without an authentic packet; browsers check every 2.5 s at the least
KEPT = 90.0  # seconds that a closed lid keeps its place


class Path:
    """Times are seconds of a monotonic clock."""

    __slots__ = ("_recent", "_seen", "candidates", "current", "heard")

    def __init__(self, now: float) -> None:
        self.candidates: dict[Address, None] = {}
        self.current: Address | None = None
        self.heard = now
        self._recent: deque[bytes] = deque(maxlen=TRANSACTIONS)
        self._seen: set[bytes] = set()

    def repeated(self, transaction: bytes) -> bool:
        """Whether this check was seen before; remembers it."""
        if transaction in self._seen:
            return True
        if len(self._recent) == TRANSACTIONS:
            self._seen.discard(self._recent[0])
        self._recent.append(transaction)
        self._seen.add(transaction)
        return False

    def learn(self, address: Address, now: float) -> Address | None:
        """Make ``address`` a candidate after an authentic, new check; the candidate that had to go, if any."""
        self.heard = now
        if address in self.candidates:
            return None
        dropped = None
        if len(self.candidates) >= CANDIDATES:
            dropped = next(known for known in self.candidates if known != self.current)
            del self.candidates[dropped]
        self.candidates[address] = None
        return dropped

    def move(self, address: Address) -> bool:
        """An authenticated packet came from ``address``. Whether that is a change."""
        if address == self.current:
            return False
        self.current = address
        return True

    def silent(self, now: float) -> bool:
        return now - self.heard > CONSENT

    def lost(self, now: float) -> bool:
        return now - self.heard > KEPT
