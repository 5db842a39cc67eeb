"""The rules change during the event, and a new notice reaches those who agreed to the old one."""

from __future__ import annotations

import json
from typing import Any

from gateway.bundle.checking import check
from gateway.bundle.container import unpack
from gateway.bundle.members import NOTICES
from gateway.operations import run
from tests.support.day import EVENT, FILE, HANAKO, TARO, Browser, Day

NOTICE = {"version": "n2", "title": {"ja": "新しいお知らせ", "en": "New"}, "body": {"ja": "本文2", "en": "Text 2"}}


async def test_a_dry_run_says_what_would_change_and_changes_nothing(today: Day) -> None:
    admin = await today.staff("Sato", "administrator")
    head = today.hall.state.head
    answer: Any = await admin.must("policy-preview", file={"absent_after": 20})
    assert answer["changed"]
    assert [line["key"] for line in answer["new"]] == [line["key"] for line in answer["gone"]] == ["absent_after"]
    assert today.hall.state.head == head


async def test_rules_hold_from_then_on_and_are_said_in_sentences(today: Day) -> None:
    admin = await today.staff("Sato", "administrator")
    hanako = await today.candidate(HANAKO)
    before = (await hanako.see())["seat"]["verdict"]
    await admin.must("policy-set", file={"absent_after": 20, "late_after": 15})
    assert len(today.hall.state.rules) == 3
    assert today.hall.state.policy.absent_after == 20 * 60
    assert (await hanako.see())["seat"]["verdict"] == before  # arrived by the rules of then
    rules = (await admin.get(f"/api/s/{admin.sid}/rules")).body
    assert any("10:20" in line["sentence"] for line in rules["lines"])
    assert rules["changed_at"]
    assert today.hall.people.settings["policy"]["absent_after"] == 20
    again: Any = await admin.must("policy-set", file={"absent_after": 20, "late_after": 15})
    assert not again["changed"]


async def test_every_fault_is_named_and_nothing_is_changed(today: Day) -> None:
    admin = await today.staff("Sato", "administrator")
    head = today.hall.state.head
    answer = await admin.do("policy-set", file={"late_after": 20, "refuse_after": 5, "absence": "perhaps"})
    assert (answer.status, answer.code) == (422, "invalid")
    assert answer.body["faults"]
    assert today.hall.state.head == head
    panel = await today.staff("Ito", rooms=("r1",))
    assert (await panel.do("policy-set", file={})).code == "forbidden"


async def test_a_new_notice_is_asked_for_again_and_the_place_stays(today: Day) -> None:
    admin, taro = await today.staff("Sato", "administrator"), await today.candidate(TARO)
    hanako = await today.candidate(HANAKO, seated=False)
    async with taro.live() as line:
        await line.until(lambda view: view["notice"]["agreed"])
        answer: Any = await admin.must("notice-set", file=NOTICE)
        assert (answer["version"], answer["asked_again"]) == ("n2", 2)
        view = await line.until(lambda view: not view["notice"]["agreed"])
    assert view["notice"]["version"] == "n2"
    assert view["seat"]["place"] is not None
    assert not (await hanako.see())["notice"]["agreed"]
    assert (await taro.do("consent", notice="n1")).code == "notice_outdated"
    await taro.must("consent", notice="n2")
    found = today.hall.state.interviews[TARO.id]
    assert [one.notice for one in found.consents] == ["n1", "n2"]
    assert found.phase == "waiting"
    rows = (await admin.see())["rows"]
    assert (rows[TARO.id]["agreed_to"], rows[HANAKO.id]["agreed_to"]) == ("n2", "n1")


async def test_a_version_never_stands_for_other_words(today: Day) -> None:
    admin = await today.staff("Sato", "administrator")
    answer = await admin.do("notice-set", file={**NOTICE, "version": "n1"})
    assert answer.body["faults"][0]["code"] == "used"
    same: Any = await admin.must("notice-set", file=FILE["notice"])
    assert not same["changed"]


async def test_the_command_line_does_the_same(today: Day) -> None:
    house = today.gateway.house
    answer = await run(house, "policy-set", {"event": EVENT, "file": {"absent_after": 25}, "dry_run": True})
    assert answer["changed"]
    assert today.hall.state.policy.absent_after == 600
    await run(house, "notice-set", {"event": EVENT, "file": NOTICE})
    assert today.hall.people.settings["notice"]["version"] == "n2"


async def test_who_agreed_to_an_earlier_text_can_still_read_it_in_the_bundle(today: Day) -> None:
    """By id, version and hash; also where only a document of the policy was replaced, and until the purge."""
    admin = await today.staff("Sato", "administrator")
    await today.candidate(TARO)
    first = dict(today.hall.people.settings["notice"])
    await admin.must("notice-set", file=NOTICE)
    await admin.must("notice-set", file={**NOTICE, "version": "n3"})
    content = await streamed(today, admin)
    texts = [json.loads(line) for line in unpack(content)[NOTICES].splitlines()]
    assert [(one["version"], one["text"]["body"]) for one in texts] == [
        ("n1", first["body"]), ("n2", NOTICE["body"]), ("n3", NOTICE["body"]),
    ]  # fmt: skip
    assert (await check(content)).ok


async def streamed(today: Day, admin: Browser) -> bytes:
    """The administrator's file, as it comes over the wire: no text that holds it."""
    async with admin.http.get(f"{today.origin}/api/s/{admin.sid}/bundle.zip") as answer:
        assert (answer.status, answer.content_type) == (200, "application/zip")
        assert answer.headers["Cache-Control"] == "no-store"
        content = await answer.read()
        assert int(answer.headers["Content-Length"]) == len(content)
        return content
