"""``GET /metrics`` on a port of its own: what is counted is for the office's operators, not for the network that
candidates come from. Off unless ``[metrics]`` is set."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from gateway.metrics.reading import Reading

if TYPE_CHECKING:
    from gateway.app import Gateway


async def exposition(gateway: Gateway) -> bytes:
    """Everything, in Prometheus' text format 0.0.4."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Reading(gateway, await gateway.calling.workers.statuses() if gateway.calling else {}))
    return generate_latest(gateway.house.metrics.registry) + generate_latest(registry)


@asynccontextmanager
async def serve_metrics(gateway: Gateway, host: str, port: int) -> AsyncIterator[int]:
    """Listen while in this context; the port that was bound. OSError."""

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(body=await exposition(gateway), headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})

    app = web.Application()
    app.router.add_get("/metrics", answer)
    runner = web.AppRunner(app, access_log=None, handle_signals=False)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        bound: int = runner.addresses[0][1]
        yield bound
    finally:
        await runner.cleanup()
