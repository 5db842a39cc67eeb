"""A whole interview in real browsers: link, consent, devices, seat, knock, admission, call, finish, the next one."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import Browser, expect

from tests.browser.e2e.people import DESK, PATIENCE, day_in, full_width
from tests.support.demo import Demo

pytestmark = [pytest.mark.browser, pytest.mark.process, pytest.mark.asyncio(loop_scope="module")]


async def test_an_interview_from_the_link_to_the_next_candidate(demo: Demo, browser: Browser) -> None:
    late, due, early = demo.of_room("r1")[:3]
    async with day_in(browser) as day:
        panel = [await day.console(link) for link in demo.consoles("r1")]
        first, second = panel
        await first.ready()
        await asyncio.gather(*(console.join() for console in panel))
        await asyncio.gather(*(console.sees_and_hears(1) for console in panel))
        await first.shot("1-console-ready")

        candidate = await day.candidate()
        await candidate.open(due["link"])
        await candidate.screen("notice")
        await candidate.shot("1-notice-phone")
        await candidate.agree()
        await candidate.check_devices()
        await candidate.shot("1-check-phone")
        await candidate.go_on()
        await candidate.screen("number")
        await candidate.shot("1-number-phone")
        await candidate.type_in(full_width(due["exam_number"]), due["name"])
        await candidate.screen("waiting")
        await expect(candidate.page.locator(".place-words")).not_to_be_empty()
        await candidate.shot("1-waiting-phone")

        await first.zone(due["exam_number"], "waiting")
        await expect(first.row(due["exam_number"])).to_have_class(re.compile("knocks"))
        assert await first.page.title() != "", "the badge of the knock"
        await first.choose(due["exam_number"])
        typed = first.row(due["exam_number"]).locator(".typed")
        await expect(typed).to_contain_text(full_width(due["exam_number"]))
        await expect(typed).to_contain_text(due["name"])
        await first.shot("1-console-knock")
        await first.press("a")
        await candidate.screen("called")
        await candidate.shot("1-called-phone")
        await first.shot("1-console-admitting")
        await candidate.screen("room")
        await first.zone(due["exam_number"], "now")
        await asyncio.gather(*(person.sees_and_hears(2) for person in (candidate, first, second)))
        await candidate.shot("1-room-phone")
        await first.shot("1-console-in-session")

        for step in ("number", "name"):
            await first.page.locator(f"#stage [data-step={step}]").check()
        await first.page.locator("#stage [data-command=identity]").click()
        await expect(first.page.locator("#stage .identity-done")).to_be_visible(timeout=PATIENCE)

        await first.press("f")
        await expect(first.page.locator("#stage .closing")).to_be_visible(timeout=PATIENCE)
        await first.shot("1-console-closing")
        await candidate.shot("1-closing-phone")
        await first.press("u")
        await expect(first.page.locator("#stage .closing")).to_be_hidden(timeout=PATIENCE)
        await candidate.sees_and_hears(2)

        after = await day.candidate(size=DESK)
        await after.arrive(early["link"], early["exam_number"], early["name"])
        await after.shot("1-waiting-desk")

        await first.press("f")
        await first.press("f")
        await candidate.screen("end-finished")
        await candidate.shot("1-done-phone")
        await asyncio.gather(*(console.sees_and_hears(1) for console in panel))
        await first.shot("1-console-done")
