"""The built-in room in real Chromium."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

from providers.webrtc.client import WorkerClient
from tests.support.media import SECRET, written

from .conftest import Hall, Lid

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def stats(page: Page) -> list[dict[str, Any]]:
    found: dict[str, Any] = await page.evaluate("call.stats()")
    return list(found["slots"])


async def flowing(page: Page, slots: int) -> None:
    """Wait until pictures and sound of ``slots`` others rise beyond what they are now."""
    before = [(slot["framesDecoded"], slot["audioBytes"]) for slot in await stats(page)]
    await page.wait_for_function(
        """async ([before, slots]) => {
          const now = (await call.stats()).slots;
          const rose = (slot, i) => slot.framesDecoded > before[i][0] + 5 && slot.audioBytes > before[i][1] + 500;
          return now.filter(rose).length >= slots;
        }""",
        arg=[before, slots],
        timeout=20_000,
        polling=200,
    )


async def test_three_then_four_people_all_see_and_hear_each_other(hall: Hall, tmp_path: Path) -> None:
    subs = ["staff:a", "staff:b", "companion:i.1", "candidate:i"]
    await hall.worker.open("room", *subs)
    pages = [await hall.enter("room", sub) for sub in subs[:3]]
    for page in pages:
        await flowing(page, 2)
    before = written(hall.worker.pid)
    late = await hall.enter("room", subs[3])
    await late.wait_for_function("pictures.filter((at) => at !== undefined).length === 3", timeout=15_000)
    waited: list[float] = await late.evaluate("pictures")
    assert max(waited) < 2_000, "who joins sees everybody within two seconds"
    for page in [*pages, late]:
        await flowing(page, 3)
    await late.screenshot(path=str(tmp_path / "four.png"))
    assert written(hall.worker.pid) == before, "the worker writes nothing to any disk"
    (call,) = (await hall.worker.ask("GET", "/calls")).body["calls"]
    assert [peer["weak"] for peer in call["peers"]] == [False] * 4, "a good line is not taken for a weak one"


async def test_a_removed_persons_packets_stop_and_their_page_says_so(hall: Hall) -> None:
    await hall.worker.open("room", "staff:a")
    await hall.worker.let_in("room", "candidate:i", "candidate", admission=1)
    panel = await hall.enter("room", "staff:a")
    candidate = await hall.enter("room", "candidate:i", claims={"role": "candidate", "adm": 1})
    await flowing(panel, 1)
    await hall.worker.ask("DELETE", "/calls/room/people/candidate:i?reason=removed")
    await candidate.wait_for_function("call.state === 'removed'", timeout=2_000)
    before = await stats(panel)
    await panel.wait_for_timeout(1_000)  # nothing can be waited for: it is the absence that is looked at
    assert [s["videoBytes"] for s in await stats(panel)] == [s["videoBytes"] for s in before]
    assert await panel.evaluate("call.state") == "connected"


async def test_another_device_takes_over_and_the_old_page_stays_silent(hall: Hall) -> None:
    await hall.worker.open("room", "staff:a", "staff:b")
    panel = await hall.enter("room", "staff:a")
    old = await hall.enter("room", "staff:b")
    await flowing(panel, 1)
    new = await hall.enter("room", "staff:b", claims={"dev": 2})
    await old.wait_for_function("call.state === 'replaced'", timeout=5_000)
    await flowing(panel, 1)
    await flowing(new, 1)
    assert await new.evaluate("states") == ["connecting", "connected"], "nobody fought for the place"


async def test_pages_come_back_by_themselves_after_a_switch(hall: Hall) -> None:
    """A higher generation puts everybody out; a fresh ticket lets them in again, untouched."""
    await hall.worker.open("room", "staff:a", "staff:b")
    pages = [await hall.enter("room", sub) for sub in ("staff:a", "staff:b")]
    await hall.worker.open("room", generation=2)
    for page in pages:
        await page.wait_for_function("states.filter((state) => state === 'connected').length === 2", timeout=15_000)
    for page in pages:
        await flowing(page, 1)


async def test_the_camera_goes_off_and_on_without_a_new_offer(hall: Hall) -> None:
    await hall.worker.open("room", "staff:a", "staff:b")
    a, b = [await hall.enter("room", sub) for sub in ("staff:a", "staff:b")]
    await flowing(b, 1)
    await b.evaluate("call.addEventListener('slotchange', (event) => { globalThis.life = event.detail; })")
    await a.evaluate("call.setCamera(false)")
    await b.wait_for_function("globalThis.life && !life.video && life.audio", timeout=10_000)
    await a.evaluate("call.setCamera(true)")
    await b.wait_for_function("life.video", timeout=10_000)
    await flowing(b, 1)
    assert await a.evaluate("states") == ["connecting", "connected"]


async def test_another_camera_is_used_without_a_new_offer(hall: Hall) -> None:
    await hall.worker.open("room", "staff:a", "staff:b")
    a, b = [await hall.enter("room", sub) for sub in ("staff:a", "staff:b")]
    await a.evaluate("media().then((stream) => call.replaceDevice('video', stream.getVideoTracks()[0]))")
    await flowing(b, 1)


async def test_an_ice_restart_keeps_the_session(hall: Hall) -> None:
    await hall.worker.open("room", "staff:a", "staff:b")
    a, b = [await hall.enter("room", sub) for sub in ("staff:a", "staff:b")]
    before = {peer["peer"] for peer in (await hall.worker.ask("GET", "/calls")).body["calls"][0]["peers"]}
    await a.evaluate("restart()")
    # On a busy machine the path may be away once more until the new one carries; that is no other session.
    await a.wait_for_function("/^connecting,connected(,interrupted,connected)+$/.test(states.join())", timeout=10_000)
    assert await a.evaluate("RTCPeerConnection.made.length") == 1
    await flowing(a, 1)
    await flowing(b, 1)
    after = {peer["peer"] for peer in (await hall.worker.ask("GET", "/calls")).body["calls"][0]["peers"]}
    assert after == before


async def test_who_leaves_is_gone_at_once_and_may_come_again(hall: Hall) -> None:
    await hall.worker.open("room", "staff:a")
    page = await hall.enter("room", "staff:a")
    await page.evaluate("call.leave()")
    assert await page.evaluate("call.state") == "ended"
    assert (await hall.worker.status())["peers"] == 0
    await hall.enter("room", "staff:a")


async def test_the_connection_test_sends_ones_own_sound_and_picture_back(hall: Hall) -> None:
    page = await hall.page()
    result: dict[str, Any] = await page.evaluate("test('candidate:i')")
    assert result["connected"] is True
    assert result["framesBack"] > 10
    assert result["bytesBack"] > 10_000
    assert result["bytesSent"] > 10_000
    assert 0 <= result["loss"] < 0.05
    assert 0 <= result["rtt"] < 500
    assert (await hall.worker.status())["peers"] == 0, "the test cleans up"


async def test_a_closed_lid_comes_back_by_itself(hall: Hall, lid: Lid) -> None:
    """A laptop sleeps: all processes of one person's browser stand still for 12 seconds."""
    await hall.worker.open("room", "staff:a", "staff:b")
    panel = await hall.enter("room", "staff:a")
    laptop = Hall(hall.worker, lid.browser, hall.origin)
    sleeper = await laptop.enter("room", "staff:b")
    await flowing(panel, 1)
    lid.close()
    try:
        await told(hall, "network", "staff:b", reason="silent")
        await asyncio.sleep(4)  # the lid stays closed for a while: time itself is what is tested
    finally:
        lid.open()
    await flowing(sleeper, 1)
    await flowing(panel, 1)
    assert await sleeper.evaluate("call.state") == "connected"
    (call,) = (await hall.worker.ask("GET", "/calls")).body["calls"]
    assert not any(peer["silent"] for peer in call["peers"])


async def told(hall: Hall, kind: str, sub: str, *, reason: str) -> None:
    """Wait until the worker tells this of ``sub``."""
    client = WorkerClient(hall.worker.socket, SECRET)
    async with asyncio.timeout(15), contextlib.aclosing(client.events(0)) as lines:
        async for line in lines:
            if (line["kind"], line.get("sub"), line.get("reason")) == (kind, sub, reason):
                break
    await client.close()
