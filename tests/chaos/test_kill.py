"""``kill -9`` of a real gateway: after check-in, in the middle of an admission, during a call. It is started again, and
nothing that was answered is lost."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from gateway.keys import Keys
from providers.webrtc.client import WorkerClient
from providers.webrtc.spawn import SOCKET, stop_worker
from tests.support.call_client import CallClient
from tests.support.day import Browser
from waiting_room.entries import Admitted
from waiting_room.journal.book import Book
from waiting_room.journal.sqlite import SqliteJournal
from waiting_room.journal.vault import FileEventKeys

pytestmark = pytest.mark.process

START = 30.0  # seconds


@dataclass
class Process:
    """``genkan demo`` on a directory and a port that it keeps."""

    data: Path
    port: int
    links: dict[str, Any] = field(default_factory=dict)
    child: asyncio.subprocess.Process | None = None
    browsers: list[Browser] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        arguments = ["demo", "--json", "--port", str(self.port), "--data", str(self.data), "--media-host", "127.0.0.1"]
        with (self.data.parent / "log").open("ab") as log:
            self.child = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "gateway", *arguments, stdout=asyncio.subprocess.PIPE, stderr=log, limit=2**20
            )
        assert self.child.stdout is not None
        async with asyncio.timeout(START):
            self.links = json.loads(await self.child.stdout.readline())

    async def kill(self) -> None:
        assert self.child is not None
        os.kill(self.child.pid, signal.SIGKILL)
        await self.child.wait()

    async def enter(self, link: str) -> Browser:
        browser = Browser(self.origin, aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)))
        self.browsers.append(browser)
        assert (await browser.enter(link=link.rpartition("#")[2])).status == 200
        return browser

    async def seated(self, entrant: dict[str, Any]) -> Browser:
        browser = await self.enter(entrant["link"])
        await browser.must("consent", notice=(await browser.see())["notice"]["version"], terms=await terms(browser))
        await browser.must("check-in", number=entrant["exam_number"], name=entrant["name"])
        return browser

    def panel(self, room: str) -> str:
        return next(str(console["link"]) for console in self.links["consoles"] if console["room"] == room)

    def due(self, room: str) -> dict[str, Any]:
        """Whose time has come: nobody has to be asked whether they would come early."""
        found: dict[str, Any] = next(c for c in self.links["candidates"] if c["room"] == room)
        return found


async def terms(browser: Browser) -> str | None:
    shown = (await browser.see())["terms"]
    return shown["version"] if shown else None


@asynccontextmanager
async def process(folder: Path) -> AsyncIterator[Process]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    started = Process(folder / "data", port)
    await started.start()
    try:
        yield started
    finally:
        for browser in started.browsers:
            await browser.http.close()
        if started.child is not None and started.child.returncode is None:
            started.child.terminate()
            await started.child.wait()
        secret = Keys.open(started.data / "keys", 0).secret("worker").hex()
        await stop_worker(WorkerClient(started.data / "run" / SOCKET, secret))


async def journal_of(started: Process) -> list[Any]:
    """Every entry, read once the gateway is gone."""
    store = await SqliteJournal.open(started.data / "journal.sqlite")
    try:
        book = Book(store, FileEventKeys(started.data / "keys" / "events"))
        return list(await book.read(started.links["event"], 0))
    finally:
        await store.close()


async def test_the_seat_and_its_arrival_time_survive(tmp_path: Path) -> None:
    """The page needs nothing but its cookie: same seat, same time, same place."""
    async with process(tmp_path) as started:
        browser = await started.seated(started.due("r1"))
        before = await browser.see()
        await started.kill()
        await started.start()
        after = await browser.see()
        assert after["seat"] == before["seat"]
        assert after["phase"] == "waiting"
        assert after["you"] == before["you"]


async def test_an_admission_that_was_cut_off_is_one_or_none(tmp_path: Path) -> None:
    """Killed at several moments of an admission: afterwards the same click leads to exactly one `admitted` for each
    admission, and to a ticket."""
    async with process(tmp_path) as started:
        entrant = started.due("r1")
        browser, panel = await started.seated(entrant), await started.enter(started.panel("r1"))
        (key,) = [k for k, row in (await panel.see())["rows"].items() if row["phase"] == "waiting"]
        for moment in range(4):
            click = f"click-number-{moment}"
            await admit_and_kill(started, panel, key, click, after=moment * 0.002)
            await started.start()
            assert (await panel.do("admit", id=click, interview=key)).status == 200
            async with browser.live() as line:
                await line.until(lambda v: v["phase"] == "admitting" and v["admission"]["ready"])
            assert (await browser.must("ticket"))["ticket"]["kind"] == "embedded"
            await panel.must("send-back", interview=key)
        await started.kill()
        found = Counter(st.entry.admission for st in await journal_of(started) if isinstance(st.entry, Admitted))
        assert set(found.values()) == {1}
        assert len(found) == 4
        await started.start()


async def admit_and_kill(started: Process, panel: Browser, key: str, click: str, *, after: float) -> None:
    async def admit() -> None:
        try:
            await panel.do("admit", id=click, interview=key)
        except aiohttp.ClientError:
            return  # killed before it answered

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(admit())
        await asyncio.sleep(after)  # the moment of the kill is what varies, nothing is waited for
        await started.kill()


async def test_a_call_goes_on_without_its_gateway(tmp_path: Path) -> None:
    """Packets keep flowing while it is dead; the next gateway finds the worker and knows who is in the call."""
    async with process(tmp_path) as started:
        browser, panel = await started.seated(started.due("r1")), await started.enter(started.panel("r1"))
        (key,) = [k for k, row in (await panel.see())["rows"].items() if row["phase"] == "waiting"]
        ito, hanako = CallClient(), CallClient()
        assert (await ito.join(panel, "join", room="r1")).status == 200
        async with browser.live() as line:
            await panel.must("admit", interview=key)
            await line.until(lambda v: v["phase"] == "admitting" and v["admission"]["ready"])
            assert (await hanako.join(browser)).status == 200
            await line.until(lambda v: v["phase"] == "in_session" and v["call"]["slots"])
        await started.kill()
        await talk(hanako, ito)
        await started.start()
        async with panel.live() as line:
            board = await line.until(lambda v: v["call"] and v["call"]["slots"])
            assert board["rows"][key]["joined"] == ["candidate"]
            assert board["rows"][key]["phase"] == "in_session"
        await talk(ito, hanako)
        for client in (ito, hanako):
            await client.close()


async def talk(one: CallClient, other: CallClient) -> None:
    """Sound of one reaches the other."""
    heard = len(other.rtp)
    for number in range(20):
        one.say(number)
    await other.until(lambda: len(other.rtp) > heard)
