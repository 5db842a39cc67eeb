"""The checklist and the event's own texts over HTTP: what the page shows, what is kept, what staff and record say."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.attendance import attendance, attendance_csv
from tests.support.day import FILE, TARO, Browser, Day, day

RULES: dict[str, Any] = {
    "declarations": [
        {"id": "battery", "text": {"ja": "充電しました。", "en": "My device is charged."}},
        {"id": "earphones", "text": {"ja": "有線です。", "en": "They have a wire."}, "required": False},
    ],
    "consents": [{"id": "privacy", "version": "7", "title": {"ja": "個人情報", "en": "Privacy"}, "url": "https://a.example/"}],
}  # fmt: skip


@pytest.fixture
async def ruled(tmp_path: Path) -> AsyncIterator[Day]:
    async with day(tmp_path, file=FILE | {"policy": RULES}) as made:
        yield made


async def agreed(today: Day, **key: str) -> Browser:
    browser = today.browser()
    assert (await browser.enter(**(key or {"link": today.link(TARO.id)}))).status == 200
    await browser.must("consent", notice="n1", texts=["privacy 7"])
    return browser


async def test_the_list_is_shown_ticked_kept_over_a_reload_and_then_done(ruled: Day) -> None:
    browser = await agreed(ruled)
    shown = (await browser.see())["declarations"]
    assert [(line["id"], line["required"]) for line in shown["lines"]] == [("battery", True), ("earphones", False)]
    assert (shown["done"], shown["ticked"]) == (False, [])
    early = await browser.do("check-in", number=TARO.number, name=TARO.name)
    assert (early.status, early.code) == (409, "declarations_needed")
    lacking = await browser.do("declare", version=shown["version"], items=["earphones"])
    assert (lacking.status, lacking.code) == (409, "declarations_needed")
    await browser.must("declare", version=shown["version"], items=["battery"])
    other = await browser.view()
    assert other["view"]["declarations"] | {"lines": []} == {
        "version": shown["version"], "lines": [], "ticked": ["battery"], "done": True,
    }  # fmt: skip
    assert (await browser.must("check-in", number=TARO.number, name=TARO.name))["result"] == "seated"


async def test_a_text_beside_the_notice_is_shown_and_has_to_be_agreed_to(ruled: Day) -> None:
    browser = ruled.browser()
    await browser.enter(link=ruled.link(TARO.id))
    assert [(text["id"], text["agreed"]) for text in (await browser.see())["texts"]] == [("privacy 7", False)]
    for texts in ([], ["privacy 6"]):
        refused = await browser.do("consent", notice="n1", texts=texts)
        assert (refused.code, refused.body["field"]) == ("notice_outdated", "/texts")
    await browser.must("consent", notice="n1", texts=["privacy 7"])
    assert (await browser.see())["texts"][0]["agreed"]


async def test_on_a_shared_link_the_ticks_go_with_the_person_to_the_seat(ruled: Day) -> None:
    browser = await agreed(ruled, code=ruled.gateway.house.links.room_code("exam", "r1"))
    view = await browser.see()
    assert not view["declarations"]["done"]
    version = view["declarations"]["version"]
    assert (await browser.do("declare", version=version, items=[])).code == "declarations_needed"
    assert (await browser.do("declare", version="00000000", items=[])).code == "declarations_outdated"
    await browser.must("declare", version=version, items=["battery", "earphones"])
    assert (await browser.see())["declarations"]["done"]
    assert (await browser.must("check-in", number=TARO.number, name=TARO.name))["result"] == "seated"
    found = ruled.hall.state.interviews[TARO.id]
    assert found.declared is not None
    assert found.declared.items == ("battery", "earphones")
    assert found.consent is not None
    assert found.consent.texts == ("privacy 7",)


async def test_staff_and_record_say_what_was_ticked_and_agreed_to(ruled: Day) -> None:
    desk = await ruled.staff("d", "reception")
    row = (await desk.see())["rows"][TARO.id]["declared"]
    assert (row["at"], row["done"], len(row["missing"]), len(row["advice"])) == (None, False, 1, 1)
    browser = await agreed(ruled)
    version = (await browser.see())["declarations"]["version"]
    await browser.must("declare", version=version, items=["battery"])
    row = (await desk.see())["rows"][TARO.id]["declared"]
    assert (row["ticked"], row["lines"], row["done"], row["missing"]) == (1, 2, True, [])
    assert row["advice"] == [{"ja": "有線です。", "en": "They have a wire."}]
    hall = ruled.hall
    rows = attendance(hall.state, hall.people)
    line = next(one.line for one in rows if one.id == TARO.id)
    assert [(one.document, one.version) for one in line.agreements] == [("notice", "n1"), ("text:privacy", "7")]
    assert [(one.items, one.lines) for one in line.declared] == [(("battery",), 2)]
    sheet = attendance_csv(rows, hall.people.settings, hall.state, "en").decode("utf-8-sig")
    assert f"1/2 [{version}]" in sheet
    assert "privacy 7 (" in sheet
