"""Who is speaking, estimated from the audio levels that browsers send along (RFC 6464). No sound is decoded."""

from __future__ import annotations

LOUD = 45  # -dBov; speech into a headset is at 15 to 35, a quiet office at 60 and more
RUN = 4  # packets of 20 ms: a click is shorter
HOLD = 1.0  # seconds that a pause between words may last


class Voice:
    """One person's voice. Times are seconds of a monotonic clock; ``loud_at`` is when
    it was heard last."""

    __slots__ = ("_run", "loud_at")

    def __init__(self) -> None:
        self._run = 0
        self.loud_at = -HOLD

    def hear(self, level: int, now: float) -> None:
        """A packet's level: 0 is the loudest, 127 silence."""
        if level > LOUD:
            self._run = max(0, self._run - 1)
            return
        self._run = min(RUN, self._run + 1)
        if self._run == RUN:
            self.loud_at = now

    def speaking(self, now: float) -> bool:
        return now - self.loud_at < HOLD
