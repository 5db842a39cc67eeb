"""Whoever comes after the time for late entry, or after an absence, is told what the rules make of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.day import FILE, HANAKO, Day, day
from waiting_room.commands import ConfirmAbsence, ProposeAbsence, WithdrawAbsence


def ruled(tmp_path: Path, **rules: Any) -> Any:
    """Hanako's start was a minute ago."""
    return day(tmp_path, file=FILE | {"policy": rules})


async def absent(today: Day, actor: str = "staff:x") -> None:
    await today.hall.execute(ProposeAbsence(HANAKO.id), actor="reactor", command_id="p")
    await today.hall.execute(ConfirmAbsence(HANAKO.id), actor=actor, command_id="a")


async def test_too_late_is_said_as_that_and_stays_on_record(tmp_path: Path) -> None:
    async with ruled(tmp_path, late_entry="refuse") as today:
        hanako = await today.candidate(HANAKO, seated=False)
        assert (await hanako.see())["coming_late"] == {"rule": "refuse", "absent": False, "turned_away_at": None}
        answer = await hanako.must("check-in", number=HANAKO.number, name=HANAKO.name)
        assert answer["result"] == "too_late"
        shown = (await hanako.see())["coming_late"]
        assert shown["turned_away_at"] * 1000 <= today.hall.state.at
        assert today.hall.state.interviews[HANAKO.id].too_late is not None


async def test_who_comes_in_time_is_told_nothing_of_it(tmp_path: Path) -> None:
    async with ruled(tmp_path, late_entry="ask", refuse_after=30) as today:
        hanako = await today.candidate(HANAKO, seated=False)
        assert (await hanako.see())["coming_late"] is None


@pytest.mark.parametrize(
    ("rule", "actor", "told", "result"),
    [
        ("ask", "staff:x", "ask", "claimed"),
        ("refuse", "staff:x", "refuse", "too_late"),
        ("allow", "reactor", "allow", "seated"),
    ],
)
async def test_after_an_absence_the_page_says_what_a_check_in_comes_to(
    tmp_path: Path, rule: str, actor: str, told: str, result: str
) -> None:
    async with ruled(tmp_path, late_entry=rule, absence="automatic", absent_after=0) as today:
        hanako = await today.candidate(HANAKO, seated=False)
        if today.hall.state.interviews[HANAKO.id].phase != "absent":
            await absent(today, actor)
        view = await hanako.see()
        assert (view["phase"], view["coming_late"]["rule"], view["coming_late"]["absent"]) == ("absent", told, True)
        answer = await hanako.must("check-in", number=HANAKO.number, name=HANAKO.name)
        assert answer["result"] == result


async def test_an_absence_that_a_person_decided_stands_where_late_entry_is_allowed(tmp_path: Path) -> None:
    async with ruled(tmp_path, late_entry="allow", absent_after=0) as today:
        hanako = await today.candidate(HANAKO, seated=False)
        await absent(today)
        assert (await hanako.see())["coming_late"]["rule"] == "stands"
        refused = await hanako.do("check-in", number=HANAKO.number, name=HANAKO.name)
        assert refused.code == "interview_over"
        await today.hall.execute(WithdrawAbsence(HANAKO.id), actor="staff:x", command_id="w")
        assert (await hanako.must("check-in", number=HANAKO.number, name=HANAKO.name))["result"] == "seated"
