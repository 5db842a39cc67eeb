"""Why a verdict is what it is, for a person who asks: the rule with its figures, and the entries that it rests on.

``waiting_room.evidence`` knows; here it gets words, the office's clock to the second, and the role of who made each
entry. Nothing personal is in it but the two numbers of linked interviews, which the caller puts in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.record.reasonwords import EVIDENCE, FIGURES, HEADINGS, ROLES, VALUES
from gateway.record.sheet import SHOWN, Wording, applied
from gateway.record.words import DEADLINES, MARKS, PHASES, RULE_WORDS, STAGES, VERDICTS, Pair, pick, word
from waiting_room.event import Event
from waiting_room.evidence import Evidence, Explanation, why
from waiting_room.interview import Interview

BESIDE = frozenset({"policy", "timed", "pause"})  # what made the deadlines; the verdict itself rests on the others
MINUTE = 60  # seconds
_SYSTEM = frozenset({"reactor", "gateway", "worker"})


@dataclass(frozen=True, slots=True)
class Reason:
    """One entry. ``at``: microseconds UTC; ``clock``: the office's. ``by``: the role, in words; empty where nobody
    looked. ``decides``: the verdict rests on it, and not only a deadline."""

    offset: int
    at: int
    clock: str
    what: str
    by: str
    decides: bool


@dataclass(frozen=True, slots=True)
class Reasons:
    """``figures``, ``deadlines``, ``times``: pairs of what it is called and what it is. ``since``: of the rules."""

    interview: str
    verdict: str
    label: str
    minutes: int
    stage: str
    rule: str
    sentence: str
    since: int
    since_clock: str
    figures: tuple[tuple[str, str], ...]
    deadlines: tuple[tuple[str, str], ...]
    times: tuple[tuple[str, str], ...]
    entries: tuple[Reason, ...]
    resits: str
    resat_by: str


def reasons(
    event: Event,
    interview: Interview,
    w: Wording,
    actors: Mapping[int, str] | None = None,
    numbers: Mapping[str, str] | None = None,
) -> Reasons:
    """As of the event's last entry. ``actors``: who made the entries, by offset; ``numbers``: of interviews."""
    told, named = why(interview, event), numbers or {}
    found = told.verdict
    code = "still_ahead" if _is_ahead(event, interview, told) else found.code
    since = event.rules_at(told.policy_from)
    return Reasons(
        interview=interview.id,
        verdict=found.code,
        label=word(VERDICTS, code, w.language),
        minutes=found.minutes,
        stage=word(STAGES, found.stage, w.language),
        rule=found.rule,
        sentence=word(RULE_WORDS, found.rule, w.language),
        since=told.policy_from,
        since_clock=w.clock(since.at),
        figures=tuple(_figures(told.policy, w)),
        deadlines=tuple(_deadlines(told, w)),
        times=tuple((word(MARKS, name, w.language), w.clock(at)) for name, at in found.by if name in MARKS),
        entries=tuple(_reason(event, interview, one, w, actors or {}) for one in told.entries),
        resits=_named(told.resits, named),
        resat_by=_named(told.resat_by, named),
    )


def offsets_of(event: Event, interviews: Iterable[Interview]) -> list[int]:
    """Of every entry that their verdicts rest on, in order."""
    return sorted({one.offset for interview in interviews for one in why(interview, event).entries})


def to_json(found: Reasons) -> dict[str, Any]:
    """On the wire: times in milliseconds UTC beside the office's clock, pairs as objects."""

    def pairs(several: tuple[tuple[str, str], ...]) -> list[dict[str, str]]:
        return [{"words": words, "value": value} for words, value in several]

    return {
        "interview": found.interview,
        "verdict": found.verdict,
        "label": found.label,
        "minutes": found.minutes,
        "stage": found.stage,
        "rule": {"code": found.rule, "words": found.sentence},
        "since": {"offset": found.since, "clock": found.since_clock},
        "figures": pairs(found.figures),
        "deadlines": pairs(found.deadlines),
        "times": pairs(found.times),
        "entries": [
            {
                "offset": one.offset, "at": one.at // 1000, "clock": one.clock, "what": one.what, "by": one.by,
                "decides": one.decides,
            }
            for one in found.entries
        ],
        "resits": found.resits,
        "resat_by": found.resat_by,
    }  # fmt: skip


