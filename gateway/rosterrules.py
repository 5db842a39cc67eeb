"""What the event's own rules say of the slots in a roster: hours, closing days, length, lead; and panels in two places.

Hours and closing days that the rules name, and their longest interview, are faults that an administrator may import
despite. The rest is a warning: a weekend may be meant (exams are), a file is often imported after what it holds was
booked, and two people may share a name.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date

from gateway.eventfile import EventFile
from gateway.holidays import office_days
from gateway.moments import local
from gateway.numbers import fits
from gateway.roster import MAX_ROSTER_FAULTS, Entrant, Preview, fold_room
from gateway.rosterfaults import RosterFault, fault
from waiting_room.calendar_days import OfficeDays, is_far_enough, is_within_hours


def judged(
    preview: Preview, event: EventFile, slots: Sequence[Entrant], today: date, *, despite_rules: bool = False
) -> Preview:
    """The preview with what the rules say of ``slots``: those of its lines that are new or at another time. ``today``:
    the office's. ``despite_rules``: what breaks a rule is a warning, too."""
    if preview.faults:
        return preview
    days = [local(one.starts_at, event.zone).date() for one in slots]
    office = office_days(event.policy, [*days, today])
    breaches = list(_breaches(event, slots, office))
    warnings = [*_unusual_days(event, slots, office), *_short_leads(event, slots, office, today)]
    warnings += _in_two_rooms(preview.entrants)
    if despite_rules:
        breaches, warnings = [], [*breaches, *warnings]
    return replace(
        preview,
        entrants=() if breaches else preview.entrants,
        faults=bounded([*preview.faults, *breaches]),
        warnings=bounded([*preview.warnings, *warnings]),
    )


def bounded(found: Iterable[RosterFault]) -> tuple[RosterFault, ...]:
    """By line, the first MAX_ROSTER_FAULTS."""
    return tuple(sorted(found, key=lambda one: one.line)[:MAX_ROSTER_FAULTS])


def _breaches(event: EventFile, slots: Sequence[Entrant], office: OfficeDays) -> Iterator[RosterFault]:
    policy, longest = event.policy, event.policy.max_length
    for one in slots:
        begins, ends = local(one.starts_at, event.zone), local(one.ends_at, event.zone)
        day = begins.date()
        if not fits(policy.number_pattern, one.number):
            yield fault(one.line, "number", "number_shape")
        if one.companions and policy.companions == "none":
            yield fault(one.line, "companions", "no_companions")
        elif policy.max_companions is not None and len(one.companions) > policy.max_companions:
            yield fault(one.line, "companions", "companions_beyond_rules", most=policy.max_companions)
        if day in office.closing:
            yield fault(one.line, "start", "closing_day")
        elif policy.opening_hours and not _is_open(event, office, one):
            yield fault(one.line, "start", "outside_hours")
        if longest is not None and (ends - begins).total_seconds() > longest:
            yield fault(one.line, "minutes", "longer_than_rules", most=longest // 60)


def _is_open(event: EventFile, office: OfficeDays, one: Entrant) -> bool:
    """A holiday is told apart (``not_a_business_day``): the hours are those of the weekday."""
    begins, ends = local(one.starts_at, event.zone), local(one.ends_at, event.zone)
    of_the_week = replace(office, holidays=frozenset())
    same_day = begins.date() == ends.date()
    return same_day and is_within_hours(event.policy, of_the_week, begins.date(), begins.time(), ends.time())


def _unusual_days(event: EventFile, slots: Sequence[Entrant], office: OfficeDays) -> Iterator[RosterFault]:
    """Once a day, on its first line. The day that the event's file names is meant."""
    lines: Counter[date] = Counter()
    first: dict[date, int] = {}
    for one in slots:
        day = local(one.starts_at, event.zone).date()
        lines[day] += 1
        first.setdefault(day, one.line)
    for day, line in first.items():
        if day != event.date and not office.is_open(day) and day not in office.closing:
            yield fault(line, "start", "not_a_business_day", lines=lines[day])


def _short_leads(event: EventFile, slots: Sequence[Entrant], office: OfficeDays, today: date) -> Iterator[RosterFault]:
    lead = event.policy.booking.lead_days or 0
    days = {one.line: local(one.starts_at, event.zone).date() for one in slots}
    near = {day for day in set(days.values()) if not is_far_enough(today, day, event.policy, office)}
    for one in slots:
        if days[one.line] in near:
            yield fault(one.line, "start", "lead_too_short", lead=lead)


def _in_two_rooms(entrants: Sequence[Entrant]) -> Iterator[RosterFault]:
    """Each line at most once, beside the line whose slot it overlaps."""
    of_person: dict[str, list[Entrant]] = defaultdict(list)
    for one in entrants:
        for name in {fold_room(name) for name in one.interviewers}:
            of_person[name].append(one)
    named: set[int] = set()
    for slots in of_person.values():
        for earlier, later in _clashes(sorted(slots, key=lambda one: (one.starts_at, one.line))):
            if later.line not in named:
                named.add(later.line)
                yield fault(later.line, "interviewers", "interviewer_twice", other=earlier.line)


def _clashes(slots: Sequence[Entrant]) -> Iterator[tuple[Entrant, Entrant]]:
    """Slots of one person, by start, that begin before the latest one in another room has ended."""
    latest: dict[str, Entrant] = {}  # by room: the one that ends last so far
    for one in slots:
        others = [other for room, other in latest.items() if room != one.room and other.ends_at > one.starts_at]
        if others:
            yield max(others, key=lambda other: other.ends_at), one
        before = latest.get(one.room)
        if before is None or before.ends_at < one.ends_at:
            latest[one.room] = one
