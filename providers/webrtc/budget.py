"""A weak downlink: how many videos a receiver can bear. Pictures pause one by one before sound suffers. No I/O.

Two signs of weakness: the receiver's own estimate (REMB) is below what we send, or it reports loss. Either must last
for two rounds. After a pause one more video is tried, later each time that it fails.

An estimate that grows is no sign: browsers hold it near what arrives, so after a pause, when sound alone arrived, it is
far below what a picture needs and climbs to it within seconds; and it falls for a moment when a machine is busy.
"""

from __future__ import annotations

ROUND = 1.0  # seconds between two calls of ``decide``
GROWING = 2.5  # seconds after a rise in which an estimate counts as growing: browsers send one a second
FRESH = 5.0  # an estimate older than this says nothing
HEADROOM = 1.1
HEAVY_LOSS = 38  # of 255: 15 %, which retransmission and Opus' redundancy no longer hide
SHORTEST_PAUSE = 4.0
LONGEST_PAUSE = 30.0
CALM = 10.0  # seconds without weakness after which the next pause is short again


class Budget:
    """Times are seconds of a monotonic clock."""

    __slots__ = (
        "_allowed", "_decided_at", "_estimate", "_estimated_at", "_grown_at", "_loss", "_pause", "_try_at", "_weak_at",
        "_weak_rounds",
    )  # fmt: skip

    def __init__(self) -> None:
        self._estimate = 0
        self._estimated_at = self._grown_at = -FRESH
        self._decided_at: float | None = None
        self._loss = 0
        self._weak_rounds = 0
        self._weak_at = -CALM
        self._allowed: int | None = None  # None: all
        self._pause = SHORTEST_PAUSE
        self._try_at = 0.0

    @property
    def weak(self) -> bool:
        return self._allowed is not None

    def estimate(self, bitrate: int, now: float) -> None:
        if bitrate > self._estimate and self._estimate:
            self._grown_at = now
        self._estimate, self._estimated_at = bitrate, now

    def loss(self, fraction: int) -> None:
        """The share lost, 0 to 255; the worst since the last round counts."""
        self._loss = max(self._loss, fraction)

    def decide(self, now: float, sent: int, videos: int) -> int:
        """How many of ``videos`` to send during the next round, after ``sent`` bits since the last call."""
        starved = self._starved(now, sent)
        weak = starved or self._loss >= HEAVY_LOSS
        self._loss = 0
        self._weak_rounds = self._weak_rounds + 1 if weak else 0
        current = videos if self._allowed is None else min(self._allowed, videos)
        if self._weak_rounds >= 2:
            self._retreat(now, current)
        elif self._allowed is not None and not weak and now >= self._try_at:
            self._advance(now, videos)
        elif self._allowed is None and now - self._weak_at > CALM:
            self._pause = SHORTEST_PAUSE
        return videos if self._allowed is None else min(self._allowed, videos)

    def _starved(self, now: float, sent: int) -> bool:
        elapsed = ROUND if self._decided_at is None else max(ROUND, now - self._decided_at)  # a busy machine is late
        self._decided_at = now
        fresh = now - self._estimated_at < FRESH and now - self._grown_at >= GROWING
        return fresh and sent > self._estimate * HEADROOM * elapsed

    def _retreat(self, now: float, current: int) -> None:
        self._weak_rounds = 0
        self._weak_at = now
        self._allowed = max(0, current - 1)
        self._try_at = now + self._pause
        self._pause = min(LONGEST_PAUSE, self._pause * 2)

    def _advance(self, now: float, videos: int) -> None:
        more = (self._allowed or 0) + 1
        self._allowed = None if more >= videos else more
        self._try_at = now + SHORTEST_PAUSE
