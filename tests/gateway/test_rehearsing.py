"""A day made fast: the order of everything in it is that of the real one, and nobody in it exists."""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import combinations, islice, pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.eventfile import EventFile
from gateway.policyfile import IN_MINUTES, PRESETS
from gateway.rehearsing import LONGEST_GAP, MOST, SLOT, Place, compressed, fast, invented, plan, roster, rules_of
from tests.support.samples import NOW, event_document, sample_event
from waiting_room.deadlines import deadlines
from waiting_room.identity import fold_name, fold_number
from waiting_room.interview import Interview
from waiting_room.policy import SECOND, Policy

MINUTE = 60 * SECOND
MINUTES = st.integers(0, 1440)


def maybe(numbers: st.SearchStrategy[int]) -> st.SearchStrategy[int | None]:
    return st.none() | numbers


@st.composite
def policies(draw: st.DrawFn) -> dict[str, Any]:
    """Any rules that an event's file may say about time."""
    late, arrive = draw(MINUTES), draw(maybe(MINUTES))
    longest = draw(maybe(st.integers(1, 480)))
    stops = draw(st.booleans())
    return {
        "opens_before": draw(st.integers(arrive or 0, 1440)),
        "arrive_by": arrive,
        "late_after": late,
        "refuse_after": draw(maybe(st.integers(late, 1440))),
        "late_entry": draw(st.sampled_from(["allow", "ask", "refuse"])),
        "absent_after": draw(maybe(st.integers(late, 1440))),
        "contact_stops_absence": stops,
        "contact_stops_for": draw(maybe(MINUTES)) if stops else None,
        "hold_back_for": draw(maybe(MINUTES)),
        "max_minutes": longest,
        "almost_up": draw(st.integers(0, min(120, (longest or 121) - 1))),
        "reconnect_grace": draw(maybe(MINUTES)),
        "invite_valid_before": draw(maybe(st.integers(0, 525_600))),
        "invite_valid_after": draw(maybe(st.integers(0, 525_600))),
        "session_before": draw(st.integers(0, 60)),
        "handover_before": draw(MINUTES),
        "handover_wait": draw(MINUTES),
    }


def event_with(policy: dict[str, Any], slot: int = 20) -> EventFile:
    return EventFile.parse(event_document(policy=policy, slot_minutes=slot))


def times(policy: Policy) -> dict[str, int]:
    """Every moment of an interview that was never entered, by name, in microseconds from its start."""
    start = 10**15
    due = deadlines(Interview("iv", room="r1", starts_at=start, ends_at=start + 20 * MINUTE), policy)
    names = ("opens_at", "arrive_by", "starts_at", "late_after", "absent_after", "refused_after")
    found = {name: getattr(due, name) for name in names}
    return {name: at - start for name, at in found.items() if at is not None}


@settings(max_examples=60)  # each reads two whole files against their schema
@given(policies(), st.integers(1, 480))
def test_any_valid_rules_make_valid_rules_whose_deadlines_keep_their_order(policy: dict[str, Any], slot: int) -> None:
    real = event_with(policy, slot)
    made = EventFile.parse(dict(plan(real, (), ["webrtc"]).file))  # Faulty where it is not valid
    before, after = times(real.policy), times(made.policy)
    assert before.keys() == after.keys()
    for one, other in combinations(before, 2):
        order = (before[one] > before[other]) - (before[one] < before[other])
        assert order == (after[one] > after[other]) - (after[one] < after[other]), (one, other)
    if real.policy.max_length is not None:
        assert made.policy.max_length is not None
        assert made.policy.almost_up < made.policy.max_length


@settings(max_examples=60)  # as above
@given(policies(), st.integers(1, 480))
def test_no_duration_grows_and_none_but_zero_becomes_zero(policy: dict[str, Any], slot: int) -> None:
    rules = rules_of(event_with(policy, slot).document)
    made, usual = compressed(rules, min(Fraction(1), Fraction(SLOT, slot)), slot)
    assert 1 <= usual <= slot
    for key in IN_MINUTES - {"invite_valid_before"}:
        if rules[key] is None:
            assert made[key] is None
        else:
            assert min(1, rules[key]) <= made[key] <= rules[key]


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 3000), st.integers(1, 480)), min_size=1, max_size=40),
    st.integers(1, 480),
)
def test_a_timetable_keeps_the_order_of_its_starts_and_no_room_holds_two_at_once(
    slots: list[tuple[str, int, int]], usual: int
) -> None:
    shape = [Place(*slot) for slot in slots]
    made = fast(shape, min(Fraction(1), Fraction(SLOT, usual)))
    ordered = sorted(shape, key=lambda place: (place.start, place.room))
    for room in "ab":
        rows = [(was, now) for was, now in zip(ordered, made, strict=True) if was.room == room]
        for (one, early), (other, later) in pairwise(rows):
            assert one.start <= other.start
            assert early.start + early.length <= later.start


