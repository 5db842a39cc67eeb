"""Each verdict can be asked why: the rule with its figures and its version, and the entries that it rests on."""

from __future__ import annotations

import base64
import json
import re
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gateway.bundle.checking import check
from gateway.cli import invoke
from gateway.operations import run
from gateway.record.reasons import reasons, to_json
from gateway.record.reasonwords import EVIDENCE, FIGURES, HEADINGS, ROLES, VALUES
from gateway.record.sheet import Wording
from gateway.record.words import MARKS
from tests.gateway.test_attendance import START
from tests.gateway.test_attendance import Day as Told
from tests.support.day import EVENT, HANAKO, JIRO, TARO, Browser, Day
from waiting_room.evidence import POLICY_OF
from waiting_room.policy import Policy

CLOCK = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")


async def asked(desk: Browser, interview: str, lang: str = "en") -> Any:
    answer = await desk.get(f"/api/s/{desk.sid}/why/{interview}?lang={lang}")
    assert answer.status == 200, answer
    return answer.body


async def test_a_late_arrival_says_its_rule_its_figures_and_its_entries(today: Day) -> None:
    today.clock.shift(21 * 60 + 30)  # due in 19
    await today.candidate(TARO)
    found = await asked(await today.staff("Ito", "reception"), TARO.id)
    assert (found["verdict"], found["label"], found["minutes"]) == ("late", "late", 3)
    assert found["rule"]["code"] == "arrival.late"
    assert "begun minutes" in found["rule"]["words"]
    created = today.hall.state.rules[-1].offset
    assert found["since"]["offset"] == created
    figures = {one["words"]: one["value"] for one in found["figures"]}
    assert figures["check in by, before the start"] == "5 min"
    assert figures["late after, from the start"] == "0 min"
    arrival = today.hall.state.interviews[TARO.id].arrival
    assert arrival is not None
    decides = [one for one in found["entries"] if one["decides"]]
    assert [(one["offset"], one["what"], one["by"]) for one in decides] == [
        (arrival.offset, "checked in", "the candidate")
    ]
    assert CLOCK.fullmatch(decides[0]["clock"])
    assert [one["offset"] for one in found["entries"]] == sorted(one["offset"] for one in found["entries"])


async def test_it_says_in_which_role_who_made_each_entry(today: Day) -> None:
    desk = await today.staff("Ito", "reception")
    person = await today.candidate(HANAKO, seated=False)
    await person.do("check-in", number="Z-9999", name=HANAKO.name)
    await desk.must("no-show", interview=HANAKO.id, reason="不在")
    found = await asked(desk, HANAKO.id, "ja")
    assert found["rule"]["code"] == "trying.failed"
    assert [(one["what"], one["by"]) for one in found["entries"] if one["decides"]] == [
        ("番号が合わず受付できなかった", "本人"),
        ("終了が記録された: 欠席", "受付"),
    ]


async def test_only_staff_of_the_room_may_ask_and_asking_changes_nothing(today: Day) -> None:
    hanako, other = await today.candidate(HANAKO, seated=False), await today.staff("Ito", rooms=("r2",))
    before = today.hall.state.head
    for who in (hanako, other):
        assert (await who.get(f"/api/s/{who.sid}/why/{HANAKO.id}")).code == "forbidden"
    assert (await other.get(f"/api/s/{other.sid}/why/ivnobody")).code == "no_such_interview"
    assert (await asked(other, JIRO.id))["rule"]["code"] == "arrival.none_yet"
    assert today.hall.state.head == before


async def test_nothing_personal_is_in_it(today: Day) -> None:
    await today.candidate(HANAKO)
    desk = await today.staff("Ito", "reception")
    text = json.dumps(await asked(desk, HANAKO.id), ensure_ascii=False)
    for word in (HANAKO.name, HANAKO.number, "Ito"):
        assert word not in text


async def test_the_command_asks_by_number(today: Day) -> None:
    await today.candidate(HANAKO)
    answer = await run(today.gateway.house, "why", {"event": EVENT, "of": "ａ-1001"}, language="en")
    assert [one["interview"] for one in answer["why"]] == [HANAKO.id]
    (lines,) = answer["lines"]
    assert lines[0] == "late 2 min"
    assert any(line.startswith("  #") and line.endswith("checked in (the candidate)") for line in lines)
    with pytest.raises(Exception, match="unknown_interview"):
        await run(today.gateway.house, "why", {"event": EVENT, "of": "nobody"}, language="en")


async def test_the_record_page_opens_it_without_a_script(today: Day) -> None:
    await today.candidate(HANAKO)
    chief = await today.staff("Chief", "administrator")
    page = (await chief.get(f"/api/s/{chief.sid}/attendance.html?lang=en")).body
    details = re.findall(r"<details><summary>Why\?.*?</details>", page, re.DOTALL)
    assert len(details) == 3
    assert any("checked in (the candidate)" in one and "5 min" in one for one in details)
    assert "<script" not in page


@pytest.mark.parametrize(("people", "of"), [(True, HANAKO.number), (False, HANAKO.id)])
async def test_a_bundle_tells_the_same_where_nothing_else_is_known(
    today: Day,
    people: bool,
    of: str,
) -> None:
    await today.candidate(HANAKO)
    desk = await today.staff("Ito", "reception")
    live = await asked(desk, HANAKO.id)
    made = await run(today.gateway.house, "export", {"event": EVENT, "people": people})
    bundle = base64.b64decode(made["bundle"])
    found = await check(bundle, [made["record_key"]], why=of, language="en")
    assert found.ok
    assert [to_json(one) for one in found.why] == [live]
    assert (await check(bundle, why="nobody")).why == ()


def test_every_entry_role_figure_and_value_has_words_in_both_languages() -> None:
    document = Policy().to_document()
    keys = {key for named in POLICY_OF.values() for key in named}
    assert keys - {"booking"} <= FIGURES.keys()
    assert {"cancel_by", "reply_by", "confirmation"} <= FIGURES.keys() & document["booking"].keys()
    for table in (EVIDENCE, ROLES, FIGURES, VALUES, HEADINGS):
        assert all(ja and en for ja, en in table.values())
    assert {name for name in EVIDENCE if name.startswith("tried_")} <= MARKS.keys()


def test_the_same_journal_gives_the_same_reasons() -> None:
    def told() -> Any:
        day = Told()
        day.schedule("a")
        day.arrive("a", START + 90_000_000)
        wording = Wording(ZoneInfo("Asia/Tokyo"), {}, "ja")
        return to_json(reasons(day.event, day.event.interviews["a"], wording))

    assert told() == told()


def test_a_command_line_that_asks_why_of_an_event_is_told_where_to_ask(capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["verify", "exam", "--why", "A-1"]) == 2
    assert "usage" in capsys.readouterr().err
