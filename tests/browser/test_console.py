"""The console in a browser: what is shown, what a key or a click asks for, and what happens to the answer."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import ARTIFACTS
from tests.browser.preview_staff import views
from tests.browser.preview_staff.desk import DESKTOP, PHONE, Desk, desk
from tests.browser.preview_staff.server import Preview, now_ms, serving

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
NOW = now_ms()
REFUSAL = {"code": "room_occupied", "title": "x", "detail": "ほかの受験者が入室しています。", "status": 409}


@pytest_asyncio.fixture(loop_scope="session")
async def preview() -> AsyncIterator[Preview]:
    async with serving(Preview(views.console(NOW, views.day(NOW)))) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def console(chromium: Browser) -> AsyncIterator[Desk]:
    made = await desk(chromium)
    yield made
    await made.page.context.close()


async def picture(page: Page, name: str) -> None:
    ARTIFACTS.mkdir(exist_ok=True)
    await page.screenshot(path=ARTIFACTS / f"{name}.png")


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
@pytest.mark.parametrize("count", [1, 30, 300])
async def test_a_board_of_any_size_shows_everybody_and_never_scrolls_sideways(
    chromium: Browser, preview: Preview, count: int, size: tuple[int, int]
) -> None:
    made = await desk(chromium, size)
    preview.view = views.crowd(NOW, count)
    await made.open(preview, "/console")
    await expect(made.page.locator(".row")).to_have_count(count)
    assert await made.fits()
    assert made.complaints == []
    await picture(made.page, f"console-{count}-{size[0]}")
    await made.page.context.close()


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("role", ["interviewer", "reception"])
async def test_no_serious_violation_of_accessibility(console: Desk, preview: Preview, role: str, lang: str) -> None:
    if role == "reception":
        preview.view = views.reception(NOW)
    await console.open(preview, "/console", lang)
    await console.page.keyboard.press("J")
    assert await console.violations() == []
    await picture(console.page, f"console-{role}-{lang}")


async def test_everybody_is_in_the_zone_that_they_are_in(console: Desk, preview: Preview) -> None:
    await console.open(preview, "/console")
    counts = {
        zone: await console.page.locator(f'[data-zone="{zone}"] .row').count()
        for zone in ("now", "waiting", "late", "coming", "done")
    }
    assert counts == {"now": 1, "waiting": 3, "late": 2, "coming": 2, "done": 2}


async def test_a_changed_row_is_the_only_one_that_is_touched(console: Desk, preview: Preview) -> None:
    preview.view = views.crowd(NOW, 300)
    await console.open(preview, "/console")
    await console.page.evaluate(
        """() => { globalThis.touched = new Set();
        new MutationObserver((all) => all.forEach((one) => {
          const row = (one.target.nodeType === 1 ? one.target : one.target.parentElement)?.closest(".row");
          if (row) globalThis.touched.add(row.dataset.key); })).observe(document.querySelector("#boards"),
          { childList: true, subtree: true, attributes: true, characterData: true }); }"""
    )
    await preview.change(ivr10005=views.waiting(5, NOW, place=5, held=True))
    await expect(console.page.locator('.row[data-key="ivr10005"]')).to_contain_text("保留中")
    assert await console.page.evaluate("[...globalThis.touched]") == ["ivr10005"]


async def test_the_admit_key_asks_once_and_is_busy_until_the_view_has_come(console: Desk, preview: Preview) -> None:
    rows = [views.waiting(1, NOW), views.waiting(2, NOW, place=2)]
    preview.view = views.console(NOW, rows)
    after = views.console(NOW, [views.in_session(1, NOW, phase="admitting", deadline=NOW + 40_000), rows[1]])
    later = Preview(after)
    preview.answers["admit"] = (200, {"ok": True, "view": later.view_id})
    await console.open(preview, "/console")
    for _ in range(3):
        await console.page.keyboard.press("a")
    button = console.page.locator('#stage [data-command="admit"]')
    await expect(button).to_have_attribute("aria-busy", "true")
    await preview.show(after)
    await expect(console.page.locator("#stage")).to_contain_text("入室するのを待っています")
    assert [body["interview"] for body in preview.sent("admit")] == ["ivr10001"]


async def test_the_chosen_one_is_admitted_rather_than_the_next(console: Desk, preview: Preview) -> None:
    preview.view = views.console(NOW, [views.waiting(1, NOW), views.waiting(2, NOW, place=2)])
    await console.open(preview, "/console")
    for key in ("j", "j", "a"):
        await console.page.keyboard.press(key)
    await preview.received("admit")
    assert preview.sent("admit")[0]["interview"] == "ivr10002"


async def test_what_the_view_does_not_offer_is_not_asked(console: Desk, preview: Preview) -> None:
    """The room is taken: nobody `can` be admitted, and the key says so instead of asking."""
    held = views.waiting(2, NOW, can=["message"])
    preview.view = views.console(NOW, [views.in_session(1, NOW), held])
    await console.open(preview, "/console")
    await console.page.keyboard.press("a")
    await expect(console.page.locator("#refusal-text")).to_contain_text("いまは「入室させる」できません")
    assert preview.commands == []


async def test_a_refused_command_says_the_sentence_in_a_live_region(console: Desk, preview: Preview) -> None:
    preview.view = views.console(NOW, [views.waiting(1, NOW)])
    preview.answers["admit"] = (409, REFUSAL)
    await console.open(preview, "/console")
    await console.page.keyboard.press("a")
    await expect(console.page.locator("#refusal-text[role=alert]")).to_have_text(str(REFUSAL["detail"]))
    await expect(console.page.locator('#stage [data-command="admit"]')).to_have_attribute("aria-busy", "false")


async def test_finish_shows_ten_seconds_to_undo_and_again_means_now(console: Desk, preview: Preview) -> None:
    preview.view = views.console(NOW, [views.in_session(1, NOW)])
    await console.open(preview, "/console")
    await console.page.keyboard.press("f")
    await preview.received("finish")
    closing = views.in_session(1, NOW, closing=now_ms() + 10_000, can=["finish", "finish-undo"])
    await preview.show(views.console(NOW, [closing]))
    await expect(console.page.locator(".closing .countdown")).to_contain_text("秒")
    await console.page.keyboard.press("u")
    await preview.received("finish-undo")
    await expect(console.page.locator('.closing [data-command="finish"]')).to_have_attribute("aria-busy", "false")
    await console.page.keyboard.press("f")
    await preview.received("finish", times=2)
    assert [body.get("now", False) for body in preview.sent("finish")] == [False, True]


async def test_keys_do_nothing_while_somebody_types(console: Desk, preview: Preview) -> None:
    preview.view = views.console(NOW, [views.waiting(1, NOW)])
    await console.open(preview, "/console")
    await console.page.keyboard.press("m")
    await console.page.locator("#ask textarea").fill("")
    await console.page.keyboard.type("ahfbu")
    await console.page.locator("#ask [type=submit]").click()
    await expect(console.page.locator("#ask")).to_be_hidden()
    assert [name for name, _ in preview.commands] == ["message"]
    assert preview.sent("message")[0]["text"] == "ahfbu"


async def test_a_refusal_keeps_the_dialog_and_what_was_written(console: Desk, preview: Preview) -> None:
    preview.view = views.console(NOW, [views.in_session(1, NOW)])
    preview.answers["stop"] = (409, REFUSAL)
    await console.open(preview, "/console")
    await console.page.locator('#stage [data-command="stop"]').click()
    await console.page.locator("#ask input[value=provider]").check()
    await console.page.locator("#ask .preset").first.click()
    await console.page.locator("#ask [type=submit]").click()
    await expect(console.page.locator("#ask [role=alert]")).to_have_text(str(REFUSAL["detail"]))
    assert await console.page.locator("#ask textarea").input_value() != ""
    assert preview.sent("stop")[0]["side"] == "provider"


async def test_the_characters_that_differ_are_marked_and_decided_before_admitting(
    console: Desk, preview: Preview
) -> None:
    await console.open(preview, "/console")
    row = console.page.locator('.row[data-key="ivr10003"]')
    await expect(row.locator('[data-command="admit"]')).to_have_count(0)
    await row.locator(".row-who").click()
    await expect(row.locator("mark")).to_have_text("太")
    await row.locator('[data-command="same-person"]').click()
    await preview.received("same-person")
    assert preview.sent("same-person")[0]["same"] is True


async def test_identity_is_confirmed_only_when_both_were_ticked(console: Desk, preview: Preview) -> None:
    await console.open(preview, "/console")
    confirm = console.page.locator('#stage [data-command="identity"]')
    await console.page.locator("#stage [data-step=number]").check()
    await confirm.click(force=True)  # a person may press what looks disabled, and is told why
    await expect(console.page.locator("#refusal-text")).to_contain_text("両方に印")
    await console.page.locator("#stage [data-step=name]").check()
    await confirm.click()
    await preview.received("identity")
    sent = preview.sent("identity")
    assert [(body["steps"], body["confirmed"]) for body in sent] == [(["number", "name"], True)]


async def test_a_key_acts_where_a_tick_was_just_set(console: Desk, preview: Preview) -> None:
    """A box takes no letters: whoever ticks the name with Space may press M at once."""
    await console.open(preview, "/console")
    tick = console.page.locator("#stage [data-step=name]")
    await tick.focus()
    for key in ("Space", "m"):
        await console.page.keyboard.press(key)
    await expect(tick).to_be_checked()
    await expect(console.page.locator("dialog[open] textarea")).to_be_visible()


async def test_the_key_that_holds_lets_go_of_the_only_one_who_is_held(console: Desk, preview: Preview) -> None:
    preview.view = views.console(NOW, [views.waiting(1, NOW, held=True)])
    preview.view["rooms"]["r1"]["next"] = None  # who is held is nobody's next
    await console.open(preview, "/console")
    await console.page.keyboard.press("h")
    await preview.received("hold")
    assert [(body["interview"], body["on"]) for body in preview.sent("hold")] == [("ivr10001", False)]


async def test_two_consoles_agree(chromium: Browser, preview: Preview) -> None:
    desks = [await desk(chromium) for _ in range(2)]
    for each in desks:
        await each.open(preview, "/console")
    await preview.change(ivr10002=views.in_session(2, NOW, phase="admitting"))
    boards = []
    for each in desks:
        await expect(each.page.locator('[data-zone="now"] .row[data-key="ivr10002"]')).to_be_visible()
        boards.append(await each.page.locator("#boards").inner_text())
        await each.page.context.close()
    assert boards[0] == boards[1]


async def test_a_lost_line_is_shown_plainly_and_comes_back_to_the_present_view(console: Desk, preview: Preview) -> None:
    await console.open(preview, "/console")
    await preview.cut()
    await expect(console.page.locator("#line")).to_contain_text("通信が切れています")
    preview.view = views.console(NOW, [views.waiting(7, NOW)])
    preview.accepting = True
    await expect(console.page.locator(".row")).to_have_count(1, timeout=20_000)
    await expect(console.page.locator("#line")).to_be_hidden()


async def test_the_call_stays_when_an_interview_ends(console: Desk, preview: Preview) -> None:
    await console.open(preview, "/console")
    await console.page.evaluate("globalThis.call = document.querySelector('genkan-call')")
    await preview.show(views.console(NOW, [views.waiting(2, NOW)]))
    await expect(console.page.locator("#stage")).to_contain_text("渡邉 美咲")
    assert await console.page.evaluate(
        "globalThis.call === document.querySelector('genkan-call') && globalThis.call.isConnected"
    )
    assert preview.sent("leave") == []


async def test_reception_settles_a_claim_from_the_list_of_tasks(console: Desk, preview: Preview) -> None:
    preview.view = views.reception(NOW)
    await console.open(preview, "/console")
    await expect(console.page.locator(".task")).to_have_count(6)
    await console.page.locator('.task [data-action="claim"]').click()
    await console.page.locator("#ask select").select_option("ivr10005")
    await console.page.locator("#ask [name=count_from_first]").check()
    await console.page.locator("#ask .preset").first.click()
    await console.page.locator("#ask [type=submit]").click()
    await preview.received("settle-claim")
    body = preview.sent("settle-claim")[0]
    assert {key: body[key] for key in ("claim", "accept", "interview", "count_from_first")} == {
        "claim": "cl1",
        "accept": True,
        "interview": "ivr10005",
        "count_from_first": True,
    }


async def test_a_call_that_may_not_be_joined_says_why_and_opens_no_camera(console: Desk, preview: Preview) -> None:
    preview.answers["join"] = (409, {**REFUSAL, "code": "not_embedded"})
    await console.open(preview, "/console")
    await console.page.locator("[data-action=join]").click()
    await expect(console.page.locator("#refusal-text")).to_have_text(str(REFUSAL["detail"]))
    await expect(console.page.locator("genkan-call")).to_be_hidden()
    assert len(preview.sent("join")) == 1


async def test_the_room_of_an_outside_provider_is_a_link_to_press(console: Desk, preview: Preview) -> None:
    preview.answers["join"] = (200, {"ok": True, "ticket": {"kind": "redirect", "url": "https://rooms.example/r1"}})
    await console.open(preview, "/console")
    await console.page.locator("[data-action=join]").click()
    await expect(console.page.locator("#call-head a")).to_have_attribute("href", "https://rooms.example/r1")


async def test_a_candidate_without_an_open_page_is_marked(console: Desk, preview: Preview) -> None:
    """Checked in by telephone: admitting would wait for a device that is not there."""
    preview.view = views.console(NOW, [views.waiting(1, NOW, presence="never", since=None)])
    await console.open(preview, "/console")
    await expect(console.page.locator(".row")).to_contain_text("画面を開いていません")
