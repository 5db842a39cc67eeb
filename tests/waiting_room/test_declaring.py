"""The checklist and the event's own texts before the seat, as the rules have them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.waiting_room.day import MINUTE, NINE, Day
from waiting_room import commands as c
from waiting_room.declaring import is_declared, version_of
from waiting_room.errors import Refused
from waiting_room.policy import Declaration, Policy

LINES = [
    {"id": "battery", "required": True, "hash": "sha256:1"},
    {"id": "alone", "required": True, "hash": "sha256:2"},
    {"id": "earphones", "required": False, "hash": "sha256:3"},
]
TEXTS = [{"id": "notice", "version": "1", "hash": "x"}, {"id": "privacy", "version": "3", "hash": "y"}]


def a_day(**policy: Any) -> Day:
    day = Day(policy={"declarations": LINES, **policy})
    day.schedule("a", start=NINE + 10 * MINUTE)
    return day


def declare(day: Day, *items: str, sid: str = "sid", version: str | None = None) -> c.Declare:
    return c.Declare("a", sid, version_of(day.event.policy) if version is None else version, items)


def agree(day: Day, *texts: str) -> None:
    day.do(c.Consent("a", "sid", "1", texts=texts), "candidate:a")


def test_without_the_required_lines_nobody_checks_in() -> None:
    day = a_day()
    agree(day)
    check_in = c.CheckIn("a", "sid", "personal", day.now, number_matches=True)
    assert day.refusal(check_in) == "declarations_needed"
    assert day.refusal(declare(day, "battery", "earphones")) == "declarations_needed"
    assert day.do(declare(day, "alone", "battery")) == ["declared"]
    assert day.check_in("a") == ["checked_in"]


def test_a_refusal_names_the_lines_that_are_missing() -> None:
    day = a_day()
    agree(day)
    with pytest.raises(Refused) as refused:
        day.decide(declare(day, "earphones"))
    assert refused.value.details == {"missing": ["battery", "alone"]}


def test_what_was_ticked_stands_with_its_version_in_the_lists_order_and_once() -> None:
    day = a_day()
    agree(day)
    day.do(declare(day, "earphones", "alone", "battery"))
    assert day.do(declare(day, "alone", "battery", "earphones")) == []
    found = day.see("a").declared
    assert found is not None
    assert (found.items, found.version) == (("battery", "alone", "earphones"), version_of(day.event.policy))
    assert len(day.see("a").declarations) == 1


def test_another_list_or_an_unknown_line_is_refused() -> None:
    day = a_day()
    assert day.refusal(declare(day, "battery", "alone")) == "consent_needed"
    agree(day)
    assert day.refusal(declare(day, "battery", "alone", version="00000000")) == "declarations_outdated"
    assert day.refusal(declare(day, "battery", "alone", "windows")) == "declarations_outdated"


def test_a_changed_list_is_asked_again_before_the_seat_and_never_after_it() -> None:
    day = a_day()
    agree(day)
    day.do(declare(day, "battery", "alone"))
    changed = [LINES[0], {**LINES[1], "hash": "sha256:other words"}]
    day.do(c.ChangePolicy({"declarations": changed}))
    assert not is_declared(day.see("a"), day.event.policy)
    assert day.refusal(c.CheckIn("a", "sid", "personal", day.now, number_matches=True)) == "declarations_needed"
    day.do(declare(day, "battery", "alone"))
    day.check_in("a")
    day.do(c.ChangePolicy({"declarations": LINES}))
    assert day.check_in("a", "phone") == ["taken_over"]


def test_staff_may_check_in_by_telephone_whoever_ticked_nothing() -> None:
    day = a_day()
    assert day.do(c.CheckInByStaff("a", day.now)) == ["checked_in"]


def test_a_strangers_ticks_do_not_count_for_the_candidate() -> None:
    day = a_day()
    agree(day)
    day.do(declare(day, "battery", "alone"))
    day.check_in("a", differs=("name",))
    day.do(c.SettleDifference("a", same=False))
    assert day.see("a").declared is None
    assert len(day.see("a").declarations) == 1  # that it was ticked stays on record


def test_every_text_of_the_rules_is_agreed_to_before_the_seat() -> None:
    day = a_day(declarations=[], consents=TEXTS)
    agree(day)
    check_in = c.CheckIn("a", "sid", "personal", day.now, number_matches=True)
    assert day.refusal(check_in) == "consent_needed"
    agree(day, "privacy 2")
    assert day.refusal(check_in) == "consent_needed"
    agree(day, "privacy 3")
    assert day.check_in("a") == ["checked_in"]


def test_the_version_follows_the_lines_their_words_and_whether_they_are_required() -> None:
    lists = [
        (),
        (Declaration("a", hash="1"),),
        (Declaration("a", hash="2"),),
        (Declaration("a", required=False, hash="1"),),
        (Declaration("b", hash="1"),),
        (Declaration("a", hash="1"), Declaration("b", hash="1")),
    ]
    assert len({version_of(Policy(declarations=lines)) for lines in lists}) == len(lists)
    assert version_of(Policy()) == ""
