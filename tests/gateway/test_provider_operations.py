"""What an administrator can have done about providers: looked at beforehand, guarded, journalled, told plainly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.house import House
from gateway.operations import checking, run
from gateway.problems import Problem
from providers.base import Finding, Planned, ProviderError, Retry, Terms
from providers.scripted import ABILITIES, Scripted
from tests.support.issued import line, set_up, sheet
from tests.support.samples import csv_bytes, encoded, event_document, open_house, roster_row, with_event
from waiting_room.commands import CancelInterview, Consent, ReportProvider
from waiting_room.entries import ProviderSwitched
from waiting_room.errors import Refused

EVENT = "test-2026"
PEOPLE = [
    roster_row("1001"),
    roster_row("1002", 開始時刻="10:20"),
    roster_row("1003", 面接室="第2面接室", 開始時刻="10:00"),
]


class Looked(Scripted):
    """A provider whose preflight says what it is told, and remembers which timetable it was given."""

    def __init__(self, *findings: Finding, error: Exception | None = None) -> None:
        super().__init__()
        self.findings, self.error = findings, error
        self.timetable: Sequence[Planned] = ()

    async def preflight(self, timetable: Sequence[Planned]) -> Sequence[Finding]:
        self.timetable = timetable
        if self.error is not None:
            raise self.error
        return self.findings


class Shared(Looked):
    """Its means are one for all events."""

    def plan(self, timetable: Sequence[Planned]) -> None:
        pass

    def remember(self, rooms: object) -> None:
        pass


ASK = Finding("recording", "ask", {"ja": "録画が無効か、見てください。", "en": "See that recording is off."})


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path / "data") as made:
        set_up(made, waiting_room=True)
        await with_event(made, PEOPLE)
        yield made


def interview(house: House, number: str) -> str:
    (found,) = house.halls[EVENT].people.with_number(number)
    return found


async def switch(house: House, provider: str, /, **more: Any) -> dict[str, Any]:
    return await run(house, "provider-switch", {"event": EVENT, "provider": provider, "reason": "試験", **more})


async def preview(house: House, provider: str, **more: Any) -> dict[str, Any]:
    return await run(house, "provider-switch", {"event": EVENT, "provider": provider, "dry_run": True, **more})


async def check(house: House, **more: Any) -> list[dict[str, Any]]:
    answer = await run(house, "provider-check", {"provider": "scripted", **more}, language="en")
    found: list[dict[str, Any]] = answer["findings"]
    return found


# --- switching ---------------------------------------------------------------------------------------------------


async def test_a_preview_says_what_becomes_of_each_and_changes_nothing(house: House) -> None:
    head = house.halls[EVENT].state.head
    await run(
        house, "links-import",
        {"event": EVENT, "provider": "harutaka", "csv": encoded(sheet(line("1001"))), "mailed": False},
    )  # fmt: skip
    seen = await preview(house, "harutaka")
    assert (seen["from"], seen["to"]) == ("webrtc", "harutaka")
    assert seen["counts"] == {"follows": 3, "reopens": 0, "stays": 0, "moves": 0, "own": 0, "same": 0}
    assert {row["number"]: row["hindrance"] for row in seen["rows"]} == {
        "1001": None, "1002": "no_link", "1003": "no_link",
    }  # fmt: skip
    assert {row["terms_to_see"] for row in seen["rows"]} == {True}
    assert seen["warnings"] == ["no_link", "waits_again", "terms"]
    assert {*seen["rows"][0]} == {
        "interview", "number", "name", "room", "starts_at", "phase", "from", "to", "effect", "terms_to_see",
        "hindrance", "old_link",
    }  # fmt: skip
    assert house.halls[EVENT].state.head == head + 1  # the import


async def test_a_mailed_link_stays_good_and_staff_have_to_know(house: House) -> None:
    await run(
        house, "links-import",
        {"event": EVENT, "provider": "harutaka", "csv": encoded(sheet(line("1001"))), "mailed": True},
    )  # fmt: skip
    await switch(house, "harutaka")
    seen = await preview(house, "webrtc")
    assert {row["number"]: row["old_link"] for row in seen["rows"]} == {"1001": "stays", "1002": None, "1003": None}
    assert seen["warnings"] == ["old_links_stay"]


async def test_narrower_choices_are_left_alone_unless_they_are_taken_along(house: House) -> None:
    own = f"i:{interview(house, '1002')}"
    await switch(house, "scripted", scope="r:r2")
    await switch(house, "scripted", scope=own)
    assert (await preview(house, "harutaka"))["counts"]["own"] == 2
    assert "own" in (await preview(house, "harutaka"))["warnings"]
    assert (await preview(house, "harutaka", with_narrower=True))["counts"]["follows"] == 3
    assert [row["number"] for row in (await preview(house, "harutaka", scope="r:r1"))["rows"]] == ["1001", "1002"]
    assert [row["effect"] for row in (await preview(house, "", scope=own))["rows"]] == ["follows"]
    await switch(house, "", scope=own)
    state = house.halls[EVENT].state
    assert state.provider_for(own) == "webrtc"
    await switch(house, "harutaka", with_narrower=True)
    assert {*state.providers} == {"event"}


async def test_a_provider_that_is_down_or_gone_is_warned_of(house: House) -> None:
    await house.halls[EVENT].execute(ReportProvider("scripted", "unavailable"), actor="reactor", command_id="down-1")
    seen = await preview(house, "scripted")
    assert {row["hindrance"] for row in seen["rows"]} == {"provider_down"}
    assert seen["warnings"] == ["provider_down"]
    state = house.halls[EVENT].state
    await switch(house, "scripted", scope="r:r1")
    await switch(house, "harutaka")
    del house.providers._known["harutaka"]
    house.provider_infos.clear()
    seen = await preview(house, "", scope="r:r1")
    assert state.provider_for() == "harutaka"
    assert {row["hindrance"] for row in seen["rows"]} == {"not_configured"}


async def test_a_switch_that_changes_nothing_says_so(house: House) -> None:
    seen = await preview(house, "webrtc")
    assert (seen["warnings"], seen["counts"]["same"]) == (["nothing_changes"], 3)


async def test_an_interview_that_is_over_is_in_no_preview(house: House) -> None:
    gone = interview(house, "1001")
    await house.halls[EVENT].execute(CancelInterview(gone, "candidate"), actor="cli", command_id="cancel")
    assert [row["number"] for row in (await preview(house, "scripted"))["rows"]] == ["1003", "1002"]


async def test_a_switch_rests_on_what_was_looked_at(house: House) -> None:
    seen = await preview(house, "scripted")
    await switch(house, "harutaka")
    with pytest.raises(Refused) as caught:
        await switch(house, "scripted", expects=seen["from"])
    assert caught.value.code == "changed_meanwhile"
    assert house.halls[EVENT].state.provider_for() == "harutaka"
    answer = await switch(house, "scripted", expects="harutaka", open="move")
    assert answer == {"event": EVENT, "scope": "event", "provider": "scripted"}
    entry = (await house.book.read(EVENT, house.halls[EVENT].state.head - 1))[0].entry
    assert entry == ProviderSwitched("scripted", "event", "move", "chosen", "harutaka")


async def test_terms_that_were_agreed_to_are_not_to_be_seen_again(house: House) -> None:
    terms = Terms("Terms", "https://example.com/terms", "3")
    house.providers.add(Scripted(abilities=_with_terms(terms)))
    house.provider_infos.clear()
    assert {row["terms_to_see"] for row in (await preview(house, "scripted"))["rows"]} == {True}
    hall, first = house.halls[EVENT], interview(house, "1001")
    agreed = Consent(first, "sid-1", "1", "3", provider="scripted")
    await hall.execute(agreed, actor=f"candidate:{first}", command_id="consent-1")
    rows = (await preview(house, "scripted"))["rows"]
    assert {row["number"]: row["terms_to_see"] for row in rows} == {"1001": False, "1002": True, "1003": True}


def _with_terms(terms: Terms) -> Any:
    return replace(ABILITIES, terms=terms)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"provider": "skype"}, "unknown_provider", "/provider"),
        ({"provider": "zoom"}, "unknown_provider", "/provider"),
        ({"provider": 5}, "invalid", "/provider"),
        ({"reason": " "}, "invalid", "/reason"),
        ({"reason": None}, "invalid", "/reason"),
        ({"open": "jump"}, "invalid", "/open"),
        ({"with_narrower": "yes"}, "invalid", "/with_narrower"),
    ],
)
async def test_bad_arguments_of_a_switch_are_named(
    house: House, changes: dict[str, Any], code: str, field: str
) -> None:
    head = house.halls[EVENT].state.head
    with pytest.raises(Problem) as caught:
        await switch(house, "scripted", **changes)
    assert (caught.value.code, caught.value.field) == (code, field)
    assert house.halls[EVENT].state.head == head


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"provider": ""}, "bad_target"),
        ({"scope": "r:r9"}, "no_such_room"),
        ({"scope": "i:nobody"}, "no_such_interview"),
        ({"scope": "x"}, "bad_target"),
    ],
)
@pytest.mark.parametrize("dry_run", [True, False])
async def test_scopes_that_are_none(house: House, changes: dict[str, Any], code: str, dry_run: bool) -> None:
    with pytest.raises(Refused) as caught:
        await switch(house, "scripted", **{**changes, "dry_run": dry_run})
    assert caught.value.code == code


# --- failing over ------------------------------------------------------------------------------------------------


async def test_a_proposal_is_accepted_by_where_it_leads(house: House) -> None:
    hall = house.halls[EVENT]
    await switch(house, "harutaka")
    await switch(house, "scripted", scope="r:r2")  # the rehearsal's steps in only where it is in use
    await hall.execute(ReportProvider("harutaka", "unavailable"), actor="reactor", command_id="down-1")
    answer = await run(house, "failover", {"event": EVENT, "to": "scripted", "open": "move"})
    assert (answer["provider"], answer["to"]) == ("harutaka", "scripted")
    assert hall.state.providers["event"].because == "failover"
    await hall.execute(ReportProvider("harutaka", ""), actor="reactor", command_id="up-1")
    await run(house, "failover", {"event": EVENT, "to": "harutaka"})
    assert hall.state.provider_for() == "harutaka"


async def test_nothing_is_failed_over_that_is_not_proposed(house: House) -> None:
    with pytest.raises(Refused) as caught:
        await run(house, "failover", {"event": EVENT, "to": "scripted"})
    assert caught.value.code == "nothing_proposed"


# --- what there is -----------------------------------------------------------------------------------------------


async def test_providers_are_listed_with_who_uses_them_and_which_are_down(house: House) -> None:
    await switch(house, "scripted", scope="r:r1")
    await house.halls[EVENT].execute(ReportProvider("scripted", "unavailable"), actor="reactor", command_id="down-1")
    listed = {p["provider"]: p for p in (await run(house, "provider-list", {}))["providers"]}
    assert {name: p["events"] for name, p in listed.items()} == {
        "webrtc": [EVENT], "scripted": [EVENT], "harutaka": [],
    }  # fmt: skip
    assert [(one["event"], one["code"]) for one in listed["scripted"]["down"]] == [(EVENT, "unavailable")]
    assert listed["webrtc"]["down"] == []
    assert (listed["harutaka"]["issued"], listed["harutaka"]["waits_again"], listed["harutaka"]["preflight"]) == (
        True, True, True,
    )  # fmt: skip
    assert (listed["webrtc"]["embedded"], listed["webrtc"]["preflight"]) == (True, False)


# --- looking beforehand ------------------------------------------------------------------------------------------


async def test_a_check_is_about_who_is_still_to_be_held_with_it(house: House) -> None:
    provider = Looked()
    house.providers.add(provider)
    await check(house)
    assert provider.timetable == []
    await switch(house, "scripted", scope="r:r1")
    gone = interview(house, "1002")
    await house.halls[EVENT].execute(CancelInterview(gone, "candidate"), actor="cli", command_id="cancel")
    await check(house)
    assert [slot.interview for slot in provider.timetable] == [interview(house, "1001")]
    await check(house, event=EVENT)
    assert {slot.interview for slot in provider.timetable} == {interview(house, "1001"), interview(house, "1003")}


async def test_of_another_event_only_means_that_are_shared_count_and_nobody_is_named(house: House) -> None:
    other = "other-2026"
    await run(house, "event-create", {"file": event_document(id=other, provider="scripted")})
    await run(house, "roster-import", {"event": other, "csv": encoded(csv_of_one())})
    theirs = next(iter(house.halls[other].state.interviews))
    short = Finding("concurrency", "failed", {"ja": "足りません", "en": "short of a host"}, theirs)
    alone = Looked(short)
    house.providers.add(alone)
    await check(house, event=EVENT)
    assert {slot.event for slot in alone.timetable} == {EVENT}
    shared = Shared(short)
    house.providers.add(shared)
    (found,) = await check(house, event=EVENT)
    assert {slot.event for slot in shared.timetable} == {EVENT, other}
    assert found == {"check": "concurrency", "verdict": "failed", "sentence": "short of a host", "confirmed": None}
    (found,) = await check(house)
    assert (found["event"], found["number"], found["name"]) == (other, "2001", "山田 花子")


def csv_of_one() -> bytes:
    return csv_bytes([roster_row("2001")])


async def test_whom_a_finding_is_about_is_told_to_the_administrator(house: House) -> None:
    first = interview(house, "1001")
    house.providers.add(Looked(Finding("coverage", "failed", {"ja": "なし", "en": "none"}, first)))
    (found,) = await check(house, event=EVENT)
    starts_at = house.halls[EVENT].state.interviews[first].starts_at // 1000
    assert (found["interview"], found["number"], found["starts_at"]) == (first, "1001", starts_at)


@pytest.mark.parametrize("error", [Retry("unavailable"), ProviderError("x"), OSError(), TimeoutError()])
async def test_a_provider_that_does_not_answer_is_a_finding(house: House, error: Exception) -> None:
    house.providers.add(Looked(error=error))
    (found,) = await check(house)
    assert (found["check"], found["verdict"]) == ("answer", "failed")


async def test_nor_does_one_that_takes_too_long_hold_anybody_up(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow(Looked):
        async def preflight(self, timetable: Sequence[Planned]) -> Sequence[Finding]:  # noqa: ARG002
            await asyncio.Event().wait()
            return ()

    monkeypatch.setattr(checking, "CHECK_WITHIN", 0.01)
    house.providers.add(Slow())
    assert [found["check"] for found in await check(house)] == ["answer"]


async def test_one_that_has_nothing_to_look_at_says_so(house: House) -> None:
    for provider in ("scripted", "webrtc"):
        (found,) = await check(house, provider=provider)
        assert (found["verdict"], found["check"]) == ("ok", "nothing")


async def test_a_confirmation_stands_with_its_day_and_name(house: House) -> None:
    house.providers.add(Looked(ASK))
    assert (await check(house, event=EVENT))[0]["confirmed"] is None
    said = {"event": EVENT, "provider": "scripted", "check": "recording", "name": "青木 恵子", "note": "画面で見た"}
    at = (await run(house, "provider-confirm", said))["at"]
    assert (await check(house, event=EVENT))[0]["confirmed"] == {"at": at, "by": "青木 恵子"}
    assert (await check(house))[0]["confirmed"] == {"at": at, "by": "青木 恵子"}
    rows = await house.book.journal.read(EVENT, 0)
    assert "青木".encode() not in b"".join(row.body for row in rows)
    later = await run(house, "provider-confirm", {**said, "name": "西村 花"})
    assert (await check(house, event=EVENT))[0]["confirmed"] == {"at": later["at"], "by": "西村 花"}


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"name": None}, "invalid", "/name"),
        ({"check": "x y"}, "invalid", "/check"),
        ({"provider": "zoom"}, "unknown_provider", "/provider"),
        ({"event": "nope"}, "unknown_event", "/event"),
    ],
)
async def test_who_confirmed_has_to_be_said(house: House, changes: dict[str, Any], code: str, field: str) -> None:
    said = {"event": EVENT, "provider": "scripted", "check": "recording", "name": "青木 恵子"}
    with pytest.raises(Problem) as caught:
        await run(house, "provider-confirm", said | changes)
    assert (caught.value.code, caught.value.field) == (code, field)


async def test_harutakas_own_preflight_reads_what_was_imported(house: House) -> None:
    await run(
        house, "links-import",
        {"event": EVENT, "provider": "harutaka", "csv": encoded(sheet(line("1001"))), "mailed": False},
    )  # fmt: skip
    found = await check(house, provider="harutaka", event=EVENT)
    assert [f["number"] for f in found if f["verdict"] == "failed"] == ["1003", "1002"]
    assert {f["check"] for f in found if f["verdict"] == "ask"} >= {"recording", "waiting_room"}


# --- making an event ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "path", "words"),
    [
        ({"provider": "zoom"}, "provider", "webrtc"),
        ({"provider_order": ["harutaka", "zoom"]}, "provider_order[1]", "scripted"),
    ],
)
async def test_no_event_is_made_for_a_provider_that_is_not_here(
    house: House, changes: dict[str, Any], path: str, words: str
) -> None:
    with pytest.raises(Problem) as caught:
        await run(house, "event-create", {"file": event_document(id="new-2026", **changes)}, language="en")
    (fault,) = (caught.value.extra or {})["faults"]
    assert (fault["path"], fault["code"]) == (path, "unknown_provider")
    assert words in fault["sentence"]
    assert await house.book.events() == [EVENT]
