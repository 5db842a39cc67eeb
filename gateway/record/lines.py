"""What the record says of each interview, without a name: a pure function of the journal.

Nothing here knows the present time. What has not come yet is told by the time of the journal's last entry, so the same
journal gives the same lines on every machine and in every year.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from waiting_room.event import Event
from waiting_room.evidence import Deadline, why
from waiting_room.interview import CANDIDATE, Companion, Consent, Declared, Interview, Visit
from waiting_room.punctuality import MINUTE, Verdict


@dataclass(frozen=True, slots=True)
class Stay:
    """Every visit of one person in the room, merged. ``minutes``: whole ones, cut off, time apart counted once.
    ``inside``: has not left, as far as the journal knows; ``last_out`` is None then."""

    first_in: int
    last_out: int | None
    minutes: int
    visits: int
    inside: bool


@dataclass(frozen=True, slots=True)
class Agreed:
    """A version of the notice, when it was agreed to, and which entry says so."""

    notice: str
    at: int
    offset: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """One version of one text, and when it was agreed to first. ``document``: ``notice``, ``terms:<provider>`` or
    ``text:<id>``."""

    document: str
    version: str
    at: int
    offset: int


@dataclass(frozen=True, slots=True)
class Ticked:
    """A checklist as it was ticked: so many of the ``lines`` that the rules had then."""

    version: str
    items: tuple[str, ...]
    lines: int
    at: int
    offset: int


@dataclass(frozen=True, slots=True)
class Tested:
    """One device check. ``ok``: nothing failed."""

    at: int
    ok: bool
    offset: int


@dataclass(frozen=True, slots=True)
class CompanionLine:
    """``terms``: provider and version."""

    person: str
    arrived_at: int | None
    agreed: Agreed | None
    terms: tuple[tuple[str, str], ...]
    stay: Stay | None


@dataclass(frozen=True, slots=True)
class HostLine:
    """A member of staff who held the interview, with their first and last doing in it."""

    staff: str
    first_at: int
    last_at: int


@dataclass(frozen=True, slots=True)
class Line:
    """One interview. Times: microseconds UTC, None for what has not happened. ``ahead``: its time has not come, so that
    it is no absence that nobody is there. ``counts_at``: what the verdict rests on. ``policy_from``: the entry since
    which its rules held. ``policy``: the keys that decided, with their values. ``carriers``: the providers, in order.
    ``resits``, ``resat_by``: the interviews that this one is linked to. ``confirmed_by``: an actor, of the booking.
    ``identity_wanted``: the steps that the rules name. ``reported_late``: that the link had not come was told after the
    day for it."""

    interview: str
    room: str
    starts_at: int
    ends_at: int
    phase: str
    ahead: bool
    verdict: Verdict
    policy: tuple[tuple[str, object], ...]
    policy_from: int
    deadlines: tuple[Deadline, ...]
    first_attempt_at: int | None
    arrived_at: int | None
    counts_at: int | None
    arrival_offset: int | None
    entered_at: int | None
    stay: Stay | None
    ended_at: int | None
    ended_by: str | None
    ended_side: str | None
    identity: bool | None
    identity_steps: tuple[str, ...]
    identity_wanted: tuple[str, ...]
    agreed: tuple[Agreed, ...]
    terms: tuple[tuple[str, str], ...]
    agreements: tuple[Agreement, ...]
    declared: tuple[Ticked, ...]
    tested: tuple[Tested, ...]
    confirmed_at: int | None
    confirmed_by: str | None
    reported_at: int | None
    reported_late: bool
    carriers: tuple[str, ...]
    companions: tuple[CompanionLine, ...]
    hosts: tuple[HostLine, ...]
    resits: str | None
    resat_by: str | None


def lines(event: Event) -> list[Line]:
    """Every interview once, by room, start and id: an order that needs no settings."""
    found = [interview for interview in event.interviews.values() if interview.room]
    return [line(event, i) for i in sorted(found, key=lambda i: (i.room, i.starts_at, i.id))]


def line(event: Event, interview: Interview) -> Line:
    """As of the event's last entry."""
    told, arrival, ended = why(interview, event), interview.arrival, interview.ended
    due = {deadline.name: deadline.at for deadline in told.deadlines}
    begins = due["starts_at"] or interview.starts_at
    waited_for = told.verdict.code == "not_arrived" and not told.verdict.stage and not interview.over
    return Line(
        interview=interview.id,
        room=interview.room,
        starts_at=interview.starts_at,
        ends_at=interview.ends_at,
        phase=interview.phase,
        ahead=waited_for and event.at < begins,
        verdict=told.verdict,
        policy=told.policy,
        policy_from=told.policy_from,
        deadlines=told.deadlines,
        first_attempt_at=interview.first_attempt_at,
        arrived_at=None if arrival is None else arrival.at,
        counts_at=None if arrival is None else arrival.counts,
        arrival_offset=None if arrival is None else arrival.offset,
        entered_at=interview.entered_at,
        stay=_candidates_stay(interview, event.at),
        ended_at=None if ended is None else ended.at,
        ended_by=None if ended is None else ended.by,
        ended_side=None if ended is None else ended.side,
        identity=None if interview.identity is None else interview.identity.confirmed,
        identity_steps=() if interview.identity is None else interview.identity.steps,
        identity_wanted=event.policy.identity,
        agreed=tuple(_agreed(consent) for consent in interview.consents),
        terms=tuple(sorted(interview.terms)),
        agreements=_agreements(interview.consents),
        declared=tuple(_ticked(event, one) for one in interview.declarations),
        tested=tuple(Tested(test.at, test.ok, test.offset) for test in interview.tests),
        confirmed_at=None if interview.confirmed is None else interview.confirmed.at,
        confirmed_by=None if interview.confirmed is None else interview.confirmed.by,
        reported_at=None if interview.reported is None else interview.reported.at,
        reported_late=interview.reported is not None and interview.reported.late,
        carriers=interview.carriers,
        companions=tuple(_companion(interview, person, event.at) for person in interview.people()[1:]),
        hosts=tuple(HostLine(h.by.removeprefix("staff:"), h.first_at, h.last_at) for h in interview.panel),
        resits=told.resits,
        resat_by=told.resat_by,
    )


