"""What machines ask for: health, public keys, the description of the API."""

from __future__ import annotations

from aiohttp import web

from gateway.requests import house_of
from gateway.tokens import jwks


def routes() -> list[web.RouteDef]:
    return [
        web.get("/healthz", healthz),
        web.get("/readyz", readyz),
        web.get("/.well-known/jwks.json", keys),
    ]


async def healthz(_request: web.Request) -> web.Response:
    """The process answers."""
    return web.json_response({"ok": True})


async def readyz(request: web.Request) -> web.Response:
    """The process serves: not while it drains, nor while the store is out of its reach."""
    house = house_of(request)
    why = "draining" if house.draining.is_set() else "store_lost" if house.lost else None
    if why is not None:
        return web.json_response({"ok": False, "why": why}, status=503)
    return web.json_response({"ok": True})


async def keys(request: web.Request) -> web.Response:
    """Token keys that may still sign, and every record key (docs/protocol.md §6)."""
    house = house_of(request)
    return web.json_response(jwks(house.keys, house.now()), headers={"Cache-Control": "public, max-age=300"})
