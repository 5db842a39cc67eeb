"""How a gateway ends, and what it leaves: answered requests, told pages, no process, nothing readable by others."""

from __future__ import annotations

import asyncio
import json
import signal
import stat
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.chaos.test_gateway_kills import Gateway, gateway_in, set_up
from tests.support.day import Browser
from tests.support.ports import a_free_port

pytestmark = pytest.mark.process

ROOT = Path(__file__).parents[2]
READY = 30.0  # seconds; two on a free machine
ENDED = 30.0  # seconds: draining has ten, the worker's goodbyes two
PROC = Path("/proc")


@asynccontextmanager
async def demo(data: Path, umask: int = -1) -> AsyncIterator[tuple[asyncio.subprocess.Process, dict[str, Any]]]:
    with (data.parent / "log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "gateway", "demo", "--json", "--port", str(a_free_port())),
            *("--media-host", "127.0.0.1", "--data", str(data)),
            cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=log, limit=2**20, umask=umask,
        )  # fmt: skip
    assert process.stdout is not None
    try:
        line = await asyncio.wait_for(process.stdout.readline(), READY)
        yield process, json.loads(line)
    finally:
        if process.returncode is None:
            process.terminate()
            await asyncio.wait_for(process.wait(), ENDED)


def processes_of(data: Path) -> dict[int, str]:
    """Everything that runs on this directory, by its command line."""
    found = {}
    for entry in PROC.iterdir():
        if entry.name.isdecimal():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            except OSError:
                continue  # it has ended meanwhile
            if str(data) in line:
                found[int(entry.name)] = line
    return found


async def entered(url: str, link: str, *, sent: asyncio.Event | None = None) -> Browser:
    """``sent`` is set whenever the head of a request is on its way."""
    trace = aiohttp.TraceConfig()

    async def on_its_way(*_: object) -> None:
        if sent is not None:
            sent.set()

    trace.on_request_headers_sent.append(on_its_way)
    jar = aiohttp.CookieJar(unsafe=True)
    browser = Browser(url, aiohttp.ClientSession(cookie_jar=jar, trace_configs=[trace]))
    assert (await browser.enter(link=link.partition("#")[2])).status == 200
    return browser


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_demo_that_is_told_to_end_answers_tells_and_leaves_no_process(
    tmp_path: Path, number: signal.Signals
) -> None:
    """A request that is half sent is taken to its end, a page and a poll are asked to come again, and the exit is 0."""
    data = tmp_path / "d"
    async with demo(data) as (process, links):
        assert len(processes_of(data)) == 2, "the gateway and its media worker"
        url = links["url"]
        sent = asyncio.Event()
        browser = await entered(url, links["candidates"][0]["link"], sent=sent)
        have = (await browser.view())["id"]
        half = await Half.begin(url, links["candidates"][1]["link"].partition("#")[2])
        async with browser.live() as line, asyncio.TaskGroup() as tasks:
            await line.until(lambda v: v["kind"] == "candidate")
            sent.clear()
            poll = tasks.create_task(browser.view(have, wait=20))
            await sent.wait()
            await browser.get("/healthz")  # answered after what was sent before it was taken
            process.send_signal(number)
            bye = await told(line)
            assert (bye["code"], bye["again"]) == ("draining", True)
            assert (await poll)["t"] in ("bye", "view")
            assert (await half.finish()).startswith(b"HTTP/1.1 200")
        assert await asyncio.wait_for(process.wait(), ENDED) == 0
        await browser.http.close()
    assert processes_of(data) == {}
    assert not (data / "genkan.sock").exists()


async def told(line: Any) -> Any:
    """The frame by which a page is asked to come again."""
    while (frame := await line.frame(within=ENDED))["t"] != "bye":
        pass
    return frame


