"""Transport-wide congestion control: tell a publisher when each of its packets arrived.

Source: draft-holmer-rmcat-transport-wide-cc-extensions-01, section 3.1. The publisher's own estimator then finds its
rate; without this feedback Chromium falls back to the receiver's estimate and climbs slowly.
"""

from __future__ import annotations

from struct import Struct

from .sequence import U16, Unwrapper

# 100 ms at the highest rate we ask for are some 40 packets; the rest is room for a stall.
LONGEST_REPORT = 500
TICK_US = 250  # one unit of a delta
REFERENCE_US = 64_000  # one unit of the reference time
_BODY = Struct("!LLHHL")
_HEAD = Struct("!BBH")
_U16 = Struct("!H")
_S16 = Struct("!h")


class ArrivalLog:
    """Arrival times (µs) of one publisher's packets since the last report."""

    __slots__ = ("_arrived", "_count", "_next", "_unwrapper")

    def __init__(self) -> None:
        self._unwrapper = Unwrapper()
        self._arrived: dict[int, int] = {}
        self._next = -1
        self._count = 0

    def add(self, number: int, now_us: int) -> None:
        """Note a packet by its transport-wide number. Bounded: beyond LONGEST_REPORT new ones are not noted."""
        extended = self._unwrapper.unwrap(number)
        if len(self._arrived) < LONGEST_REPORT:
            self._arrived.setdefault(extended, now_us)

    def report(self, media_ssrc: int) -> bytes | None:
        """The RTCP packet for what came since the last one, or None if nothing did."""
        if not self._arrived:
            return None
        arrived, self._arrived = self._arrived, {}
        last = max(arrived)
        first = min(arrived) if self._next < 0 else min(self._next, *arrived)
        first = max(first, last - LONGEST_REPORT + 1)
        self._next = max(self._next, last + 1)
        times = [arrived.get(number) for number in range(first, last + 1)]
        return self._pack(media_ssrc, first & U16, times)

    def _pack(self, media_ssrc: int, first: int, times: list[int | None]) -> bytes:
        reference = next(time for time in times if time is not None) // REFERENCE_US
        symbols, deltas = _encode(times, reference * REFERENCE_US)
        body = _BODY.pack(1, media_ssrc, first, len(times), (reference & 0xFFFFFF) << 8 | self._count)
        self._count = (self._count + 1) & 0xFF
        body += _chunks(symbols) + deltas
        body += bytes(-len(body) % 4)
        return _HEAD.pack(0x80 | 15, 205, len(body) // 4) + body


def _encode(times: list[int | None], reference_us: int) -> tuple[list[int], bytes]:
    """A symbol per packet (0 missing, 1 small delta, 2 large or negative delta), and the deltas."""
    symbols: list[int] = []
    deltas = bytearray()
    last = reference_us
    for time in times:
        if time is None:
            symbols.append(0)
            continue
        delta = max(-32768, min(32767, (time - last) // TICK_US))
        last += delta * TICK_US
        small = 0 <= delta <= 255
        symbols.append(1 if small else 2)
        deltas += bytes((delta,)) if small else _S16.pack(delta)
    return symbols, bytes(deltas)


def _chunks(symbols: list[int]) -> bytes:
    """Status vector chunks of seven two-bit symbols each."""
    out = bytearray()
    for start in range(0, len(symbols), 7):
        chunk = 0xC000
        for place, symbol in enumerate(symbols[start : start + 7]):
            chunk |= symbol << (12 - 2 * place)
        out += _U16.pack(chunk)
    return bytes(out)
