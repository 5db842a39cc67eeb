"""An interview held in harutaka, from the sheet of links to the next candidate's room: the tenant's 待機室 on and off,
links that are secret and links that were mailed."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.e2e import there
from tests.browser.e2e.people import PATIENCE, Admin, Candidate, Console, day_in
from tests.support.brokering import Brokering, brokering

pytestmark = [
    pytest.mark.browser,
    pytest.mark.process,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(300),
]


async def import_links(office: Brokering, admin: Admin, *, mailed: bool) -> None:
    """The answer first, then the file, then what would come of it, then the import."""
    await admin.page.check(f"[name=mailed][value={'yes' if mailed else 'no'}]")
    sheet = {"name": "ライブURL.csv", "mimeType": "text/csv", "buffer": office.stage.sheet()}
    await admin.page.locator("#links-csv").set_input_files(sheet)  # type: ignore[arg-type]  # a FilePayload
    go = admin.page.locator("[data-action=links-import]")
    await expect(go).to_be_visible(timeout=PATIENCE)
    assert not dict(office.interview(office.of_room("r1")[0]["exam_number"]).links), "looking imports nothing"
    await go.click()
    await expect(admin.page.locator("#links-result [data-key=done]")).to_be_visible(timeout=PATIENCE)
    await expect(admin.page.locator(".coverage")).to_contain_text("24件すべてにURLがあります", timeout=PATIENCE)


async def into_the_waiting_page(office: Brokering, candidate: Candidate, due: dict[str, str]) -> None:
    await candidate.arrive(due["link"], due["exam_number"], due["name"])
    await office.opened(due["exam_number"], "harutaka")


async def evaluator(console: Console, number: str) -> Page:
    """The interviewer's own page, opened with one key: this candidate's room."""
    panel = await console.opens(lambda: console.press("o"))
    await expect(panel.locator("#number")).to_have_text(number)
    return panel


async def test_secret_links_and_a_waiting_room_of_its_own(short_folder: Path, browser: Browser) -> None:
    async with brokering(short_folder, "harutaka") as office, day_in(browser) as day:
        due, after = office.of_room("r1")[1:3]
        number, name = due["exam_number"], due["name"]
        admin = await day.admin(office.admin("links"))
        await expect(admin.page.locator(".coverage")).to_contain_text("あと24件足りません")
        await import_links(office, admin, mailed=False)
        await admin.shots("h-1-imported-admin")

        console = await day.console(office.console("r1"))
        await console.ready()
        candidate = await day.candidate()
        await into_the_waiting_page(office, candidate, due)
        await console.zone(number, "waiting")
        await console.choose(number)
        assert await console.row(number).locator("[data-command=already-there]").count() == 0, "nobody has the link"
        assert office.stage.authority not in await candidate.page.content()
        await console.press("a")
        await candidate.screen("redirect")
        again = candidate.page.locator("[data-key=again]")
        await expect(again).to_contain_text("harutaka でも、もう一度待つ画面が出ます")
        await expect(again).to_contain_text("受付はもう終わっています")
        await expect(candidate.page.locator("a.button-huge")).to_be_visible(timeout=PATIENCE)
        await candidate.shots("h-2-called-candidate")
        tab = await candidate.go_through()
        await there.ask_to_enter_harutaka(tab, name)
        await expect(tab.locator("#asked")).to_contain_text("許可")

        await console.zone(number, "now")
        handover = console.page.locator("#stage [data-key=handover]")
        await expect(handover).to_contain_text("次に、harutaka の画面で「許可」を押してください")
        await console.shots("h-3-handed-over-console")
        await candidate.shots("h-3-handed-over-candidate")
        panel = await evaluator(console, number)
        await panel.click("#start")
        await expect(panel.locator("#asking")).to_contain_text(name)
        await there.shot(panel, "h-4-evaluator")
        await panel.locator("#asking button").first.click()
        for page in (tab, panel):
            await there.sees(page, name)

        await expect(handover).to_contain_text("入室はまだ確認できていません")
        await console.press("i")
        await expect(handover).to_be_hidden(timeout=PATIENCE)
        await expect(candidate.page.locator("[data-key=there]")).to_be_visible(timeout=PATIENCE)
        await expect(again).to_be_hidden()
        await console.shots("h-5-there-console")
        await candidate.shots("h-5-there-candidate")

        following = await day.candidate()
        await into_the_waiting_page(office, following, after)
        await console.press("f")
        await console.press("f")
        await candidate.screen("end-finished")
        await console.zone(number, "done")
        await console.shots("h-6-next-console")
        await evaluator(console, after["exam_number"])
        assert await following.now_on() == "waiting"


async def test_mailed_links_without_a_waiting_room(short_folder: Path, browser: Browser) -> None:
    """Who went straight to harutaka is checked in by the interviewer who sees them there; who comes past us reads of no
    second waiting room."""
    async with brokering(short_folder, "harutaka", waiting_room=False) as office, day_in(browser) as day:
        astray, due = office.of_room("r2")[:2]
        admin = await day.admin(office.admin("links"))
        await import_links(office, admin, mailed=True)
        await admin.shots("h-7-mailed-admin")
        console = await day.console(office.console("r2"))
        await console.ready()

        number, name = astray["exam_number"], astray["name"]
        stranger = await day.candidate()
        await stranger.open(office.stage.issued[number].candidate)
        await there.ask_to_enter_harutaka(stranger.page, name)
        await console.do(number, "already-there")
        await expect(console.page.locator("#ask")).to_contain_text("harutaka で見かけた")
        await console.shot("h-8-already-there-console", full=False)
        await console.fill_dialog()
        await console.zone(number, "waiting")
        await console.choose(number)
        await console.shots("h-8-checked-in-console")
        assert office.interview(number).arrival is not None
        await office.opened(number, "harutaka")
        await console.press("a")
        await console.zone(number, "now")
        panel = await evaluator(console, number)
        await panel.click("#start")
        await there.sees(panel, name)
        await console.press("i")
        await office.until(lambda: office.interview(number).phase == "in_session")
        await console.shots("h-9-in-session-console")
        await console.press("f")
        await console.press("f")
        await console.zone(number, "done")

        candidate = await day.candidate()
        await into_the_waiting_page(office, candidate, due)
        await console.zone(due["exam_number"], "waiting")
        await console.choose(due["exam_number"])
        await console.press("a")
        await candidate.screen("redirect")
        await expect(candidate.page.locator("a.button-huge")).to_be_visible(timeout=PATIENCE)
        assert await candidate.page.locator("[data-key=again]").count() == 0
        tab = await candidate.go_through()
        second = await evaluator(console, due["exam_number"])
        await second.click("#start")
        await there.ask_to_enter_harutaka(tab, due["name"])
        await there.sees(tab, due["name"])
        assert "許可" not in await console.page.locator("#stage").inner_text(), "nobody has to be let in there"
