"""What the rules mean for a 10:00 interview: every rule has its sentence, in both languages, with the right times."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from gateway.explain import explain
from gateway.operations import run
from gateway.policyfile import PRESETS
from gateway.texts import LANGUAGES, Language
from tests.support.samples import event_document, open_house
from waiting_room.commands import ChangePolicy
from waiting_room.policy import Booking, ConsentDocument, Cutoff, Declaration, OpeningHours, Policy

# Rules that have no sentence of their own: they are in that of another.
SAID_WITH = {
    "contact_stops_for": "contact_stops_absence",
    "max_length_then": "max_length",
    "refuse_after": "late_entry",
}
EVERY_RULE = Policy(
    late_entry="ask", refuse_after=1200, contact_stops_absence=True, contact_stops_for=1200, hold_back_for=3600,
    max_length=1800, reconnect_grace=300, fallback=("telephone",), pretest="required", pretest_valid_days=1,
    number_pattern="A-[0-9]+", max_companions=1,
    consents=(ConsentDocument("notice", "3", "x"),), declarations=(Declaration("a"), Declaration("b", required=False)),
    booking=Booking(2, Cutoff(1, "17:15"), "reply", Cutoff(0, "09:00"), Cutoff(at="12:00", date="2026-06-10"),
                    Cutoff(3), show_repeat_absence=True),
    invite_valid_before=86_400, invite_valid_after=172_800, retention_days=30, closing_days=("2026-05-01",),
    opening_hours=(OpeningHours("mon"),), handover_before=60, provider_order=("zoom",),
)  # fmt: skip


def said(policy: Policy, language: Language = "en") -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in explain(policy, language, {"a": "My device is charged."}):
        found.setdefault(line.key, []).append(line.sentence)
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_that_is_set_has_its_sentence(language: Language) -> None:
    rules = {SAID_WITH.get(field.name, field.name) for field in dataclasses.fields(Policy)}
    assert said(EVERY_RULE, language).keys() == rules


CHOICES: dict[str, tuple[Any, ...]] = {
    "arrive_by": (None, 0), "early_allowed": (True, False), "late_entry": ("allow", "ask", "refuse"),
    "absent_after": (None, 600), "absence": ("proposed", "automatic"),
    "without_contact": ("absent", "deemed_cancelled"), "contact_stops_absence": (False, True),
    "contact_stops_for": (None, 60), "hold_back_for": (None, 0), "max_length_then": ("notify", "finish_proposed"),
    "extend_on_fault": ((), ("candidate", "provider")), "fallback": (("provider", "telephone", "reschedule"),),
    "pretest": ("required", "recommended", "off"), "terms": ("agree", "show"),
    "identity": (("number", "name", "date_of_birth", "photo", "document"),),
    "camera": ("required", "optional", "forbidden"), "companions": ("announced", "free", "none"),
    "shown_name": ("number", "name", "both"), "failover": ("off", "proposed", "automatic"),
    "booking": (Booking(confirmation="on_sending"),),
    "opening_hours": (tuple(OpeningHours(day) for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")),),
}  # fmt: skip


@pytest.mark.parametrize(("language", "key"), list(product(LANGUAGES, CHOICES)))
def test_every_choice_of_a_rule_is_worded(language: Language, key: str) -> None:
    for value in CHOICES[key]:
        for line in explain(replace(EVERY_RULE, **{key: value}), language):
            assert not line.sentence.startswith("policy."), line
            assert re.search(r"policy\.(word|explain)\.|[{}]", line.sentence) is None, line


def test_times_are_those_of_a_ten_oclock_interview() -> None:
    found = said(EVERY_RULE)
    assert found["opens_before"] == ["Check-in opens at 09:30."]
    assert "09:55" in found["arrive_by"][0]
    assert "10:20" in found["late_entry"][0]
    assert "10:10" in found["absent_after"][0]
    assert "11:10" in found["hold_back_for"][0]
    assert "10:00 the day before" in found["invite_valid_before"][0]
    assert "10:00, 2 days later" in found["invite_valid_after"][0]
    assert "30 minutes" in found["max_length"][0]


def test_counts_of_one_are_in_the_singular() -> None:
    assert said(EVERY_RULE)["pretest_valid_days"] == ["A test is good for 1 day."]
    assert "1 minute." in said(replace(EVERY_RULE, contact_stops_for=60))["contact_stops_absence"][0]
    assert "17:15 on the business day before" in " ".join(said(EVERY_RULE)["booking"])


def test_a_checklist_is_said_in_its_own_words() -> None:
    assert said(EVERY_RULE)["declarations"] == [
        "Has to be ticked by the candidate before check-in: My device is charged.",
        "Is advised, and may be left open: b",
    ]


@pytest.mark.parametrize("preset", PRESETS)
async def test_an_events_rules_are_explained_by_the_operation(tmp_path: Path, preset: str) -> None:
    async with open_house(tmp_path / "data") as house:
        await run(house, "event-create", {"file": event_document(policy={"preset": preset})})
        answer = await run(house, "policy-explain", {"event": "test-2026"}, language="ja")
        assert answer["changed_at"] is None
        assert any("録画" in line["sentence"] for line in answer["lines"] if line["key"] == "declarations")
        hall = house.halls["test-2026"]
        changed = replace(hall.state.policy, arrive_by=600).to_document()
        await hall.execute(ChangePolicy(changed), actor="cli", command_id="change-1")
        after = await run(house, "policy-explain", {"event": "test-2026"}, language="en")
        assert after["changed_at"] is not None
        assert any("09:50" in line["sentence"] for line in after["lines"])
