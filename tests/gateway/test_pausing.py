"""A fire alarm: looked at before, told to every page, and the times that it moved are the ones that count."""

from __future__ import annotations

from typing import Any

from tests.support.day import HANAKO, JIRO, TARO, Day


async def test_a_pause_is_previewed_told_and_shifts_what_follows(today: Day) -> None:
    taro, desk = await today.candidate(TARO), await today.staff("Ito", "reception")
    start = (await taro.see())["schedule"]["starts_at"]
    found: list[Any] = (await desk.must("pause-preview", room="r1", on=True, minutes=30))["shifts"]
    assert [(shift["interview"], shift["number"]) for shift in found] == [(TARO.id, TARO.number)]
    assert 0 < found[0]["after"] - found[0]["before"] <= 30 * 60 * 1000
    await desk.must("pause", room="r1", on=True)
    view = await desk.see()
    assert view["rooms"]["r1"]["paused_at"]
    assert view["paused_at"] is None
    assert (await taro.see())["room"]["state"] == "paused"
    today.clock.shift(25 * 60)
    row = (await desk.see())["rows"][TARO.id]
    assert row["due_at"] is None  # their time has come, and nobody's minutes run
    (shift,) = (await desk.must("pause-preview", room="r1", on=False, minutes=0))["shifts"]
    await desk.must("pause", room="r1", on=False)
    schedule = (await taro.see())["schedule"]
    assert schedule["starts_at"] == start
    assert abs(schedule["shifted_to"] - shift["after"]) < 5_000
    assert schedule["shifted_to"] - start >= 25 * 60 * 1000 - 5_000
    assert (await desk.see())["rows"][TARO.id]["due_at"] == schedule["shifted_to"]


async def test_who_comes_within_the_shifted_time_is_on_time(today: Day) -> None:
    desk = await today.staff("Ito", "reception")
    await desk.must("pause", on=True)
    assert (await desk.see())["paused_at"]
    today.clock.shift(30 * 60)
    await desk.must("pause", on=False)
    taro = await today.candidate(TARO)  # eleven minutes after the planned start
    assert (await taro.see())["seat"]["verdict"] == "on_time"


async def test_a_room_runs_no_further_behind_while_it_is_paused(today: Day) -> None:
    await today.candidate(JIRO)
    desk = await today.staff("Ito", "reception")
    before = (await desk.see())["rooms"]["r2"]["behind_minutes"]
    await desk.must("pause", room="r2", on=True)
    today.clock.shift(15 * 60)
    assert (await desk.see())["rooms"]["r2"]["behind_minutes"] == before


async def test_nothing_is_previewed_of_a_pause_that_does_not_last(today: Day) -> None:
    desk, panel = await today.staff("Ito", "reception"), await today.staff("Mori", rooms=("r1",))
    assert (await desk.must("pause-preview", on=False, minutes=0))["shifts"] == []
    assert (await panel.do("pause-preview", on=True, minutes=5)).code == "forbidden"
    head = today.hall.state.head
    await desk.must("pause-preview", on=True, minutes=5)
    assert today.hall.state.head == head
    assert HANAKO.id not in [s["interview"] for s in (await desk.must("pause-preview", on=True, minutes=5))["shifts"]]
