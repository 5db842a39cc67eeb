"""Policy and entries to verdicts.

Judged on check-in by the store's clock, or on the earlier attempt that a person let count; never on media, a provider's
callback or the interviewer's readiness. Nothing here is written down: who has the journal and the policy comes to the
same verdict.

Up to and including ``arrive_by`` is on time; up to and including the start plus ``late_after`` is after arrive-by; from
the next microsecond on it is late. Minutes late are counted from the start and begun ones count whole, so that one
second late is 1 minute late, as on a paper list. Pauses move all of these (``deadlines``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal, Protocol

from waiting_room.deadlines import Deadlines, deadlines, said_nothing
from waiting_room.entries import Side
from waiting_room.interview import Interview
from waiting_room.outages import Outage
from waiting_room.pauses import Span
from waiting_room.policy import SECOND, Policy
from waiting_room.trying import Tried, tried_in_vain

__all__ = ["MINUTE", "RULES", "Code", "Deadlines", "Period", "Verdict", "deadlines", "minutes_late", "verdict"]

MINUTE = 60 * SECOND

Code = Literal[
    "on_time",
    "after_arrive_by",
    "late",
    "excused",
    "arrived_refused",
    "not_arrived",
    "not_there_when_called",
    "technical_difficulty",
    "absent",
    "deemed_cancelled",
    "cancelled",
    "broken_off",
    "not_held",
    "interviewers_absent",
]
Stage = Literal["", "proposed", "confirmed", "withdrawn"]

RULES: Mapping[str, str] = MappingProxyType(
    {
        "arrival.on_time": "Checked in up to and including arrive_by.",
        "arrival.after_arrive_by": "Checked in after arrive_by, up to and including late_after.",
        "arrival.late": "Checked in after late_after; begun minutes from the start.",
        "arrival.excused": "Behind a deadline during which our own service was down.",
        "arrival.refused": "Came after late_entry's time and was refused by it.",
        "arrival.none_yet": "Has not checked in, and nothing was decided.",
        "trying.failed": "Tried to come before the absence was due, and never got in.",
        "absence.proposed": "Not checked in by absent_after: for a person to decide.",
        "absence.confirmed": "Not checked in, and confirmed as absent.",
        "absence.withdrawn": "An absence was taken back; nobody has checked in since.",
        "absence.without_contact": "Absent without a word, which the policy deems a cancellation.",
        "call.not_there": "Checked in, and not there when called.",
        "booking.cancelled": "Cancelled before the interview began.",
        "booking.void": "The booking was not confirmed in time.",
        "not_held.ours": "Not held because of the provider or the gateway.",
        "not_held.interviewers": "Not held because no interviewer came.",
        "room.broken_off": "Began and was broken off.",
    }
)
"""Every rule that a verdict rests on, and what it says."""


class Period(Protocol):
    """A gap in our own service, in microseconds UTC, both ends included, and the entry that says so."""

    @property
    def from_at(self) -> int: ...

    @property
    def to_at(self) -> int: ...

    @property
    def offset(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Verdict:
    """``minutes``: begun minutes after the start, for arrivals behind it, else 0. ``by``: the times that it rests on,
    by name, in microseconds UTC. ``rule``: of RULES. ``rests_on``: offsets of the entries that it follows from, in
    order. ``side``: whose doing the end was. ``arrival``: how punctual one was whose interview ended otherwise."""

    code: Code
    minutes: int = 0
    by: tuple[tuple[str, int], ...] = ()
    rule: str = ""
    rests_on: tuple[int, ...] = ()
    stage: Stage = ""
    side: Side | None = None
    arrival: Code | None = None


def verdict(
    interview: Interview,
    policy: Policy,
    gaps: Iterable[Period],
    now: int,
    pauses: Sequence[Span] = (),
    *,
    outages: Sequence[Outage] = (),
) -> Verdict:
    """How punctual this interview's candidate was, and what became of it, as far as is known ``now``. ``policy``: the
    rules that held when it was decided; ``pauses``: those that the interview has had; ``outages``: of its providers,
    which say when and decide nothing. ``evidence.judged`` knows all three from the event."""
    match interview.phase:
        case "cancelled":
            return _cancelled(interview, outages)
        case "absent":
            return _absent(interview, policy, pauses)
        case "broken_off":
            return _with_outages(_broken_off(interview, policy, tuple(gaps), pauses), outages)
        case _ if interview.arrival is None:
            return _not_arrived(interview, policy, now, pauses)
        case _:
            return _of_arrival(interview, policy, tuple(gaps), pauses)


# --- who came ----------------------------------------------------------------------------------------------------


def _of_arrival(interview: Interview, policy: Policy, gaps: tuple[Period, ...], pauses: Sequence[Span]) -> Verdict:
    if interview.arrival is None:
        return Verdict("not_arrived", rule="arrival.none_yet")
    arrived, due, planned = interview.arrival.counts, deadlines(interview, policy, pauses), deadlines(interview, policy)
    entry = _counted(interview)
    if arrived <= due.arrive_by:
        times = (("arrived_at", arrived), ("arrive_by", due.arrive_by))
        return Verdict("on_time", 0, times, "arrival.on_time", entry)
    name, deadline = ("arrive_by", due.arrive_by) if arrived <= due.late_after else ("late_after", due.late_after)
    by: tuple[tuple[str, int], ...] = (("arrived_at", arrived), (name, deadline))
    minutes = minutes_late(arrived, due.starts_at)
    gap = _gap_over(arrived, due, planned, gaps)
    if gap is not None:
        by = (*by, ("gap_from", gap.from_at), ("gap_to", gap.to_at))
        return Verdict("excused", minutes, by, "arrival.excused", _in_order(*entry, gap.offset))
    if name == "arrive_by":
        return Verdict("after_arrive_by", 0, by, "arrival.after_arrive_by", entry)
    return Verdict("late", minutes, by, "arrival.late", entry)


def _gap_over(arrived: int, due: Deadlines, planned: Deadlines, gaps: tuple[Period, ...]) -> Period | None:
    """A gap of ours over the deadline that was missed: over the moment it was planned for, or any that a pause moved
    it through. Also over one that was missed as planned and is not, thanks to a pause: a pause takes no excuse away."""
    missed = [(planned.arrive_by, due.arrive_by)] if arrived <= due.late_after else []
    if arrived > planned.late_after:
        missed.append((planned.late_after, due.late_after))
    return next((gap for gap in gaps for first, last in missed if gap.from_at <= last and gap.to_at >= first), None)


def _counted(interview: Interview) -> tuple[int, ...]:
    """The check-in, and the attempt that it counts from."""
    arrival = interview.arrival
    if arrival is None:
        return ()
    tried = [(attempt.first_at, attempt.first_offset) for attempt in interview.attempts]
    tried += [(opened.at, opened.offset) for opened in interview.opened]
    tried += [(interview.too_late.at, interview.too_late.offset)] if interview.too_late is not None else []
    found = [offset for at, offset in tried if at == arrival.counts_from]
    return _in_order(*found[:1], arrival.offset)


def minutes_late(arrived: int, starts_at: int) -> int:
    """Begun minutes after the start; 0 up to and including it."""
    return max(0, -((starts_at - arrived) // MINUTE))


# --- who did not -------------------------------------------------------------------------------------------------


def _not_arrived(interview: Interview, policy: Policy, now: int, pauses: Sequence[Span]) -> Verdict:
    due = deadlines(interview, policy, pauses)
    if interview.too_late is not None:
        return _refused(interview, due)
    if interview.overdue is not None:
        by = (("starts_at", due.starts_at), ("overdue_at", interview.overdue.at))
        tried = tried_in_vain(interview, due)
        rests_on = _in_order(*(one.offset for one in tried), interview.overdue.offset)
        if tried:
            times = (*_tried(tried), *by)
            return Verdict("technical_difficulty", 0, times, "trying.failed", rests_on, "proposed")
        return Verdict("not_arrived", 0, by, "absence.proposed", rests_on, "proposed")
    by = (("starts_at", due.starts_at), ("now", now))
    if interview.withdrawn is not None:
        return Verdict("not_arrived", 0, by, "absence.withdrawn", (interview.withdrawn.offset,), "withdrawn")
    return Verdict("not_arrived", 0, by, "arrival.none_yet")


def _refused(interview: Interview, due: Deadlines, stage: Stage = "") -> Verdict:
    """They came and were sent away by the rule on late entry: that staff closed the interview then is no absence."""
    came = interview.too_late
    if came is None:
        return Verdict("not_arrived", rule="arrival.none_yet")
    by = (("arrived_at", came.at), ("starts_at", due.starts_at), *_ended_at(interview))
    rests_on = _in_order(came.offset, *_ended(interview))
    return Verdict("arrived_refused", minutes_late(came.at, due.starts_at), by, "arrival.refused", rests_on, stage)


def _absent(interview: Interview, policy: Policy, pauses: Sequence[Span]) -> Verdict:
    due, by, ended = deadlines(interview, policy, pauses), _ended_at(interview), _ended(interview)
    side = None if interview.ended is None else interview.ended.side
    if interview.arrival is not None:
        rests_on = _in_order(interview.arrival.offset, *ended)
        return Verdict("not_there_when_called", 0, by, "call.not_there", rests_on, "confirmed", side)
    if interview.too_late is not None:
        return _refused(interview, due, "confirmed")
    tried = tried_in_vain(interview, due)
    if tried:
        rests_on = _in_order(*(one.offset for one in tried), *ended)
        by = (*_tried(tried), *by)
        return Verdict("technical_difficulty", 0, by, "trying.failed", rests_on, "confirmed", side)
    proposed = () if interview.overdue is None else (interview.overdue.offset,)
    rests_on = _in_order(*proposed, *ended)
    if policy.without_contact == "deemed_cancelled" and said_nothing(interview):
        return Verdict("deemed_cancelled", 0, by, "absence.without_contact", rests_on, "confirmed", side)
    return Verdict("absent", 0, by, "absence.confirmed", rests_on, "confirmed", side)


def _tried(tried: Iterable[Tried]) -> tuple[tuple[str, int], ...]:
    """What was tried, each with its time."""
    return tuple(("tried_" + one.what, one.at) for one in tried)


# --- what was not held -------------------------------------------------------------------------------------------


def _cancelled(interview: Interview, outages: Sequence[Outage]) -> Verdict:
    ended, by, rests_on = interview.ended, _ended_at(interview), _ended(interview)
    if ended is None:
        return Verdict("cancelled", rule="booking.cancelled")
    if ended.because == "void":
        return Verdict("cancelled", 0, by, "booking.void", rests_on, side=ended.side)
    if ended.because == "interviewers_absent":
        return Verdict("interviewers_absent", 0, by, "not_held.interviewers", rests_on, side=ended.side)
    if ended.side in ("provider", "gateway"):
        return _with_outages(Verdict("not_held", 0, by, "not_held.ours", rests_on, side=ended.side), outages)
    return Verdict("cancelled", 0, by, "booking.cancelled", rests_on, side=ended.side)


def _broken_off(interview: Interview, policy: Policy, gaps: tuple[Period, ...], pauses: Sequence[Span]) -> Verdict:
    """With how punctual they were. The reason is private, at the end's entry."""
    came = _of_arrival(interview, policy, gaps, pauses)
    by, rests_on = (*came.by, *_ended_at(interview)), _in_order(*came.rests_on, *_ended(interview))
    side = None if interview.ended is None else interview.ended.side
    return Verdict("broken_off", came.minutes, by, "room.broken_off", rests_on, side=side, arrival=came.code)


def _with_outages(found: Verdict, outages: Sequence[Outage]) -> Verdict:
    """Where a person said that it was the provider: when that was not there."""
    if found.side != "provider":
        return found
    ends = (("outage_to", one.to_at) for one in outages if one.to_at is not None)
    times = (*(("outage_from", one.from_at) for one in outages), *ends)
    entries = (offset for one in outages for offset in (one.offset, one.ended or 0))
    in_order = tuple(sorted(times, key=lambda time: time[1]))
    return replace(found, by=(*in_order, *found.by), rests_on=_in_order(*entries, *found.rests_on))


def _ended_at(interview: Interview) -> tuple[tuple[str, int], ...]:
    return () if interview.ended is None else (("ended_at", interview.ended.at),)


def _ended(interview: Interview) -> tuple[int, ...]:
    return () if interview.ended is None else (interview.ended.offset,)


def _in_order(*offsets: int) -> tuple[int, ...]:
    """Each once; 0 is of no entry."""
    return tuple(sorted({offset for offset in offsets if offset}))