def test_who_begins_together_does_so_still_and_no_night_is_waited_through() -> None:
    made = fast([Place("a", 0, 20), Place("b", 0, 20), Place("a", 20, 20), Place("a", 1440, 20)], Fraction(1, 5))
    assert [(place.room, place.start, place.length) for place in made] == [
        ("a", 0, 4), ("b", 0, 4), ("a", 4, 4), ("a", 4 + LONGEST_GAP, 4),
    ]  # fmt: skip


@pytest.mark.parametrize("name", PRESETS)
def test_lateness_and_absence_of_a_preset_are_seen_within_minutes(name: str) -> None:
    real = EventFile.parse({**event_document(policy={"preset": name}), "slot_minutes": 20})
    made = EventFile.parse(dict(plan(real, (), [real.provider]).file))
    assert made.policy.absent_after is not None
    assert made.policy.absent_after <= 4 * 60
    assert made.policy.opens_before <= 10 * 60
    assert (made.policy.arrival_wait, made.policy.finish_undo) == (real.policy.arrival_wait, real.policy.finish_undo)
    assert made.policy.consents == real.policy.consents
    assert [one.id for one in made.policy.declarations] == [one.id for one in real.policy.declarations]
    assert (made.policy.booking.confirmation, made.policy.opening_hours) == ("none", ())


def test_an_event_without_a_roster_is_rehearsed_with_a_few_in_each_room() -> None:
    made = plan(event_with({}), (), ["webrtc", "scripted"])
    assert [(place.room, place.start) for place in made.places] == [
        ("r1", 0), ("r2", 0), ("r1", 4), ("r2", 4), ("r1", 8), ("r2", 8),
    ]  # fmt: skip
    assert made.given_up == ("webrtc",)


def test_a_large_day_is_cut_and_whoever_was_cancelled_leaves_no_place() -> None:
    start = NOW
    day = [
        Interview(f"i{n}", room="r1", starts_at=start + n * MINUTE, ends_at=start + (n + 1) * MINUTE)
        for n in range(MOST + 9)
    ]
    gone = Interview("gone", room="r2", starts_at=start, ends_at=start + MINUTE, phase="cancelled")
    made = plan(event_with({}), [*day, gone], ["webrtc"])
    assert (made.interviews, len(made.places)) == (MOST + 9, MOST)
    assert {place.room for place in made.places} == {"r1"}


def test_nothing_of_the_event_that_is_mailed_or_of_its_day_comes_along() -> None:
    real = EventFile.read(sample_event())
    document = {**real.document, "mail": {"reminder_hours": 24}, "date": "2026-11-28"}
    file = plan(EventFile.parse(document), (), ["webrtc"]).file
    assert {"mail", "date", "id", "terms"}.isdisjoint(file)
    assert (file["rehearsal"], file["provider"], file["policy"]["provider_order"]) == (True, "scripted", [])
    assert all("練習" in file["title"]["ja"] and "Rehearsal" in file["title"]["en"] for _ in "a")


def test_a_title_of_any_length_has_room_for_the_mark() -> None:
    long = EventFile.parse(event_document(title="あ" * 200))
    assert EventFile.parse(dict(plan(long, (), []).file)).document["title"]["ja"].startswith("【練習】")


def test_nobody_invented_is_like_anybody_on_the_roster() -> None:
    taken = [{"number": "Ｒ００２", "name": "青葉 花子"}, {"number": "7", "name": "練習　一郎"}]
    people = list(islice(invented(taken), 40))
    numbers, names = {fold_number(one[0]) for one in people}, {fold_name(one[1]) for one in people}
    assert (len(numbers), len(names)) == (40, 40)
    assert numbers.isdisjoint(fold_number(row["number"]) for row in taken)
    assert names.isdisjoint(fold_name(row["name"]) for row in taken)
    assert all(name.startswith("練習") and kana.startswith("レンシュウ") for _, name, kana in people)


def test_the_first_candidate_finds_the_door_open_and_has_time_to_be_punctual() -> None:
    for policy in ({}, {"opens_before": 5, "arrive_by": 5}, {"opens_before": 60, "arrive_by": 20}):
        real = EventFile.parse(event_document(policy=policy))
        made = plan(real, (), [])
        file = EventFile.parse(dict(made.file))
        lines = roster(file, made.places, NOW, ())
        first = lines[1][lines[0].index("開始時刻")]
        now = (NOW // SECOND // 60 + 9 * 60) % 1440  # minutes of the day in Japan
        ahead = int(first[:2]) * 60 + int(first[3:]) - now
        assert (file.policy.arrive_by or 0) // 60 <= ahead <= file.policy.opens_before // 60
    assert "@" not in json.dumps(lines)