def in_lines(found: Reasons, language: str) -> Iterator[str]:
    """The same as text, for a terminal."""

    def head(key: str) -> str:
        return word(HEADINGS, key, language)

    late = f" {found.minutes}{pick(('分', ' min'), language)}" if found.minutes else ""
    yield f"{found.label}{late}{f' ({found.stage})' if found.stage else ''}"
    yield f"{head('rule')}: {found.sentence} [{found.rule}]"
    yield f"{head('since')}: #{found.since} {found.since_clock}"
    for key, pairs in (("figures", found.figures), ("deadlines", found.deadlines), ("times", found.times)):
        if pairs:
            yield f"{head(key)}:"
            yield from (f"  {words}: {value}" for words, value in pairs)
    yield f"{head('entries')}:"
    for one in found.entries:
        yield f"  #{one.offset} {one.clock} {one.what}{f' ({one.by})' if one.by else ''}"
    linked = (("resits", found.resits), ("resat_by", found.resat_by))
    yield from (f"{head(key)}: {value}" for key, value in linked if value)


def role_of(event: Event, actor: str) -> str:
    """In which role this actor acted, as a key of ROLES."""
    kind, _, name = actor.partition(":")
    if kind == "staff":
        member = event.staff.get(name)
        return member.role if member is not None else "staff"
    if kind in ("cli", "shared"):
        return "administrator" if kind == "cli" else "candidate"
    return "system" if kind in _SYSTEM else kind


# --- parts -------------------------------------------------------------------------------------------------------


def _is_ahead(event: Event, interview: Interview, told: Explanation) -> bool:
    """As the record's lines have it: whose time has not come has not failed to arrive."""
    due = {one.name: one.at for one in told.deadlines}
    waited_for = told.verdict.code == "not_arrived" and not told.verdict.stage and not interview.over
    return waited_for and event.at < (due["starts_at"] or interview.starts_at)


def _figures(policy: Iterable[tuple[str, object]], w: Wording) -> Iterator[tuple[str, str]]:
    for key, value in policy:
        inside = value.items() if isinstance(value, Mapping) else ((key, value),)
        for name, said in inside:
            if name in FIGURES:
                yield word(FIGURES, name, w.language), _value(name, said, w)


def _value(key: str, value: object, w: Wording) -> str:
    if value is None:
        return w.say(HEADINGS["none"])
    if isinstance(value, bool):
        return w.say(HEADINGS["yes" if value else "no"])
    if isinstance(value, int):
        return _duration(value, w)
    if isinstance(value, Mapping):
        return _cutoff(value, w)
    return word(VALUES, f"{key}.{value}", w.language)


def _duration(seconds: int, w: Wording) -> str:
    minutes, rest = divmod(seconds, MINUTE)
    whole: Pair = (f"{minutes}分", f"{minutes} min")
    part: Pair = (f"{rest}秒", f"{rest} s")
    said = [pair for pair, shown in ((whole, minutes or not rest), (part, rest)) if shown]
    return w.say(("", " ")).join(w.say(pair) for pair in said)


def _cutoff(value: Mapping[str, Any], w: Wording) -> str:
    at, day, days = value.get("at", ""), value.get("date"), value.get("days_before", 0)
    if day:
        return f"{day} {at}"
    return w.say((f"{days}業務日前の{at}", f"{at}, {days} business days before"))


def _deadlines(told: Explanation, w: Wording) -> Iterator[tuple[str, str]]:
    """As they held; what a pause or a word from the candidate changed with what was planned."""
    for one in told.deadlines:
        if one.planned is not None and one.name in ("opens_at", "starts_at", *SHOWN):
            before = f" ({w.say(HEADINGS['planned'])} {w.clock(one.planned)})" if one.at != one.planned else ""
            yield word(DEADLINES, one.name, w.language), f"{applied(one, w)}{before}"


def _reason(event: Event, interview: Interview, one: Evidence, w: Wording, actors: Mapping[int, str]) -> Reason:
    what = word(EVIDENCE, one.what, w.language)
    if one.what == "ended":
        what = f"{what}: {word(PHASES, interview.phase, w.language)}"
    actor = actors.get(one.offset)
    by = word(ROLES, role_of(event, actor), w.language) if actor is not None else ""
    return Reason(one.offset, one.at, w.clock(one.at), what, by, one.what not in BESIDE)


def _named(interview: str | None, numbers: Mapping[str, str]) -> str:
    return "" if interview is None else numbers.get(interview) or interview
