"""What a candidate says of their own accord: it is kept, it is a task until somebody has read it, they see that."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.day import EVENT, FILE, HANAKO, JIRO, TARO, Browser, Clock, Day, day

CANCELLABLE = {**FILE, "policy": {"booking": {"cancel_by": {"days_before": 0, "at": "23:59"}}}}


async def tasks(desk: Browser) -> list[tuple[str, str, str]]:
    found: list[Any] = (await desk.see())["tasks"]
    return [(task["code"], task["interview"], task["action"]) for task in found]


def phase(today: Day, interview: str) -> str:
    return today.hall.state.interviews[interview].phase


async def test_a_late_notice_is_a_task_until_it_was_read_and_the_candidate_sees_that(today: Day) -> None:
    """Before the door opens, and without a seat."""
    taro, desk = await today.candidate(TARO, seated=False), await today.staff("Ito", "reception")
    await taro.must("help", reason="late", minutes=10, text="電車が止まっています")
    assert ("late_notice", TARO.id, "acknowledge") in await tasks(desk)
    said = (await taro.see())["said"]
    assert (said["code"], said["minutes"], said["text"]) == ("late", 10, "電車が止まっています")
    assert said["seen_at"] is None
    row = (await desk.see())["rows"][TARO.id]
    assert (row["late_notice"]["minutes"], row["late_notice"]["seen"]) == (10, False)
    assert "acknowledge" in row["can"]
    await desk.must("acknowledge", interview=TARO.id)
    assert (await taro.see())["said"]["seen_at"]
    assert "late_notice" not in [code for code, *_ in await tasks(desk)]
    assert (await desk.do("acknowledge", interview=TARO.id)).code == "no_notice"


async def test_a_task_is_gone_on_a_second_console_too(today: Day) -> None:
    taro = await today.candidate(TARO, seated=False)
    first, second = await today.staff("Ito", "reception"), await today.staff("Mori", "reception")
    await taro.must("help", reason="late", minutes=5)
    async with second.live() as line:
        await line.until(lambda view: "late_notice" in [task["code"] for task in view["tasks"]])
        await first.must("acknowledge", interview=TARO.id)
        await line.until(lambda view: "late_notice" not in [task["code"] for task in view["tasks"]])


@pytest.mark.parametrize("command", ["contact", "message"])
async def test_who_is_called_or_written_to_was_heard(today: Day, command: str) -> None:
    taro, desk = await today.candidate(TARO, seated=False), await today.staff("Ito", "reception")
    await taro.must("help", reason="cannot_connect")
    assert ("cannot_connect", TARO.id, "contact") in await tasks(desk)
    await desk.must(command, interview=TARO.id, **({"text": "電話します。"} if command == "message" else {}))
    assert "cannot_connect" not in [code for code, *_ in await tasks(desk)]
    assert (await taro.see())["said"]["seen_at"]


async def test_a_notice_is_withdrawn_and_stays_in_the_journal(today: Day) -> None:
    taro, desk = await today.candidate(TARO, seated=False), await today.staff("Ito", "reception")
    await taro.must("help", reason="late", minutes=10)
    await taro.must("withdraw-notice")
    assert await tasks(desk) == []
    assert (await desk.see())["rows"][TARO.id]["late_notice"] is None
    assert (await taro.see())["said"]["withdrawn"]
    assert (await taro.do("withdraw-notice")).code == "no_notice"


async def test_who_arrived_is_not_late_any_more(today: Day) -> None:
    taro, desk = await today.candidate(TARO, seated=False), await today.staff("Ito", "reception")
    await taro.must("help", reason="late", minutes=10)
    await taro.must("check-in", number=TARO.number, name=TARO.name)
    assert "late_notice" not in [code for code, *_ in await tasks(desk)]


async def test_another_page_of_the_link_does_not_read_the_words(today: Day) -> None:
    """A link alone is half of the key."""
    taro = await today.candidate(TARO, seated=False)
    await taro.must("help", reason="late", minutes=10, text="通院のため")
    other = await today.candidate(TARO, seated=False)
    said = (await other.see())["said"]
    assert (said["code"], said["text"]) == ("late", "")


async def test_a_companion_sees_that_it_was_said_and_not_the_words(today: Day) -> None:
    jiro = await today.candidate(JIRO)
    await jiro.must("help", reason="cannot_connect", text="音が出ません")
    companion = today.browser()
    assert (await companion.enter(link=today.link(JIRO.id, "companion.1"))).status == 200
    assert (await companion.see())["said"]["text"] == ""
    assert (await companion.do("cancel", number=JIRO.number)).code == "forbidden"


# --- cancelling --------------------------------------------------------------------------------------------------


@pytest.fixture
async def cancellable(tmp_path: Path) -> AsyncIterator[Day]:
    """Until the interview begins, for the day's end is later."""
    clock = Clock()
    async with day(tmp_path, file=CANCELLABLE, clock=clock) as made:
        assert made.hall.id == EVENT
        yield made


async def test_a_candidate_cancels_with_their_number_until_the_cut_off(cancellable: Day) -> None:
    taro, desk = await cancellable.candidate(TARO, seated=False), await cancellable.staff("Ito", "reception")
    assert (await taro.see())["schedule"]["cancel_by"] is not None
    refused = await taro.do("cancel", number="A-9999")
    assert (refused.code, phase(cancellable, TARO.id)) == ("number_differs", "preparing")
    await taro.must("cancel", number="ａ－１００２", text="別の試験に合格したため")
    assert phase(cancellable, TARO.id) == "cancelled"
    assert ("cancelled", TARO.id, "acknowledge") in await tasks(desk)
    row = (await desk.see())["rows"][TARO.id]
    assert (row["end"]["side"], row["end"]["reason"]) == ("candidate", "別の試験に合格したため")
    assert (await taro.see())["said"]["code"] == "cancelled"
    await desk.must("acknowledge", interview=TARO.id)
    assert await tasks(desk) == []
    assert (await taro.see())["said"]["seen_at"]


async def test_after_the_cut_off_and_without_one_people_call(today: Day, cancellable: Day) -> None:
    hanako = await today.candidate(HANAKO, seated=False)
    assert (await hanako.see())["schedule"]["cancel_by"] is None
    assert (await hanako.do("cancel", number=HANAKO.number)).code == "cancel_closed"
    late = await cancellable.candidate(HANAKO, seated=False)  # their time has come
    assert (await late.do("cancel", number=HANAKO.number)).code == "cancel_closed"


async def test_nobody_cancels_on_a_page_that_was_taken_over(cancellable: Day) -> None:
    first = await cancellable.candidate(TARO)
    await cancellable.candidate(TARO)
    assert (await first.do("cancel", number=TARO.number)).code == "not_holder"
    assert (await first.do("withdraw-notice")).code == "not_holder"


async def test_wrong_numbers_slow_the_page_down(cancellable: Day) -> None:
    taro = await cancellable.candidate(TARO, seated=False)
    codes = [(await taro.do("cancel", number=f"A-{n}")).code for n in range(6)]
    assert codes[0] == "number_differs"
    assert codes[-1] == "slow_down"
    assert phase(cancellable, TARO.id) == "preparing"
