"""What providers call back: ``POST /hooks/<provider>``. Verified by the provider's signature; no session, no origin.

It is appended, then answered. A provider waits three seconds and then brings the callback again, some minutes later;
one that was answered is never brought again. Answered first and written afterwards, a crash in between would lose it;
answered late, it comes twice, and the second time is the same command: a slow journal costs a delivery, never a fact.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog
from aiohttp import web

from gateway.observing import Observing
from gateway.problems import Problem
from gateway.requests import house_of, raw_body
from providers.base import Calls, GiveUp, Observation, Provider

if TYPE_CHECKING:
    from gateway.house import House

log = structlog.get_logger("genkan.hooks")

HOOK_BYTES = 64 * 2**10  # a callback is 2 KB; adapters read no more either
ANSWER_WITHIN = 2.5  # seconds; Zoom waits 3, and the way takes some of it
REFUSED: Mapping[str, str] = {"garbage": "malformed"}  # anything else is not genuine, or stale


def routes() -> list[web.RouteDef]:
    return [web.post("/hooks/{provider}", called_back)]


async def called_back(request: web.Request) -> web.Response:
    """200 once everything is in the journal. Problem ``not_found``, ``too_large``, ``malformed``, ``not_genuine``,
    ``store`` when it could not be written in time."""
    house = house_of(request)
    caller = _caller(house, request.match_info["provider"])
    name = caller.provider.name
    body = await raw_body(request, HOOK_BYTES)
    try:
        answer = caller.calls.validation(request.headers, body)
        found = caller.provider.observe(request.headers, body) if answer is None else ()
        delivery = caller.calls.delivery_id(body) if found else ""
    except GiveUp as error:
        log.warning("callback_refused", provider=name, code=error.code)
        raise Problem(REFUSED.get(error.code, "not_genuine")) from error
    house.health.answered(name, "callback")
    if answer is not None:
        return web.json_response(dict(answer))
    await _written(house, Observing(house, name), found, delivery)
    return web.json_response({})


async def _written(house: House, observing: Observing, found: Sequence[Observation], delivery: str) -> None:
    """The writing goes on when the answer cannot wait for it: the next delivery finds it done."""
    writing = house.tasks.start(observing.take(found, delivery), "callback")
    try:
        async with asyncio.timeout(ANSWER_WITHIN):
            await asyncio.shield(writing)
    except TimeoutError:
        raise Problem("store", retry_after=300) from None


@dataclass(frozen=True, slots=True)
class Caller:
    """A provider that calls back: as what it is, and as what reads its callbacks."""

    provider: Provider
    calls: Calls


def _caller(house: House, name: str) -> Caller:
    """Problem ``not_found`` for one that is not there or calls nobody."""
    if name not in house.providers:
        raise Problem("not_found")
    found = house.providers[name]
    if not isinstance(found, Calls):
        raise Problem("not_found")
    return Caller(house.providers[name], found)
