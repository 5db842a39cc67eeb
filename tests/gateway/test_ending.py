"""How a gateway leaves: no client's request is lost on a connection that it kept."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.app import Gateway, running
from gateway.config import Settings

FOREVER = 600.0  # seconds; nothing here waits for them to pass
ASKED = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """A request down the connection, and the head of its answer."""
    writer.write(ASKED)
    head = await reader.readuntil(b"\r\n\r\n")
    await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]))
    return head


async def test_a_kept_connection_has_one_more_answer_and_is_told_that_it_was_the_last(tmp_path: Path) -> None:
    settings = replace(Settings.for_demo(tmp_path / "data"), host="127.0.0.1", log_level="warning")
    leave, here = asyncio.Event(), asyncio.get_running_loop().create_future()

    async def serve() -> None:
        async with running(settings, worker=False, sockets=False, linger=FOREVER) as gateway:
            here.set_result(gateway)
            await leave.wait()

    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        tasks.create_task(serve())
        gateway: Gateway = await here
        line = await asyncio.open_connection("127.0.0.1", gateway.settings.port)
        head = await ask(*line)
        assert head.startswith(b"HTTP/1.1 200")
        assert b"connection: close" not in head.lower()
        leave.set()
        await gateway.house.draining.wait()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", gateway.settings.port)
        head = await ask(*line)
        assert head.startswith(b"HTTP/1.1 200")
        assert b"connection: close" in head.lower()
        assert await line[0].read() == b""
        line[1].close()
