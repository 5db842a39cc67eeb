"""Every error that a person can be shown, in one table: code, status, and a sentence in Japanese and English.

The wire is ``application/problem+json`` (RFC 9457) with a stable ``code``. A sentence says what to do next; who to call
goes with it where the session's event is known. No problem repeats what was sent: it may be personal.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from gateway.sentences import KINDS, Kind
from providers.base import AskAPerson, GiveUp, ProviderError, Retry
from waiting_room.errors import Malformed, Refused
from waiting_room.journal.port import Conflict, JournalError, TooLarge, Unavailable
from waiting_room.journal.vault import VaultError

MEDIA_TYPE = "application/problem+json"


@dataclass
class Problem(Exception):
    """An error with a row in the table. ``field`` is a JSON pointer into what was sent, ``retry_after`` seconds,
    ``extra`` further members without personal data."""

    code: str
    field: str | None = None
    retry_after: float | None = None
    extra: Mapping[str, Any] | None = None

    def __str__(self) -> str:
        return self.code

    @property
    def status(self) -> int:
        return kind_of(self.code).status


def kind_of(code: str) -> Kind:
    """The row of this code; a refusal of the core that has none reads as a plain "not now"."""
    return KINDS.get(code) or KINDS["refused"]


def document(problem: Problem, language: str, office: Mapping[str, Any] | None) -> dict[str, Any]:
    """The problem's JSON."""
    kind = kind_of(problem.code)
    sentence = kind.en if language == "en" else kind.ja
    made: dict[str, Any] = {
        "type": f"/problems/{problem.code}",
        "title": sentence,
        "status": kind.status,
        "code": problem.code,
        "detail": sentence + _whom_to_call(language, office),
    }
    if problem.field is not None:
        made["field"] = problem.field
    if problem.retry_after is not None:
        made["retry_after"] = math.ceil(problem.retry_after)
    if office is not None:
        made["office"] = dict(office)
    return {**(problem.extra or {}), **made}


def response(problem: Problem, language: str = "ja", office: Mapping[str, Any] | None = None) -> web.Response:
    """The problem as an answer."""
    made = document(problem, language, office)
    headers = {"Content-Language": language}
    if "retry_after" in made:
        headers["Retry-After"] = str(made["retry_after"])
    body = json.dumps(made, ensure_ascii=False).encode()
    return web.Response(body=body, status=made["status"], content_type=MEDIA_TYPE, headers=headers)


def from_error(error: Exception) -> Problem:  # noqa: C901 - one line an error class; this is the table
    """The problem that an error is. Unexpected ones are logged by type and place, never by their words."""
    match error:
        case Problem():
            return error
        case Refused():
            return Problem(error.code, extra={"details": dict(error.details)} if error.details else None)
        case Malformed():
            return Problem("malformed", field=error.path or None)
        case Conflict():
            return Problem("conflict", retry_after=1)
        case Unavailable():
            return Problem("store", retry_after=2)
        case TooLarge():
            return Problem("too_many_entries")
        case Retry():
            return Problem("provider_busy", retry_after=error.after or 2)
        case GiveUp() | AskAPerson() | ProviderError():
            return Problem(error.code if error.code in KINDS else "provider_failed")
        case VaultError():
            return Problem("purged")
        case web.HTTPException():
            return _from_http(error)
        case JournalError():
            return Problem("store", retry_after=5)
        case _:
            return Problem("internal")


_BY_STATUS = {400: "malformed", 403: "forbidden", 404: "not_found", 405: "method", 413: "too_large", 415: "media_type"}


def _from_http(error: web.HTTPException) -> Problem:
    return Problem(_BY_STATUS.get(error.status, "malformed" if error.status < 500 else "internal"))


def _whom_to_call(language: str, office: Mapping[str, Any] | None) -> str:
    if not office or not office.get("telephone"):
        return ""
    telephone = office["telephone"]
    return f" Telephone: {telephone}" if language == "en" else f"お困りのときは {telephone} へお電話ください。"
