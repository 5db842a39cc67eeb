"""Chromium with made-up devices, and a page that joins calls through a small relay in place of the gateway."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, Page, Playwright

from tests.browser.conftest import Kept, lent
from tests.support.chromium import chromium, flags
from tests.support.media import Worker, worker

HERE = Path(__file__).parent
STATIC = Path(__file__).parents[3] / "gateway" / "static"


@dataclass
class Hall:
    """A worker, a browser, and pages that are people."""

    worker: Worker
    browser: Browser
    origin: str

    async def page(self) -> Page:
        page = await (await self.browser.new_context()).new_page()
        await page.goto(self.origin)
        await page.wait_for_function("globalThis.loaded")
        return page

    async def enter(self, call: str, sub: str, **options: Any) -> Page:
        """A page of its own, in the call and connected."""
        page = await self.page()
        await page.evaluate("([call, sub, options]) => enter(call, sub, options)", [call, sub, options])
        await page.wait_for_function("call.state === 'connected'", timeout=15_000)
        return page


class Relay:
    """What the gateway does for a page, without asking who it is: tickets, and offers passed on."""

    def __init__(self, behind: Worker) -> None:
        self._worker = behind

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/", self._page)
        app.router.add_post("/ticket", self._ticket)
        app.router.add_static("/media", STATIC / "media")
        app.router.add_route("*", "/{path:(calls|peers|echo).*}", self._pass_on)
        return app

    async def _page(self, _request: web.Request) -> web.FileResponse:
        return web.FileResponse(HERE / "page.html")

    async def _ticket(self, request: web.Request) -> web.Response:
        body = await request.json()
        calls = (await self._worker.ask("GET", "/calls")).body["calls"]
        generation = next((call["generation"] for call in calls if call["call"] == body["call"]), 1)
        token = self._worker.minter.token(body["call"], body["sub"], **({"gen": generation} | body["claims"]))
        return web.json_response({"token": token, "call": body["call"], "ice_servers": []})

    async def _pass_on(self, request: web.Request) -> web.Response:
        answer = await self._worker.ask(request.method, request.path, await request.json())
        return web.json_response(answer.body, status=answer.status if answer.status != 204 else 200)


@asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[str]:
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://localhost:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@dataclass
class Lid:
    """A browser of its own whose processes can be made to stand still, as those of a laptop that is closed."""

    browser: Browser
    mark: str

    def processes(self) -> list[int]:
        """The browser's process and all that it started."""
        parents: dict[int, int] = {}
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError, ValueError):
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        found = [pid for pid in parents if self.mark in command_line(pid)]
        for pid in found:
            found += [child for child, parent in parents.items() if parent == pid and child not in found]
        return found

    def close(self) -> None:
        self._signal(signal.SIGSTOP)

    def open(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


@pytest_asyncio.fixture(loop_scope="session")
async def lid(playwright: Playwright) -> AsyncIterator[Lid]:
    """A browser of its own, whose processes may be stopped."""
    mark = f"--genkan-lid={secrets.token_hex(8)}"
    browser = await playwright.chromium.launch(executable_path=chromium(), args=[*flags(calls=True), mark])
    try:
        yield Lid(browser, mark)
    finally:
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def hall(tmp_path: Path, calling_chromium: Kept) -> AsyncIterator[Hall]:
    """The worker runs with codecs that raise when anybody makes one."""
    run = (str(Path(__file__).parents[2] / "support" / "media_no_codecs.py"),)
    async with (
        worker(tmp_path, module=run) as started,
        serving(Relay(started).app()) as origin,
        lent(calling_chromium) as browser,
    ):
        yield Hall(started, browser, origin)
