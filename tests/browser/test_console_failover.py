"""A provider fails, or is back: the proposal at the top of the console."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.preview_staff import views
from tests.browser.preview_staff.desk import Desk, desk
from tests.browser.preview_staff.server import Preview, now_ms, serving

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
NOW = now_ms()


def board(*proposals: views.View, **changes: Any) -> views.View:
    return views.on_zoom(NOW, [views.waiting(2, NOW)], failover=list(proposals), **changes)


@pytest_asyncio.fixture(loop_scope="session")
async def preview() -> AsyncIterator[Preview]:
    async with serving(Preview(board())) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def console(chromium: Browser) -> AsyncIterator[Desk]:
    made = await desk(chromium)
    yield made
    await made.page.context.close()


def sent(preview: Preview, command: str) -> list[tuple[Any, ...]]:
    return [(body["provider"], body.get("to"), body.get("open")) for body in preview.sent(command)]


async def test_a_failure_is_said_once_and_accepted_with_one_key(console: Desk, preview: Preview) -> None:
    await console.open(preview, "/console")
    await expect(console.page.locator("#failover")).to_be_hidden()
    await console.page.keyboard.press("p")
    await expect(console.page.locator("#refusal-text")).to_contain_text("切り替えの提案はありません")
    await preview.show(board(views.proposal(NOW)))
    aloud = console.page.locator("#assertive")
    await expect(aloud).to_contain_text("Zoom に障害が起きています")
    banner = console.page.locator(".failover")
    await expect(banner).to_contain_text("応答がありません。")
    await expect(banner).to_contain_text("これからの 12 人が移ります。入室中は 3 人です。")
    await console.page.evaluate("document.getElementById('assertive').textContent = ''")
    await preview.show(board(views.proposal(NOW, ahead=11)))
    await expect(banner).to_contain_text("これからの 11 人")
    await expect(aloud).to_have_text("")
    await console.page.keyboard.press("p")
    await preview.received("failover")
    assert sent(preview, "failover") == [("zoom", "webrtc", "stay")]


async def test_the_board_goes_on_beneath_it(console: Desk, preview: Preview) -> None:
    preview.view = board(views.proposal(NOW))
    await console.open(preview, "/console")
    await console.page.keyboard.press("a")
    assert [body["interview"] for body in await preview.received("admit")] == ["ivr10002"]


async def test_those_inside_are_moved_only_after_a_question(console: Desk, preview: Preview) -> None:
    preview.view = board(views.proposal(NOW))
    await console.open(preview, "/console")
    await console.page.locator("[data-action=failover-move]").focus()
    await console.page.keyboard.press("Enter")
    await expect(console.page.locator("#ask h2")).to_have_text("入室中の 3 人も 内蔵の面接室 に移す")
    assert preview.commands == []
    await console.page.locator("#ask [type=submit]").press("Enter")
    await preview.received("failover")
    assert sent(preview, "failover") == [("zoom", "webrtc", "move")]


async def test_nobody_inside_is_nobody_to_move(console: Desk, preview: Preview) -> None:
    preview.view = board(views.proposal(NOW, inside=0))
    await console.open(preview, "/console")
    await expect(console.page.locator("[data-action=failover]")).to_be_visible()
    await expect(console.page.locator("[data-action=failover-move]")).to_have_count(0)


async def test_reception_declines_for_all_and_it_becomes_a_small_sign(console: Desk, preview: Preview) -> None:
    preview.view = board(views.proposal(NOW), role="reception")
    await console.open(preview, "/console")
    await console.page.locator("[data-action=failover-decline]").click()
    assert [body["provider"] for body in await preview.received("failover-decline")] == ["zoom"]
    await preview.show(board(views.proposal(NOW, declined=True), role="reception"))
    await expect(console.page.locator(".failover")).to_have_count(0)
    await console.page.keyboard.press("p")
    await expect(console.page.locator("#refusal-text")).to_contain_text("切り替えの提案はありません")
    await console.page.locator(".failover-aside summary").click()
    await console.page.locator(".failover-aside [data-action=failover]").click()
    await preview.received("failover")


async def test_an_interviewer_may_decide_later_for_this_page(console: Desk, preview: Preview) -> None:
    preview.view = board(views.proposal(NOW))
    await console.open(preview, "/console")
    await expect(console.page.locator("[data-action=failover-decline]")).to_have_count(0)
    await console.page.locator("[data-action=failover-aside]").click()
    await expect(console.page.locator(".failover-aside")).to_contain_text("切り替えていません")
    assert preview.commands == []


async def test_the_way_back_is_proposed_in_the_same_manner(console: Desk, preview: Preview) -> None:
    preview.view = board(views.proposal(NOW, "back"))
    await console.open(preview, "/console")
    await expect(console.page.locator(".failover")).to_contain_text("内蔵の面接室 から Zoom に戻しますか。")
    await console.page.keyboard.press("p")
    await preview.received("failover")
    assert sent(preview, "failover") == [("webrtc", "zoom", "stay")]


async def test_nothing_to_switch_to_says_whom_to_call(console: Desk, preview: Preview) -> None:
    preview.view = board(views.proposal(NOW, to=None))
    await console.open(preview, "/console")
    banner = console.page.locator(".failover")
    await expect(banner).to_contain_text("切り替え先がありません")
    await expect(banner.locator("a")).to_have_text(["03-0000-1234", "03-0000-9999"])
    await expect(banner.locator("[data-action=failover]")).to_have_count(0)
