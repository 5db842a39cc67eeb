"""The rules of an event as an office writes them (``waiting_room/schema/policy.json``), and what they make.

Durations are minutes here and seconds in the policy. What a file does not say is its preset's, and what that does not
say is the policy's own default; what is kept as the event's settings says all of it, so that a later release's presets
change no event that exists.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from gateway.faults import Fault
from gateway.numbers import ends_soon
from waiting_room.codec import canonical_json
from waiting_room.policy import Policy
from waiting_room.policy.reading import Unfit, pattern

PRESETS = ("exam-interview", "job-consultation")
TEXTS = "texts"  # the collection of those that were replaced, each under its id, version and digest
NOTICE = "notice"  # the id of an event's notice among the texts that are agreed to
MINUTE = 60
IN_MINUTES = frozenset(
    {
        "opens_before", "arrive_by", "late_after", "refuse_after", "absent_after", "contact_stops_for", "hold_back_for",
        "max_minutes", "almost_up", "reconnect_grace", "invite_valid_before", "invite_valid_after", "session_before",
        "handover_before", "handover_wait",
    }
)  # fmt: skip
# What a file calls otherwise than the policy does.
NAMES: Mapping[str, str] = MappingProxyType(
    {
        "max_minutes": "max_length",
        "max_minutes_then": "max_length_then",
        "provider_terms": "terms",
        "arrival_wait_seconds": "arrival_wait",
        "finish_undo_seconds": "finish_undo",
    }
)
# Rules that an event's file may also say at its top, as files did before there was a ``policy``.
SHORT = (
    "opens_before", "arrive_by", "late_after", "absent_after", "early_allowed", "handover_before", "handover_wait",
    "shown_name", "provider_terms", "provider_order",
)  # fmt: skip

WORDS = ("number_hint",)  # what a file says for people to read; no rule, and not in the policy

Written = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Preset:
    """Rules that ship: every key of a policy, and the notice that goes with them."""

    title: Mapping[str, str]
    policy: Written
    notice: Mapping[str, Any]


@cache
def preset(name: str) -> Preset:
    """One of PRESETS."""
    document: dict[str, Any] = json.loads((files("waiting_room") / "presets" / f"{name}.json").read_text("utf-8"))
    return Preset(document["title"], document["policy"], document["notice"])


@cache
def policy_schema() -> Mapping[str, Any]:
    """The JSON schema of the rules that an office writes."""
    schema: dict[str, Any] = json.loads((files("waiting_room") / "schema" / "policy.json").read_text("utf-8"))
    return schema


def written(policy: Policy) -> dict[str, Any]:
    """The policy as a file says it, in whole minutes; without the words of texts and checklists, which it does not
    hold."""
    document = policy.to_document()
    names = {key: NAMES.get(key, key) for key in policy_schema()["properties"] if key not in ("preset", *WORDS)}
    found = {key: document[name] for key, name in names.items()}
    minutes = {key: found[key] // MINUTE for key in IN_MINUTES if found[key] is not None}
    return found | minutes | {"consents": [], "declarations": []} | dict.fromkeys(WORDS)


def complete(event: Mapping[str, Any]) -> dict[str, Any]:
    """The event's file with every rule of its ``policy`` written out, there and in the short form; the preset's notice
    where it has none. A file without ``policy`` comes back as it is."""
    given = event.get("policy")
    if given is None:
        return dict(event)
    base = preset(given["preset"]) if "preset" in given else None
    below = {**written(Policy()), **(base.policy if base is not None else {}), **short_rules(event)}
    booking = {**below["booking"], **given.get("booking", {})}
    rules = {**below, **given, "booking": booking}
    notice = {} if base is None else {NOTICE: base.notice}
    return {**notice, **event, "policy": rules, **_shortened(rules)}


def short_rules(event: Mapping[str, Any]) -> dict[str, Any]:
    """What the top of an event's file says of the rules, as a policy says it."""
    rules = {key: event[key] for key in SHORT if key in event}
    if "absent_automatic" in event:
        rules["absence"] = "automatic" if event["absent_automatic"] else "proposed"
    return rules


def _shortened(rules: Written) -> dict[str, Any]:
    return {key: rules[key] for key in SHORT} | {"absent_automatic": rules["absence"] == "automatic"}


def policy_of(event: Mapping[str, Any]) -> Policy:
    """The policy of an event's complete and valid file."""
    rules = {**written(Policy()), **short_rules(event), **event.get("policy", {})}
    seconds = {key: rules[key] * MINUTE for key in IN_MINUTES if rules[key] is not None}
    document = {NAMES.get(key, key): value for key, value in (rules | seconds).items()}
    texts = [{"id": NOTICE, **event[NOTICE]}, *rules["consents"]]
    consents = [{"id": one["id"], "version": one["version"], "hash": digest(one)} for one in texts]
    checklist = [{**line, "hash": digest(line)} for line in rules["declarations"]]
    return Policy.from_document(document | {"consents": consents, "declarations": checklist})


