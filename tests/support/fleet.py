"""Several gateways in processes of their own on one Redis, behind a proxy that deals every connection to the next.

    async with fleet(tmp_path, 3) as ships:
        ships.origin …

With ``workers``, media workers stand beside them, each started as ``genkan media`` is.

The proxy knows nothing of sessions. Like a load balancer it passes over a gateway that refuses connections, and one
that the test has taken ``out``.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import secrets
import signal
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import aiohttp

from gateway.app import running
from gateway.cli import invoke
from gateway.config import Settings
from gateway.house import House
from gateway.logs import configure_logs
from gateway.operations import run
from providers.webrtc.client import WorkerClient, WorkerError
from tests.support.day import FILE, MINUTE, Browser, Entrant, row_of
from tests.support.hatchery import Child, Hatchery, hatchery
from tests.support.ports import HOST, a_free_port
from tests.support.redis_server import RedisServer, redis_server
from waiting_room.commands import ImportRoster, Slot
from waiting_room.entries import Stamped

AGAIN = 0.02  # seconds between two looks
STARTED = 30.0  # seconds, on a busy machine
CHUNK = 65_536
SECRET = "worker.secret"  # the file that gateways and media workers share


# --- one gateway ---------------------------------------------------------------------------------------------------


def document(folder: Path, name: str, origin: str, port: int, redis: str) -> dict[str, Any]:
    """Its ``genkan.toml``, parsed."""
    return {
        "public_origin": origin,
        "data_dir": str(folder / name),
        "keys_dir": str(folder / "keys"),
        "listen": {"port": port},
        "journal": {"redis": redis},
        "log": {"level": "info"},
    }


def main(order: Mapping[str, Any]) -> None:
    """In the process: serve until SIGTERM; a media worker where the order is one. ``skew``: seconds that its clock is
    ahead; ``log``: a FIFO for its log."""
    if "log" in order:
        os.dup2(os.open(order["log"], os.O_WRONLY), 2)
    if order.get("skew"):
        skew_clock(order["skew"])
    if "media" in order:
        if code := invoke(["media", *order["media"]]):
            raise SystemExit(code)
        return
    asyncio.run(serve(order))


def skew_clock(seconds: float) -> None:
    """Whatever asks for the time of day in this process is told another."""
    true, true_ns, shift = time.time, time.time_ns, int(seconds * 1e9)
    setattr(time, "time", lambda: true() + seconds)  # noqa: B010 - from outside, and the checker knows
    setattr(time, "time_ns", lambda: true_ns() + shift)  # noqa: B010 - as above


async def serve(order: Mapping[str, Any]) -> None:
    settings = replace(Settings.parse(order["settings"], base=Path("/")), demo=True)  # the scripted provider is its own
    configure_logs(settings.log_level)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with running(settings, worker=bool(settings.media.workers)):
        await stop.wait()


@dataclass
class Ship:
    """One gateway: its port, and its process while it has one. ``skew``: seconds that its clock will be ahead."""

    name: str
    port: int
    settings: Mapping[str, Any]
    child: Child | None = None
    skew: float = 0.0

    def signal(self, number: signal.Signals) -> None:
        assert self.child is not None
        self.child.signal(number)

    async def ended(self) -> int:
        assert self.child is not None
        return await self.child.ended


@dataclass
class MediaWorker:
    """One media worker, and its process while it has one. ``url``: its control port."""

    name: str
    control: int
    secret: str
    child: Child | None = None

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.control}"

    def signal(self, number: signal.Signals) -> None:
        assert self.child is not None
        self.child.signal(number)

    def words(self, secret: Path) -> list[str]:
        """Of its command line, on a free UDP port."""
        words = ["--name", self.name, "--control", f"{HOST}:{self.control}", "--host", HOST, "--port", "0"]
        return [*words, "--secret-file", str(secret)]

    async def status(self) -> dict[str, Any]:
        """WorkerError."""
        client = WorkerClient(self.url, self.secret)
        try:
            return await client.status()
        finally:
            await client.close()

    async def calls(self) -> list[str]:
        """Those that it has. WorkerError."""
        client = WorkerClient(self.url, self.secret)
        try:
            return [str(state["call"]) for state in (await client.calls())["calls"]]
        finally:
            await client.close()

    async def until(self, true: Callable[[dict[str, Any]], bool], within: float = STARTED) -> dict[str, Any]:
        async with asyncio.timeout(within):
            while True:
                with suppress(WorkerError):
                    status = await self.status()
                    if true(status):
                        return status
                await asyncio.sleep(AGAIN)


# --- all of them ---------------------------------------------------------------------------------------------------


@dataclass
class Fleet:
    server: RedisServer
    nest: Hatchery
    folder: Path
    front: int
    ships: list[Ship] = field(default_factory=list)
    workers: list[MediaWorker] = field(default_factory=list)
    out: set[str] = field(default_factory=set)
    browsers: list[Browser] = field(default_factory=list)
    dealt: itertools.count[int] = field(default_factory=itertools.count)

    @property
    def origin(self) -> str:
        return f"http://{HOST}:{self.front}"

    @property
    def settings(self) -> Settings:
        """As a command line on one more machine has them."""
        made = document(self.folder, "cli", self.origin, a_free_port(), self.server.url)
        return replace(Settings.parse(made, base=self.folder), demo=True)

    def ship(self, name: str) -> Ship:
        port = a_free_port()
        settings = document(self.folder, name, self.origin, port, self.server.url)
        if self.workers:
            urls = [worker.url for worker in self.workers]
            settings["media"] = {"workers": urls, "secret": {"file": str(self.folder / SECRET)}}
        made = Ship(name, port, settings)
        self.ships.append(made)
        return made

    async def launch(self, ship: Ship) -> None:
        """It serves when this returns."""
        ship.child = await self.nest.hatch({"settings": dict(ship.settings), "skew": ship.skew})
        async with asyncio.timeout(STARTED), aiohttp.ClientSession() as http:
            while not await ready(http, ship):
                assert not ship.child.ended.done(), "it did not start"
                await asyncio.sleep(AGAIN)

    async def launch_worker(self, worker: MediaWorker, *arguments: str) -> None:
        """It answers when this returns."""
        words = worker.words(self.folder / SECRET)
        worker.child = await self.nest.hatch({"media": [*words, *arguments]})
        await worker.until(lambda _: True)

    def browser(self, ship: Ship | None = None) -> Browser:
        """Each request of which goes to another gateway; with ``ship``, to that one."""
        jar = aiohttp.CookieJar(unsafe=True)
        http = aiohttp.ClientSession(cookie_jar=jar, connector=aiohttp.TCPConnector(force_close=True))
        made = Browser(self.origin, http)
        if ship is not None:
            made = At(self.origin, http, at=f"http://{HOST}:{ship.port}")
        self.browsers.append(made)
        return made

    async def event(self, entrants: tuple[Entrant, ...], file: Mapping[str, Any] = FILE) -> dict[str, str]:
        """The event and its roster, made by a command line; the tokens of the candidates by interview."""
        async with House.open(self.settings) as house:
            await run(house, "event-create", {"file": dict(file)})
            await self._bring_in(house, entrants)
            return {e.id: house.links.invite_token("exam", e.id) for e in entrants}

    async def bring_in(self, entrants: tuple[Entrant, ...]) -> None:
        async with House.open(self.settings) as house:
            await self._bring_in(house, entrants)

    @staticmethod
    async def _bring_in(house: House, entrants: tuple[Entrant, ...]) -> None:
        hall, now = house.halls["exam"], house.now()
        slots = tuple(Slot(e.id, e.room, now + int(e.due * MINUTE), now + 20 * MINUTE) for e in entrants)
        documents = [("roster", e.id, row_of(e)) for e in entrants]
        command_id = f"roster:{entrants[0].id}"
        await hall.execute(ImportRoster(slots), actor="cli", command_id=command_id, documents=documents)

    async def staff_link(self, role: str = "interviewer", rooms: tuple[str, ...] = ("r1",)) -> str:
        asked = {"event": "exam", "name": "面接官", "role": role, "rooms": list(rooms)}
        async with House.open(self.settings) as house:
            return str((await run(house, "staff-link", asked))["link"]).partition("#")[2]

    async def journal(self) -> tuple[list[Stamped], dict[str, Any]]:
        """All entries, and what ``genkan verify`` says of them."""
        async with House.open(self.settings) as house:
            entries: list[Stamped] = []
            while page := await house.book.read("exam", len(entries)):
                entries += page
            return entries, await run(house, "verify", {"event": "exam"})

    async def deal(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, to the next gateway that takes it."""
        afloat = [ship for ship in self.ships if ship.name not in self.out]
        turn = next(self.dealt)
        for place in range(len(afloat)):
            with suppress(OSError):
                far = await asyncio.open_connection(HOST, afloat[(turn + place) % len(afloat)].port)
                await asyncio.gather(_pipe(reader, far[1]), _pipe(far[0], writer))
                return
        writer.close()