class Half:
    """A request whose body comes in two parts."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, rest: bytes) -> None:
        self._reader, self._writer, self._rest = reader, writer, rest

    @classmethod
    async def begin(cls, url: str, link: str) -> Half:
        host = url.removeprefix("http://")
        reader, writer = await asyncio.open_connection(*host.split(":"))
        body = json.dumps({"link": link}).encode()
        head = f"POST /api/enter HTTP/1.1\r\nHost: {host}\r\nOrigin: {url}\r\nContent-Type: application/json\r\n"
        writer.write(head.encode() + f"Content-Length: {len(body)}\r\n\r\n".encode() + body[:10])
        await writer.drain()
        return cls(reader, writer, body[10:])

    async def finish(self) -> bytes:
        self._writer.write(self._rest)
        await self._writer.drain()
        answer = await asyncio.wait_for(self._reader.readline(), ENDED)
        self._writer.close()
        return answer


async def test_what_is_made_is_its_owners_alone_whatever_the_umask(tmp_path: Path) -> None:
    """Directories, journal, keys, sockets; and no secret stands in an argument of a process."""
    data = tmp_path / "d"
    async with demo(data, umask=0) as (_, links):
        loose = {
            str(path.relative_to(tmp_path)): oct(stat.S_IMODE(path.lstat().st_mode))
            for path in [data, *data.rglob("*")]
            if stat.S_IMODE(path.lstat().st_mode) & 0o077
        }
        assert loose == {}
        secrets = [(data / "keys" / "worker.secret").read_bytes().hex(), links["admin"].partition("#")[2]]
        lines = " ".join(processes_of(data).values())
        assert lines
        assert not [secret for secret in secrets if secret in lines]


async def test_at_debug_level_the_log_holds_nothing_of_what_anybody_sent(tmp_path: Path) -> None:
    """Requests that are none, headers with a name in them, bodies that fail, a day's words: no name, no address."""
    async with gateway_in(tmp_path) as gateway:
        text = gateway.config.read_text().replace('"warning"', '"debug"')
        gateway.config.write_text(text)
        links, _ = await set_up(gateway.settings)
        await gateway.start()
        for raw in HOSTILE:
            await said(gateway, raw)
        interview, link = next(iter(links.items()))
        browser = await entered(gateway.settings.public_origin, f"#{link}")
        await browser.do("consent", notice="MARKE")
        await browser.do("check-in", number="MARKE", name="MARKE", MARKE=1)
        await browser.do("help", reason="late", text="MARKE")
        await browser.get(f"/MARKE/{interview}?name=MARKE")
        await browser.http.close()
        assert await gateway.end(signal.SIGTERM) == 0
        log = (tmp_path / "log").read_text()
        assert '"request"' in log
        told = ["MARKE", "マーク", link, browser.sid, "127.0.0.1"]
        assert not [one for one in told if one in log], log[-3000:]


HOSTILE = (
    b"MARKE\r\n\r\n",
    b"GET /MARKE HTTP/9.9\r\n\r\n",
    b"GET /j?MARKE HTTP/1.1\r\nMARKE\r\n\r\n",
    b"GET / HTTP/1.1\r\nX-Forwarded-For: MARKE\x00\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: MARKE, \xe3\x83\x9e\xe3\x83\xbc\xe3\x82\xaf\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: MARKE/\\\r\nX-Forwarded-Host: MARKE\r\nX-Forwarded-Proto: MARKE\r\n\r\n",
    b"GET / HTTP/1.1\r\nCookie: " + b"MARKE=" * 20_000 + b"\r\n\r\n",
    b"POST /api/enter HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nMARKE\r\n",
    b"POST /api/enter HTTP/1.1\r\nContent-Length: MARKE\r\n\r\n",
    b"\x16\x03\x01MARKE" + bytes(200),
)


async def said(gateway: Gateway, raw: bytes) -> None:
    """Send bytes and hear the connection out: it is answered or cut."""
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.settings.port)
    writer.write(raw)
    try:
        async with asyncio.timeout(3):
            await writer.drain()
            writer.write_eof()
            await reader.read()
    except (TimeoutError, ConnectionError):
        pass
    finally:
        writer.close()
