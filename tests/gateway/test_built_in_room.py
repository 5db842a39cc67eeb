"""The built-in room through the gateway: who may be in, when, and what the pages see of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from providers.webrtc.spawn import stop_worker
from tests.support.call_client import CallClient
from tests.support.day import DAY, FILE, HANAKO, JIRO, Browser, Day, Entrant, day

pytestmark = pytest.mark.process

NEXT = Entrant("ivdddddddddddd", "A-1004", "次野 三子", due=-1)


@pytest.fixture
async def today(tmp_path: Path) -> AsyncIterator[Day]:
    """The same day, with the built-in room and a worker of its own."""
    async with day(tmp_path, file={**FILE, "provider": "webrtc"}, worker=True, entrants=(*DAY, NEXT)) as made:
        try:
            yield made
        finally:
            assert made.gateway.calling is not None
            await stop_worker(made.gateway.calling.workers.all()[0].client)


async def admitted(today: Day, panel: Browser, entrant: Entrant) -> tuple[Browser, CallClient]:
    browser = await today.candidate(entrant)
    client = CallClient()
    async with browser.live() as line:
        await panel.must("admit", interview=entrant.id)
        await line.until(lambda v: v["phase"] == "admitting" and v["admission"]["ready"])
        assert (await client.join(browser)).status == 200
        await line.until(lambda v: v["phase"] == "in_session")
    return browser, client


async def test_the_arrival_of_media_is_the_acknowledgement(today: Day) -> None:
    """The panel is in the call; the candidate's connection makes it a session; both see each other in their slots."""
    panel = await today.staff("Ito", rooms=("r1",))
    ito = CallClient()
    assert (await ito.join(panel, "join", room="r1")).status == 200
    hanako, phone = await admitted(today, panel, HANAKO)
    async with hanako.live() as line:
        seen = await line.until(lambda v: v["call"] and v["call"]["slots"])
        assert [slot["role"] for slot in seen["call"]["slots"]] == ["interviewer"]
    async with panel.live() as line:
        board = await line.until(lambda v: v["call"] and v["call"]["slots"])
        assert [slot["role"] for slot in board["call"]["slots"]] == ["candidate"]
        assert board["rooms"]["r1"]["panel"][0]["in_call"]
        assert board["rows"][HANAKO.id]["joined"] == ["candidate"]
    for client in (ito, phone):
        await client.close()


async def test_the_next_admission_puts_the_former_out_first(today: Day) -> None:
    """The panel stays; the former candidate's ticket is worthless before the next one's is made."""
    panel = await today.staff("Ito", rooms=("r1",))
    hanako, first = await admitted(today, panel, HANAKO)
    await panel.must("finish", interview=HANAKO.id, now=True)
    _, second = await admitted(today, panel, NEXT)
    assert (await hanako.do("ticket")).code == "not_admitted"
    assert (await hanako.do("offer", token="x", sdp="v=0")).code == "not_admitted"
    assert today.gateway.calling is not None
    calls = (await today.gateway.calling.workers.all()[0].client.calls())["calls"]
    people = {person["sub"] for call in calls for person in call["people"]}
    assert people == {f"candidate:{NEXT.id}"}
    for client in (first, second):
        await client.close()


async def test_before_admitted_nobody_gets_into_the_call(today: Day) -> None:
    """No ticket, and a hand-made offer with a forged token is refused."""
    jiro = await today.candidate(JIRO)
    assert (await jiro.do("ticket")).code == "not_admitted"
    assert (await jiro.do("offer", token="e30.e30.e30", sdp=CallClient().offer_text())).code == "not_admitted"
    panel = await today.staff("Mori", rooms=("r2",))
    assert (await panel.do("join", room="r1")).code == "forbidden"
    assert (await panel.do("offer", token="e30.e30.e30", sdp=CallClient().offer_text())).code == "not_admitted"


async def test_a_worker_that_died_is_started_again_and_filled(today: Day) -> None:
    """The calls are remade with the people who may be in, and the candidate's next ticket works."""
    panel = await today.staff("Ito", rooms=("r1",))
    hanako, phone = await admitted(today, panel, HANAKO)
    calling = today.gateway.calling
    assert calling is not None
    boot = (await calling.workers.all()[0].client.status())["boot"]
    await calling.workers.all()[0].client.stop()
    async with hanako.live() as line:
        await line.until(lambda v: not v["call"]["slots"])
    again = CallClient()
    async with panel.live() as line:
        await line.until(lambda v: v["rows"][HANAKO.id]["joined"] == [], within=20)
        assert (await again.join(hanako)).status == 200
        await line.until(lambda v: v["rows"][HANAKO.id]["joined"] == ["candidate"])
    assert (await calling.workers.all()[0].client.status())["boot"] != boot
    await phone.close()
    await again.close()


async def test_a_takeover_ends_the_old_devices_media(today: Day) -> None:
    """A phone after the PC: the older device epoch is out, and its ticket is refused."""
    panel = await today.staff("Ito", rooms=("r1",))
    pc, old = await admitted(today, panel, HANAKO)
    phone = await today.candidate(HANAKO)
    assert (await pc.do("ticket")).code == "not_holder"
    new = CallClient()
    assert (await new.join(phone)).status == 200
    assert (await pc.see())["fenced"] == "taken_over"
    await old.close()
    await new.close()


async def test_video_on_another_device(today: Day) -> None:
    """Six digits give a session that may enter the call for this person, and nothing else; they are good once."""
    panel = await today.staff("Ito", rooms=("r1",))
    hanako, pc = await admitted(today, panel, HANAKO)
    shown = await hanako.must("video-code")
    tablet = today.browser()
    entered = await tablet.enter(video=shown["code"])
    assert entered.body["kind"] == "video"
    client = CallClient()
    assert (await client.join(tablet)).status == 200
    view = await tablet.see()
    assert view["kind"] == "video"
    assert "you" not in view
    assert (await tablet.do("take-over")).code == "forbidden"
    assert (await today.browser().enter(video=shown["code"])).code == "code_unknown"
    await pc.close()
    await client.close()
