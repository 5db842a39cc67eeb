"""Zoom answers no more: staff see who steps in and accept with one key; candidates wait, and notice only that they are
let in to another room."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from playwright.async_api import Browser, WebSocket, expect

from tests.browser.e2e.people import PATIENCE, Candidate, Console, day_in
from tests.support.brokering import Brokering, brokering

pytestmark = [
    pytest.mark.browser,
    pytest.mark.process,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(300),
]
BANNER = "#failover section.failover"
OUTAGE = 24 * 3600  # seconds: until the simulator is told otherwise


def go_down(office: Brokering) -> None:
    office.zoom.down_until = office.clock() + OUTAGE * 1_000_000


async def is_down(office: Brokering) -> None:
    """Whoever waits is the probe: their session is asked for again and again, and that is what the breaker hears."""
    await office.until(lambda: "zoom" in office.hall.state.down, within=60)


async def is_up(office: Brokering) -> None:
    """Nobody asks it anything any more: it is asked for its list, answers for a while, and is up."""
    office.zoom.down_until = 0
    health = office.gateway.house.health
    for seconds in (310, 61, 61):
        office.shift(seconds)
        await health.look()
    await office.until(lambda: "zoom" not in office.hall.state.down)


def views_of(candidate: Candidate) -> list[str]:
    """Every frame of the live channel from now on."""
    heard: list[str] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", lambda data: heard.append(str(data)))

    candidate.page.on("websocket", listen)
    return heard


async def banner(console: Console, *words: str) -> None:
    for said in words:
        await expect(console.page.locator(BANNER)).to_contain_text(said, timeout=PATIENCE)


async def test_one_key_brings_those_who_wait_to_the_built_in_room_and_the_way_back_is_proposed(
    short_folder: Path, browser: Browser
) -> None:
    async with brokering(short_folder) as office, day_in(browser) as day:
        one, two = office.of_room("r1")[1:3]
        console, reception = await day.console(office.console("r1")), await day.console(office.links["reception"])
        await console.ready()
        first, second = await day.candidate(), await day.candidate()
        heard = [views_of(candidate) for candidate in (first, second)]

        go_down(office)
        for candidate, due in ((first, one), (second, two)):
            await candidate.arrive(due["link"], due["exam_number"], due["name"])
        said = [await candidate.text() for candidate in (first, second)]
        await is_down(office)
        for desk in (console, reception):
            await banner(desk, "Zoom", "内蔵ビデオ通話")
        await first.shots("f-1-waiting-candidate")
        await console.shots("f-1-proposed-console")
        await reception.shots("f-1-proposed-reception")
        for candidate, before in zip((first, second), said, strict=True):
            assert await candidate.now_on() == "waiting"
            assert without_clock(await candidate.text()) == without_clock(before), "a candidate sees nothing of it"
        assert not [frame for frames in heard for frame in frames if "down" in keys_of(frame)]
        arrived = [office.interview(due["exam_number"]).arrival for due in (one, two)]

        await console.press("p")
        await office.until(lambda: office.hall.state.provider_for("r:r1") == "webrtc")
        await expect(console.page.locator(BANNER)).to_be_hidden(timeout=PATIENCE)
        await expect(console.page.locator(".bar-facts")).to_contain_text("内蔵ビデオ通話", timeout=PATIENCE)
        await banner(reception, "Zoom")
        await console.shots("f-2-accepted-console")
        await reception.shots("f-2-other-rooms-reception")
        await reception.press("p")
        await office.until(lambda: office.hall.state.provider_for() == "webrtc")
        await office.opened(one["exam_number"], "webrtc")

        await console.zone(one["exam_number"], "waiting")
        await console.press("o")
        await console.until("document.querySelector('genkan-call').state === 'connected'")
        await console.press("a")
        await first.screen("room")
        await asyncio.gather(first.sees_and_hears(1), console.sees_and_hears(1))
        await first.shots("f-3-room-candidate")
        await second.page.reload()
        await second.screen("waiting")
        assert [office.interview(due["exam_number"]).arrival for due in (one, two)] == arrived

        await is_up(office)
        for desk in (console, reception):
            await banner(desk, "Zoom")
        await console.shots("f-4-back-console")
        await reception.shots("f-4-back-reception")
        await asyncio.gather(first.sees_and_hears(1), console.sees_and_hears(1))
        await console.press("p")
        await office.until(lambda: office.hall.state.provider_for("r:r1") == "zoom")
        await asyncio.gather(first.sees_and_hears(1), console.sees_and_hears(1))
        assert office.interview(one["exam_number"]).phase == "in_session", "who talks goes on where they are"


def without_clock(text: str) -> str:
    """The page's own clock ticks."""
    lines = text.splitlines()
    return "\n".join(
        line for before, line in zip(["", *lines], lines, strict=False) if "いまの時刻" not in before + line
    )


def keys_of(frame: str) -> set[str]:
    """Every key of every object in it."""
    found: set[str] = set()

    def look(value: object) -> None:
        if isinstance(value, dict):
            found.update(value)
            for inner in value.values():
                look(inner)
        elif isinstance(value, list):
            for inner in value:
                look(inner)

    look(json.loads(frame))
    return found
