"""``genkan demo`` as a process: started, asked for its links, killed, started again on its port, ended by its pid."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

READY = 30.0  # seconds to the line of links on a busy machine; two on a free one
ENDED = 30.0  # seconds from SIGTERM to the end: draining takes up to ten, the worker's goodbyes two
LOOK = 0.05  # seconds between two looks at whether the gateway answers
ROOT = Path(__file__).parents[2]


@dataclass
class Demo:
    """A running demo. ``links``: the object that it printed. ``log``: all that it and its worker ever wrote.
    ``module``: what runs it, ``tests.support.demo_providers --provider zoom`` for one with a far side."""

    data: Path
    log: Path
    arguments: tuple[str, ...] = ()
    module: tuple[str, ...] = ("gateway", "demo")
    port: int = 0
    links: dict[str, Any] = field(default_factory=dict)
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start, or start again with the data and on the port of before."""
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", *self.module, "--json", "--port", str(self.port)),
                *("--media-host", "127.0.0.1", "--data", str(self.data), *self.arguments),
                stdout=asyncio.subprocess.PIPE, stderr=log, cwd=ROOT, limit=2**20, start_new_session=True,
            )  # fmt: skip
        assert self.process.stdout is not None
        line = await asyncio.wait_for(self.process.stdout.readline(), READY)
        assert line, f"the demo ended before it was ready: {self.log.read_text()[-2000:]}"
        self.links = json.loads(line)
        self.port = int(str(self.links["url"]).rpartition(":")[2])

    async def kill(self) -> None:
        """As a power cut would have it; the media worker, a process of its own, lives on."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        await self.process.wait()

    async def end(self) -> None:
        """SIGTERM: drained, sealed, the worker stopped. A demo that was killed is started once more, for only it can
        stop the worker that it left."""
        if self.process is None:
            return
        if self.process.returncode is not None:
            await self.start()
        with suppress(ProcessLookupError):
            os.kill(self.process.pid, signal.SIGTERM)
        await asyncio.wait_for(self.process.wait(), ENDED)

    def of_room(self, room: str) -> list[dict[str, str]]:
        """The candidates of a room, by time."""
        return [one for one in self.links["candidates"] if one["room"] == room]

    def consoles(self, room: str) -> list[str]:
        """Links of a room's interviewers."""
        return [one["link"] for one in self.links["consoles"] if one["room"] == room]

    async def operate(self, name: str, **args: Any) -> dict[str, Any]:
        """An operation of the command line, through the gateway's own socket."""
        connector = aiohttp.UnixConnector(str(self.data / "genkan.sock"))
        async with (
            aiohttp.ClientSession(connector=connector) as session,
            session.post(f"http://genkan/ops/{name}", json={"event": self.links["event"], **args}) as response,
        ):
            answer: dict[str, Any] = await response.json()
            assert response.status == 200, answer
            return answer

    async def attendance(self) -> dict[str, dict[str, Any]]:
        """The attendance record, by exam number."""
        rows = (await self.operate("attendance"))["rows"]
        return {str(row["number"]): row for row in rows}

    def kinds(self, interview: str) -> list[str]:
        """The kinds of the entries of an interview, in order, read beside the gateway."""
        with closing(sqlite3.connect(f"file:{self.data / 'journal.sqlite'}?mode=ro", uri=True)) as journal:
            rows = journal.execute("SELECT body FROM entry WHERE stream LIKE '%' || ? ORDER BY id", (interview,))
            return [str(json.loads(body)["k"]) for (body,) in rows]


@asynccontextmanager
async def demo_running(
    directory: Path, *arguments: str, module: tuple[str, ...] = ("gateway", "demo")
) -> AsyncIterator[Demo]:
    """A demo with its data in ``directory``, which must have a short path: a unix socket's has at most 107 bytes."""
    demo = Demo(directory / "data", directory / "demo.log", arguments, module)
    await demo.start()
    try:
        yield demo
    finally:
        await demo.end()
