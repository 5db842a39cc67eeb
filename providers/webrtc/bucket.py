"""Slowing down whoever asks too often: token buckets by key, bounded in number."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable


class Buckets:
    """Each key may ask ``burst`` times at once and ``rate`` times a second in the long run. At most ``limit`` keys are
    remembered; the one that was quiet longest is forgotten first. Times are seconds of a monotonic clock."""

    def __init__(self, *, rate: float, burst: float, limit: int = 4096) -> None:
        self._rate, self._burst, self._limit = rate, burst, limit
        self._levels: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def take(self, key: Hashable, now: float) -> bool:
        """Whether this one is still within the limit."""
        level, at = self._levels.get(key, (self._burst, now))
        level = min(self._burst, level + (now - at) * self._rate)
        allowed = level >= 1
        self._levels[key] = (level - 1 if allowed else level, now)
        self._levels.move_to_end(key)
        if len(self._levels) > self._limit:
            self._levels.popitem(last=False)
        return allowed
