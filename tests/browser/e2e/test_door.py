"""At the door: asked to start early, another name, wrong numbers, the shared link."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, expect

from tests.browser.e2e.people import PATIENCE, day_in
from tests.support.demo import Demo

pytestmark = [pytest.mark.browser, pytest.mark.process, pytest.mark.asyncio(loop_scope="session")]


async def test_an_early_start_is_asked_for_and_may_be_declined(demo: Demo, browser: Browser) -> None:
    early = demo.of_room("r3")[2]
    number = early["exam_number"]
    async with day_in(browser) as day:
        console = await day.console(demo.consoles("r3")[0])
        await console.ready()
        candidate = await day.candidate()
        await candidate.arrive(early["link"], number, early["name"])
        place = await candidate.page.locator(".place-words").inner_text()
        await console.zone(number, "waiting")

        await console.press("a")
        await candidate.page.locator("[data-action=early-no]").wait_for()
        assert await candidate.now_on() == "waiting"
        await candidate.shot("3-early-question-phone")
        await candidate.page.locator("[data-action=early-no]").click()
        await expect(candidate.page.locator("[data-key=answered]")).to_be_visible(timeout=PATIENCE)
        assert await candidate.page.locator(".place-words").inner_text() == place
        await expect(console.row(number).locator(".row-state")).to_contain_text("時間まで待つ", timeout=PATIENCE)
        await console.shot("3-early-declined-console")

        await console.press("a")
        await candidate.page.locator("[data-action=early-yes]").click()
        await candidate.screen("called", "room")
        await console.zone(number, "now")


async def test_a_differing_name_takes_the_seat_and_waits_for_a_person(demo: Demo, browser: Browser) -> None:
    other = demo.of_room("r1")[1]
    number = other["exam_number"]
    async with day_in(browser) as day:
        console = await day.console(demo.consoles("r1")[0])
        await console.ready()
        candidate = await day.candidate()
        await candidate.arrive(other["link"], number, "渡部 健一")
        await console.zone(number, "waiting")
        await console.choose(number)
        await console.press("a")
        await expect(console.page.locator("#refusal-text")).to_contain_text("同じ人", timeout=PATIENCE)
        assert await candidate.now_on() == "waiting"
        await expect(console.row(number).locator(".typed mark").first).to_be_visible(timeout=PATIENCE)
        await console.shot("3-difference-console")
        await console.do(number, "same-person")
        await expect(console.row(number).locator("[data-command=admit]")).to_be_visible(timeout=PATIENCE)
        await console.press("a")
        await candidate.screen("called", "room")


async def test_somebody_who_is_not_the_person_loses_the_seat_and_is_told(demo: Demo, browser: Browser) -> None:
    other = demo.of_room("r2")[1]
    number = other["exam_number"]
    async with day_in(browser) as day:
        console = await day.console(demo.consoles("r2")[0])
        stranger = await day.candidate()
        await stranger.arrive(other["link"], number, "全くの別人")
        await console.zone(number, "waiting")
        await console.do(number, "not-same-person")
        await console.fill_dialog(reason="受験票と違う人でした")
        await stranger.screen("fenced-not_this_person")
        await stranger.shot("3-not-this-person-phone")
        await console.zone(number, "late", "coming")
        right = await day.candidate()
        await right.arrive(other["link"], number, other["name"])
        await console.zone(number, "waiting")
        assert await stranger.now_on() == "fenced-not_this_person"


async def test_wrong_numbers_end_with_a_person_and_not_in_a_dead_end(demo: Demo, browser: Browser) -> None:
    lost = demo.of_room("r2")[0]
    async with day_in(browser) as day:
        console = await day.console(demo.consoles("r2")[0])
        candidate = await day.candidate()
        await candidate.open(lost["link"])
        await candidate.agree()
        await candidate.skip_check()
        for _ in range(2):
            await candidate.type_in("9999", lost["name"])
            await expect(candidate.page.locator("#refused")).to_be_visible(timeout=PATIENCE)
            await expect(candidate.page.locator("[data-submit=check-in] [aria-disabled=true]")).to_have_count(0)
        await candidate.shot("3-refused-phone")
        await candidate.type_in("9999", lost["name"])
        await candidate.screen("claim")
        await candidate.shot("3-claim-phone")

        claim = console.page.locator(".claims [data-form=accept-claim]")
        await claim.wait_for()
        await console.shot("3-claim-console")
        await claim.click()
        interview = (await demo.attendance())[lost["exam_number"]]["id"]
        await console.fill_dialog(interview=interview, reason="電話で確認しました", count_from_first="on")
        await candidate.screen("waiting")
        row = (await demo.attendance())[lost["exam_number"]]
        assert row["first_attempt_at"] == row["counts_at"] < row["arrived_at"]


async def test_the_shared_link_leads_to_the_seat_and_never_to_anothers(demo: Demo, browser: Browser) -> None:
    person = demo.of_room("r2")[2]
    shared = next(one["link"] for one in demo.links["shared"] if one["room"] == "r2")
    async with day_in(browser) as day:
        console = await day.console(demo.consoles("r2")[0])
        first = await day.candidate()
        await first.arrive(shared, person["exam_number"], person["name"])
        await first.shot("3-shared-waiting-phone")
        await console.zone(person["exam_number"], "waiting")

        second = await day.candidate()
        await second.open(shared)
        await second.agree()
        await second.skip_check()
        await second.type_in(person["exam_number"], person["name"])
        await second.screen("claim")
        await expect(console.page.locator(".claims [data-form=refuse-claim]")).to_be_visible(timeout=PATIENCE)
        assert await first.now_on() == "waiting"
        await console.page.locator(".claims [data-form=refuse-claim]").click()
        await console.fill_dialog(reason="すでに受付済みです")
        await second.screen("number")
        assert re.search("電話", await second.text())
        assert await first.now_on() == "waiting"
