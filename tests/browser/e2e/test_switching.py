"""The provider is changed in the middle of an interview: both talk in the other room, behind the link of before."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser.e2e import there
from tests.browser.e2e.people import PATIENCE, Candidate, Console, Day, day_in
from tests.support.brokering import Brokering, brokering

pytestmark = [
    pytest.mark.browser,
    pytest.mark.process,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(300),  # two tabs a person, and video on two cores
]
REASON = "Zoomの音声が途切れるため"


@pytest_asyncio.fixture(loop_scope="session")
async def office(short_folder: Path) -> AsyncIterator[Brokering]:
    async with brokering(short_folder) as made:
        yield made


class At:
    """An interview under way at Zoom, both sides in the meeting. ``told``: the test, in the names of pictures."""

    def __init__(self, office: Brokering, day: Day, told: str) -> None:
        self.office, self.day, self.told = office, day, told
        self.due = office.of_room("r1")[1]
        self.number, self.name = self.due["exam_number"], self.due["name"]

    candidate: Candidate
    console: Console
    tab: Page  # the candidate's, at Zoom
    host: Page  # the interviewer's

    @property
    def shown(self) -> str:
        return f"{self.number} {self.name}"

    async def admitted(self) -> None:
        """From the waiting page to Zoom's join page, and the interviewer's own way there."""
        self.console = await self.day.console(self.office.console("r1"))
        await self.console.ready()
        self.candidate = await self.day.candidate()
        await self.candidate.arrive(self.due["link"], self.number, self.name)
        await self.console.zone(self.number, "waiting")
        await self.office.opened(self.number, "zoom")
        await self.candidate.shots(f"s-{self.told}-1-waiting-candidate")
        await self.console.shots(f"s-{self.told}-1-waiting-console")

        await self.console.press("a")
        await self.candidate.screen("redirect")
        await expect(self.candidate.page.locator("a.button-huge")).to_be_visible(timeout=PATIENCE)
        await self.candidate.shots(f"s-{self.told}-2-called-candidate")
        await self.console.shots(f"s-{self.told}-2-admitting-console")
        self.tab = await self.candidate.go_through()
        await expect(self.tab.locator("#name")).to_have_text(self.shown)
        await there.shot(self.tab, f"s-{self.told}-3-zoom-join-candidate")
        await there.join_zoom(self.tab)
        await expect(self.tab.locator("#refused")).to_contain_text("Please wait for the host")

    async def met(self) -> None:
        """The interviewer goes there with one key, and each sees the other."""
        await self.console.zone(self.number, "now")
        self.host = await self.console.opens(lambda: self.console.press("o"))
        await there.join_zoom(self.host)
        for tab in (self.host, self.tab):
            await there.sees(tab, self.shown, there.HOST)
        await there.shot(self.host, f"s-{self.told}-3-zoom-host")
        await expect(self.candidate.page.locator("[data-key=there]")).to_be_visible(timeout=PATIENCE)
        await self.candidate.shots(f"s-{self.told}-4-there-candidate")
        await self.console.shots(f"s-{self.told}-4-there-console")

    async def switched(self, to: str) -> None:
        """By the administrator: a dry run, a reason, "move"."""
        admin = await self.day.admin(self.office.admin("switch"))
        await admin.look_at_switch(to, move=True)
        moved = admin.page.locator("[data-key=effect-moves]")
        await expect(moved).to_contain_text(self.name)
        await moved.evaluate("group => { group.open = true; }")
        await admin.shots(f"s-{self.told}-5-dry-run-admin")
        await admin.apply_switch(REASON)
        await admin.shots(f"s-{self.told}-6-applied-admin")
        await admin.page.close()

    async def talking(self, candidate: Candidate) -> None:
        """Picture and sound in the built-in room, from each to the other."""
        await candidate.screen("room")
        await self.console.press("o")
        await asyncio.gather(candidate.sees_and_hears(1), self.console.sees_and_hears(1))
        await candidate.shots(f"s-{self.told}-8-room-candidate")
        await self.console.shots(f"s-{self.told}-8-room-console")

    async def left_behind(self) -> None:
        """Nobody is left at Zoom: its meeting has ended, on both sides, and is gone."""
        for tab in (self.host, self.tab):
            await there.is_over(tab)
        await self.office.until(lambda: not self.office.interview(self.number).superseded)
        assert not self.office.zoom.world.meetings

    async def one_stay(self, arrived: int) -> None:
        """The same seat and the same admission all along, and it can be finished."""
        found = self.office.interview(self.number)
        assert found.arrival is not None
        assert (found.phase, found.admission, found.arrival.at) == ("in_session", 1, arrived)
        await self.console.press("f")
        await self.console.press("f")
        await self.office.until(lambda: self.office.interview(self.number).phase == "finished")


async def test_both_talk_in_the_built_in_room_without_a_new_link(office: Brokering, browser: Browser) -> None:
    async with day_in(browser) as day:
        at = At(office, day, "awake")
        await at.admitted()
        await at.met()
        arrived = office.interview(at.number).arrival
        assert arrived is not None
        await at.switched("webrtc")
        await at.candidate.screen("moved")
        await at.candidate.shots("s-awake-7-moved-candidate")
        await at.console.shots("s-awake-7-moved-console")
        await at.talking(at.candidate)
        await at.left_behind()
        await at.one_stay(arrived.at)
        await at.candidate.screen("end-finished")


async def test_a_page_that_sleeps_during_the_move_finds_the_other_room_when_it_wakes(
    office: Brokering, browser: Browser
) -> None:
    """The console says meanwhile that somebody has to tell them, and by which telephone."""
    async with day_in(browser) as day:
        at = At(office, day, "asleep")
        await at.admitted()
        await at.met()
        arrived = office.interview(at.number).arrival
        assert arrived is not None
        state = at.console.row(at.number).locator(".row-state")
        asleep = await at.candidate.freeze()
        await expect(state).to_contain_text("◐", timeout=PATIENCE)
        await at.switched("webrtc")
        await tell_aloud(at)
        for tab in (at.host, at.tab):
            await there.sees(tab, at.shown, there.HOST)
        await at.candidate.wake(asleep)
        await at.talking(at.candidate)
        await at.left_behind()
        await at.one_stay(arrived.at)


async def test_a_page_that_was_closed_comes_to_the_other_room_by_the_link_of_before(
    office: Brokering, browser: Browser
) -> None:
    async with day_in(browser) as day:
        at = At(office, day, "closed")
        await at.admitted()
        await at.met()
        arrived = office.interview(at.number).arrival
        assert arrived is not None
        await at.candidate.page.close()
        await at.switched("webrtc")
        office.unheard(at.number)
        await office.until(lambda: office.interview(at.number).away_since)
        await tell_aloud(at)
        reopened = await day.candidate(at.tab.context)
        await reopened.open(at.due["link"])
        await reopened.screen("moved")
        await reopened.shots("s-closed-7-reopened-candidate")
        await at.talking(reopened)
        await at.left_behind()
        await at.one_stay(arrived.at)


async def tell_aloud(at: At) -> None:
    """The interviewer, who hears the candidate at Zoom still, is told what to say, and whom to call."""
    moving = at.console.page.locator("#stage [data-key=moving]")
    await expect(moving).to_contain_text("受験者の画面が開いていません", timeout=PATIENCE)
    row = at.office.hall.people.roster[at.office.interview(at.number).id]
    await expect(moving).to_contain_text(row["telephone"])
    await at.console.shots(f"s-{at.told}-6-moving-console")


async def test_terms_of_the_next_provider_come_before_its_door_and_while_one_waits(
    short_folder: Path, browser: Browser
) -> None:
    """From the built-in room to Zoom: whoever talks goes on talking until they have agreed; whoever waits keeps the
    place and agrees early."""
    async with brokering(short_folder, "webrtc") as office, day_in(browser) as day:
        inside, after = office.of_room("r1")[1:3]
        console = await day.console(office.console("r1"))
        await console.ready()
        await console.join()
        candidate, waiting = await day.candidate(), await day.candidate()
        await candidate.arrive(inside["link"], inside["exam_number"], inside["name"])
        await waiting.arrive(after["link"], after["exam_number"], after["name"])
        await console.zone(inside["exam_number"], "waiting")
        await console.choose(inside["exam_number"])
        await console.press("a")
        await candidate.screen("room")
        await asyncio.gather(candidate.sees_and_hears(1), console.sees_and_hears(1))

        admin = await day.admin(office.admin("switch"))
        await admin.look_at_switch("zoom", move=True)
        await admin.apply_switch(REASON)
        await waiting.page.locator("#terms").wait_for()
        assert await waiting.now_on() == "waiting"
        await waiting.shots("s-terms-1-waiting-candidate")
        await candidate.screen("terms")
        await expect(candidate.page.locator("[data-key=lead]")).to_contain_text("面接は続いています")
        await candidate.shots("s-terms-1-inside-candidate")
        await console.shots("s-terms-1-console")
        await asyncio.gather(candidate.sees_and_hears(1), console.sees_and_hears(1))
        assert await candidate.page.locator("a.button-huge").count() == 0, "no door before the terms"

        for person in (waiting, candidate):
            await agree_to_terms(person)
        await waiting.page.locator("#terms").wait_for(state="detached")
        await candidate.screen("redirect-moved")
        await expect(candidate.page.locator("a.button-huge")).to_be_visible(timeout=PATIENCE)
        await candidate.shots("s-terms-2-door-candidate")
        tab = await candidate.go_through()
        await there.join_zoom(tab)
        host = await console.opens(lambda: console.press("o"))
        await there.join_zoom(host)
        await there.sees(tab, f"{inside['exam_number']} {inside['name']}", there.HOST)
        await candidate.screen("redirect")
        await candidate.shots("s-terms-3-there-candidate")
        await console.shots("s-terms-3-there-console")


async def agree_to_terms(person: Candidate) -> None:
    await person.page.check("#terms [name=terms]")
    await person.page.click("#terms [type=submit]")
