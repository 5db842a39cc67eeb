"""Arithmetic of counters that wrap around: RTP sequence numbers (16 bits) and timestamps (32 bits)."""

from __future__ import annotations

U16 = 0xFFFF
U32 = 0xFFFFFFFF
HALF = 0x8000


def distance(later: int, earlier: int) -> int:
    """Steps from ``earlier`` to ``later``, the short way round: -32768 to 32767."""
    return ((later - earlier + HALF) & U16) - HALF


class Unwrapper:
    """Turns 16-bit numbers into ones that keep growing. The first is lifted by one turn, so none is negative soon;
    ``newest`` is the greatest so far, or -1."""

    __slots__ = ("newest",)

    def __init__(self) -> None:
        self.newest = -1

    def unwrap(self, number: int) -> int:
        """The extended number nearest to the newest one; remembers it if it is newer."""
        newest = self.newest
        if newest < 0:
            self.newest = extended = number + U16 + 1
            return extended
        extended = newest + ((number - newest + HALF) & U16) - HALF
        if extended > newest:
            self.newest = extended
        return extended
