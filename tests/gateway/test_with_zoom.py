"""A gateway and Zoom's simulator, over HTTP both ways: an interview from the settings to the end of its meeting."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from providers.zoom.adapter import microseconds
from providers.zoom.config import TERMS_VERSION
from tests.support.day import FILE, HANAKO, Browser, Day, Line, day
from tests.support.demo_providers import ZOOM_ENVIRON, zoom_settings
from tests.support.zoom_simulator import ZoomSimulator
from tests.support.zoom_simulator_world import SimMeeting
from waiting_room.entries import AlarmRaised, Joined, Left, Stamped

SIDES = ("staff", "candidate")
HUNG_UP = "Host ended the meeting."
WITHIN = 15.0  # seconds: a meeting settles for one, and the machine may be busy


@pytest.fixture
def environ(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the settings say that the secrets are."""
    for name, value in ZOOM_ENVIRON.items():
        monkeypatch.setenv(name, value)


@asynccontextmanager
async def on_zoom(folder: Path) -> AsyncIterator[tuple[Day, ZoomSimulator]]:
    async with ZoomSimulator(microseconds) as zoom:
        file = {**FILE, "provider": "zoom"}
        async with day(folder, file=file, entrants=(HANAKO,), providers={"zoom": zoom_settings(zoom)}) as made:
            zoom.webhooks.url = f"{made.origin}/hooks/zoom"
            yield made, zoom


async def enter(link: str, address: str) -> None:
    """As a browser does that follows a link and presses its button."""
    token = link.rpartition("=")[2]
    async with aiohttp.ClientSession() as browser, browser.post(address, data={"tk": token}) as page:
        assert page.status == 200, await page.text()


async def admitted(panel: Browser, line: Line) -> None:
    await line.until(lambda view: view["phase"] == "waiting", WITHIN)
    await panel.must("admit", interview=HANAKO.id)
    await line.until(lambda view: view["phase"] == "admitting" and view["admission"]["ready"], WITHIN)


@pytest.mark.usefixtures("environ")
async def test_an_interview_is_held_on_zoom_from_admission_to_the_end_of_its_meeting(tmp_path: Path) -> None:
    """The candidate by the web client, the interviewer by the start link; what Zoom calls back is written down."""
    async with on_zoom(tmp_path) as (today, zoom):
        seen: list[Stamped] = []
        today.hall.listeners.append(seen.extend)
        panel = await today.staff("Ito", rooms=("r1",))
        await panel.must("ready", room="r1", ready=True)
        hanako = await today.candidate(HANAKO, terms=TERMS_VERSION)
        async with hanako.live() as line:
            await admitted(panel, line)
            assert await zoom.webhooks.validate()
            (meeting,) = zoom.world.meetings.values()
            ticket = (await panel.must("join", room="r1"))["ticket"]
            async with panel.http.get(today.origin + ticket["url"], allow_redirects=False) as opened:
                start = opened.headers["Location"]
            await enter(start, f"{zoom.url}/wc/{meeting.id}/start")
            ticket = (await hanako.must("ticket"))["ticket"]
            assert ticket["browser_url"].startswith(f"{zoom.url}/wc/{meeting.id}/join?")
            await hanako.must("pressed")
            await enter(ticket["url"], ticket["browser_url"])
            await line.until(lambda view: view["phase"] == "in_session", WITHIN)
            assert sorted(names(meeting)) == ["", f"{HANAKO.number} {HANAKO.name}"]
            zoom.world.record(meeting.id)
            assert set(await zoom.webhooks.deliver(times=2)) == {200}
            await panel.must("finish", interview=HANAKO.id, now=True)
            await line.until(lambda view: view["phase"] == "finished", WITHIN)
        await closed(today)
        assert zoom.world.meetings == {}
        assert set(await zoom.webhooks.deliver(reverse=True)) == {200}
        told = [one.entry for one in seen]
        assert {(e.side, e.clock) for e in told if isinstance(e, Joined)} == {(s, "provider") for s in SIDES}
        assert {(e.side, e.code) for e in told if isinstance(e, Left)} == {(s, HUNG_UP) for s in SIDES}
        assert [e.code for e in told if isinstance(e, AlarmRaised)] == ["recording"]
        assert not any(secret in text for text in before(hanako, ticket) for secret in (zoom.url, str(meeting.id)))


async def closed(today: Day) -> None:
    """The interview's session is, at Zoom too."""
    async with asyncio.timeout(WITHIN):
        while (session := today.hall.state.interviews[HANAKO.id].session) is None or session.state != "closed":
            await today.hall.watch(today.hall.state.head)


def names(meeting: SimMeeting) -> list[str]:
    return list(meeting.present.values())


def before(browser: Browser, ticket: dict[str, Any]) -> list[str]:
    """Everything that this browser was sent before its ticket."""
    first = next(n for n, text in enumerate(browser.heard) if ticket["url"] in text)
    return browser.heard[:first]
