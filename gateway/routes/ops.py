"""The command line's way into a running gateway: ``POST /ops/<operation>`` on an owner-only unix socket.

Whoever can open the socket owns the data directory, so nobody is asked who they are. The application of the socket has
no other routes, and that of the network has none of these.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from gateway.limits import UPLOAD_BYTES
from gateway.operations import run
from gateway.operations.call import Call
from gateway.operations.exporting import made
from gateway.problems import from_error, response
from gateway.requests import body_of, house_of, language_of, put_house
from gateway.routes.streaming import streamed

if TYPE_CHECKING:
    from gateway.house import House

ANSWER = "Genkan-Answer"  # JSON in ASCII

log = structlog.get_logger("genkan.ops")


def ops_application(house: House) -> web.Application:
    """The application of the socket."""
    app = web.Application(middlewares=[_problems], client_max_size=UPLOAD_BYTES)
    put_house(app, house)
    app.router.add_post("/ops/export", _export)
    app.router.add_post("/ops/{operation}", _operate)
    return app


@asynccontextmanager
async def serve_ops(house: House) -> AsyncIterator[Path]:
    """Listen at ``settings.socket_path`` while in this context. A socket that a crash left behind is replaced: the
    journal's lock says that its owner is gone."""
    path = house.settings.socket_path
    path.unlink(missing_ok=True)
    runner = web.AppRunner(ops_application(house), access_log=None)
    await runner.setup()
    try:
        site = web.UnixSite(runner, str(path))
        await site.start()
        path.chmod(0o600)  # the directory is owner-only too, so nobody slips in before
        yield path
    finally:
        await runner.cleanup()
        path.unlink(missing_ok=True)


async def _operate(request: web.Request) -> web.Response:
    args = await body_of(request, UPLOAD_BYTES)
    name = request.match_info["operation"]
    answer = await run(house_of(request), name, args, language=language_of(request))
    return web.json_response(answer)


async def _export(request: web.Request) -> web.StreamResponse:
    """The file as the body; the rest of the answer is in a header."""
    call = Call(house_of(request), await body_of(request, UPLOAD_BYTES), language=language_of(request))
    answer, content = await made(call)
    return await streamed(request, content, {ANSWER: json.dumps(answer)})


@web.middleware
async def _problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except Exception as error:  # noqa: BLE001 - the one place where an error becomes an answer
        problem = from_error(error)
        if problem.code == "internal":
            log.critical("operation_failed", error=type(error).__name__)
        return response(problem, language_of(request))
