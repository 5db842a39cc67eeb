"""A simulator of Zoom's Meeting API: a real HTTP server that enforces limits, scopes and bounds, and refuses what Zoom
would refuse. Written from Zoom's published descriptions, of which nothing is copied.

    async with ZoomSimulator(now=clock) as zoom:
        adapter = Zoom(zoom.account("host1", "host2"), now=clock, sleep=clock.sleep)

Faults strike the next requests of an operation, before or after the work was done.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from providers.zoom.config import Account
from tests.support.faults import Faults, Handler
from tests.support.zoom_simulator_browser import WebClient
from tests.support.zoom_simulator_rules import (
    ALL_SCOPES,
    OPERATIONS,
    SECOND,
    Limits,
    Operation,
    Plan,
    Refusal,
    checked_invitation,
    checked_meeting,
    invalid,
)
from tests.support.zoom_simulator_webhooks import Webhooks
from tests.support.zoom_simulator_world import SimMeeting, User, World

ACCOUNT, CLIENT, SECRET, HOOK = "sim-account", "sim-client", "sim-secret", "sim-hook-secret"
TOKEN_LIFE = 3600  # seconds


class Clock:
    """A clock that moves by ``step`` microseconds at every look, and by sleeping, which takes no time."""

    def __init__(self, at: int, step: int = 25_000) -> None:
        self.at, self.step = at, step

    def __call__(self) -> int:
        self.at += self.step
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += round(seconds * SECOND)
        await asyncio.sleep(0)


@dataclass
class Grant:
    """A token that was given out."""

    ends_at: int
    scopes: frozenset[str]


@dataclass
class Gate:
    """Holds requests back until it is opened."""

    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    opened: asyncio.Event = field(default_factory=asyncio.Event)

    async def wait(self) -> None:
        self.arrived.set()
        await self.opened.wait()


class ZoomSimulator:
    """Listens on 127.0.0.1, on a port of its own, while it is entered."""

    def __init__(self, now: Callable[[], int], *, plan: Plan = "business", port: int = 0) -> None:
        self.now = now
        self.webhooks = Webhooks(HOOK, ACCOUNT, now)
        self.world = World(now, self.webhooks.tell)
        self.limits = Limits(now, plan)
        self.faults = Faults()
        self.gates: dict[str, Gate | asyncio.Barrier] = {}  # operation -> where its requests wait first
        self.scopes = ALL_SCOPES
        self.secret = SECRET  # that it takes
        self.tokens: dict[str, Grant] = {}
        self.asked: list[str] = []  # operations, in order
        self.down_until = 0  # microseconds UTC: everything is answered with 503 until then
        self.skew = 0  # microseconds that its Date header is ahead
        self._port = port
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application(middlewares=[self._stamp])
        app.router.add_post("/oauth/token", self._faulty("token", self._token))
        for name, operation in OPERATIONS.items():
            handler: Handler = getattr(self, f"_{name}")
            app.router.add_route(
                operation.method, operation.path, self._faulty(name, self._guarded(operation, handler))
            )
        WebClient(self.world, self.webhooks).add_to(app)
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=1, access_log=None)
        await self._runner.setup()
        await self.listen()
        return self

    async def listen(self) -> None:
        """On the port of before, after ``deafen``. Idempotent."""
        assert self._runner is not None
        if self._runner.sites:
            return
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = self._runner.addresses[0][1]

    async def deafen(self) -> None:
        """Take no more connections; those that stand go on."""
        assert self._runner is not None
        for site in tuple(self._runner.sites):
            await site.stop()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.faults.held.set()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def url(self) -> str:
        assert self._port, "it does not listen yet"
        return f"http://127.0.0.1:{self._port}"

    def account(self, *hosts: str, **changed: Any) -> Account:
        """Settings for an adapter; the hosts are made where they do not exist."""
        known = {user.email for user in self.world.users}
        self.world.users += [User(f"Ab{host}-_9", host) for host in hosts if host not in known]
        told = {
            "account_id": ACCOUNT,
            "client_id": CLIENT,
            "client_secret": SECRET,
            "hosts": hosts,
            "webhook_secret": HOOK,
            "api_url": f"{self.url}/v2",
            "token_url": f"{self.url}/oauth/token",
        }
        return Account(**{**told, **changed})

    def revoke_tokens(self) -> None:
        self.tokens.clear()

    # --- between a request and its handler -------------------------------------------------------------------------

    @web.middleware
    async def _stamp(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            response = await handler(request)
        except Refusal as refusal:
            response = refusal.response()
        if not response.prepared:
            response.headers["Date"] = formatdate((self.now() + self.skew) // SECOND, usegmt=True)
        return response

    def _faulty(self, name: str, handler: Handler) -> Handler:
        async def faulty(request: web.Request) -> web.StreamResponse:
            self.asked.append(name)
            if (gate := self.gates.get(name)) is not None:
                await gate.wait()
            if self.now() < self.down_until:
                return web.Response(status=503)
            return await self.faults.strike(name, request, handler)

        return faulty

    def _guarded(self, operation: Operation, handler: Handler) -> Handler:
        """Token, scope, limit a second: in this order."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            kind, _, value = request.headers.get("Authorization", "").partition(" ")
            grant = self.tokens.get(value) if kind == "Bearer" else None
            if grant is None:
                raise Refusal(401, 124, "Invalid access token.")
            if self.now() >= grant.ends_at:
                raise Refusal(401, 124, "Access token is expired.")
            if operation.scope not in grant.scopes:
                raise Refusal(400, 4711, f"Invalid access token, does not contain scopes:[{operation.scope}].")
            self.limits.take_second(operation.category)
            return await handler(request)

        return guarded

    # --- the API ---------------------------------------------------------------------------------------------------

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        basic = "Basic " + base64.b64encode(f"{CLIENT}:{self.secret}".encode()).decode()
        if request.headers.get("Authorization") != basic:
            return web.json_response(
                {"reason": "Invalid client_id or client_secret", "error": "invalid_client"}, status=401
            )
        if form.get("grant_type") != "account_credentials" or form.get("account_id") != ACCOUNT:
            return web.json_response({"reason": "Bad Request", "error": "invalid_request"}, status=400)
        value = self.world.secret()
        self.tokens[value] = Grant(self.now() + TOKEN_LIFE * SECOND, self.scopes)
        answer = {"access_token": value, "token_type": "bearer", "expires_in": TOKEN_LIFE}
        return web.json_response({**answer, "scope": " ".join(sorted(self.scopes)), "api_url": self.url})

    async def _create(self, request: web.Request) -> web.Response:
        host = self.world.user(request.match_info["user"])
        body = checked_meeting(await _json(request))
        self.limits.take_day(host.email)
        return web.json_response(self.world.shown(self.world.create(host, body), self.url), status=201)

    async def _list(self, request: web.Request) -> web.Response:
        host = self.world.user(request.match_info["user"])
        size, start = int(request.query.get("page_size", "30")), int(request.query.get("next_page_token", "0") or 0)
        if not 1 <= size <= 300:
            raise invalid("page_size")
        found = sorted(self.world.of_host(host), key=lambda one: str(one.body.get("start_time", "")))
        more = str(start + size) if start + size < len(found) else ""
        shown = [self.world.listed(one) for one in found[start : start + size]]
        return web.json_response(
            {"page_size": size, "total_records": len(found), "next_page_token": more, "meetings": shown}
        )

    async def _read(self, request: web.Request) -> web.Response:
        return web.json_response(self.world.shown(self._meeting(request), self.url))

    async def _delete(self, request: web.Request) -> web.Response:
        self.world.delete(self._meeting(request))
        return web.Response(status=204)

    async def _status(self, request: web.Request) -> web.Response:
        found, body = self._meeting(request), await _json(request)
        if not isinstance(body, dict) or body.get("action") not in ("end", "recover"):
            raise invalid("action")
        self.world.end(found)
        return web.Response(status=204)

    async def _invite_links(self, request: web.Request) -> web.Response:
        found = self._meeting(request)
        names, ttl = checked_invitation(await _json(request))
        made = [{"name": name, "join_url": self.world.invite(found, name, ttl, self.url)} for name in names]
        return web.json_response({"attendees": made}, status=201)

    def _meeting(self, request: web.Request) -> SimMeeting:
        return self.world.meeting(request.match_info["meeting"])


async def _json(request: web.Request) -> Mapping[str, Any] | object:
    try:
        found: object = await request.json()
    except ValueError:
        raise invalid("body") from None
    return found
