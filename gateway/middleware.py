"""Around every request: an id, a line in the log, headers that protect, and one way for errors to become problems.

The log has the route's template, never the path: paths hold session ids and codes. It has no query, no body and no
address.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog
from aiohttp import web

from gateway.problems import from_error, kind_of, response
from gateway.requests import CALLER, ID, house_of, language_of
from gateway.routes.pages import error_page
from gateway.tasks import where

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
log = structlog.get_logger("genkan.http")

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self' blob:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
PROTECTION: Mapping[str, str] = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), display-capture=(), geolocation=(), payment=()",
}
LONGEST_HSTS = 31_536_000  # seconds: a year
GONE = 499  # as nginx logs it: whoever asked hung up, and hears no answer
QUIET = frozenset({"/healthz", "/readyz"})


@web.middleware
async def protect(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Errors to problems, and one line for each request."""
    request[ID], began = secrets.token_hex(8), time.perf_counter()
    with structlog.contextvars.bound_contextvars(id=request[ID]):  # also in what is logged further down
        try:
            answer = await handler(request)
        except web.HTTPRedirection:
            raise
        except ConnectionResetError as error:
            answer = _problem(request, error) if _is_there(request) else web.Response(status=GONE)
        except Exception as error:  # noqa: BLE001 - the border: everything that is left becomes a problem
            answer = _problem(request, error)
        _note(request, answer, time.perf_counter() - began)
    return answer


async def add_headers(request: web.Request, answer: web.StreamResponse) -> None:
    """On every response, static files and upgrades included."""
    for name, value in PROTECTION.items():
        answer.headers.setdefault(name, value)
    if (id_ := request.get(ID)) is not None:
        answer.headers["X-Request-Id"] = id_  # what a person reads out is found in the log
    if request.path.startswith("/api/"):
        answer.headers.setdefault("Cache-Control", "no-store")
    if request.scheme == "https":
        answer.headers.setdefault("Strict-Transport-Security", f"max-age={LONGEST_HSTS}")


def _problem(request: web.Request, error: Exception) -> web.Response:
    problem = from_error(error)
    if problem.status >= 500:
        house_of(request).metrics.failed(problem.code)
        log.error("request_failed", code=problem.code, error=type(error).__name__, at=where(error))
    if _is_page(request):
        return error_page(request, kind_of(problem.code), status=problem.status)
    caller = request.get(CALLER)
    answer = response(problem, language_of(request), caller.office() if caller is not None else None)
    if isinstance(error, web.HTTPMethodNotAllowed):
        answer.headers["Allow"] = ",".join(sorted(error.allowed_methods))
    return answer


def _is_there(request: web.Request) -> bool:
    return request.transport is not None and not request.transport.is_closing()


def _is_page(request: web.Request) -> bool:
    """Whether a person's browser asks for a page, and not a script for an answer."""
    outside = not request.path.startswith(("/api/", "/static/", "/.well-known/", "/ops/", "/hooks/"))
    return outside and request.method == "GET" and "text/html" in request.headers.get("Accept", "")


def _note(request: web.Request, answer: web.StreamResponse, took: float) -> None:
    resource = request.match_info.route.resource
    route = resource.canonical if resource is not None else "-"
    if route in QUIET:
        return
    if not isinstance(answer, web.WebSocketResponse):  # it ends when the page is left
        house_of(request).metrics.answered(route, answer.status, took)
    facts: dict[str, Any] = {"method": request.method, "route": route, "status": answer.status}
    caller = request.get(CALLER)
    if caller is not None:
        facts |= {"event_id": caller.hall.id, "role": caller.role}
    if "command" in request.match_info:
        facts["command"] = request.match_info["command"][:40] if answer.status != 404 else "?"
    log.info("request", **facts, ms=round(took * 1000, 1))
