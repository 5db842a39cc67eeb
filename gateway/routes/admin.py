"""What the administrator's page asks for: docs/protocol.md §3. Each request is one operation, in that person's name.

``CALLS`` are the commands, for the gateway's table; ``routes`` the downloads and reads.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from aiohttp import web

from gateway import linksheet
from gateway.access import ADMINISTRATOR, OVERSEEING, Caller
from gateway.calls import Answer, Body, Call
from gateway.limits import BODY_BYTES, UPLOAD_BYTES
from gateway.operations import run
from gateway.problems import Problem
from gateway.requests import caller_of
from gateway.roster import template

_UPLOADS = frozenset({"roster-preview", "roster-import", "links-preview", "links-import"})
# operations that only look
_PREVIEWS = frozenset({"roster-preview", "switch-preview", "links-preview", "policy-preview", "notice-preview"})
_ASKED_ANEW = _PREVIEWS | {"provider-check"}  # what was so a minute ago is no answer


def routes() -> list[web.RouteDef]:
    """The reads, under ``/api/s/<sid>/``; they change nothing but that an export is journalled."""
    return [
        web.get("/api/s/{sid}/rules", _rules),
        web.get("/api/s/{sid}/attendance", _attendance),
        web.get("/api/s/{sid}/attendance.csv", _attendance_csv),
        web.get("/api/s/{sid}/invites.csv", _invites_csv),
        web.get("/api/s/{sid}/roster-template.csv", _template),
        web.get("/api/s/{sid}/links-template.csv", _links_template),
        web.get("/api/s/{sid}/sheet", _sheet),
    ]


@cache
def admin_commands() -> Mapping[str, Any]:
    """``schema/admin.json``: name -> the body's schema and the operation."""
    found: dict[str, Any] = json.loads((files("gateway") / "schema" / "admin.json").read_text("utf-8"))
    commands: dict[str, Any] = found["commands"]
    return commands


def _call(name: str) -> Call:
    said = admin_commands()[name]
    looks = {"dry_run": True} if name in _PREVIEWS else {}

    async def perform(caller: Caller, body: Body) -> Answer:
        args = {key: value for key, value in body.items() if key != "id"} | looks
        return await _run(caller, said["operation"], args, command_id=f"{caller.sid}:{body['id']}")

    bound = UPLOAD_BYTES if name in _UPLOADS else BODY_BYTES
    return Call(name, ADMINISTRATOR, perform, kept=name not in _ASKED_ANEW, bound=bound, schema=said["body"])


async def _rules(request: web.Request) -> web.Response:
    """What the rules mean for an interview that begins at 10:00, in the page's language."""
    return web.json_response(await _run(_must_be(request, OVERSEEING), "policy-explain", {}))


async def _attendance(request: web.Request) -> web.Response:
    caller = _must_be(request, ADMINISTRATOR)
    answer = await _run(caller, "attendance", {})
    return web.json_response({key: answer[key] for key in ("event", "rows", "digest", "record_key")})


async def _attendance_csv(request: web.Request) -> web.Response:
    caller = _must_be(request, ADMINISTRATOR)
    answer = await _run(caller, "attendance", _encoding(request))
    return _file(answer["csv"], f"attendance-{caller.hall.id}.csv")


async def _invites_csv(request: web.Request) -> web.Response:
    caller = _must_be(request, ADMINISTRATOR)
    answer = await _run(caller, "invites", _encoding(request))
    return _file(answer["csv"], f"invites-{caller.hall.id}.csv")


async def _sheet(request: web.Request) -> web.Response:
    answer = await _run(_must_be(request, OVERSEEING), "sheet", {})
    return web.Response(text=answer["html"], content_type="text/html", headers={"Cache-Control": "no-store"})


async def _template(request: web.Request) -> web.Response:
    caller = _must_be(request, ADMINISTRATOR)
    return _file(base64.b64encode(template(caller.language)).decode(), "roster.csv")


async def _links_template(request: web.Request) -> web.Response:
    caller = _must_be(request, ADMINISTRATOR)
    return _file(base64.b64encode(linksheet.template(caller.language)).decode(), "links.csv")


def _must_be(request: web.Request, roles: frozenset[str]) -> Caller:
    caller = caller_of(request)
    if caller.role not in roles:
        raise Problem("forbidden")
    return caller


async def _run(caller: Caller, operation: str, args: Mapping[str, Any], command_id: str = "") -> dict[str, Any]:
    return await run(
        caller.house,
        operation,
        {**args, "event": caller.hall.id},
        actor=caller.actor,
        language=caller.language,
        command_id=command_id,
    )


def _encoding(request: web.Request) -> dict[str, str]:
    return {"encoding": request.query["encoding"]} if "encoding" in request.query else {}


def _file(content: str, name: str) -> web.Response:
    """A download that no browser keeps."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return web.Response(body=base64.b64decode(content), content_type="text/csv", charset="utf-8", headers=headers)


CALLS = tuple(_call(name) for name in admin_commands())
