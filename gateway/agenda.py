"""What time alone will change: a heap of moments at which an interview has to be looked at again.

A moment that is no longer true costs a look and nothing else, so nothing is ever taken out. Times: microseconds UTC.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from heapq import heappop, heappush

from waiting_room.deadlines import deadlines
from waiting_room.entries import (
    Admitted,
    Called,
    ContactRecorded,
    FinishBegun,
    HandedOver,
    Joined,
    LateNotice,
    Left,
    Moved,
    NoticeWithdrawn,
    PolicyChanged,
    Rescheduled,
    RoomPaused,
    RoomResumed,
    Scheduled,
    Stamped,
)
from waiting_room.event import Event
from waiting_room.interview import Interview
from waiting_room.pauses import FOREVER, Span
from waiting_room.policy import SECOND, Policy
from waiting_room.visits import dropped_at

MINUTE = 60 * SECOND
LONGEST_SLEEP = 60.0  # seconds; a clock that was set is noticed by then
MOMENTS = 400_000  # two for each entry that an event may have
MAKES_MOMENTS = (
    Scheduled, Rescheduled, Moved, Called, Admitted, HandedOver, Joined, FinishBegun, ContactRecorded, LateNotice,
    NoticeWithdrawn, Left,
)  # fmt: skip
MOVES_ALL = (PolicyChanged, RoomPaused, RoomResumed)


class Agenda:
    """Moments of one event. ``listeners`` are told which interviews are due; each full minute they are told of none."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._heap: list[tuple[int, str]] = []
        self._known: set[tuple[int, str]] = set()
        self._woken = asyncio.Event()
        self.listeners: list[Callable[[Sequence[str], int], None]] = []

    def fill(self, event: Event) -> None:
        """Every moment that is still to come."""
        for interview in event.interviews.values():
            self._add(event, interview)

    def take(self, event: Event, fresh: Iterable[Stamped]) -> None:
        """Moments that new entries make."""
        for st in fresh:
            if isinstance(st.entry, MOVES_ALL):
                self.fill(event)
            elif isinstance(st.entry, MAKES_MOMENTS) and st.stream.startswith("i:"):
                self._add(event, event.interviews[st.stream.removeprefix("i:")])

    def remind(self, interview: str, at: int) -> None:
        """Look at this interview again then."""
        moment = (at, interview)
        if at > self._clock() and moment not in self._known and len(self._heap) < MOMENTS:
            heappush(self._heap, moment)
            self._known.add(moment)
            self._woken.set()

    def wake(self) -> None:
        """Look at the clock now: it was set."""
        self._woken.set()

    async def run(self) -> None:
        """Tell the listeners, for ever."""
        minute = self._clock() // MINUTE
        while True:
            self._woken.clear()
            now = self._clock()
            due = self._due(now)
            if due or now // MINUTE != minute:
                minute = now // MINUTE
                for listener in tuple(self.listeners):
                    listener(due, now)
            await self._sleep(now)

    def _due(self, now: int) -> list[str]:
        due: list[str] = []
        while self._heap and self._heap[0][0] <= now:
            moment = heappop(self._heap)
            self._known.discard(moment)
            due.append(moment[1])
        return list(dict.fromkeys(due))

    async def _sleep(self, now: int) -> None:
        next_at = min(self._heap[0][0] if self._heap else now + MINUTE, (now // MINUTE + 1) * MINUTE)
        seconds = min(LONGEST_SLEEP, (next_at - now) / SECOND + 0.001)
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            pass

    def _add(self, event: Event, interview: Interview) -> None:
        for at in moments(interview, event.policy, event.pauses_of(interview)):
            self.remind(interview.id, at)


def moments(interview: Interview, policy: Policy, pauses: Sequence[Span] = ()) -> Sequence[int]:
    """When something of this interview changes by itself. What waits for a pause to end has no moment until it does."""
    if interview.over or not interview.room:
        return ()
    due = deadlines(interview, policy, pauses)
    found = [due.opens_at, due.arrive_by + 1, due.starts_at, due.late_after + 1]
    found.append(interview.starts_at - policy.session_before * SECOND)
    if due.absent_after is not None:
        found.append(due.absent_after + 1)
        found.append(due.absent_after + (policy.hold_back_for or 0) * SECOND + 1)
    found += [at for at in (due.almost_up, due.time_up) if at is not None]
    if interview.closing_until is not None:
        found.append(interview.closing_until)
    gone = dropped_at(interview)
    if gone is not None and policy.reconnect_grace is not None:
        found.append(gone + policy.reconnect_grace * SECOND + 1)
    began = interview.admitted_at or interview.called_at
    if interview.phase == "admitting" and began is not None:
        found.append(began + policy.arrival_wait * SECOND)
    return [at for at in found if at < FOREVER]
