"""Two interviewers press at the same moment: one candidate in the room, one admission, and both see the same."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Browser, expect

from tests.browser.e2e.people import PATIENCE, Candidate, Console, Day, day_in
from tests.support.demo import Demo

pytestmark = [pytest.mark.browser, pytest.mark.process, pytest.mark.asyncio(loop_scope="session")]

IN_THE_ROOM = '[data-zone="now"] .row'


async def seated(demo: Demo, day: Day, room: str) -> tuple[list[Console], list[dict[str, str]], list[Candidate]]:
    """Two consoles and the first two candidates of a room, who wait."""
    consoles = [await day.console(link) for link in demo.consoles(room)]
    await consoles[0].ready()
    rows = demo.of_room(room)[:2]
    people = [await day.candidate() for _ in rows]
    for row, person in zip(rows, people, strict=True):
        await person.arrive(row["link"], row["exam_number"], row["name"])
    for console in consoles:
        for row in rows:
            await console.zone(row["exam_number"], "waiting")
    return consoles, rows, people


async def kinds_of(demo: Demo, rows: list[dict[str, str]]) -> list[str]:
    record = await demo.attendance()
    return [kind for row in rows for kind in demo.kinds(record[row["exam_number"]]["id"])]


async def test_the_same_person_is_admitted_once(demo: Demo, browser: Browser) -> None:
    async with day_in(browser) as day:
        consoles, rows, people = await seated(demo, day, "r1")
        await asyncio.gather(*(console.press("a") for console in consoles))
        await people[0].screen("called", "room")
        for console in consoles:
            await console.zone(rows[0]["exam_number"], "now")
            await console.zone(rows[1]["exam_number"], "waiting")
        assert await people[1].now_on() == "waiting"
        kinds = await kinds_of(demo, rows)
        assert (kinds.count("called"), kinds.count("admitted")) == (1, 1)


async def test_of_two_persons_one_is_in_the_room(demo: Demo, browser: Browser) -> None:
    async with day_in(browser) as day:
        consoles, rows, people = await seated(demo, day, "r2")
        for console, row in zip(consoles, rows, strict=True):
            await console.choose(row["exam_number"])
        await asyncio.gather(*(console.press("a") for console in consoles))
        await consoles[0].page.locator(IN_THE_ROOM).wait_for()
        inside = (
            0 if await consoles[0].page.locator(f"{IN_THE_ROOM}:has-text('{rows[0]['exam_number']}')").count() else 1
        )
        await people[inside].screen("called", "room")
        for console in consoles:
            await console.zone(rows[inside]["exam_number"], "now")
            await console.zone(rows[1 - inside]["exam_number"], "waiting")
        await expect(consoles[1 - inside].page.locator("#refusal")).to_be_visible(timeout=PATIENCE)
        await expect(consoles[inside].page.locator("#refusal")).to_be_hidden()
        await consoles[1 - inside].shot("7-second-console")
        assert await people[1 - inside].now_on() == "waiting"
        kinds = await kinds_of(demo, rows)
        assert (kinds.count("called"), kinds.count("admitted")) == (1, 1)
