"""A pause stops deadlines and shifts what remains; nobody becomes later by one."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.waiting_room.day import MINUTE, NINE, Day
from waiting_room import commands as c
from waiting_room import pauses as pausing
from waiting_room.deadlines import Deadlines, deadlines, preview
from waiting_room.evidence import judged, why
from waiting_room.pauses import FOREVER, REACH, Span, merged, shifted
from waiting_room.policy import SECOND, Policy
from waiting_room.punctuality import verdict

HALF = 30 * MINUTE


def today(**policy: Any) -> Day:
    day = Day(policy=policy, now=NINE - 60 * MINUTE)
    day.schedule("a", "b")
    day.schedule("d", room="r2")
    return day


def pause(day: Day, begins: int, ends: int | None, room: str | None = "r1") -> None:
    day.now = begins
    day.do(c.Pause(room, on=True))
    if ends is not None:
        day.now = ends
        day.do(c.Pause(room, on=False))


def due(day: Day, interview: str = "a", until: int = FOREVER) -> Deadlines:
    i = day.see(interview)
    return deadlines(i, day.event.policy, day.event.pauses_of(i, until))


def test_what_remains_shifts_by_the_pause_and_the_door_stays_open() -> None:
    day = today()
    pause(day, NINE - 3 * MINUTE, NINE + 7 * MINUTE)
    found = due(day)
    assert found.arrive_by == NINE - 5 * MINUTE  # had passed before
    assert (found.starts_at, found.late_after) == (NINE + 10 * MINUTE, NINE + 10 * MINUTE)
    assert (found.absent_after, found.opens_at) == (NINE + 20 * MINUTE, NINE - HALF)
    assert due(day, "b").arrive_by == NINE + 25 * MINUTE


@pytest.mark.parametrize(("begins", "shift"), [(NINE, MINUTE), (NINE + 1, 0)])
def test_a_pause_shifts_the_deadlines_that_come_after_its_beginning(begins: int, shift: int) -> None:
    day = today()
    pause(day, begins, begins + MINUTE)
    assert due(day).starts_at == NINE + shift


def test_a_room_has_its_own_pauses_and_the_events() -> None:
    day = today()
    pause(day, NINE - 20 * MINUTE, NINE - 15 * MINUTE)
    assert (due(day).starts_at, due(day, "d").starts_at) == (NINE + 5 * MINUTE, NINE)
    pause(day, NINE - 10 * MINUTE, NINE - 8 * MINUTE, room=None)
    assert (due(day).starts_at, due(day, "d").starts_at) == (NINE + 7 * MINUTE, NINE + 2 * MINUTE)


def test_a_room_that_is_paused_while_the_event_is_loses_that_time_once() -> None:
    day = today()
    day.now = NINE - 10 * MINUTE
    day.do(c.Pause(None, on=True))
    day.now += MINUTE
    day.do(c.Pause("r1", on=True))
    day.now += MINUTE
    day.do(c.Pause(None, on=False))
    day.now += MINUTE
    day.do(c.Pause("r1", on=False))
    assert due(day).starts_at == NINE + 3 * MINUTE


def test_while_a_pause_lasts_nobody_is_late_or_absent() -> None:
    day = today(absence="automatic")
    pause(day, NINE - MINUTE, None)
    day.now = NINE + 60 * MINUTE
    assert day.refusal(c.ProposeAbsence("a"), "reactor") == "not_due"
    assert day.refusal(c.ConfirmAbsence("a")) == "not_due"
    day.seat("a")
    assert judged(day.event, day.see("a"), day.now).code == "after_arrive_by"
    day.do(c.Pause("r1", on=False))
    assert judged(day.event, day.see("a"), day.now).code == "after_arrive_by"
    assert [one.what for one in why(day.see("a"), day.event).entries].count("pause") == 2


@pytest.mark.parametrize(("after", "code", "minutes"), [(0, "after_arrive_by", 0), (1, "late", 1)])
def test_verdicts_use_the_shifted_times_to_the_microsecond(after: int, code: str, minutes: int) -> None:
    day = today()
    pause(day, NINE - MINUTE, NINE + 9 * MINUTE)
    day.now = NINE + 10 * MINUTE + after
    day.seat("a")
    found = judged(day.event, day.see("a"), day.now)
    assert (found.code, found.minutes) == (code, minutes)


def test_a_pause_takes_no_excuse_away() -> None:
    """A gap of ours over the start that was planned excuses, also where the pause has moved the start past it."""
    day = today()
    pause(day, NINE - MINUTE, NINE + 9 * MINUTE)
    day.do(c.RecordGap(NINE - 30 * SECOND, NINE + 30 * SECOND), "reactor")
    day.now = NINE + 9 * MINUTE + 1
    day.seat("a")
    assert judged(day.event, day.see("a"), day.now).code == "excused"


def test_word_is_not_moved_by_a_pause_before_it() -> None:
    day = today(contact_stops_absence=True, contact_stops_for=1200)
    pause(day, NINE - 10 * MINUTE, NINE - 5 * MINUTE)
    day.now = NINE
    day.do(c.RecordContact("a"))
    assert due(day).absent_after == NINE + 20 * MINUTE
    pause(day, NINE + MINUTE, NINE + 2 * MINUTE)
    assert due(day).absent_after == NINE + 21 * MINUTE


def test_a_time_that_was_set_after_a_pause_is_not_shifted_by_it() -> None:
    day = today()
    pause(day, NINE - 40 * MINUTE, NINE - 30 * MINUTE)
    day.now += MINUTE
    day.do(c.Reschedule("a", NINE + 60 * MINUTE, NINE + 80 * MINUTE))
    assert due(day).starts_at == NINE + 60 * MINUTE
    assert due(day, "b").starts_at == NINE + 30 * MINUTE


def test_who_is_moved_to_another_room_keeps_what_they_lost_in_the_first() -> None:
    day = today()
    pause(day, NINE - 40 * MINUTE, NINE - 30 * MINUTE)
    pause(day, NINE - 29 * MINUTE, NINE - 28 * MINUTE, room="r2")
    day.do(c.Reschedule("a", NINE, NINE + 20 * MINUTE, room="r2"))
    assert due(day).starts_at == NINE + 10 * MINUTE
    day.now += 1
    pause(day, day.now, day.now + MINUTE, room="r1")
    assert due(day).starts_at == NINE + 10 * MINUTE
    pause(day, day.now, day.now + MINUTE, room="r2")
    assert due(day).starts_at == NINE + 11 * MINUTE


def test_the_next_day_is_not_delayed() -> None:
    day = today()
    day.schedule("t", start=NINE + 24 * 60 * MINUTE)
    pause(day, NINE - 10 * MINUTE, NINE)
    assert due(day, "t").starts_at == NINE + 24 * 60 * MINUTE


def test_a_preview_says_by_how_much_whom() -> None:
    day = today()
    pause(day, NINE - 20 * MINUTE, NINE - 15 * MINUTE)
    day.now = NINE + MINUTE
    found = {shift.interview: shift.by for shift in preview(day.event, None, Span(day.now, day.now + 10 * MINUTE))}
    assert found == {"a": 10 * MINUTE, "b": 10 * MINUTE}
    assert preview(day.event, "r2", Span(NINE - MINUTE, NINE))[0].after == NINE + MINUTE


def test_a_pause_that_lasts_is_previewed_with_the_end_it_would_have() -> None:
    day = today()
    pause(day, NINE - 10 * MINUTE, None)
    day.now = NINE - 3 * MINUTE
    begun = day.event.rooms["r1"].pauses[-1].from_at
    assert [shift.by for shift in preview(day.event, "r1", Span(begun, day.now))] == [7 * MINUTE, 7 * MINUTE]
    assert due(day, until=0).starts_at == NINE


def test_time_is_up_by_when_they_came_in_and_what_they_were_late() -> None:
    day = today(max_length=1800, almost_up=300)
    day.now = NINE + 4 * MINUTE
    day.seat("a")
    day.now = NINE + 6 * MINUTE
    day.enter("a")
    assert due(day).time_up == NINE + 6 * MINUTE + HALF - 4 * MINUTE
    day.do(c.ChangePolicy({"max_length": 1800, "extend_on_fault": ["candidate"]}), "cli")
    assert due(day).time_up == NINE + 6 * MINUTE + HALF
    pause(day, NINE + 10 * MINUTE, NINE + 12 * MINUTE)
    assert (due(day).almost_up, due(day).time_up) == (NINE + 33 * MINUTE, NINE + 38 * MINUTE)


def test_a_room_that_is_paused_too_often_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("waiting_room.deciding.hall.MAX_PAUSES", 1)
    day = today()
    pause(day, NINE - 20 * MINUTE, NINE - 15 * MINUTE)
    assert day.refusal(c.Pause("r1", on=True)) == "too_many_pauses"
    assert day.refusal(c.Pause("r2", on=True)) is None
    assert pausing.MAX_PAUSES > 100


# --- properties ----------------------------------------------------------------------------------------------------

MINUTES = st.integers(-90, 90)
SPANS = st.lists(st.tuples(MINUTES, st.integers(1, 40)), max_size=6).map(
    lambda found: merged(Span(NINE + at * MINUTE, NINE + (at + long) * MINUTE) for at, long in found)
)
RANK = {"on_time": 0, "excused": 1, "after_arrive_by": 2, "late": 3}


@given(SPANS)
def test_the_shift_is_the_sum_of_what_began_before(spans: tuple[Span, ...]) -> None:
    assert all(one.to_at < other.from_at for one, other in pairwise(spans))
    before = [span for span in spans if span.from_at <= NINE]
    lost = sum(span.to_at - span.from_at for span in before)
    assert shifted(NINE, before) == NINE + lost
    assert shifted(shifted(NINE, before[:1]), before[1:]) == shifted(NINE, before)
    assert shifted(NINE, spans) >= NINE + lost


@given(
    SPANS,
    st.integers(-20 * 60, 30 * 60),
    st.lists(st.tuples(MINUTES, st.integers(0, 10)), max_size=2),
    st.sampled_from((0, 300)),
)
def test_nobody_becomes_later_by_a_pause(
    spans: tuple[Span, ...], at: int, gaps: list[tuple[int, int]], late_after: int
) -> None:
    policy = Policy(late_after=late_after)
    day = Day(now=NINE - 60 * MINUTE)
    day.schedule("a")
    for begins, long in gaps:
        day.do(c.RecordGap(NINE + begins * MINUTE, NINE + (begins + long) * MINUTE + 1), "reactor")
    day.now = NINE + at * SECOND
    day.seat("a")
    plain = verdict(day.see("a"), policy, day.event.gaps, day.now)
    paused = verdict(day.see("a"), policy, day.event.gaps, day.now, spans)
    assert RANK[paused.code] <= RANK[plain.code]
    assert paused.minutes <= plain.minutes


@given(SPANS, st.integers(-90, 90))
def test_one_more_pause_never_brings_a_deadline_forward(spans: tuple[Span, ...], at: int) -> None:
    more = merged((*spans, Span(NINE + at * MINUTE, NINE + (at + 5) * MINUTE)))
    assert shifted(NINE, more) >= shifted(NINE, spans) >= NINE
    assert shifted(NINE + REACH + 200 * MINUTE, more) == NINE + REACH + 200 * MINUTE
