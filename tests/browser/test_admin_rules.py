"""The rules on the administrator's page: in sentences, and changed by a file after a look at what it changes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, FilePayload, Route, expect

from tests.browser.preview_staff import views
from tests.browser.preview_staff.desk import DESKTOP, PHONE, TALL, Desk, desk
from tests.browser.preview_staff.server import Preview, now_ms, serving
from tests.browser.test_console import picture

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
NOW = now_ms()
OLD = {"key": "absent_after", "sentence": "10:10 を過ぎても受付していない人は、欠席の候補になります。"}
NEW = {"key": "absent_after", "sentence": "10:20 を過ぎても受付していない人は、欠席の候補になります。"}
FAULT = {"path": "policy.refuse_after", "code": "bad_order", "sentence": "late_after 以上でなければなりません"}


@pytest_asyncio.fixture(loop_scope="session")
async def preview() -> AsyncIterator[Preview]:
    made = Preview(views.admin(NOW))
    made.reads["rules"] = {"event": "demo", "lines": [OLD], "changed_at": NOW - 60_000}
    for name in ("policy", "notice"):
        answer = {"ok": True, "changed": True, "gone": [OLD], "new": [NEW], "version": "2", "asked_again": 3}
        made.answers[f"{name}-preview"] = made.answers[f"{name}-set"] = (200, answer)
    async with serving(made) as served:
        yield served


@pytest_asyncio.fixture(loop_scope="session", params=[DESKTOP, PHONE])
async def page(chromium: Browser, request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    made = await desk(chromium, (request.param[0], TALL))
    yield made
    await made.page.context.close()


async def give(page: Desk, name: str, value: object) -> None:
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    file: FilePayload = {"name": f"{name}.json", "mimeType": "application/json", "buffer": content}
    await page.page.locator(f"#policy input[name={name}]").set_input_files([file])


async def test_rules_are_said_and_changed_after_a_look(page: Desk, preview: Preview) -> None:
    await page.open(preview, "/admin")
    await expect(page.page.locator("#policy")).to_contain_text(OLD["sentence"])
    await give(page, "policy", {"absent_after": 20})
    await expect(page.page.locator("#rules-change")).to_be_focused()
    await expect(page.page.locator("#rules-change ins")).to_have_text(NEW["sentence"])
    assert preview.sent("policy-set") == []
    assert await page.violations() == []
    assert await page.fits()
    await picture(page.page, f"admin-rules-{await page.page.evaluate('innerWidth')}")
    await page.page.locator("[data-action=rules-do]").click()
    assert [body["file"] for body in await preview.received("policy-set")] == [{"absent_after": 20}]
    await expect(page.page.locator("#rules-change")).to_contain_text("変更しました")
    assert page.complaints == []


async def test_a_new_notice_says_how_many_are_asked_again(page: Desk, preview: Preview) -> None:
    await page.open(preview, "/admin", "en")
    await give(page, "notice", {"version": "2", "title": "t", "body": "b"})
    await expect(page.page.locator("#rules-change")).to_contain_text("3 people who agreed")
    assert "admin." not in await page.page.locator("#policy").inner_text()


async def test_every_fault_is_shown_and_nothing_can_be_pressed(page: Desk, preview: Preview) -> None:
    problem = {"status": 422, "code": "invalid", "title": "x", "detail": "誤りがあります。", "faults": [FAULT]}
    preview.answers["policy-preview"] = (422, problem)
    await page.open(preview, "/admin")
    await give(page, "policy", {"refuse_after": 1})
    await expect(page.page.locator("#rules-change [role=alert]")).to_contain_text(FAULT["sentence"])
    await expect(page.page.locator("[data-action=rules-do]")).to_have_count(0)
    await give(page, "policy", b"{")
    await expect(page.page.locator("#rules-change [role=alert]")).to_contain_text("JSON")


async def test_news_leaves_the_field_whose_dialogue_is_open(page: Desk, preview: Preview) -> None:
    """A file is chosen in minutes: what the browser then tells must reach a field that is still on the page."""
    answered = asyncio.Event()

    async def later(route: Route) -> None:
        await answered.wait()
        await route.continue_()

    await page.page.route("**/api/s/one/rules", later)
    await page.open(preview, "/admin")
    field = await page.page.locator("#policy input[name=notice]").element_handle()
    answered.set()
    await expect(page.page.locator("#policy")).to_contain_text(OLD["sentence"])
    assert await field.evaluate("field => field.isConnected")
