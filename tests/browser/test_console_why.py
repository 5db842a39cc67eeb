"""A row's "Why?": the rule, its figures and the entries, in a dialog that a keyboard and a screen reader can use."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from gateway.record.reasons import reasons, to_json
from gateway.record.sheet import Wording
from tests.browser.preview_staff import views
from tests.browser.preview_staff.desk import DESKTOP, PHONE, Desk, desk
from tests.browser.preview_staff.server import Preview, now_ms, serving
from tests.browser.test_console import picture
from tests.gateway.test_attendance import MINUTE, START
from tests.gateway.test_attendance import Day as Told

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
WHO = "ivr10005"


def told(language: str) -> Any:
    """Of somebody who tried with a wrong number, and was let count from then."""
    day = Told()
    day.schedule("a")
    day.arrive("a", START + 5 * MINUTE)
    actors = {st.offset: st.actor for st in day.journal}
    return to_json(reasons(day.event, day.event.interviews["a"], Wording(ZoneInfo("Asia/Tokyo"), {}, language), actors))


@pytest_asyncio.fixture(loop_scope="session")
async def preview() -> AsyncIterator[Preview]:
    view = views.reception(now_ms())
    other = {"id": "ivr10006", "number": "R8-1006", "starts_at": now_ms()}
    row = {**view["rows"][WHO], "earlier_absences": 2, "resits": other, "can": ["call-off", "contact"]}
    async with serving(Preview({**view, "rows": {**view["rows"], WHO: row}})) as made:
        yield made


async def opened(made: Desk, preview: Preview, lang: str) -> None:
    preview.reads["why"] = told(lang)
    await made.open(preview, "/console", lang)
    await made.page.evaluate(f"document.querySelector('.row[data-key={WHO}] .row-who').click()")
    await made.page.locator(f'.row[data-key={WHO}] [data-action="why"]').focus()
    await made.page.keyboard.press("Enter")


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE])
async def test_it_is_accessible_and_fits(chromium: Browser, preview: Preview, size: tuple[int, int], lang: str) -> None:
    made = await desk(chromium, size)
    await opened(made, preview, lang)
    dialog = made.page.locator("#why")
    await expect(dialog.locator("tbody tr")).to_have_count(len(preview.reads["why"]["entries"]))
    await expect(made.page.locator("#why-title")).to_be_focused()
    assert await made.violations() == []
    assert await made.fits()
    assert "why." not in await dialog.inner_text()
    await picture(made.page, f"console-why-{lang}-{size[0]}")
    await made.page.keyboard.press("Escape")
    await expect(made.page.locator(f'.row[data-key={WHO}] [data-action="why"]')).to_be_focused()
    await made.page.context.close()


async def test_a_row_says_how_often_this_person_did_not_come_before_and_what_it_re_sits(
    chromium: Browser, preview: Preview
) -> None:
    made = await desk(chromium)
    await opened(made, preview, "ja")
    await made.page.keyboard.press("Escape")
    row = made.page.locator(f".row[data-key={WHO}]")
    for words in ("過去の欠席 2 回", "再面接", "R8-1006"):
        await expect(row).to_contain_text(words)
    assert await made.violations() == []
    await picture(made.page, "console-resit")
    await made.page.context.close()


async def test_calling_off_asks_on_whose_account(chromium: Browser, preview: Preview) -> None:
    made = await desk(chromium)
    await opened(made, preview, "ja")
    await made.page.keyboard.press("Escape")
    await made.page.locator(f'.row[data-key={WHO}] [data-command="call-off"]').click()
    await made.page.locator('#ask [value="interviewers_absent"]').check()
    await made.page.locator("#ask .preset").nth(2).click()
    assert await made.violations() == []
    await picture(made.page, "console-call-off")
    await made.page.locator("#ask [type=submit]").click()
    (body,) = await preview.received("call-off")
    assert (body["interview"], body["because"]) == (WHO, "interviewers_absent")
    await made.page.context.close()


async def test_a_re_sit_is_planned_with_a_day_and_a_time(chromium: Browser, preview: Preview) -> None:
    gone = {**preview.view["rows"][WHO], "phase": "cancelled", "resits": None, "can": ["resit", "reopen"]}
    preview.view = {**preview.view, "rows": {**preview.view["rows"], WHO: gone}}
    made = await desk(chromium)
    await opened(made, preview, "ja")
    await made.page.keyboard.press("Escape")
    await made.page.locator(f'.row[data-key={WHO}] [data-command="resit"]').click()
    await made.page.locator('#ask [name="start"]').fill("2026-12-01T10:00")
    assert await made.violations() == []
    assert "form." not in await made.page.locator("#ask").inner_text()
    await picture(made.page, "console-resit-form")
    await made.page.locator("#ask [type=submit]").click()
    (body,) = await preview.received("resit")
    assert (body["interview"], body["start"]) == (WHO, "2026-12-01T10:00")
    await made.page.context.close()
