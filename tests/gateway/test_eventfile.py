"""An event's file: every fault is named with its place, all at once."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.eventfile import EventFile, provider_faults, say
from gateway.faults import Faulty
from tests.support.samples import event_document, sample_event


def faults(document: Any) -> dict[str, str]:
    with pytest.raises(Faulty) as caught:
        EventFile.parse(document)
    return {fault.path: fault.code for fault in caught.value.faults}


def test_the_sample_is_valid_and_complete_in_both_languages() -> None:
    event = EventFile.read(sample_event())
    assert list(event.rooms) == ["r1", "r2", "r3"]
    assert (event.policy.opens_before, event.policy.arrive_by, event.policy.absent_after) == (1800, 300, 600)
    body = event.document["notice"]["body"]
    assert say(body, "ja").count("\n\n") == say(body, "en").count("\n\n") == 7


def test_minutes_become_seconds_and_defaults_are_written_out() -> None:
    event = EventFile.parse(event_document(late_after=3, absent_after=None))
    assert event.policy.late_after == 180
    assert event.policy.absent_after is None
    assert event.document["zone"] == "Asia/Tokyo"
    assert EventFile.parse(dict(event.document)) == event


def test_all_faults_are_named_at_once() -> None:
    document = event_document(zone=5, provider="skype", opens_befor=3)
    document["office"] = {"name": "人事課", "telephone": "call me"}
    document["rooms"] = [{"id": "R 1", "name": ""}]
    assert faults(document) == {
        "zone": "bad_type",
        "provider": "bad_enum",
        "opens_befor": "unknown_key",
        "office.telephone": "bad_pattern",
        "office.hours": "missing",
        "rooms[0].id": "bad_pattern",
        "rooms[0].name": "bad_min_length",
    }


def test_an_unknown_key_names_the_nearest() -> None:
    with pytest.raises(Faulty, match="opens_before"):
        EventFile.parse(event_document(opens_befor=3))


@pytest.mark.parametrize(
    ("changes", "path", "code"),
    [
        ({"opens_before": 4, "arrive_by": 5}, "opens_before", "bad_order"),
        ({"late_after": 11, "absent_after": 10}, "absent_after", "bad_order"),
        ({"absent_automatic": True, "absent_after": None}, "absent_automatic", "bad_order"),
        ({"zone": "Asia/Tokio"}, "zone", "bad_zone"),
        ({"date": "2026-02-30"}, "date", "bad_date"),
        ({"title": {"ja": "面接"}}, "title.en", "missing"),
        ({"rooms": [{"id": "r1", "name": "甲"}, {"id": "r1", "name": "乙"}]}, "rooms[1].id", "duplicate"),
        ({"rooms": [{"id": "r1", "name": "甲"}, {"id": "r2", "name": "甲"}]}, "rooms[1].name", "duplicate"),
    ],
)
def test_what_makes_no_sense_together_is_named(changes: dict[str, Any], path: str, code: str) -> None:
    assert faults(event_document(**changes)) == {path: code}


def terms(**changes: Any) -> dict[str, Any]:
    """The office's own words in place of a provider's."""
    said = {"version": "3", "title": {"ja": "利用規約", "en": "Terms"}, "url": "https://example.com/terms"}
    return said | changes


def test_how_providers_are_used_becomes_policy() -> None:
    event = EventFile.parse(
        event_document(
            handover_before=5, handover_wait=3, shown_name="number", provider_terms="show",
            provider_order=["harutaka", "zoom", "webrtc"],
        )
    )  # fmt: skip
    policy = event.policy
    assert (policy.handover_before, policy.handover_wait) == (300, 180)
    assert (policy.shown_name, policy.terms, policy.provider_order) == (
        "number",
        "show",
        ("harutaka", "zoom", "webrtc"),
    )


def test_what_is_not_said_of_providers_has_its_default() -> None:
    event = EventFile.parse(event_document())
    policy = event.policy
    assert (policy.handover_before, policy.handover_wait) == (0, 120)
    assert (policy.shown_name, policy.terms, policy.provider_order) == ("both", "agree", ())
    assert event.document["provider_order"] == []


@pytest.mark.parametrize("said", [terms(), {"zoom": terms(), "harutaka": terms(title="規約")}])
def test_terms_are_of_the_first_provider_or_of_each_by_name(said: dict[str, Any]) -> None:
    assert EventFile.parse(event_document(terms=said)).document["terms"] == said


@pytest.mark.parametrize(
    ("changes", "path", "code"),
    [
        ({"terms": terms(title={"ja": "利用規約"})}, "terms.title.en", "missing"),
        ({"terms": {"zoom": terms(title={"en": "Terms"})}}, "terms.zoom.title.ja", "missing"),
        ({"terms": terms(url="javascript:alert(1)")}, "terms.url", "bad_pattern"),
        ({"terms": {"zoom": terms(version="")}}, "terms.zoom.version", "bad_min_length"),
        ({"terms": terms(zoom=terms())}, "terms.zoom", "unknown_key"),
        ({"handover_before": -1}, "handover_before", "bad_minimum"),
        ({"handover_wait": 1441}, "handover_wait", "bad_maximum"),
        ({"shown_name": "nickname"}, "shown_name", "bad_enum"),
        ({"provider_terms": "never"}, "provider_terms", "bad_enum"),
        ({"provider_order": ["zoom", "skype"]}, "provider_order[1]", "bad_enum"),
        ({"provider_order": ["zoom", "zoom"]}, "provider_order", "bad_unique_items"),
        ({"provider_order": "zoom"}, "provider_order", "bad_type"),
    ],
)
def test_faults_in_what_is_said_of_providers(changes: dict[str, Any], path: str, code: str) -> None:
    assert faults(event_document(**changes)) == {path: code}


def test_terms_of_a_provider_that_nobody_knows_are_a_fault() -> None:
    assert "terms" in next(iter(faults(event_document(terms={"skype": terms()}))))


def test_providers_that_a_gateway_has_not_are_named_with_what_was_meant_or_what_there_is() -> None:
    event = EventFile.parse(event_document(provider="zoom", provider_order=["webrtc", "harutaka"]))
    assert provider_faults(event, ("webrtc", "zoom", "harutaka")) == []
    guessed, listed = provider_faults(event, ("webrtc", "zoom2"))
    assert (guessed.path, guessed.code, listed.path) == ("provider", "unknown_provider", "provider_order[1]")
    assert 'did you mean "zoom2"?' in guessed.en
    assert "webrtc, zoom2" in listed.en
    assert "zoom2" in guessed.ja


def test_one_language_is_enough_where_the_event_says_so() -> None:
    assert EventFile.parse(event_document(title={"ja": "面接"}, languages=["ja"])).document["title"] == {"ja": "面接"}


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b'{"a":1,"a":2}', b"[" * 10_000, b"NaN", b"null", b"[]"])
def test_bytes_that_are_no_event_are_faulty_and_nothing_else(data: bytes) -> None:
    with pytest.raises(Faulty):
        EventFile.read(data)


json_values = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=8), lambda inner: (
    st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
), max_leaves=8)  # fmt: skip


@given(key=st.sampled_from(sorted(event_document())), value=json_values)
def test_any_value_in_any_place_is_valid_or_faulty(key: str, value: Any) -> None:
    with suppress(Faulty):
        EventFile.read(json.dumps(event_document(**{key: value})).encode())
