"""Providers on the administrator's page: looked at, switched, checked; links imported. What it says stays there."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest

from providers.base import Finding, Planned
from providers.scripted import Scripted
from tests.support.day import DAY, EVENT, HANAKO, JIRO, TARO, Browser, Day
from tests.support.issued import LIVE, candidate, line, set_up, sheet
from tests.support.samples import encoded


@pytest.fixture
async def admin(today: Day) -> Browser:
    set_up(today.gateway.house)
    return await today.staff("kanri", "administrator")


class Asks(Scripted):
    """Its preflight wants a person to look."""

    async def preflight(self, timetable: Sequence[Planned]) -> Sequence[Finding]:
        last = Finding("coverage", "failed", {"ja": "枠が足りません。", "en": "short"}, timetable[-1].interview)
        return [Finding("recording", "ask", {"ja": "録画を見てください。", "en": "Look at recording."}), last]


async def test_a_switch_is_looked_at_then_made_on_what_was_seen(today: Day, admin: Browser) -> None:
    await admin.must("links-import", provider="harutaka", csv=encoded(sheet(line(HANAKO.number))), mailed=False)
    await today.candidate(HANAKO)
    for _ in range(200):  # the head of the queue has a session
        session = today.hall.state.interviews[HANAKO.id].session
        if session is not None and session.state == "open":
            break
        await asyncio.sleep(0.01)
    head = today.hall.state.version("event")
    seen = await admin.must("switch-preview", provider="harutaka", open="stay")
    assert {row["number"]: (row["effect"], row["hindrance"]) for row in seen["rows"]} == {
        HANAKO.number: ("reopens", None), TARO.number: ("follows", "no_link"), JIRO.number: ("follows", "no_link"),
    }  # fmt: skip
    assert today.hall.state.version("event") == head
    body = {"provider": "harutaka", "reason": "本番は harutaka", "open": "stay"}
    assert (await admin.do("switch-provider", **body, expects="webrtc")).code == "changed_meanwhile"
    await admin.must("switch-provider", **body, expects=seen["from"])
    assert (await admin.see())["settings"]["provider"] == "harutaka"


async def test_a_room_follows_the_event_again(admin: Browser) -> None:
    await admin.must("switch-provider", provider="harutaka", scope="r:r1", reason="試験")
    assert [one["scope"] for one in (await admin.see())["switches"]] == ["event", "r:r1"]
    seen = await admin.must("switch-preview", provider="", scope="r:r1")
    assert (seen["from"], seen["to"]) == ("harutaka", "scripted")
    await admin.must("switch-provider", provider="", scope="r:r1", reason="試験")
    assert [one["scope"] for one in (await admin.see())["switches"]] == ["event"]
    assert (await admin.do("switch-provider", provider="", reason="x")).code == "bad_target"
    assert (await admin.do("switch-provider", provider="webrtc")).status == 422


async def test_the_rehearsals_provider_is_offered_only_where_it_is_chosen(admin: Browser) -> None:
    """Nobody switches a day that counts to one that carries nobody."""
    assert [one["id"] for one in (await admin.see())["providers"]] == ["scripted", "harutaka"]
    await admin.must("switch-provider", provider="harutaka", reason="本番")
    assert [one["id"] for one in (await admin.see())["providers"]] == ["harutaka"]


async def test_a_check_is_made_anew_each_time_and_told_in_the_pages_language(today: Day, admin: Browser) -> None:
    today.gateway.house.providers.add(Asks())
    path = f"/api/s/{admin.sid}/provider-check"
    for tongue, words in (("ja", "録画を見てください。"), ("en", "Look at recording.")):
        body = {"id": "check-0001", "provider": "scripted"}
        answer = await admin.post(path, body, **{"Accept-Language": tongue})
        ask, failed = answer.body["findings"]
        assert (ask["sentence"], ask["confirmed"]) == (words, None)
        assert failed["number"] in {entrant.number for entrant in DAY}
    await admin.must("provider-confirm", provider="scripted", check="recording", note="画面で見た")
    ask = (await admin.must("provider-check", provider="scripted"))["findings"][0]
    assert ask["confirmed"]["by"] == "kanri"
    (said,) = (await admin.see())["confirmations"]
    assert (said["provider"], said["check"], said["by"]) == ("scripted", "recording", "kanri")


async def test_links_are_looked_at_then_imported_once(today: Day, admin: Browser) -> None:
    content = encoded(sheet(line(HANAKO.number), line(TARO.number), encoding="cp932"))
    body = {"provider": "harutaka", "csv": content, "mailed": True}
    seen = await admin.must("links-preview", **body)
    assert (seen["rows"], seen["known"], [row["number"] for row in seen["missing"]]) == (2, 2, [JIRO.number])
    assert today.hall.people.links == {}
    head = today.hall.state.head
    for _ in range(2):
        assert (await admin.do("links-import", id="import-0001", **body)).body["imported"] == 2
    assert today.hall.state.head == head + 2
    assert (await admin.see())["coverage"] == {"harutaka": {"total": 3, "missing": 1, "mailed": 2}}


async def test_whether_they_were_mailed_is_no_default(admin: Browser) -> None:
    content = encoded(sheet(line(HANAKO.number)))
    for command in ("links-preview", "links-import"):
        refused = await admin.do(command, provider="harutaka", csv=content)
        assert (refused.status, refused.code) == (422, "invalid")


async def test_faults_are_named_and_no_link_is_in_any_answer_or_view(today: Day, admin: Browser) -> None:
    bad = encoded(sheet(line(HANAKO.number), f"{TARO.number},,https://evil.example/secret,"))
    body: dict[str, Any] = {"provider": "harutaka", "csv": bad, "mailed": False}
    refused = await admin.do("links-import", **body)
    assert (refused.status, refused.code) == (422, "links_faults")
    assert [(f["line"], f["column"], f["code"]) for f in refused.body["faults"]] == [(3, "candidate", "foreign_host")]
    await admin.must("links-import", **{**body, "csv": encoded(sheet(line(HANAKO.number)))})
    panel = await today.staff("Ito", rooms=("r1",))
    waiting = await today.candidate(HANAKO)
    for page in (admin, panel, waiting):
        await page.see()
        heard = "\n".join(page.heard)
        assert LIVE not in heard
        assert "evil.example" not in heard
        assert candidate(HANAKO.number) not in json.dumps(heard)
    assert EVENT in "".join(admin.heard)