def digest(text: Mapping[str, Any]) -> str:
    """Of what is shown of a text: its title with its body or its address, or the line of a checklist, in every
    language."""
    shown = {key: text[key] for key in ("title", "body", "url", "text") if key in text}
    return f"sha256:{hashlib.sha256(canonical_json(shown)).hexdigest()}"


def texts_by_key(settings: Mapping[str, Any]) -> dict[tuple[str, str, str], dict[str, Any]]:
    """The texts that an event's file asks to agree to, by id, version and digest."""
    given = [{"id": NOTICE, **settings[NOTICE]}] if NOTICE in settings else []
    found = [*given, *settings.get("policy", {}).get("consents", ())]
    return {(one["id"], one["version"], digest(one)): dict(one) for one in found}


# --- what makes no sense together --------------------------------------------------------------------------------


def policy_faults(event: Mapping[str, Any]) -> Iterator[Fault]:
    """Of a file that fits the schema."""
    given = event.get("policy")
    if given is None:
        return
    yield from _contradictions(short_rules(event), given)
    rules = complete(event)["policy"]
    yield from _order_faults(rules)
    yield from _day_faults(rules)
    yield from _list_faults(rules)


def _contradictions(short: Mapping[str, Any], given: Written) -> Iterator[Fault]:
    for key in short.keys() & given.keys():
        if short[key] != given[key]:
            en, ja = "is said otherwise at the top of the file", "ファイルの先頭に別の値があります"
            yield Fault(f"policy.{key}", "contradiction", en, ja)


def _order_faults(rules: Written) -> Iterator[Fault]:
    refuse, longest = rules["refuse_after"], rules["max_minutes"]
    if refuse is not None and refuse < rules["late_after"]:
        yield _fault("refuse_after", "must not be less than late_after", "late_after 以上でなければなりません")
    if longest is not None and longest <= rules["almost_up"]:
        yield _fault("almost_up", "must be less than max_minutes", "max_minutes より短くなければなりません")
    if rules["contact_stops_for"] is not None and not rules["contact_stops_absence"]:
        yield _fault("contact_stops_for", "needs contact_stops_absence", "contact_stops_absence が必要です")
    if rules["without_contact"] == "deemed_cancelled" and rules["absent_after"] is None:
        yield _fault("without_contact", "needs absent_after", "absent_after が必要です")


def _day_faults(rules: Written) -> Iterator[Fault]:
    booking: Mapping[str, Any] = rules["booking"]
    cutoffs = {name: booking.get(name) for name in ("cancel_by", "reply_by", "invite_expected_by", "invite_report_by")}
    for name, cutoff in cutoffs.items():
        if cutoff is not None and "date" in cutoff and "days_before" in cutoff:
            path = f"booking.{name}.date"
            yield _fault(
                path, "and days_before exclude each other", "days_before と同時には使えません", "contradiction"
            )
    named = {f"booking.{name}.date": cutoff.get("date") for name, cutoff in cutoffs.items() if cutoff is not None}
    named |= {f"closing_days[{position}]": day for position, day in enumerate(rules["closing_days"])}
    for path, day in named.items():
        if day is not None and not _is_day(day):
            yield _fault(path, "is no day of the calendar", "暦にない日付です", "bad_date")


def _list_faults(rules: Written) -> Iterator[Fault]:
    for position, hours in enumerate(rules["opening_hours"]):
        if hours["closes"] <= hours["opens"]:
            path = f"opening_hours[{position}].closes"
            yield _fault(path, "must be later than opens", "opens より後でなければなりません")
    for name in ("consents", "declarations"):
        seen = {NOTICE}
        for position, one in enumerate(rules[name]):
            if one["id"] in seen:
                yield _fault(f"{name}[{position}].id", "is used twice", "同じ id が二度あります", "duplicate")
            seen.add(one["id"])
    try:
        pattern(rules["number_pattern"] or "")
    except Unfit:
        yield _fault("number_pattern", "is no regular expression", "正規表現として読めません", "bad_pattern")
        return
    if not ends_soon(rules["number_pattern"] or ""):
        yield _fault(
            "number_pattern", "may repeat no group, and few parts in it may vary in length",
            "くり返すグループは使えません。長さの変わる部分も少なくしてください", "bad_pattern",
        )  # fmt: skip


def _fault(path: str, en: str, ja: str, code: str = "bad_order") -> Fault:
    return Fault(f"policy.{path}", code, en, ja)


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
