"""Commands over HTTP, table-driven: name → who may → what the body looks like → what is asked of the core.

A command's ``id`` makes it idempotent: a repeat, also one that comes while the first is under way, gets the first
answer. Across a restart the journal's command id does the same.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from gateway.access import STAFF, Caller
from gateway.hall import Done
from gateway.limits import BODY_BYTES, Pace
from gateway.problems import Problem
from gateway.requests import body_of, check_origin, check_shape, house_of, present_caller_of, request_schemas
from gateway.shapes import Shape
from waiting_room.commands import Command
from waiting_room.journal.book import DocumentWrite

KEPT_ANSWERS = 20_000  # answers of some 100 bytes that a repeat may still want; the journal knows older ones
MAX_UNDER_WAY = 2_000  # commands at once; beyond it we say so instead of queueing for minutes

Body = Mapping[str, Any]
Answer = dict[str, Any]
Run = Callable[[Caller, Body], Awaitable[Answer]]
Build = Callable[[Caller, Body], Command]


@dataclass(frozen=True, slots=True)
class Call:
    """One command. ``kept``: whether a repeat is answered from memory; not where an answer holds a secret that is
    good for a minute only. ``bound``: bytes of the body. ``schema``: of the body, ``id`` included."""

    name: str
    who: frozenset[str]
    run: Run
    kept: bool = True
    bound: int = BODY_BYTES
    schema: Mapping[str, Any] = field(default_factory=dict)
    answer: Mapping[str, Any] = field(default_factory=dict)  # schema of what stands in the answer besides ok and view


class Calls:
    """The table, with each body's schema compiled."""

    def __init__(self, *tables: Sequence[Call]) -> None:
        self.table: dict[str, Call] = {}
        self._shapes: dict[str, Shape] = {}
        for call in (call for table in tables for call in table):
            if call.name in self.table:
                raise ValueError(f"two commands are called {call.name}")
            self.table[call.name] = call
            self._shapes[call.name] = Shape(schema_of(call))
        self._answers: OrderedDict[str, asyncio.Future[Answer]] = OrderedDict()
        self._under_way = 0
        self._pace = Pace()

    async def perform(self, caller: Caller, name: str, body: Body) -> Answer:
        """Check and run. Problems and refusals; a failed one may be tried again under the same id."""
        call = self.table.get(name)
        if call is None:
            raise Problem("not_found")
        if caller.role not in call.who:
            raise Problem("forbidden")
        check_shape(self._shapes[name], body)
        if not call.kept:
            return await self._run(call, caller, body)
        key = f"{caller.sid}:{name}:{body['id']}"
        known = self._answers.get(key)
        if known is not None:
            return await asyncio.shield(known)
        self._keep_pace(caller)
        return await self._first(key, call, caller, body)

    def bound(self, name: str) -> int:
        """How many bytes the body of this command may have."""
        call = self.table.get(name)
        return call.bound if call is not None else BODY_BYTES

    def _keep_pace(self, caller: Caller) -> None:
        """Problem ``slow_down``. Of a shared link's pages each is somebody else until it has a seat; whoever has got
        hold of another's link slows them down from the same address only."""
        if caller.role in STAFF:
            return
        person = caller.sid if caller.role == "shared" else f"{caller.hall.id}:{caller.actor}:{caller.address}"
        wait = self._pace.take(person, caller.house.monotonic())
        if wait > 0:
            raise Problem("slow_down", retry_after=wait)

    async def _first(self, key: str, call: Call, caller: Caller, body: Body) -> Answer:
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._answers[key] = answer
        try:
            answer.set_result(await self._run(call, caller, body))
        except BaseException as error:
            self._answers.pop(key, None)
            answer.set_exception(error if isinstance(error, Exception) else Problem("draining"))
            answer.exception()  # heard: nobody else need be waiting
            raise
        while len(self._answers) > KEPT_ANSWERS:
            self._answers.popitem(last=False)
        return answer.result()

    async def _run(self, call: Call, caller: Caller, body: Body) -> Answer:
        if self._under_way >= MAX_UNDER_WAY:
            raise Problem("store", retry_after=2)
        self._under_way += 1
        try:
            return await call.run(caller, body)
        finally:
            self._under_way -= 1


def schema_of(call: Call) -> Mapping[str, Any]:
    """The command's own schema, else the one in ``schema/requests.json``."""
    found: Mapping[str, Any] = call.schema or request_schemas()["commands"][call.name]
    return found


async def ask(
    caller: Caller, body: Body, command: Command, *, step: str = "", documents: Sequence[DocumentWrite] = ()
) -> Done:
    """Ask the core in the caller's name. ``step`` tells several commands of one request apart."""
    command_id = f"{caller.sid}:{body['id']}{':' if step else ''}{step}"
    return await caller.hall.execute(command, actor=caller.actor, command_id=command_id, documents=documents)


def asks(build: Build) -> Run:
    """A command of the wire that is one command of the core, with nothing to say but that it was done."""

    async def run(caller: Caller, body: Body) -> Answer:
        await ask(caller, body, build(caller, body))
        return {}

    return run


def words(body: Body, *names: str) -> dict[str, Any] | None:
    """What goes into the private payload: those of the texts that were given; None when there are none."""
    found = {name: body[name] for name in names if body.get(name)}
    return found or None


_CALLS: web.AppKey[Calls] = web.AppKey("genkan.calls", Calls)
_LOOK: web.AppKey[Any] = web.AppKey("genkan.look", object)


def install(app: web.Application, calls: Calls, look: Callable[[Caller], str]) -> None:
    """Serve the table under ``/api/s/{sid}/``. ``look`` makes the id of a member of staff's present
    view: a button of a board stays busy until that view, or a later one, has come."""
    app[_CALLS], app[_LOOK] = calls, look
    app.router.add_post("/api/s/{sid}/{command}", _post)


async def _post(request: web.Request) -> web.Response:
    check_origin(request)
    if house_of(request).lost:  # known already: nobody has to wait for a time-out to be told
        raise Problem("store", retry_after=2)
    caller = await present_caller_of(request)
    calls, name = request.app[_CALLS], request.match_info["command"]
    body = await body_of(request, calls.bound(name))
    answer = await calls.perform(caller, name, body)
    purged = caller.house.halls.get(caller.hall.id) is None  # by this command: there is no view any more
    if caller.statement.staff is None or purged:  # their page waits for its view and for nothing else
        return web.json_response({"ok": True, **answer})
    await asyncio.sleep(0)  # whom it is about is told first: the asker's own view may be a board of thousands
    return web.json_response({"ok": True, **answer, "view": request.app[_LOOK](caller)})
