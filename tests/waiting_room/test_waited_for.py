"""Connection tests on earlier days, and how long one who dropped out is waited for."""

from __future__ import annotations

from typing import Any

import pytest

from tests.waiting_room.day import MINUTE, Day
from tests.waiting_room.day import NINE as EPOCH_NINE
from tests.waiting_room.test_views import Nowhere, People
from waiting_room import commands as c
from waiting_room.booking import Dates, is_untested, pretested
from waiting_room.views import Scene, console_view

HOUR = 60 * MINUTE
DAY = 24 * HOUR
NINE = EPOCH_NINE + 10 * DAY
MIDNIGHT = NINE - 9 * HOUR
DATES = Dates(day_begins=MIDNIGHT)


def a_day(now: int = NINE, **policy: Any) -> Day:
    day = Day(policy=policy, now=now)
    day.schedule("a", start=NINE + HOUR)
    day.do(c.AdmitStaff("s", "reception"), "cli")
    return day


def check(day: Day, at: int, camera: str = "ok") -> None:
    day.now = at
    day.do(c.ReportDevices("a", "sid", camera, "ok", "ok", "ok"), "candidate:a")  # type: ignore[arg-type]


def tasks(day: Day) -> list[tuple[str, str]]:
    scene = Scene("e", day.event, People(day), Nowhere(), day.now, dates=lambda _: DATES)
    return [(task["code"], task["action"]) for task in console_view(scene, "s")["tasks"]]


def untested(day: Day) -> bool:
    return is_untested(day.see("a"), day.event.policy, DATES, day.now)


def test_a_test_on_an_earlier_day_counts_and_one_on_the_day_does_only_where_it_went_well() -> None:
    day = a_day(MIDNIGHT - DAY, pretest="required")
    assert not untested(day)  # before the day nobody is behind
    check(day, MIDNIGHT - 1, "fail")
    day.now = NINE
    found = pretested(day.see("a"), day.event.policy, DATES)
    assert found is not None
    assert (found.ok, untested(day)) == (False, False)
    other = a_day(pretest="required")
    assert untested(other)
    check(other, NINE, "fail")
    assert untested(other)
    check(other, NINE)
    assert not untested(other)


@pytest.mark.parametrize(("days", "counts"), [(None, True), (2, True), (1, False)])
def test_a_test_is_good_for_the_days_that_the_rules_name(days: int | None, counts: bool) -> None:
    day = a_day(MIDNIGHT - 3 * DAY, pretest="required", pretest_valid_days=days)
    check(day, MIDNIGHT - DAY - HOUR)
    assert (pretested(day.see("a"), day.event.policy, DATES) is not None) is counts


@pytest.mark.parametrize(
    ("pretest", "expected"), [("required", [("untested", "contact")]), ("recommended", []), ("off", [])]
)
def test_who_did_not_test_is_a_task_on_the_day_and_is_refused_nothing(
    pretest: str, expected: list[tuple[str, str]]
) -> None:
    day = a_day(NINE + 40 * MINUTE, pretest=pretest)
    assert tasks(day) == expected
    day.seat("a")
    assert tasks(day) == []


def test_the_task_of_an_untested_one_is_settled_by_speaking_to_them() -> None:
    day = a_day(pretest="required")
    day.do(c.RecordContact("a"))
    assert tasks(day) == []


@pytest.mark.parametrize(
    ("grace", "after", "code"),
    [(300, 0, "dropped"), (300, 300, "dropped"), (300, 301, "not_back"), (None, 9_999, "dropped")],
)
def test_one_who_dropped_out_is_waited_for_as_long_as_the_rules_say(grace: int | None, after: int, code: str) -> None:
    day = a_day(NINE + 50 * MINUTE, reconnect_grace=grace)
    day.seat("a")
    day.enter("a")
    day.do(c.SeeLeft("a", "candidate", "worker", day.now, day.see("a").admission), "worker")
    day.now += after * 1_000_000
    assert [found for found, _ in tasks(day)] == [code]
    day.arrive("a")
    assert tasks(day) == []
