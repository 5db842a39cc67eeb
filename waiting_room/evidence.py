"""Why a verdict is what it is: the rule, what the policy said, each deadline, and the entries that it follows from.

An appeal asks this years later, so the answer names offsets of the journal and nothing that has to be believed.
"""

from __future__ import annotations

from dataclasses import dataclass

from waiting_room.deadlines import Deadlines, deadlines
from waiting_room.event import Event, Rules
from waiting_room.interview import Interview
from waiting_room.outages import Outage, over
from waiting_room.policy import SECOND, Policy
from waiting_room.punctuality import RULES, Verdict, verdict
from waiting_room.trying import tried_in_vain

POLICY_OF = {
    "arrival": ("opens_before", "arrive_by", "late_after", "late_entry", "refuse_after"),
    "absence": ("absent_after", "absence", "without_contact", "contact_stops_absence", "contact_stops_for"),
    "trying": ("opens_before", "absent_after"),
    "booking": ("booking",),
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """One entry that counts. ``what``: a stable word of ours; ``at``: microseconds UTC."""

    what: str
    at: int
    offset: int


@dataclass(frozen=True, slots=True)
class Deadline:
    """``at``: with pauses, None where there is none; ``planned``: without them."""

    name: str
    at: int | None
    planned: int | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """``rule``: what the verdict's rule says. ``policy``: the keys that decided, with their values, and ``policy_from``
    the entry since which they held. ``entries``: in the journal's order. ``resits`` and ``resat_by``: the interviews
    that this one is linked to."""

    interview: str
    verdict: Verdict
    rule: str
    policy: tuple[tuple[str, object], ...]
    policy_from: int
    deadlines: tuple[Deadline, ...]
    entries: tuple[Evidence, ...]
    resits: str | None
    resat_by: str | None


def judged(event: Event, interview: Interview, now: int) -> Verdict:
    """The verdict by the rules that held then, with the pauses and gaps that the event has had."""
    policy = _rules(event, interview).policy
    out = _outages(event, interview, policy) if interview.ended is not None else ()
    return verdict(interview, policy, event.gaps, now, event.pauses_of(interview), outages=out)


def why(interview: Interview, event: Event) -> Explanation:
    """As of the event's last entry."""
    found, rules = judged(event, interview, event.at), _rules(event, interview)
    named = POLICY_OF.get(found.rule.partition(".")[0], ())
    document = rules.policy.to_document()
    return Explanation(
        interview=interview.id,
        verdict=found,
        rule=RULES.get(found.rule, ""),
        policy=tuple((key, document[key]) for key in named),
        policy_from=rules.offset,
        deadlines=_deadlines(event, interview, rules),
        entries=_entries(event, interview, rules, found),
        resits=interview.resits,
        resat_by=event.resits.get(interview.id),
    )


def _outages(event: Event, interview: Interview, policy: Policy) -> tuple[Outage, ...]:
    """Of the providers that this interview had or was to have, from the opening of its door until it was over."""
    ended = interview.ended
    if not event.outages or ended is None or ended.side != "provider":
        return ()
    session, switch = interview.session, event.switch_for(interview.stream)
    providers = {switch.provider, switch.before, *interview.carriers} | ({session.provider} if session else set())
    return over(event.outages, providers, interview.starts_at - policy.opens_before * SECOND, ended.at)


def _rules(event: Event, interview: Interview) -> Rules:
    """Those at the arrival, else at the end, else those of now: a change holds from then on."""
    if interview.phase == "absent" and interview.ended is not None:
        return event.rules_at(interview.ended.offset)
    if interview.arrival is not None:
        return event.rules_at(interview.arrival.offset)
    return event.rules_at(event.head if interview.ended is None else interview.ended.offset)


def _deadlines(event: Event, interview: Interview, rules: Rules) -> tuple[Deadline, ...]:
    planned = deadlines(interview, rules.policy)
    due = deadlines(interview, rules.policy, event.pauses_of(interview))
    return tuple(Deadline(name, getattr(due, name), getattr(planned, name)) for name in Deadlines.__slots__)


def _entries(event: Event, interview: Interview, rules: Rules, found: Verdict) -> tuple[Evidence, ...]:
    """Those that the verdict rests on, and those that made its deadlines."""
    known = [*_of_interview(event, interview, rules), *_of_event(event, interview)]
    words = {"contact", "late_notice", "notice_withdrawn"} if found.rule.startswith("absence.") else set()
    made = {"timed", "policy", "pause"} | words
    kept = [one for one in known if one.offset and (one.offset in found.rests_on or one.what in made)]
    first = {one.offset: one for one in reversed(kept)}  # of two words for one entry the more telling
    return tuple(first[offset] for offset in sorted(first))


def _of_interview(event: Event, i: Interview, rules: Rules) -> list[Evidence]:
    due = deadlines(i, rules.policy, event.pauses_of(i))
    found = [Evidence("tried_" + one.what, one.at, one.offset) for one in tried_in_vain(i, due)]
    found += [Evidence("tried_number", one.first_at, one.first_offset) for one in i.attempts]
    found += [Evidence("link_opened", one.at, one.offset) for one in i.opened]
    marks = {
        "timed": i.timed, "contact": i.contact, "late_notice": i.notice,
        "notice_withdrawn": i.notice.withdrawn if i.notice is not None else None, "overdue": i.overdue,
        "too_late": i.too_late, "withdrawn": i.withdrawn, "checked_in": i.arrival, "ended": i.ended,
    }  # fmt: skip
    found += [Evidence(what, mark.at, mark.offset) for what, mark in marks.items() if mark is not None]
    return [Evidence("policy", rules.at, rules.offset), *found]


def _of_event(event: Event, interview: Interview) -> list[Evidence]:
    found = [Evidence("service_gap", gap.from_at, gap.offset) for gap in event.gaps]
    for outage in event.outages:
        found.append(Evidence("provider_down", outage.from_at, outage.offset))
        if outage.to_at is not None and outage.ended is not None:
            found.append(Evidence("provider_up", outage.to_at, outage.ended))
    for pause, span in event.pauses_behind(interview):
        found.append(Evidence("pause", span.from_at, pause.offset))
        if pause.to_at is not None and pause.ended is not None:
            found.append(Evidence("pause", pause.to_at, pause.ended))
    return found