@dataclass
class At(Browser):
    """A browser that was sent to one gateway."""

    at: str = ""

    def __post_init__(self) -> None:
        self.origin_sent, self.origin = self.origin, self.at

    async def post(self, path: str, body: Any, **headers: str) -> Any:
        return await super().post(path, body, **{"Origin": self.origin_sent, **headers})


async def ready(http: aiohttp.ClientSession, ship: Ship) -> bool:
    try:
        async with http.get(f"http://{HOST}:{ship.port}/readyz") as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    with suppress(OSError):
        writer.close()


@asynccontextmanager
async def fleet(folder: Path, ships: int, workers: int = 0) -> AsyncIterator[Fleet]:
    """So many gateways, launched one after the other: the first has all the work. So many media workers before them."""
    async with AsyncExitStack() as stack:
        holder = redis_server()
        server = await asyncio.to_thread(holder.__enter__)
        stack.push_async_callback(asyncio.to_thread, holder.__exit__, None, None, None)
        nest = await stack.enter_async_context(hatchery("tests.support.fleet"))
        made = Fleet(server, nest, folder, a_free_port())
        proxy = await asyncio.start_server(made.deal, HOST, made.front)
        stack.callback(proxy.close)
        secret = secrets.token_hex(16)
        (folder / SECRET).write_text(secret)
        made.workers = [MediaWorker(f"m{number + 1}", a_free_port(), secret) for number in range(workers)]
        await asyncio.gather(*(made.launch_worker(worker) for worker in made.workers))
        for number in range(ships):
            await made.launch(made.ship(f"g{number + 1}"))
        try:
            yield made
        finally:
            for browser in made.browsers:
                await browser.http.close()
