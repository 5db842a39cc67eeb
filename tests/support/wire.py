"""A TCP line that can be cut, closed, held up, slowed down, torn, and made to stammer, by a test.

    async with wire(reach) as line:
        line.port …
        line.cut()

What is doubled by ``stammer`` is all that one read brought: whole requests, or whole answers, as two proxies that both
send again would have it. Bytes that are doubled inside of a request are nothing that TCP can do, and only TLS notices.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from tests.support.ports import HOST, a_free_port

CHUNK = 65_536  # bytes read at once

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Reach = Callable[[], Awaitable[Ends]]


@dataclass(eq=False)
class _Carried:
    """One connection: ``near`` asked for it, ``far`` serves it."""

    near: asyncio.StreamWriter
    far: asyncio.StreamWriter

    def abort(self) -> None:
        for writer in (self.near, self.far):
            writer.transport.abort()


@dataclass
class Wire:
    """``reach``: opens a connection to the far side; OSError where nobody listens there. ``echoes``: answers are
    doubled too, not requests alone."""

    reach: Reach
    port: int = 0
    echoes: bool = True
    closed: bool = False  # refuses connections
    delay: float = 0.0  # seconds before each read is passed on
    flowing: asyncio.Event = field(default_factory=asyncio.Event)
    struck: asyncio.Event = field(default_factory=asyncio.Event)  # what was to happen to the next bytes has happened
    _carried: set[_Carried] = field(default_factory=set)
    _stammers: bool = False
    _tears: bool = False

    def __post_init__(self) -> None:
        self.flowing.set()

    def cut(self) -> int:
        """Every connection, at once and without a farewell (RST); how many there were."""
        carried = tuple(self._carried)
        for one in carried:
            one.abort()
        return len(carried)

    def hold(self) -> None:
        """Nothing is lost and nothing arrives, until it is healed."""
        self.flowing.clear()

    def stammer(self) -> None:
        """What comes next arrives twice."""
        self._stammers = True
        self.struck.clear()

    def tear(self) -> None:
        """Of what comes next, either way, half arrives; then the connection is cut."""
        self._tears = True
        self.struck.clear()

    def heal(self) -> None:
        self.closed, self.delay, self._stammers, self._tears = False, 0.0, False, False
        self.flowing.set()

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Carry this connection until it ends. False, and nothing has happened: the far side is not to be reached."""
        if self.closed:
            return False
        try:
            far_reader, far = await self.reach()
        except OSError:
            return False
        one = _Carried(writer, far)
        self._carried.add(one)
        try:
            await asyncio.gather(self._pass_on(reader, far, one), self._pass_on(far_reader, writer, one))
        finally:
            self._carried.discard(one)
            one.abort()
        return True

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not await self.take(reader, writer):
            writer.transport.abort()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, one: _Carried) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                if self.delay:
                    await asyncio.sleep(self.delay)  # the fault itself
                await self.flowing.wait()
                if self._tears:
                    self._tears = False
                    writer.write(data[: max(1, len(data) // 2)])
                    one.abort()
                    self.struck.set()
                    return
                if self._stammers and (self.echoes or writer is one.far):
                    self._stammers = False
                    writer.write(data)
                    self.struck.set()
                writer.write(data)
                await writer.drain()
        with suppress(OSError):
            writer.close()


@asynccontextmanager
async def wire(reach: Reach) -> AsyncIterator[Wire]:
    """One that listens on loopback."""
    line = Wire(reach, a_free_port())
    server = await asyncio.start_server(line._serve, HOST, line.port)
    try:
        yield line
    finally:
        server.close()
        line.cut()
