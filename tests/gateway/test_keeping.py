"""What an administrator does with personal data on their page: looks, holds, discloses, deletes before the time."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.operations import run
from gateway.problems import Problem
from gateway.routes.admin import CALLS
from tests.gateway.test_retention import DAY, EVENT, NAMES, REASON, WORDS, Clock, a_day, at, found_in, needles
from tests.support.day import HANAKO, TARO, Day
from tests.support.samples import NOW
from waiting_room.entries import Disclosed, HoldSet, PurgeBegun
from waiting_room.errors import Refused


async def test_an_administrator_holds_and_discloses_with_a_reason_and_the_journal_says_who(today: Day) -> None:
    admin = await today.staff("kanri", "administrator")
    path = f"/api/s/{admin.sid}/retention"
    before = (await admin.get(path)).body
    assert (before["stage"], before["held"], before["people"], before["over"]) == ("no_time", None, [], False)
    await admin.must("legal-hold", on=True, reason="審査請求")
    await admin.must("legal-hold", interview=HANAKO.id, on=True, reason="本人の請求")
    made = await admin.must("disclose", interview=TARO.id, reason="開示請求")
    assert TARO.name in made["html"]
    assert HANAKO.name not in str(made)
    found = (await admin.get(path)).body
    assert found["stage"] == "held"
    assert (found["held"]["reason"], found["held"]["by"]) == ("審査請求", "kanri")
    assert [(one["number"], one["reason"]) for one in found["people"]] == [(HANAKO.number, "本人の請求")]
    assert [(one["name"], one["reason"], one["by"]) for one in found["disclosures"]] == [
        (TARO.name, "開示請求", "kanri")
    ]
    entries = await today.gateway.house.book.read("exam", 0)
    actors = [st.actor for st in entries if isinstance(st.entry, HoldSet | Disclosed)]
    assert actors == ["staff:stkanri"] * 3
    for command, body in (("legal-hold", {"on": True}), ("disclose", {"interview": HANAKO.id})):
        assert (await admin.do(command, **body)).code == "invalid"  # without a reason
    await admin.must("legal-hold", on=False, reason="終了")
    assert (await admin.get(path)).body["held"] is None


async def test_what_was_disclosed_is_not_kept_as_an_answer(today: Day) -> None:
    admin = await today.staff("kanri", "administrator")
    for _ in range(2):
        await admin.must("disclose", id="same-id-twice", interview=TARO.id, reason="開示請求")
    assert not next(call for call in CALLS if call.name == "disclose").kept
    entries = await today.gateway.house.book.read("exam", 0)
    assert sum(isinstance(st.entry, Disclosed) for st in entries) == 1


async def test_deleting_before_the_time_needs_the_events_name_and_its_end(tmp_path: Path) -> None:
    clock = Clock()
    async with at(tmp_path, clock) as house:
        people = await a_day(house)
        wanted = await needles(house, house.settings.keys_dir)
        for typed, code in (("other", "invalid"), (f"{EVENT}x", "invalid")):
            with pytest.raises(Problem) as caught:
                await run(house, "purge-now", {"event": EVENT, "typed": typed})
            assert caught.value.code == code
        with pytest.raises(Refused) as refused:
            await run(house, "purge-now", {"event": EVENT, "typed": EVENT})
        assert refused.value.code == "event_not_over"
        clock.now = NOW + DAY
        await run(house, "hold", {"event": EVENT, "on": True, "reason": REASON})
        with pytest.raises(Refused) as refused:
            await run(house, "purge-now", {"event": EVENT, "typed": EVENT})
        assert refused.value.code == "held"
        assert house.halls[EVENT].people.roster
        await run(house, "hold", {"event": EVENT, "on": False, "reason": "終了"})
        await run(house, "hold", {"event": EVENT, "interview": people["1002"], "on": True, "reason": REASON})
        done = await run(house, "purge-now", {"event": EVENT, "typed": EVENT}, actor="staff:st1")
        assert (done["stage"], done["kept"]) == ("purged", [people["1002"]])
        assert found_in(tmp_path, wanted) == []
        begun = next(st for st in await house.book.read(EVENT, 0) if isinstance(st.entry, PurgeBegun))
        assert (begun.entry, begun.actor) == (PurgeBegun(early=True), "staff:st1")
        assert (await run(house, "verify", {"event": EVENT}))["ok"]
        kept = await run(house, "disclose", {"event": EVENT, "interview": people["1002"], "reason": REASON})
        assert NAMES[1] in kept["html"]
        assert WORDS not in kept["html"]


async def test_an_administrator_who_deletes_gets_an_answer_and_every_session_ends(today: Day) -> None:
    admin, hanako = await today.staff("kanri", "administrator"), await today.candidate(HANAKO)
    today.clock.shift(5 * 3600)
    done = await admin.must("purge-now", typed="exam")
    assert done["stage"] == "purged"
    for browser in (admin, hanako):
        assert (await browser.get(f"/api/s/{browser.sid}/view")).code == "session_expired"
