"""The hosts and their meetings as Zoom lists them, and what we mean to do with them next.

The list is the only memory: whoever looks for a key after a crash, or beside another gateway, finds it there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from providers.base import AskAPerson, GiveUp, Planned, RoomSpec
from providers.zoom.client import Client
from providers.zoom.hosts import DAY, Booking, Ledger, allot, order, place_of
from providers.zoom.marks import Mark, Marks
from providers.zoom.types import MINUTE, SECOND, Meeting

SUSPENSION = 600 * SECOND  # for which a host that was refused is left alone: somebody has to mend it first
HOST_CODES = frozenset({"no_such_host", "not_found", "host_not_allowed"})


@dataclass(frozen=True, slots=True)
class Held:
    """A meeting and the host of the pool under whom it is listed. ``mark``: None when it is not ours."""

    host: str
    meeting: Meeting
    mark: Mark | None

    def booking(self) -> Booking | None:
        """The host's time that it takes; None for one without a fixed time. Somebody else's meeting is a place of its
        own."""
        one = self.meeting
        if one.starts_at is None:
            return None
        place = self.mark.place if self.mark is not None else f"meeting {one.id}"
        return Booking(self.host, place, one.starts_at, one.starts_at + one.minutes * MINUTE)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All meetings of the pool. ``date``: the earliest clock of Zoom's among the answers."""

    held: Sequence[Held]
    date: int | None

    def of(self, key: str) -> list[Held]:
        """The meetings of this key, the eldest first."""
        found = [held for held in self.held if held.mark is not None and held.mark.key == key]
        return sorted(found, key=lambda held: held.meeting.seniority)


class Pool:
    """Use from one event loop."""

    def __init__(
        self, hosts: Sequence[str], client: Client, now: Callable[[], int], marks: Marks | None = None
    ) -> None:
        self.hosts, self._client, self._now = hosts, client, now
        self.marks = marks or Marks()
        self.ledger = Ledger()
        self._refused: dict[str, int] = {}  # host -> until when it is left alone
        self._timetable: Sequence[Planned] = ()
        self._plan: Mapping[str, str] | None = None  # interview -> host; None: to be made anew
        self._meant: list[Booking] = []  # under way: not listed yet
        self._roll = _Roll(self._list)

    def plan(self, timetable: Sequence[Planned]) -> None:
        """Prefer the hosts that are allotted by this timetable, in place of the one before. That is done when the
        first session is opened, and again when a host falls out: by what is left of each host's day then."""
        self._timetable, self._plan = tuple(timetable), None

    async def look(self) -> Snapshot:
        """The meetings as they are listed after this call. Calls at the same time share the requests."""
        return await self._roll.fresh()

    def candidates(self, spec: RoomSpec, span: tuple[int, int], snapshot: Snapshot) -> tuple[str, ...]:
        """The hosts to try from when until when, best first. AskAPerson ``daily_cap`` or ``no_free_host``."""
        now, place = self._now(), place_of(spec.event, spec.room)
        listed = (held.booking() for held in snapshot.held)
        bookings = [*(booking for booking in listed if booking is not None), *self._meant]
        usable = [host for host in self.hosts if self._refused.get(host, 0) <= now]
        if self._plan is None:
            self._plan = self._allotted(usable, bookings)
        free = order(usable, place, span, bookings, preferred=self._plan.get(spec.interview))
        if not free:
            raise AskAPerson("no_free_host")
        found = tuple(host for host in free if self.ledger.left(host, now) > 0)
        if not found:
            raise AskAPerson("daily_cap")
        return found

    def mean(self, host: str, place: str, span: tuple[int, int]) -> Booking:
        """A meeting is about to be made: its time is spoken for until ``forget``, and the request is counted."""
        booking = Booking(host, place, *span)
        self._meant.append(booking)
        self.ledger.spend(host, self._now())
        return booking

    def forget(self, booking: Booking) -> None:
        """The meeting was not made, or has been listed since."""
        self._meant.remove(booking)

    def leave_alone(self, host: str) -> None:
        """It takes no meetings: somebody has to see to it."""
        self._refused[host] = self._now() + SUSPENSION
        self._plan = None

    def spent_up(self, host: str) -> None:
        """Zoom takes no more of it today."""
        self.ledger.fill(host, self._now())
        self._plan = None

    def _allotted(self, usable: Sequence[str], bookings: Sequence[Booking]) -> Mapping[str, str]:
        now = self._now()
        to_come = [slot for slot in self._timetable if slot.ends_at > now]
        return allot(to_come, usable, self.ledger, [b for b in bookings if b.starts_at <= now < b.ends_at]).hosts

    async def _list(self) -> Snapshot:
        asked = await asyncio.gather(*(self._list_one(host) for host in self.hosts), return_exceptions=True)
        answers = [_told(answer) for answer in asked]  # all have answered: no request outlives the call
        held = [one for found, _ in answers for one in found]
        dates = [date for _, date in answers if date is not None]
        return Snapshot(held, min(dates, default=None))

    async def _list_one(self, host: str) -> tuple[list[Held], int | None]:
        """A host who is not there (any more) has no meetings, and nobody can start one there."""
        try:
            listing = await self._client.meetings(host)
        except (GiveUp, AskAPerson) as error:
            if error.code not in HOST_CODES:
                raise
            self.leave_alone(host)
            return [], None
        self.seen(host, listing.meetings)
        return [self.held(host, one) for one in listing.meetings], listing.date

    def held(self, host: str, meeting: Meeting) -> Held:
        return Held(host, meeting, self.marks.read(meeting))

    def seen(self, host: str, meetings: Sequence[Meeting]) -> None:
        """At least what is listed was asked for: a gateway that was started anew knows no more."""
        now = self._now()
        self.ledger.at_least(host, now, sum(1 for one in meetings if one.created_at // DAY == now // DAY))


class _Roll:
    """Requests shared by all who ask at the same time; an answer never began before its asker asked."""

    def __init__(self, ask: Callable[[], Awaitable[Snapshot]]) -> None:
        self._ask, self._turn = ask, asyncio.Lock()
        self._begun = self._done = 0
        self._last: Snapshot | None = None

    async def fresh(self) -> Snapshot:
        wanted = self._begun + 1
        async with self._turn:
            if self._last is None or self._done < wanted:
                self._begun += 1
                self._last = await self._ask()
                self._done = self._begun
            return self._last


def _told(answer: tuple[list[Held], int | None] | BaseException) -> tuple[list[Held], int | None]:
    if isinstance(answer, BaseException):
        raise answer
    return answer
