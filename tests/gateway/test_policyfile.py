"""Rules in full: what a preset says, what a file changes in it, and what makes no sense."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.eventfile import EventFile
from gateway.faults import Faulty, schema_faults
from gateway.policyfile import PRESETS, complete, digest, policy_schema, preset, written
from tests.support.samples import event_document
from waiting_room.policy import Cutoff, Policy

KEYS = set(policy_schema()["properties"])


def faults(policy: dict[str, Any], **top: Any) -> dict[str, str]:
    with pytest.raises(Faulty) as caught:
        EventFile.parse(event_document(policy=policy, **top))
    return {fault.path: fault.code for fault in caught.value.faults}


def policy_of(policy: dict[str, Any], **top: Any) -> Policy:
    return EventFile.parse(event_document(policy=policy, **top)).policy


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_says_every_key_in_both_languages(name: str) -> None:
    found = preset(name)
    assert schema_faults(policy_schema(), found.policy) == []
    assert KEYS - {"preset"} == found.policy.keys()
    body = found.notice["body"]
    assert body["ja"].count("\n\n") == body["en"].count("\n\n") >= 15
    assert all({"ja", "en"} == one["text"].keys() for one in found.policy["declarations"])


@pytest.mark.parametrize("name", PRESETS)
def test_an_event_of_a_preset_needs_no_notice_and_reads_back_as_itself(name: str) -> None:
    document = event_document(policy={"preset": name})
    del document["notice"]
    event = EventFile.parse(document)
    assert EventFile.parse(dict(event.document)) == event
    assert event.document["notice"] == preset(name).notice
    assert event.policy.consents[0].hash == digest(preset(name).notice)
    assert Policy.from_document(event.policy.to_document()) == event.policy


def test_the_exam_asks_for_everything_that_its_notice_does() -> None:
    rules = policy_of({"preset": "exam-interview"})
    assert (rules.arrive_by, rules.late_after, rules.absent_after, rules.absence) == (300, 0, 600, "proposed")
    assert (rules.pretest, rules.terms, rules.extend_on_fault) == ("required", "agree", ("provider",))
    assert rules.identity == ("number", "name")
    assert ("wired_earphones", False) in [(line.id, line.required) for line in rules.declarations]
    assert rules.booking.invite_report_by == Cutoff(4, "12:00")


def test_the_consultation_is_deemed_cancelled_without_contact() -> None:
    rules = policy_of({"preset": "job-consultation"})
    assert (rules.absent_after, rules.absence, rules.without_contact) == (600, "automatic", "deemed_cancelled")
    assert (rules.max_length, rules.contact_stops_absence, rules.contact_stops_for) == (1800, True, None)
    assert (rules.booking.lead_days, rules.booking.confirmation) == (2, "reply")
    assert rules.booking.show_repeat_absence


def test_a_file_changes_single_rules_of_its_preset() -> None:
    rules = policy_of({"preset": "job-consultation", "max_minutes": 45, "booking": {"lead_days": 3}})
    assert (rules.max_length, rules.booking.lead_days, rules.booking.confirmation) == (2700, 3, "reply")
    assert policy_of({"preset": "exam-interview"}, arrive_by=10).arrive_by == 600


def test_the_short_form_and_the_policy_say_the_same() -> None:
    event = EventFile.parse(event_document(policy={"arrive_by": 10, "absence": "automatic"}))
    assert (event.document["arrive_by"], event.document["absent_automatic"]) == (10, True)
    assert event.policy == EventFile.parse(event_document(arrive_by=10, absent_automatic=True)).policy


def test_a_file_without_policy_is_left_as_it_is() -> None:
    assert "policy" not in EventFile.parse(event_document()).document
    assert complete({"arrive_by": 3}) == {"arrive_by": 3}


def test_what_a_file_says_of_nothing_is_the_policys_default() -> None:
    assert written(Policy()).keys() == KEYS - {"preset"}
    plain = EventFile.parse(event_document()).policy
    assert EventFile.parse(event_document(policy={})).policy == plain


@pytest.mark.parametrize(
    ("policy", "top", "path", "code"),
    [
        ({"preset": "exam"}, {}, "policy.preset", "bad_enum"),
        ({"arive_by": 3}, {}, "policy.arive_by", "unknown_key"),
        ({"arrive_by": 3}, {"arrive_by": 4}, "policy.arrive_by", "contradiction"),
        ({"absence": "proposed"}, {"absent_automatic": True}, "policy.absence", "contradiction"),
        ({"refuse_after": 1, "late_after": 2}, {}, "policy.refuse_after", "bad_order"),
        ({"max_minutes": 5, "almost_up": 5}, {}, "policy.almost_up", "bad_order"),
        ({"contact_stops_for": 5}, {}, "policy.contact_stops_for", "bad_order"),
        ({"without_contact": "deemed_cancelled", "absent_after": None}, {}, "policy.without_contact", "bad_order"),
        ({"opens_before": 4, "arrive_by": 5}, {}, "opens_before", "bad_order"),
        ({"closing_days": ["2026-02-30"]}, {}, "policy.closing_days[0]", "bad_date"),
        ({"booking": {"reply_by": {"date": "2026-06-31"}}}, {}, "policy.booking.reply_by.date", "bad_date"),
        (
            {"booking": {"reply_by": {"date": "2026-06-30", "days_before": 2}}},
            {},
            "policy.booking.reply_by.date",
            "contradiction",
        ),
        ({"opening_hours": [{"weekday": "mon", "opens": "10:00", "closes": "09:00"}]}, {},
         "policy.opening_hours[0].closes", "bad_order"),
        ({"number_pattern": "("}, {}, "policy.number_pattern", "bad_pattern"),
        ({"declarations": [{"id": "a", "text": "x"}, {"id": "a", "text": "y"}]}, {}, "policy.declarations[1].id",
         "duplicate"),
        ({"consents": [{"id": "notice", "version": "1", "title": "x", "body": "y"}]}, {}, "policy.consents[0].id",
         "duplicate"),
        ({"declarations": [{"id": "a", "text": {"ja": "x"}}]}, {}, "policy.declarations[0].text.en", "missing"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_named(policy: dict[str, Any], top: dict[str, Any], path: str, code: str) -> None:
    assert faults(policy, **top) == {path: code}


def test_another_wording_of_a_notice_has_another_hash() -> None:
    one = EventFile.parse(event_document()).policy.consents
    other = EventFile.parse(
        event_document(notice={"version": "1", "title": {"ja": "注意", "en": "Notice"}, "body": "別の文"})
    ).policy.consents
    assert one[0].version == other[0].version
    assert one[0].hash != other[0].hash
