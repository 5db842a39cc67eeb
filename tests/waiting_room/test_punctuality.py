"""Thresholds to the microsecond, gaps of our own service, and what is not lateness."""

from __future__ import annotations

import pytest

from tests.waiting_room.day import MINUTE, NINE, Day
from waiting_room import commands as c
from waiting_room.policy import SECOND
from waiting_room.punctuality import Verdict, deadlines, minutes_late, verdict

FIVE = 5 * MINUTE


def judge(day: Day, interview: str = "a") -> Verdict:
    return verdict(day.see(interview), day.event.policy, day.event.gaps, day.now)


def arriving(at: int, **policy: int) -> Day:
    day = Day(policy=policy, now=at)
    day.schedule("a")
    day.seat("a")
    return day


@pytest.mark.parametrize(
    ("at", "code", "minutes"),
    [
        (NINE - FIVE - 1, "on_time", 0),
        (NINE - FIVE, "on_time", 0),
        (NINE - FIVE + 1, "after_arrive_by", 0),
        (NINE - FIVE + SECOND, "after_arrive_by", 0),
        (NINE, "after_arrive_by", 0),
        (NINE + 1, "late", 1),
        (NINE + SECOND, "late", 1),
        (NINE + MINUTE, "late", 1),
        (NINE + MINUTE + 1, "late", 2),
    ],
)
def test_invariant_5_check_in_is_judged_to_the_microsecond(at: int, code: str, minutes: int) -> None:
    found = judge(arriving(at))
    assert (found.code, found.minutes) == (code, minutes)


@pytest.mark.parametrize(("after", "code"), [(0, "after_arrive_by"), (1, "late")])
def test_late_after_moves_the_line_and_minutes_still_count_from_the_start(after: int, code: str) -> None:
    found = judge(arriving(NINE + 10 * MINUTE + after, late_after=600))
    assert (found.code, found.minutes) == (code, 11 if code == "late" else 0)


@pytest.mark.parametrize("after", [-MINUTE * 5, -MINUTE * 5 + SECOND, 0, SECOND])
def test_check_in_opens_at_its_time_and_not_a_moment_before(after: int) -> None:
    opens_at = NINE - 5 * MINUTE
    day = Day(policy={"opens_before": 300}, now=NINE + after - 1)
    day.schedule("a")
    day.do(c.Consent("a", "s", "1"))
    command = c.CheckIn("a", "s", "personal", day.now, number_matches=True)
    assert day.refusal(command) == ("too_early" if day.now < opens_at else None)
    day.now += 1
    assert day.refusal(command) is None


@pytest.mark.parametrize(
    ("after", "refused"),
    [(-5 * MINUTE, "not_due"), (-5 * MINUTE + SECOND, "not_due"), (0, "not_due"), (SECOND, None)],
)
def test_absence_is_proposed_only_after_its_deadline(after: int, refused: str | None) -> None:
    day = Day(now=NINE)
    day.schedule("a")
    day.now = NINE + 10 * MINUTE + after
    assert day.refusal(c.ProposeAbsence("a"), "reactor") == refused


def test_an_arrival_counts_from_the_attempt_that_staff_let_count() -> None:
    day = Day(now=NINE - 6 * MINUTE)
    day.schedule("a")
    day.do(c.Consent("a", "s", "1"))
    day.check_in("a", "s", number_matches=False)
    day.now = NINE + 4 * MINUTE
    day.do(c.CheckInByStaff("a", day.now, counts_from=NINE - 6 * MINUTE))
    assert judge(day).code == "on_time"
    arrival = day.see("a").arrival
    assert arrival is not None
    assert arrival.at == day.now


@pytest.mark.parametrize(
    ("gap", "at", "code"),
    [
        ((NINE - 6 * MINUTE, NINE - FIVE), NINE - MINUTE, "excused"),
        ((NINE - 6 * MINUTE, NINE - FIVE - 1), NINE - MINUTE, "after_arrive_by"),
        ((NINE, NINE + MINUTE), NINE + 3 * MINUTE, "excused"),
        ((NINE + 1, NINE + MINUTE), NINE + 3 * MINUTE, "late"),
        ((NINE - 6 * MINUTE, NINE + MINUTE), NINE - 6 * MINUTE, "on_time"),
    ],
)
def test_invariant_5_a_gap_of_ours_over_the_deadline_excuses(gap: tuple[int, int], at: int, code: str) -> None:
    day = arriving(at)
    day.do(c.RecordGap(*gap), "reactor")
    assert judge(day).code == code


def test_invariant_6_the_ways_not_to_be_interviewed_are_told_apart() -> None:
    day = Day(now=NINE - 10 * MINUTE)
    day.schedule("called", "never", "absent", "cancelled")
    day.seat("called")
    day.do(c.CancelInterview("cancelled", "candidate"))
    day.now = NINE + 60 * MINUTE
    day.do(c.ConfirmAbsence("absent"))
    day.do(c.ConfirmAbsence("called", "not_there_when_called"))
    codes = {i: judge(day, i).code for i in ("never", "absent", "called", "cancelled")}
    assert codes == {
        "never": "not_arrived",
        "absent": "absent",
        "called": "not_there_when_called",
        "cancelled": "cancelled",
    }


def test_deadlines_follow_the_timetable() -> None:
    day = Day(policy={"absent_after": None})
    day.schedule("a")
    assert deadlines(day.see("a"), day.event.policy).absent_after is None
    day.do(c.Reschedule("a", NINE + MINUTE, NINE + 21 * MINUTE))
    assert deadlines(day.see("a"), day.event.policy).arrive_by == NINE - 4 * MINUTE


def test_minutes_late_are_begun_minutes() -> None:
    assert [minutes_late(NINE + s * SECOND, NINE) for s in (-90, 0, 1, 60, 61)] == [0, 0, 1, 1, 2]
