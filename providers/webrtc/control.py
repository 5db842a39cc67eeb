"""The worker's control API: HTTP, each request but one with ``Authorization: Bearer <secret>``. A gateway's own worker
has it on an owner-only unix socket, ``genkan media`` on a port of an inner network.

========================================  ==================================================================
``PUT /keys``                             ``{"keys": [JWK]}``, public Ed25519 with ``kid``; replaces the set
``PUT /calls/{call}``                     ``{"generation", "capacity"}``; raising the generation puts all out
``DELETE /calls/{call}``                  puts all out and forgets the call
``PUT /calls/{call}/people/{sub}``        ``{"role", "epoch", "admission"}``: may be in
``DELETE /calls/{call}/people/{sub}``     ``?reason=``: put out at once, tokens of the admission are dead;
                                          ``&admission=N``: unless they are in by a later one
``POST /calls/{call}/peers``              ``{"token", "sdp", "from"?}`` → 201 ``{"peer", "sdp", "slots"}``
``PATCH /peers/{peer}``                   ``{"token", "sdp", "from"?}`` → ``{"sdp"}``: ICE restart
``DELETE /peers/{peer}``                  ``?sub=``: the person leaves
``POST /echo``                            as peers: one's own sound and picture come back, 60 s at most
``GET /calls``                            ``{"boot", "seq", "calls"}``: people, peers, slots, who speaks
``GET /events``                           ``?after=N&boot=ID``: JSON lines as they happen, for ever
``GET /status``                           name, process, addresses, capacity, seats taken, draining, packets, load
``GET /healthz``                          without the secret: ``{"state": "ok" | "draining"}``
``POST /stop``                            202
========================================  ==================================================================

A line of events is ``{"seq", "kind", "call", "sub", "epoch", "at"}`` (``at`` in µs UTC). ``kind``: joined (DTLS is up),
left (``reason``: left, replaced, removed, silent, generation, closed), let_in (``role``, ``admission``) and let_out
(may be in, and no longer), closed (the call is forgotten), slots (``slots``: the whole map of this person's slots),
speaking (``speaking``: bool), network (``reason``: silent, back, weak, good). Where ``after`` is not known (no
number, too old, another ``boot``) a line ``{"kind": "snapshot", "seq", "boot", "calls"}`` comes first. An empty line is
a heartbeat. Refusals are application/problem+json; their codes are in ``refusals``.

Nothing of a body is ever logged or quoted in a refusal: it holds tokens and SDP.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import os
import resource
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from .call import Person
from .refusals import Refusal
from .switchboard import Switchboard

LONGEST_BODY = 256 * 1024  # bytes: an offer of 100,000 characters, escaped as JSON
STREAMS = 64  # listeners: a dozen gateways, by two families of addresses, their restarts, a person with curl
HEARTBEAT = 2.0  # seconds; a listener that has gone is noticed by then
LONGEST_ADMISSION = 16  # digits
ROLES = frozenset({"candidate", "companion", "interviewer", "reception", "administrator"})
REASONS = frozenset({"left", "removed", "replaced", "silent", "generation", "closed"})
LONGEST_ID = 200
HEALTH = "/healthz"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(slots=True)
class Control:
    """``secret`` is required in each request. ``boot`` tells one run of a worker from another, ``name`` one worker."""

    board: Switchboard
    secret: str
    boot: str
    stop: asyncio.Event
    name: str = ""
    contacted: float = field(default_factory=time.monotonic)
    _streams: int = 0

    def app(self) -> web.Application:
        app = web.Application(client_max_size=LONGEST_BODY, middlewares=[self._guard])
        app.add_routes(
            [
                web.put("/keys", self._put_keys),
                web.put("/calls/{call}", self._put_call),
                web.delete("/calls/{call}", self._delete_call),
                web.put("/calls/{call}/people/{sub}", self._put_person),
                web.delete("/calls/{call}/people/{sub}", self._delete_person),
                web.post("/calls/{call}/peers", self._post_peer),
                web.patch("/peers/{peer}", self._patch_peer),
                web.delete("/peers/{peer}", self._delete_peer),
                web.post("/echo", self._post_echo),
                web.get("/calls", self._get_calls),
                web.get("/events", self._get_events),
                web.get("/status", self._get_status),
                web.get(HEALTH, self._get_health),
                web.post("/stop", self._post_stop),
            ]
        )
        return app

    def idle(self, now: float) -> float:
        """Seconds since somebody last asked or listened."""
        return 0.0 if self._streams else now - self.contacted

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            if request.path != HEALTH:
                self._check_secret(request)
            return await handler(request)
        except Refusal as refusal:
            return _problem(refusal.status, refusal.problem())
        except web.HTTPException as error:
            body = {"type": "about:blank", "title": error.reason, "status": error.status, "code": "http"}
            return _problem(error.status, body)

    def _check_secret(self, request: web.Request) -> None:
        given = request.headers.get("Authorization", "").encode()
        if not hmac.compare_digest(given, f"Bearer {self.secret}".encode()):
            raise Refusal("secret_wrong")
        self.contacted = time.monotonic()

    async def _put_keys(self, request: web.Request) -> web.Response:
        body = await _body(request)
        keys = body.get("keys")
        if not isinstance(keys, list) or not all(isinstance(key, dict) for key in keys):
            raise Refusal("body_invalid", "keys: a list of JWKs")
        self.board.tokens.replace_keys(keys)
        return web.json_response({"keys": self.board.tokens.keys})

    async def _put_call(self, request: web.Request) -> web.Response:
        body = await _body(request)
        call = self.board.open_call(
            _name(request, "call"), _number(body, "generation", 1), _number(body, "capacity", 1, 17)
        )
        return web.json_response({"call": call.id, "generation": call.generation, "capacity": call.capacity})

    async def _delete_call(self, request: web.Request) -> web.Response:
        self.board.close_call(_name(request, "call"))
        return web.Response(status=204)

    async def _put_person(self, request: web.Request) -> web.Response:
        body = await _body(request)
        role = body.get("role")
        if role not in ROLES:
            raise Refusal("body_invalid", "role: one of " + ", ".join(sorted(ROLES)))
        person = Person(role, _number(body, "epoch", 0), _number(body, "admission", 0))
        self.board.let_in(_name(request, "call"), _name(request, "sub"), person)
        return web.Response(status=204)

    async def _delete_person(self, request: web.Request) -> web.Response:
        reason = request.query.get("reason", "removed")
        if reason not in REASONS:
            raise Refusal("body_invalid", "reason: one of " + ", ".join(sorted(REASONS)))
        admission = request.query.get("admission")
        if admission is not None and not (admission.isdecimal() and len(admission) <= LONGEST_ADMISSION):
            raise Refusal("body_invalid", "admission: a number")
        ended = int(admission) if admission is not None else None
        self.board.let_out(_name(request, "call"), _name(request, "sub"), reason, ended)
        return web.Response(status=204)

    async def _post_peer(self, request: web.Request) -> web.Response:
        token, offer, address = _offer(await _body(request))
        peer, answer = self.board.offer(_name(request, "call"), token, offer, address)
        return web.json_response({"peer": peer.id, "sdp": answer, "slots": len(peer.slots)}, status=201)

    async def _post_echo(self, request: web.Request) -> web.Response:
        token, offer, address = _offer(await _body(request))
        peer, answer = self.board.echo(token, offer, address)
        return web.json_response({"peer": peer.id, "sdp": answer, "slots": len(peer.slots)}, status=201)

    async def _patch_peer(self, request: web.Request) -> web.Response:
        token, offer, address = _offer(await _body(request))
        answer = self.board.restart(_name(request, "peer"), token, offer, address)
        return web.json_response({"sdp": answer})

    async def _delete_peer(self, request: web.Request) -> web.Response:
        self.board.leave(_name(request, "peer"), request.query.get("sub"))
        return web.Response(status=204)

    async def _get_calls(self, _request: web.Request) -> web.Response:
        return web.json_response({"boot": self.boot, "seq": self.board.bulletin.newest, "calls": self.board.state()})

    async def _get_status(self, _request: web.Request) -> web.Response:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        return web.json_response(
            {
                "name": self.name,
                "pid": os.getpid(),
                "boot": self.boot,
                "draining": self.board.draining,
                "capacity": self.board.capacity,
                "seats": self.board.seats,
                "udp": [f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in self.board.addresses],
                "calls": len(self.board.calls),
                "busy": [call.id for call in self.board.calls.values() if call.peers],
                "peers": len(self.board.peers),
                "keys": self.board.tokens.keys,
                "packets": self.board.mux.counters.packets(),
                "reception": self.board.mux.counters.reception.to_json(),
                "load": {"cpu_seconds": usage.ru_utime + usage.ru_stime, "memory_kib": usage.ru_maxrss},
            }
        )

    async def _get_health(self, _request: web.Request) -> web.Response:
        return web.json_response({"state": "draining" if self.board.draining else "ok"})

    async def _post_stop(self, _request: web.Request) -> web.Response:
        self.stop.set()
        return web.Response(status=202)

    async def _get_events(self, request: web.Request) -> web.StreamResponse:
        after = request.query.get("after", "-1")
        number = int(after) if after.isdecimal() and len(after) < 16 else -1
        if request.query.get("boot", self.boot) != self.boot:
            number = -1
        if self._streams >= STREAMS:
            raise Refusal("calls_full", "too many listeners")
        response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        await response.prepare(request)
        self._streams += 1
        try:
            with contextlib.suppress(ConnectionError):
                await self._tell(response, number)
        finally:
            self._streams -= 1
            self.contacted = time.monotonic()
        return response

    async def _tell(self, response: web.StreamResponse, number: int) -> None:
        bulletin = self.board.bulletin
        while not self.stop.is_set():
            lines = bulletin.since(number)
            if lines is None:
                lines = [{"kind": "snapshot", "seq": bulletin.newest, "boot": self.boot, "calls": self.board.state()}]
            number = bulletin.newest
            text = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
            await response.write(text.encode() or b"\n")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(HEARTBEAT):
                    if bulletin.newest == number and not self.stop.is_set():
                        await bulletin.change()


def _problem(status: int, body: dict[str, Any]) -> web.Response:
    return web.Response(status=status, text=json.dumps(body), content_type="application/problem+json")


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except (ValueError, RecursionError) as error:
        raise Refusal("body_invalid", "not JSON") from error
    if not isinstance(body, dict):
        raise Refusal("body_invalid", "not a JSON object")
    return body


def _offer(body: dict[str, Any]) -> tuple[str, str, str]:
    """Token, SDP, and by whom the gateway was asked (an opaque key for slowing down, may be empty)."""
    token, offer, address = body.get("token"), body.get("sdp"), body.get("from", "")
    if not isinstance(token, str) or not isinstance(offer, str) or not isinstance(address, str):
        raise Refusal("body_invalid", "token and sdp: texts")
    return token, offer, address[:LONGEST_ID]


def _number(body: dict[str, Any], name: str, least: int, most: int = 1 << 53) -> int:
    value = body.get(name)
    if type(value) is not int or not least <= value <= most:
        raise Refusal("body_invalid", f"{name}: a number from {least} to {most}")
    return value


def _name(request: web.Request, part: str) -> str:
    value = request.match_info[part]
    if not 0 < len(value) <= LONGEST_ID:
        raise Refusal("body_invalid", f"{part}: at most {LONGEST_ID} characters")
    return value
