"""What a policy means, in sentences, for an interview that begins at 10:00.

An office reads this before the day; whoever wrote the rules sees what they wrote. Every rule that is set has its
sentence; one that nobody set has one where its absence is a rule too. A rule that nothing here enforces says that of
itself (``LEFT_TO_PEOPLE``). The words are in ``locale/policy.*.json``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from gateway.policyfile import NOTICE
from gateway.texts import Language, texts
from waiting_room.policy import Cutoff, Policy

TEN = 10 * 3600  # seconds after midnight: the start that everything is said for
MINUTE, HOUR, DAY = 60, 3600, 86_400
# Rules that are kept and shown, and that people have to see to: the sentence says so. ``key`` or ``key.choice``.
LEFT_TO_PEOPLE = frozenset({"fallback", "extend_on_fault.provider", "failover.automatic", "booking.invite_expected_by"})
UNITS = (("hours", HOUR), ("minutes", MINUTE))


@dataclass(frozen=True, slots=True)
class Line:
    """One rule in words. ``key``: of the policy."""

    key: str
    sentence: str


def explain(policy: Policy, language: Language, lines: Mapping[str, str] | None = None) -> tuple[Line, ...]:
    """Every rule in the order in which it comes to matter. ``lines``: the words of declarations by id; an id without
    is its own word."""
    voice = _Voice(language)
    return tuple(
        Line(key.partition(".")[0], sentence)
        for part in (
            _coming(policy, voice),
            _not_coming(policy, voice),
            _in_the_room(policy, voice),
            _who_and_with_what(policy, voice, lines or {}),
            _booking(policy, voice),
            _before_and_after(policy, voice),
            _providers(policy, voice),
        )
        for key, sentence in part
    )


Said = Iterator[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class _Voice:
    """One language's words for times, durations and lists."""

    language: Language

    def say(self, key: str, **values: object) -> tuple[str, str]:
        return key, self._text(f"policy.explain.{key}", values)

    def left_to_people(self, key: str, **values: object) -> tuple[str, str]:
        """One of LEFT_TO_PEOPLE, and that it is."""
        name, sentence = self.say(key, **values)
        return name, f"{sentence} {self.word('left_to_people')}"

    def word(self, key: str, **values: object) -> str:
        return self._text(f"policy.word.{key}", values)

    def _text(self, key: str, values: Mapping[str, object]) -> str:
        known = texts(self.language)
        single = f"{key}#one"
        return known(single if values.get("n") == 1 and single in known else key, **values)

    def words(self, kind: str, keys: Iterable[str]) -> str:
        return self.listed(self.word(f"{kind}.{key}") for key in keys)

    def listed(self, words: Iterable[str]) -> str:
        return self.word("and").join(words)

    def clock(self, seconds: int) -> str:
        """So many seconds after the start, on the clock on the wall."""
        days, rest = divmod(TEN + seconds, DAY)
        at = f"{rest // HOUR:02}:{rest % HOUR // MINUTE:02}" + (f":{rest % MINUTE:02}" if rest % MINUTE else "")
        return self.word(
            "clock.same" if days == 0 else "clock.before" if days < 0 else "clock.after", at=at, n=abs(days)
        )

    def duration(self, seconds: int) -> str:
        """In the largest unit that says it in a whole number."""
        fitting = ((unit, long) for unit, long in UNITS if seconds % long == 0 and seconds >= long)
        unit, long = next(fitting, ("seconds", 1))
        return self.word(unit, n=seconds // long)

    def cutoff(self, cutoff: Cutoff) -> str:
        if cutoff.date is not None:
            return self.word("cutoff.date", date=cutoff.date, at=cutoff.at)
        return self.word("cutoff.days" if cutoff.days_before else "cutoff.same", n=cutoff.days_before, at=cutoff.at)


def _coming(p: Policy, v: _Voice) -> Said:
    yield v.say("opens_before", opens=v.clock(-p.opens_before))
    yield v.say("arrive_by", by=v.clock(p.late_after if p.arrive_by is None else -p.arrive_by))
    yield v.say("late_after", late=v.clock(p.late_after))
    yield v.say("early_allowed.yes" if p.early_allowed else "early_allowed.no")
    refused = p.late_after if p.refuse_after is None else p.refuse_after
    yield v.say(f"late_entry.{p.late_entry}", refused=v.clock(refused))


def _not_coming(p: Policy, v: _Voice) -> Said:
    if p.absent_after is None:
        yield v.say("absent_after.none")
    else:
        yield v.say("absent_after", absent=v.clock(p.absent_after))
        yield v.say(f"absence.{p.absence}")
        yield v.say(f"without_contact.{p.without_contact}")
        yield _contact(p, v)
        yield _holding_back(p, v, p.absent_after)
    key, sentence = v.say(f"after_absence.{p.late_entry}")
    yield key.replace("after_absence", "late_entry"), sentence


def _contact(p: Policy, v: _Voice) -> tuple[str, str]:
    if not p.contact_stops_absence:
        return v.say("contact_stops_absence.no")
    if p.contact_stops_for is None:
        return v.say("contact_stops_absence.good")
    return v.say("contact_stops_absence.for", duration=v.duration(p.contact_stops_for))


def _holding_back(p: Policy, v: _Voice, absent_after: int) -> tuple[str, str]:
    if p.hold_back_for is None:
        return v.say("hold_back_for.none")
    return v.say("hold_back_for", until=v.clock(absent_after + p.hold_back_for))


def _in_the_room(p: Policy, v: _Voice) -> Said:
    yield v.say("arrival_wait", duration=v.duration(p.arrival_wait))
    yield v.say("finish_undo", duration=v.duration(p.finish_undo))
    if p.max_length is not None:
        yield v.say(f"max_length.{p.max_length_then}", duration=v.duration(p.max_length))
        yield v.say("almost_up", duration=v.duration(p.almost_up))
    if p.reconnect_grace is not None:
        yield v.say("reconnect_grace", duration=v.duration(p.reconnect_grace))
    yield v.say("extend_on_fault.candidate" if "candidate" in p.extend_on_fault else "extend_on_fault.none")
    if "provider" in p.extend_on_fault:
        yield v.left_to_people("extend_on_fault.provider")
    if p.fallback:
        yield v.left_to_people("fallback", ways=v.words("way", p.fallback))


def _who_and_with_what(p: Policy, v: _Voice, lines: Mapping[str, str]) -> Said:
    yield v.say(f"pretest.{p.pretest}")
    if p.pretest != "off" and p.pretest_valid_days is not None:
        yield v.say("pretest_valid_days", n=p.pretest_valid_days)
    if p.identity:
        yield v.say("identity", steps=v.words("step", p.identity))
    if p.number_pattern is not None:
        yield v.say("number_pattern", pattern=p.number_pattern)
    if p.consents:
        names = {NOTICE: v.word("notice")}
        documents = (v.word("text", id=names.get(one.id, one.id), version=one.version) for one in p.consents)
        yield v.say("consents", texts=v.listed(documents))
    yield v.say(f"terms.{p.terms}")
    for kind, required in (("required", True), ("advice", False)):
        found = [lines.get(one.id, one.id) for one in p.declarations if one.required is required]
        if found:
            yield v.say(f"declarations.{kind}", lines=" ".join(found))
    yield v.say(f"camera.{p.camera}")
    yield v.say(f"companions.{p.companions}")
    if p.max_companions is not None and p.companions != "none":
        yield v.say("max_companions", n=p.max_companions)


def _booking(p: Policy, v: _Voice) -> Said:
    b = p.booking
    if b.lead_days is not None:
        yield v.say("booking.lead_days", n=b.lead_days)
    if b.confirmation != "none":
        yield v.say(f"booking.confirmation.{b.confirmation}")
    yield v.say("booking.cancel_by.none") if b.cancel_by is None else _by(v, "cancel_by", b.cancel_by)
    if b.reply_by is not None and b.confirmation == "reply":
        yield _by(v, "reply_by", b.reply_by)
    if b.invite_expected_by is not None:
        yield v.left_to_people("booking.invite_expected_by", cutoff=v.cutoff(b.invite_expected_by))
    if b.invite_report_by is not None:
        yield _by(v, "invite_report_by", b.invite_report_by)
    if b.show_repeat_absence:
        yield v.say("booking.show_repeat_absence")


def _by(v: _Voice, name: str, cutoff: Cutoff) -> tuple[str, str]:
    return v.say(f"booking.{name}", cutoff=v.cutoff(cutoff))


def _before_and_after(p: Policy, v: _Voice) -> Said:
    if p.invite_valid_before is not None:
        yield v.say("invite_valid_before", **{"from": v.clock(-p.invite_valid_before)})
    if p.invite_valid_after is not None:
        yield v.say("invite_valid_after", until=v.clock(p.invite_valid_after))
    if p.retention_days is not None:
        yield v.say("retention_days", n=p.retention_days)
    if p.closing_days:
        yield v.say("closing_days", days=v.listed(p.closing_days))
    if p.opening_hours:
        hours = (f"{v.word('weekday.' + one.weekday)} {one.opens}–{one.closes}" for one in p.opening_hours)
        yield v.say("opening_hours", hours=v.listed(hours))


def _providers(p: Policy, v: _Voice) -> Said:
    yield v.say("session_before", at=v.clock(-p.session_before))
    if p.handover_before:
        yield v.say("handover_before", at=v.clock(-p.handover_before))
    yield v.say("handover_wait", duration=v.duration(p.handover_wait))
    yield v.say(f"shown_name.{p.shown_name}")
    if p.provider_order:
        yield v.say("provider_order", names=v.listed(p.provider_order))
    if p.failover == "automatic":
        yield v.left_to_people("failover.automatic")
    else:
        yield v.say(f"failover.{p.failover}")
