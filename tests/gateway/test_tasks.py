"""Reception's list: each thing has one action, the most urgent first, and is gone when it is settled."""

from __future__ import annotations

from typing import Any

from tests.support.day import HANAKO, JIRO, TARO, Browser, Day
from waiting_room.viewing.urgency import by_urgency

BAD_DEVICE = {"camera": "ok", "microphone": "fail", "speaker": "ok", "network": "ok"}


async def codes(desk: Browser) -> list[str]:
    return [task["code"] for task in (await desk.see())["tasks"]]


async def test_a_failed_check_is_settled_by_a_message(today: Day) -> None:
    taro, desk = await today.candidate(TARO, seated=False), await today.staff("Ito", "reception")
    await taro.must("devices", **BAD_DEVICE)
    (task,) = (await desk.see())["tasks"]
    assert (task["code"], task["action"], task["urgency"]) == ("device", "message", "later")
    await desk.must("message", interview=TARO.id, text="イヤホンを試してください。")
    assert await codes(desk) == []
    await taro.must("devices", **BAD_DEVICE)  # and it failed again
    assert await codes(desk) == ["device"]


async def test_whoever_stands_at_the_door_comes_first(today: Day) -> None:
    taro, desk = await today.candidate(TARO, seated=False), await today.staff("Ito", "reception")
    jiro = await today.candidate(JIRO, seated=False)
    await taro.must("devices", **BAD_DEVICE)
    await taro.must("help", reason="late", minutes=5)
    await jiro.must("check-in", number=JIRO.number, name="佐藤 一郎")
    found: list[Any] = (await desk.see())["tasks"]
    assert [task["code"] for task in found if task["code"] != "panel_missing"] == [
        "difference",
        "late_notice",
        "device",
    ]
    assert [task["urgency"] for task in found if task["code"] != "panel_missing"] == ["now", "soon", "later"]


def test_a_task_that_this_release_cannot_rank_comes_last_and_is_there() -> None:
    tasks = [{"id": "x", "code": "of_later", "since": 1}, {"id": "y", "code": "device", "since": 2}]
    assert [task["id"] for task in by_urgency(tasks)] == ["y", "x"]


# --- what the candidate's page shows -----------------------------------------------------------------------------


async def test_staff_read_what_the_candidate_sees_and_can_do_nothing_there(today: Day) -> None:
    hanako, desk = await today.candidate(HANAKO), await today.staff("Ito", "reception")
    await desk.must("message", interview=HANAKO.id, text="もうすぐです。")
    before = today.hall.state.head
    page = await desk.get(f"/api/s/{desk.sid}/page/{HANAKO.id}?lang=ja")
    assert page.status == 200
    for words in ("見るだけ", HANAKO.number, "もうすぐです。", "第1面接室"):
        assert words in page.body
    for part in ("<script", "<form", "<button", "<input"):
        assert part not in page.body
    assert today.hall.state.head == before
    assert (await hanako.see())["messages"]


async def test_every_state_of_the_page_can_be_read_in_both_languages(today: Day) -> None:
    """From the link that nobody has opened to the end."""
    desk = await today.staff("Ito", "reception")

    async def read() -> str:
        pages = [(await desk.get(f"/api/s/{desk.sid}/page/{TARO.id}?lang={lang}")).body for lang in ("ja", "en")]
        assert not [page for page in pages if "candidate." in page.replace("/candidate.css", "") or "console." in page]
        return str(pages[1])

    texts = [await read()]
    taro = await today.candidate(TARO, seated=False)
    await taro.must("devices", **BAD_DEVICE)
    texts.append(await read())
    await taro.must("help", reason="late", minutes=5)
    texts.append(await read())
    await taro.must("check-in", number=TARO.number, name=TARO.name)
    texts.append(await read())
    await desk.must("pause", on=True)
    texts.append(await read())
    await desk.must("pause", on=False)
    await desk.must("no-show", interview=HANAKO.id, reason="不在")
    today.clock.shift(20 * 60)
    await desk.must("no-show", interview=TARO.id, code="not_there_when_called", reason="不在")
    texts.append(await read())
    assert len(set(texts)) == len(texts)


async def test_only_staff_of_the_room_may_read_it(today: Day) -> None:
    hanako, other = await today.candidate(HANAKO), await today.staff("Ito", rooms=("r2",))
    for who in (hanako, other):
        assert (await who.get(f"/api/s/{who.sid}/page/{HANAKO.id}")).code == "forbidden"
    assert (await other.get(f"/api/s/{other.sid}/page/ivnobody")).code == "no_such_interview"
