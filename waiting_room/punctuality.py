"""Policy and entries to deadlines and verdicts.

Judged on check-in by the store's clock, or on the earlier attempt that a person let count; never on media, a provider's
callback or the interviewer's readiness. Nothing here is written down: who has the journal and the policy comes to the
same verdict.

Up to and including ``arrive_by`` is on time; up to and including the start plus ``late_after`` is after arrive-by; from
the next microsecond on it is late. Minutes late are counted from the scheduled start and begun ones count whole, so
that one second late is 1 minute late, as on a paper list.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

from waiting_room.interview import Interview
from waiting_room.policy import SECOND, Policy

MINUTE = 60 * SECOND

Code = Literal[
    "on_time",
    "after_arrive_by",
    "late",
    "excused",
    "not_arrived",
    "not_there_when_called",
    "absent",
    "cancelled",
]


class Period(Protocol):
    """A gap in our own service, in microseconds UTC, both ends included."""

    @property
    def from_at(self) -> int: ...

    @property
    def to_at(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Microseconds UTC. ``late_after``: later than this is late. ``absent_after`` None: absence is never proposed."""

    opens_at: int
    arrive_by: int
    starts_at: int
    late_after: int
    absent_after: int | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """``minutes``: begun minutes after the scheduled start, for late and excused arrivals, else 0. ``by``: the times
    that it rests on, by name, in microseconds UTC."""

    code: Code
    minutes: int = 0
    by: tuple[tuple[str, int], ...] = ()


def deadlines(interview: Interview, policy: Policy) -> Deadlines:
    start = interview.starts_at
    late_after = start + policy.late_after * SECOND
    return Deadlines(
        opens_at=start - policy.opens_before * SECOND,
        arrive_by=late_after if policy.arrive_by is None else start - policy.arrive_by * SECOND,
        starts_at=start,
        late_after=late_after,
        absent_after=None if policy.absent_after is None else start + policy.absent_after * SECOND,
    )


def verdict(interview: Interview, policy: Policy, gaps: Iterable[Period], now: int) -> Verdict:
    """How punctual this interview's candidate was, as far as is known ``now``."""
    if interview.phase == "cancelled":
        return Verdict("cancelled", by=_ended(interview))
    if interview.phase == "absent":
        return Verdict("absent" if interview.arrival is None else "not_there_when_called", by=_ended(interview))
    due = deadlines(interview, policy)
    if interview.arrival is None:
        return Verdict("not_arrived", by=(("starts_at", due.starts_at), ("now", now)))
    return _of_arrival(interview.arrival.counts, due, tuple(gaps))


def _of_arrival(arrived: int, due: Deadlines, gaps: tuple[Period, ...]) -> Verdict:
    if arrived <= due.arrive_by:
        return Verdict("on_time", by=(("arrived_at", arrived), ("arrive_by", due.arrive_by)))
    name, deadline = ("arrive_by", due.arrive_by) if arrived <= due.late_after else ("late_after", due.late_after)
    by = (("arrived_at", arrived), (name, deadline))
    minutes = minutes_late(arrived, due.starts_at)
    gap = next((gap for gap in gaps if gap.from_at <= deadline <= gap.to_at), None)
    if gap is not None:
        return Verdict("excused", minutes, (*by, ("gap_from", gap.from_at), ("gap_to", gap.to_at)))
    return Verdict("after_arrive_by", 0, by) if name == "arrive_by" else Verdict("late", minutes, by)


def minutes_late(arrived: int, starts_at: int) -> int:
    """Begun minutes after the start; 0 up to and including it."""
    return max(0, -((starts_at - arrived) // MINUTE))


def _ended(interview: Interview) -> tuple[tuple[str, int], ...]:
    return () if interview.ended is None else (("ended_at", interview.ended.at),)
