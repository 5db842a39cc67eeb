"""The live channel's two doors: a WebSocket, and the long poll for where a proxy breaks it."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any

from aiohttp import WSMsgType, web

from gateway.access import Caller, check
from gateway.limits import LIVE_FRAME_BYTES, LONGEST_WAIT
from gateway.live import STOP, Live, Peer
from gateway.look import id_of, view_of
from gateway.problems import Problem
from gateway.requests import caller_of, check_origin, house_of, present_caller_of
from gateway.routes.candidate import note_presence
from waiting_room.journal.port import JournalError

FRAMES_A_MINUTE = 240  # a page says something each 10 s, and when it is hidden or shown; far more is a fault
CLOSE_WITHIN = 2.0  # seconds that a page has to answer a close

_LIVES: web.AppKey[dict[str, Live]] = web.AppKey("genkan.lives", dict)


def routes() -> list[web.RouteDef]:
    return [web.get("/api/s/{sid}/live", live), web.get("/api/s/{sid}/view", view)]


def put_lives(app: web.Application, lives: dict[str, Live]) -> None:
    """Make every hall's live channel known to the handlers."""
    app[_LIVES] = lives


def live_of(request: web.Request, caller: Caller) -> Live:
    return request.app[_LIVES][caller.hall.id]


async def _caller(request: web.Request) -> Caller:
    """By the state of now; while the store is away, by the last that is known: a page that can only look is told so.
    Errors of the journal where it would not be."""
    failure: JournalError | None = None
    try:
        caller = await present_caller_of(request)
    except JournalError as error:
        caller, failure = caller_of(request), error
    if caller.role == "shared":  # its view says what it has agreed to
        await caller.house.neighbours.consent(caller.sid)
    if failure is not None and not caller.hall.behind and caller.hall.loss is None:
        raise failure
    return caller


class _Socket:
    """A WebSocket as a sink."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self._socket = socket

    async def send(self, text: str) -> None:
        await self._socket.send_str(text)

    async def close(self, code: int, reason: str) -> None:
        await self._socket.close(code=code, message=reason.encode())


class _Poll:
    """The one frame that a poll waits for."""

    def __init__(self) -> None:
        self.frame: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def send(self, text: str) -> None:
        if not self.frame.done() and not text.startswith('{"t":"ping"'):
            self.frame.set_result(text)

    async def close(self, code: int, reason: str) -> None:
        if not self.frame.done():
            self.frame.set_result(json.dumps({"t": "bye", "code": reason, "again": code > STOP + 99}))


async def live(request: web.Request) -> web.StreamResponse:
    """See docs/protocol.md §4."""
    check_origin(request)
    caller = await _caller(request)
    channel = live_of(request, caller)
    socket = web.WebSocketResponse(compress=False, max_msg_size=LIVE_FRAME_BYTES, timeout=CLOSE_WITHIN)
    if not socket.can_prepare(request).ok:
        raise Problem("upgrade_needed")
    await socket.prepare(request)
    socket.headers.clear()  # sent; 2 KB that a page which waits for hours need not keep
    peer = channel.join(caller, _Socket(socket))
    try:
        await _listen(request, socket, channel, peer)
    finally:
        channel.part(peer)
    return socket


async def _listen(request: web.Request, socket: web.WebSocketResponse, channel: Live, peer: Peer) -> None:
    house = house_of(request)
    began, frames = house.monotonic(), 0
    async for message in socket:
        frames += 1
        if house.monotonic() - began > 60:
            began, frames = house.monotonic(), 0
        frame = _parse(message.data) if message.type is WSMsgType.TEXT else None
        if frame is None or frames > FRAMES_A_MINUTE:
            await socket.close(code=STOP, message=b"malformed" if frame is None else b"slow_down")
            return
        _take(channel, peer, frame)


def _parse(text: str) -> dict[str, Any] | None:
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return frame if isinstance(frame, dict) and frame.get("t") in ("have", "here", "asleep") else None


def _take(channel: Live, peer: Peer, frame: dict[str, Any]) -> None:
    if frame["t"] == "have":
        have = frame.get("id")
        channel.ask(peer, have if isinstance(have, str) else "")
        return
    with contextlib.suppress(Problem):  # one who may no longer is told so by the next view, not here
        note_presence(check(channel.house, peer.statement), asleep=frame["t"] == "asleep")


async def view(request: web.Request) -> web.Response:
    """The present view at once when it is another than ``have``, else the next one within ``wait`` seconds."""
    caller = await _caller(request)
    have, wait = request.query.get("have", ""), _wait(request)
    present = view_of(caller)
    id_ = id_of(present, caller.hall)
    if id_ != have:
        frame = {"t": "view", "id": id_, "now": house_of(request).now() // 1000, "view": present}
        return web.json_response(frame, headers={"Cache-Control": "no-store"})
    text = await _next(live_of(request, caller), caller, id_, wait) if wait > 0 else '{"t":"same"}'
    return web.Response(text=text, content_type="application/json")


async def _next(channel: Live, caller: Caller, have: str, wait: float) -> str:
    poll = _Poll()
    peer = channel.join(caller, poll)
    channel.ask(peer, have)  # and what changed since the view was made
    try:
        async with asyncio.timeout(wait):
            return await poll.frame
    except TimeoutError:
        return '{"t":"same"}'
    finally:
        channel.part(peer)


def _wait(request: web.Request) -> float:
    try:
        wait = float(request.query.get("wait", "0"))
    except ValueError:
        raise Problem("invalid", field="/wait") from None
    if not 0 <= wait <= LONGEST_WAIT:
        raise Problem("invalid", field="/wait")
    return wait
