"""Time almost up, and up: told to the microsecond, moved by pauses, and never an end by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.waiting_room.day import MINUTE, NINE, Day
from tests.waiting_room.test_views import scene
from waiting_room import commands as c
from waiting_room.pauses import REACH
from waiting_room.views import candidate_view, companion_view, console_view

BOUNDED = {"max_length": 1800, "almost_up": 300}
UP = NINE + 30 * MINUTE
ALMOST = UP - 5 * MINUTE


def inside(**policy: Any) -> Day:
    """One in the room since nine, another to come."""
    day = Day(policy={**BOUNDED, **policy}, now=NINE - 10 * MINUTE)
    day.schedule("a", "b", companions=1)
    for staff, role in (("s", "interviewer"), ("o", "reception")):
        day.do(c.AdmitStaff(staff, role), "cli")  # type: ignore[arg-type]  # a test names its role
    day.seat("a")
    day.now = NINE
    day.enter("a")
    return day


def console(day: Day, at: int, staff: str = "s") -> Any:
    day.now = at
    return console_view(scene(day), staff)


def time_of(day: Day, at: int) -> Any:
    return console(day, at)["rows"]["a"]["time"]


@pytest.mark.parametrize(
    ("at", "state"),
    [
        (NINE, "running"),
        (ALMOST - 1, "running"),
        (ALMOST, "almost_up"),
        (UP - 1, "almost_up"),
        (UP, "up"),
        (UP * 2, "up"),
    ],
)  # fmt: skip
def test_the_states_change_at_the_policys_moments(at: int, state: str) -> None:
    assert time_of(inside(), at) == {"state": state, "ends_at": UP // 1000, "finish": False}


def test_staff_are_told_or_asked_to_finish_as_the_rules_say() -> None:
    assert time_of(inside(max_length_then="finish_proposed"), UP)["finish"] is True


def test_a_drawn_row_is_drawn_anew_at_the_moment() -> None:
    """Rows are kept: what the clock changes in them has to be known as such."""
    day = inside()
    kept = replace(scene(day), drawn={})
    seen = []
    for at in (NINE, ALMOST, UP):
        moment = replace(kept, now=at)
        seen.append(console_view(moment, "s")["rows"]["a"]["time"]["state"])
    assert seen == ["running", "almost_up", "up"]


def test_nothing_is_said_where_no_rule_bounds_it_or_nobody_is_in() -> None:
    assert time_of(inside(max_length=None), UP) is None
    assert console(inside(), UP)["rows"]["b"]["time"] is None
    day = inside()
    day.do(c.Finish("a"))
    day.now += 11_000_000
    day.do(c.Finish("a"), "reactor")
    assert time_of(day, UP) is None


def test_a_pause_stops_the_time_and_then_moves_its_end() -> None:
    day = inside()
    day.now = NINE + 10 * MINUTE
    day.do(c.Pause("r1", on=True))
    assert time_of(day, UP) == {"state": "stopped", "ends_at": None, "finish": False}
    day.now = NINE + 17 * MINUTE
    day.do(c.Pause("r1", on=False))
    assert time_of(day, UP) == {"state": "running", "ends_at": (UP + 7 * MINUTE) // 1000, "finish": False}
    assert time_of(day, UP + 7 * MINUTE)["state"] == "up"


def test_a_pause_after_the_end_takes_nothing_back() -> None:
    day = inside()
    day.now = UP + MINUTE
    day.do(c.Pause(None, on=True))
    assert time_of(day, UP + 2 * MINUTE)["state"] == "up"


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 30)), max_size=4), st.integers(0, 200))
def test_pauses_never_bring_the_end_nearer(pauses: list[tuple[int, int]], at: int) -> None:
    day = inside()
    for before, length in pauses:
        day.now += before * MINUTE
        day.do(c.Pause("r1", on=True))
        day.now += length * MINUTE
        day.do(c.Pause("r1", on=False))
    assert sum(before + length for before, length in pauses) * MINUTE < REACH
    found = time_of(day, max(day.now, NINE + at * MINUTE))
    assert found["ends_at"] * 1000 >= UP
    assert (found["state"] == "up") == (day.now >= found["ends_at"] * 1000)


def over_time(day: Day, at: int) -> list[dict[str, Any]]:
    return [task for task in console(day, at, "o")["tasks"] if task["code"] == "over_time"]


def test_reception_is_told_when_the_next_one_waits_and_until_it_is_settled() -> None:
    day = inside()
    assert over_time(day, UP) == []  # nobody waits
    day.seat("b", sid="other")
    assert over_time(day, UP - 1) == []
    (task,) = over_time(day, UP)
    assert (task["interview"], task["since"], task["action"], task["urgency"]) == ("a", UP // 1000, "finish", "soon")
    day.do(c.Finish("a"))
    assert over_time(day, UP + 1) == []


def test_somebody_who_waits_elsewhere_or_is_on_hold_is_no_reason() -> None:
    day = inside()
    day.schedule("d", room="r2")
    day.seat("d", sid="there")
    assert over_time(day, UP) == []
    day.seat("b", sid="other")
    day.do(c.Hold("b", on=True))
    assert over_time(day, UP) == []


def test_the_candidate_is_told_where_the_rules_have_it_said_beforehand() -> None:
    day = inside()
    day.now = ALMOST
    assert candidate_view(scene(day), "a", "sid")["time"] == {"state": "almost_up", "ends_at": UP // 1000}
    assert companion_view(scene(day), "a", "companion.1", "s9")["time"] is None  # has not arrived
    assert candidate_view(scene(day), "b", "sid2")["time"] is None
    quiet = inside(almost_up=0)
    quiet.now = UP
    assert candidate_view(scene(quiet), "a", "sid")["time"] is None
    assert console_view(scene(quiet), "s")["rows"]["a"]["time"]["state"] == "up"


def test_time_that_is_up_ends_nothing() -> None:
    day = inside(max_length_then="finish_proposed")
    day.now = UP + 120 * MINUTE
    assert day.see("a").phase == "in_session"
    assert "finish" in console(day, day.now)["rows"]["a"]["can"]
