"""Allotting hosts: one place at a time on each, never beyond the cap, and every slot where hosts suffice."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.base import Planned
from providers.zoom.hosts import CAP, DAY, LEAD, OVERRUN, Booking, Ledger, allot, order, place_of
from providers.zoom.types import MINUTE
from tests.providers.zoom.samples import NINE, day, slot

START = 20_000 * DAY  # some midnight


@st.composite
def timetables(draw: st.DrawFn) -> list[Planned]:
    """Rooms whose slots follow each other, late ones included that begin before the last has ended."""
    found = []
    for room in range(draw(st.integers(1, 5))):
        at = START + draw(st.integers(0, 120)) * MINUTE
        for number in range(draw(st.integers(1, 12))):
            length = draw(st.integers(1, 60))
            found.append(slot(number, f"r{room}", at, length))
            at += draw(st.integers(1, 90)) * MINUTE
    return draw(st.permutations(found))


def overlap(a: Planned, b: Planned) -> bool:
    return a.starts_at < b.ends_at and b.starts_at < a.ends_at


@given(timetables(), st.integers(1, 4))
def test_no_host_serves_two_places_at_once(timetable: list[Planned], hosts: int) -> None:
    chosen = allot(timetable, [f"h{n}" for n in range(hosts)], Ledger()).hosts
    served = [one for one in timetable if one.interview in chosen]
    for a, b in combinations(served, 2):
        if a.room != b.room and overlap(a, b):
            assert chosen[a.interview] != chosen[b.interview]


@given(timetables(), st.integers(1, 4))
def test_every_slot_has_a_host_or_a_reason(timetable: list[Planned], hosts: int) -> None:
    allotment = allot(timetable, [f"h{n}" for n in range(hosts)], Ledger())
    short = [one.slot.interview for one in allotment.shortfalls]
    assert sorted([*allotment.hosts, *short]) == sorted(one.interview for one in timetable)
    assert all(one.short_by >= 1 for one in allotment.shortfalls)


@given(timetables())
def test_as_many_hosts_as_rooms_at_once_suffice(timetable: list[Planned]) -> None:
    """And one fewer does not."""
    most = max(
        len({other.room for other in timetable if other.starts_at <= one.starts_at < other.ends_at})
        for one in timetable
    )
    assert allot(timetable, [f"h{n}" for n in range(most)], Ledger()).shortfalls == []
    assert allot(timetable, [f"h{n}" for n in range(most - 1)], Ledger()).shortfalls != []


@given(timetables(), st.integers(0, 20), st.integers(1, 3))
def test_no_host_is_given_more_than_is_left_of_its_day(timetable: list[Planned], left: int, hosts: int) -> None:
    names = [f"h{n}" for n in range(hosts)]
    ledger = Ledger(Counter({(name, START // DAY + n): CAP - left for name in names for n in (-1, 0, 1)}))
    allotment = allot(timetable, names, ledger)
    starts = {one.interview: one.starts_at for one in timetable}
    given_out = Counter((host, (starts[name] - LEAD) // DAY) for name, host in allotment.hosts.items())
    assert max(given_out.values(), default=0) <= left


@given(st.randoms(use_true_random=False), timetables())
def test_the_order_of_the_slots_does_not_matter(random: object, timetable: list[Planned]) -> None:
    """Two gateways allot alike."""
    shuffled = list(timetable)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    hosts = ["a", "b"]
    assert allot(shuffled, hosts, Ledger()).hosts == allot(timetable, hosts, Ledger()).hosts


def test_a_room_keeps_its_host_all_day() -> None:
    chosen = allot(day(3, 24), ["a", "b", "c"], Ledger()).hosts
    assert len({(name.partition("-")[0], host) for name, host in chosen.items()}) == 3


def test_a_room_in_the_middle_of_its_day_keeps_its_host() -> None:
    """Allotted anew after another host fell out: who is in a meeting stays where it is."""
    standing = [Booking("c", place_of("exam", "r0"), NINE - 10 * MINUTE, NINE + 10 * MINUTE)]
    timetable = [slot(1, "r0", NINE), slot(1, "r1", NINE)]
    assert allot(timetable, ["a", "c"], Ledger(), standing).hosts == {"ivr0-1": "c", "ivr1-1": "a"}


def test_a_host_with_much_left_of_its_day_is_chosen_before_one_with_little() -> None:
    ledger = Ledger(Counter({("a", (NINE - LEAD) // DAY): 75}))
    assert set(allot(day(1, 40), ["a", "b"], ledger).hosts.values()) == {"b"}


def test_a_host_whose_last_room_may_still_be_talking_is_taken_last() -> None:
    """Whoever starts a meeting on a host puts an end to the one that runs there late."""
    until_nine, long_over = slot(0, "r0", NINE - 20 * MINUTE), slot(0, "r1", NINE - 80 * MINUTE)
    assert allot([until_nine, long_over, slot(0, "r2")], ["a", "b"], Ledger()).hosts == {
        long_over.interview: "a",
        until_nine.interview: "b",
        "ivr2-0": "a",
    }
    bookings = [Booking("a", "x/1", NINE - 20 * MINUTE, NINE), Booking("b", "x/2", 0, NINE - OVERRUN)]
    assert order(["a", "b"], "x/3", (NINE, NINE + MINUTE), bookings) == ("b", "a")


def test_the_shortfall_says_how_many_hosts_are_missing() -> None:
    short = allot(day(5, 1), ["a", "b"], Ledger()).shortfalls
    assert [(one.reason, one.short_by) for one in short] == [("concurrency", 3)] * 3


def test_the_shortfall_says_how_many_creations_are_missing() -> None:
    """One room, 120 slots of a minute, one host of 100."""
    timetable = [slot(n, "r1", NINE + n * MINUTE, 1) for n in range(120)]
    short = allot(timetable, ["a"], Ledger()).shortfalls
    assert [(one.reason, one.short_by) for one in short] == [("quota", 20)] * 20


def test_a_session_counts_for_the_day_on_which_it_is_opened() -> None:
    """Zoom's day begins at 9:00 in Japan. A session for 9:00 is opened before."""
    ledger = Ledger(Counter({("a", START // DAY): CAP}))
    at_nine, at_ten = slot(0, "r1", START), slot(1, "r1", START + 60 * MINUTE)
    assert allot([at_nine, at_ten], ["a"], ledger).hosts == {at_nine.interview: "a"}


@pytest.mark.parametrize(("start", "end", "free"), [(0, 10, True), (5, 15, False), (20, 30, True), (10, 20, False)])
def test_times_that_touch_do_not_overlap(start: int, end: int, free: bool) -> None:
    bookings = [Booking("a", "x/1", 10, 20)]
    assert bool(order(["a"], "x/2", (start, end), bookings)) is free
    assert order(["a"], "x/1", (start, end), bookings) == ("a",)


def test_the_allotted_host_comes_first_then_the_rooms_own_then_an_idle_one() -> None:
    bookings = [Booking("own", "x/1", 0, 1), Booking("busy", "x/2", 0, 1), Booking("allotted", "x/3", 0, 1)]
    hosts = ["busy", "idle", "own", "allotted"]
    assert order(hosts, "x/1", (5, 6), bookings, preferred="allotted") == ("allotted", "own", "idle", "busy")


def test_the_ledger_counts_by_day_and_forgets_what_is_over() -> None:
    ledger = Ledger()
    for _ in range(3):
        ledger.spend("a", START)
    ledger.at_least("a", START, 2)
    assert ledger.left("a", START) == CAP - 3
    ledger.at_least("a", START, 50)
    assert ledger.left("a", START + DAY - 1) == CAP - 50
    assert ledger.left("a", START + DAY) == CAP
    ledger.fill("a", START)
    assert ledger.left("a", START) == 0
    ledger.spend("b", START + 5 * DAY)
    assert set(ledger.spent) == {("b", START // DAY + 5)}


@pytest.mark.parametrize(("listed", "recalled", "left"), [(40, 60, 40), (60, 40, 40), (0, 60, 40), (60, 0, 40)])
def test_what_is_listed_and_what_is_recalled_is_counted_once_in_whichever_order(
    listed: int, recalled: int, left: int
) -> None:
    """A sweep may read the list before the journals have been read."""
    first, second = Ledger(), Ledger()
    first.at_least("a", START, listed)
    for ledger in (first, second):
        for _ in range(recalled):
            ledger.recall("a", START)
    second.at_least("a", START, listed)
    for ledger in (first, second):
        assert ledger.left("a", START) == left
        ledger.spend("a", START)
        assert ledger.left("a", START) == left - 1


def test_places_of_two_events_are_two() -> None:
    assert place_of("e1", "r1") != place_of("e2", "r1")
