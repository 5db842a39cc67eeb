"""A bare aiohttp POST handler: what any gateway on aiohttp costs at least. ``python -m bench.bare`` prints its port."""

from __future__ import annotations

import asyncio
import sys

import uvloop
from aiohttp import web


async def answer(request: web.Request) -> web.Response:
    sent = await request.json()
    return web.json_response({"ok": True, "id": sent["id"]})


async def serve() -> None:
    app = web.Application()
    app.router.add_post("/api/s/{sid}/check-in", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    sys.stdout.write(f"{runner.addresses[0][1]}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve())