def to_json(one: Line) -> dict[str, Any]:
    """As JSON values, times in microseconds UTC, tuples as lists."""
    return asdict(one)


# --- parts -------------------------------------------------------------------------------------------------------


def _agreed(consent: Consent) -> Agreed:
    return Agreed(consent.notice, consent.at, consent.offset)


def _agreements(consents: Sequence[Consent]) -> tuple[Agreement, ...]:
    """Every version of every text once, in order: that it was agreed to again on another device adds nothing."""
    found: dict[tuple[str, str], Agreement] = {}
    for one in consents:
        named = [("notice", one.notice), *(_text(text) for text in one.texts)]
        if one.terms is not None:
            named.append((f"terms:{one.provider or ''}", one.terms))
        for document, version in named:
            found.setdefault((document, version), Agreement(document, version, one.at, one.offset))
    return tuple(found.values())


def _text(name: str) -> tuple[str, str]:
    text, _, version = name.partition(" ")
    return f"text:{text}", version


def _ticked(event: Event, one: Declared) -> Ticked:
    lines = len(event.rules_at(one.offset).policy.declarations)
    return Ticked(one.version, one.items, lines, one.at, one.offset)


def _companion(interview: Interview, person: str, at: int) -> CompanionLine:
    found: Companion = interview.companion(person)
    agreed = None if found.consent is None else _agreed(found.consent)
    return CompanionLine(person, found.arrived_at, agreed, tuple(sorted(found.terms)), _stay(interview, person, at))


def _candidates_stay(interview: Interview, at: int) -> Stay | None:
    """Where the provider tells nobody who is there, from the join button to the end."""
    found = _stay(interview, CANDIDATE, at)
    if found is not None or interview.entered_at is None:
        return found
    ended = None if interview.ended is None else interview.ended.at
    return _of([(interview.entered_at, at if ended is None else ended)], inside=ended is None)


def _stay(interview: Interview, person: str, at: int) -> Stay | None:
    """Of a visit whose end nobody saw: it lasted until the next one, the interview's end, or still lasts."""
    visits = sorted((v for v in interview.visits if v.person == person and v.side != "staff"), key=_began)
    if not visits:
        return None
    last = at if interview.ended is None else interview.ended.at
    spans = [(one.joined_at, _left(one, following)) for one, following in pairwise(visits)]
    final = visits[-1]
    spans.append((final.joined_at, last if final.left_at is None else final.left_at))
    inside = interview.ended is None and final.left_at is None and final.admission == interview.admission
    return _of(spans, inside=inside)


def _began(visit: Visit) -> tuple[int, int]:
    return visit.joined_at, visit.admission


def _left(visit: Visit, following: Visit) -> int:
    return following.joined_at if visit.left_at is None else visit.left_at


def _of(spans: Sequence[tuple[int, int]], *, inside: bool) -> Stay:
    whole = sum(end - begin for begin, end in _apart(spans))
    last_out = None if inside else max(max(span) for span in spans)
    return Stay(min(begin for begin, _ in spans), last_out, whole // MINUTE, len(spans), inside)


def _apart(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same time, each moment once: two devices of one person are there together."""
    merged: list[tuple[int, int]] = []
    for begin, end in sorted((begin, max(begin, end)) for begin, end in spans):
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((begin, end))
    return merged
