"""A whole interview in real browsers: link, consent, devices, seat, knock, admission, call, finish, the next one."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime, timedelta

import pytest
from playwright.async_api import Browser, expect

from tests.browser.e2e.people import DESK, PATIENCE, day_in, full_width
from tests.support.demo import Demo

pytestmark = [
    pytest.mark.browser,
    pytest.mark.process,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(300),  # six pages with video on two cores
]


async def test_an_interview_from_the_link_to_the_next_candidate(demo: Demo, browser: Browser) -> None:
    late, due = demo.of_room("r1")[:2]
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
        await first.press("u")
        await expect(first.page.locator("#stage .closing")).to_be_hidden(timeout=PATIENCE)
        await candidate.sees_and_hears(2)

        await first.press("f")
        await expect(first.page.locator("#stage .closing")).to_be_visible(timeout=PATIENCE)
        await first.shot("1-console-closing")  # not in the ten seconds that "u" has, above
        await candidate.shot("1-closing-phone")
        await first.press("f")
        await candidate.screen("end-finished")
        await candidate.shot("1-done-phone")
        await asyncio.gather(*(console.sees_and_hears(1) for console in panel))

        admin = await day.admin(demo.links["admin"])
        await admin.shot("1-admin")
        begins = datetime.fromisoformat(late["start"]) - timedelta(minutes=20)
        row = ["2999", "黒川 海斗", "第1面接室", begins.strftime("%Y/%m/%d"), begins.strftime("%H:%M"), "林 美玲(通訳)"]
        await admin.import_roster([["受験番号", "氏名", "面接室", "面接日", "開始時刻", "同伴者"], row])
        links = {
            one["person"]: one["link"] for one in (await demo.operate("invites"))["invites"] if one["number"] == "2999"
        }
        helper = await day.candidate(size=DESK)
        await helper.arrive(links["companion.1"], None, "林 美玲")
        await helper.shot("1-companion-waiting")
        following = await day.candidate(size=DESK)
        await following.arrive(links["candidate"], "2999", "黒川 海斗")
        await following.shot("1-waiting-desk")

        await first.zone("2999", "waiting")
        await first.press("a")
        await following.screen("room")
        await helper.screen("room")
        await asyncio.gather(*(person.sees_and_hears(3) for person in (first, second, following, helper)))
        await following.shot("1-four-candidate-desk")
        await second.shot("1-four-console")
        await first.press("f")
        await first.press("f")
        await asyncio.gather(following.screen("end-finished"), helper.screen("end-finished"))
        await asyncio.gather(*(console.sees_and_hears(1) for console in panel))
        await first.shot("1-console-done")

        await admin.go("attendance")
        await admin.page.locator("[data-action=attendance]").click()
        await expect(admin.page.locator("#attendance-table tbody tr")).to_have_count(25, timeout=PATIENCE)
        await admin.shot("1-admin-attendance")
        record = await admin.attendance()
        assert len(record) == 25
        rows = {row["受験番号"]: row for row in record}
        assert len(rows) == 25, "every interview once"
        assert [rows[number]["判定"] for number in (late["exam_number"], "2002", "2999")] == ["未到着", "遅刻", "遅刻"]
        assert [rows[number]["状態"] for number in (late["exam_number"], "2002", "2999")] == ["未受付", "終了", "終了"]
        assert rows["2002"]["本人確認"] == "済 (番号・氏名)"
        assert rows["2002"]["受付時刻"] <= rows["2002"]["入室時刻"] <= rows["2002"]["終了時刻"]
        assert "林 美玲" in rows["2999"]["同伴者"]
