"""Lost packets: what was sent lately and may be asked for again, and what we miss and ask for (RFC 4585, RFC 4588)."""

from __future__ import annotations

from typing import NamedTuple

# At 1.5 Mbit/s a video has some 150 packets a second; a repair that takes longer than 1.5 s comes too late to be shown.
CACHED = 256
# A gap longer than this is a break, not a loss: a key frame costs less than so many repairs.
LONGEST_GAP = 100
MISSING_LIMIT = 200
TRIES = 8
FIRST_RETRY = 0.08  # seconds; grows with each try
GIVE_UP_AFTER = 1.0  # seconds: a picture that late is not shown any more


class Stored(NamedTuple):
    """One packet as its publisher sent it, under its extended sequence number."""

    extended: int
    marker: int
    timestamp: int
    payload: bytes


class PacketCache:
    """The last CACHED packets of one video, in a ring."""

    __slots__ = ("_ring",)

    def __init__(self) -> None:
        self._ring: list[Stored | None] = [None] * CACHED

    def put(self, stored: Stored) -> None:
        self._ring[stored[0] % CACHED] = stored

    def get(self, extended: int) -> Stored | None:
        stored = self._ring[extended % CACHED]
        return stored if stored is not None and stored[0] == extended else None


class MissingList:
    """Extended sequence numbers that have not come, each with when it was missed and how often it was asked for."""

    __slots__ = ("_missing",)

    def __init__(self) -> None:
        self._missing: dict[int, tuple[float, int]] = {}

    def __len__(self) -> int:
        return len(self._missing)

    def open_gap(self, first: int, end: int, now: float) -> bool:
        """Miss ``first`` up to, without, ``end``. False when that is too much to repair: ask for a key frame."""
        if end - first > LONGEST_GAP or len(self._missing) + end - first > MISSING_LIMIT:
            self._missing.clear()
            return False
        for number in range(first, end):
            self._missing[number] = (now, 0)
        return True

    def came(self, extended: int) -> None:
        self._missing.pop(extended, None)

    def due(self, now: float) -> list[int]:
        """What to ask for now, oldest first; forgets what is too late."""
        asked: list[int] = []
        for number, (since, tries) in list(self._missing.items()):
            if tries >= TRIES or now - since > GIVE_UP_AFTER:
                del self._missing[number]
            elif now - since >= FIRST_RETRY * tries:
                self._missing[number] = (since, tries + 1)
                asked.append(number)
        return sorted(asked)
