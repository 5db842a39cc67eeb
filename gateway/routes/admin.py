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
# What was so a minute ago is no answer; and nothing that is held on a person is kept as one.
_ASKED_ANEW = _PREVIEWS | {"provider-check", "mail-preview", "mail-sample", "mail-status", "disclose", "loss-show"}


def routes() -> list[web.RouteDef]:
    """The reads, under ``/api/s/<sid>/``; they change nothing but that an export is journalled."""
    return [
        web.get("/api/s/{sid}/rules", _rules),
        web.get("/api/s/{sid}/retention", _retention),
        web.get("/api/s/{sid}/rehearsal", _rehearsal),
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
        return await run_for(caller, said["operation"], args, command_id=f"{caller.sid}:{body['id']}")

    bound = UPLOAD_BYTES if name in _UPLOADS else BODY_BYTES
    return Call(name, ADMINISTRATOR, perform, kept=name not in _ASKED_ANEW, bound=bound, schema=said["body"])


async def _rules(request: web.Request) -> web.Response:
    """What the rules mean for an interview that begins at 10:00, in the page's language."""
    return web.json_response(await run_for(must_be(request, OVERSEEING), "policy-explain", {}))


async def _retention(request: web.Request) -> web.Response:
    """How long what is personal is kept, who is on hold and why, what was disclosed."""
    return web.json_response(await run_for(must_be(request, ADMINISTRATOR), "retention-show", {}))


async def _rehearsal(request: web.Request) -> web.Response:
    """What a rehearsal of this event would be, and the one that there is, with its links."""
    return web.json_response(await run_for(must_be(request, ADMINISTRATOR), "rehearsal", {}))


async def _invites_csv(request: web.Request) -> web.Response:
    caller = must_be(request, ADMINISTRATOR)
    answer = await run_for(caller, "invites", asked(request, "encoding"))
    return file_of(answer["csv"], f"invites-{caller.hall.id}.csv")


async def _sheet(request: web.Request) -> web.Response:
    answer = await run_for(must_be(request, OVERSEEING), "sheet", {})
    return web.Response(text=answer["html"], content_type="text/html", headers={"Cache-Control": "no-store"})


async def _template(request: web.Request) -> web.Response:
    caller = must_be(request, ADMINISTRATOR)
    return file_of(base64.b64encode(template(caller.language)).decode(), "roster.csv")


async def _links_template(request: web.Request) -> web.Response:
    caller = must_be(request, ADMINISTRATOR)
    return file_of(base64.b64encode(linksheet.template(caller.language)).decode(), "links.csv")


def must_be(request: web.Request, roles: frozenset[str]) -> Caller:
    """Who asks. Problem ``forbidden`` for anybody else."""
    caller = caller_of(request)
    if caller.role not in roles:
        raise Problem("forbidden")
    return caller


async def run_for(caller: Caller, operation: str, args: Mapping[str, Any], command_id: str = "") -> dict[str, Any]:
    """One operation on the caller's event, in their name."""
    return await run(
        caller.house,
        operation,
        {**args, "event": caller.hall.id},
        actor=caller.actor,
        language=caller.language,
        command_id=command_id,
    )


def asked(request: web.Request, *names: str) -> dict[str, str]:
    """What the address asks for; what it does not say is left to the operation."""
    return {name: request.query[name] for name in names if name in request.query}


def file_of(content: str, name: str, kind: str = "text/csv") -> web.Response:
    """A download that no browser keeps."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    charset = "utf-8" if kind.startswith("text/") else None
    return web.Response(body=base64.b64decode(content), content_type=kind, charset=charset, headers=headers)


CALLS = tuple(_call(name) for name in admin_commands())
