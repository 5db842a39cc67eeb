"""The description of the API, made from the tables that serve it: it cannot say other than what is done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from gateway.calls import Call, Calls, schema_of
from gateway.look import release
from gateway.problems import MEDIA_TYPE
from gateway.requests import request_schemas

Json = dict[str, Any]

REFUSALS = (400, 401, 403, 404, 409, 410, 413, 415, 422, 429, 502, 503)
READS: Mapping[str, str] = {
    "receipt": "application/json",
    "attendance": "application/json",
    "retention": "application/json",
    "attendance.csv": "text/csv",
    "attendance.html": "text/html",
    "bundle.zip": "application/zip",
    "invites.csv": "text/csv",
    "roster-template.csv": "text/csv",
    "links-template.csv": "text/csv",
    "sheet": "text/html",
    "rehearsal": "application/json",
}
SID: Json = {
    "name": "sid",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{22}$"},
    "description": "The browser session; its cookie goes with the request.",
}
ORIGIN: Json = {
    "name": "Origin",
    "in": "header",
    "required": True,
    "schema": {"type": "string"},
    "description": "The gateway's own origin.",
}


def describe(app: web.Application, calls: Calls) -> None:
    """Serve the document at ``/api/openapi.json``."""
    document = openapi(calls)

    async def get(_request: web.Request) -> web.Response:
        return web.json_response(document)

    app.router.add_get("/api/openapi.json", get)


def openapi(calls: Calls) -> Json:
    """OpenAPI 3.1."""
    paths: Json = {"/api/enter": {"post": _enter()}, "/healthz": {"get": _plain("The process answers.")}}
    paths["/readyz"] = {"get": _plain("The process serves.", 503)}
    paths["/.well-known/jwks.json"] = {"get": _plain("Public keys.")}
    paths["/api/receipt"] = {"post": _receipt()}
    paths["/hooks/{provider}"] = {"post": _hook()}
    paths["/api/s/{sid}/open/{interview}"] = {"get": _open()}
    paths["/api/s/{sid}/view"] = {"get": _view()}
    for call in calls.table.values():
        paths[f"/api/s/{{sid}}/{call.name}"] = {"post": _command(call)}
    for name, media_type in READS.items():
        paths[f"/api/s/{{sid}}/{name}"] = {"get": _read(name, media_type)}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Genkan", "version": release()},
        "paths": paths,
        "components": {"schemas": {"Problem": _problem_schema()}},
    }


def _enter() -> Json:
    said = {"type": "object", "required": ["sid", "kind", "event"]}
    return {
        "summary": "From a link, a code or six digits to a browser session",
        "parameters": [ORIGIN],
        "requestBody": _body(request_schemas()["enter"]),
        "responses": {"200": _json(said), **_refusals()},
    }


def _receipt() -> Json:
    text = {"type": "object", "properties": {"receipt": {"type": "string"}}, "required": ["receipt"]}
    said = {"type": "object", "required": ["signature"]}
    return {
        "summary": "What a receipt says, and whether it holds; nothing is stored",
        "requestBody": _body(text),
        "responses": {"200": _json(said), **_refusals()},
    }


def _command(call: Call) -> Json:
    answer = {
        "type": "object",
        "properties": {"ok": {"const": True}, "view": {"type": "string"}},
        "required": ["ok"],
    }
    return {
        "summary": call.name,
        "description": "By: " + ", ".join(sorted(call.who)),
        "parameters": [SID, ORIGIN],
        "requestBody": _body(schema_of(call)),
        "responses": {"200": _json(answer), **_refusals()},
    }


def _view() -> Json:
    have = {"name": "have", "in": "query", "schema": {"type": "string", "maxLength": 64}}
    wait = {"name": "wait", "in": "query", "schema": {"type": "number", "minimum": 0, "maximum": 25}}
    frame = {"type": "object", "required": ["t"]}
    return {
        "summary": "The present view, or the next one",
        "parameters": [SID, have, wait],
        "responses": {"200": _json(frame), **_refusals()},
    }


def _read(name: str, media_type: str) -> Json:
    content = {media_type: {"schema": {"type": "object"} if media_type.endswith("json") else {"type": "string"}}}
    return {
        "summary": name,
        "parameters": [SID],
        "responses": {"200": {"description": "What was asked for", "content": content}, **_refusals()},
    }


def _hook() -> Json:
    return {
        "summary": "What a provider calls back, signed by it",
        "parameters": [_in_path("provider")],
        "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
        "responses": {"200": _json({"type": "object"}), **_refusals()},
    }


def _open() -> Json:
    page = {"description": "A page that says why not", "content": {"text/html": {"schema": {"type": "string"}}}}
    return {
        "summary": "Staff's way to the provider of an interview",
        "parameters": [SID, _in_path("interview")],
        "responses": {"303": {"description": "The provider's page"}, **{str(status): page for status in REFUSALS}},
    }


def _in_path(name: str) -> Json:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string", "maxLength": 64}}


def _plain(summary: str, *statuses: int) -> Json:
    answers = {str(status): _json({"type": "object"}) for status in (200, *statuses)}
    return {"summary": summary, "responses": answers}


def _body(schema: Mapping[str, Any]) -> Json:
    return {"required": True, "content": {"application/json": {"schema": dict(schema)}}}


def _json(schema: Mapping[str, Any]) -> Json:
    return {"description": "Done", "content": {"application/json": {"schema": dict(schema)}}}


def _refusals() -> Json:
    problem = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {str(status): {"description": "A problem", "content": problem} for status in REFUSALS}


def _problem_schema() -> Json:
    text = {"type": "string"}
    return {
        "type": "object",
        "properties": {
            "type": text,
            "title": text,
            "detail": text,
            "code": text,
            "field": text,
            "status": {"type": "integer"},
            "retry_after": {"type": "integer"},
            "office": {"type": "object"},
        },
        "required": ["type", "title", "status", "code", "detail"],
    }
