"""An entry of a later release: this gateway steps back from the event instead of guessing what it means."""

from __future__ import annotations

import asyncio

from tests.support.day import HANAKO, TARO, Day
from waiting_room.codec import canonical_json
from waiting_room.journal.port import Batch, Draft


async def test_an_event_with_an_entry_of_a_later_release_is_served_no_more(today: Day) -> None:
    page = await today.candidate(HANAKO)
    console = await today.staff("mensetsu")
    house, hall = today.gateway.house, today.hall
    assert house.duties.mine(hall.id)
    async with page.live() as line:
        await line.until(lambda view: view["phase"] == "waiting")
        body = canonical_json({"a": "reactor", "d": {"field": 1}, "k": "of_tomorrow"})
        batch = Batch((Draft("event", body),))
        await house.book.journal.append(hall.id, batch, guards={}, command_id="tomorrow", epoch=hall.epoch)
        async with asyncio.timeout(20):
            while (frame := await line.frame())["t"] != "bye":
                pass
        assert frame == {"t": "bye", "code": "newer_release", "again": True}
    for answer in (
        await console.do("admit", interview=HANAKO.id),
        await console.get(f"/api/s/{console.sid}/view?have=&wait=0"),
        await today.browser().enter(link=today.link(TARO.id)),
    ):
        assert (answer.status, answer.code) == (503, "newer_release")
    assert not house.duties.mine(hall.id), "its work is left to who can read it"
