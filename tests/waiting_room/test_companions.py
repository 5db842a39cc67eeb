"""How many companions come in, by the rules."""

from __future__ import annotations

from typing import Any

import pytest

from tests.waiting_room.day import NINE, Day
from waiting_room import commands as c


def a_day(**policy: Any) -> Day:
    day = Day(policy=policy)
    day.schedule("a", start=NINE, companions=2)
    for n in (1, 2):
        day.do(c.Consent("a", f"s{n}", "1", person=f"companion.{n}"), f"companion:a.{n}")
    return day


def arrive(n: int, sid: str = "") -> c.ArriveAsCompanion:
    return c.ArriveAsCompanion("a", sid or f"s{n}", f"companion.{n}", NINE)


@pytest.mark.parametrize(("policy", "refusals"), [
    ({}, [None, None]), ({"max_companions": 1}, [None, "too_many_companions"]),
    ({"companions": "none"}, ["no_companions", "no_companions"]),
])  # fmt: skip
def test_no_more_come_in_than_the_rules_let(policy: dict[str, Any], refusals: list[str | None]) -> None:
    day, found = a_day(**policy), []
    for n in (1, 2):
        refusal = day.refusal(arrive(n))
        found.append(refusal)
        if refusal is None:
            day.do(arrive(n))
    assert found == refusals


def test_whoever_came_stays_when_the_rules_change_and_may_come_back_on_another_device() -> None:
    day = a_day()
    day.do(arrive(1))
    day.do(c.ChangePolicy({"companions": "none"}))
    assert day.do(arrive(1, "phone")) == ["companion_arrived"]
    assert day.refusal(arrive(2)) == "no_companions"
