"""What every handler reads from a request: who asks, from where, in which language, and a body within its bound."""

from __future__ import annotations

import asyncio
import ipaddress
import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from aiohttp import web

from gateway.access import Caller, check
from gateway.limits import BODY_BYTES, BODY_WITHIN
from gateway.problems import Problem
from gateway.shapes import Shape
from gateway.texts import Language, negotiate
from gateway.tokens import BadStatement, Statement, StatementExpired, read_statement
from waiting_room.codec import parse_json

if TYPE_CHECKING:
    from gateway.house import House

MAX_DEPTH = 16  # levels of JSON that anybody needs to send: commands have three
MAX_COOKIES = 24  # browser sessions of one browser: some 320 bytes each, and proxies take 8 KiB of one header

CALLER: web.RequestKey[Caller] = web.RequestKey("genkan.caller", Caller)
ID: web.RequestKey[str] = web.RequestKey("genkan.request", str)
_HOUSE: web.AppKey[Any] = web.AppKey("genkan.house", object)


def put_house(app: web.Application, house: House) -> None:
    """Make the house known to the handlers of ``app``."""
    app[_HOUSE] = house


def house_of(request: web.Request) -> House:
    """The house that this application serves."""
    house: House = request.app[_HOUSE]
    return house


def cookie_name(house: House, sid: str) -> str:
    """Browsers take the ``__Host-`` prefix over HTTPS only, also on loopback."""
    return f"{'__Host-' if house.settings.secure else ''}genkan-{sid}"


def language_of(request: web.Request) -> Language:
    """The page's language: our scripts send it as Accept-Language."""
    return negotiate(request.query.get("lang"), request.headers.get("Accept-Language", ""))


def address_of(request: web.Request) -> str:
    """Where the request comes from: the last hop that is no proxy of ours. A forwarded address is believed only from a
    proxy that the settings name."""
    hop = request.remote or ""
    house = house_of(request)
    forwarded = [part.strip() for value in request.headers.getall("X-Forwarded-For", ()) for part in value.split(",")]
    while forwarded and _is_proxy(house, hop):
        hop = forwarded.pop()
    return hop


def statement_in(request: web.Request, sid: str) -> Statement:
    """The session ``sid``, as its cookie says. Problem ``session_missing``, ``session_expired``."""
    house = house_of(request)
    cookie = request.cookies.get(cookie_name(house, sid))
    if cookie is None:
        raise Problem("session_missing")
    try:
        statement = read_statement(house.keys, cookie, house.now())
    except StatementExpired:
        raise Problem("session_expired") from None
    except BadStatement:
        raise Problem("session_missing") from None
    if statement.sid != sid:
        raise Problem("session_missing")
    return statement


def caller_of(request: web.Request) -> Caller:
    """Who asks, checked against the event's state now. Problems of ``access.check``."""
    statement = statement_in(request, request.match_info["sid"])
    caller = check(house_of(request), statement, language=language_of(request), address=address_of(request))
    request[CALLER] = caller  # for the problem's telephone number and the log's event
    return caller


async def present_caller_of(request: web.Request) -> Caller:
    """As ``caller_of``, by the state of now, also where what it rests on was done at another gateway a moment ago.
    Errors of the journal."""
    statement = statement_in(request, request.match_info["sid"])
    halls = house_of(request).halls
    if (hall := halls.get(statement.event)) is not None:
        await hall.present()
    else:  # made a moment ago
        await halls.open_all()
    return caller_of(request)


def check_origin(request: web.Request) -> None:
    """Unsafe requests and upgrades come from our own pages only. Problem ``origin``."""
    if request.headers.get("Origin") != house_of(request).settings.public_origin:
        raise Problem("origin")


async def body_of(request: web.Request, bound: int = BODY_BYTES) -> dict[str, Any]:
    """A JSON object of at most ``bound`` bytes. Problem ``media_type``, ``too_large``, ``malformed`` for one that does
    not end in time; Malformed."""
    if request.content_type != "application/json":
        raise Problem("media_type")
    if (request.content_length or 0) > bound:
        raise Problem("too_large")
    value = parse_json(await _read(request, bound), max_bytes=bound, max_depth=MAX_DEPTH)
    if not isinstance(value, dict):
        raise Problem("malformed")
    return value


async def raw_body(request: web.Request, bound: int) -> bytes:
    """The bytes as they were sent, at most ``bound`` of them: a signature is over these. Problem ``too_large``,
    ``malformed`` for a body that does not end in time."""
    if (request.content_length or 0) > bound:
        raise Problem("too_large")
    return await _read(request, bound)


async def _read(request: web.Request, bound: int) -> bytes:
    data = bytearray()
    if request.content.is_eof():  # all of it is here already, as nearly always: no timer is needed
        data += request.content.read_nowait()
        if len(data) > bound:
            raise Problem("too_large")
        return bytes(data)
    try:
        async with asyncio.timeout(BODY_WITHIN):
            async for chunk in request.content.iter_chunked(2**16):
                data += chunk
                if len(data) > bound:
                    raise Problem("too_large")
    except TimeoutError:
        raise Problem("malformed") from None
    return bytes(data)


@cache
def request_schemas() -> Mapping[str, Any]:
    """``schema/requests.json``."""
    found: dict[str, Any] = json.loads((files("gateway") / "schema" / "requests.json").read_text("utf-8"))
    return found


def check_shape(shape: Shape, body: Mapping[str, Any]) -> None:
    """Problem ``invalid`` with the first place at fault; what stands there is not repeated."""
    if shape.surely_fits(body):
        return
    error = next(iter(shape.validator.iter_errors(body)), None)
    if error is None:
        return
    path = "".join(f"/{step}" for step in error.absolute_path)
    if error.validator == "additionalProperties":
        known = error.schema.get("properties", {}) if isinstance(error.schema, Mapping) else {}
        unknown = next((str(key) for key in error.instance if key not in known), "")
        path = f"{path}/{unknown[:40]}"
    elif error.validator == "required":
        missing = next((key for key in error.validator_value if key not in error.instance), "")
        path = f"{path}/{missing}"
    raise Problem("invalid", field=path or None)


def _is_proxy(house: House, address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in house.settings.trusted_proxies)
