"""A public employment office's consultations, from the roster to the record: the preset ``job-consultation``, held in
Zoom, with one in time, one whose device does not work, one who says nothing on the day and one who never replied."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from gateway.operations import run as operate
from tests.browser.e2e import days, there
from tests.browser.e2e.days import Applicant
from tests.browser.e2e.people import PATIENCE, Admin, Day, day_in
from tests.support.brokering import Brokering, brokering

pytestmark = [
    pytest.mark.browser,
    pytest.mark.process,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(300),
]

FILE = days.office_file(
    "minato-consult",
    "job-consultation",
    {"ja": "オンライン職業相談", "en": "Online job consultations"},
    ["相談室1"],
)
ROOM = "相談室1"
WEEK = 7 * 86_400
IN_TIME = Applicant("J-5001", "青葉 花子", "アオバ ハナコ", "10:00", ROOM)
STUCK = Applicant("J-5002", "渡邉 太郎", "ワタナベ タロウ", "10:30", ROOM)
SILENT = Applicant("J-5003", "髙橋 次郎", "タカハシ ジロウ", "11:00", ROOM)
NO_REPLY = Applicant("J-5004", "五十嵐 ティナ", "イガラシ ティナ", "11:30", ROOM)
ROSTER = (IN_TIME, STUCK, SILENT, NO_REPLY)


async def set_up(office: Brokering, admin: Admin) -> None:
    """A week before: a time outside the opening hours is named by its line; then the right sheet."""
    day = days.today(office.clock) + days.A_WEEK
    evening = Applicant("J-5009", "夜間 利用", "ヤカン リヨウ", "18:00", ROOM)
    await days.choose_roster(office, admin, [*ROSTER, evening], day)
    faults = admin.page.locator("table.faults")
    await expect(faults.locator("tbody tr", has_text="6")).to_have_count(1, timeout=PATIENCE)
    await admin.shots("consult-1-faults-admin")
    await days.import_roster(office, admin, ROSTER, day)
    sent = {"event": office.hall.id, "what": "invitation", "all": True, "by_office": True}
    await operate(office.gateway.house, "mail-send", sent)  # the office has mailed its own letters


async def reply(office: Brokering, day: Day, who: Applicant) -> None:
    """On the link, days before: without it the booking is void."""
    candidate = await day.candidate()
    await candidate.open(days.link_of(office, who.number))
    await candidate.agree()
    await candidate.screen("confirm")
    if who is IN_TIME:
        await candidate.shots("consult-1-confirm-candidate")
    await candidate.page.locator("[data-action=confirm]").click()
    await candidate.skip_check()
    await expect(candidate.page.locator("[data-key=replied]")).to_be_visible(timeout=PATIENCE)
    await candidate.page.context.close()


async def test_consultations_from_the_roster_to_the_record(short_folder: Path, browser: Browser) -> None:
    clock = days.morning(9, 0)
    clock.shift(-WEEK)
    async with (
        brokering(short_folder, "zoom", worker=False, event=FILE, clock=clock) as office,
        day_in(browser) as day,
    ):
        await set_up(office, await day.admin(office.links["admin"]))
        for who in (IN_TIME, STUCK, SILENT):
            await reply(office, day, who)
        office.shift(WEEK)
        await office.until(lambda: office.interview(NO_REPLY.number).over)
        console, reception = await day.console(office.console("r1")), await day.console(office.links["reception"])
        await console.ready()

        # In time: number, name and date of birth; then Zoom, and back.
        await days.to(office, 9, 50)
        first = await day.candidate()
        await days.comes(office, first, IN_TIME)
        await office.opened(IN_TIME.number, "zoom")
        await days.to(office, 10, 0, 5)
        await console.zone(IN_TIME.number, "waiting")
        await console.choose(IN_TIME.number)
        await console.press("a")
        await first.screen("redirect")
        await first.shots("consult-2-called-candidate")
        tab = await first.go_through()
        await there.join_zoom(tab)
        host = await console.opens(lambda: console.press("o"))
        await there.join_zoom(host)
        await there.sees(tab, f"{IN_TIME.number} {IN_TIME.name}", there.HOST)
        await expect(first.page.locator("[data-key=there]")).to_be_visible(timeout=PATIENCE)
        await console.shots("consult-2-there-console")
        await console.press("f")
        await console.press("f")
        await there.is_over(tab)
        await first.screen("end-finished")

        # Cannot connect, and says so in time: a task, a telephone call, and no absence by itself.
        second = await day.candidate()
        await second.open(days.link_of(office, STUCK.number))
        await second.screen("declare")
        await second.page.locator("#help > summary").click()
        await second.page.locator("[data-choice=cannot_connect]").click()
        await expect(second.page.locator(".voice-call")).to_contain_text("000-123-4567")
        await second.shots("consult-3-stuck-candidate")
        await second.page.locator("form[data-submit=cannot-connect] button[type=submit]").click()
        await days.task(reception, "つながらないとの連絡", STUCK.number)
        await reception.shots("consult-3-tasks-reception")
        await reception.page.locator(f'.task:has(.row-number:text-is("{STUCK.number}")) [data-command=contact]').click()
        await reception.fill_dialog(note="電話で相談し、後日に来所します。")
        await days.no_task(reception, STUCK.number)
        await days.to(office, 10, 41)
        assert office.interview(STUCK.number).phase in ("expected", "preparing")
        await reception.do(STUCK.number, "no-show")
        await reception.fill_dialog(reason="機器の不調。後日に来所。")
        await reception.zone(STUCK.number, "done")

        # Not a word from the third: the rules say by themselves what that means.
        await days.to(office, 11, 10, 5)
        await office.until(lambda: office.interview(SILENT.number).phase == "absent")
        await reception.zone(SILENT.number, "done")
        await console.shots("consult-4-console")

        # What is kept.
        admin = await day.admin(office.links["admin"])  # a week ago was another session
        verdicts = {
            IN_TIME.number: "定刻",
            STUCK.number: "接続できず(試行の記録あり)",
            SILENT.number: "みなし取消(連絡なし)",
            NO_REPLY.number: "予約無効(返事なし)",
        }
        codes = {"cancelled": 1, "deemed_cancelled": 1, "on_time": 1, "technical_difficulty": 1}
        await days.is_kept(
            office, admin, "consult-5", verdicts=verdicts, codes=codes, reason="機器の不調。後日に来所。"
        )
        assert not office.zoom.world.meetings
