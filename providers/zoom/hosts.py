"""Which host holds which meeting. Pure.

A host holds one meeting at a time, and may be asked for 100 creations and updates a day, counted by the UTC day
(Zoom, "Rate limits": reset at 00:00 UTC, 09:00 in Japan). So there is a pool, and the timetable says who serves when.
A *place* is one room of one event: it never has two interviews at once, so its own sessions never get into each
other's way on a host, also when they run late.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from providers.base import Planned

CAP = 100  # creations and updates for a host and UTC day
DAY = 86_400_000_000  # microseconds
LEAD = 600_000_000  # microseconds before its start at which a session is opened, for counting by day
OVERRUN = 1_800_000_000  # microseconds that an interview may go on after its end: its host cannot start another


@dataclass(frozen=True, slots=True)
class Booking:
    """A host's time that is spoken for. Times: microseconds UTC, the end not included."""

    host: str
    place: str
    starts_at: int
    ends_at: int


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A slot without a host. ``short_by``: hosts that are missing when it starts, or creations on its day."""

    slot: Planned
    reason: Literal["concurrency", "quota"]
    short_by: int


@dataclass(frozen=True, slots=True)
class Allotment:
    """``hosts``: interview -> host. Every slot is in it or among the shortfalls."""

    hosts: Mapping[str, str]
    shortfalls: Sequence[Shortfall]


@dataclass(slots=True)
class Ledger:
    """What has been asked of each host, by UTC day. It forgets days that are over."""

    spent: Counter[tuple[str, int]] = field(default_factory=Counter)
    inferred: Counter[tuple[str, int]] = field(default_factory=Counter)  # of these, known from a list only

    def spend(self, host: str, at: int) -> None:
        today = at // DAY
        for counter in (self.spent, self.inferred):
            for old in [key for key in counter if key[1] < today - 1]:
                del counter[old]
        self.spent[host, today] += 1

    def recall(self, host: str, at: int) -> None:
        """Something was asked before we were started. Where a list was read first, it is counted already."""
        if self.inferred[host, at // DAY] > 0:
            self.inferred[host, at // DAY] -= 1
        else:
            self.spend(host, at)

    def fill(self, host: str, at: int) -> None:
        """Zoom says that nothing is left today, whatever we have counted."""
        self.spent[host, at // DAY] = CAP

    def at_least(self, host: str, at: int, seen: int) -> None:
        """``seen`` of this day's meetings are there: others may have asked, too."""
        key = (host, at // DAY)
        if (more := min(seen, CAP) - self.spent[key]) > 0:
            self.spent[key] += more
            self.inferred[key] += more

    def left(self, host: str, at: int) -> int:
        return max(0, CAP - self.spent[host, at // DAY])


def place_of(event: str, room: str) -> str:
    return f"{event}/{room}"


def is_free(host: str, place: str, span: tuple[int, int], bookings: Iterable[Booking]) -> bool:
    """No other place's meeting is on this host meanwhile."""
    starts_at, ends_at = span
    return not any(
        b.host == host and b.place != place and b.starts_at < ends_at and starts_at < b.ends_at for b in bookings
    )


def order(
    hosts: Sequence[str],
    place: str,
    span: tuple[int, int],
    bookings: Sequence[Booking],
    *,
    preferred: str | None = None,
) -> tuple[str, ...]:
    """The hosts that are free from when until when, best first: the one allotted, one that serves this place, one whose
    last meeting elsewhere cannot run into this one, one that serves few others, and then by a rank that is the same for
    every gateway."""

    def rank(host: str) -> tuple[bool, bool, bool, int, str]:
        others = [b for b in bookings if b.host == host and b.place != place]
        own = any(b.host == host and b.place == place for b in bookings)
        late = any(b.ends_at <= span[0] < b.ends_at + OVERRUN for b in others)
        spread = hashlib.sha256(f"{place} {host}".encode()).hexdigest()
        return host != preferred, not own, late, len({b.place for b in others}), spread

    return tuple(sorted((h for h in hosts if is_free(h, place, span, bookings)), key=rank))


def allot(
    timetable: Sequence[Planned], hosts: Sequence[str], ledger: Ledger, standing: Sequence[Booking] = ()
) -> Allotment:
    """A host for every slot, the earliest first; a room keeps its host where it can, also one that it has by a
    ``standing`` booking. The same for every gateway that knows the same."""
    desk = _Desk(hosts, ledger, standing)
    slots = sorted(timetable, key=lambda s: (s.starts_at, s.event, s.room, s.interview))
    chosen = {slot.interview: host for slot in slots if (host := desk.take(slot)) is not None}
    short = [_shortfall(slot, slots, hosts, ledger) for slot in slots if slot.interview not in chosen]
    return Allotment(chosen, short)


class _Desk:
    """Goes through the slots in the order of their starts."""

    def __init__(self, hosts: Sequence[str], ledger: Ledger, standing: Sequence[Booking]) -> None:
        self._hosts, self._ledger = hosts, ledger
        latest = sorted(standing, key=lambda b: b.ends_at)
        self._held = {b.host: (b.place, b.ends_at) for b in latest}  # host -> place that holds it, until when
        self._taken: Counter[tuple[str, int]] = Counter()  # host, day -> meetings given to it

    def take(self, slot: Planned) -> str | None:
        place, at = place_of(slot.event, slot.room), slot.starts_at - LEAD
        fit = [h for h in self._hosts if self._fits(h, place, slot.starts_at) and self._left(h, at) > 0]
        if not fit:
            return None
        best = min(fit, key=lambda h: (self._place(h) != place, *self._late(h, slot.starts_at), -self._left(h, at)))
        _, until = self._held.get(best, (place, 0))
        self._held[best] = (place, max(until, slot.ends_at))
        self._taken[best, at // DAY] += 1
        return best

    def _place(self, host: str) -> str | None:
        return self._held[host][0] if host in self._held else None

    def _fits(self, host: str, place: str, starts_at: int) -> bool:
        holder, until = self._held.get(host, (place, 0))
        return holder == place or until <= starts_at

    def _late(self, host: str, starts_at: int) -> tuple[bool, bool]:
        """Whether it has been somebody's at all, and whether so lately that they may still be talking."""
        return host in self._held, host in self._held and starts_at < self._held[host][1] + OVERRUN

    def _left(self, host: str, at: int) -> int:
        return self._ledger.left(host, at) - self._taken[host, at // DAY]


def _shortfall(slot: Planned, slots: Sequence[Planned], hosts: Sequence[str], ledger: Ledger) -> Shortfall:
    at_once = {place_of(s.event, s.room) for s in slots if s.starts_at <= slot.starts_at < s.ends_at}
    at_once.add(place_of(slot.event, slot.room))
    if len(at_once) > len(hosts):
        return Shortfall(slot, "concurrency", len(at_once) - len(hosts))
    at = slot.starts_at - LEAD
    wanted = sum(1 for s in slots if (s.starts_at - LEAD) // DAY == at // DAY)
    return Shortfall(slot, "quota", max(1, wanted - sum(ledger.left(host, at) for host in hosts)))
