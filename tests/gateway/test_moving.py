"""From one provider to another while people are in it: nobody loses a seat, and the way back is not lost either."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from providers.base import Retry
from providers.webrtc.spawn import stop_worker
from tests.support.call_client import CallClient
from tests.support.day import FILE, HANAKO, Day, day
from tests.support.outside import named, of, ready, session_of, switch, until


async def test_an_open_session_moves_behind_the_same_link(today: Day) -> None:
    """The page is told, asks for its ticket anew and gets the other provider's; the older session ends when the button
    was pressed; the interview goes on."""
    other = named(today, "other")
    panel = await today.staff("Ito", rooms=("r1",))
    hanako = await ready(today, HANAKO, "scripted")
    await panel.must("admit", interview=HANAKO.id)
    first = (await hanako.must("ticket"))["ticket"]
    await hanako.must("pressed")
    await switch(today, "other", open_sessions="move")
    async with hanako.live() as line:
        seen = await line.until(lambda v: v["admission"]["moving"] == "open")
    assert (seen["phase"], seen["admission"]["generation"]) == ("in_session", 2)
    assert of(today, HANAKO.id).superseded[0].state == "open"
    second = (await hanako.must("ticket"))["ticket"]
    assert (first["generation"], second["generation"]) == (1, 2)
    assert second["url"].startswith("https://other.invalid/")
    await hanako.must("pressed")
    await until(today, lambda: not of(today, HANAKO.id).superseded)
    assert of(today, HANAKO.id).phase == "in_session"
    assert len(other.rooms) == 1


async def test_without_move_an_open_session_stays_and_the_next_follows(today: Day) -> None:
    named(today, "other")
    panel = await today.staff("Ito", rooms=("r1",))
    hanako = await ready(today, HANAKO, "scripted")
    await panel.must("admit", interview=HANAKO.id)
    await hanako.must("pressed")
    await switch(today, "other")
    assert (await hanako.must("ticket"))["ticket"]["generation"] == 1
    assert (await panel.see())["rows"][HANAKO.id]["moving"] is None
    await panel.must("move", interview=HANAKO.id)
    async with hanako.live() as line:
        await line.until(lambda v: v["admission"]["moving"] == "open")
    assert (await panel.do("move", interview=HANAKO.id)).code == "nothing_to_move"


async def test_who_has_not_come_over_has_two_minutes(today: Day) -> None:
    named(today, "other")
    panel = await today.staff("Ito", rooms=("r1",))
    hanako = await ready(today, HANAKO, "scripted")
    await panel.must("admit", interview=HANAKO.id)
    await hanako.must("pressed")
    await switch(today, "other", open_sessions="move")
    await until(today, lambda: of(today, HANAKO.id).moving == "open")
    today.clock.shift(119)
    today.gateway.agendas[today.hall.id].wake()
    assert of(today, HANAKO.id).superseded
    today.clock.shift(2)
    today.gateway.agendas[today.hall.id].wake()
    await until(today, lambda: not of(today, HANAKO.id).superseded)
    assert of(today, HANAKO.id).phase == "in_session"


async def test_a_move_that_fails_leaves_everybody_where_they_are(today: Day) -> None:
    """And one that is called off then is forgotten."""
    other = named(today, "other")
    other.script.fail("open_room", Retry("timeout"), times=100)
    panel = await today.staff("Ito", rooms=("r1",))
    hanako = await ready(today, HANAKO, "scripted")
    await panel.must("admit", interview=HANAKO.id)
    await hanako.must("pressed")
    await switch(today, "other", open_sessions="move")
    await until(today, lambda: session_of(today, HANAKO.id) == ("other", "failed"))
    assert (await hanako.must("ticket"))["ticket"]["generation"] == 1
    await switch(today, "scripted", open_sessions="move")
    await until(today, lambda: session_of(today, HANAKO.id) == ("other", "closed"))
    assert of(today, HANAKO.id).moving is None
    assert (await hanako.must("ticket"))["ticket"]["generation"] == 1


async def test_a_provider_that_hangs_holds_up_no_other(today: Day) -> None:
    """It never answers; the switch away from it does not wait for that."""
    hanging = named(today, "hanging")
    never = asyncio.Event()

    async def hang(*_: object, **__: object) -> object:
        await never.wait()
        raise Retry("timeout")

    hanging.open_room = hang  # type: ignore[method-assign,assignment]  # a far side that is silent
    await switch(today, "hanging")
    panel = await today.staff("Ito", rooms=("r1",))
    hanako = await today.candidate(HANAKO)
    await panel.must("admit", interview=HANAKO.id)
    await until(today, lambda: session_of(today, HANAKO.id) == ("hanging", "requested"))
    await switch(today, "scripted")
    async with hanako.live() as line:
        await line.until(lambda v: v["phase"] == "admitting" and v["admission"]["ready"])
    never.set()
    await until(today, lambda: not of(today, HANAKO.id).superseded)


@pytest.fixture
async def built_in(tmp_path: Path) -> AsyncIterator[Day]:
    """The same day, with the built-in room and a worker of its own."""
    async with day(tmp_path, file={**FILE, "provider": "webrtc"}, worker=True) as made:
        try:
            yield made
        finally:
            assert made.gateway.calling is not None
            await stop_worker(made.gateway.calling.workers.all()[0].client)


@pytest.mark.process
async def test_out_of_the_built_in_room_and_back_again(built_in: Day) -> None:
    """While they are on the way to another provider they stay in the call; once there, the old way in is refused; and
    back again within one admission the call is open to them anew."""
    today = built_in
    panel = await today.staff("Ito", rooms=("r1",))
    hanako = await ready(today, HANAKO, "webrtc")
    await panel.must("admit", interview=HANAKO.id)
    first, again, last = CallClient(), CallClient(), CallClient()
    async with hanako.live() as line:
        await line.until(lambda v: v["phase"] == "admitting" and v["admission"]["ready"])
        token = (await hanako.must("ticket"))["ticket"]["token"]
        assert (await first.join(hanako)).status == 200
        await line.until(lambda v: v["phase"] == "in_session")
        await switch(today, "scripted", open_sessions="move")
        await line.until(lambda v: v["admission"]["moving"] == "open")
        assert people(await called(today)) == {f"candidate:{HANAKO.id}"}
        assert (await hanako.must("ticket"))["ticket"]["kind"] == "redirect"
        await hanako.must("pressed")
        await until(today, lambda: not of(today, HANAKO.id).superseded)
        assert (await hanako.do("offer", token=token, sdp=again.offer_text())).code == "not_admitted"
        await switch(today, "webrtc", open_sessions="move")
        await line.until(lambda v: v["admission"]["generation"] == 3)
        assert (await hanako.do("offer", token=token, sdp=again.offer_text())).status in (401, 403, 409)
        assert (await last.join(hanako)).status == 200
        await line.until(lambda v: v["admission"]["moving"] is None)
    assert of(today, HANAKO.id).arrived == 3
    for client in (first, again, last):
        await client.close()


@pytest.mark.process
async def test_a_session_of_a_later_generation_puts_nobody_out_of_the_rooms_call(built_in: Day) -> None:
    """Switched away and back beforehand, the next in the room has generation 3: it is opened while somebody talks."""
    today = built_in
    panel = await today.staff("Ito", rooms=("r1",))
    ito = CallClient()
    assert (await ito.join(panel, "join", room="r1")).status == 200
    await ready(today, HANAKO, "webrtc")
    await switch(today, "scripted")
    await until(today, lambda: session_of(today, HANAKO.id) == ("scripted", "open"))
    await switch(today, "webrtc")
    await until(today, lambda: session_of(today, HANAKO.id) == ("webrtc", "open"))
    assert of(today, HANAKO.id).session.generation == 3  # type: ignore[union-attr]
    (call,) = await called(today)
    assert [peer["sub"] for peer in call["peers"]] == ["staff:stIto"]
    await ito.close()


async def called(today: Day) -> list[dict[str, Any]]:
    assert today.gateway.calling is not None
    found = (await today.gateway.calling.workers.all()[0].client.calls())["calls"]
    return [call for call in found if call["people"] or call["peers"]]


def people(calls: list[dict[str, Any]]) -> set[str]:
    return {person["sub"] for call in calls for person in call["people"]}
