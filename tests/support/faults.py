"""Faults between a provider and a far side that is an HTTP server: before its work, after it, and in its answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal, assert_never

from aiohttp import web

SLOW_PAUSE = 0.05  # seconds between two bytes of a slow body
CHUNK, CHUNKS = b" " * 2**16, 1024  # of an endless body: 64 MiB, many times what any client here should read

Kind = Literal[
    "time_out_before", "time_out_after", "dropped_after", "500", "slow_body", "garbage", "hollow", "endless"
]  # fmt: skip
Refuse = Callable[[], web.StreamResponse]
Fault = Kind | Refuse | None
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Faults:
    """What the next requests meet: operation -> faults, the first first. ``held``: requests that will never be answered
    wait for the end of the far side here. ``poured``: bytes of endless bodies that were taken."""

    waiting: dict[str, list[Fault]] = field(default_factory=dict)
    held: asyncio.Event = field(default_factory=asyncio.Event)
    poured: int = 0

    def add(self, operation: str, fault: Fault, *, times: int = 1) -> None:
        """None: a request that passes."""
        self.waiting.setdefault(operation, []).extend([fault] * times)

    def clear(self) -> None:
        """All that come from now on pass."""
        self.waiting.clear()

    async def strike(self, operation: str, request: web.Request, handler: Handler) -> web.StreamResponse:
        """The answer to this request, with the fault that is due."""
        queue = self.waiting.get(operation)
        fault = queue.pop(0) if queue else None
        match fault:
            case None:
                return await handler(request)
            case "time_out_before":
                await self.held.wait()
                return web.Response(status=503)
            case "500":
                return web.Response(status=500, text="<html>oops")
            case "garbage":
                return web.Response(text='{"id": ', content_type="application/json")
            case "endless":
                return await self._endless(request)
            case "time_out_after" | "dropped_after" | "slow_body" | "hollow":
                return await self._after(fault, request, await handler(request))
            case _:
                return fault()

    async def _endless(self, request: web.Request) -> web.StreamResponse:
        long = web.StreamResponse(headers={"Content-Type": "application/json"})
        await long.prepare(request)
        for _ in range(CHUNKS):
            await long.write(CHUNK)
            self.poured += len(CHUNK)
        return long

    async def _after(
        self,
        fault: Literal["time_out_after", "dropped_after", "slow_body", "hollow"],
        request: web.Request,
        done: web.StreamResponse,
    ) -> web.StreamResponse:
        match fault:
            case "time_out_after":
                await self.held.wait()
                return done
            case "slow_body":
                return await _slowly(request, done, self.held)
            case "hollow":
                return web.json_response({}, status=200 if done.status == 204 else done.status)
            case "dropped_after":
                assert request.transport is not None
                request.transport.close()
                return done
            case _:
                assert_never(fault)


async def _slowly(request: web.Request, done: web.StreamResponse, held: asyncio.Event) -> web.StreamResponse:
    """The right answer, a byte at a time."""
    assert isinstance(done, web.Response)
    body = done.body
    assert isinstance(body, bytes)
    slow = web.StreamResponse(status=done.status, headers={"Content-Type": "application/json"})
    await slow.prepare(request)
    for byte in body:
        if held.is_set():
            break
        await slow.write(bytes([byte]))
        await asyncio.sleep(SLOW_PAUSE)
    return slow
