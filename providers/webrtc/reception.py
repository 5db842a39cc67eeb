"""How well what we forward arrives, as receivers report it (RFC 3550, section 6.4.1): for the operator, of all calls
together. What is known of one line decides in ``budget``; nothing here does."""

from __future__ import annotations

from bisect import bisect_left
from typing import Any

BOUNDS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2)  # seconds of jitter; ITU-T Y.1541 asks for 0.05 in conversations
WHOLE = 256  # a report block's share lost is in 256ths


class Reception:
    """Sums since the worker began."""

    __slots__ = ("_buckets", "_jitter", "_lost", "_reports")

    def __init__(self) -> None:
        self._buckets = [0] * (len(BOUNDS) + 1)
        self._jitter = 0.0
        self._lost = self._reports = 0

    def heard(self, fraction: int, jitter: int, clock_rate: int) -> None:
        """A report of one stream: its share lost in 256ths, its jitter in ticks of its clock."""
        seconds = jitter / clock_rate
        self._buckets[bisect_left(BOUNDS, seconds)] += 1
        self._jitter += seconds
        self._lost += fraction
        self._reports += 1

    def to_json(self) -> dict[str, Any]:
        """``jitter``: how many reports up to each bound, not summed up, the last without one; ``lost``: the sum of the
        shares lost, so that divided by ``reports`` it is their mean."""
        return {
            "reports": self._reports,
            "lost": self._lost / WHOLE,
            "jitter": {"bounds": list(BOUNDS), "counts": list(self._buckets), "sum": self._jitter},
        }
