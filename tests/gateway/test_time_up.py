"""The moments of a bounded interview reach every page when they come, without anybody doing anything."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.day import FILE, HANAKO, JIRO, SECOND, Day, Entrant, day

RULES = {"max_minutes": 30, "almost_up": 5, "max_minutes_then": "finish_proposed"}
NEXT = Entrant("ivdddddddddddd", "A-1004", "青葉 次", due=9)


@pytest.fixture
async def bounded(tmp_path: Path) -> AsyncIterator[Day]:
    async with day(tmp_path, entrants=(HANAKO, NEXT, JIRO), file={**FILE, "policy": RULES}) as made:
        yield made


def wake_at(today: Day, at: int, before: float = 0.3) -> None:
    """Shortly before that moment: the agenda has to see to the rest."""
    today.clock.shift((at - today.clock()) / SECOND - before)
    today.gateway.agendas[today.hall.id].wake()


async def test_each_moment_is_pushed_and_nothing_ends_by_itself(bounded: Day) -> None:
    today = bounded
    panel, desk = await today.staff("ito", "interviewer", ("r1",)), await today.staff("ueda", "reception")
    hanako = await today.candidate(HANAKO)
    await today.candidate(NEXT)
    await panel.must("ready", room="r1", ready=True)
    async with panel.live() as line, desk.live() as list_, hanako.live() as page:
        await line.until(lambda view: (view["rows"][HANAKO.id]["session"] or {}).get("state") == "open")
        await panel.must("admit", interview=HANAKO.id)
        await page.until(lambda view: view["admission"] and view["admission"]["ready"])
        await hanako.must("pressed")

        def state(view: Any) -> Any:
            return (view["rows"][HANAKO.id]["time"] or {}).get("state")

        seen = await line.until(lambda view: state(view) == "running")
        ends = seen["rows"][HANAKO.id]["time"]["ends_at"] * 1000
        wake_at(today, ends - 300 * SECOND)
        await line.until(lambda view: state(view) == "almost_up")
        await page.until(lambda view: view["time"] and view["time"]["state"] == "almost_up")
        assert "over_time" not in [task["code"] for task in (await desk.see())["tasks"]]
        wake_at(today, ends)
        await line.until(lambda view: state(view) == "up")
        await page.until(lambda view: view["time"]["state"] == "up")
        await list_.until(lambda view: "over_time" in [task["code"] for task in view["tasks"]])
        assert today.hall.state.interviews[HANAKO.id].phase == "in_session"
        assert today.hall.state.interviews[HANAKO.id].closing_until is None
        await desk.must("finish", interview=HANAKO.id)
        await list_.until(lambda view: "over_time" not in [task["code"] for task in view["tasks"]])


async def test_a_pause_moves_the_end_on_every_page(bounded: Day) -> None:
    today = bounded
    panel, desk = await today.staff("ito", "interviewer", ("r1",)), await today.staff("ueda", "reception")
    hanako = await today.candidate(HANAKO)
    await panel.must("ready", room="r1", ready=True)
    async with panel.live() as line, hanako.live() as page:
        await line.until(lambda view: (view["rows"][HANAKO.id]["session"] or {}).get("state") == "open")
        await panel.must("admit", interview=HANAKO.id)
        await page.until(lambda view: view["admission"] and view["admission"]["ready"])
        await hanako.must("pressed")
        seen = await line.until(lambda view: view["rows"][HANAKO.id]["time"])
        ends = seen["rows"][HANAKO.id]["time"]["ends_at"]
        await desk.must("pause", room="r1", on=True)
        await line.until(lambda view: view["rows"][HANAKO.id]["time"]["state"] == "stopped")
        today.clock.shift(7 * 60)
        await desk.must("pause", room="r1", on=False)
        seen = await line.until(lambda view: view["rows"][HANAKO.id]["time"]["state"] == "running")
        assert seen["rows"][HANAKO.id]["time"]["ends_at"] - ends >= 7 * 60_000
        shown = await page.until(lambda view: view["time"] and view["time"]["ends_at"] not in (None, ends))
        assert shown["time"]["ends_at"] == seen["rows"][HANAKO.id]["time"]["ends_at"]
