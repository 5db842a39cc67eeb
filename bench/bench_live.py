"""What a waiting candidate costs in memory, and how long after "admit" the candidate's page is told, in a full hall.

Every candidate has a WebSocket open, as the page has. The client, all pages in one process, reads the clock before the
console's POST leaves and when the first frame of that candidate arrives that says so.
"""

from __future__ import annotations

import asyncio
import json
import resource
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from bench import day as house
from bench.figures import Figure, table
from bench.load import percentile, resident_bytes

WAITING = 1_000  # a fifth of the target's hall: 5,000 take longer to set up than a measurement should
ADMITTED = 30  # one each of so many rooms
QUIET = 3.0  # s after the last arrival, so that rooms have been told of their queues
TOLD_BOUND = 10.0  # s; a page that has not been told by then fails the run
AT_ONCE = 50  # pages that connect at the same time


class Page:
    """One candidate's page: answers with ``have``, and remembers when its phase became ``admitting``."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self.seen = asyncio.Event()
        self.told = asyncio.Event()
        self.told_at = 0.0
        self.leave: Callable[[], object] = self.seen.clear

    async def listen(self) -> None:
        await self._socket.send_json({"t": "have", "id": ""})
        await self._socket.send_json({"t": "here", "visible": True})
        async for message in self._socket:
            frame = json.loads(message.data)
            if frame["t"] == "view":
                self.seen.set()
                if frame["view"]["phase"] in {"admitting", "in_session"} and not self.told.is_set():
                    self.told_at = time.perf_counter()
                    self.told.set()


async def open_page(client: aiohttp.ClientSession, port: int, session: house.Session, tasks: asyncio.TaskGroup) -> Page:
    origin = f"http://{house.HOST}:{port}"
    headers = {"Origin": origin, "Cookie": session.cookie}
    page = Page(await client.ws_connect(f"{origin}/api/s/{session.sid}/live", headers=headers, max_msg_size=2**20))
    page.leave = tasks.create_task(page.listen()).cancel
    await page.seen.wait()
    return page


async def board(client: aiohttp.ClientSession, port: int, staff: house.Session) -> Mapping[str, Any]:
    """The console's view: interviews by exam number."""
    url = f"http://{house.HOST}:{port}/api/s/{staff.sid}/view"
    async with client.get(url, headers={"Cookie": staff.cookie}) as answer:
        view = (await answer.json())["view"]
    return {row["number"]: row for row in view["rows"].values()}


async def admit_all(port: int, staff: house.Session, rows: Mapping[str, Any], pages: Mapping[str, Page]) -> list[float]:
    """Seconds from "admit" to "told", one room after the other."""
    taken: list[float] = []
    for number, page in list(pages.items())[:ADMITTED]:
        await house.command(port, [staff], "ready", [{"room": rows[number]["room"], "ready": True}])
        await house.settle(0.02)
        started = time.perf_counter()
        await house.command(port, [staff], "admit", [{"interview": rows[number]["id"]}])
        await asyncio.wait_for(page.told.wait(), TOLD_BOUND)
        taken.append(page.told_at - started)
    return taken


@asynccontextmanager
async def waiting(port: int, candidates: Sequence[house.Candidate]) -> AsyncIterator[dict[str, Page]]:
    """Everybody has checked in here and has a page open, by number."""
    sessions = await house.consented(port, candidates)
    await house.command(port, sessions, "check-in", house.check_ins(candidates))
    gate = asyncio.Semaphore(AT_ONCE)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as client, asyncio.TaskGroup() as tasks:

        async def one(session: house.Session) -> Page:
            async with gate:
                return await open_page(client, port, session, tasks)

        opened = await asyncio.gather(*map(one, sessions))
        await house.settle(QUIET)
        yield {candidate.number: page for candidate, page in zip(candidates, opened, strict=True)}
        for page in opened:
            page.leave()


async def waiting_hall(day: house.Day, pid: int) -> tuple[float, list[float]]:
    """Bytes per waiting candidate, and the seconds of each admission."""
    port = house.port_of(day)
    (staff,) = await house.enter(port, [day.staff])
    before = resident_bytes(pid)
    async with waiting(port, day.candidates) as pages, aiohttp.ClientSession() as client:
        each = (resident_bytes(pid) - before) / len(pages)
        return each, await admit_all(port, staff, await board(client, port, staff), pages)


async def admit_across(day: house.Day, *, pages_at: int, console_at: int) -> list[float]:
    """Seconds of each admission; pages and console are at gateways of their own, by port."""
    (staff,) = await house.enter(console_at, [day.staff])
    async with waiting(pages_at, day.candidates) as pages, aiohttp.ClientSession() as client:
        return await admit_all(console_at, staff, await board(client, console_at, staff), pages)


def main() -> list[Figure]:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # a socket for each page, on either side
    with tempfile.TemporaryDirectory() as folder:
        day = house.prepare(Path(folder), WAITING)
        with house.gateway(day) as pid:
            each, taken = asyncio.run(waiting_hall(day, pid))
    note = f"{WAITING:,} waiting, one process"
    return [
        Figure("memory of a waiting candidate", each / 1000, "KB", 25, note="session, seat, WebSocket, entries"),
        Figure("admit → page told: p99", percentile(taken, 0.99) * 1000, "ms", 10, note=note),
        Figure("admit → page told: median", percentile(taken, 0.5) * 1000, "ms", note=note),
    ]


if __name__ == "__main__":
    print(table(main()))
