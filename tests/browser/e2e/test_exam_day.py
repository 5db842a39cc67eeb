"""A city's examination interviews, from the roster to the record: the preset ``exam-interview``, held in harutaka, with
one candidate in time, one late who said so, one who never came and one who called it off."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.browser.e2e import days, there
from tests.browser.e2e.days import Applicant
from tests.browser.e2e.people import ARTIFACTS, PATIENCE, Admin, Console, Day, day_in
from tests.support.brokering import Brokering, brokering

pytestmark = [
    pytest.mark.browser,
    pytest.mark.process,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(300),
]

FILE = days.office_file(
    "shiomi-2027",
    "exam-interview",
    {"ja": "潮見市職員採用試験 オンライン面接", "en": "Shiomi City recruitment, online interviews"},
    ["第1面接室", "第2面接室"],
)
IN_TIME = Applicant("3001", "青葉 花子", "アオバ ハナコ", "10:00")
LATE = Applicant("3002", "渡邉 太郎", "ワタナベ タロウ", "10:20")
NEVER = Applicant("3003", "髙橋 次郎", "タカハシ ジロウ", "10:40")
OFF = Applicant("3004", "五十嵐 ティナ", "イガラシ ティナ", "11:00")
ROSTER = (IN_TIME, LATE, NEVER, OFF)


async def set_up(office: Brokering, admin: Admin) -> None:
    """A sheet with two faults first, named by line; then the right one, and harutaka's links."""
    twice = Applicant(IN_TIME.number, "別 の人", "", "10:20")
    await days.choose_roster(office, admin, [*ROSTER, twice])
    faults = admin.page.locator("table.faults")
    await expect(faults).to_be_visible(timeout=PATIENCE)
    await expect(faults.locator("tbody tr", has_text="6")).not_to_have_count(0)
    await admin.shots("exam-1-faults-admin")
    assert not office.hall.state.interviews
    await days.import_roster(office, admin, ROSTER)
    for one in ROSTER:
        office.stage.issue(one.number)
    await admin.go("provider")
    await admin.page.check("[name=mailed][value=no]")
    mine = [office.stage.issued[one.number] for one in ROSTER]
    rows = [("受験番号", "候補者URL", "評価者URL"), *((one.number, one.candidate, one.evaluator) for one in mine)]
    await admin.page.locator("#links-csv").set_input_files(days.sheet("ライブURL.csv", rows))
    await admin.page.locator("[data-action=links-import]").click()
    await expect(admin.page.locator(".coverage")).to_contain_text("4件すべてにURLがあります", timeout=PATIENCE)


async def withdraw(office: Brokering, admin: Admin, who: Applicant) -> None:
    """By the roster that is sent again: what would come of it says so first."""
    await days.choose_roster(office, admin, [one for one in ROSTER if one is not who])
    await admin.page.locator("input[name=withdraw]").check()
    await admin.shots("exam-4-withdraw-admin")
    await admin.page.locator("[data-action=import]").click()
    await office.until(lambda: office.interview(who.number).phase == "cancelled")


async def interview(office: Brokering, day: Day, console: Console, who: Applicant) -> None:
    """From the seat to the end, held there."""
    await office.opened(who.number, "harutaka")
    await console.zone(who.number, "waiting")
    await console.choose(who.number)
    await console.press("a")
    candidate = day.candidates[who.number]
    await candidate.screen("redirect")
    tab = await candidate.go_through()
    panel = await console.opens(lambda: console.press("o"))
    await panel.click("#start")
    await there.ask_to_enter_harutaka(tab, who.name)
    await there.sees(tab, who.name)
    await console.press("i")
    await office.until(lambda: office.interview(who.number).phase == "in_session")
    await panel.close()
    await console.press("f")
    await console.press("f")
    await candidate.screen("end-finished")
    await console.zone(who.number, "done")


async def test_an_examination_from_the_roster_to_the_record(short_folder: Path, browser: Browser) -> None:
    clock = days.morning(9, 0)
    async with (
        brokering(short_folder, "harutaka", waiting_room=False, worker=False, event=FILE, clock=clock) as office,
        day_in(browser) as day,
    ):
        admin = await day.admin(office.links["admin"])
        await set_up(office, admin)
        console, reception = await day.console(office.console("r1")), await day.console(office.links["reception"])
        await console.ready()

        # In time, with a receipt.
        await days.to(office, 9, 45)
        first = await day.named_candidate(IN_TIME.number)
        await days.comes(office, first, IN_TIME)
        await first.page.locator("[data-action=receipt]").click()
        await expect(first.page.locator("[data-key=receipt] svg")).to_be_visible(timeout=PATIENCE)
        await first.shots("exam-2-receipt-candidate")
        receipt = await first.opens(first.page.locator("[data-key=receipt] a.button").click)
        await expect(receipt.locator("#receipt .banner-ok")).to_contain_text("本物です")
        await receipt.screenshot(path=ARTIFACTS / "e2e-exam-2-receipt-page.png", full_page=True)
        await days.to(office, 10, 0, 5)
        await interview(office, day, console, IN_TIME)

        # Late by three minutes, and said so before.
        second = await day.named_candidate(LATE.number)
        await second.open(days.link_of(office, LATE.number))
        await second.agree()
        await second.screen("declare")
        await second.shots("exam-3-declare-candidate")
        await second.page.locator("#help > summary").click()
        await second.page.locator("[data-choice=late]").click()
        await second.page.locator("input[name=minutes][value='10']").check()
        await second.page.locator("form[data-submit=late] button[type=submit]").click()
        await days.task(reception, "遅れるとの連絡", LATE.number)
        await days.to(office, 10, 22, 20)
        await second.declare()
        await second.skip_check()
        await second.type_in(LATE.number, LATE.name)
        await second.screen("waiting")
        held = second.page.locator("main", has_text="係の者が確認のため")
        await expect(held).to_be_visible(timeout=PATIENCE)
        await second.shots("exam-3-held-candidate")
        await console.do(LATE.number, "hold")  # the preset asks a person: let in after all
        await expect(held).to_be_hidden(timeout=PATIENCE)
        await interview(office, day, console, LATE)

        # Called off by telephone, so the sheet is sent again without that line; and one of whom nobody has heard.
        await withdraw(office, admin, OFF)
        await reception.zone(OFF.number, "done")
        await days.to(office, 10, 51)
        await days.task(reception, "来ていません", NEVER.number)
        await reception.shots("exam-4-tasks-reception")
        await console.shots("exam-4-console")
        await reception.page.locator(f'.task:has(.row-number:text-is("{NEVER.number}")) [data-command=no-show]').click()
        await reception.fill_dialog(reason="電話に出ません。")
        await days.no_task(reception, NEVER.number)
        await reception.zone(NEVER.number, "done")

        # What is kept.
        verdicts = {
            IN_TIME.number: "定刻",
            LATE.number: "遅刻",
            NEVER.number: "欠席",
            OFF.number: "取消",
        }
        codes = {"absent": 1, "cancelled": 1, "late": 1, "on_time": 1}
        await days.is_kept(office, admin, "exam-5", verdicts=verdicts, codes=codes, reason="電話に出ません。")
