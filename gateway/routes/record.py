"""The administrator's reads of the record: on the screen with pictures, as a file, on paper, and as a bundle.

Each is one operation in that person's name, journalled as an export before it leaves. ``room`` in the address: that
room only.
"""

from __future__ import annotations

from aiohttp import web

from gateway.access import ADMINISTRATOR
from gateway.operations.call import Call
from gateway.operations.exporting import made
from gateway.routes.admin import asked, file_of, must_be, run_for
from gateway.routes.streaming import streamed

_READ = ("event", "rows", "pictures", "digest", "sealed", "record_key")


def routes() -> list[web.RouteDef]:
    return [
        web.get("/api/s/{sid}/attendance", _rows),
        web.get("/api/s/{sid}/attendance.csv", _csv),
        web.get("/api/s/{sid}/attendance.html", _page),
        web.get("/api/s/{sid}/bundle.zip", _bundle),
    ]


async def _rows(request: web.Request) -> web.Response:
    answer = await run_for(must_be(request, ADMINISTRATOR), "attendance", asked(request, "room"))
    return web.json_response({key: answer[key] for key in _READ})


async def _csv(request: web.Request) -> web.Response:
    caller = must_be(request, ADMINISTRATOR)
    answer = await run_for(caller, "attendance", asked(request, "encoding", "room"))
    return file_of(answer["csv"], f"attendance-{caller.hall.id}.csv")


async def _page(request: web.Request) -> web.Response:
    answer = await run_for(must_be(request, ADMINISTRATOR), "attendance-page", asked(request, "room"))
    return web.Response(text=answer["html"], content_type="text/html", headers={"Cache-Control": "no-store"})


async def _bundle(request: web.Request) -> web.StreamResponse:
    """``people=yes``: with what is personal."""
    caller = must_be(request, ADMINISTRATOR)
    args = {"event": caller.hall.id, "people": request.query.get("people") == "yes"}
    _, content = await made(Call(caller.house, args, caller.actor, caller.language))
    headers = {"Content-Disposition": f'attachment; filename="{caller.hall.id}.genkan.zip"'}
    return await streamed(request, content, headers)
