"""Leaving and coming back: another device, another tab, reload, back button, a night, a sleeping phone."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.browser.e2e.people import DESK, PATIENCE, Candidate, day_in
from tests.support.demo import Demo

pytestmark = [pytest.mark.browser, pytest.mark.process, pytest.mark.asyncio(loop_scope="session")]


async def again(candidate: Candidate, screen: str) -> None:
    """Reloaded, and left and come back to by the back button: the page is where it was."""
    await candidate.page.reload()
    assert await candidate.screen("notice", "check", "number", "waiting", "called", "room", "end-finished") == screen
    await candidate.page.goto("about:blank")
    await candidate.page.go_back()
    await candidate.screen(screen)


async def test_reload_and_back_lead_to_the_same_place_at_every_step(demo: Demo, browser: Browser) -> None:
    due = demo.of_room("r1")[1]
    number = due["exam_number"]
    async with day_in(browser) as day:
        console = await day.console(demo.consoles("r1")[0])
        await console.ready()
        await console.join()
        candidate = await day.candidate()
        await candidate.open(due["link"])
        await candidate.screen("notice")
        await again(candidate, "notice")
        await candidate.agree()
        await candidate.screen("check")
        await again(candidate, "check")
        await candidate.skip_check()
        await candidate.screen("number")
        await again(candidate, "number")
        await candidate.type_in(number, due["name"])
        await candidate.screen("waiting")
        arrived = (await demo.attendance())[number]["arrived_at"]
        await again(candidate, "waiting")
        await console.zone(number, "waiting")
        await console.press("a")
        await candidate.screen("room")
        await candidate.sees_and_hears(1)
        await candidate.page.reload()
        await candidate.screen("room")
        await candidate.sees_and_hears(1)
        await console.sees_and_hears(1)
        await console.press("f")
        await console.press("f")
        await candidate.screen("end-finished")
        await again(candidate, "end-finished")
        row = (await demo.attendance())[number]
        assert row["arrived_at"] == arrived
        assert demo.kinds(row["id"]).count("checked_in") == 1


async def test_a_second_device_takes_the_seat_over_and_the_first_is_silent(demo: Demo, browser: Browser) -> None:
    due = demo.of_room("r2")[1]
    number = due["exam_number"]
    async with day_in(browser) as day:
        console = await day.console(demo.consoles("r2")[0])
        desk = await day.candidate(size=DESK)
        await desk.arrive(due["link"], number, due["name"])
        arrived = (await demo.attendance())[number]["arrived_at"]

        phone = await day.candidate()
        await phone.open(due["link"])
        await phone.skip_check()
        await phone.type_in(number, due["name"])
        await phone.screen("waiting")
        await desk.screen("fenced-taken_over")
        await desk.shot("3-fenced-desk")
        asked: list[str] = []
        desk.page.on("request", lambda request: asked.append(request.url))
        desk.page.on("websocket", lambda socket: asked.append(socket.url))
        await phone.page.reload()
        await phone.screen("waiting")
        await console.zone(number, "waiting")
        assert await desk.now_on() == "fenced-taken_over"
        assert not asked, "a page that was taken over asks for nothing"

        await desk.page.locator("[data-action=take-over]").click()
        await desk.screen("waiting")
        await phone.screen("fenced-taken_over")
        assert (await demo.attendance())[number]["arrived_at"] == arrived


async def test_tabs_and_people_in_one_browser_do_not_mix(demo: Demo, browser: Browser) -> None:
    """A second tab of the same link, another candidate's link, and a console beside them."""
    one, two = demo.of_room("r3")[1], demo.of_room("r3")[2]
    async with day_in(browser) as day:
        context = await day.context(DESK)
        first = await day.candidate(context)
        await first.arrive(one["link"], one["exam_number"], one["name"])
        second_tab = await day.candidate(context)
        await second_tab.open(one["link"])
        await second_tab.screen("waiting")
        assert await first.now_on() == "waiting"

        neighbour = await day.candidate(context)
        await neighbour.arrive(two["link"], two["exam_number"], two["name"])
        console = await day.console(demo.consoles("r3")[0], context)
        await console.zone(one["exam_number"], "waiting")
        await console.zone(two["exam_number"], "waiting")
        for page, mine, other in ((first, one, two), (neighbour, two, one)):
            await page.page.reload()
            await page.screen("waiting")
            assert other["name"] not in await page.page.content()
            assert mine["exam_number"] in (await demo.attendance())
        await console.do(one["exam_number"], "message")
        await console.fill_dialog(text="お一人だけへの連絡です")
        await first.until("document.body.innerText.includes('お一人だけ')")
        await second_tab.until("document.body.innerText.includes('お一人だけ')")
        assert "お一人だけ" not in await neighbour.text()


async def test_a_page_left_open_overnight_is_present_again(demo: Demo, browser: Browser) -> None:
    someone = demo.of_room("r2")[2]
    async with day_in(browser) as day:
        candidate = await day.candidate()
        await candidate.page.clock.install()
        await candidate.arrive(someone["link"], someone["exam_number"], someone["name"])
        console = await day.console(demo.consoles("r2")[0])
        await candidate.page.clock.fast_forward("11:00:00")
        await candidate.page.clock.resume()
        await console.do(someone["exam_number"], "message")
        await console.fill_dialog(text="おはようございます")
        await candidate.until("document.body.innerText.includes('おはようございます')")
        assert await candidate.now_on() == "waiting"
        await expect(candidate.page.locator("#line")).to_be_hidden(timeout=PATIENCE)


async def test_a_phone_that_sleeps_is_asleep_and_not_gone(demo: Demo, browser: Browser) -> None:
    someone = demo.of_room("r2")[0]
    number = someone["exam_number"]
    async with day_in(browser) as day:
        console = await day.console(demo.consoles("r2")[0])
        candidate = await day.candidate()
        await candidate.arrive(someone["link"], number, someone["name"])
        state = console.row(number).locator(".row-state")
        await expect(state).to_contain_text("●", timeout=PATIENCE)
        asleep = await candidate.freeze()
        await expect(state).to_contain_text("◐", timeout=PATIENCE)
        await console.shot("3-asleep-console")
        await console.do(number, "message")
        await console.fill_dialog(text="起きたら読んでください")
        await candidate.wake(asleep)
        await expect(state).to_contain_text("●", timeout=PATIENCE)
        await candidate.until("document.body.innerText.includes('起きたら')")
        assert await candidate.now_on() == "waiting"

        await candidate.page.close()
        reopened = await day.candidate(candidate.page.context)
        await reopened.open(someone["link"])
        await reopened.screen("waiting")
        assert demo.kinds((await demo.attendance())[number]["id"]).count("checked_in") == 1
